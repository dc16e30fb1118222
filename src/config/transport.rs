//! How a destination's receiver is reached: which HTTP is spoken, who vouches for it, and what we show it.

use std::path::Path;

use url::Url;

use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::secret::{Secret, SecretRef};
use super::sources::Sources;
use super::written::{Refusal, Written};

const HTTP_VERSION: &str = "http_version";
const TLS_CA: &str = "tls_ca";
const TLS_CERT: &str = "tls_cert";
const TLS_KEY: &str = "tls_key";

/// How a receiver is reached. What its files hold is for those who speak TLS to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transport {
    /// Which HTTP is spoken.
    pub http_version: HttpVersion,
    /// Who vouches for the receiver, in the place of the public authorities and the system's.
    pub ca: Option<Pem>,
    /// What is shown to a receiver that asks who we are.
    pub identity: Option<Identity>,
}

/// The HTTP that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1.
    #[default]
    One,
    /// HTTP/2 where the receiver's TLS takes it, and HTTP/1.1 where it does not.
    Two,
}

/// A certificate of ours and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, then those between it and its authority.
    pub certificate: Pem,
    /// Its private key.
    pub key: Pem,
}

/// What is to be PEM (RFC 7468): the text of a file, read with the configuration. It does not print.
#[derive(Clone, Debug)]
pub struct Pem {
    text: Secret,
    place: Place,
    key: &'static str,
}

/// The same text is the same, wherever it stands.
impl PartialEq for Pem {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pem {}

impl Pem {
    /// The text. Do not log it: it may be a key.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// A fault of what the file holds.
    #[must_use]
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            place: self.place.clone(),
            key: Some(format!("destination.{}", self.key)),
            message: message.into(),
        }
    }
}

/// Reads `http_version`, `tls_ca`, `tls_cert` and `tls_key` of a destination at `url`.
pub(super) fn read(fields: &mut Fields<'_>, url: Option<&Url>, sources: &Sources) -> Transport {
    let plain = url.is_some_and(|url| url.scheme() == "http");
    let over_tls = |written: &Written| match plain {
        true => refuse(written, "is for TLS, and the url begins with http://"),
        false => Ok(()),
    };
    let http_version = fields.optional(HTTP_VERSION, |written| {
        let version = written.one(parse_version)?;
        // Without TLS nobody says whether the receiver speaks it, and who guesses breaks those that do not.
        if version == HttpVersion::Two {
            over_tls(written)?;
        }
        Ok(version)
    });
    let ca = fields.optional(TLS_CA, |written| {
        over_tls(written)?;
        pem(written, TLS_CA, sources)
    });
    let certificate = fields.optional(TLS_CERT, |written| {
        over_tls(written)?;
        pem(written, TLS_CERT, sources)
    });
    let key = fields.optional(TLS_KEY, |written| {
        over_tls(written)?;
        pem(written, TLS_KEY, sources)
    });
    for (name, other) in [(TLS_CERT, TLS_KEY), (TLS_KEY, TLS_CERT)] {
        fields.needs(name, other);
    }
    Transport {
        http_version: http_version.unwrap_or_default(),
        ca,
        identity: certificate
            .zip(key)
            .map(|(certificate, key)| Identity { certificate, key }),
    }
}

fn parse_version(text: &str) -> Result<HttpVersion, Invalid> {
    match text {
        "1.1" => Ok(HttpVersion::One),
        "2" => Ok(HttpVersion::Two),
        _ => Err(Invalid(format!(
            r#"{} is not a version of HTTP that is spoken; write "1.1" or "2""#,
            shown(text)
        ))),
    }
}

/// The text of the file that is named, by its path or as a secret is.
fn pem(written: &Written, key: &'static str, sources: &Sources) -> Result<Pem, Vec<Refusal>> {
    let text = written.one(|text| match SecretRef::is_written_as_one(text) {
        true => text.parse::<SecretRef>()?.resolve(sources),
        false if text.is_empty() => Err(Invalid("names no file".to_owned())),
        false => SecretRef::File(Path::new(text).to_owned()).resolve(sources),
    })?;
    let place = written.place.clone();
    Ok(Pem { text, place, key })
}

fn refuse<T>(written: &Written, why: &str) -> Result<T, Vec<Refusal>> {
    Err(vec![(written.place.clone(), Invalid(why.to_owned()))])
}
