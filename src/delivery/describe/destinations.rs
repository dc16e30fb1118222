//! Destinations.

use serde_json::{Value, json};

use super::super::http::{AllPaused, Pause};
use super::super::trial::{Sample, Shown};
use super::super::view::{DestinationItem, Destinations};
use super::made;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

pub(super) fn operations() -> [Operation; 7] {
    [
        list(),
        show(),
        pause(),
        resume(),
        test(),
        pause_all(),
        resume_all(),
    ]
}

fn item() -> Value {
    json!({
        "name": "crm", "url": "https://crm.example", "method": "POST", "rate": "10/s", "quotaGroup": null, "concurrency": 8,
        "batch": null, "paused": null, "configured": true, "pending": 3, "leased": 1, "retrying": 0, "dead": 12, "delivered": 4180,
        "oldestDue": "2026-12-01T08:14:03.512Z", "depth": 4, "oldestWaitSeconds": 2, "oldestDead": "2026-12-01T07:10:00.000Z",
        "lastMinute": {"calls": 118, "ok": 117, "failed": 1, "limited": 0},
        "lastHour": {"calls": 4031, "ok": 3980, "failed": 40, "limited": 11, "p50Ms": 45, "p95Ms": 210},
        "lastCallAt": "2026-12-01T08:14:05.020Z", "held": null,
        "breaker": {"state": "closed", "since": null, "reason": null, "nextProbe": null},
        "windows": [{"window": "300/15m", "limit": 300, "used": 118}],
        "quotas": [{"limit": 300, "remaining": 182, "resetsAt": "2026-12-01T08:15:00.000Z"}],
    })
}

fn of_destination(operation: Operation) -> Operation {
    operation.path::<String>("destination", "Its name, as configured.", "crm")
}

fn list() -> Operation {
    Operation::get("/api/destinations", (Tag::Destinations, Reader), "listDestinations")
        .says(
            "Destinations",
            "What waits for each, how its calls went, and what holds it back. `pausedSince`: everything is paused.",
        )
        .paged()
        .answers::<Destinations>(
            200,
            "Destinations.",
            json!({"items": [item()], "next": null, "pausedSince": null}),
        )
}

fn show() -> Operation {
    of_destination(Operation::get(
        "/api/destinations/{destination}",
        (Tag::Destinations, Reader),
        "getDestination",
    ))
    .says(
        "One destination",
        "What waits for it, how its calls went, and what holds it back.",
    )
    .answers::<DestinationItem>(200, "The destination.", item())
}

fn pause() -> Operation {
    of_destination(Operation::post(
        "/api/destinations/{destination}/pause",
        (Tag::Destinations, Admin),
        "pauseDestination",
    ))
    .says(
        "Pause a destination",
        "Nothing is sent to it; what comes for it waits. A pause outlives a restart.",
    )
    .writes()
    .may_take::<Pause>(json!({"reason": "the CRM is being moved"}))
    .answers::<DestinationItem>(200, "The destination.", item())
}

fn resume() -> Operation {
    of_destination(Operation::post(
        "/api/destinations/{destination}/resume",
        (Tag::Destinations, Admin),
        "resumeDestination",
    ))
    .says("Resume a destination", "What has waited is sent, at its pace.")
    .writes()
    .answers::<DestinationItem>(200, "The destination.", item())
}

fn test() -> Operation {
    of_destination(Operation::post("/api/destinations/{destination}/test", (Tag::Destinations, Admin), "testDestination"))
        .says(
            "Send a sample",
            "One call of a sample event, shown whole. Nothing is recorded; the destination's windows and quota count it.",
        )
        .writes()
        .may_take::<Sample>(json!({"type": "LEAD_CAPTURE", "payload": {"email": "ada@example.com"}}))
        .answers::<Shown>(
            200,
            "What was sent, what came back, and what would become of a delivery.",
            json!({
                "request": made(), "answer": {"status": 204, "tookMs": 45, "excerpt": ""}, "error": null, "verdict": "delivered",
            }),
        )
        .refuses(404, "There is no such destination, or it is not configured.")
        .refuses(409, "Nothing is sent to it now: its rate, its quota or its breaker holds it back.")
}

fn pause_all() -> Operation {
    Operation::post("/api/delivery/pause", (Tag::Destinations, Admin), "pauseDelivery")
        .says(
            "Pause everything",
            "Nothing is sent to anybody. The pause outlives a restart.",
        )
        .writes()
        .answers::<AllPaused>(
            200,
            "Since when.",
            json!({"pausedSince": "2026-12-01T08:14:03.512Z"}),
        )
}

fn resume_all() -> Operation {
    Operation::post(
        "/api/delivery/resume",
        (Tag::Destinations, Admin),
        "resumeDelivery",
    )
    .says(
        "Resume everything",
        "Destinations that are paused by themselves stay so.",
    )
    .writes()
    .answers::<AllPaused>(200, "It goes on.", json!({"pausedSince": null}))
}
