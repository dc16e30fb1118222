//! What the maker does with events: list them, look at one with all that was tried, call it off, move it.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Events, intake};
use crate::model::delivery::{
    Attempt, AttemptClass, Delivery, DestinationNumber, Event, EventState, EventStory,
};
use crate::model::event::{DeliveryId, DeliveryStatus, EventFilter, EventId, EventStatus, Pattern, Sought};
use crate::model::ids::{BadName, EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::store::Moved;
use crate::web::ApiError;
use crate::web::answer::{self, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::describe::OneOf;

/// The largest body of these requests, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// An event in a list, without its payload.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventItem {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    source: String,
    idempotency_key: String,
    fingerprint: String,
    #[schemars(with = "OneOf<EventStatus>")]
    status: &'static str,
    priority: u8,
    scheduled_at: String,
    expires_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// One event and everything that became of it.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventDetails {
    #[serde(flatten)]
    event: EventItem,
    traceparent: Option<String>,
    tracestate: Option<String>,
    /// To the letter: no number loses a digit.
    #[schemars(with = "serde_json::Value")]
    payload: Box<RawValue>,
    deliveries: Vec<DeliveryItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventDelivery")]
struct DeliveryItem {
    id: String,
    destination: String,
    #[schemars(with = "OneOf<DeliveryStatus>")]
    status: &'static str,
    attempts: u32,
    first_at: Option<String>,
    due: String,
    updated_at: String,
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    last_class: Option<&'static str>,
    last_error: Option<String>,
    /// Every attempt, in order.
    history: Vec<AttemptItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventAttempt")]
struct AttemptItem {
    number: u32,
    at: String,
    took_ms: u32,
    #[schemars(with = "OneOf<AttemptClass>")]
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

/// The longest text that is looked for, in characters.
const MAX_SOUGHT: usize = 100;

/// A list of events that says how far back it has looked.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "EventList")]
pub(super) struct Looked {
    items: Vec<EventItem>,
    next: Option<String>,
    /// Where the page is short and not the last: it has looked no further back than this.
    reached: Option<String>,
}

/// `GET /api/events`
pub(super) async fn list(
    State(events): State<Events>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let filter = filter(&query)?;
    let page = query.page(|cursor| cursor.parse::<u64>().ok())?;
    if let Some(text) = query.get("q")
        && let Some(story) = events.named_exactly(text).await?
    {
        return Ok(found(&filter, &story));
    }
    let page = events.parts.store.events(filter, page).await?;
    let items = page
        .items
        .iter()
        .map(|(event, state)| EventItem::of(event, state));
    let list = Looked {
        items: items.collect(),
        next: page.next.map(|position| position.to_string()),
        reached: page.reached.map(|at| at.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// The one event that was asked for by its name, if the filter takes it.
fn found(filter: &EventFilter, EventStory { event, state, .. }: &EventStory) -> Response<Body> {
    let filter = EventFilter {
        text: None,
        ..filter.clone()
    };
    let created = event.created_at;
    let taken = filter.takes((event.kind.as_str(), event.source.as_str(), event.key.as_str()))
        && filter.status.is_none_or(|status| status == state.status)
        && filter.from.is_none_or(|from| created >= from)
        && filter.to.is_none_or(|to| created < to);
    let list = Looked {
        items: taken.then(|| EventItem::of(event, state)).into_iter().collect(),
        next: None,
        reached: None,
    };
    answer::json(StatusCode::OK, &list)
}

fn filter(query: &Query) -> Result<EventFilter, ApiError> {
    let status = |text| {
        let known = EventStatus::ALL.iter().map(|status| status.as_str());
        let detail = || format!("`status` is one of {}", known.collect::<Vec<_>>().join(", "));
        EventStatus::parse(text).ok_or_else(|| ApiError::unprocessable("status", detail()))
    };
    let sought = |text: &str| match text.chars().count() {
        0..=MAX_SOUGHT => Ok(Sought::new(text)),
        _ => {
            let why = format!("`q` is longer than {MAX_SOUGHT} characters");
            Err(ApiError::unprocessable("q", why))
        }
    };
    Ok(EventFilter {
        kind: pattern(query, "type", |text| EventType::parse(text).map(drop))?,
        source: pattern(query, "source", |text| Source::parse(text).map(drop))?,
        status: query.get("status").map(status).transpose()?,
        text: query.get("q").map(sought).transpose()?,
        from: instant(query, "from")?,
        to: instant(query, "to")?,
    })
}

/// One name, or the beginning of some and a star.
fn pattern(
    query: &Query,
    name: &'static str,
    check: fn(&str) -> Result<(), BadName>,
) -> Result<Option<Pattern>, ApiError> {
    let read = |text: &str| {
        let named = text
            .strip_suffix('*')
            .filter(|rest| !rest.is_empty())
            .unwrap_or(text);
        let checked = check(named);
        checked.map_err(|bad| ApiError::unprocessable(name, format!("`{name}` {bad}")))?;
        let wrong = || ApiError::unprocessable(name, format!("`{name}` has a star that is not at its end"));
        Pattern::parse(text).ok_or_else(wrong)
    };
    query.get(name).map(read).transpose()
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

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reschedule {
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
    /// The event whose id, whose delivery's id or whose idempotency key this is.
    async fn named_exactly(&self, text: &str) -> Result<Option<EventStory>, ApiError> {
        let store = &self.parts.store;
        let id = DeliveryId::parse(text).map(DeliveryId::event);
        if let Some(id) = id
            && let Some(story) = store.event(id).await?
        {
            return Ok(Some(story));
        }
        let Ok(key) = IdempotencyKey::parse(text) else {
            return Ok(None);
        };
        match store.event_of_key(key).await? {
            Some(id) => Ok(store.event(id).await?),
            None => Ok(None),
        }
    }

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
