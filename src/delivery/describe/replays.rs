//! Replays.

use serde_json::{Value, json};

use super::super::replay::{LookItem, ReplayItem, Wanted};
use super::{EVENT, ID};
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

pub(super) fn operations() -> [Operation; 4] {
    [begin(), list(), show(), cancel()]
}

fn item() -> Value {
    json!({
        "id": "3", "status": "RUNNING",
        "filter": {
            "type": "LEAD_*", "source": null, "destination": "crm", "status": "MISSING", "errorClass": null,
            "from": "2026-12-01T08:00:00.000Z", "to": "2026-12-01T12:00:00.000Z",
        },
        "count": 4180, "done": 1200, "passedOver": 3, "progress": 0.29, "by": "key admin",
        "createdAt": "2026-12-02T08:14:03.512Z", "updatedAt": "2026-12-02T08:14:09.020Z",
    })
}

fn begin() -> Operation {
    Operation::post("/api/replay", (Tag::Deliveries, Admin), "beginReplay")
        .says(
            "Replay events",
            "Sends events of a range of time again, by the routes of today, under their first ids, and paced like everything else. With \
             `dryRun` it only looks: how many, where to, by which rule, and some of them.",
        )
        .writes()
        .header("Idempotency-Key", "The same key with the same filter is the same replay.", "after-the-outage")
        .takes::<Wanted>(json!({
            "filter": {"type": "LEAD_*", "destination": "crm", "from": "2026-12-01T08:00:00Z", "to": "2026-12-01T12:00:00Z"},
            "dryRun": true,
        }))
        .answers::<LookItem>(
            200,
            "What it would send.",
            json!({
                "dryRun": true, "count": 4180, "complete": true, "passedOver": 3,
                "sends": "deliveries that there are not yet",
                "destinations": [{"destination": "crm", "count": 4180}],
                "examples": [{
                    "id": ID, "eventId": EVENT, "type": "LEAD_CAPTURE", "createdAt": "2026-12-01T08:14:03.512Z",
                    "destination": "crm", "status": null,
                }],
            }),
        )
        .answers::<ReplayItem>(202, "The replay, begun.", item())
        .with_header("Idempotent-Replayed", "`true`: it was begun before.")
        .refuses(409, "Too many replays run already.")
}

fn list() -> Operation {
    Operation::get("/api/replays", (Tag::Deliveries, Reader), "listReplays")
        .says("Replays", "Newest first.")
        .lists::<ReplayItem>("Replays.", item())
}

fn show() -> Operation {
    Operation::get("/api/replays/{replay}", (Tag::Deliveries, Reader), "getReplay")
        .says("One replay", "And how far it is.")
        .path::<String>("replay", "The replay's id.", "3")
        .answers::<ReplayItem>(200, "The replay.", item())
}

fn cancel() -> Operation {
    Operation::post(
        "/api/replays/{replay}/cancel",
        (Tag::Deliveries, Admin),
        "cancelReplay",
    )
    .says(
        "End a replay",
        "What it has put into the queue is sent; nothing more is put there.",
    )
    .path::<String>("replay", "The replay's id.", "3")
    .writes()
    .answers::<ReplayItem>(200, "The replay, as it ended.", item())
}
