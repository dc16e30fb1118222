//! How a destination is told who we are, beyond what its headers say.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap};
use url::Url;

use super::fault::{Invalid, shown};
use super::fields::Fields;
use super::secret::{Secret, SecretRef};
use super::sources::Sources;
use super::url as address;
use super::written::{Refusal, Written};

/// The ways there are.
const WAYS: [&str; 3] = ["basic", "oauth1", "oauth2"];
/// Those that a mail server knows.
const WAYS_OF_MAIL: [&str; 1] = ["basic"];
const BASIC_KEYS: [&str; 2] = ["user", "password"];
const OAUTH1_KEYS: [&str; 4] = ["consumer_key", "consumer_secret", "token", "token_secret"];
const OAUTH2_KEYS: [&str; 6] = [
    "token_url",
    "client_id",
    "client_secret",
    "refresh_token",
    "scope",
    "client_auth",
];

/// How every call says who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A name and a password (RFC 7617).
    Basic(Basic),
    /// A signature of the request (RFC 5849).
    OAuth1(OAuth1),
    /// A token that is fetched (RFC 6749 §6) and borne (RFC 6750).
    OAuth2(OAuth2),
}

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic {
    /// Without control characters; in a request without a colon, too, which ends it (RFC 7617 §2).
    pub user: Secret,
    /// Without control characters.
    pub password: Secret,
}

/// What a request is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth1 {
    /// Whose program it is.
    pub consumer_key: Secret,
    /// What the program signs with.
    pub consumer_secret: Secret,
    /// On whose behalf it is sent.
    pub token: Secret,
    /// What is signed with on their behalf.
    pub token_secret: Secret,
}

/// What an access token is fetched with.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuth2 {
    /// Where: http or https, without user, password and fragment.
    pub token_url: Url,
    /// Whose program it is.
    pub client_id: Secret,
    /// What the program is known by.
    pub client_secret: Secret,
    /// The first refresh token: the one that holds until another is given in its place.
    pub refresh_token: Secret,
    /// What is asked for; `None`: all that was granted.
    pub scope: Option<String>,
    /// How the program says who it is.
    pub client_auth: ClientAuth,
}

/// How a client says who it is where tokens are given out (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// By HTTP Basic, which every such server takes that keeps to the standard.
    #[default]
    Basic,
    /// In the form that is sent.
    Form,
}

/// More of the address than its origin may be a secret.
impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2")
            .field("token_url", &address::origin(&self.token_url))
            .field("scope", &self.scope)
            .field("client_auth", &self.client_auth)
            .finish_non_exhaustive()
    }
}

/// To whom it is said.
pub(super) enum Way<'w> {
    /// In requests with these headers.
    Http(Option<&'w HeaderMap>),
    /// To a mail server, which knows a name and a password.
    Mail,
}

/// Reads `auth`; an empty table is none.
pub(super) fn read(
    written: &Written,
    way: &Way<'_>,
    sources: &Sources,
) -> Result<Option<Auth>, Vec<Refusal>> {
    let entries = written.table()?;
    let known = match way {
        Way::Http(_) => &WAYS[..],
        Way::Mail => &WAYS_OF_MAIL[..],
    };
    let mut fields = Fields::open("destination.auth", known, (&written.place, entries));
    let basic = fields.optional("basic", |written| basic(written, way, sources));
    let oauth1 = fields.optional("oauth1", |written| oauth1(written, sources));
    let oauth2 = fields.optional("oauth2", |written| oauth2(written, sources));
    fields.into_refusals()?;
    let refuse = |why: &str| Err(vec![(written.place.clone(), Invalid(why.to_owned()))]);
    if entries.len() > 1 {
        return refuse("is more than one way to say who we are; write one");
    }
    let Way::Http(headers) = way else {
        return Ok(basic.map(Auth::Basic));
    };
    if !entries.is_empty() && headers.is_some_and(|headers| headers.contains_key(AUTHORIZATION)) {
        return refuse("writes the header Authorization, which headers write, too; leave one of them out");
    }
    let basic = basic.map(Auth::Basic);
    Ok(basic.or(oauth1.map(Auth::OAuth1)).or(oauth2.map(Auth::OAuth2)))
}

