//! Receivers that repeat what they were sent: their secrets are kept nowhere.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::issuer::Issuer;
use crate::receiver::{Act, Got, Receiver};
use crate::stage::{
    QUICK, deliveries, destination, event, outward, post, route, settled, shown, story, until, with_crm,
};
use crate::support::Appliance;

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

/// What is configured, what is derived of it on the wire, and what the token server gave.
const OF_AUTH: [&str; 12] = [
    "qlient+secret/canary",
    "qlient%2Bsecret%2Fcanary",
    "dXM6cWxpZW50",
    "rfresh-0-canary",
    "rfresh-1-canary",
    "rfresh-2-canary",
    "axcess-1-canary",
    "axcess-2-canary",
    "ppassword-canary",
    "Z2FudHJ5OnBwYXNz",
    "ssigns-canary",
    "gsigns-canary",
];

#[tokio::test]
async fn what_is_used_to_say_who_we_are_is_kept_nowhere() {
    let log = Log::begin();
    let issuer = Issuer::start(json!(3600)).await;
    let judge = issuer.judge();
    // Whatever is said to it is said again.
    let receiver = Receiver::start(move |nth, got| match judge(nth, got) {
        Act::Answer(401, headers, _) => {
            Act::Answer(401, headers, got.header("authorization").as_bytes().to_vec())
        }
        _ => Act::said(400, got.header("authorization")),
    })
    .await;
    let echo = Receiver::start(|_, got| {
        let said = got.header("authorization").strip_prefix("Basic ");
        let said = said
            .and_then(|said| BASE64_STANDARD.decode(said).ok())
            .unwrap_or_default();
        Act::said(
            400,
            &format!(
                "{} {}",
                got.header("authorization"),
                String::from_utf8_lossy(&said)
            ),
        )
    })
    .await;
    let basic = "auth = { basic = { user = \"gantry\", password = \"env:PASSWORD\" } }";
    let oauth1 = "auth = { oauth1 = { consumer_key = \"env:KEY\", consumer_secret = \"env:SIGNS\", \
                  token = \"env:KEY\", token_secret = \"env:SIGNS\" } }";
    let tables = [
        destination("two", &receiver.url(), &format!("{QUICK}\n{}", issuer.auth())),
        destination("basic", &echo.url(), &format!("{QUICK}\n{basic}")),
        destination("one", &echo.url(), &format!("{QUICK}\n{oauth1}")),
        route(&["two", "basic", "one"]),
    ];
    let build = Appliance::build().config(&outward(&tables));
    let variables = [
        ("PASSWORD", "ppassword-canary"),
        ("KEY", "gsigns-canary"),
        ("SIGNS", "ssigns-canary"),
    ];
    let variables = variables.into_iter().chain(crate::issuer::SECRETS);
    let build = variables.fold(build, |build, (name, value)| build.variable(name, value));
    let mut appliance = build.start().await;
    let mut told = Vec::new();
    let first = post(&appliance, &event("k-1")).await;
    until(|| async { (deliveries(&appliance, "status=DEAD").await.len() == 3).then_some(()) }).await;
    issuer.revoke();
    let second = post(&appliance, &event("k-2")).await;
    until(|| async { (deliveries(&appliance, "status=DEAD").await.len() == 6).then_some(()) }).await;
    // The token server repeats what it was sent, and refuses it.
    issuer.revoke();
    issuer
        .receiver
        .then(|_, got| Act::said(400, &String::from_utf8_lossy(&got.body)));
    post(&appliance, &event("k-3")).await;
    until(|| async {
        shown(&appliance, "two").await["paused"]["reason"]
            .as_str()
            .map(drop)
    })
    .await;
    for id in [first, second] {
        told.push(story(&appliance, &id).await.to_string());
    }
    for name in ["two", "basic", "one"] {
        let tried = appliance
            .admin
            .post(&format!("/api/destinations/{name}/test"), &json!({}))
            .await;
        told.push(tried.text());
    }
    for path in [
        "/api/destinations",
        "/api/destinations/two",
        "/api/deliveries",
        "/api/status",
        "/metrics",
    ] {
        told.push(appliance.admin.get(path).await.text());
    }
    appliance.reload(str::to_owned).await;
    told.push(appliance.admin.get("/api/destinations").await.text());
    let directory = appliance.stop().await;
    let file = std::fs::read(directory.path().join("gantry.redb")).expect("the data file");
    told.extend([log.text(), String::from_utf8_lossy(&file).into_owned()]);
    assert!(
        receiver
            .got()
            .iter()
            .any(|got| got.header("authorization") == crate::issuer::bearer(2))
    );
    assert!(
        told.iter().any(|text| text.contains("a destination is paused")),
        "the log is at work"
    );
    for secret in OF_AUTH {
        let found = told.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{secret}");
    }
}
