//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::{Value, json};

use super::Launch;
use super::http::{Checklist, ItemView, Word};
use super::preflight::Preflight;
use crate::model::launch::Item;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Names, OneOf, Operation, Tag};

impl Names for Item {
    const NAME: &'static str = "LaunchItemId";

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|item| item.as_str()).collect()
    }
}

impl Launch {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![show(), tell(), preflight()]
    }
}

/// One that is seen.
fn item() -> Value {
    json!({
        "id": Item::Backup.as_str(), "phase": "T-72h", "startsAt": "2026-11-28T08:01:00.000Z", "title": "A backup of the last day",
        "state": "done", "derived": true, "detail": "made 3 hours ago", "doneAt": null, "by": null,
        "action": {"label": "Take a backup", "method": "POST", "path": "/api/backups", "body": null},
    })
}

/// One that is ticked.
fn ticked() -> Value {
    json!({
        "id": Item::Limits.as_str(), "phase": "T-72h", "startsAt": "2026-11-28T08:01:00.000Z",
        "title": "Limits are checked: of visitors, and of each destination", "state": "done", "derived": false, "detail": null,
        "doneAt": "2026-11-30T19:00:00.000Z", "by": "key admin", "action": null,
    })
}

fn show() -> Operation {
    Operation::get("/api/launch", (Tag::Launch, Reader), "getLaunch")
        .says(
            "The checklist of the launch",
            "From three days before to two days after. Items that are `derived` are seen; the others are ticked by hand.",
        )
        .answers::<Checklist>(
            200,
            "The checklist.",
            json!({
                "at": "2026-12-01T08:01:00.000Z", "atLocal": "2026-12-01T00:01:00", "timezone": "America/Los_Angeles",
                "now": "2026-11-30T20:00:00.000Z", "phase": "T-24h", "nextPhaseAt": "2026-12-01T06:01:00.000Z",
                "secondsToLaunch": 43_260, "items": [item()],
                "history": [{"at": "2026-11-30T19:00:00.000Z", "text": "Limits checked", "item": null, "by": "key admin"}],
            }),
        )
}

fn tell() -> Operation {
    Operation::post("/api/launch/items/{item}", (Tag::Launch, Admin), "tellLaunchItem")
        .says(
            "Tick an item",
            "Or take the tick back: one that is not `derived`.",
        )
        .path::<OneOf<Item>>("item", "The item's id.", Item::Limits.as_str())
        .writes()
        .takes::<Word>(json!({"state": "done"}))
        .answers::<ItemView>(200, "The item.", ticked())
        .refuses(409, "Whether it is so is seen, and not said.")
}

fn preflight() -> Operation {
    Operation::get("/api/preflight", (Tag::Launch, Reader), "getPreflight")
        .says(
            "Go or no-go",
            "Looks once, now: at backup, disk, pages, queue, clock, quotas, certificates; connects to each destination and tells it nothing; has each \
             source of webhooks take a sample of its own. Takes 5 s at most.",
        )
        .answers::<Preflight>(
            200,
            "The checks.",
            json!({
                "go": false, "at": "2026-11-30T20:00:00.000Z", "launchAt": "2026-12-01T08:01:00.000Z",
                "checks": [
                    {"id": "backup", "of": null, "title": "A backup of the last day is there", "verdict": "go", "detail": "the newest is 3 h old"},
                    {"id": "destination-reached", "of": "crm", "title": "It takes connections", "verdict": "no-go",
                     "detail": "no connection: it took too long"},
                ],
            }),
        )
}
