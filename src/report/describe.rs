//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::{Value, json};

use super::Report;
use super::json::{Returns, Whole};
use crate::web::describe::Access::Reader;
use crate::web::describe::{Names, OneOf, Operation, Tag, Text};

/// How a report is written.
struct Format;

impl Names for Format {
    const NAME: &'static str = "ReportFormat";

    fn names() -> Vec<&'static str> {
        vec!["html", "json"]
    }
}

impl Report {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![roi(), report()]
    }
}

fn in_range(operation: Operation) -> Operation {
    operation
        .query::<String>(
            "from",
            "The first day, or an instant; without it, the first of 30 days on which there was anything.",
            "2026-12-01",
        )
        .query::<String>(
            "to",
            "The last day, or an instant; without it, now.",
            "2026-12-07",
        )
}

fn figure(key: Option<&str>) -> Value {
    let mut figure = json!({
        "visits": 12_400, "conversions": 1_624, "rate": 0.130_968, "value": "0.00", "spend": "1216.00", "cost": "1216.00",
        "estimated": false, "cac": "0.75", "ltvCac": 64.1, "payback": {"conversions": 26}, "lift": "52953.60", "netRoi": 42.547_368,
    });
    if let (Some(key), Value::Object(figure)) = (key, &mut figure) {
        figure.insert("key".to_owned(), key.into());
    }
    figure
}

fn returns() -> Value {
    json!({
        "from": "2026-12-01T08:00:00.000Z", "to": "2026-12-08T08:00:00.000Z", "timezone": "America/Los_Angeles", "currency": "USD",
        "total": figure(None), "bySource": [figure(Some("google"))], "byCampaign": [figure(Some("launch"))],
    })
}

fn roi() -> Operation {
    in_range(Operation::get("/api/roi", (Tag::Money, Reader), "getReturns"))
        .says(
            "What it cost and brought",
            "In all, by source and by campaign. What is not configured is not reckoned: `null`.",
        )
        .answers::<Returns>(200, "The figures.", returns())
}

fn report() -> Operation {
    let mut whole = returns();
    let more = json!({
        "madeAt": "2026-12-08T08:14:03.512Z", "words": "1 to 7 December 2026",
        "traffic": [{"start": "2026-12-01T08:00:00.000Z", "label": "1 Dec", "visits": 12_400, "conversions": 1_624}],
        "days": [{"day": "2026-12-01", "spend": "1216.00", "value": "0.00"}],
        "pages": [{"start": "2026-12-01T08:00:00.000Z", "label": "1 Dec", "hits": 12_000, "requests": 12_400}],
        "destinations": [{"name": "crm", "delivered": 1_624, "waiting": 0, "dead": 0, "paused": null}],
        "polls": [{
            "pollId": "best-feature", "question": "What should ship first?", "state": "open", "totalVotes": 53,
            "options": [{"label": "Dark mode", "votes": 41}],
        }],
    });
    if let (Value::Object(whole), Value::Object(more)) = (&mut whole, more) {
        whole.extend(more);
    }
    in_range(Operation::get("/api/report", (Tag::Money, Reader), "getReport"))
        .says(
            "The report",
            "Traffic, deliveries, polls and returns: one page that needs nothing else, or the same as JSON.",
        )
        .query::<OneOf<Format>>(
            "format",
            "How it is written; a page, where nothing is said.",
            "json",
        )
        .answers_as::<Text>((200, "text/html"), "The report.", "<!doctype html>…".into())
        .answers::<Whole>(200, "The report.", whole)
}
