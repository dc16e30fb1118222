//! `GET /metrics` of an appliance in which everything has happened: the promised names, and no series that a stranger makes.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::json;
use sha2::Sha256;

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, SOURCES, destination, event, post, route, settled, until};
use crate::support::{Appliance, ballot};

/// Every promised family, its type, and the labels of its samples.
const PROMISED: [(&str, &str, &[&str]); 26] = [
    ("gantry_votes_total", "counter", &["outcome"]),
    ("gantry_events_ingested_total", "counter", &["outcome"]),
    ("gantry_webhooks_total", "counter", &["source", "outcome"]),
    ("gantry_deliveries_total", "counter", &["destination", "outcome"]),
    (
        "gantry_delivery_attempts_total",
        "counter",
        &["destination", "class"],
    ),
    ("gantry_delivery_duration_seconds", "histogram", &[]),
    ("gantry_event_lag_seconds", "histogram", &[]),
    ("gantry_queue_depth", "gauge", &["destination", "state"]),
    ("gantry_dead_letters", "gauge", &["destination"]),
    ("gantry_breaker_state", "gauge", &["destination"]),
    ("gantry_pages_requests_total", "counter", &["status"]),
    ("gantry_pages_bytes", "gauge", &[]),
    ("gantry_origin_requests_total", "counter", &["class"]),
    ("gantry_sse_clients", "gauge", &["stream"]),
    ("gantry_conversions_total", "counter", &["goal"]),
    ("gantry_visits_total", "counter", &[]),
    ("gantry_store_commit_seconds", "histogram", &[]),
    ("gantry_store_batch_size", "histogram", &[]),
    ("gantry_store_file_bytes", "gauge", &[]),
    (
        "gantry_http_request_duration_seconds",
        "histogram",
        &["route", "status"],
    ),
    ("gantry_worker_errors_total", "counter", &["worker"]),
    ("marketing_event_ingestion_rate", "gauge", &[]),
    ("worker_retry_ratio", "gauge", &[]),
    ("api_error_rate", "gauge", &[]),
    ("event_processing_lag", "gauge", &[]),
    ("queue_depth", "gauge", &[]),
];
/// What a call may come to.
const CLASSES: [&str; 6] = ["2xx", "3xx", "429", "4xx", "5xx", "network"];

/// An appliance with a site, a form, a webhook and a destination, all of them in use.
struct Busy {
    appliance: Appliance,
    receiver: Receiver,
    _site: Receiver,
}

impl Busy {
    async fn start() -> Self {
        let page = || {
            Act::Answer(
                200,
                vec![("Content-Type", "text/plain".into())],
                b"<h1>Hi</h1>".to_vec(),
            )
        };
        let site = Receiver::start(move |_, _| page()).await;
        let receiver = Receiver::start(|nth, _| match nth {
            0 => Act::status(503),
            1 => Act::retry_after(429, "0"),
            2 => Act::Close,
            3 => Act::status(302),
            4 => Act::status(404),
            _ => Act::status(200),
        })
        .await;
        let tables = [
            "[egress]\nallow = [\"127.0.0.0/8\"]\n".to_owned(),
            format!("[pages]\norigin = \"http://{}\"\n", site.at),
            destination("crm", &receiver.url(), QUICK),
            route(&["crm"]),
        ];
        let appliance = Appliance::build()
            .config(&tables.concat())
            .config(SOURCES)
            .variable("SHOP", "s3cret")
            .start()
            .await;
        let busy = Self {
            appliance,
            receiver,
            _site: site,
        };
        busy.deliver().await;
        busy.visit().await;
        busy
    }

    /// Events whose calls come to everything a call may come to.
    async fn deliver(&self) {
        for (key, end) in [("k-1", "DEAD"), ("k-2", "DEAD"), ("k-3", "DELIVERED")] {
            let id = post(&self.appliance, &event(key)).await;
            settled(&self.appliance, &id, end).await;
        }
        let again = self.appliance.admin.post("/api/events", &event("k-3")).await;
        assert_eq!(again.status, 200);
        assert!(self.receiver.got().len() >= CLASSES.len());
    }

    /// What visitors and senders do.
    async fn visit(&self) {
        let Self { appliance, .. } = self;
        appliance.open_poll("best").await;
        for user in ["u-1", "u-2"] {
            assert_eq!(appliance.vote("best", "a", (user, "k")).await.status, 202);
        }
        assert_eq!(appliance.public.get("/").await.status, 200);
        let converted = json!({ "goal": "signup", "idempotencyKey": "c-1" });
        let form = json!({ "email": "ann@example.com" });
        let script = appliance.public.with("content-type", "application/json");
        for (path, body) in [("/api/convert", &converted), ("/api/forms/waitlist", &form)] {
            let answer = script.post(path, body).await;
            assert_eq!(answer.status, 202, "{}", answer.text());
        }
        let body = br#"{"id":"o-1"}"#;
        assert_eq!(self.webhook("shop", body, &signature(body)).await, 202);
        assert_eq!(self.webhook("shop", body, "00").await, 401);
    }

