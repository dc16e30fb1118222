//! Who may do what: keys, their scopes, the socket, and what is never shown.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{ADMIN_TOKEN, Appliance, ballot, draft, with};

/// Every path of the admin address that asks for a key, with the least scope that opens it.
const GUARDED: [(&str, &str, &str); 16] = [
    ("POST", "/api/polls", "admin"),
    ("GET", "/api/polls", "admin"),
    ("POST", "/api/polls/best/close", "admin"),
    ("DELETE", "/api/polls/best", "admin"),
    ("GET", "/api/polls/best/votes", "admin"),
    ("POST", "/api/polls/best/void", "admin"),
    ("GET", "/api/events", "read"),
    ("GET", "/api/events/some", "read"),
    ("POST", "/api/events/some/cancel", "admin"),
    ("POST", "/api/events/some/reschedule", "admin"),
    ("GET", "/api/keys", "read"),
    ("POST", "/api/keys", "admin"),
    ("DELETE", "/api/keys/some", "admin"),
    ("GET", "/api/status", "read"),
    ("POST", "/api/keys/admin/reset", "admin"),
    ("GET", "/api/audit", "admin"),
];

async fn new_key(appliance: &Appliance, name: &str, scope: &str) -> String {
    let answer = appliance
        .admin
        .post("/api/keys", &json!({ "name": name, "scope": scope }))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let key = answer.json()["key"].as_str().expect("a key").to_owned();
    assert!(key.starts_with("gty_") && key.len() == 68, "256 bits");
    key
}

fn method(name: &str) -> Method {
    name.parse().expect("a method")
}

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_the_answer_is_401() {
    let appliance = Appliance::start().await;
    for (verb, path, _) in GUARDED {
        let body = bytes::Bytes::new();
        let answer = appliance.stranger.send(method(verb), path, body.clone()).await;
        answer.problem(401);
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{verb} {path}"
        );
        for wrong in [
            "Bearer gty_no",
            "Bearer ",
            "Bearer",
            "Basic YWRtaW46",
            "gty_no",
            ADMIN_TOKEN,
        ] {
            let door = appliance.stranger.with("authorization", wrong);
            door.send(method(verb), path, body.clone()).await.problem(401);
        }
    }
}

#[tokio::test]
async fn a_scope_opens_what_it_names_and_no_more() {
    let appliance = Appliance::start().await;
    let (read, ingest) = (
        new_key(&appliance, "reader", "read").await,
        new_key(&appliance, "intake", "ingest").await,
    );
    for (verb, path, scope) in GUARDED {
        let send = async |key: &str| {
            let door = appliance.stranger.with_key(key);
            door.send(method(verb), path, bytes::Bytes::new()).await.status
        };
        assert_eq!(send(&ingest).await, 403, "{verb} {path}");
        assert_eq!(send(&read).await == 403, scope == "admin", "{verb} {path}");
    }
    let lower = appliance
        .stranger
        .with("authorization", &format!("bearer {read}"));
    assert_eq!(lower.get("/api/status").await.status, 200);
}

#[tokio::test]
async fn keys_are_made_listed_without_their_secret_and_taken_back() {
    let appliance = Appliance::start().await;
    let key = new_key(&appliance, "reader", "read").await;
    let same = json!({ "name": "reader", "scope": "admin" });
    appliance.admin.post("/api/keys", &same).await.problem(409);
    for wrong in [
        json!({ "name": "", "scope": "read" }),
        json!({ "name": "x".repeat(65), "scope": "read" }),
        json!({ "name": "a\nb", "scope": "read" }),
        json!({ "name": "x", "scope": "root" }),
        json!({ "name": "x" }),
        json!({ "scope": "read" }),
        json!({ "name": "x", "scope": "read", "key": "mine" }),
    ] {
        appliance.admin.post("/api/keys", &wrong).await.problem(422);
    }
    let list = appliance.admin.get("/api/keys").await;
    assert!(!list.text().contains(&key[4..]), "a secret is shown once");
    let names: Value = list.json()["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|k| k["name"].clone())
        .collect();
    assert_eq!(names, json!(["admin", "reader"]));
    let door = appliance.stranger.with_key(&key);
    assert_eq!(door.get("/api/keys").await.status, 200);
    assert_eq!(appliance.admin.delete("/api/keys/reader").await.status, 204);
    door.get("/api/keys").await.problem(401);
    appliance.admin.delete("/api/keys/reader").await.problem(404);
}

#[tokio::test]
async fn resetting_the_admin_token_ends_the_one_before_also_after_a_restart() {
    let appliance = Appliance::start().await;
    let answer = appliance.owner.post("/api/keys/admin/reset", &Value::Null).await;
    assert_eq!(answer.status, 200);
    let token = answer.json()["key"].as_str().expect("a token").to_owned();
    appliance.admin.get("/api/keys").await.problem(401);
    assert_eq!(
        appliance.stranger.with_key(&token).get("/api/keys").await.status,
        200
    );
    let directory = appliance.stop().await;
    // GANTRY_ADMIN_TOKEN is for the first start and changes nothing later.
    let appliance = Appliance::build().directory(directory).start().await;
    appliance.admin.get("/api/keys").await.problem(401);
    assert_eq!(
        appliance.stranger.with_key(&token).get("/api/keys").await.status,
        200
    );
}

#[tokio::test]
async fn the_socket_is_its_owners_and_needs_no_token() {
    let appliance = Appliance::start().await;
    let mode = |path: &std::path::Path| {
        let metadata = std::fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&appliance.socket), 0o600);
    assert_eq!(mode(appliance.store.path()), 0o600);
    assert_eq!(
        appliance.owner.post("/api/polls", &draft("best")).await.status,
        201
    );
    assert_eq!(appliance.owner.get("/api/status").await.status, 200);
    let vote = appliance
        .owner
        .post("/api/vote", &ballot("best", "a", ("u-1", "k")))
        .await;
    assert_eq!(vote.status, 202);
    assert_eq!(appliance.owner.delete("/api/polls/best").await.status, 204);
}

