//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::{Value, json};

use super::Launch;
use super::http::{Checklist, ItemView, Word};
use super::preflight::Preflight;
use super::steps::StepView;
use crate::model::launch::Item;
use crate::model::launch::kept::StepState;
use crate::model::launch::plan::Step;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Names, OneOf, Operation, Tag};

impl Names for Item {
    const NAME: &'static str = "LaunchItemId";

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|item| item.as_str()).collect()
    }
}

impl Names for Step {
    const NAME: &'static str = "LaunchStepId";

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|step| step.as_str()).collect()
    }
}

impl Names for StepState {
    const NAME: &'static str = "LaunchStepState";

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|state| state.as_str()).collect()
    }
}

impl Launch {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![show(), tell(), tell_step(), preflight()]
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

/// A step that was done.
fn step() -> Value {
    json!({
        "id": Step::PreflightDay.as_str(), "title": Step::PreflightDay.title(), "startsAt": "2026-11-30T08:01:00.000Z",
        "startsLocal": "2026-11-30T00:01:00", "endsAt": "2026-12-01T06:01:00.000Z", "state": "done", "byHand": false, "tries": 1,
        "triedAt": null, "endedAt": "2026-11-30T08:01:02.000Z", "detail": "go", "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
        "doneAt": null, "by": null,
    })
}

/// One that its owner has done.
fn step_by_hand() -> Value {
    json!({
        "id": Step::Warm.as_str(), "title": Step::Warm.title(), "startsAt": "2026-12-01T06:01:00.000Z",
        "startsLocal": "2026-11-30T22:01:00", "endsAt": "2026-12-01T14:01:00.000Z", "state": "done", "byHand": true, "tries": 0,
        "triedAt": null, "endedAt": "2026-12-01T06:01:00.000Z", "detail": null, "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
        "doneAt": "2026-12-01T06:20:00.000Z", "by": "key admin",
    })
}

fn show() -> Operation {
    Operation::get("/api/launch", (Tag::Launch, Reader), "getLaunch")
        .says(
            "The checklist of the launch",
            "From three days before to two days after. `steps` are what is done by itself, each once. Items that are `derived` are seen; \
             the others are ticked by hand.",
        )
        .answers::<Checklist>(
            200,
            "The checklist.",
            json!({
                "at": "2026-12-01T08:01:00.000Z", "atLocal": "2026-12-01T00:01:00", "timezone": "America/Los_Angeles",
                "now": "2026-11-30T20:00:00.000Z", "phase": "T-24h", "nextPhaseAt": "2026-12-01T06:01:00.000Z",
                "secondsToLaunch": 43_260, "steps": [step()], "items": [item()],
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

fn tell_step() -> Operation {
    Operation::post("/api/launch/steps/{step}", (Tag::Launch, Admin), "tellLaunchStep")
        .says(
            "Tick a step of the plan",
            "Or take the tick back: one that `launch.by_hand` leaves to its owner, or that failed, was missed or is being tried.",
        )
        .path::<OneOf<Step>>("step", "The step's id.", Step::Warm.as_str())
        .writes()
        .takes::<Word>(json!({"state": "done"}))
        .answers::<StepView>(200, "The step.", step_by_hand())
        .refuses(409, "It is, or was, done by itself.")
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
