//! What is to be known of each operation, for `GET /api/openapi.json`.

use schemars::JsonSchema;
use serde_json::json;

use super::Spend;
use super::http::{Item, NewEntry, Outcome, Outcomes};
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

/// One entry, or a list of them.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "NewSpendEntries")]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Sent {
    One(NewEntry),
    Several(#[schemars(length(max = 1000))] Vec<NewEntry>),
}

/// What became of one entry, or of each of several.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "SpendRecorded")]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Recorded {
    One(Outcome),
    Several(Outcomes),
}

impl Spend {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![record(), list(), delete()]
    }
}

fn record() -> Operation {
    Operation::post("/api/spend", (Tag::Money, Admin), "recordSpend")
        .says(
            "Record spend",
            "One entry, or a list of at most 1,000 that is recorded whole or not at all. The same `idempotencyKey` with the same entry is \
             recorded once.",
        )
        .writes()
        .header("Idempotency-Key", "The entry's key, if it is one and it does not stand in the body.", "ads-2026-12-01")
        .takes::<Sent>(json!({
            "day": "2026-12-01", "source": "google", "campaign": "launch", "amount": "120.00", "idempotencyKey": "ads-2026-12-01",
        }))
        .answers::<Outcome>(201, "The entry is recorded.", json!({"id": "ads-2026-12-01", "status": "RECORDED"}))
        .answers::<Recorded>(
            200,
            "The entry was recorded before; or what became of each of several.",
            json!({
                "items": [{"id": "ads-2026-12-01", "status": "DUPLICATE"}], "recorded": 0, "duplicates": 1, "conflicts": 0,
            }),
        )
        .refuses(409, "Another entry has this key.")
}

fn list() -> Operation {
    Operation::get("/api/spend", (Tag::Money, Reader), "listSpend")
        .says("Spend", "By day, oldest first.")
        .query::<String>("from", "The first day, or an instant.", "2026-12-01")
        .query::<String>("to", "The last day, or an instant.", "2026-12-07")
        .lists::<Item>(
            "Entries.",
            json!({
                "id": "ads-2026-12-01", "day": "2026-12-01", "source": "google", "campaign": "launch", "amount": "120.00", "note": null,
                "recordedAt": "2026-12-02T08:14:03.512Z",
            }),
        )
}

fn delete() -> Operation {
    Operation::delete("/api/spend/{entry}", (Tag::Money, Admin), "deleteSpend")
        .says(
            "Delete an entry of spend",
            "It is gone from every sum at once, and its key may be used again.",
        )
        .path::<String>("entry", "The entry's id.", "ads-2026-12-01")
        .writes()
        .is_empty(204, "It is gone.")
}