fn basic(written: &Written, way: &Way<'_>, sources: &Sources) -> Result<Basic, Vec<Refusal>> {
    let mut fields = Fields::open(
        "destination.auth.basic",
        &BASIC_KEYS,
        (&written.place, written.table()?),
    );
    let user = fields.required("user", |written| {
        written.one(|text| {
            let user = plain(text_or_secret(text, sources)?)?;
            match way {
                Way::Http(_) if user.expose().contains(':') => {
                    Err(Invalid("has a colon in it, which would end it".to_owned()))
                }
                Way::Http(_) | Way::Mail => Ok(user),
            }
        })
    });
    let password = fields.required("password", |written| {
        written.one(|text| plain(secret(text, sources)?))
    });
    fields.into_refusals()?;
    all(user
        .zip(password)
        .map(|(user, password)| Basic { user, password }))
}

fn oauth1(written: &Written, sources: &Sources) -> Result<OAuth1, Vec<Refusal>> {
    let mut fields = Fields::open(
        "destination.auth.oauth1",
        &OAUTH1_KEYS,
        (&written.place, written.table()?),
    );
    let [consumer_key, consumer_secret, token, token_secret] =
        OAUTH1_KEYS.map(|name| fields.required(name, |written| written.one(|text| secret(text, sources))));
    fields.into_refusals()?;
    let consumer = consumer_key.zip(consumer_secret);
    let token = token.zip(token_secret);
    all(consumer.zip(token).map(
        |((consumer_key, consumer_secret), (token, token_secret))| OAuth1 {
            consumer_key,
            consumer_secret,
            token,
            token_secret,
        },
    ))
}

fn oauth2(written: &Written, sources: &Sources) -> Result<OAuth2, Vec<Refusal>> {
    let mut fields = Fields::open(
        "destination.auth.oauth2",
        &OAUTH2_KEYS,
        (&written.place, written.table()?),
    );
    let token_url = fields.required("token_url", |written| {
        written.one(|text| address::parse_or_secret(text, sources))
    });
    let client_id = fields.required("client_id", |written| {
        written.one(|text| plain(text_or_secret(text, sources)?))
    });
    let [client_secret, refresh_token] = ["client_secret", "refresh_token"]
        .map(|name| fields.required(name, |written| written.one(|text| plain(secret(text, sources)?))));
    let scope = fields.optional("scope", |written| written.one(parse_scope));
    let client_auth = fields.optional("client_auth", |written| written.one(parse_client_auth));
    fields.into_refusals()?;
    let client = client_id.zip(client_secret);
    all(token_url.zip(client).zip(refresh_token).map(
        |((token_url, (client_id, client_secret)), refresh_token)| OAuth2 {
            token_url,
            client_id,
            client_secret,
            refresh_token,
            scope,
            client_auth: client_auth.unwrap_or_default(),
        },
    ))
}

/// Nothing is missing where nothing was refused.
fn all<T>(read: Option<T>) -> Result<T, Vec<Refusal>> {
    read.ok_or_else(Vec::new)
}

fn secret(text: &str, sources: &Sources) -> Result<Secret, Invalid> {
    text.parse::<SecretRef>()?.resolve(sources)
}

/// What need not be a secret, and may be written as one.
fn text_or_secret(text: &str, sources: &Sources) -> Result<Secret, Invalid> {
    match SecretRef::is_written_as_one(text) {
        true => secret(text, sources),
        false if text.is_empty() => Err(Invalid("is empty".to_owned())),
        false => Ok(Secret::new(text)),
    }
}

/// RFC 7617 §2, RFC 4616 §2 and RFC 6749 appendix A know no control characters.
fn plain(secret: Secret) -> Result<Secret, Invalid> {
    match secret.expose().contains(char::is_control) {
        true => Err(Invalid("has a control character in it".to_owned())),
        false => Ok(secret),
    }
}

/// Words between single spaces (RFC 6749 §3.3).
fn parse_scope(text: &str) -> Result<String, Invalid> {
    let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    let words = text
        .split(' ')
        .all(|word| !word.is_empty() && word.chars().all(plain));
    match words {
        true => Ok(text.to_owned()),
        false => Err(Invalid(format!(
            "{} is not a scope; write words of printable ASCII with a space between them",
            shown(text)
        ))),
    }
}

fn parse_client_auth(text: &str) -> Result<ClientAuth, Invalid> {
    match text {
        "basic" => Ok(ClientAuth::Basic),
        "form" => Ok(ClientAuth::Form),
        _ => Err(Invalid(format!(
            r#"{} is not a way to name a client; write "basic" or "form""#,
            shown(text)
        ))),
    }
}
