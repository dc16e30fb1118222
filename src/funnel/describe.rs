//! What is to be known of each operation, for `GET /api/openapi.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Funnel;
use super::http::{AgentItem, Row};
use crate::model::funnel::{Dimension, Level};
use crate::web::describe::Access::{Anyone, Reader};
use crate::web::describe::{OneOf, Operation, Tag, Text};

/// A conversion. Its fields are read by hand; this is their shape.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its shape is asked for")]
struct NewConversion {
    /// A goal, as configured.
    goal: String,
    /// The day's visitor, as `tellView` names them, or the maker's name for a person.
    #[schemars(length(min = 1, max = 64))]
    visitor_id: Option<String>,
    /// What it is worth, a decimal.
    value: Option<Worth>,
    #[schemars(length(min = 1, max = 64))]
    idempotency_key: Option<String>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Worth {
    Written(String),
    Number(f64),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is asked for")]
struct ConversionTaken {
    #[schemars(extend("enum" = ["accepted"]))]
    status: String,
    goal: String,
}

/// A look at a page that nobody asked the server for.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is asked for")]
struct NewView {
    /// Path and query.
    path: String,
    referrer: Option<String>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its shape is asked for")]
struct ViewTaken {
    #[schemars(extend("enum" = ["accepted"]))]
    status: String,
    /// The visitor's name for the day; `null` where the view is not counted.
    visitor_id: Option<String>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is asked for")]
struct FormTaken {
    #[schemars(extend("enum" = ["accepted"]))]
    status: String,
}

/// The fields of a form, as configured.
type Fields = BTreeMap<String, Value>;

impl Funnel {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![convert(), view(), form(), list(), apart()]
    }
}

fn convert() -> Operation {
    Operation::post("/api/convert", (Tag::Funnel, Anyone), "convert")
        .says(
            "A visitor has reached a goal",
            "Counted once for each key, or else for each visitor and goal. `navigator.sendBeacon` may send it as `text/plain`.",
        )
        .limited()
        .writes()
        .takes::<NewConversion>(json!({"goal": "signup", "value": "48.00", "idempotencyKey": "order-7"}))
        .takes_as::<Text>("text/plain", "{\"goal\":\"signup\"}".into())
        .answers::<ConversionTaken>(202, "It is counted, now or before.", json!({"status": "accepted", "goal": "signup"}))
        .with_header("Idempotent-Replayed", "`true`: it was counted before.")
        .refuses(404, "There is no such goal.")
}

fn view() -> Operation {
    Operation::post("/api/view", (Tag::Funnel, Anyone), "tellView")
        .says(
            "A visitor looks at a page",
            "That nobody asked the server for: a single-page app has gone there. Bots, and those who ask not to be tracked, are not counted.",
        )
        .limited()
        .takes::<NewView>(json!({"path": "/launch/pricing?utm_source=google", "referrer": "https://news.example/"}))
        .takes_as::<Text>("text/plain", "{\"path\":\"/launch/pricing\"}".into())
        .answers::<ViewTaken>(
            202,
            "It is heard.",
            json!({"status": "accepted", "visitorId": "5f1d7a84db00d2f65f1d7a84db00d2f6"}),
        )
}

fn form() -> Operation {
    Operation::post("/api/forms/{name}", (Tag::Funnel, Anyone), "sendForm")
        .says(
            "A form of a maker's page",
            "An HTML form or JSON, from a visitor who has no key; one event for each e-mail address. A browser is answered as a browser.",
        )
        .limited()
        .writes()
        .path::<String>("name", "The form's name, as configured.", "waitlist")
        .takes::<Fields>(json!({"email": "ada@example.com"}))
        .takes_as::<Fields>("application/x-www-form-urlencoded", json!({"email": "ada@example.com"}))
        .takes_as::<Fields>("multipart/form-data", json!({"email": "ada@example.com"}))
        .answers::<FormTaken>(202, "It has arrived, now or before.", json!({"status": "accepted"}))
        .answers_as::<Text>((200, "text/html"), "The same, to a browser, where no `redirect` is configured.", "<!doctype html>…".into())
        .is_empty(303, "The same, to a browser.")
        .with_header("Location", "The form's `redirect`.")
        .answers_as::<Text>((422, "text/html"), "Fields do not hold what they must.", "<!doctype html>…".into())
        .refuses(415, "It is none of these.")
}

fn list() -> Operation {
    Operation::get("/api/funnel", (Tag::Funnel, Reader), "listFunnel")
        .says(
            "Visits and conversions",
            "By windows and by what they are told apart; without a range, the last day. Windows without any are left out.",
        )
        .query::<String>("from", "Where the range begins: an instant, a local time of the launch's zone, or a day.", "2026-12-01")
        .query::<String>("to", "Where it ends.", "2026-12-02")
        .query::<OneOf<Level>>("every", "How long windows are.", "1h")
        .query::<OneOf<Dimension>>("by", "What they are told apart by.", "source")
        .lists::<Row>(
            "Windows.",
            json!({
                "start": "2026-12-01T08:00:00.000Z", "key": "google", "visits": 1240, "conversions": 162, "rate": 0.130_645,
                "value": "7776.00",
            }),
        )
}

fn apart() -> Operation {
    Operation::get("/api/funnel/apart", (Tag::Funnel, Reader), "listDroppedAgents")
        .says(
            "Who was dropped",
            "The user agents whose requests for pages were no visits, those that came most first, at most a hundred; since this process began.",
        )
        .lists::<AgentItem>(
            "User agents, each once for each reason.",
            json!({
                "agent": "Googlebot/2.1", "reason": "bot", "requests": 214, "lastAt": "2026-12-01T08:14:03.512Z", "lastPath": "/launch",
            }),
        )
}
