//! `POST /api/events`: from bytes to a draft to an answer.

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};

use super::Events;
use super::intake::{self, Arrival, MAX_EVENT};
use crate::metrics::EventOutcome;
use crate::model::event::{EventDraft, EventId, Fingerprint, Recorded};
use crate::model::key::Scope;
use crate::store::Fault;
use crate::traces::{Spot, within};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::idempotency::idempotency_key;
use crate::web::limits::Decision;
use crate::web::{ApiError, LimitClass, Peer, answer, json, trace};

const X_EVENT_STATUS: HeaderName = HeaderName::from_static("x-event-status");

/// Why a request brought nothing, and how that is counted.
pub(super) type Refusal = (EventOutcome, ApiError);

pub(super) fn refused(error: ApiError) -> Refusal {
    (EventOutcome::Refused, error)
}

pub(super) fn failed(error: ApiError) -> Refusal {
    (EventOutcome::Failed, error)
}

impl Events {
    /// Records an event, and answers once it is durable. A key of any of `scopes` may send it.
    pub async fn take<B>(&self, scopes: &[Scope], peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        match self.admit(scopes, peer, request.headers()) {
            Ok(decision) => self.answered(self.take_one(request).await, decision.as_ref()),
            Err(refusal) => self.answered(Err(refusal), None),
        }
    }

    async fn take_one<B>(&self, request: Request<B>) -> Result<Response<Body>, Refusal>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        let (head, body) = request.into_parts();
        let bytes = body::read(body, MAX_EVENT, BODY_DEADLINE)
            .await
            .map_err(refused)?;
        let key = idempotency_key(&head.headers)
            // A body that cannot be read is said first.
            .map_err(|bad| refused(json::parse(&bytes).err().unwrap_or(bad)))?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| failed(ApiError::internal(error)))?;
        let now = self.parts.clock.now();
        let arrival = Arrival {
            id: EventId::new(now, random),
            now,
            key,
            trace: trace::of(&head.extensions, &head.headers),
        };
        let draft = intake::draft(&bytes, arrival).map_err(refused)?;
        let (id, fingerprint) = (draft.id, draft.fingerprint);
        let recorded = self.record(vec![draft], trace::spot(&head.extensions)).await;
        let recorded = recorded.map_err(|fault| failed(fault.into()))?;
        match recorded.first() {
            Some(recorded) => Ok(told(recorded, id, fingerprint)),
            None => Err(failed(ApiError::internal("an event without an outcome"))),
        }
    }

    /// Whether this client may send now: 401 or 403 before 429.
    pub(super) fn admit(
        &self,
        scopes: &[Scope],
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<Option<Decision>, Refusal> {
        let limited = |error| (EventOutcome::Limited, error);
        match self.parts.auth.require_any(Some(peer), headers, scopes) {
            Ok(_) => {}
            Err(guessing) if guessing.status() == StatusCode::TOO_MANY_REQUESTS => {
                return Err(limited(guessing));
            }
            Err(stranger) => return Err((EventOutcome::Unauthorized, stranger)),
        }
        let front = &self.parts.front;
        let admitted = front.admit(LimitClass::Ingest, peer, front.client(peer, headers));
        admitted.map_err(limited)
    }

    /// The answer with what is said of limits; a refusal is counted.
    pub(super) fn answered(
        &self,
        answer: Result<Response<Body>, Refusal>,
        decision: Option<&Decision>,
    ) -> Response<Body> {
        let mut answer = answer.unwrap_or_else(|(outcome, refusal)| {
            self.parts.metrics.events_ingested(outcome).inc();
            refusal.into_response()
        });
        if let Some(decision) = decision {
            decision.apply(answer.headers_mut());
        }
        answer
    }

    /// Records events in one transaction and counts them.
    pub(super) async fn record(
        &self,
        drafts: Vec<EventDraft>,
        spot: Option<&Spot>,
    ) -> Result<Vec<Recorded>, Fault> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let recording = self.parts.store.record_events(drafts, self.routes());
        let recorded = within(spot, "record-events", recording).await?;
        for recorded in &recorded {
            self.parts.metrics.events_ingested(outcome(recorded)).inc();
        }
        Ok(recorded)
    }
}

fn outcome(recorded: &Recorded) -> EventOutcome {
    match recorded {
        Recorded::Accepted { .. } => EventOutcome::Accepted,
        Recorded::Duplicate { .. } => EventOutcome::Duplicate,
        Recorded::Conflict { .. } => EventOutcome::Conflict,
    }
}

/// The answer to an event of this id, should it be new, and this fingerprint.
fn told(recorded: &Recorded, id: EventId, fingerprint: Fingerprint) -> Response<Body> {
    let (http, name, id, status, scheduled_at) = match recorded {
        Recorded::Accepted {
            scheduled_at, status, ..
        } => (StatusCode::ACCEPTED, "ACCEPTED", id, status, scheduled_at),
        Recorded::Duplicate {
            id,
            scheduled_at,
            status,
        } => (StatusCode::OK, "DUPLICATE", *id, status, scheduled_at),
        Recorded::Conflict { id } => return conflict(*id).into_response(),
    };
    let status = status.as_str();
    // None of these has anything that JSON escapes.
    let body = format!(
        r#"{{"id":"{id}","status":"{status}","fingerprint":"{fingerprint}","scheduledAt":"{scheduled_at}"}}"#
    );
    let mut answer = answer::json_bytes(http, body);
    answer
        .headers_mut()
        .insert(X_EVENT_STATUS, HeaderValue::from_static(name));
    answer
}

fn conflict(first: EventId) -> ApiError {
    let detail = "another event has this key: its type, source or payload is another";
    ApiError::unprocessable("idempotencyKey", detail)
        .with_type("urn:gantry:problem:idempotency-conflict", "Idempotency conflict")
        .with_id(first.to_string())
        .with_header(X_EVENT_STATUS, HeaderValue::from_static("CONFLICT"))
}
