//! Alerts that really arrive: at something like Slack, once, also through a restart and a kill.

use std::process::Output;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::process::Process;
use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, destination, event, metric, outward, post, route, until};
use crate::support::http::Door;
use crate::support::{Appliance, Builder};

/// Says whom alerts go to.
fn told(to: &[&str], lines: &str) -> String {
    format!("[alerts]\nto = {to:?}\n{lines}\n")
}

/// A destination that Slack's preset writes to.
fn slack(url: &str) -> String {
    destination("slack", url, "preset = \"slack\"")
}

/// One that refuses our credentials.
async fn stranger() -> Receiver {
    Receiver::start(|_, _| Act::said(401, "who are you? <!channel>")).await
}

/// `crm` refuses our credentials; Slack and another are told.
fn refused(crm: &Receiver, talk: &Receiver, ops: &Receiver) -> Builder {
    Appliance::build().config(&outward(&[
        destination("crm", &crm.url(), QUICK),
        slack(&talk.url()),
        destination("ops", &ops.url(), QUICK),
        route(&["crm"]),
        told(&["slack", "ops"], ""),
    ]))
}

/// The entry of a rule, once it stands so.
async fn stands(door: &Door, rule: &str, state: &str) -> Value {
    until(|| async {
        let alerts = door.get("/api/alerts").await.json();
        let items = alerts["items"].as_array().expect("items").clone();
        items
            .into_iter()
            .find(|item| item["rule"] == rule && item["state"] == state)
    })
    .await
}

/// How many messages of alerts there are.
async fn messages(door: &Door) -> usize {
    let events = door.get("/api/events?type=GANTRY_ALERT").await.json();
    events["items"].as_array().expect("items").len()
}

