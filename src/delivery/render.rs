//! From an event to the request that delivers it.

mod batch;

use std::cell::OnceCell;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use minijinja::value::Serde;
use minijinja::{Value, context};
use sha2::{Digest, Sha256};
use url::Url;

use crate::model::delivery::Event;
use crate::model::event::DeliveryId;
use crate::model::lane::batch::BATCH_BYTES_MAX;
use crate::model::time::Millis;
use crate::model::trace::{Parent, Trace};
use crate::outbound::{LetterError, Request};
use crate::template::{Template, TemplateError};

pub(super) use batch::call_id;
pub use batch::{BATCH_NAMES, Packed, pack};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What a destination's template may name; each is a member of the whole event as JSON, too.
pub const NAMES: [&str; 7] = [
    "id",
    "type",
    "source",
    "idempotencyKey",
    "payload",
    "scheduledAt",
    "createdAt",
];

/// How a destination wants to be called.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// How.
    pub method: Method,
    /// Where; only the origin where `target` says the rest.
    pub url: Url,
    /// Path and query of an event.
    pub target: Option<Template>,
    /// Sent with every request. They win over ours, but for the delivery's ids and its trace.
    pub headers: HeaderMap,
    /// Headers of an event, none of them among `headers`.
    pub header_templates: Vec<(HeaderName, Template)>,
    /// What is sent.
    pub body: Content,
    /// For the whole call.
    pub timeout: Duration,
}

/// What is sent of an event.
#[derive(Clone, Debug)]
pub enum Content {
    /// All of it, as JSON.
    Event,
    /// A message of Standard Webhooks, as JSON.
    Webhook,
    /// What a template makes of it.
    Template(Box<Template>),
}

/// One attempt to deliver an event.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'e> {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When the event's deliveries are due.
    pub scheduled_at: Millis,
    /// The event.
    pub event: &'e Event,
}

/// Why no request can be made of an event. Trying again makes none either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template does not fit the event.
    #[error("the {of} template, {error}")]
    Template {
        /// Whose: `body's`, `url's`.
        of: String,
        /// What is wrong, and where.
        error: TemplateError,
    },
    /// What a template made is no value of a header.
    #[error("what the {0} template made is not the value of a header")]
    Header(HeaderName),
    /// The parts of a letter make none.
    #[error("no letter: {0}")]
    Letter(LetterError),
    /// The payload is no JSON.
    #[error("the payload is not JSON")]
    Payload,
    /// Events that are longer together than a batch may be.
    #[error("the events are longer together than {} KiB", BATCH_BYTES_MAX / 1024)]
    TooLong,
}

/// Makes the request of an attempt. All attempts of a delivery are alike but for the span in their `traceparent`.
///
/// # Errors
/// [`RenderError`].
pub fn render(blueprint: &Blueprint, subject: &Subject<'_>) -> Result<Request, RenderError> {
    let make = || values(subject);
    let values = Values::of(&make);
    let body = match &blueprint.body {
        Content::Event => format!("{{{}}}", members(subject)),
        Content::Webhook => webhook(subject),
        Content::Template(template) => values.fill(template, "body's")?,
    };
    let id = subject.delivery.to_string();
    request(blueprint, &values, ((&id, &trace(subject)), body))
}

/// The request of a call with this id and trace, and this body.
fn request(
    blueprint: &Blueprint,
    values: &Values<'_>,
    (known_by, body): ((&str, &Trace), String),
) -> Result<Request, RenderError> {
    let mut headers = headers(&blueprint.headers, known_by);
    for (name, template) in &blueprint.header_templates {
        let text = values.fill(template, &format!("header {name}'s"))?;
        // Beyond ASCII as UTF-8, which RFC 9110 §5.5 calls obsolete and everyone takes.
        let value =
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| RenderError::Header(name.clone()))?;
        headers.entry(name).or_insert(value);
    }
    Ok(Request {
        method: blueprint.method.clone(),
        url: match &blueprint.target {
            Some(template) => targeted(&blueprint.url, &values.fill(template, "url's")?),
            None => blueprint.url.clone(),
        },
        headers,
        body: Bytes::from(body),
        timeout: blueprint.timeout,
    })
}

