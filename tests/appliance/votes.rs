//! `POST /api/vote`: what it answers, and in which order it looks.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Appliance, ballot, draft, with};

/// The answer to `body`, which must be a problem of this status.
async fn refusal(appliance: &Appliance, body: &Value, status: u16) -> Value {
    appliance.public.post("/api/vote", body).await.problem(status)
}

#[tokio::test]
async fn a_vote_is_accepted_with_the_new_total() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let answer = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("idempotent-replayed"), "");
    assert_eq!(
        answer.json(),
        json!({ "status": "accepted", "pollId": "best", "totalVotes": 1 })
    );
    let results = appliance.results("best").await;
    assert_eq!(results["options"], json!({ "a": 1, "b": 0 }));
}

#[tokio::test]
async fn the_same_vote_again_is_accepted_again_and_counted_once() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let first = appliance.vote("best", "a", ("u-1", "k-1")).await;
    appliance.vote("best", "b", ("u-2", "k-1")).await;
    let again = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    assert_eq!(first.json()["totalVotes"], 1);
    assert_eq!(
        again.json(),
        json!({ "status": "accepted", "pollId": "best", "totalVotes": 2 })
    );
    assert_eq!(appliance.total("best").await, 2);
}

#[tokio::test]
async fn the_same_user_otherwise_is_a_duplicate() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    for (option, key) in [("a", "k-2"), ("b", "k-1"), ("b", "k-2")] {
        let problem = appliance.vote("best", option, ("u-1", key)).await.problem(409);
        assert_eq!(problem["error"], "Duplicate vote");
        assert_eq!(problem["title"], "Duplicate vote");
    }
    assert_eq!(appliance.total("best").await, 1);
}

#[tokio::test]
async fn polls_and_users_stand_apart() {
    let appliance = Appliance::start().await;
    appliance.open_poll("one").await;
    appliance.open_poll("two").await;
    for (poll, user) in [("one", "u-1"), ("one", "u-2"), ("two", "u-1"), ("two", "U-1")] {
        assert_eq!(appliance.vote(poll, "a", (user, "k-1")).await.status, 202);
    }
    assert_eq!(
        (appliance.total("one").await, appliance.total("two").await),
        (2, 2)
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_promised_order() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let shut = with(draft("shut"), json!({ "closesAt": "2020-01-01T00:00:00Z" }));
    appliance.create_poll(shut).await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;

    // 413 before 400: what is too large is not read.
    let large = Bytes::from(vec![b'{'; 4097]);
    appliance
        .public
        .send(Method::POST, "/api/vote", large)
        .await
        .problem(413);
    // 400 before 404 before 422: each body also breaks the rules that come later.
    let broken = Bytes::from_static(br#"{"pollId":"none","optionId":"#);
    appliance
        .public
        .send(Method::POST, "/api/vote", broken)
        .await
        .problem(400);
    refusal(&appliance, &json!({ "pollId": "none", "optionId": "z" }), 404).await;
    refusal(&appliance, &json!({ "pollId": "best", "optionId": "z" }), 404).await;
    // 422 before everything that turns on who has voted, and before 403.
    for poll in ["best", "shut"] {
        let keyless = with(ballot(poll, "b", ("u-1", "-")), json!({ "idempotencyKey": null }));
        let problem = refusal(&appliance, &keyless, 422).await;
        assert_eq!(problem["field"], "idempotencyKey");
    }
    // 409 before 403: see below. 403 for whoever has not voted.
    let problem = refusal(&appliance, &ballot("shut", "a", ("u-1", "k-1")), 403).await;
    assert_eq!(problem["error"], "Poll not open");
    assert_eq!(
        (appliance.total("best").await, appliance.total("shut").await),
        (1, 0)
    );
}

#[tokio::test]
async fn a_closed_poll_replays_tells_duplicates_and_refuses_the_rest() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    let closed = appliance.admin.post("/api/polls/best/close", &Value::Null).await;
    assert_eq!(closed.status, 200);
    let again = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    appliance.vote("best", "b", ("u-1", "k-1")).await.problem(409);
    appliance.vote("best", "b", ("u-2", "k-1")).await.problem(403);
    assert_eq!(appliance.total("best").await, 1);
}

#[tokio::test]
async fn a_poll_that_has_not_opened_says_when_it_will() {
    let appliance = Appliance::start().await;
    let later = with(draft("later"), json!({ "opensAt": "2100-01-01T00:00:00Z" }));
    appliance.create_poll(later).await;
    let problem = appliance.vote("later", "a", ("u-1", "k-1")).await.problem(403);
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains("2100-01-01T00:00:00.000Z"), "{detail}");
}

#[tokio::test]
async fn a_timestamp_is_kept_in_either_form_and_never_trusted() {
    let appliance = Appliance::start().await;
    let shut = with(draft("shut"), json!({ "closesAt": "2020-01-01T00:00:00Z" }));
    appliance.create_poll(shut).await;
    appliance.open_poll("best").await;
    let at = |user, timestamp: Value| {
        with(
            ballot("best", "a", (user, "k")),
            json!({ "timestamp": timestamp }),
        )
    };
    for (user, timestamp) in [
        ("u-1", json!(1_796_112_060_000_u64)),
        ("u-2", json!("2026-12-01T00:01:00-08:00")),
        ("u-3", Value::Null),
        ("u-4", json!(0)),
    ] {
        assert_eq!(
            appliance
                .public
                .post("/api/vote", &at(user, timestamp))
                .await
                .status,
            202
        );
    }
    let votes = appliance.admin.get("/api/polls/best/votes").await.json();
    let kept = votes["items"].as_array().expect("votes").iter();
    let kept: Vec<&Value> = kept.map(|vote| &vote["timestamp"]).collect();
    let same = "2026-12-01T08:01:00.000Z";
    assert_eq!(json!(kept), json!([same, same, null, "1970-01-01T00:00:00.000Z"]));

    let early = json!({ "timestamp": "2019-06-01T00:00:00Z" });
    refusal(&appliance, &with(ballot("shut", "a", ("u-1", "k")), early), 403).await;
    for nonsense in [
        json!("yesterday"),
        json!(""),
        json!("2026-12-01T08:01:00"),
        json!("2026-12-01"),
        json!(true),
        json!([]),
        json!({}),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1.5),
    ] {
        let problem = refusal(&appliance, &at("u-9", nonsense.clone()), 422).await;
        assert_eq!(problem["field"], "timestamp", "{nonsense}");
    }
    assert_eq!(appliance.total("best").await, 4);
}

#[tokio::test]
async fn only_posting_is_voting() {
    let appliance = Appliance::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = appliance
            .public
            .send(method.clone(), "/api/vote", Bytes::new())
            .await;
        assert!([404, 405].contains(&answer.status), "{method}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_page_without_a_poll_of_its_name_votes_for_nothing_again_after_deletion() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!(appliance.admin.delete("/api/polls/best").await.status, 204);
    appliance.vote("best", "a", ("u-1", "k-1")).await.problem(404);
    appliance.open_poll("best").await;
    let answer = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!((answer.status, answer.header("idempotent-replayed")), (202, ""));
    appliance.assert_clean().await;
}
