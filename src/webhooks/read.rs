//! Reading: from a verified body to the events it makes.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use minijinja::value::Serde;
use minijinja::{Value, context};
use sha2::{Digest, Sha256};

use super::plan::{Kind, Plan};
use super::scheme::Verified;
use crate::config::WebhookPreset;
use crate::model::event::Fingerprint;
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::template::Template;
use crate::web::json::{self, Form, Json};
use crate::web::{ApiError, payload};

/// The most events of one webhook: as many as a batch has lines.
const EVENTS_MOST: usize = 10_000;
/// What stands before a key that is made here.
const KEY_PREFIX: &str = "webhook:";
/// So many bytes of a hash stand for an id that is too long for a key.
const KEY_HASH_BYTES: usize = 28;

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Slack wants to know whether this is where it may send: nothing happened but this text.
    Challenge(String),
    /// Something happened.
    One(Made),
    /// Several things did.
    List(Vec<Made>),
}

/// An event, but for its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) kind: EventType,
    pub(super) key: IdempotencyKey,
    pub(super) payload: String,
    pub(super) fingerprint: Fingerprint,
}

/// Reads a body that its sender vouches for.
///
/// # Errors
/// 422 where it is no strict JSON, or makes no event by the source's templates; 413 where a payload is too large, or there
/// are too many of them.
pub(super) fn read(
    plan: &Plan,
    verified: &Verified,
    (headers, body): (&HeaderMap, &[u8]),
) -> Result<Reading, ApiError> {
    let body = json::parse(body).map_err(|bad| {
        let detail = format!("it is signed, but its body is not read: {}", bad.detail());
        ApiError::unprocessable("", detail)
    })?;
    let sender = Sender {
        plan,
        verified,
        headers,
    };
    match (plan.preset, &body) {
        (WebhookPreset::Slack, body) if text(body, "type") == Some("url_verification") => {
            let challenge = text(body, "challenge").unwrap_or_default();
            Ok(Reading::Challenge(challenge.to_owned()))
        }
        (WebhookPreset::Sendgrid, Json::List(items)) => {
            let most = || ApiError::unprocessable("", format!("it has 1 to {EVENTS_MOST} events"));
            if !(1..=EVENTS_MOST).contains(&items.len()) {
                return Err(most());
            }
            let each = items.iter().enumerate();
            let made: Result<_, _> = each.map(|(nth, item)| sender.event(item, nth)).collect();
            made.map(Reading::List)
        }
        (WebhookPreset::Sendgrid, _) => Err(ApiError::unprocessable("", "it is not a list of events")),
        _ => sender.event(&body, 0).map(Reading::One),
    }
}

/// Who says it, and how that is understood.
struct Sender<'s> {
    plan: &'s Plan,
    verified: &'s Verified,
    headers: &'s HeaderMap,
}

