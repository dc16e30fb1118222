//! HMACs in a header: everything about one may be written, and two senders' are known.

use std::time::Duration;

use http::HeaderName;

use super::{WebhookPreset, texts};
use crate::config::duration::{self, Bounds};
use crate::config::fault::{Invalid, shown};
use crate::config::fields::Fields;
use crate::config::nearest;
use crate::config::secret::Secret;
use crate::config::sources::Sources;

/// The keys that belong to presets `hmac` and `producthunt` alone.
pub(super) const FREE_KEYS: [&str; 8] = [
    "header",
    "algorithm",
    "encoding",
    "prefix",
    "signed",
    "timestamp_header",
    "tolerance",
    "id_header",
];

/// The longest prefix, in bytes.
const PREFIX_BYTES: usize = 64;
/// The longest text of what is signed, in bytes.
const SIGNED_BYTES: usize = 256;
/// How old or early a timestamp may be when nothing is written, and with every preset that has one.
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);
const TOLERANCE: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(3_600),
    words: "from 1s to 1h",
};

/// An HMAC in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HmacScheme {
    /// Where it stands.
    pub header: HeaderName,
    /// Any of which may have made it, never none.
    pub secrets: Vec<Secret>,
    /// By which hash.
    pub algorithm: HmacAlgorithm,
    /// How it is written.
    pub encoding: Encoding,
    /// What stands before it in the header.
    pub prefix: String,
    /// What it is made of; the body is among it.
    pub signed: Vec<SignedPart>,
    /// Where the time stands, if it is signed.
    pub timestamp: Option<TimestampHeader>,
    /// Where the sender's id stands.
    pub id_header: Option<HeaderName>,
}

/// Where the time of signing stands, in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampHeader {
    /// The header.
    pub name: HeaderName,
    /// How far it may be from now, either way.
    pub tolerance: Duration,
}

/// The hash of an HMAC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HmacAlgorithm {
    /// SHA-256
    #[default]
    Sha256,
    /// SHA-1: no collision of it forges an HMAC, and some senders know no other.
    Sha1,
    /// SHA-512
    Sha512,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// In hexadecimal digits, small letters.
    #[default]
    Hex,
    /// In base64 with padding (RFC 4648 §4).
    Base64,
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedPart {
    /// This text.
    Text(String),
    /// The body, to the byte.
    Body,
    /// The timestamp, as its header has it.
    Timestamp,
    /// The sender's id, as its header has it.
    Id,
}

/// Reads the keys of `hmac` and `producthunt`, or those that `github` and `slack` leave.
pub(super) fn read(preset: WebhookPreset, fields: &mut Fields<'_>, sources: &Sources) -> Option<HmacScheme> {
    let secrets = texts(fields, sources);
    match preset {
        WebhookPreset::Github => secrets.map(github),
        WebhookPreset::Slack => secrets.map(slack),
        WebhookPreset::Producthunt => free(Some(PRODUCTHUNT), secrets, fields),
        _ => free(None, secrets, fields),
    }
}

const PRODUCTHUNT: HeaderName = HeaderName::from_static("x-producthunt-signature");

/// GitHub: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>; the id is the one its page on
/// best practices names against replays.
fn github(secrets: Vec<Secret>) -> HmacScheme {
    HmacScheme {
        header: HeaderName::from_static("x-hub-signature-256"),
        secrets,
        algorithm: HmacAlgorithm::Sha256,
        encoding: Encoding::Hex,
        prefix: "sha256=".to_owned(),
        signed: vec![SignedPart::Body],
        timestamp: None,
        id_header: Some(HeaderName::from_static("x-github-delivery")),
    }
}

/// Slack: <https://docs.slack.dev/authentication/verifying-requests-from-slack>. The id is in the body.
fn slack(secrets: Vec<Secret>) -> HmacScheme {
    let colon = || SignedPart::Text(":".to_owned());
    HmacScheme {
        header: HeaderName::from_static("x-slack-signature"),
        secrets,
        algorithm: HmacAlgorithm::Sha256,
        encoding: Encoding::Hex,
        prefix: "v0=".to_owned(),
        signed: vec![
            SignedPart::Text("v0:".to_owned()),
            SignedPart::Timestamp,
            colon(),
            SignedPart::Body,
        ],
        timestamp: Some(TimestampHeader {
            name: HeaderName::from_static("x-slack-request-timestamp"),
            tolerance: DEFAULT_TOLERANCE,
        }),
        id_header: None,
    }
}

