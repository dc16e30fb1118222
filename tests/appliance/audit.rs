//! The audit log: what is done on the admin address, by whom, from where; and what it never holds.

use std::os::unix::fs::MetadataExt;

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::http::soon;
use crate::support::{ADMIN_TOKEN, Appliance, ballot, draft};

/// The whole log, newest first, page by page.
async fn log(appliance: &Appliance, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/audit?{query}&limit=3{cursor}");
        let page = appliance.admin.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        found.extend(page["items"].as_array().expect("items").clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Method, route and outcome of each entry.
fn told(log: &[Value]) -> Vec<(&str, Option<u64>)> {
    log.iter()
        .map(|entry| {
            (
                entry["action"].as_str().expect("an action"),
                entry["outcome"].as_u64(),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_act_is_kept_with_who_what_when_and_from_where() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    assert_eq!(
        appliance
            .owner
            .post("/api/polls/best/close", &Value::Null)
            .await
            .status,
        200
    );
    appliance.admin.delete("/api/polls/other").await.problem(404);
    let log = log(&appliance, "").await;
    assert_eq!(
        told(&log),
        [
            ("DELETE /api/polls/{poll}", Some(404)),
            ("POST /api/polls/{poll}/close", Some(200)),
            ("POST /api/polls", Some(201)),
        ]
    );
    let without = |entry: &Value, names: &[&str]| {
        let mut entry = entry.clone();
        let members = entry.as_object_mut().expect("an object");
        names.iter().for_each(|name| {
            assert!(
                members.remove(*name).is_some_and(|value| value.is_string()),
                "{name}"
            )
        });
        entry
    };
    let user = std::fs::metadata(&appliance.socket).expect("a socket").uid();
    assert_eq!(
        without(&log[1], &["id", "at"]),
        json!({ "who": format!("uid {user}"), "via": "socket", "action": "POST /api/polls/{poll}/close",
                "target": "/api/polls/best/close", "outcome": 200, "from": null, "times": 1 })
    );
    assert_eq!(
        without(&log[2], &["id", "at"]),
        json!({ "who": "admin", "via": "key", "action": "POST /api/polls", "target": "/api/polls", "outcome": 201,
                "from": "127.0.0.1", "times": 1 })
    );
    assert!(log[2]["at"].as_str() <= log[1]["at"].as_str());
    appliance.assert_clean().await;
}

#[tokio::test]
async fn looks_dry_runs_and_what_visitors_do_are_no_acts() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let acts = log(&appliance, "").await.len();
    let admin = &appliance.admin;
    assert_eq!(
        admin
            .post("/api/vote", &ballot("best", "a", ("u-1", "k")))
            .await
            .status,
        202
    );
    let event = json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": "e-1", "payload": {} });
    assert_eq!(admin.post("/api/events", &event).await.status, 202);
    let void = json!({ "filter": { "userId": "u-1" }, "dryRun": true });
    assert_eq!(admin.post("/api/polls/best/void", &void).await.status, 200);
    let retry = json!({ "filter": { "status": "DEAD" }, "dryRun": true });
    assert_eq!(admin.post("/api/deliveries/retry", &retry).await.status, 200);
    let replay =
        json!({ "filter": { "from": "2026-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z" }, "dryRun": true });
    assert_eq!(admin.post("/api/replay", &replay).await.status, 200);
    appliance.assert_clean().await;
    admin.send(Method::HEAD, "/api/status", Default::default()).await;
    admin
        .send(Method::DELETE, "/api/status", Default::default())
        .await
        .problem(405);
    admin.post("/api/nothing", &Value::Null).await.problem(404);
    assert_eq!(log(&appliance, "").await.len(), acts);
    let void = json!({ "filter": { "userId": "u-1" } });
    assert_eq!(admin.post("/api/polls/best/void", &void).await.status, 200);
    assert_eq!(log(&appliance, "").await.len(), acts + 1);
}

#[tokio::test]
async fn whoever_is_erased_is_not_in_the_log_nor_is_any_query_body_or_secret() {
    let appliance = Appliance::start().await;
    let admin = &appliance.admin;
    assert_eq!(
        admin.delete("/api/people?email=ann%40b.example").await.status,
        200
    );
    admin.delete("/api/keys/ann%40b.example").await.problem(404);
    admin
        .post(
            "/api/polls?note=canary-query",
            &json!({ "pollId": "canary-body" }),
        )
        .await
        .problem(422);
    let key = json!({ "name": "reader", "scope": "read" });
    let made = admin.post("/api/keys", &key).await.json();
    let secret = made["key"].as_str().expect("a key").to_owned();
    let stranger = appliance.stranger.with_key("gty_canary-wrong");
    stranger
        .post("/api/polls/canary-path/close", &Value::Null)
        .await
        .problem(401);
    let log = log(&appliance, "").await;
    assert_eq!(log.len(), 5);
    assert_eq!(log[4]["target"], "/api/people");
    assert_eq!(log[3]["target"], "/api/keys/[address]");
    assert_eq!(log[0]["target"], Value::Null);
    let text = json!(log).to_string();
    for never in ["ann", "b.example", "canary", &secret, ADMIN_TOKEN] {
        assert!(!text.contains(never), "{never} in {text}");
    }
}

#[tokio::test]
async fn what_is_refused_is_kept_and_counted_together() {
    let appliance = Appliance::start().await;
    let key = json!({ "name": "reader", "scope": "read" });
    let made = appliance.admin.post("/api/keys", &key).await.json();
    let reader = appliance.stranger.with_key(made["key"].as_str().expect("a key"));
    for _ in 0..20 {
        appliance
            .stranger
            .post("/api/polls", &draft("best"))
            .await
            .problem(401);
        reader.post("/api/compact", &Value::Null).await.problem(403);
    }
    let log = log(&appliance, "").await;
    let refused: Vec<_> = log.iter().filter(|entry| entry["outcome"] != 201).collect();
    // A minute may end meanwhile.
    assert!((2..=6).contains(&refused.len()), "{refused:?}");
    let who: Vec<_> = refused.iter().map(|entry| entry["who"].as_str()).collect();
    assert!(
        who.contains(&None) && who.contains(&Some("reader")),
        "{refused:?}"
    );
    assert!(
        refused.iter().all(|entry| entry["from"] == "127.0.0.1"),
        "{refused:?}"
    );
    reader.get("/api/audit").await.problem(403);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_session_is_named_by_its_key_from_signing_in_on() {
    let appliance = Appliance::start().await;
    let signed_in = appliance
        .stranger
        .post("/api/session", &json!({ "token": ADMIN_TOKEN }))
        .await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.text());
    let cookie = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned();
    let address = appliance.stranger.address();
    let page = appliance
        .stranger
        .with("cookie", &cookie)
        .with("host", &address.to_string());
    let own = page.with("origin", &format!("http://{address}"));
    assert_eq!(own.post("/api/polls", &draft("best")).await.status, 201);
    page.with("origin", "http://elsewhere.example")
        .delete("/api/polls/best")
        .await
        .problem(403);
    let log = log(&appliance, "who=admin").await;
    let sessions: Vec<_> = log
        .iter()
        .filter(|entry| entry["via"] == "session")
        .cloned()
        .collect();
    assert_eq!(
        told(&sessions),
        [
            ("DELETE /api/polls/{poll}", Some(403)),
            ("POST /api/polls", Some(201)),
            ("POST /api/session", Some(204)),
        ]
    );
    assert_eq!(log.len(), sessions.len());
}

#[tokio::test]
async fn an_act_is_kept_although_nobody_waits_for_its_answer() {
    let appliance = Appliance::start().await;
    let mut gone = TcpStream::connect(appliance.admin.address())
        .await
        .expect("a connection");
    let head = format!(
        "POST /api/polls HTTP/1.1\r\nhost: gantry.test\r\nauthorization: Bearer {ADMIN_TOKEN}\r\ncontent-length: 9\r\n\
         expect: 100-continue\r\n\r\n"
    );
    gone.write_all(head.as_bytes()).await.expect("written");
    // Asked for its body, so it has been recognised.
    let mut more = [0; 25];
    soon(gone.read_exact(&mut more)).await.expect("go on");
    assert_eq!(&more, b"HTTP/1.1 100 Continue\r\n\r\n");
    drop(gone);
    let kept = async {
        loop {
            let log = log(&appliance, "").await;
            if let Some(entry) = log.first() {
                return entry.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let entry = soon(kept).await;
    assert_eq!(entry["action"], "POST /api/polls");
    assert_ne!(entry["outcome"], 201);
}

#[tokio::test]
async fn the_log_goes_on_after_a_restart_and_is_read_by_time_and_name() {
    let appliance = Appliance::start().await;
    for poll in ["a", "b", "c", "d", "e"] {
        appliance.open_poll(poll).await;
    }
    let before = log(&appliance, "").await;
    let appliance = Appliance::build().directory(appliance.stop().await).start().await;
    assert_eq!(appliance.owner.delete("/api/polls/a").await.status, 204);
    let after = log(&appliance, "").await;
    assert_eq!((after.len(), &after[1..]), (6, &before[..]));
    let ids: std::collections::HashSet<_> = after.iter().map(|entry| entry["id"].as_str()).collect();
    assert_eq!(ids.len(), 6, "each once");
    assert_eq!(log(&appliance, "who=admin").await, before);
    let at = |n: usize| after[n]["at"].as_str().expect("a time");
    let since = log(&appliance, &format!("from={}", at(0))).await;
    assert_eq!(since[0], after[0]);
    assert!(log(&appliance, &format!("to={}", at(5))).await.is_empty());
    for wrong in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "cursor=x",
        "cursor=5.01",
        "from=x",
        "to=2026",
    ] {
        appliance
            .admin
            .get(&format!("/api/audit?{wrong}"))
            .await
            .problem(422);
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn gantry_audit_shows_the_log_to_people_and_machines() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance
        .stranger
        .post("/api/polls", &Value::Null)
        .await
        .problem(401);
    let shown = appliance.gantry(&["audit"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    for word in [
        "POST /api/polls",
        "201",
        "401",
        "admin",
        "nobody known",
        "127.0.0.1",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
    let json = appliance.gantry_from_elsewhere(&["audit", "--json", "--who", "admin", "--limit", "1"]);
    let page: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(page["items"][0]["outcome"], 201, "{page}");
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
}
