//! Dead letters together, as their owner looks at them and handles them.

use serde_json::json;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, crm, deliveries, event, post_all, until};
use crate::support::Appliance;

const GROUPS: &str = "/api/deliveries/groups";

/// A receiver that does not know some contacts, and has had enough of others; both say so in words of each one's own.
async fn particular() -> Receiver {
    Receiver::start(|n, got: &Got| match got.key().as_str() {
        key if key.starts_with("unknown") => Act::said(404, &format!("no contact ann{n}@example.com")),
        key if key.starts_with("gone") => Act::said(422, &format!("contact {n}000 has left")),
        _ => Act::status(200),
    })
    .await
}

async fn with_dead_letters(receiver: &Receiver) -> Appliance {
    let appliance = crm(&receiver.url(), QUICK).await;
    let events: Vec<_> = [
        "unknown-1",
        "unknown-2",
        "unknown-3",
        "gone-1",
        "gone-2",
        "good-1",
    ]
    .into_iter()
    .map(event)
    .collect();
    post_all(&appliance, &events).await;
    until(|| async {
        let dead = deliveries(&appliance, "status=DEAD").await;
        (dead.len() == 5).then_some(())
    })
    .await;
    appliance
}

#[tokio::test]
async fn dead_letters_that_died_of_the_same_are_one_line_and_are_handled_together() {
    let receiver = particular().await;
    let appliance = with_dead_letters(&receiver).await;
    let groups = appliance.admin.get(GROUPS).await.json();
    assert_eq!((&groups["total"], &groups["next"]), (&json!(5), &json!(null)));
    let [unknown, gone] = groups["items"].as_array().expect("items").as_slice() else {
        panic!("{groups}");
    };
    assert_eq!(
        (&unknown["error"], &unknown["count"], &unknown["errorClass"]),
        (&json!("404: no contact …"), &json!(3), &json!("4xx"))
    );
    assert_eq!(
        (&gone["error"], &gone["count"], &gone["destination"]),
        (&json!("422: contact … has left"), &json!(2), &json!("crm"))
    );
    assert!(unknown["oldest"].as_str() <= unknown["newest"].as_str());
    let newest = deliveries(&appliance, "status=DEAD&limit=1").await;
    let id = gone["id"].as_str().expect("an id");
    let of_gone = deliveries(&appliance, &format!("group={id}")).await;
    assert_eq!(of_gone.len(), 2);
    assert!(of_gone.contains(&gone["example"]) || newest.contains(&gone["example"]));
    assert!(of_gone.iter().all(|dead| {
        dead["lastError"]
            .as_str()
            .is_some_and(|said| said.starts_with("422"))
    }));
    let first = appliance.admin.get(&format!("{GROUPS}?limit=1")).await.json();
    let next = first["next"].as_str().expect("another page");
    let rest = appliance
        .admin
        .get(&format!("{GROUPS}?limit=1&cursor={next}"))
        .await
        .json();
    assert_eq!(
        (&rest["items"][0]["id"], &rest["next"]),
        (&gone["id"], &json!(null))
    );

    let body = json!({ "filter": { "group": id } });
    let discarded = appliance
        .admin
        .post("/api/deliveries/discard", &body)
        .await
        .json();
    assert_eq!(
        (&discarded["matched"], &discarded["done"]),
        (&json!(2), &json!(2))
    );
    let left = appliance
        .admin
        .get(&format!("{GROUPS}?destination=crm"))
        .await
        .json();
    assert_eq!(
        (&left["total"], left["items"].as_array().expect("items").len()),
        (&json!(3), 1)
    );
    assert!(deliveries(&appliance, &format!("group={id}")).await.is_empty());
}

#[tokio::test]
async fn what_is_no_group_is_refused_by_its_field() {
    let appliance = Appliance::start().await;
    for (query, field) in [
        ("group=x", "group"),
        ("group=0.4xx.0000000000000001&status=PENDING", "status"),
    ] {
        let answer = appliance.admin.get(&format!("/api/deliveries?{query}")).await;
        assert_eq!(answer.problem(422)["field"], field, "{query}");
    }
    for (query, field) in [
        ("destination=nobody", "destination"),
        ("cursor=3", "cursor"),
        ("limit=0", "limit"),
    ] {
        let answer = appliance.admin.get(&format!("{GROUPS}?{query}")).await;
        assert_eq!(answer.problem(422)["field"], field, "{query}");
    }
    let none = appliance.admin.get(GROUPS).await.json();
    assert_eq!(none, json!({ "items": [], "next": null, "total": 0 }));
}

#[tokio::test]
async fn the_command_line_lists_groups_and_handles_one() {
    let receiver = particular().await;
    let appliance = with_dead_letters(&receiver).await;
    let said = |args: &[&str]| {
        let output = appliance.gantry(args);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let table = said(&["delivery", "groups"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[1].contains("404: no contact …") && lines[2].contains("422: contact … has left"),
        "{table}"
    );
    let id = lines[2].split_whitespace().next().expect("an id");
    said(&["delivery", "discard", "--group", id, "--yes"]);
    assert_eq!(
        said(&["delivery", "groups", "--destination", "crm"])
            .lines()
            .count(),
        2
    );
}
