//! An appliance with something of everything, so that whatever it is asked for is there, and the names of all that.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Answer, Connection, Server, Start};
use crate::site;

const SECRET: &str = "a-secret-of-the-tests";
/// Of what can be used up (polls to delete, events to cancel), there are so many.
const SPARE: usize = 40;
/// The longest wait for what comes by itself.
const BOUND: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) server: Server,
    /// The maker's site, and two receivers; its `/readyz` is broken.
    pub(crate) site: String,
    /// A key that may send events.
    pub(crate) sender: String,
    /// The names of what there is, as `hooks.py` reads them.
    pub(crate) known: Value,
    pub(crate) directory: TempDir,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let site = site::serve(
            Router::new()
                .route("/crm", post(StatusCode::UNPROCESSABLE_ENTITY))
                .route("/mail", post(StatusCode::OK))
                .route("/readyz", get(StatusCode::INTERNAL_SERVER_ERROR))
                .fallback(get(async || {
                    axum::response::Html("<!doctype html><title>Launch</title>")
                })),
        )
        .await;
        let config = directory.path().join("gantry.toml");
        let secret = directory.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        let text = CONFIG
            .replace("SITE", &site)
            .replace("SECRET", secret.to_str().unwrap());
        std::fs::write(&config, text).unwrap();
        let server = Start::new(&directory.path().join("gantry.redb"))
            .arg("--config")
            .arg(&config)
            .run()
            .unwrap_or_else(|ended| panic!("it does not start: {ended:?}"));
        let mut stage = Self {
            server,
            site,
            sender: String::new(),
            known: Value::Null,
            directory,
        };
        stage.sender = stage
            .ask("POST /api/keys", json!({ "name": "sender", "scope": "ingest" }))
            .await["key"]
            .as_str()
            .unwrap()
            .to_owned();
        stage.known = stage.fill().await;
        stage
    }

    /// A file beside the data file.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) async fn ask(&self, what: &str, body: Value) -> Value {
        taken(what, self.server.admin(what, &body.to_string()).await)
    }

    /// Asks for as many as there are to be, and what each is called.
    async fn each(&self, what: &str, body: impl Fn(&str) -> Value) -> Vec<String> {
        let mut names = Vec::new();
        for n in 0..SPARE {
            let name = format!("spare-{n}");
            self.ask(what, body(&name)).await;
            names.push(name);
        }
        names
    }

    /// Events, and their ids.
    async fn events(&self, event: impl Fn(usize) -> Value) -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..SPARE {
            let answer = self.ask("POST /api/events", event(n)).await;
            ids.push(answer["id"].as_str().unwrap().to_owned());
        }
        ids
    }

    async fn fill(&self) -> Value {
        let poll = |name: &str| json!({ "pollId": name, "question": "Which?", "options": [{ "id": "dark", "label": "Dark mode" }, { "id": "api", "label": "An API" }] });
        self.ask("POST /api/polls", poll("best-feature")).await;
        let polls = self.each("POST /api/polls", poll).await;
        let keys = self
            .each("POST /api/keys", |name| json!({ "name": name, "scope": "read" }))
            .await;
        let spend = |name: &str| json!({ "amount": "1.00", "day": "2026-11-20", "source": "google", "campaign": "launch", "idempotencyKey": name });
        let spent = self.each("POST /api/spend", spend).await;
        for user in 0..20 {
            let vote = json!({ "pollId": "best-feature", "optionId": "dark", "userId": format!("u-{user}"), "idempotencyKey": "k" });
            self.ask("POST /api/vote", vote).await;
        }
        let lead = |n: usize| json!({ "type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": format!("lead-{n}"), "payload": { "email": format!("{n}@lead.example") } });
        let events = self.events(lead).await;
        let later = |n: usize| json!({ "type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": format!("later-{n}"), "payload": {}, "scheduledAt": "2099-12-01T00:00:00Z" });
        let waiting = self.events(later).await;
        self.ask("POST /api/convert", json!({ "goal": "signup" })).await;
        self.ask("POST /api/view", json!({ "path": "/launch/" })).await;
        let mut visitor = Connection::open(self.server.public).await.unwrap();
        assert_eq!(visitor.get("/launch/").await.unwrap().status, 200);
        self.ask("POST /api/pages/warm", json!({ "paths": ["/launch/"] }))
            .await;
        let backup = self.ask("POST /api/backups", Value::Null).await;
        let range = json!({ "type": "LEAD_*", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z" });
        let replay = json!({ "filter": range, "dryRun": false });
        let replay = self.ask("POST /api/replay", replay).await;
        let erasure = self
            .ask("DELETE /api/people?email=nobody@example.com", Value::Null)
            .await;
        let dead = self.dead().await;
        let (to_retry, to_discard) = dead.split_at(dead.len() / 2);
        let (to_cancel, to_move) = waiting.split_at(waiting.len() / 2);
        let fresh: Vec<String> = (0..SPARE).map(|n| format!("fresh-{n}")).collect();
        json!({
            "*": {
                "poll": ["best-feature"], "destination": ["crm", "newsletter"], "id": events, "delivery": dead, "entry": spent,
                "replay": [replay["id"]], "erasure": [erasure["id"]], "what": ["leads", "events", "votes", "funnel", "results"],
                "item": ["limits", "signatures"], "step": ["warm"], "source": ["billing"],
            },
            "POST /api/alerts/test": { "body": { "destination": ["newsletter"] } },
            "POST /api/backups/{name}/verify": { "name": [backup["name"]] },
            "POST /api/convert": { "body": { "goal": ["signup", "lead"] } },
            "POST /api/deliveries/{delivery}/discard": { "delivery": to_discard },
            "POST /api/deliveries/{delivery}/retry": { "delivery": to_retry },
            "POST /api/events": { "body": { "idempotencyKey": fresh, "type": ["LEAD_CAPTURE"], "source": ["landing-page"] } },
            "POST /api/events/{id}/cancel": { "id": to_cancel },
            "POST /api/events/{id}/reschedule": { "id": to_move },
            "POST /api/forms/{name}": { "name": ["waitlist"], "body": { "email": ["ada@example.com", "grace@example.com"] } },
            "POST /api/keys": { "body": { "name": fresh } },
            "DELETE /api/keys/{name}": { "name": keys },
            "GET /api/people": { "query": [{ "email": "1@lead.example" }, { "userId": "u-1" }] },
            "DELETE /api/people": { "query": [{ "email": "2@lead.example" }, { "userId": "u-2" }] },
            "POST /api/polls": { "body": { "pollId": fresh } },
            "DELETE /api/polls/{poll}": { "poll": polls[..SPARE / 2] },
            "PATCH /api/polls/{poll}": { "poll": polls[SPARE / 2..] },
            "POST /api/polls/{poll}/close": { "poll": polls[SPARE / 2..] },
            "POST /api/polls/{poll}/open": { "poll": polls[SPARE / 2..] },
            "POST /api/session": { "body": { "token": [crate::process::TOKEN] } },
            "POST /api/vote": { "body": { "pollId": ["best-feature"], "optionId": ["dark", "api"] } },
            // A source that is not configured belongs to the site.
            "POST /api/webhooks/{source}": { "only": ["source"], "secret": SECRET },
        })
    }

    /// The dead letters, when there are as many as events.
    async fn dead(&self) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let page = self
                .ask("GET /api/deliveries?status=DEAD&limit=1000", Value::Null)
                .await;
            let items = page["items"].as_array().unwrap();
            if items.len() == SPARE {
                return items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned())
                    .collect();
            }
            assert!(begun.elapsed() < BOUND, "{} dead letters", items.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn taken(what: &str, answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{what}: {answer:?}");
    answer.json()
}

/// Whatever a section can bring is there; nothing is limited.
const CONFIG: &str = r#"
[limits]
vote = "off"
convert = "off"
form = "off"
page = "off"
webhook = "off"
auth = "off"
[pages]
origin = "SITE"
[[pages.rule]]
path = "/launch/*"
ttl = "1h"
[launch]
at = "2026-12-01T00:01:00"
timezone = "America/Los_Angeles"
by_hand = ["warm"]
[funnel]
currency = "USD"
ltv = "48.00"
baseline_rate = 0.042
goals = [{ name = "signup" }, { name = "lead", event = "LEAD_CAPTURE" }]
[[form]]
name = "waitlist"
fields = { email = "email required", name = "text 80" }
event = "LEAD_CAPTURE"
[[webhook]]
source = "billing"
preset = "hmac"
header = "X-Signature"
secret = ["file:SECRET"]
type = "CAMPAIGN_TRIGGER"
[[schedule]]
name = "daily-digest"
cron = "0 9 * * *"
timezone = "America/Los_Angeles"
event = { type = "CONTENT_PUBLISH", payload = {} }
[egress]
allow = ["127.0.0.0/8"]
[[destination]]
name = "crm"
url = "SITE/crm"
rate = "1000/s burst 100"
breaker = "off"
[[destination]]
name = "newsletter"
url = "SITE/mail"
rate = "1000/s burst 100"
[[route]]
type = "LEAD_CAPTURE"
to = ["crm", "newsletter"]
[alerts]
to = ["newsletter"]
"#;
