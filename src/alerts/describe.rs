//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::json;

use super::Alerts;
use super::http::{List, Tested, Trial};
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

impl Alerts {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![list(), test()]
    }
}

fn list() -> Operation {
    Operation::get("/api/alerts", (Tag::Alerts, Reader), "listAlerts")
        .says(
            "Alerts",
            "Every rule with what it came to at the last look, a few seconds ago. A rule that each destination has stands once \
             for each destination that breaks it.",
        )
        .paged()
        .answers::<List>(
            200,
            "Alerts, and who is told.",
            json!({
                "items": [{
                    "id": "retry_ratio", "rule": "retry_ratio", "destination": null, "certificate": null, "state": "firing", "value": 0.12, "unit": "share", "threshold": 0.05,
                    "terms": "> 0.05 for 5m", "usualTerms": null, "what": "The share of calls to destinations that are made again.",
                    "since": "2026-12-01T08:09:00.000Z", "toldAt": "2026-12-01T08:14:00.000Z", "resolvedAt": null,
                    "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                }],
                "next": null,
                "to": [{"destination": "slack", "trouble": null}],
            }),
        )
}

fn test() -> Operation {
    Operation::post("/api/alerts/test", (Tag::Alerts, Admin), "testAlerts")
        .says(
            "Send a test message",
            "To every destination that is told of alerts, or to one, the way alerts go: as an event, through the queue. What came of it \
             is seen at `/api/events/{id}`. It expires after ten minutes.",
        )
        .writes()
        .may_take::<Trial>(json!({"to": "slack"}))
        .answers::<Tested>(
            202,
            "It is on its way.",
            json!({"eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000", "to": ["slack"]}),
        )
        .refuses(404, "There is no such destination, or it is not configured.")
        .refuses(409, "Nobody is told of alerts.")
}