/// `origin` with another path and query.
fn targeted(origin: &Url, target: &str) -> Url {
    let mut url = origin.clone();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    url.set_path(path);
    url.set_query(query);
    url
}

fn headers(configured: &HeaderMap, (id, trace): (&str, &Trace)) -> HeaderMap {
    let mut headers = configured.clone();
    let json = HeaderValue::from_static("application/json");
    headers.entry(CONTENT_TYPE).or_insert(json);
    let parent = trace.parent.to_string();
    let state = trace.state.as_ref().map(|state| (TRACESTATE, state.as_str()));
    let ours = [(X_REQUEST_ID, id), (IDEMPOTENCY_KEY, id), (TRACEPARENT, &parent)];
    for (name, text) in ours.into_iter().chain(state) {
        // Printable ASCII is always a value.
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
    headers
}

/// What templates see, made when the first of them asks.
pub(super) struct Values<'e> {
    make: &'e dyn Fn() -> Result<Value, RenderError>,
    made: OnceCell<Result<Value, RenderError>>,
}

impl<'e> Values<'e> {
    pub(super) fn of(make: &'e dyn Fn() -> Result<Value, RenderError>) -> Self {
        Self {
            make,
            made: OnceCell::new(),
        }
    }

    /// What a template makes of them; `of` says in an error whose it is.
    pub(super) fn fill(&self, template: &Template, of: &str) -> Result<String, RenderError> {
        let values = self.made.get_or_init(self.make).as_ref();
        let values = values.map_err(Clone::clone)?;
        template.render(values).map_err(|error| RenderError::Template {
            of: of.to_owned(),
            error,
        })
    }
}

pub(super) fn values(subject: &Subject<'_>) -> Result<Value, RenderError> {
    let event = subject.event;
    let payload: serde_json::Value =
        serde_json::from_str(&event.payload).map_err(|_| RenderError::Payload)?;
    Ok(context! {
        id => event.id.to_string(),
        type => event.kind.as_str(),
        source => event.source.as_str(),
        idempotencyKey => event.key.as_str(),
        payload => Serde(payload),
        scheduledAt => subject.scheduled_at.to_string(),
        createdAt => event.created_at.to_string(),
    })
}

/// The members of the whole event as JSON, its payload to the letter: no number loses a digit.
fn members(subject: &Subject<'_>) -> String {
    let event = subject.event;
    format!(
        r#""id":"{}","type":{},"source":{},"idempotencyKey":{},"payload":{},"scheduledAt":"{}","createdAt":"{}""#,
        event.id,
        text(event.kind.as_str()),
        text(event.source.as_str()),
        text(event.key.as_str()),
        event.payload,
        subject.scheduled_at,
        event.created_at,
    )
}

/// What Standard Webhooks call the payload of a message
/// (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, "Payload structure"): the
/// event's type, when it came, and what it came with, to the letter.
fn webhook(subject: &Subject<'_>) -> String {
    let event = subject.event;
    format!(
        r#"{{"type":{},"timestamp":"{}","data":{}}}"#,
        text(event.kind.as_str()),
        event.created_at,
        event.payload,
    )
}

/// A text as JSON.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The trace the event came with, or one named by the event's id, and a span of this attempt's own. What the event came
/// with from other tracing systems goes on as it is (W3C Trace Context §3.5).
fn trace(subject: &Subject<'_>) -> Trace {
    let span = span(subject.delivery, subject.attempt);
    match &subject.event.trace {
        Some(came) => Trace {
            parent: Parent { span, ..came.parent },
            state: came.state.clone(),
        },
        None => begun(subject.event.id.0, span),
    }
}

/// A trace that begins with a call of ours, which is on record.
fn begun(trace: u128, span: u64) -> Trace {
    let parent = Parent {
        trace: trace.max(1),
        span,
        sampled: true,
    };
    Trace { parent, state: None }
}

/// The span of an attempt of what has this id. It is not zero.
fn span(id: DeliveryId, attempt: u32) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(id.0.to_be_bytes());
    hasher.update(attempt.to_be_bytes());
    let hash = hasher.finalize();
    let head = hash.iter().take(8);
    head.fold(0_u64, |acc, byte| (acc << 8) | u64::from(*byte)).max(1)
}

#[cfg(test)]
mod tests;
