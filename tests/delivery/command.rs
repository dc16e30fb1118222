//! `gantry delivery` and `gantry destination`, with a server and a receiver that run.

use std::process::Output;

use serde_json::Value;

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, crm, settled};

/// What was said on standard output by a command that ended with 0.
#[track_caller]
fn said(output: &Output) -> String {
    let fault = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{fault}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn facts(output: &Output) -> Value {
    serde_json::from_str(&said(output)).expect("JSON")
}

#[tokio::test]
async fn a_destination_is_paused_seen_and_resumed_and_its_dead_letter_tried_again() {
    let receiver = Receiver::start(|_, _| Act::said(404, "no such lead")).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let gantry = |args: &[&str]| appliance.gantry(args);

    let pause = ["destination", "pause", "crm", "--reason", "being moved"];
    assert_eq!(said(&gantry(&pause)), "crm is paused: being moved\n");
    let sent = facts(&gantry(&[
        "event",
        "send",
        "LEAD_CAPTURE",
        "--key",
        "k-1",
        "--json",
    ]));
    let event = sent["id"].as_str().expect("an id");
    let listed = facts(&gantry(&["destination", "list", "--json"]));
    let item = &listed["items"][0];
    assert_eq!(
        (&item["pending"], &item["paused"]["reason"]),
        (&1.into(), &"being moved".into())
    );
    assert!(
        said(&gantry(&["destination", "list"])).contains("\ncrm          paused: being moved        1  ")
    );

    assert_eq!(
        said(&gantry(&["destination", "resume", "crm"])),
        "crm is sending\n"
    );
    settled(&appliance, event, "DEAD").await;
    let shown = said(&gantry(&["event", "show", event]));
    for part in ["FAILED", "DEAD", "4xx       404  no such lead\n"] {
        assert!(shown.contains(part), "{part:?} in\n{shown}");
    }

    let dead = facts(&gantry(&[
        "delivery", "list", "--status", "dead", "--class", "4xx", "--json",
    ]));
    let id = dead["items"][0]["id"].as_str().expect("an id");
    receiver.then(|_, _| Act::status(200));
    assert!(said(&gantry(&["delivery", "retry", id])).contains(id));
    settled(&appliance, event, "DELIVERED").await;
    let again = gantry(&["delivery", "retry", id]);
    let refusal = String::from_utf8_lossy(&again.stderr);
    assert_eq!(
        (again.status.code(), &*refusal),
        (
            Some(1),
            format!("gantry: {id}: the delivery is DELIVERED\n").as_str()
        )
    );
}

#[tokio::test]
async fn what_waits_while_everything_is_paused_is_discarded_after_a_look() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let gantry = |args: &[&str]| appliance.gantry(args);
    assert!(said(&gantry(&["delivery", "pause"])).starts_with("Nothing is sent since 2"));
    for key in ["k-1", "k-2"] {
        said(&gantry(&["event", "send", "LEAD_CAPTURE", "--key", key]));
    }
    let listed = gantry(&["destination", "list"]);
    assert!(String::from_utf8_lossy(&listed.stderr).contains("gantry delivery resume"));

    let discard = [
        "delivery",
        "discard",
        "--destination",
        "crm",
        "--status",
        "pending",
    ];
    let look = said(&gantry(&[&discard[..], &["--dry-run"]].concat()));
    assert!(
        look.ends_with("2 match; nothing was changed\n") && look.contains("crm          PENDING"),
        "{look}"
    );
    assert_eq!(gantry(&discard).status.code(), Some(2), "there is nobody to ask");
    let done = said(&gantry(&[&discard[..], &["--yes"]].concat()));
    assert!(done.ends_with("2 matched, 2 discarded\n"), "{done}");
    assert_eq!(said(&gantry(&["delivery", "resume"])), "Deliveries are sent\n");
    said(&gantry(&["event", "send", "LEAD_CAPTURE", "--key", "k-3"]));
    let keys: Vec<String> = receiver.wait(1).await.iter().map(|got| got.key()).collect();
    assert_eq!(keys, ["k-3"]);
}
