//! What the file holds is what the tables hold, whatever was done, and whichever way to the database.

use serde_json::json;

use crate::stage::{Stage, Way, current, event, events, init, post_all};
use crate::support::{Appliance, draft};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_in_the_tables() {
    whatever_is_done(Way::Direct).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_in_the_tables_behind_pgbouncer() {
    whatever_is_done(Way::Bounced).await;
}

async fn whatever_is_done(way: Way) {
    let stage = Stage::start(way).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    post_all(&appliance, &events(0..100)).await;
    visit(&appliance).await;
    vote(&appliance).await;
    stage.assert_same(&appliance).await;

    let database = stage.database().await;
    let of = |status: &str| format!("SELECT count(*) FROM marketing_events WHERE status = '{status}'");
    assert_eq!(database.count(&of("FAILED")).await, 10);
    assert_eq!(database.count(&of("COMPLETED")).await, 90);
    let again =
        "SELECT count(*) FROM marketing_events WHERE retry_count = 1 AND last_error = '503: come back'";
    assert_eq!(database.count(again).await, 11);
    let dead = "SELECT count(*) FROM marketing_events WHERE last_error = E'400: never\\uFFFDever'";
    assert_eq!(database.count(dead).await, 10);

    // Windows are written when they are over, and when the appliance stops.
    let directory = appliance.stop().await;
    let appliance = stage.appliance().directory(directory).start().await;
    stage.assert_same(&appliance).await;
    let visits = "SELECT sum(total_requests)::bigint FROM launch_metrics";
    assert_eq!(database.count(visits).await, 7);
    let signups = "SELECT sum(conversions)::bigint FROM launch_metrics";
    assert_eq!(database.count(signups).await, 2);

    change(&appliance).await;
    stage.assert_same(&appliance).await;
    let kept = "SELECT count(*) FROM marketing_events WHERE payload::text LIKE '%u1@b.example%'";
    assert_eq!(
        database.count(kept).await,
        0,
        "who was erased is erased there too"
    );
    appliance.assert_clean().await;
}

async fn visit(appliance: &Appliance) {
    for number in 0..7 {
        let visitor = appliance
            .public
            .with("user-agent", FIREFOX)
            .with("x-forwarded-for", &format!("203.0.113.{number}"));
        let seen = visitor.post("/api/view", &json!({ "path": "/launch" })).await;
        assert_eq!(seen.status, 202, "{}", seen.text());
        if number < 2 {
            let converted = visitor.post("/api/convert", &json!({ "goal": "signup" })).await;
            assert_eq!(converted.status, 202, "{}", converted.text());
        }
    }
}

async fn vote(appliance: &Appliance) {
    appliance.open_poll("best").await;
    appliance.open_poll("second").await;
    for number in 0..30 {
        let (user, key) = (format!("u{number}"), format!("k{number}"));
        let option = if number % 3 == 0 { "a" } else { "b" };
        appliance.vote("best", option, (&user, &key)).await;
        appliance.vote("second", option, (&user, &key)).await;
    }
}

/// What changes rows that have gone.
async fn change(appliance: &Appliance) {
    let later = |key: u64| {
        let mut event = event("well", key);
        event["scheduledAt"] = json!("2036-12-01T00:00:00Z");
        event["type"] = json!("LEAD_CAPTURE");
        event
    };
    post_all(appliance, &[later(1_001), later(1_002)]).await;
    let page = appliance.admin.get("/api/events?limit=2").await.json();
    let id = |at: usize| page["items"][at]["id"].as_str().unwrap().to_owned();
    let called_off = appliance
        .admin
        .post(&format!("/api/events/{}/cancel", id(0)), &json!({}))
        .await;
    assert_eq!(called_off.status, 200, "{}", called_off.text());
    let moved = json!({ "scheduledAt": "2026-01-01T00:00:00Z" });
    let moved = appliance
        .admin
        .post(&format!("/api/events/{}/reschedule", id(1)), &moved)
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text());

    let voided = json!({ "filter": { "userId": "u1" }, "dryRun": false });
    let voided = appliance.admin.post("/api/polls/best/void", &voided).await;
    assert_eq!(voided.status, 200, "{}", voided.text());
    // Another poll of the same id has options of its own.
    assert_eq!(appliance.admin.delete("/api/polls/second").await.status, 204);
    let mut anew = draft("second");
    anew["options"] = json!([{ "id": "b", "label": "B" }, { "id": "c", "label": "C" }]);
    appliance.create_poll(anew).await;

    let revived = json!({ "filter": { "status": "DEAD" }, "dryRun": false });
    let revived = appliance.admin.post("/api/deliveries/retry", &revived).await;
    assert_eq!(revived.status, 200, "{}", revived.text());
    current(appliance).await;
    let erased = appliance.admin.delete("/api/people?email=u1%40b.example").await;
    assert!([200, 202].contains(&erased.status), "{}", erased.text());
}
