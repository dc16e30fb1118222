//! What is to be known of each operation, for `GET /api/openapi.json`.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Events;
use super::admin::{EventDetails, EventItem, Looked, Reschedule};
use crate::model::event::EventStatus;
use crate::web::describe::Access::{Admin, Reader, Sender};
use crate::web::describe::{Instant, OneOf, Operation, Tag, Text};

/// An event as it is sent. Its fields are read by hand; this is their shape.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is asked for")]
struct NewEvent {
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 32))]
    kind: String,
    #[schemars(length(min = 1, max = 64))]
    source: String,
    /// The same whenever the same event is sent again. It may come as the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 64))]
    idempotency_key: Option<String>,
    /// Any JSON, kept to the letter.
    payload: Value,
    /// When it is due: RFC 3339, or a local time with `timezone`.
    scheduled_at: Option<String>,
    /// An IANA name.
    timezone: Option<String>,
    #[schemars(range(max = 9))]
    priority: Option<u8>,
    /// When it is worth nothing any more.
    expires_at: Option<String>,
}

/// What is recorded, now or before.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its shape is asked for")]
struct EventTaken {
    id: String,
    status: OneOf<EventStatus>,
    fingerprint: String,
    scheduled_at: String,
}

const ID: &str = "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000";

impl Events {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![take(), take_batch(), list(), show(), cancel(), reschedule()]
    }
}

fn new_event() -> Value {
    json!({
        "type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": "lead-1",
        "payload": {"email": "ada@example.com"},
    })
}

fn taken() -> Value {
    json!({
        "id": ID, "status": "PENDING", "fingerprint": "5f1d7a84db00d2f6", "scheduledAt": "2026-12-01T08:14:03.512Z",
    })
}

fn item() -> Value {
    item_of("COMPLETED")
}

fn item_of(status: &str) -> Value {
    json!({
        "id": ID, "type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": "lead-1",
        "fingerprint": "5f1d7a84db00d2f6", "status": status, "priority": 5, "scheduledAt": "2026-12-01T08:14:03.512Z",
        "expiresAt": null, "createdAt": "2026-12-01T08:14:03.512Z", "updatedAt": "2026-12-01T08:14:03.901Z",
    })
}

fn details() -> Value {
    let mut details = item();
    let more = json!({
        "traceparent": null, "tracestate": null, "payload": {"email": "ada@example.com"},
        "deliveries": [{
            "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001", "destination": "crm", "status": "DELIVERED", "attempts": 1,
            "firstAt": "2026-12-01T08:14:03.700Z", "due": "2026-12-01T08:14:03.512Z", "updatedAt": "2026-12-01T08:14:03.901Z",
            "lastClass": "2xx", "lastError": null,
            "history": [{
                "number": 1, "at": "2026-12-01T08:14:03.700Z", "tookMs": 201, "class": "2xx", "status": 204, "excerpt": "",
            }],
        }],
    });
    if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
        details.extend(more);
    }
    details
}

fn of_event(operation: Operation) -> Operation {
    operation.path::<String>("id", "The event's id.", ID)
}

fn take() -> Operation {
    Operation::post("/api/events", (Tag::Events, Sender), "sendEvent")
        .says(
            "Send an event",
            "Records an event once, with everything that it is to be delivered to, and answers when that is on disk. `X-Event-Status` says \
             what became of it: `ACCEPTED`, `DUPLICATE` where its key has this event already, `CONFLICT` where its key has another.",
        )
        .limited()
        .writes()
        .header("Idempotency-Key", "The event's key, if it does not stand in the body; quoted or bare.", "lead-1")
        .takes::<NewEvent>(new_event())
        .answers::<EventTaken>(202, "It is recorded.", taken())
        .with_header("X-Event-Status", "`ACCEPTED`")
        .answers::<EventTaken>(200, "This key has this event already: its first id, and nothing happens.", taken())
        .with_header("X-Event-Status", "`DUPLICATE`")
        .refuses(400, "It is no JSON, it has no key, or a local time has no `timezone`.")
        .refuses(
            422,
            "A field does not hold what it must; or (`X-Event-Status: CONFLICT`) the key has another event, whose `id` is told.",
        )
}

fn take_batch() -> Operation {
    Operation::post("/api/events/batch", (Tag::Events, Sender), "sendEvents")
        .says(
            "Send many events",
            "An event a line (NDJSON), at most 10,000 or 8 MiB. Each line stands for itself, and is answered by a line in the same place: \
             `status` is `ACCEPTED`, `DUPLICATE`, `CONFLICT`, `REJECTED` with `code` and `detail`, or `UNKNOWN` where the disk failed. To send \
             a whole batch again is always safe.",
        )
        .limited()
        .writes()
        .takes_as::<Text>("application/x-ndjson", format!("{}\n", new_event()).into())
        .answers_as::<Text>(
            (200, "application/x-ndjson"),
            "What became of each line, in order.",
            format!("{{\"status\":\"ACCEPTED\",\"id\":\"{ID}\",\"fingerprint\":\"5f1d7a84db00d2f6\",\"scheduledAt\":\"2026-12-01T08:14:03.512Z\"}}\n")
                .into(),
        )
}

fn list() -> Operation {
    Operation::get("/api/events", (Tag::Events, Reader), "listEvents")
        .says(
            "Events",
            "Newest first. A page looks at a bounded number of events, so it may be short: `reached` then says how far back it has looked, \
             and `next` goes on.",
        )
        .query::<String>("type", "Of this type, or of those that begin so, with a star.", "LEAD_*")
        .query::<String>("source", "From this source, or from those that begin so, with a star.", "landing-page")
        .query::<OneOf<EventStatus>>("status", "That stand so.", "FAILED")
        .query::<String>(
            "q",
            "An id or a whole key, found at once wherever it is; or a text that type, source or key have in them.",
            "lead-1",
        )
        .query::<Instant>("from", "Recorded at this instant or later.", "2026-12-01T08:00:00Z")
        .query::<Instant>("to", "Recorded before this instant.", "2026-12-02T08:00:00Z")
        .paged()
        .answers::<Looked>(
            200,
            "Events.",
            json!({"items": [item()], "next": null, "reached": null}),
        )
}

fn show() -> Operation {
    of_event(Operation::get(
        "/api/events/{id}",
        (Tag::Events, Reader),
        "getEvent",
    ))
    .says("One event", "With its payload, its deliveries and every attempt.")
    .answers::<EventDetails>(200, "The event.", details())
}

fn cancel() -> Operation {
    of_event(Operation::post(
        "/api/events/{id}/cancel",
        (Tag::Events, Admin),
        "cancelEvent",
    ))
    .says("Call an event off", "While it is `PENDING`.")
    .writes()
    .answers::<EventItem>(200, "The event, cancelled.", item_of("CANCELLED"))
    .refuses(409, "It is not `PENDING`.")
}

fn reschedule() -> Operation {
    of_event(Operation::post(
        "/api/events/{id}/reschedule",
        (Tag::Events, Admin),
        "rescheduleEvent",
    ))
    .says("Move an event to another time", "While it is `PENDING`.")
    .writes()
    .takes::<Reschedule>(json!({"scheduledAt": "2026-12-01T00:01:00", "timezone": "America/Los_Angeles"}))
    .answers::<EventItem>(200, "The event, at its new time.", item_of("PENDING"))
    .refuses(409, "It is not `PENDING`.")
}
