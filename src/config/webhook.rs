//! Webhooks: who may send events signed in their own way, and what becomes of what they send.

mod hmac;
mod keys;

use std::time::Duration;

use super::duration::{self, Bounds};
use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::nearest;
use super::secret::{Secret, SecretRef};
use super::signing::{self, SigningKey};
use super::sources::Sources;
use super::text::TemplateText;
use super::written::{Refusal, Value, Written};
use crate::model::ids::{EventType, Source};

pub use hmac::{Encoding, HmacAlgorithm, HmacScheme, SignedPart, TimestampHeader};
pub use keys::VerifyingKey;

/// The keys of `[[webhook]]`, in the order of the packaged file.
pub(super) const KEYS: [&str; 15] = [
    "source",
    "preset",
    "secret",
    "type",
    "key",
    "payload",
    "dedupe_for",
    "header",
    "algorithm",
    "encoding",
    "prefix",
    "signed",
    "timestamp_header",
    "tolerance",
    "id_header",
];

/// The most secrets at once: the present one, and those before while a sender changes over.
const SECRETS_MOST: usize = 4;
/// How long a sender's id is remembered when nothing is written.
const DEFAULT_DEDUPE_FOR: Duration = Duration::from_secs(7 * 86_400);

/// Ids live as long as their events, which is 30 days at least: more cannot be promised, and less than a day protects from
/// no sender that tries again overnight.
const DEDUPE_FOR: Bounds = Bounds {
    least: Duration::from_secs(86_400),
    most: Duration::from_secs(30 * 86_400),
    words: "from 24h to 30d",
};

/// Who may send, how their signature is checked, and what event is made of what they send.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// The last part of its path, and the source of its events: letters, digits, `-`, `_` and `.`.
    pub source: Source,
    /// Whose signature it is.
    pub preset: WebhookPreset,
    /// How it is checked.
    pub scheme: WebhookScheme,
    /// The type of its events.
    pub kind: TemplateText,
    /// What tells one from another; `None`: what the sender says does.
    pub key: Option<TemplateText>,
    /// What is kept of the body; `None`: all of it.
    pub payload: Option<TemplateText>,
    /// How long a repeat is recognised at least, from 24 hours to 30 days.
    pub dedupe_for: Duration,
}

/// Whose signature it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookPreset {
    /// Any HMAC in a header.
    Hmac,
    /// The same: Product Hunt documents no webhooks, so nothing about it is fixed but the header's usual name.
    Producthunt,
    /// GitHub.
    Github,
    /// Stripe.
    Stripe,
    /// Slack's Events API.
    Slack,
    /// Mailgun.
    Mailgun,
    /// SendGrid's Event Webhook.
    Sendgrid,
    /// Standard Webhooks, and Svix.
    StandardWebhooks,
}

