//! `POST /api/webhooks/{source}`: from bytes to an answer.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::read::{self, Made, Reading};
use super::scheme::{self, Message, Refusal, Verified};
use super::{Inlet, Webhooks};
use crate::metrics::{EventOutcome, WebhookOutcome};
use crate::model::event::{EventDraft, EventId, Priority, Recorded};
use crate::model::ids::Source;
use crate::model::time::Millis;
use crate::model::trace::Trace;
use crate::traces::{Spot, within};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::{ApiError, LimitClass, Peer, answer, trace};

/// The largest body, in bytes.
pub(super) const MAX_WEBHOOK: usize = 1 << 20;

const X_EVENT_STATUS: HeaderName = HeaderName::from_static("x-event-status");

/// Why a webhook brought nothing, and how that is counted.
pub(super) type Refused = (WebhookOutcome, ApiError);

/// An event that is recorded, now or before.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "WebhookTold")]
pub(super) struct Told {
    pub(super) id: String,
    #[schemars(extend("enum" = ["ACCEPTED", "DUPLICATE"]))]
    pub(super) status: &'static str,
}

/// What came, once it is known from whom.
pub(super) struct Came<'r> {
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r [u8],
    pub(super) now: Millis,
    /// The trace that its events belong to.
    pub(super) trace: Option<Trace>,
    /// Where in it they are recorded.
    pub(super) spot: Option<&'r Spot>,
}

const ACCEPTED: &str = "ACCEPTED";
const DUPLICATE: &str = "DUPLICATE";

impl Webhooks {
    /// Records what a webhook says, and answers once it is durable.
    pub async fn take<B>(&self, inlet: &Inlet, peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        let front = &self.parts.front;
        let client = front.client(peer, request.headers());
        let (answer, decision) = match front.admit(LimitClass::Webhook, peer, client) {
            Ok(decision) => (self.take_admitted(inlet, request).await, decision),
            Err(limited) => (Err((WebhookOutcome::Limited, limited)), None),
        };
        let seen = match &answer {
            Ok(_) => &inlet.seen.taken,
            Err(_) => &inlet.seen.refused,
        };
        seen.store(self.parts.clock.now().0, Ordering::Relaxed);
        let mut answer = answer.unwrap_or_else(|(outcome, error)| {
            inlet.metrics.count(outcome);
            error.into_response()
        });
        if let Some(decision) = decision {
            decision.apply(answer.headers_mut());
        }
        answer
    }

