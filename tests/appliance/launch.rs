//! The checklist of a launch: what is seen of it, and what its owner says.

use serde_json::{Value, json};

use crate::support::{Appliance, Builder};

/// A launch that is so many hours away, negative where it was.
fn in_hours(hours: i64) -> Builder {
    let now = gantry::clock::Clock::System.now();
    let at = now.plus(hours * 3_600_000 + 60_000);
    Appliance::build().config(&format!(
        "[launch]\nat = \"{at}\"\ntimezone = \"America/Los_Angeles\"\n"
    ))
}

async fn shown(appliance: &Appliance) -> Value {
    let answer = appliance.admin.get("/api/launch").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn item<'v>(launch: &'v Value, id: &str) -> &'v Value {
    let items = launch["items"].as_array().expect("items");
    items.iter().find(|item| item["id"] == id).expect("an item")
}

async fn told(appliance: &Appliance, id: &str, state: &str) -> Value {
    let path = format!("/api/launch/items/{id}");
    let answer = appliance.admin.post(&path, &json!({ "state": state })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_launch_is_counted_down_and_what_is_to_come_waits() {
    let appliance = in_hours(30).start().await;
    let launch = shown(&appliance).await;
    assert_eq!(
        (&launch["phase"], &launch["timezone"]),
        (&json!("T-72h"), &json!("America/Los_Angeles"))
    );
    let seconds = launch["secondsToLaunch"].as_i64().expect("a number");
    assert!((107_990..=108_060).contains(&seconds), "{seconds}");
    assert!(launch["nextPhaseAt"].is_string() && launch["atLocal"].is_string());
    let backup = item(&launch, "backup");
    assert_eq!(
        (&backup["state"], &backup["derived"], &backup["detail"]),
        (&json!("failed"), &json!(true), &json!("there is none"))
    );
    assert_eq!(item(&launch, "limits")["state"], "due");
    assert_eq!(item(&launch, "dead-letters")["state"], "waiting");
    let ids: Vec<&str> = launch["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["id"].as_str())
        .collect();
    assert!(
        !ids.contains(&"warm") && !ids.contains(&"destinations"),
        "there are none: {ids:?}"
    );
    appliance.stranger.get("/api/launch").await.problem(401);
}

#[tokio::test]
async fn what_somebody_says_stays_over_a_restart_and_what_is_seen_nobody_says() {
    let appliance = in_hours(-1).start().await;
    let before = shown(&appliance).await;
    assert_eq!(
        (&before["phase"], &item(&before, "queue")["state"]),
        (&json!("T+0h"), &json!("due"))
    );
    assert_eq!(item(&before, "dead-letters")["state"], "done");
    let done = told(&appliance, "queue", "done").await;
    assert_eq!(
        (&done["state"], &done["by"]),
        (&json!("done"), &json!("key admin"))
    );
    told(&appliance, "queue", "done").await;
    told(&appliance, "limits", "done").await;
    assert_eq!(told(&appliance, "limits", "open").await["state"], "due");
    let history: Vec<Value> = shown(&appliance).await["history"]
        .as_array()
        .expect("a list")
        .clone();
    // What the plan has done by itself stands among it.
    let texts: Vec<&str> = history
        .iter()
        .filter(|moment| moment["item"].is_string() || moment["text"] == "The launch began")
        .filter_map(|moment| moment["text"].as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "Open again: Limits are checked: of visitors, and of each destination",
            "Done: Limits are checked: of visitors, and of each destination",
            "Done: What goes out at the launch is in the queue",
            "The launch began",
        ]
    );
    for (id, body, status) in [
        ("backup", json!({ "state": "done" }), 409),
        ("nothing", json!({ "state": "done" }), 404),
        ("queue", json!({ "state": "failed" }), 422),
        ("queue", json!({}), 400),
    ] {
        let answer = appliance
            .admin
            .post(&format!("/api/launch/items/{id}"), &body)
            .await;
        assert!(
            answer.status == status || (status == 400 && answer.status == 422),
            "{id}: {}",
            answer.text()
        );
    }
    appliance.assert_clean().await;
    let directory = appliance.stop().await;
    let again = in_hours(0).directory(directory).start().await;
    let other = shown(&again).await;
    assert_eq!(
        item(&other, "queue")["doneAt"],
        Value::Null,
        "another launch begins anew"
    );
}

#[tokio::test]
async fn without_a_time_nothing_is_late() {
    let appliance = Appliance::start().await;
    let launch = shown(&appliance).await;
    assert_eq!(
        (&launch["phase"], &launch["at"], &launch["secondsToLaunch"]),
        (&json!("none"), &Value::Null, &Value::Null)
    );
    let states: Vec<&str> = launch["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["state"].as_str())
        .collect();
    assert!(
        states.iter().all(|state| ["due", "done"].contains(state)),
        "{states:?}"
    );
    assert_eq!(item(&launch, "backup")["startsAt"], Value::Null);
}
