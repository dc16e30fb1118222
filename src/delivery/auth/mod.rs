//! Who we are: what a request says of it beyond the headers that are written.

mod account;
mod oauth1;
mod refresh;
mod seal;

use std::sync::Arc;

pub(super) use account::Accounts;
pub(super) use account::{Access, Account, NoAccess};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::config;
use crate::model::event::DeliveryId;
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::outbound::{Request, Transport};

/// How a destination's calls say who we are.
#[derive(Clone, Debug)]
pub(super) enum Auth {
    /// By the same words each time.
    Fixed(HeaderValue),
    /// By a signature of the request.
    OAuth1(config::OAuth1),
    /// By an access token of this account.
    OAuth2(Arc<Account>),
}

impl Auth {
    /// Says who we are in a request that is made at `at`, as that attempt of a delivery, as far as that needs nobody else.
    pub(super) fn sign(&self, request: &mut Request, attempt: (DeliveryId, u32), at: Millis) {
        let value = match self {
            Self::Fixed(value) => value.clone(),
            Self::OAuth1(keys) => oauth1::authorization(request, keys, (&oauth1::nonce(attempt), at)),
            Self::OAuth2(_) => return,
        };
        request.headers.insert(AUTHORIZATION, value);
    }

    /// The longest that what others have to give may take, in milliseconds.
    pub(super) fn fetch_max_ms(&self) -> i64 {
        match self {
            Self::Fixed(_) | Self::OAuth1(_) => 0,
            Self::OAuth2(_) => i64::try_from(refresh::TIMEOUT.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

impl Accounts {
    /// How the calls of the destination `name`, which is reached by `transport`, say who we are.
    pub(super) fn auth(&self, written: &config::Auth, transport: &Transport, name: &DestinationName) -> Auth {
        match written {
            config::Auth::Basic(basic) => Auth::Fixed(basic_header(basic)),
            config::Auth::OAuth1(keys) => Auth::OAuth1(keys.clone()),
            config::Auth::OAuth2(settings) => Auth::OAuth2(self.of(settings, transport, name)),
        }
    }
}

/// RFC 7617 §2, the name and the password as UTF-8 (§2.1).
fn basic_header(basic: &config::Basic) -> HeaderValue {
    let pair = format!("{}:{}", basic.user.expose(), basic.password.expose());
    secret(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

/// A header's value that is never shown. What is no value is left empty, and the receiver says that it misses it.
fn secret(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Basic, Secret};

    #[test]
    fn a_name_and_a_password_are_written_as_the_standard_shows() {
        let header = |user, password| {
            let (user, password) = (Secret::new(user), Secret::new(password));
            basic_header(&Basic { user, password })
        };
        // RFC 7617 §2 and §2.1.
        let shown = header("Aladdin", "open sesame");
        assert_eq!(shown, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(shown.is_sensitive());
        assert_eq!(header("test", "123£"), "Basic dGVzdDoxMjPCow==");
    }
}