impl Sender<'_> {
    /// The event that `item` makes, the `nth` of its webhook.
    fn event(&self, item: &Json<'_>, nth: usize) -> Result<Made, ApiError> {
        let plan = self.plan;
        let id = self.id(item);
        let values = self.values(item, id.unwrap_or_default());
        let kind = match &plan.kind {
            Kind::Fixed(kind) => kind.clone(),
            Kind::Made(template) => {
                let made = render("type", template, &values)?;
                EventType::parse(made.trim()).map_err(|bad| {
                    let shown = json::shown(made.trim());
                    ApiError::unprocessable("type", format!("`type` {bad}: {shown}"))
                })?
            }
        };
        let key = match &plan.key {
            Some(template) => {
                let made = render("key", template, &values)?;
                let empty = || ApiError::unprocessable("key", "`key` is empty");
                let id = Some(made.trim()).filter(|id| !id.is_empty()).ok_or_else(empty)?;
                key(&plan.source, Name::Id(id))
            }
            None => match id {
                Some(id) => key(&plan.source, Name::Id(id)),
                None => key(&plan.source, Name::Content(&self.verified.digest, nth)),
            },
        }
        .map_err(|bad| ApiError::unprocessable("key", format!("`key` {bad}")))?;
        let made = plan.payload.as_ref();
        let made = made
            .map(|template| render("payload", template, &values))
            .transpose()?;
        let content = match &made {
            Some(text) => json::parse(text.as_bytes()).map_err(|bad| {
                ApiError::unprocessable("payload", format!("`payload` is {}", bad.detail()))
            })?,
            None => what_happened(plan.preset, item).clone(),
        };
        Ok(Made {
            fingerprint: payload::fingerprint(&kind, &plan.source, &content),
            payload: payload::kept(&content)?,
            kind,
            key,
        })
    }

    /// What the sender knows it by, the same when it is sent again.
    fn id<'i>(&'i self, item: &'i Json<'_>) -> Option<&'i str> {
        let id = match self.plan.preset {
            // <https://docs.stripe.com/api/events/object>
            WebhookPreset::Stripe => text(item, "id"),
            // <https://docs.slack.dev/apis/events-api>
            WebhookPreset::Slack => text(item, "event_id"),
            // <https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure>
            WebhookPreset::Mailgun => item.member("event-data").and_then(|event| text(event, "id")),
            // <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>
            WebhookPreset::Sendgrid => text(item, "sg_event_id"),
            WebhookPreset::Hmac
            | WebhookPreset::Producthunt
            | WebhookPreset::Github
            | WebhookPreset::StandardWebhooks => self.verified.id.as_deref(),
        };
        id.filter(|id| !id.is_empty())
    }

    /// What templates see; nothing where there is none.
    fn values(&self, item: &Json<'_>, id: &str) -> Value {
        let plan = self.plan;
        if plan.key.is_none() && plan.payload.is_none() && matches!(plan.kind, Kind::Fixed(_)) {
            return Value::UNDEFINED;
        }
        let mut text = String::new();
        item.write(Form::AsSent, &mut text);
        // It was read before.
        let body: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        context! {
            body => Serde(body),
            headers => Value::from_pairs(self.plain_headers()),
            id => id,
        }
    }

    /// Those headers that are not secrets, the first of each name. Most senders do not sign them.
    fn plain_headers(&self) -> impl Iterator<Item = (String, String)> {
        let names = self.headers.keys();
        let plain = names.filter(|name| **name != AUTHORIZATION && **name != COOKIE);
        plain.filter_map(|name| {
            let value = self.headers.get(name)?.as_bytes();
            Some((name.to_string(), String::from_utf8_lossy(value).into_owned()))
        })
    }
}

/// What is kept of a body when nothing else is said: all of it, but for a signature that could be used again.
fn what_happened<'i, 'j>(preset: WebhookPreset, item: &'i Json<'j>) -> &'i Json<'j> {
    let within = item
        .member("event-data")
        .filter(|_| preset == WebhookPreset::Mailgun);
    within.unwrap_or(item)
}

fn text<'i>(item: &'i Json<'_>, name: &str) -> Option<&'i str> {
    item.member(name)?.as_text()
}

fn render(field: &'static str, template: &Template, values: &Value) -> Result<String, ApiError> {
    template
        .render(values)
        .map_err(|error| ApiError::unprocessable(field, format!("`{field}` in its {error}")))
}

/// What tells one event of a source from another.
enum Name<'n> {
    /// The sender's id.
    Id(&'n str),
    /// What was signed, and which event of it.
    Content(&'n [u8; 32], usize),
}

/// The key under which a repeat is recognised: `webhook:source:id` where that is short enough, a hash elsewhere. Sources have
/// no colon, so that no two of them make the same key.
fn key(source: &Source, name: Name<'_>) -> Result<IdempotencyKey, crate::model::ids::BadName> {
    let mut hasher = Sha256::new_with_prefix(source.as_str());
    match name {
        Name::Id(id) => {
            if let Ok(key) = IdempotencyKey::parse(&format!("{KEY_PREFIX}{source}:{id}")) {
                return Ok(key);
            }
            hasher.update([0]);
            hasher.update(id);
        }
        Name::Content(digest, nth) => {
            hasher.update([1]);
            hasher.update(digest);
            hasher.update(nth.to_be_bytes());
        }
    }
    let hash = hasher.finalize();
    let digits = hash.iter().take(KEY_HASH_BYTES).map(|byte| format!("{byte:02x}"));
    IdempotencyKey::parse(&format!("{KEY_PREFIX}{}", digits.collect::<String>()))
}

#[cfg(test)]
mod tests;
