//! What is to be known of each operation, for `GET /api/openapi.json`: of deliveries here, of destinations and replays in
//! files of their own.

mod destinations;
mod replays;

use serde_json::{Value, json};

use super::Delivery;
use super::bulk::{Handled, Wanted};
use super::groups::Groups;
use super::http::DeliveryItem;
use super::story::StoryItem;
use crate::model::delivery::AttemptClass;
use crate::model::event::DeliveryStatus;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Instant, OneOf, Operation, Tag};

const ID: &str = "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001";
const EVENT: &str = "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000";
const GROUP: &str = "1.5xx.0a1b2c3d4e5f6071";

impl Delivery {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        let mut all = vec![
            list(),
            groups(),
            show(),
            retry_all(),
            discard_all(),
            retry(),
            discard(),
        ];
        all.extend(destinations::operations());
        all.extend(replays::operations());
        all
    }
}

fn item() -> Value {
    json!({
        "id": ID, "eventId": EVENT, "destination": "crm", "status": "DEAD", "attempts": 14,
        "firstAt": "2026-12-01T08:14:03.700Z", "due": "2026-12-02T08:14:03.700Z", "updatedAt": "2026-12-02T08:14:03.901Z",
        "priority": 5, "lastClass": "5xx", "lastError": "503: busy",
    })
}

fn of_delivery(operation: Operation) -> Operation {
    operation.path::<String>(
        "delivery",
        "The delivery's id, which its receiver knows as well.",
        ID,
    )
}

fn list() -> Operation {
    Operation::get("/api/deliveries", (Tag::Deliveries, Reader), "listDeliveries")
        .says("Deliveries", "Newest first.")
        .query::<OneOf<DeliveryStatus>>("status", "That stand so.", "DEAD")
        .query::<String>("destination", "To this destination.", "crm")
        .query::<OneOf<AttemptClass>>("errorClass", "Whose last attempt ended so.", "5xx")
        .query::<OneOf<AttemptClass>>("class", "The same by a shorter name.", "5xx")
        .query::<String>("group", "Of this group of dead letters.", GROUP)
        .query::<String>(
            "type",
            "Of events of this type, or of those that begin so, with a star.",
            "LEAD_*",
        )
        .query::<String>(
            "source",
            "Of events from this source, or from those that begin so, with a star.",
            "landing-page",
        )
        .query::<Instant>(
            "from",
            "Of events recorded at this instant or later.",
            "2026-12-01T08:00:00Z",
        )
        .query::<Instant>(
            "to",
            "Of events recorded before this instant.",
            "2026-12-02T08:00:00Z",
        )
        .lists::<DeliveryItem>("Deliveries.", item())
}

fn groups() -> Operation {
    Operation::get("/api/deliveries/groups", (Tag::Deliveries, Reader), "listDeadLetterGroups")
        .says(
            "Dead letters by what they died of",
            "By destination and error, those with most first. `error` is the newest one's, without what differs from one to the next.",
        )
        .query::<String>("destination", "Of this destination.", "crm")
        .paged()
        .answers::<Groups>(
            200,
            "Groups; `total` counts the dead letters of all of them, on this page or not.",
            json!({
                "items": [{
                    "id": GROUP, "destination": "crm", "errorClass": "5xx", "error": "503: busy", "count": 12,
                    "oldest": "2026-12-01T08:14:03.901Z", "newest": "2026-12-02T08:14:03.901Z", "example": item(),
                }],
                "next": null, "total": 12,
            }),
        )
}

fn show() -> Operation {
    let mut story = item();
    let more = json!({
        "history": [{
            "number": 14, "at": "2026-12-02T08:14:03.700Z", "tookMs": 201, "class": "5xx", "status": 503, "excerpt": "busy",
        }],
        "request": made(),
        "requestError": null,
    });
    if let (Value::Object(story), Value::Object(more)) = (&mut story, more) {
        story.extend(more);
    }
    of_delivery(Operation::get("/api/deliveries/{delivery}", (Tag::Deliveries, Reader), "getDelivery"))
        .says(
            "One delivery",
            "With every attempt, and with what is sent for it as its destination's template makes it now; secrets are `[secret]`.",
        )
        .answers::<StoryItem>(200, "The delivery.", story)
}

fn made() -> Value {
    json!({
        "method": "POST", "url": "https://crm.example", "headers": {"authorization": "[secret]", "idempotency-key": ID},
        "body": "{\"email\":\"ada@example.com\"}",
    })
}

fn handled() -> Value {
    json!({"matched": 12, "done": 0, "dryRun": true, "examples": [item()], "next": null})
}

fn retry_all() -> Operation {
    Operation::post("/api/deliveries/retry", (Tag::Deliveries, Admin), "retryDeliveries")
        .says(
            "Retry all that match",
            "Those that are `DEAD` or `RETRYING` are due at once, under the same ids. At most 5,000 a request: where `next` is not null, \
             ask again with it as `cursor`.",
        )
        .writes()
        .takes::<Wanted>(json!({"filter": {"group": GROUP}, "dryRun": true}))
        .answers::<Handled>(200, "How many match, and how many were revived.", handled())
}

fn discard_all() -> Operation {
    Operation::post("/api/deliveries/discard", (Tag::Deliveries, Admin), "discardDeliveries")
        .says(
            "Discard all that match",
            "Those that are `PENDING`, `RETRYING` or `DEAD` are not sent. At most 5,000 a request: where `next` is not null, ask again \
             with it as `cursor`.",
        )
        .writes()
        .takes::<Wanted>(json!({"filter": {"destination": "crm", "status": "DEAD"}, "dryRun": true}))
        .answers::<Handled>(200, "How many match, and how many were discarded.", handled())
}

fn retry() -> Operation {
    of_delivery(Operation::post(
        "/api/deliveries/{delivery}/retry",
        (Tag::Deliveries, Admin),
        "retryDelivery",
    ))
    .says("Retry a delivery", "It is due at once, under the same id.")
    .writes()
    .answers::<DeliveryItem>(200, "The delivery.", item())
    .refuses(409, "It is neither `DEAD` nor `RETRYING`.")
}

fn discard() -> Operation {
    of_delivery(Operation::post(
        "/api/deliveries/{delivery}/discard",
        (Tag::Deliveries, Admin),
        "discardDelivery",
    ))
    .says("Discard a delivery", "It is not sent.")
    .writes()
    .answers::<DeliveryItem>(200, "The delivery.", item())
    .refuses(409, "It has ended, or is under way.")
}
