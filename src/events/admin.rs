//! What the maker does with events: list them, look at one with all that was tried, call it off, move it.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Events, intake};
use crate::model::delivery::{Attempt, Delivery, DestinationNumber, Event, EventState, EventStory};
use crate::model::event::{EventFilter, EventId, EventStatus};
use crate::model::ids::{BadName, EventType, Source};
use crate::model::time::Millis;
use crate::store::Moved;
use crate::web::ApiError;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::{Admin, Reader};

/// The largest body of these requests, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// An event in a list, without its payload.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventItem {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    source: String,
    idempotency_key: String,
    fingerprint: String,
    status: &'static str,
    priority: u8,
    scheduled_at: String,
    expires_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// One event and everything that became of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventDetails {
    #[serde(flatten)]
    event: EventItem,
    traceparent: Option<String>,
    tracestate: Option<String>,
    /// To the letter: no number loses a digit.
    payload: Box<RawValue>,
    deliveries: Vec<DeliveryItem>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryItem {
    id: String,
    destination: String,
    status: &'static str,
    attempts: u32,
    first_at: Option<String>,
    due: String,
    updated_at: String,
    last_class: Option<&'static str>,
    last_error: Option<String>,
    /// Every attempt, in order.
    history: Vec<AttemptItem>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptItem {
    number: u32,
    at: String,
    took_ms: u32,
    class: &'static str,
    status: Option<u16>,
    excerpt: String,
}

impl EventItem {
    fn of(event: &Event, state: &EventState) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str().to_owned(),
            source: event.source.as_str().to_owned(),
            idempotency_key: event.key.as_str().to_owned(),
            fingerprint: event.fingerprint.to_string(),
            status: state.status.as_str(),
            priority: event.priority.level(),
            scheduled_at: state.scheduled_at.to_string(),
            expires_at: event.expires_at.map(|at| at.to_string()),
            created_at: event.created_at.to_string(),
            updated_at: state.updated_at.to_string(),
        }
    }
}

impl DeliveryItem {
    fn of(destination: String, delivery: Delivery, attempts: Vec<Attempt>) -> Self {
        Self {
            id: delivery.id.to_string(),
            destination,
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            first_at: delivery.first_at.map(|at| at.to_string()),
            due: delivery.due.to_string(),
            updated_at: delivery.updated_at.to_string(),
            last_class: delivery.last_class.map(|class| class.as_str()),
            last_error: delivery.last_error,
            history: attempts.into_iter().map(AttemptItem::of).collect(),
        }
    }
}

impl AttemptItem {
    fn of(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_string(),
            took_ms: attempt.took_ms,
            class: attempt.class.as_str(),
            status: attempt.status,
            excerpt: attempt.excerpt,
        }
    }
}

/// `GET /api/events`
pub(super) async fn list(
    State(events): State<Events>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let filter = filter(&query)?;
    let page = query.page(|cursor| cursor.parse::<u64>().ok())?;
    let page = events.parts.store.events(filter, page).await?;
    let items = page
        .items
        .iter()
        .map(|(event, state)| EventItem::of(event, state));
    let list = List {
        items: items.collect(),
        next: page.next.map(|position| position.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

fn filter(query: &Query) -> Result<EventFilter, ApiError> {
    let status = |text| {
        let known = EventStatus::ALL.iter().map(|status| status.as_str());
        let detail = || format!("`status` is one of {}", known.collect::<Vec<_>>().join(", "));
        EventStatus::parse(text).ok_or_else(|| ApiError::unprocessable("status", detail()))
    };
    Ok(EventFilter {
        kind: named(query, "type", EventType::parse)?,
        source: named(query, "source", Source::parse)?,
        status: query.get("status").map(status).transpose()?,
        from: instant(query, "from")?,
        to: instant(query, "to")?,
    })
}

fn named<T>(
    query: &Query,
    name: &'static str,
    parse: fn(&str) -> Result<T, BadName>,
) -> Result<Option<T>, ApiError> {
    let parsed = query.get(name).map(parse).transpose();
    parsed.map_err(|bad| ApiError::unprocessable(name, format!("`{name}` {bad}")))
}

fn instant(query: &Query, name: &'static str) -> Result<Option<Millis>, ApiError> {
    let read = |text| {
        let wrong = || ApiError::unprocessable(name, format!("`{name}` must be RFC 3339 with an offset"));
        Millis::parse_rfc3339(text).ok_or_else(wrong)
    };
    query.get(name).map(read).transpose()
}

/// `GET /api/events/{id}`
pub(super) async fn show(
    State(events): State<Events>,
    _: Reader,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let EventStory {
        event,
        state,
        deliveries,
    } = events.story(&id).await?;
    let known = events.parts.store.destinations();
    let names: HashMap<DestinationNumber, _> = known.into_iter().map(|d| (d.number, d.name)).collect();
    let delivery = |(delivery, attempts): (Delivery, Vec<Attempt>)| {
        let name = names.get(&delivery.destination);
        let name = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
        DeliveryItem::of(name, delivery, attempts)
    };
    let details = EventDetails {
        traceparent: event.trace.as_ref().map(|trace| trace.parent.to_string()),
        tracestate: event
            .trace
            .as_ref()
            .and_then(|trace| Some(trace.state.as_ref()?.as_str().to_owned())),
        deliveries: deliveries.into_iter().map(delivery).collect(),
        event: EventItem::of(&event, &state),
        payload: RawValue::from_string(event.payload).map_err(ApiError::internal)?,
    };
    Ok(answer::json(StatusCode::OK, &details))
}

/// `POST /api/events/{id}/cancel`
pub(super) async fn cancel(
    State(events): State<Events>,
    _: Admin,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let story = events.story(&id).await?;
    events.shift(story, None).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reschedule {
    scheduled_at: String,
    timezone: Option<String>,
}

/// `POST /api/events/{id}/reschedule`
pub(super) async fn reschedule(
    State(events): State<Events>,
    _: Admin,
    Named(id): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let story = events.story(&id).await?;
    let sent: Reschedule = answer::read_json(request, MAX_BODY).await?;
    let zone = sent.timezone.as_deref().map(intake::checked_zone).transpose()?;
    let to = intake::instant("scheduledAt", &sent.scheduled_at, zone)?;
    if story.event.expires_at.is_some_and(|expires| expires <= to) {
        let detail = "`scheduledAt` is not before the event's `expiresAt`";
        return Err(ApiError::unprocessable("scheduledAt", detail));
    }
    events.shift(story, Some(to)).await
}

impl Events {
    async fn story(&self, id: &str) -> Result<EventStory, ApiError> {
        let missing = || ApiError::not_found("event");
        let id = EventId::parse(id).ok_or_else(missing)?;
        let story = self.parts.store.event(id).await?;
        story.ok_or_else(missing)
    }

    /// Moves the event to another time, or calls it off (`None`).
    async fn shift(&self, story: EventStory, to: Option<Millis>) -> Result<Response<Body>, ApiError> {
        let moved = self.parts.store.move_event(story.event.id, to).await?;
        match moved {
            Moved::Done(state) => Ok(answer::json(StatusCode::OK, &EventItem::of(&story.event, &state))),
            Moved::TooLate(status) => {
                let status = status.as_str();
                let detail = format!("the event is {status}; only one that is PENDING can be changed");
                Err(ApiError::conflict(detail))
            }
            Moved::NoEvent => Err(ApiError::not_found("event")),
        }
    }
}
