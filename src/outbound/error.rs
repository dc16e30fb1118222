//! Why no answer came.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::egress::EgressRefusal;

/// The longest cause that is repeated, in characters; four bytes each, it still fits in an excerpt.
const CAUSE_MAX: usize = 200;

/// Why a request got no answer. `Display` names no address's query, no header and no body, and fits in an excerpt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was not sent: the address is out of bounds. Trying again helps only after the configuration, or what the
    /// name stands for, has changed.
    #[error("not sent: {0}")]
    Refused(#[from] EgressRefusal),
    /// The name has no address.
    #[error("the name was not found: {0}")]
    Name(String),
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// A connection, but no trust in it.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// No answer within the request's time. The receiver may have acted.
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The connection broke, or what came was no HTTP. The receiver may have acted.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl SendError {
    /// Whether nothing of the request can have reached the receiver.
    #[must_use]
    pub const fn is_unsent(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Name(_) | Self::Connect(_) => true,
            // An alert may come after the request.
            Self::Tls(_) | Self::Timeout(_) | Self::Broken(_) => false,
        }
    }
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        let causes = || causes(&error);
        if let Some(refusal) = causes().find_map(|cause| cause.downcast_ref::<EgressRefusal>()) {
            return Self::Refused(refusal.clone());
        }
        if let Some(tls) = causes().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return Self::Tls(short(&tls.to_string()));
        }
        // The innermost cause: the outer ones say little more than where it happened, and one of them repeats the URL.
        let inner = causes().skip(1).last();
        let cause = inner.map_or_else(
            || "it could not be written".to_owned(),
            |inner| short(&inner.to_string()),
        );
        match () {
            () if error.is_dns() => Self::Name(cause),
            () if error.is_connect() && error.is_timeout() => Self::Connect("it took too long".to_owned()),
            () if error.is_connect() => Self::Connect(cause),
            () => Self::Broken(cause),
        }
    }
}

/// An error and what it came from, the innermost last. What travels inside an `io::Error`, such as rustls' errors, is
/// not counted among its sources, and is looked for inside.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let inside = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inside.map(|inside| inside as _).or_else(|| cause.source())
    })
}

/// A cause, in one line and not too long.
pub(super) fn short(cause: &str) -> String {
    let shown = cause.chars().filter(|character| !character.is_control());
    shown.take(CAUSE_MAX).collect()
}
