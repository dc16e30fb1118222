//! What most tests stand on: a database, an appliance that exports to it, and a receiver of its events.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bouncer::Bouncer;
use crate::postgres::{Database, Server};
use crate::support::http::soon;
pub(crate) use crate::support::post_all;
use crate::support::{Appliance, Builder};
use crate::tables::Tables;

/// How to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    /// Through PgBouncer in transaction mode.
    Bounced,
}

pub(crate) struct Stage {
    pub(crate) server: Server,
    bouncer: Option<Bouncer>,
    pub(crate) receiver: Receiver,
}

/// What a visit costs on the stage.
pub(crate) const COST: &str = "12.50";

impl Stage {
    pub(crate) async fn start(way: Way) -> Self {
        let server = Server::start().await;
        let bouncer = match way {
            Way::Direct => None,
            Way::Bounced => Some(Bouncer::before(&server).await),
        };
        Self {
            server,
            bouncer,
            receiver: Receiver::start().await,
        }
    }

    /// Where the appliance finds the database.
    pub(crate) fn url(&self) -> String {
        let bounced = self.bouncer.as_ref().map(Bouncer::url);
        bounced.unwrap_or_else(|| self.server.url())
    }

    /// A session beside the appliance's.
    pub(crate) async fn database(&self) -> Database {
        self.server.superuser("launch").await
    }

    /// Without the export.
    pub(crate) fn quiet(&self) -> Builder {
        Appliance::build().config(&settings(self.receiver.at))
    }

    /// An appliance that exports.
    pub(crate) fn appliance(&self) -> Builder {
        self.quiet()
            .config("[export.postgres]\nurl = \"env:DATABASE_URL\"\nevery = \"100ms\"")
            .variable("DATABASE_URL", &self.url())
    }

    /// Waits until all has gone, and fails unless what the tables hold is what the file holds.
    pub(crate) async fn assert_same(&self, appliance: &Appliance) {
        current(appliance).await;
        let file = Tables::of_file(&appliance.store, Some(COST)).await;
        file.assert_same(&Tables::of_database(&self.database().await).await);
    }
}

/// The configuration, but for the export: events go to a receiver, and are tried again soon.
pub(crate) fn settings(receiver: SocketAddr) -> String {
    format!(
        r#"
        [egress]
        allow = ["127.0.0.0/8"]
        [server]
        trusted_proxies = ["loopback"]
        [funnel]
        cost_per_visit = "{COST}"
        goals = [{{ name = "signup" }}]
        [[destination]]
        name = "crm"
        url = "http://{receiver}/hook"
        rate = "10000/s burst 100"
        pace_jitter = 0.0
        concurrency = 8
        retry = {{ for = "24h", base = "10ms", cap = "100ms", jitter = 0.0 }}
        breaker = {{ failures = 1000, error_rate = 1.0, open_for = "1s" }}
        [[route]]
        type = "LEAD_CAPTURE"
        to = ["crm"]
        "#
    )
}

/// How the export stands.
pub(crate) async fn status(appliance: &Appliance) -> Value {
    let answer = appliance.admin.get("/api/postgres").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Asks how the export stands until that is so.
pub(crate) async fn until(appliance: &Appliance, so: impl Fn(&Value) -> bool) -> Value {
    soon(async {
        loop {
            let status = status(appliance).await;
            if so(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

/// Waits until every delivery has come to its end, and all of it has gone.
pub(crate) async fn current(appliance: &Appliance) -> Value {
    soon(async {
        for open in ["PENDING", "LEASED", "RETRYING"] {
            let path = format!("/api/deliveries?status={open}&limit=1");
            while appliance.admin.get(&path).await.json()["items"] != json!([]) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    })
    .await;
    until(appliance, is_current).await
}

/// Whether nothing is left to go.
pub(crate) fn is_current(status: &Value) -> bool {
    status["state"] == "current" && status["waiting"] == 0 && status["backfill"].is_null()
}

/// Receives events; refuses what comes for the first time where its key says so.
pub(crate) struct Receiver {
    pub(crate) at: SocketAddr,
    _listening: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<HashSet<String>>>::default();
        let hook = move |body: String| {
            let event: Value = serde_json::from_str(&body).unwrap();
            let key = event["idempotencyKey"].as_str().unwrap().to_owned();
            let first = seen.lock().unwrap().insert(key.clone());
            async move {
                match key.split('-').next() {
                    Some("busy") if first => (StatusCode::SERVICE_UNAVAILABLE, "come back"),
                    // No text of PostgreSQL's has a NUL.
                    Some("dead") => (StatusCode::BAD_REQUEST, "never\0ever"),
                    _ => (StatusCode::OK, ""),
                }
            }
        };
        let router = Router::new().route("/hook", post(hook));
        let mut listening = JoinSet::new();
        listening.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            at,
            _listening: listening,
        }
    }
}

/// An event whose key begins with how it fares.
pub(crate) fn event(fares: &str, number: u64) -> Value {
    json!({
        "type": if number.is_multiple_of(5) { "CONTENT_PUBLISH" } else { "LEAD_CAPTURE" },
        "source": "web",
        "idempotencyKey": format!("{fares}-{number}"),
        "payload": { "email": format!("u{number}@b.example"), "n": number, "text": "\u{1F680} \"quoted\\\" {}," },
    })
}

/// So many events, of which some arrive at once, some the second time, and some never.
pub(crate) fn events(numbers: std::ops::Range<u64>) -> Vec<Value> {
    let fares = |number: u64| match number % 8 {
        3 => "busy",
        6 => "dead",
        _ => "well",
    };
    numbers.map(|number| event(fares(number), number)).collect()
}

/// Makes the tables.
pub(crate) async fn init(appliance: &Appliance) {
    let answer = appliance.admin.post("/api/postgres/init", &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
