//! `Idempotency-Key`: what is asked again under a key is done once and answered alike.

use http::Method;
use serde_json::{Value, json};

use crate::support::http::{Door, soon};
use crate::support::{ADMIN_TOKEN, Appliance, draft};

/// The admin's door with a key.
fn keyed(appliance: &Appliance, key: &str) -> Door {
    appliance.admin.with("idempotency-key", key)
}

async fn polls(appliance: &Appliance) -> usize {
    let list = appliance.admin.get("/api/polls").await.json();
    list["items"].as_array().expect("items").len()
}

#[tokio::test]
async fn the_same_again_is_answered_alike_and_done_once_also_after_a_restart() {
    let appliance = Appliance::start().await;
    let door = keyed(&appliance, "\"launch-1\"");
    let first = door.post("/api/polls", &draft("best")).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    let alike = |again: &crate::support::http::Answer| {
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(again.body, first.body);
    };
    // Bare or quoted, it is the same key.
    alike(
        &keyed(&appliance, "launch-1")
            .post("/api/polls", &draft("best"))
            .await,
    );
    assert_eq!(appliance.admin.delete("/api/polls/best").await.status, 204);
    let appliance = Appliance::build().directory(appliance.stop().await).start().await;
    alike(
        &keyed(&appliance, "launch-1")
            .post("/api/polls", &draft("best"))
            .await,
    );
    assert_eq!(polls(&appliance).await, 0, "nothing was done for it");
    let audit = appliance.admin.get("/api/audit").await.json();
    assert_eq!(
        audit["items"].as_array().map(Vec::len),
        Some(2),
        "a repeat is no act"
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn another_request_under_the_key_is_refused() {
    let appliance = Appliance::start().await;
    let door = keyed(&appliance, "k-1");
    assert_eq!(door.post("/api/polls", &draft("best")).await.status, 201);
    for (path, body) in [
        ("/api/polls", draft("other")),
        ("/api/polls?a=b", draft("best")),
        ("/api/keys", json!({ "name": "reader", "scope": "read" })),
        ("/api/launch/items/queue", json!({ "state": "done" })),
    ] {
        door.post(path, &body).await.problem(422);
    }
    assert_eq!(polls(&appliance).await, 1);
    keyed(&appliance, "\"open")
        .post("/api/polls", &draft("open"))
        .await
        .problem(400);
    keyed(&appliance, &"k".repeat(65))
        .post("/api/polls", &draft("long"))
        .await
        .problem(422);
}

#[tokio::test]
async fn a_refusal_is_not_kept_and_the_key_may_be_tried_again() {
    let appliance = Appliance::start().await;
    let door = keyed(&appliance, "k-1");
    door.post("/api/polls", &json!({ "pollId": "best" }))
        .await
        .problem(422);
    assert_eq!(door.post("/api/polls", &draft("best")).await.status, 201);
}

#[tokio::test]
async fn a_new_keys_secret_is_shown_once_and_is_in_no_file() {
    let appliance = Appliance::start().await;
    let door = keyed(&appliance, "k-1");
    let wanted = json!({ "name": "reader", "scope": "read" });
    let first = door.post("/api/keys", &wanted).await;
    assert_eq!(first.status, 201);
    let secret = first.json()["key"].as_str().expect("a key").to_owned();
    let again = door.post("/api/keys", &wanted).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(
        again.json(),
        json!({ "name": "reader", "scope": "read", "key": null })
    );
    assert_eq!(
        appliance
            .stranger
            .with_key(&secret)
            .get("/api/status")
            .await
            .status,
        200
    );
    let directory = appliance.stop().await;
    let file = std::fs::read(directory.path().join("gantry.redb")).expect("the data file");
    assert!(
        !file
            .windows(secret.len())
            .any(|window| window == secret.as_bytes())
    );
}

#[tokio::test]
async fn a_key_is_its_owners_and_who_may_not_is_told_nothing() {
    let appliance = Appliance::start().await;
    assert_eq!(
        keyed(&appliance, "k-1")
            .post("/api/polls", &draft("best"))
            .await
            .status,
        201
    );
    let stranger = appliance.stranger.with("idempotency-key", "k-1");
    stranger.post("/api/polls", &draft("best")).await.problem(401);
    let made = appliance
        .admin
        .post("/api/keys", &json!({ "name": "reader", "scope": "read" }))
        .await
        .json();
    let reader = stranger.with_key(made["key"].as_str().expect("a key"));
    reader.post("/api/polls", &draft("best")).await.problem(403);
    // Another's own key of the same text: another request.
    let owner = appliance.owner.with("idempotency-key", "k-1");
    assert_eq!(owner.post("/api/polls", &draft("other")).await.status, 201);
    assert_eq!(
        owner
            .with_key(ADMIN_TOKEN)
            .post("/api/polls", &draft("other"))
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_done_and_the_others_wait_or_see_its_answer() {
    let appliance = Appliance::start().await;
    let wanted = json!({ "name": "reader", "scope": "read" });
    let door = keyed(&appliance, "k-1");
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (door, wanted) = (door.clone(), wanted.clone());
        asking.spawn(async move { door.post("/api/keys", &wanted).await });
    }
    let answers = soon(asking.join_all()).await;
    let new = answers
        .iter()
        .filter(|answer| answer.status == 201 && answer.json()["key"].is_string());
    assert_eq!(new.count(), 1);
    for answer in &answers {
        let replayed = answer.header("idempotent-replayed") == "true";
        assert!(answer.status == 409 || answer.status == 201, "{}", answer.text());
        assert!(!(replayed && answer.json()["key"].is_string()));
        if answer.status == 409 {
            assert!(answer.text().contains("under way"), "{}", answer.text());
        }
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_has_a_key_of_its_own_keeps_to_it() {
    let appliance = Appliance::start().await;
    let door = keyed(&appliance, "k-1");
    let entry = json!({ "day": "2026-12-01", "source": "x", "amount": "12.50" });
    assert_eq!(door.post("/api/spend", &entry).await.status, 201);
    let again = door.post("/api/spend", &entry).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    let event = json!({ "type": "LEAD_CAPTURE", "source": "web", "payload": {} });
    assert_eq!(door.post("/api/events", &event).await.status, 202);
    assert_eq!(
        door.post("/api/events", &event).await.header("x-event-status"),
        "DUPLICATE"
    );
    // Reads have no use for one.
    assert_eq!(
        door.send(Method::GET, "/api/polls", Default::default())
            .await
            .status,
        200
    );
    assert_eq!(door.post("/api/delivery/pause", &Value::Null).await.status, 200);
    assert_eq!(door.post("/api/delivery/resume", &Value::Null).await.status, 200);
}