/// How a signature is checked, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookScheme {
    /// An HMAC in a header: presets hmac, producthunt, github and slack.
    Hmac(HmacScheme),
    /// `Stripe-Signature`.
    Stripe(Vec<Secret>),
    /// Within the body.
    Mailgun(Vec<Secret>),
    /// ECDSA, by the sender's own key.
    Sendgrid(Vec<VerifyingKey>),
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`.
    StandardWebhooks(Vec<SigningKey>),
}

impl WebhookPreset {
    /// Every preset.
    pub const ALL: [Self; 8] = [
        Self::Hmac,
        Self::Producthunt,
        Self::Github,
        Self::Stripe,
        Self::Slack,
        Self::Mailgun,
        Self::Sendgrid,
        Self::StandardWebhooks,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Producthunt => "producthunt",
            Self::Github => "github",
            Self::Stripe => "stripe",
            Self::Slack => "slack",
            Self::Mailgun => "mailgun",
            Self::Sendgrid => "sendgrid",
            Self::StandardWebhooks => "standard-webhooks",
        }
    }

    fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|preset| preset.as_str() == text);
        found.ok_or_else(|| {
            let known = Self::ALL.map(|preset| preset.as_str().to_owned());
            Invalid(format!(
                "{} is not a preset; {}",
                shown(text),
                nearest::hint(text, &known)
            ))
        })
    }

    /// Whether everything about its signature may be written.
    const fn is_free(self) -> bool {
        matches!(self, Self::Hmac | Self::Producthunt)
    }
}

/// Reads one `[[webhook]]`; nothing comes back where something it needs is missing or wrong.
pub(super) fn read(
    table: (&Place, &[(String, Written)]),
    sources: &Sources,
) -> (Option<Webhook>, Vec<Fault>) {
    let mut fields = Fields::open("webhook", &KEYS, table);
    let source = fields.required("source", |written| written.one(parse_source));
    let preset = fields.required("preset", |written| written.one(WebhookPreset::parse));
    let kind = fields.required("type", read_type);
    let key = fields.optional("key", |written| TemplateText::read("webhook.key", written));
    let payload = fields.optional("payload", |written| {
        TemplateText::read("webhook.payload", written)
    });
    let dedupe_for = fields.optional("dedupe_for", |written| {
        written.one(|text| duration::parse(text, DEDUPE_FOR))
    });
    let scheme = preset.and_then(|preset| scheme(preset, &mut fields, sources));
    let read = (source.zip(preset)).zip(scheme.zip(kind));
    let read = read.map(|((source, preset), (scheme, kind))| Webhook {
        source,
        preset,
        scheme,
        kind,
        key,
        payload,
        dedupe_for: dedupe_for.unwrap_or(DEFAULT_DEDUPE_FOR),
    });
    (read, fields.faults())
}

/// A source stands in addresses, on command lines and in metrics.
pub(super) fn parse_source(text: &str) -> Result<Source, Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let refuse = |why: &str| Invalid(format!("{} {why}", shown(text)));
    let source = Source::parse(text).map_err(|bad| refuse(&bad.to_string()))?;
    if !text.chars().all(plain) || text == "." || text == ".." {
        return Err(refuse("may only contain letters, digits, '-', '_' and '.'"));
    }
    Ok(source)
}

/// How the signature of a preset is checked. What does not fit it is a fault.
fn scheme(preset: WebhookPreset, fields: &mut Fields<'_>, sources: &Sources) -> Option<WebhookScheme> {
    if !preset.is_free() {
        for key in hmac::FREE_KEYS {
            let fixed = format!("is fixed by preset {}; leave it out", preset.as_str());
            let _: Option<()> =
                fields.optional(key, |written| Err(vec![(written.place.clone(), Invalid(fixed))]));
        }
    }
    match preset {
        WebhookPreset::Hmac | WebhookPreset::Producthunt | WebhookPreset::Github | WebhookPreset::Slack => {
            hmac::read(preset, fields, sources).map(WebhookScheme::Hmac)
        }
        WebhookPreset::Stripe => texts(fields, sources).map(WebhookScheme::Stripe),
        WebhookPreset::Mailgun => texts(fields, sources).map(WebhookScheme::Mailgun),
        WebhookPreset::Sendgrid => secrets(fields, sources, |secret| {
            VerifyingKey::parse(&secret)
                .ok_or("the secret it names is not SendGrid's verification key: base64 of a P-256 public key")
        })
        .map(WebhookScheme::Sendgrid),
        WebhookPreset::StandardWebhooks => secrets(fields, sources, |secret| {
            SigningKey::parse(&secret).ok_or(signing::FORM)
        })
        .map(WebhookScheme::StandardWebhooks),
    }
}

/// Secrets that are used to the letter.
fn texts(fields: &mut Fields<'_>, sources: &Sources) -> Option<Vec<Secret>> {
    secrets(fields, sources, Ok)
}

/// One secret, or a list of them.
fn secrets<T>(
    fields: &mut Fields<'_>,
    sources: &Sources,
    parse: impl Fn(Secret) -> Result<T, &'static str>,
) -> Option<Vec<T>> {
    let read = |text: &str| {
        let secret = text.parse::<SecretRef>()?.resolve(sources)?;
        parse(secret).map_err(|why| Invalid(why.to_owned()))
    };
    fields.required("secret", |written| {
        let secrets = match &written.value {
            Value::List(_) => written.each(read)?,
            _ => vec![written.one(read)?],
        };
        let why = match secrets.len() {
            0 => "names none; write for example [\"env:WEBHOOK_SECRET\"]".to_owned(),
            1..=SECRETS_MOST => return Ok(secrets),
            _ => format!("there are more than {SECRETS_MOST} secrets"),
        };
        Err(vec![(written.place.clone(), Invalid(why))])
    })
}

/// A type, or a template that makes one.
fn read_type(written: &Written) -> Result<TemplateText, Vec<Refusal>> {
    let template = TemplateText::read("webhook.type", written)?;
    if !template.is_template() {
        EventType::parse(&template.text).map_err(|bad| {
            let why = Invalid(format!("{} {bad}", shown(&template.text)));
            vec![(written.place.clone(), why)]
        })?;
    }
    Ok(template)
}

#[cfg(test)]
mod tests;
