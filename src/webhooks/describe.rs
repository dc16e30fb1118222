//! What is to be known of each operation, for `GET /api/openapi.json`.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Webhooks;
use super::admin::{Item, Shown, Trial};
use super::http::Told;
use crate::web::answer::List;
use crate::web::describe::Access::{Admin, Reader, Signed};
use crate::web::describe::{Operation, Tag};

/// What a sender is answered.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "WebhookTaken")]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Taken {
    /// Of one event.
    One { id: String },
    /// Of a list of them.
    Several { items: Vec<Told> },
    /// Of a question whether anybody is there.
    Challenge { challenge: String },
}

impl Webhooks {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![take(), list(), test()]
    }
}

fn take() -> Operation {
    Operation::post("/api/webhooks/{source}", (Tag::Webhooks, Signed), "takeWebhook")
        .says(
            "A webhook of somebody else",
            "Signed as its sender signs; it becomes an event, or several. `X-Event-Status` is `ACCEPTED` or `DUPLICATE`. A source that is \
             not configured belongs to the site.",
        )
        .limited()
        .writes()
        .path::<String>("source", "The source, as configured.", "billing")
        .takes_as::<Value>("application/json", json!({"id": "evt_1", "type": "charge.succeeded", "data": {"object": {}}}))
        .answers::<Taken>(202, "It is recorded.", json!({"id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000"}))
        .with_header("X-Event-Status", "`ACCEPTED`")
        .answers::<Taken>(
            200,
            "It was recorded before, under this id; or it was a challenge.",
            json!({"id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000"}),
        )
        .with_header("X-Event-Status", "`DUPLICATE`")
        .refuses(401, "The signature is missing, wrong, or of another time.")
}

fn list() -> Operation {
    Operation::get("/api/webhooks", (Tag::Webhooks, Reader), "listWebhooks")
        .says("Sources of webhooks", "As configured, and when each was last heard of since the server began.")
        .paged()
        .answers::<List<Item>>(
            200,
            "Sources.",
            json!({
                "items": [{
                    "source": "billing", "preset": "stripe", "path": "/api/webhooks/billing", "type": "CAMPAIGN_TRIGGER",
                    "secrets": 2, "dedupeFor": "7d", "lastTakenAt": "2026-12-01T08:14:03.512Z", "lastRefusedAt": null,
                }],
                "next": null,
            }),
        )
}

fn test() -> Operation {
    Operation::post("/api/webhooks/{source}/test", (Tag::Webhooks, Admin), "testWebhook")
        .says(
            "Try a source",
            "A sample is signed as its sender would, checked as if it had come, and shown with what would follow. It is recorded only with \
             `send`.",
        )
        .path::<String>("source", "The source, as configured.", "billing")
        .writes()
        .may_take::<Trial>(json!({"body": {"id": "evt_1", "type": "charge.succeeded"}, "send": false}))
        .answers::<Shown>(
            200,
            "What was signed, and what would follow.",
            json!({
                "request": {
                    "method": "POST", "path": "/api/webhooks/billing",
                    "headers": {"stripe-signature": "t=1796112843,v1=5f1d7a84db00d2f6"},
                    "body": "{\"id\":\"evt_1\",\"type\":\"charge.succeeded\"}",
                },
                "signed": true, "status": 202, "verdict": "accepted", "detail": null, "sent": false,
                "events": [{
                    "id": null, "type": "CAMPAIGN_TRIGGER", "key": "billing:evt_1", "payload": {"id": "evt_1"}, "status": "ACCEPTED",
                }],
            }),
        )
}