#[tokio::test]
async fn the_public_address_knows_nothing_of_administration() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let public = appliance.public.with_key(ADMIN_TOKEN);
    for (verb, path, _) in GUARDED.into_iter().chain([
        ("GET", "/metrics", ""),
        ("POST", "/api/verify", ""),
        ("GET", "/", ""),
    ]) {
        let answer = public.send(method(verb), path, bytes::Bytes::new()).await;
        // The path of a poll's results is there, to be read.
        let expected = if (verb, path) == ("DELETE", "/api/polls/best") {
            405
        } else {
            404
        };
        assert_eq!(answer.status, expected, "{verb} {path}");
        answer.problem(expected);
    }
    assert_eq!(appliance.total("best").await, 0);
}

#[tokio::test]
async fn metrics_need_a_key_unless_the_scraper_is_on_this_machine() {
    let appliance = Appliance::start().await;
    assert_eq!(appliance.stranger.get("/metrics").await.status, 200);
    assert_eq!(appliance.owner.get("/metrics").await.status, 200);
    for header in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "via",
        "x-forwarded-host",
        "x-forwarded-proto",
    ] {
        let proxied = appliance.stranger.with(header, "203.0.113.9");
        proxied.get("/metrics").await.problem(401);
        assert_eq!(proxied.with_key(ADMIN_TOKEN).get("/metrics").await.status, 200);
    }
}

#[tokio::test]
async fn health_and_readiness_are_told_to_anyone() {
    let appliance = Appliance::start().await;
    for door in [&appliance.public, &appliance.stranger, &appliance.owner] {
        assert_eq!(door.get("/healthz").await.text(), "ok\n");
        assert_eq!(door.get("/readyz").await.text(), "ready\n");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_and_what_voters_send_are_in_no_log_no_metric_and_no_file() {
    const CANARY: &str = "canary";
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let ours = Targets::new()
        .with_target("gantry", LevelFilter::TRACE)
        .with_default(LevelFilter::WARN);
    tracing_subscriber::registry()
        .with(ours)
        .with(lines)
        .try_init()
        .expect("the only log");

    let appliance = Appliance::build()
        .config("[polls]\nvoter_secret = \"env:VOTER_SECRET\"")
        .variable("VOTER_SECRET", "canary-voter-secret-0123456789abcdef")
        .start()
        .await;
    let key = new_key(&appliance, "reader", "read").await;
    appliance
        .stranger
        .with_key("gty_canary-wrong-key")
        .get("/api/keys")
        .await
        .problem(401);
    appliance
        .create_poll(with(draft("best"), json!({ "voter": "signed" })))
        .await;
    let vote = with(
        ballot("best", "a", ("canary-user", "canary-key")),
        json!({ "voterToken": "canary-token" }),
    );
    appliance.public.post("/api/vote", &vote).await.problem(401);
    appliance
        .public
        .post(
            "/api/vote",
            &json!({ "pollId": "canary-poll", "optionId": "canary" }),
        )
        .await
        .problem(404);
    let metrics = appliance.stranger.get("/metrics").await.text();
    let status = appliance.admin.get("/api/status").await.text();
    let directory = appliance.stop().await;
    tracing::info!(target: "gantry", "the log is at work");

    let log = String::from_utf8_lossy(&log.0.lock().expect("the log")).into_owned();
    assert!(log.contains("the log is at work"));
    let file = std::fs::read(directory.path().join("gantry.redb")).expect("the data file");
    let in_file = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    for secret in [CANARY, ADMIN_TOKEN, &key] {
        for (place, text) in [
            ("the log", &log),
            ("the metrics", &metrics),
            ("the status", &status),
        ] {
            assert!(!text.contains(secret), "{secret} in {place}:\n{text}");
        }
        assert!(!in_file(secret), "{secret} in the data file");
    }
}
