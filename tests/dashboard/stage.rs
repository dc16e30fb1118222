//! A launch under way, and one of which nothing has happened yet: what the dashboard shows.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use gantry::clock::Clock;
use http::StatusCode;
use serde_json::{Value, json};

use crate::launch_day;
use crate::pages::{self, Page};
use crate::receiver::{Act, Got, Receiver};
use crate::site::serve;
use crate::support::Appliance;
use crate::support::http::{Door, soon};

const HOUR_MS: i64 = 3_600_000;
pub(crate) const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// An appliance with everything around it that a launch has.
pub(crate) struct Stage {
    pub(crate) appliance: Appliance,
    /// Takes events of `crm`: refuses them, until it is told otherwise.
    pub(crate) crm: Receiver,
    _mail: Receiver,
    _hunt: Receiver,
}

impl Stage {
    /// A launch in two days, of which nothing has happened yet.
    pub(crate) async fn empty() -> Self {
        let crm =
            Receiver::start(|_, _| Act::said(422, r#"{"error":"this address is not known to us"}"#)).await;
        let mail = Receiver::start(mail()).await;
        let post = r#"{"data":{"post":{"votesCount":412,"commentsCount":57}}}"#;
        let hunt = Receiver::start(|_, _| Act::said(200, post)).await;
        let site = serve(maker()).await;
        let appliance = Appliance::build()
            .variable("GANTRY_TEST_SECRET", "a-secret-of-the-tests")
            .config(&config(&site, [&crm, &mail, &hunt]))
            .start()
            .await;
        Self {
            appliance,
            crm,
            _mail: mail,
            _hunt: hunt,
        }
    }

    /// The same, a day later: with visitors, votes, leads, and some trouble.
    pub(crate) async fn full() -> Self {
        let stage = Self::empty().await;
        launch_day::fill(&stage.appliance).await;
        stage.ask_people().await;
        stage.read_pages().await;
        stage.send_events().await;
        stage.keep_house().await;
        stage
    }

    /// Every page, about what there is. Of an event that was refused, where there is one.
    pub(crate) async fn pages(&self) -> Vec<Page> {
        let dead = self.deliveries("DEAD").await;
        let event = dead[0]["eventId"].as_str();
        pages::every("first", event.unwrap_or("0193-none"), "crm")
    }

    pub(crate) async fn deliveries(&self, status: &str) -> Value {
        let path = format!("/api/deliveries?status={status}");
        self.appliance.admin.get(&path).await.json()["items"].take()
    }

    /// Polls of every kind, with long words, other scripts and no votes at all.
    async fn ask_people(&self) {
        let appliance = &self.appliance;
        let option = |id: &str, label: &str| json!({ "id": id, "label": label });
        let polls = [
            json!({ "pollId": "names", "question": "איזה שם הכי טוב? Donaudampfschifffahrtselektrizitätenhauptbetriebswerk?",
                "options": [option("a", "🚀 Rakete"), option("b", "שם ארוך"), option("c", &"long".repeat(20))] }),
            json!({ "pollId": "closed-one", "question": "Which colour?", "options": [option("a", "Blue"), option("b", "Red")] }),
            json!({ "pollId": "a-poll-with-a-name-as-long-as-one-may-be-sixty-four-characters",
                "question": "Later?", "options": [option("a", "Yes"), option("b", "No")] }),
        ];
        for poll in polls {
            appliance.create_poll(poll).await;
        }
        for user in 0..60 {
            let option = ["a", "b", "b", "c"][user % 4];
            appliance
                .vote("names", option, (&format!("visitor-{user}"), "k"))
                .await;
        }
        let closed = appliance
            .admin
            .post("/api/polls/closed-one/close", &Value::Null)
            .await;
        assert!(closed.status < 300, "{}", closed.text());
    }

    /// Visitors and a bot on the maker's pages.
    async fn read_pages(&self) {
        let firefox = self.appliance.public.with("user-agent", FIREFOX);
        for path in [
            "/",
            "/launch/",
            "/launch/pricing?utm_source=newsletter",
            "/launch/",
            "/about",
            "/launch/pricing",
        ] {
            assert_eq!(firefox.get(path).await.status, 200, "{path}");
        }
        let bot = self.appliance.public.with("user-agent", "Googlebot/2.1");
        assert_eq!(bot.get("/launch/").await.status, 200);
    }

    /// Events that arrived, that were refused, that are tried again, and one that is not due yet.
    async fn send_events(&self) {
        let soon_at = Clock::System.now().plus(30 * HOUR_MS).to_string();
        let mut events = Vec::new();
        for n in 0..30 {
            let kind = ["LEAD_CAPTURE", "CONTENT_PUBLISH", "CAMPAIGN_TRIGGER"][n % 3];
            let email = format!("visitor-{n}@a-domain-of-some-length.example");
            events.push(json!({ "type": kind, "source": "landing-page", "idempotencyKey": format!("key-{n}"),
                "payload": { "email": email, "name": "Ada Lovelace", "utm": { "source": "newsletter" }, "score": n } }));
        }
        events.push(
            json!({ "type": "CONTENT_PUBLISH", "source": "editor", "idempotencyKey": "announcement",
            "payload": { "title": "We are live" }, "scheduledAt": soon_at }),
        );
        post_all(&self.appliance.admin, &events).await;
        soon(async {
            while self.deliveries("DEAD").await.as_array().map_or(0, Vec::len) < 10 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// A key, a backup.
    async fn keep_house(&self) {
        let admin = &self.appliance.admin;
        let key = admin
            .post("/api/keys", &json!({ "name": "landing-page", "scope": "ingest" }))
            .await;
        assert_eq!(key.status, 201, "{}", key.text());
    }
}

/// Sends events, all of which are new.
pub(crate) async fn post_all(admin: &Door, events: &[Value]) {
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let answer = admin
        .send(http::Method::POST, "/api/events/batch", lines.into())
        .await;
    let accepted = answer.text().matches("\"ACCEPTED\"").count();
    assert_eq!(accepted, events.len(), "{}", answer.text());
}

/// Takes what was refused once; is out of order for campaigns.
fn mail() -> impl Fn(usize, &Got) -> Act + Send + Sync + 'static {
    let seen: Mutex<HashMap<String, u32>> = Mutex::default();
    move |_, got| {
        if got.json()["type"] == "CAMPAIGN_TRIGGER" {
            return Act::said(503, "<h1>Service unavailable</h1>");
        }
        let mut seen = seen.lock().unwrap();
        let times = seen.entry(got.key()).or_default();
        *times += 1;
        if *times == 1 && got.key().ends_with('1') {
            Act::status(500)
        } else {
            Act::said(200, "queued")
        }
    }
}

/// The maker's site, with a poll on its first page.
fn maker() -> Router {
    let page = |title: &str| {
        let poll = r#"<script src="/gantry.js"></script><gantry-poll poll="which"></gantry-poll>"#;
        Html(format!(
            "<!doctype html><html lang=\"en\"><title>{title}</title><h1>{title}</h1>{poll}"
        ))
    };
    Router::new()
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .fallback(get(move || async move { page("The launch") }))
}

fn config(site: &str, receivers: [&Receiver; 3]) -> String {
    let [crm, mail, hunt] = receivers.map(Receiver::url);
    let launch = Clock::System.now().plus(40 * HOUR_MS).to_string();
    let launch = &launch[..19];
    format!(
        r#"
[limits]
vote = "off"
convert = "off"
form = "off"
page = "off"
webhook = "off"
auth = "off"
[pages]
origin = "{site}"
[[pages.rule]]
path = "/*"
ttl = "1h"
warm = ["/launch/"]
[launch]
at = "{launch}"
timezone = "America/Los_Angeles"
[producthunt]
slug = "my-product"
token = "env:GANTRY_TEST_SECRET"
url = "{hunt}"
[funnel]
currency = "USD"
ltv = "48.00"
baseline_rate = 0.042
goals = [{{ name = "signup" }}, {{ name = "lead", event = "LEAD_CAPTURE" }}]
[[form]]
name = "waitlist"
fields = {{ email = "email required", name = "text 80" }}
event = "LEAD_CAPTURE"
[[webhook]]
source = "producthunt"
preset = "producthunt"
header = "X-ProductHunt-Signature"
secret = ["env:GANTRY_TEST_SECRET"]
type = "CAMPAIGN_TRIGGER"
[[schedule]]
name = "daily-digest"
cron = "0 9 * * *"
timezone = "America/Los_Angeles"
event = {{ type = "CONTENT_PUBLISH", payload = {{}} }}
[egress]
allow = ["127.0.0.0/8"]
[[destination]]
name = "crm"
url = "{crm}"
rate = "1000/s burst 100"
breaker = "off"
[[destination]]
name = "newsletter"
url = "{mail}"
rate = "1000/s burst 100"
retry = {{ for = "24h", base = "100ms", cap = "1h" }}
[[destination]]
name = "a-destination-with-a-long-name"
url = "{mail}"
[[route]]
type = "LEAD_CAPTURE"
to = ["crm"]
[[route]]
type = "*"
to = ["newsletter"]
"#
    )
}
