//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::json;

use super::Schedules;
use super::http::Item;
use crate::web::answer::List;
use crate::web::describe::Access::Reader;
use crate::web::describe::{Operation, Tag};

impl Schedules {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        let list = Operation::get("/api/schedules", (Tag::Schedules, Reader), "listSchedules")
            .says(
                "Schedules",
                "As configured, with the last run of each and the next.",
            )
            .paged()
            .answers::<List<Item>>(
                200,
                "Schedules.",
                json!({
                    "items": [{
                        "name": "daily-digest", "cron": "0 9 * * MON-FRI", "timezone": "America/Los_Angeles",
                        "type": "CONTENT_PUBLISH", "source": "schedule", "next": ["2026-12-02T17:00:00.000Z"],
                        "last": {
                            "at": "2026-12-01T17:00:00.000Z", "madeAt": "2026-12-01T17:00:00.014Z",
                            "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000", "late": false, "missed": 0,
                        },
                    }],
                    "next": null,
                }),
            );
        vec![list]
    }
}
