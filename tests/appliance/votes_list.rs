//! The votes of a poll: looked at, filtered, and voided when they were stuffed.

use serde_json::{Value, json};

use crate::support::{Appliance, ballot};

/// Seven votes: six of `bot-…` for `b` from one address, one of `ann` for `a` from another.
async fn stuffed() -> Appliance {
    let appliance = Appliance::build()
        .config("[server]\ntrusted_proxies = [\"loopback\"]")
        .start()
        .await;
    appliance.open_poll("best").await;
    let mut voters: Vec<(String, &str, &str)> = (1..=6)
        .map(|n| (format!("bot-{n}"), "b", "203.0.113.7"))
        .collect();
    voters.insert(3, ("ann".into(), "a", "198.51.100.1"));
    for (user, option, address) in voters {
        let from = appliance.public.with("x-forwarded-for", address);
        let answer = from
            .post("/api/vote", &ballot("best", option, (&user, "k-1")))
            .await;
        assert_eq!(answer.status, 202);
    }
    appliance
}

async fn listed(appliance: &Appliance, query: &str) -> Vec<Value> {
    let answer = appliance
        .admin
        .get(&format!("/api/polls/best/votes?{query}"))
        .await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["items"].as_array().expect("items").clone()
}

fn users(votes: &[Value]) -> Value {
    votes.iter().map(|vote| vote["userId"].clone()).collect()
}

#[tokio::test]
async fn votes_are_listed_in_their_order_with_what_is_known_of_them() {
    let appliance = stuffed().await;
    let votes = listed(&appliance, "").await;
    assert_eq!(
        users(&votes),
        json!(["bot-1", "bot-2", "bot-3", "ann", "bot-4", "bot-5", "bot-6"])
    );
    let ann = &votes[3];
    assert_eq!(
        (&ann["optionId"], &ann["idempotencyKey"]),
        (&json!("a"), &json!("k-1"))
    );
    assert!(ann["at"].is_string() && ann["voidedAt"].is_null());
    let address = ann["address"].as_str().expect("a token");
    assert!(
        address.len() == 16 && !address.contains("198"),
        "an address is never shown: {address}"
    );
    assert_ne!(ann["address"], votes[0]["address"]);
    assert_eq!(votes[0]["address"], votes[1]["address"]);
}

#[tokio::test]
async fn votes_are_filtered_and_paged() {
    let appliance = stuffed().await;
    let votes = listed(&appliance, "").await;
    let address = votes[3]["address"].as_str().expect("a token").to_owned();
    assert_eq!(users(&listed(&appliance, "optionId=a").await), json!(["ann"]));
    assert_eq!(users(&listed(&appliance, "userId=bot-2").await), json!(["bot-2"]));
    assert_eq!(listed(&appliance, "userPrefix=bot-").await.len(), 6);
    assert_eq!(
        users(&listed(&appliance, &format!("address={address}")).await),
        json!(["ann"])
    );
    assert_eq!(
        users(&listed(&appliance, "optionId=b&userPrefix=a").await),
        json!([])
    );
    assert_eq!(listed(&appliance, "from=2020-01-01T00:00:00Z").await.len(), 7);
    assert_eq!(listed(&appliance, "to=2020-01-01T00:00:00Z").await.len(), 0);
    for wrong in [
        "optionId=z",
        "address=198.51.100.1",
        "from=yesterday",
        "cursor=x",
        "limit=0",
    ] {
        appliance
            .admin
            .get(&format!("/api/polls/best/votes?{wrong}"))
            .await
            .problem(422);
    }

    let mut seen = Vec::new();
    let mut path = "/api/polls/best/votes?limit=2&userPrefix=bot-".to_owned();
    loop {
        let page = appliance.admin.get(&path).await.json();
        seen.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = format!("/api/polls/best/votes?limit=2&userPrefix=bot-&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        users(&seen),
        json!(["bot-1", "bot-2", "bot-3", "bot-4", "bot-5", "bot-6"])
    );
}

#[tokio::test]
async fn a_dry_run_shows_what_voiding_would_take_and_takes_nothing() {
    let appliance = stuffed().await;
    let dry = json!({ "filter": { "userPrefix": "bot-" }, "dryRun": true });
    let answer = appliance.admin.post("/api/polls/best/void", &dry).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["matched"], &answer["voided"], &answer["dryRun"]),
        (&json!(6), &json!(0), &json!(true))
    );
    assert_eq!(answer["examples"].as_array().expect("examples").len(), 6);
    assert_eq!(appliance.total("best").await, 7);
}

#[tokio::test]
async fn voided_votes_stay_listed_count_no_more_and_cannot_be_cast_again() {
    let appliance = stuffed().await;
    let mut stream = appliance.public.stream("/api/polls/best/stream").await;
    let void = json!({ "filter": { "userPrefix": "bot-", "optionId": "b" }, "dryRun": false });
    let answer = appliance.admin.post("/api/polls/best/void", &void).await.json();
    assert_eq!((&answer["matched"], &answer["voided"]), (&json!(6), &json!(6)));
    assert_eq!(
        appliance.results("best").await["options"],
        json!({ "a": 1, "b": 0 })
    );
    stream.until(|results| results["totalVotes"] == 1).await;
    let votes = listed(&appliance, "").await;
    assert_eq!(
        votes.iter().filter(|vote| vote["voidedAt"].is_string()).count(),
        6
    );
    // Their voters have voted, and the same call finds nothing more.
    appliance.vote("best", "a", ("bot-1", "k-2")).await.problem(409);
    let again = appliance.vote("best", "b", ("bot-1", "k-1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    let again = appliance.admin.post("/api/polls/best/void", &void).await.json();
    assert_eq!((&again["matched"], &again["voided"]), (&json!(0), &json!(0)));
    assert_eq!(appliance.total("best").await, 1);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_filter_that_says_nothing_voids_nothing() {
    let appliance = stuffed().await;
    for body in [
        json!({}),
        json!({ "dryRun": false }),
        json!({ "filter": null }),
        json!({ "filter": {} }),
        json!({ "filter": [] }),
        json!({ "filter": ["b"] }),
        json!([{ "userId": "bot-1" }, false]),
        json!({ "filter": { "userPrefix": "" } }),
        json!({ "filter": { "userId": "" } }),
        json!({ "filter": { "userId": null } }),
        json!({ "filter": { "user": "bot-1" } }),
        json!({ "filter": { "optionId": "z" } }),
        json!({ "filter": { "address": "203.0.113.7" } }),
        json!({ "filter": { "from": "yesterday" } }),
        json!({ "filter": { "userId": "bot-1" }, "dryrun": true }),
        json!({ "filter": { "userId": "bot-1" }, "dryRun": "true" }),
    ] {
        let answer = appliance.admin.post("/api/polls/best/void", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
    }
    assert_eq!(appliance.total("best").await, 7);
    let one = json!({ "filter": { "userId": "bot-1" } });
    appliance
        .admin
        .post("/api/polls/none/void", &one)
        .await
        .problem(404);
}