    async fn take_admitted<B>(&self, inlet: &Inlet, request: Request<B>) -> Result<Response<Body>, Refused>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        let (head, body) = request.into_parts();
        let body = body::read(body, MAX_WEBHOOK, BODY_DEADLINE)
            .await
            .map_err(refused)?;
        let now = self.parts.clock.now();
        let message = Message {
            headers: &head.headers,
            body: &body,
            now,
        };
        let verified = scheme::verify(&inlet.plan.scheme, &message).map_err(|why| {
            tracing::debug!(webhook.source = %inlet.plan.source, reason = %why, "a webhook is refused");
            (outcome(why), not_signed())
        })?;
        let came = Came {
            headers: &head.headers,
            body: &body,
            now,
            trace: trace::of(&head.extensions, &head.headers),
            spot: trace::spot(&head.extensions),
        };
        self.take_verified(inlet, verified, &came).await
    }

    /// Records what a sender vouches for.
    pub(super) async fn take_verified(
        &self,
        inlet: &Inlet,
        verified: Verified,
        came: &Came<'_>,
    ) -> Result<Response<Body>, Refused> {
        match read::read(&inlet.plan, &verified, (came.headers, came.body)).map_err(refused)? {
            Reading::Challenge(text) => {
                inlet.metrics.count(WebhookOutcome::Challenged);
                Ok(answer::json(
                    StatusCode::OK,
                    &serde_json::json!({ "challenge": text }),
                ))
            }
            Reading::One(made) => {
                let unused = |token| self.spent.spend(token, &made.key, came.now);
                if !verified.token.is_none_or(unused) {
                    tracing::debug!(webhook.source = %inlet.plan.source, "a used token came with another event");
                    return Err((WebhookOutcome::BadSignature, not_signed()));
                }
                let told = self.record(inlet, vec![made], came).await?;
                let first = told
                    .first()
                    .ok_or_else(|| failed(ApiError::internal("an event without an outcome")))?;
                let body = serde_json::json!({ "id": first.id });
                Ok(with_status(first.status, &body))
            }
            Reading::List(made) => {
                let told = self.record(inlet, made, came).await?;
                let new = told.iter().any(|told| told.status == ACCEPTED);
                let body = serde_json::json!({ "items": told });
                Ok(with_status(if new { ACCEPTED } else { DUPLICATE }, &body))
            }
        }
    }

    /// Records events in one transaction and counts them.
    async fn record(&self, inlet: &Inlet, made: Vec<Made>, came: &Came<'_>) -> Result<Vec<Told>, Refused> {
        let mut drafts = Vec::with_capacity(made.len());
        for made in made {
            let mut random = [0; 8];
            getrandom::fill(&mut random).map_err(|error| failed(ApiError::internal(error)))?;
            let id = EventId::new(came.now, random);
            drafts.push(EventDraft {
                trace: came.trace.clone(),
                ..draft(made, &inlet.plan.source, id)
            });
        }
        let ids: Vec<EventId> = drafts.iter().map(|draft| draft.id).collect();
        let routes = self.parts.routes.borrow().clone();
        let recording = self.parts.store.record_events(drafts, routes);
        let recorded = within(came.spot, "record-events", recording).await;
        let recorded = recorded.map_err(|fault| failed(fault.into()))?;
        let each = ids.into_iter().zip(&recorded);
        Ok(each
            .map(|(id, recorded)| self.told(inlet, id, recorded))
            .collect())
    }

    /// What became of an event of this id, should it be new. Another body under a known id is the same event, told anew: some
    /// senders sign again, or add when they tried last.
    fn told(&self, inlet: &Inlet, id: EventId, recorded: &Recorded) -> Told {
        let (id, status, outcome, event) = match recorded {
            Recorded::Accepted { .. } => (id, ACCEPTED, WebhookOutcome::Accepted, EventOutcome::Accepted),
            Recorded::Duplicate { id, .. } | Recorded::Conflict { id } => {
                (*id, DUPLICATE, WebhookOutcome::Duplicate, EventOutcome::Duplicate)
            }
        };
        inlet.metrics.count(outcome);
        self.parts.metrics.events_ingested(event).inc();
        Told {
            id: id.to_string(),
            status,
        }
    }
}

fn draft(made: Made, source: &Source, id: EventId) -> EventDraft {
    EventDraft {
        id,
        kind: made.kind,
        source: source.clone(),
        key: made.key,
        payload: made.payload,
        fingerprint: made.fingerprint,
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

fn with_status(status: &'static str, body: &serde_json::Value) -> Response<Body> {
    let http = match status {
        ACCEPTED => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    let mut answer = answer::json(http, body);
    answer
        .headers_mut()
        .insert(X_EVENT_STATUS, HeaderValue::from_static(status));
    answer
}

/// The one answer to whatever nobody vouches for: who tries should not learn how near he came.
fn not_signed() -> ApiError {
    let challenge = HeaderValue::from_static("Webhook-Signature realm=\"gantry\"");
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "the signature is missing, wrong or of another time",
    )
    .with_header(WWW_AUTHENTICATE, challenge)
}

pub(super) const fn outcome(why: Refusal) -> WebhookOutcome {
    match why {
        Refusal::Unsigned => WebhookOutcome::Unsigned,
        Refusal::Forged => WebhookOutcome::BadSignature,
        Refusal::Stale => WebhookOutcome::Stale,
    }
}

fn refused(error: ApiError) -> Refused {
    (WebhookOutcome::Refused, error)
}

fn failed(error: ApiError) -> Refused {
    (WebhookOutcome::Failed, error)
}
