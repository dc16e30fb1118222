//! The system as its owner sees it: how the process stands, backups made and read again when asked for, when keys were used.

use http::Method;
use serde_json::{Value, json};

use crate::support::Appliance;

async fn make(appliance: &Appliance) -> Value {
    let made = appliance.admin.post("/api/backups", &Value::Null).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

#[tokio::test]
async fn status_tells_how_the_process_stands_and_where_it_is_found() {
    let config = "[server]\nprefix = \"/_gantry\"\n";
    let appliance = Appliance::build().config(config).start().await;
    appliance.open_poll("best").await;
    let status = appliance.admin.get("/api/status").await.json();
    assert_eq!(status["format"], gantry::store::FORMAT);
    assert_eq!(
        (&status["publicUrl"], &status["adminUrl"]),
        (
            &json!(format!("{}/_gantry", appliance.public_url())),
            &json!(appliance.admin_url())
        )
    );
    assert!(status["memoryBytes"].as_u64() > Some(1 << 20), "{status}");
    let commits = &status["commits"];
    let micros = |which: &str| commits[which].as_u64().expect("microseconds");
    assert!(commits["count"].as_u64() > Some(0), "{commits}");
    assert!(micros("p50Micros") <= micros("p95Micros") && micros("p95Micros") <= micros("p99Micros"));
    assert!(commits["batchP50"].as_u64() > Some(0), "{commits}");
    let zones = &status["zoneData"];
    assert!(
        zones["version"]
            .as_str()
            .is_some_and(|version| version >= "2026a"),
        "{zones}"
    );
    assert_eq!(
        (&zones["source"], &status["exportLagSeconds"]),
        (&json!("bundled"), &Value::Null)
    );
}

#[tokio::test]
async fn behind_a_proxy_status_tells_where_visitors_come() {
    for (server, told) in [
        (
            "public_url = \"https://launch.example/\"",
            "https://launch.example",
        ),
        (
            "public_url = \"https://example.com/launch\"\nprefix = \"/_gantry\"",
            "https://example.com/launch/_gantry",
        ),
    ] {
        let config = format!("[server]\n{server}\n");
        let appliance = Appliance::build().config(&config).start().await;
        let status = appliance.admin.get("/api/status").await.json();
        assert_eq!(
            (&status["publicUrl"], &status["adminUrl"]),
            (&json!(told), &json!(appliance.admin_url()))
        );
    }
}

#[tokio::test]
async fn a_backup_is_made_when_asked_for_listed_and_read_again() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance
        .stranger
        .post("/api/backups", &Value::Null)
        .await
        .problem(401);
    let made = make(&appliance).await;
    let listed = appliance.admin.get("/api/backups").await.json();
    assert_eq!(listed["items"], json!([made]));
    assert_eq!(listed["last"]["name"], made["name"]);
    let name = made["name"].as_str().expect("a name");
    let path = format!("/api/backups/{name}/verify");
    let proof = appliance.admin.post(&path, &Value::Null).await.json();
    assert_eq!((&proof["name"], &proof["clean"]), (&made["name"], &json!(true)));
    let checks = proof["checks"].as_array().expect("checks");
    assert!(checks.iter().any(|check| check["name"] == "manifest"), "{proof}");
    assert!(proof["tables"].as_u64() > Some(30) && proof["rows"].as_u64() > Some(0));
    for missing in [
        "gantry-2020-01-01T000000Z.redb",
        "gantry.redb",
        "..%2Fgantry.redb",
    ] {
        let path = format!("/api/backups/{missing}/verify");
        appliance.admin.post(&path, &Value::Null).await.problem(404);
    }

    // A byte of it is another.
    let directory = listed["directory"].as_str().expect("a directory");
    let file = std::path::Path::new(directory).join(name);
    let mut bytes = std::fs::read(&file).expect("the backup");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0xa5);
    std::fs::write(&file, bytes).expect("written");
    let proof = appliance.admin.post(&path, &Value::Null).await.json();
    assert_eq!(proof["clean"], false, "{proof}");
}

#[tokio::test]
async fn a_backup_is_made_and_read_again_on_the_command_line() {
    let appliance = Appliance::start().await;
    let made = appliance.gantry(&["--json", "backup"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let name = made["name"].as_str().expect("a name");
    let proved = appliance.gantry(&["verify", "--backup", name]);
    let said = String::from_utf8_lossy(&proved.stdout).into_owned();
    assert_eq!(proved.status.code(), Some(0), "{said}");
    assert!(said.contains("manifest") && said.contains(" is clean"), "{said}");
    let missing = appliance.gantry(&["verify", "--backup", "gantry-2020-01-01T000000Z.redb"]);
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
}

fn used(keys: &Value, name: &str) -> Value {
    let keys = keys["items"].as_array().expect("items").iter();
    let mut named = keys.filter(|key| key["name"] == name);
    named.next().expect("the key")["lastUsedAt"].clone()
}

#[tokio::test]
async fn when_a_key_was_last_used_is_known_to_the_minute_and_after_a_restart() {
    let appliance = Appliance::start().await;
    for name in ["reader", "other"] {
        let wanted = json!({ "name": name, "scope": "read" });
        assert_eq!(appliance.owner.post("/api/keys", &wanted).await.status, 201);
    }
    let keys = appliance.owner.get("/api/keys").await.json();
    assert_eq!(used(&keys, "admin"), Value::Null, "the owner came by the socket");
    let keys = appliance.admin.get("/api/keys").await.json();
    let at = used(&keys, "admin");
    assert!(
        at.as_str().is_some_and(|at| at.ends_with(":00.000Z")),
        "to the minute: {at}"
    );
    assert_eq!(used(&keys, "reader"), Value::Null);
    let directory = appliance.stop().await;
    let again = Appliance::build().directory(directory).start().await;
    let keys = again.owner.get("/api/keys").await.json();
    assert_eq!(used(&keys, "admin"), at);
    let revoked = again
        .owner
        .send(Method::DELETE, "/api/keys/other", Vec::new().into())
        .await;
    assert_eq!(revoked.status, 204);
    again.assert_clean().await;
}
