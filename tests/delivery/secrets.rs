//! Receivers that repeat what they were sent: their secrets are kept nowhere.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, event, post, settled, story, with_crm};

/// Parts of what the destination is known by; each begins with a letter of its own, so that a half is seen too.
const SECRETS: [&str; 4] = [
    "qanary/of+the=header",
    "tanary-of-a-cookie",
    "T0canary0path",
    "vanary-of-the-query",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Keeps all that is logged in this process from now on.
    fn begin() -> Self {
        let (log, ours) = (
            Self::default(),
            Targets::new().with_target("gantry", LevelFilter::TRACE),
        );
        let writer = log.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let registry = tracing_subscriber::registry().with(ours.with_default(LevelFilter::DEBUG));
        registry.with(lines).try_init().expect("the only log");
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The whole request, said again in the way its event's key asks for.
fn echo(got: &Got) -> Act {
    let (authorization, cookie) = (got.header("authorization"), got.header("cookie"));
    let token = authorization.trim_start_matches("Bearer ");
    let all = json!({ "target": got.target, "headers": got.headers });
    let said = match got.key().as_str() {
        "plain" => format!("{} {}\n{authorization}\n{cookie}", got.method, got.target),
        "json" => all.to_string(),
        "slashes" => all.to_string().replace('/', "\\/"),
        "html" => format!("<p>no {}, {token}", got.target.replace('&', "&amp;")),
        "parts" => format!("{token} is unknown to T0canary0path, and so is vanary-of-the-query"),
        // So that a cut at any length that is likely goes through the middle of it.
        cut => format!("{}{token}", "x".repeat(cut.parse().expect("a length"))),
    };
    Act::said(400, &said)
}

#[tokio::test]
async fn what_receivers_repeat_of_a_destinations_secrets_is_kept_nowhere() {
    let log = Log::begin();
    let receiver = Receiver::start(|_, got| echo(got)).await;
    let hook = format!(
        "http://{}/services/T0canary0path?x=1&token=vanary-of-the-query",
        receiver.at
    );
    let lines = format!("{QUICK}\nheaders = {{ Authorization = \"env:TOKEN\", Cookie = \"env:COOKIE\" }}");
    let appliance = with_crm("env:HOOK", &lines)
        .variable("HOOK", &hook)
        .variable("TOKEN", "Bearer qanary/of+the=header")
        .variable("COOKIE", "a=1; sid=tanary-of-a-cookie")
        .start()
        .await;
    let mut told = Vec::new();
    for key in [
        "plain", "json", "slashes", "html", "parts", "1010", "1015", "65530", "65520",
    ] {
        let id = post(&appliance, &event(key)).await;
        let listed = settled(&appliance, &id, "DEAD").await;
        let shown = story(&appliance, &id).await;
        let excerpt = shown["deliveries"][0]["history"][0]["excerpt"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            excerpt.contains("[secret]") || key.starts_with("65"),
            "{key}: {excerpt}"
        );
        told.extend([listed.to_string(), shown.to_string()]);
        assert_eq!(
            listed["lastError"],
            Value::from(format!("400: {excerpt}")),
            "{key}"
        );
    }
    let sent = &receiver.got()[0];
    assert_eq!(sent.header("authorization"), "Bearer qanary/of+the=header");
    told.push(appliance.stranger.get("/metrics").await.text());
    told.push(appliance.admin.get("/api/destinations").await.text());
    let directory = appliance.stop().await;
    let file = std::fs::read(directory.path().join("gantry.redb")).expect("the data file");
    told.extend([log.text(), String::from_utf8_lossy(&file).into_owned()]);
    assert!(
        told.iter()
            .any(|text| text.contains("a delivery is a dead letter")),
        "the log is at work"
    );
    for secret in SECRETS {
        // Nor the half of one.
        let half = &secret[..8];
        let at = |text: &String| {
            text.find(half)
                .map(|at| String::from_utf8_lossy(&text.as_bytes()[at..][..40]).into_owned())
        };
        let found: Vec<String> = told.iter().filter_map(at).collect();
        assert!(found.is_empty(), "{secret}: {found:?}");
    }
}
