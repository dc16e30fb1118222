//! `GET /api/polls/{poll}`: results, and whether they are new.

use serde_json::{Value, json};

use crate::support::{Appliance, draft, with};

#[tokio::test]
async fn results_show_everything_promised_in_the_makers_order() {
    let appliance = Appliance::start().await;
    let options = json!([{ "id": "z", "label": "Zebra" }, { "id": "10", "label": "<b>" }, { "id": "a", "label": "\"" }]);
    appliance
        .create_poll(with(draft("best"), json!({ "options": options })))
        .await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    let answer = appliance.public.get("/api/polls/best").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let text = answer.text();
    assert!(text.contains(r#""options":{"z":0,"10":0,"a":1}"#), "{text}");
    let results = answer.json();
    let mut members: Vec<&String> = results.as_object().expect("an object").keys().collect();
    members.sort();
    let promised = [
        "labels",
        "lastUpdated",
        "open",
        "options",
        "pollId",
        "question",
        "totalVotes",
    ];
    assert_eq!(members, promised);
    let updated = results["lastUpdated"].as_str().expect("an instant");
    assert!(
        updated.ends_with('Z') && updated.len() == "2026-12-01T08:01:00.000Z".len(),
        "{updated}"
    );
    appliance.public.get("/api/polls/none").await.problem(404);
}

#[tokio::test]
async fn results_that_are_known_are_not_sent_again() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let tag = appliance
        .public
        .get("/api/polls/best")
        .await
        .header("etag")
        .to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let weak = format!("W/{tag}");
    let among = format!("\"other\", {tag}");
    for known in [tag.as_str(), weak.as_str(), among.as_str(), "*"] {
        let answer = appliance
            .public
            .with("if-none-match", known)
            .get("/api/polls/best")
            .await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), tag);
    }
    let knows = appliance.public.with("if-none-match", &tag);
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    let voted = knows.get("/api/polls/best").await;
    assert_eq!(voted.status, 200);
    let knows = appliance.public.with("if-none-match", voted.header("etag"));
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!(
        knows.get("/api/polls/best").await.status,
        304,
        "a replay changes nothing"
    );
    appliance.admin.post("/api/polls/best/close", &Value::Null).await;
    assert_eq!(knows.get("/api/polls/best").await.status, 200, "closing does");
}

#[tokio::test]
async fn the_script_is_served_on_both_addresses_and_revalidates() {
    let appliance = Appliance::start().await;
    for door in [&appliance.public, &appliance.stranger] {
        let script = door.get("/gantry.js").await;
        assert_eq!(script.status, 200);
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        assert!(script.text().contains("gantry-poll"));
        let tag = script.header("etag");
        for known in [tag.to_owned(), format!("W/{tag}")] {
            assert_eq!(
                door.with("if-none-match", &known).get("/gantry.js").await.status,
                304,
                "{known}"
            );
        }
    }
}
