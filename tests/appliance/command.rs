//! The command line and a running server, which must mean the same by the same words.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::Appliance;

#[track_caller]
fn facts(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn an_event_is_sent_found_shown_and_sent_before() {
    let appliance = Appliance::start().await;
    let payload = r#"{"email":"ann@example.com"}"#;
    let words = ["--json", "event", "send", "LEAD_CAPTURE", "--payload", payload];
    let when = ["--at", "2096-03-11T02:30", "--timezone", "America/Los_Angeles"];
    let sent = facts(&appliance.gantry(&[&words[..], &when[..]].concat()));
    assert_eq!(sent["scheduledAt"], "2096-03-11T10:00:00.000Z");
    let (id, key) = (&sent["id"], sent["idempotencyKey"].as_str().expect("a key"));

    // Sent again under the key that was made, from elsewhere: the same event. Another under it: no.
    let again = facts(&appliance.gantry_from_elsewhere(&[&words[..], &["--key", key]].concat()));
    assert_eq!((&again["id"], &again["scheduledAt"]), (id, &sent["scheduledAt"]));
    let conflict = appliance.gantry_from_elsewhere(&["event", "send", "LEAD_CAPTURE", "--key", key]);
    let said = String::from_utf8_lossy(&conflict.stderr);
    assert_eq!(
        (
            conflict.status.code(),
            said.contains("another event has this key")
        ),
        (Some(1), true),
        "{said}"
    );

    let list = |status| {
        facts(&appliance.gantry(&[
            "--json",
            "event",
            "list",
            "--type",
            "LEAD_CAPTURE",
            "--status",
            status,
        ]))
    };
    assert_eq!(list("pending")["items"], json!([]));
    let found = list("completed");
    assert_eq!(&found["items"][0]["id"], id);
    let id = id.as_str().expect("an id");
    let shown = facts(&appliance.gantry_from_elsewhere(&["event", "show", id, "--json"]));
    assert_eq!(shown["payload"], json!({ "email": "ann@example.com" }));
    let shown = appliance.gantry(&["event", "show", id]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.contains(&format!("\npayload\n{payload}\n")) && shown.contains(key),
        "{shown}"
    );
    // Nobody was to be told, so it is done.
    assert_eq!(appliance.gantry(&["event", "cancel", id]).status.code(), Some(1));
}