#[tokio::test]
async fn a_destination_that_turns_us_away_is_told_of_once_at_slack_and_in_json_also_after_a_restart() {
    let (crm, talk, ops) = (stranger().await, Receiver::glad().await, Receiver::glad().await);
    let appliance = refused(&crm, &talk, &ops).start().await;
    post(&appliance, &event("k-1")).await;
    let sentence = "Alert: credentials (crm). crm refuses our credentials or is gone for good, and is paused: nothing is sent to it.";
    assert_eq!(talk.wait(1).await[0].json(), json!({ "text": sentence }));
    let got = ops.wait(1).await[0].json();
    let since = got["payload"]["since"].as_str().expect("an instant").to_owned();
    assert_eq!(
        (&got["type"], &got["source"]),
        (&json!("GANTRY_ALERT"), &json!("gantry"))
    );
    assert_eq!(
        got["payload"],
        json!({
            "rule": "credentials", "state": "firing", "value": 1.0, "threshold": 0.0, "terms": "on", "since": since,
            "destination": "crm", "text": sentence,
        })
    );
    let shown = stands(&appliance.admin, "credentials", "firing").await;
    assert_eq!(
        (&shown["destination"], &shown["since"]),
        (&json!("crm"), &json!(since))
    );
    assert_eq!(
        metric(&appliance, "gantry_alerts_firing{rule=\"credentials\"}").await,
        1.0
    );
    appliance.stranger.get("/api/alerts").await.problem(401);
    let directory = appliance.stop().await;

    // Its credentials are tried once more at the start, and refused once more: nothing new.
    let appliance = refused(&crm, &talk, &ops).directory(directory).start().await;
    until(|| async { (crm.got().len() == 2).then_some(()) }).await;
    let again = stands(&appliance.admin, "credentials", "firing").await;
    assert_eq!(again["since"], json!(since));
    assert_eq!(messages(&appliance.admin).await, 1);
    assert_eq!((talk.got().len(), ops.got().len()), (1, 1));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn an_alert_about_who_is_told_goes_to_the_others_and_is_shown() {
    let (talk, ops) = (stranger().await, Receiver::glad().await);
    let appliance = Appliance::build()
        .config(&outward(&[
            slack(&talk.url()),
            destination("ops", &ops.url(), QUICK),
            route(&["slack"]),
            told(&["slack", "ops"], ""),
        ]))
        .start()
        .await;
    post(&appliance, &event("k-1")).await;
    let got = ops.wait(1).await[0].json();
    assert_eq!(got["payload"]["destination"], "slack");
    let alerts = appliance.admin.get("/api/alerts").await.json();
    assert_eq!(
        alerts["to"],
        json!([
            { "destination": "slack", "trouble": "it answered 401: our credentials are refused" },
            { "destination": "ops", "trouble": null },
        ])
    );
    let waits = appliance
        .admin
        .get("/api/deliveries?destination=slack")
        .await
        .json();
    assert_eq!(
        waits["items"].as_array().map(Vec::len),
        Some(1),
        "the event alone: {waits}"
    );
}

#[tokio::test]
async fn routes_of_every_type_send_no_alert_anywhere_and_neither_does_a_replay() {
    let (crm, talk) = (stranger().await, Receiver::glad().await);
    let log = Receiver::glad().await;
    let appliance = Appliance::build()
        .config(&outward(&[
            destination("crm", &crm.url(), QUICK),
            slack(&talk.url()),
            destination("log", &log.url(), QUICK),
            route(&["crm", "log"]),
            told(&["slack"], ""),
        ]))
        .start()
        .await;
    post(&appliance, &event("k-1")).await;
    talk.wait(1).await;
    let filter =
        json!({ "filter": { "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z" }, "dryRun": true });
    let look = appliance.admin.post("/api/replay", &filter).await.json();
    let types: Vec<&Value> = look["examples"]
        .as_array()
        .expect("examples")
        .iter()
        .map(|one| &one["type"])
        .collect();
    assert!(!types.contains(&&json!("GANTRY_ALERT")), "{look}");
    assert!(
        log.wait(1)
            .await
            .iter()
            .all(|got| got.json()["type"] == "LEAD_CAPTURE")
    );
}

#[tokio::test]
async fn a_kill_between_the_alert_and_its_arrival_neither_loses_nor_repeats_it() {
    let (crm, talk) = (stranger().await, Receiver::start(|_, _| Act::Silence).await);
    let directory = tempfile::tempdir().expect("a directory");
    let toml = outward(&[
        destination("crm", &crm.url(), QUICK),
        slack(&talk.url()),
        route(&["crm"]),
        told(&["slack"], ""),
    ]);
    std::fs::write(directory.path().join("gantry.toml"), toml).expect("written");
    let process = Process::start(directory.path(), &[]);
    process.said("\"ready\"").await;
    let sent = process.owner().post("/api/events", &event("k-1")).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    talk.wait(1).await;
    process.tell(Signal::KILL);
    drop(process);

    talk.then(|_, _| Act::status(200));
    let process = Process::start(directory.path(), &[]);
    process.said("\"ready\"").await;
    let got = talk.wait(2).await;
    let id = |got: &Got| got.header("idempotency-key").to_owned();
    assert_eq!(id(&got[0]), id(&got[1]), "it comes again under its id");
    until(|| async { (crm.got().len() == 2).then_some(()) }).await;
    let owner = process.owner();
    stands(&owner, "credentials", "firing").await;
    assert_eq!(messages(&owner).await, 1);
    assert_eq!(talk.got().len(), 2);
    assert!(process.end().await.success());
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_the_way_of_alerts_and_says_whether_it_arrived() {
    let (talk, ops) = (
        Receiver::glad().await,
        Receiver::start(|_, _| Act::said(404, "no_service")).await,
    );
    let appliance = Appliance::build()
        .config(&outward(&[
            slack(&talk.url()),
            destination("ops", &ops.url(), QUICK),
            told(&["slack"], ""),
        ]))
        .start()
        .await;
    let arrived = appliance.gantry(&["alerts", "test"]);
    assert!(arrived.status.success(), "{arrived:?}");
    assert!(
        said(&arrived).starts_with("slack: it arrived, 200 after "),
        "{}",
        said(&arrived)
    );
    let text = talk.wait(1).await[0].json()["text"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(text.starts_with("Test: alerts of Gantry arrive here"), "{text}");

    // Whoever is not told yet can be tried before.
    let lost = appliance.gantry(&["alerts", "test", "--to", "ops"]);
    assert_eq!(lost.status.code(), Some(1));
    assert!(said(&lost).contains("ops: DEAD, 404"), "{}", said(&lost));
    assert_eq!(
        appliance
            .gantry(&["alerts", "test", "--to", "nobody"])
            .status
            .code(),
        Some(1)
    );
    appliance
        .stranger
        .post("/api/alerts/test", &json!({}))
        .await
        .problem(401);

    let listed = appliance.gantry(&["alerts", "list"]);
    assert!(listed.status.success());
    let table = said(&listed);
    for part in ["retry_ratio", "> 0.05 for 5m", "disk_free", "credentials"] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
    assert!(String::from_utf8_lossy(&listed.stderr).contains("Told: slack"));
}

#[tokio::test]
async fn nobody_to_tell_is_said_and_a_reload_names_somebody_and_turns_a_rule_off() {
    let talk = Receiver::glad().await;
    let mut appliance = Appliance::build()
        .config(&outward(&[slack(&talk.url())]))
        .start()
        .await;
    appliance
        .admin
        .post("/api/alerts/test", &json!({}))
        .await
        .problem(409);
    appliance
        .reload(|toml| format!("{toml}{}[alerts.rules]\nlag = \"off\"\n", told(&["slack"], "")))
        .await;
    let sent = appliance.admin.post("/api/alerts/test", &json!({})).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    assert_eq!(sent.json()["to"], json!(["slack"]));
    talk.wait(1).await;
    stands(&appliance.admin, "lag", "off").await;
}

#[tokio::test]
async fn the_heartbeat_is_given_while_the_store_commits_and_goes_only_where_destinations_may() {
    let monitor = Receiver::start(|nth, _| Act::status(if nth == 0 { 200 } else { 500 })).await;
    let beat = |path: &str| told(&[], &format!("heartbeat = \"{}/{path}\"", monitor.url()));
    let mut appliance = Appliance::build()
        .config(&outward(&[beat("ping/of-this-test")]))
        .start()
        .await;
    let got = monitor.wait(1).await;
    assert_eq!(
        (got[0].method.as_str(), got[0].target.as_str()),
        ("GET", "/hook/ping/of-this-test")
    );
    let count = async |appliance: &Appliance, outcome: &str| {
        metric(
            appliance,
            &format!("gantry_heartbeats_total{{outcome=\"{outcome}\"}}"),
        )
        .await
    };
    until(|| async { (count(&appliance, "ok").await == 1.0).then_some(()) }).await;
    // Another address is called at once.
    appliance
        .reload(|toml| toml.replace("of-this-test", "another"))
        .await;
    until(|| async { (count(&appliance, "failed").await == 1.0).then_some(()) }).await;
    // And one that is out of bounds is not called.
    appliance
        .reload(|toml| toml.replace("another", "third").replace("\"127.0.0.0/8\"", ""))
        .await;
    until(|| async { (count(&appliance, "failed").await == 2.0).then_some(()) }).await;
    assert_eq!(monitor.got().len(), 2);
}