    async fn webhook(&self, source: &str, body: &[u8], signature: &str) -> u16 {
        let door = self.appliance.public.with("x-sig", signature);
        let path = format!("/api/webhooks/{source}");
        door.send(Method::POST, &path, body.to_vec().into()).await.status
    }

    async fn page(&self) -> String {
        self.appliance.metrics.sample_recent();
        let answer = self.appliance.stranger.get("/metrics").await;
        assert_eq!(answer.status, 200);
        answer.text()
    }
}

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names of a sample's labels, but for a histogram's own.
fn labels(series: &str) -> Vec<&str> {
    let Some((_, inner)) = series.split_once('{') else {
        return Vec::new();
    };
    let each = inner.trim_end_matches('}').split("\",");
    let names = each.filter_map(|label| label.split_once('=').map(|(name, _)| name));
    names.filter(|name| *name != "le").collect()
}

/// Every series of a page.
fn series(page: &str) -> BTreeSet<&str> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, _)| series)
        .collect()
}

#[tokio::test]
async fn every_promised_family_is_there_with_its_type_and_labels_and_prometheus_finds_nothing_to_say() {
    let busy = Busy::start().await;
    let _results = busy.appliance.public.stream("/api/polls/best/stream").await;
    // Conversions are counted as they enter a window of the roll-ups.
    let converted = || async { (busy.appliance.metrics.conversions("signup").get() == 1).then_some(()) };
    until(converted).await;
    let page = busy.page().await;
    for (family, kind, promised) in PROMISED {
        assert!(
            page.contains(&format!("# TYPE {family} {kind}\n")),
            "{family} in\n{page}"
        );
        let own = |series: &&str| {
            let name = series.split('{').next().unwrap_or_default();
            let rest = name.strip_prefix(family);
            rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
        };
        let all = series(&page);
        let mut samples = all.iter().copied().filter(|series| own(series)).peekable();
        assert!(samples.peek().is_some(), "{family} has a sample");
        samples.for_each(|series| assert_eq!(labels(series), promised, "{series}"));
    }
    for class in CLASSES {
        let line = format!("\ngantry_delivery_attempts_total{{destination=\"crm\",class=\"{class}\"}} 1\n");
        let some = class == "2xx" || page.contains(&line);
        assert!(some, "{line} in\n{page}");
    }
    for line in [
        "gantry_events_ingested_total{outcome=\"duplicate\"} 1",
        "gantry_dead_letters{destination=\"crm\"} 2",
        "gantry_webhooks_total{source=\"shop\",outcome=\"accepted\"} 1",
        "gantry_webhooks_total{source=\"shop\",outcome=\"bad_signature\"} 1",
        "gantry_conversions_total{goal=\"signup\"} 1",
        "gantry_sse_clients{stream=\"poll\"} 1",
    ] {
        assert!(page.contains(&format!("\n{line}\n")), "{line} in\n{page}");
    }
    let said = promtool(&page);
    assert!(said.is_empty(), "{said}");
}

#[tokio::test]
async fn no_request_makes_a_series_that_was_not_there_for_another() {
    let busy = Busy::start().await;
    // Each route is there once it has answered: so each is asked first.
    busy.strange("a").await;
    busy.page().await;
    let before = busy.page().await;
    for n in 0..20 {
        busy.strange(&format!("never-heard-of-{n}")).await;
    }
    let after = busy.page().await;
    let (before, after) = (series(&before), series(&after));
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:?}");
    assert!(!after.iter().any(|series| series.contains("never-heard-of")));
}

impl Busy {
    /// Asks for what there is not, by this name.
    async fn strange(&self, name: &str) {
        let Appliance { public, admin, .. } = &self.appliance;
        let vote = ballot(name, name, (name, name));
        public.post("/api/vote", &vote).await.problem(404);
        let sent = json!({ "type": name, "source": name, "idempotencyKey": name, "payload": {} });
        assert!(admin.post("/api/events", &sent).await.status < 300);
        let converted = json!({ "goal": name });
        assert_eq!(public.post("/api/convert", &converted).await.status, 404);
        let script = public.with("content-type", "application/json");
        let form = json!({ "email": "a@b.c" });
        assert_eq!(
            script.post(&format!("/api/forms/{name}"), &form).await.status,
            404
        );
        self.webhook(name, b"{}", "00").await;
        public.get(&format!("/{name}?{name}={name}")).await;
        public.get(&format!("/api/{name}")).await;
        public.get(&format!("/api/polls/{name}")).await.problem(404);
        admin.get(&format!("/api/destinations/{name}")).await.problem(404);
    }
}

/// What Prometheus's own tool has to say of a page.
fn promtool(page: &str) -> String {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed (Debian's package `prometheus`)");
    let mut input = promtool.stdin.take().expect("its input");
    input.write_all(page.as_bytes()).expect("it reads the page");
    drop(input);
    let verdict = promtool.wait_with_output().expect("its verdict");
    let said = [verdict.stdout, verdict.stderr].concat();
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    match (verdict.status.success(), said.is_empty()) {
        (true, true) => String::new(),
        _ => format!("{}: {said}", verdict.status),
    }
}