fn free(
    default: Option<HeaderName>,
    secrets: Option<Vec<Secret>>,
    fields: &mut Fields<'_>,
) -> Option<HmacScheme> {
    let header = match default {
        Some(default) => fields.optional_or("header", |written| written.one(header_name), || default),
        None => fields.required("header", |written| written.one(header_name)),
    };
    let algorithm = fields.optional("algorithm", |written| {
        let known = [
            ("sha256", HmacAlgorithm::Sha256),
            ("sha1", HmacAlgorithm::Sha1),
            ("sha512", HmacAlgorithm::Sha512),
        ];
        written.one(|text| one_of(text, "an algorithm", &known))
    });
    let encoding = fields.optional("encoding", |written| {
        let known = [("hex", Encoding::Hex), ("base64", Encoding::Base64)];
        written.one(|text| one_of(text, "an encoding", &known))
    });
    let prefix = fields.optional("prefix", |written| written.one(prefix));
    let name = fields.optional("timestamp_header", |written| written.one(header_name));
    let id_header = fields.optional("id_header", |written| written.one(header_name));
    let has = (name.is_some(), id_header.is_some());
    let signed = fields.optional("signed", |written| written.one(|text| signed(text, has)));
    let tolerance = fields.optional("tolerance", |written| {
        written.one(|text| match has.0 {
            true => duration::parse(text, TOLERANCE),
            false => Err(Invalid(
                "needs a timestamp_header: the time is not known without one".to_owned(),
            )),
        })
    });
    // A time that nobody vouches for proves nothing.
    if !fields.is_written("signed") {
        let unsigned = "is not signed; write for example signed = \"{timestamp}.{body}\"";
        fields.forbid("timestamp_header", unsigned);
    }
    let (header, secrets) = header.zip(secrets)?;
    Some(HmacScheme {
        header,
        secrets,
        algorithm: algorithm.unwrap_or_default(),
        encoding: encoding.unwrap_or_default(),
        prefix: prefix.unwrap_or_default(),
        signed: signed.unwrap_or_else(|| vec![SignedPart::Body]),
        timestamp: name.map(|name| TimestampHeader {
            name,
            tolerance: tolerance.unwrap_or(DEFAULT_TOLERANCE),
        }),
        id_header,
    })
}

fn header_name(text: &str) -> Result<HeaderName, Invalid> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| {
        Invalid(format!(
            "{} is not the name of a header (letters, digits and hyphens)",
            shown(text)
        ))
    })
}

fn one_of<T: Copy>(text: &str, what: &str, known: &[(&str, T)]) -> Result<T, Invalid> {
    let found = known.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        let hint = nearest::hint(text, &names);
        Invalid(format!("{} is not {what}; {hint}", shown(text)))
    })
}

fn prefix(text: &str) -> Result<String, Invalid> {
    let fits = text.len() <= PREFIX_BYTES && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
    fits.then(|| text.to_owned()).ok_or_else(|| {
        Invalid(format!(
            "{} cannot stand before a signature (printable ASCII without spaces, {PREFIX_BYTES} bytes at most)",
            shown(text)
        ))
    })
}

/// Reads `{timestamp}.{body}`: text, and what stands for something.
fn signed(text: &str, (has_timestamp, has_id): (bool, bool)) -> Result<Vec<SignedPart>, Invalid> {
    if text.len() > SIGNED_BYTES {
        return Err(Invalid(format!("is longer than {SIGNED_BYTES} bytes")));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(SignedPart::Text(before.to_owned()));
        }
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        parts.push(match name {
            "body" => SignedPart::Body,
            "timestamp" if has_timestamp => SignedPart::Timestamp,
            "timestamp" => return Err(Invalid("{timestamp} needs a timestamp_header".to_owned())),
            "id" if has_id => SignedPart::Id,
            "id" => return Err(Invalid("{id} needs an id_header".to_owned())),
            other => {
                let why = format!(
                    "{} stands for nothing; there are {{body}}, {{timestamp}} and {{id}}",
                    shown(other)
                );
                return Err(Invalid(why));
            }
        });
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(SignedPart::Text(rest.to_owned()));
    }
    let needed = [
        ("{body}", SignedPart::Body, true),
        ("{timestamp}", SignedPart::Timestamp, has_timestamp),
    ];
    let missing = needed
        .into_iter()
        .find(|(_, part, needed)| *needed && !parts.contains(part));
    match missing {
        Some((name, ..)) => Err(Invalid(format!(
            "leaves out {name}, so that anybody could change it"
        ))),
        None => Ok(parts),
    }
}
