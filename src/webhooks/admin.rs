//! Sources as their owner sees them, and a trial of one: a sample is signed as its sender would, checked as if it had come,
//! and shown with what would follow. Nothing is recorded unless that is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::http::{Came, MAX_WEBHOOK};
use super::read::{self, Made, Reading};
use super::scheme::{self, Message, Signed, Verified};
use super::{Inlet, PATH, Seen, Webhooks, sample};
use crate::config::{WebhookPreset, WebhookScheme};
use crate::model::event::EventId;
use crate::model::ids::IdempotencyKey;
use crate::web::ApiError;
use crate::web::acts::NothingDone;
use crate::web::answer::{self, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::describe::OneOf;

/// What a sample is known by to whoever asks for one by hand.
const ID_PREFIX: &str = "test-";

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookItem")]
pub(super) struct Item {
    source: String,
    #[schemars(with = "OneOf<WebhookPreset>")]
    preset: &'static str,
    path: String,
    #[serde(rename = "type")]
    kind: String,
    secrets: usize,
    dedupe_for: String,
    /// Since the server began.
    last_taken_at: Option<String>,
    last_refused_at: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookSample")]
pub(super) struct Trial {
    #[schemars(with = "Option<serde_json::Value>")]
    body: Option<Box<RawValue>>,
    #[serde(default)]
    send: bool,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookTried")]
pub(super) struct Shown {
    request: RequestItem,
    /// Whether the request carries its signature: only SendGrid can sign for SendGrid.
    signed: bool,
    /// The status and what is said with it.
    status: u16,
    #[schemars(extend("enum" = ["accepted", "duplicate", "challenge answered", "refused"]))]
    verdict: &'static str,
    detail: Option<String>,
    /// Whether it was recorded, and not only said what would be.
    sent: bool,
    events: Vec<EventItem>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SignedRequest")]
struct RequestItem {
    method: &'static str,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookEvent")]
struct EventItem {
    /// Of the event that is recorded under its key, now or before.
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    #[schemars(with = "serde_json::Value")]
    payload: Box<RawValue>,
    #[schemars(extend("enum" = ["ACCEPTED", "DUPLICATE"]))]
    status: &'static str,
}

/// `GET /api/webhooks`
pub(super) async fn list(
    State(webhooks): State<Webhooks>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let mut items: Vec<Item> = webhooks
        .all()
        .iter()
        .map(|inlet| Item {
            source: inlet.plan.source.to_string(),
            preset: inlet.plan.preset.as_str(),
            path: webhooks.path(inlet),
            kind: inlet.plan.kind_text.clone(),
            secrets: secrets(&inlet.plan.scheme),
            dedupe_for: days_or_hours(inlet.plan.dedupe_for),
            last_taken_at: Seen::at(&inlet.seen.taken).map(|at| at.to_string()),
            last_refused_at: Seen::at(&inlet.seen.refused).map(|at| at.to_string()),
        })
        .collect();
    items.sort_by(|a, b| a.source.cmp(&b.source));
    let list = query.part(items, |item| &item.source)?;
    Ok(answer::json(StatusCode::OK, &list))
}

/// `POST /api/webhooks/{source}/test`
pub(super) async fn test(
    State(webhooks): State<Webhooks>,
    _: Admin,
    Named(source): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let inlet = webhooks
        .inlet(&source)
        .ok_or_else(|| ApiError::not_found("webhook"))?;
    let bytes = body::read(request.into_body(), MAX_WEBHOOK, BODY_DEADLINE).await?;
    let trial: Trial = match bytes.is_empty() {
        true => Trial::default(),
        false => body::json(&bytes)?,
    };
    let shown = webhooks.try_out(&inlet, trial).await?;
    let answer = answer::json(StatusCode::OK, &shown);
    Ok(match shown.sent {
        true => answer,
        false => NothingDone::mark(answer),
    })
}

impl Webhooks {
    pub(super) fn all(&self) -> Vec<Arc<Inlet>> {
        let inlets = self.inlets.read().unwrap_or_else(PoisonError::into_inner);
        inlets.values().cloned().collect()
    }

    fn path(&self, inlet: &Inlet) -> String {
        format!("{}{PATH}{}", self.parts.prefix, inlet.plan.source)
    }

    async fn try_out(&self, inlet: &Inlet, trial: Trial) -> Result<Shown, ApiError> {
        let plan = &inlet.plan;
        let now = self.parts.clock.now();
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(ApiError::internal)?;
        let id = format!("{ID_PREFIX}{}", EventId::new(now, random));
        let text = match trial.body {
            Some(body) => body.get().to_owned(),
            None => sample::body(plan.preset, &id, now).to_string(),
        };
        let signed = scheme::sign(&plan.scheme, (&id, now), text.as_bytes());
        let is_signed = signed.is_some();
        let Signed { headers, body } = match signed {
            Some(signed) => signed,
            None if plan.preset == WebhookPreset::Sendgrid => Signed {
                headers: HeaderMap::new(),
                body: text.into_bytes(),
            },
            None => {
                return Err(ApiError::unprocessable(
                    "body",
                    "`body` cannot be signed by this source",
                ));
            }
        };
        let mut shown = Shown {
            request: RequestItem {
                method: "POST",
                path: self.path(inlet),
                headers: texts(&headers),
                body: String::from_utf8_lossy(&body).into_owned(),
            },
            signed: is_signed,
            status: 0,
            verdict: "",
            detail: None,
            sent: false,
            events: Vec::new(),
        };
        let message = Message {
            headers: &headers,
            body: &body,
            now,
        };
        let verified = match is_signed {
            // By the same check as if it had come: what is shown is what is.
            true => scheme::verify(&plan.scheme, &message).map_err(ApiError::internal)?,
            false => Verified::by_owner(&body),
        };
        match read::read(plan, &verified, (&headers, &body)) {
            Ok(reading) => self.foretell(&mut shown, reading).await?,
            Err(refusal) => shown.refuse(&refusal),
        }
        if trial.send && shown.verdict != REFUSED {
            self.send(inlet, &mut shown, (verified, &message)).await?;
        }
        Ok(shown)
    }

    /// Says what would become of it.
    async fn foretell(&self, shown: &mut Shown, reading: Reading) -> Result<(), ApiError> {
        let made = match reading {
            Reading::Challenge(_) => {
                (shown.status, shown.verdict) = (200, "challenge answered");
                return Ok(());
            }
            Reading::One(made) => vec![made],
            Reading::List(made) => made,
        };
        for made in made {
            let known = self.parts.store.event_of_key(made.key.clone()).await?;
            shown.events.push(EventItem::of(made, known)?);
        }
        shown.judge();
        Ok(())
    }

    /// Records it, and says what became of it.
    async fn send(
        &self,
        inlet: &Inlet,
        shown: &mut Shown,
        (verified, message): (Verified, &Message<'_>),
    ) -> Result<(), ApiError> {
        let Message { headers, body, now } = *message;
        let came = Came {
            headers,
            body,
            now,
            trace: None,
            spot: None,
        };
        let taken = self.take_verified(inlet, verified, &came).await;
        match taken {
            Ok(_) => shown.sent = true,
            Err((_, refusal)) if refusal.status().is_server_error() => return Err(refusal),
            Err((_, refusal)) => shown.refuse(&refusal),
        }
        for event in &mut shown.events {
            event.id = match IdempotencyKey::parse(&event.key) {
                Ok(key) => self.parts.store.event_of_key(key).await?.map(|id| id.to_string()),
                Err(_) => None,
            };
        }
        Ok(())
    }
}

const REFUSED: &str = "refused";

impl Shown {
    fn refuse(&mut self, refusal: &ApiError) {
        (self.status, self.verdict) = (refusal.status().as_u16(), REFUSED);
        self.detail = Some(refusal.detail().to_owned());
    }

    fn judge(&mut self) {
        let new = self.events.iter().any(|event| event.status == "ACCEPTED");
        (self.status, self.verdict) = if new {
            (202, "accepted")
        } else {
            (200, "duplicate")
        };
    }
}

impl EventItem {
    fn of(made: Made, known: Option<EventId>) -> Result<Self, ApiError> {
        Ok(Self {
            status: if known.is_some() { "DUPLICATE" } else { "ACCEPTED" },
            id: known.map(|id| id.to_string()),
            kind: made.kind.to_string(),
            key: made.key.to_string(),
            payload: RawValue::from_string(made.payload).map_err(ApiError::internal)?,
        })
    }
}

fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

fn secrets(scheme: &WebhookScheme) -> usize {
    match scheme {
        WebhookScheme::Hmac(scheme) => scheme.secrets.len(),
        WebhookScheme::Stripe(secrets) | WebhookScheme::Mailgun(secrets) => secrets.len(),
        WebhookScheme::Sendgrid(keys) => keys.len(),
        WebhookScheme::StandardWebhooks(keys) => keys.len(),
    }
}

/// As it could be written: `7d`, `36h`.
fn days_or_hours(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds => format!("{seconds}s"),
    }
}
