//! Counting exactly once, with many at the same time.

use std::collections::HashMap;

use http::Method;
use tokio::task::JoinSet;

use crate::support::http::{Answer, soon};
use crate::support::{Appliance, ballot};

/// Casts every ballot at once, each over a connection of its own that is open before the first is sent.
async fn at_once(appliance: &Appliance, ballots: Vec<serde_json::Value>) -> Vec<Answer> {
    let mut lines = Vec::new();
    for ballot in ballots {
        lines.push((appliance.public.connect().await, ballot));
    }
    let mut casting = JoinSet::new();
    for (mut line, ballot) in lines {
        casting.spawn(async move { line.post("/api/vote", &ballot).await });
    }
    soon(casting.join_all()).await
}

/// How many answers of each kind: status, and whether it was a replay.
fn kinds(answers: &[Answer]) -> HashMap<(u16, bool), usize> {
    let mut kinds = HashMap::new();
    for answer in answers {
        let replayed = answer.header("idempotent-replayed") == "true";
        *kinds.entry((answer.status, replayed)).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_votes_by_one_user_with_different_keys_one_counts() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let keys = (0..200).map(|key| format!("k-{key}"));
    let ballots = keys.map(|key| ballot("best", "a", ("u-1", &key))).collect();
    let answers = at_once(&appliance, ballots).await;
    assert_eq!(
        kinds(&answers),
        HashMap::from([((202, false), 1), ((409, false), 199)])
    );
    assert_eq!(appliance.total("best").await, 1);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_times_the_same_vote_one_counts_and_all_are_accepted() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let ballots = (0..200).map(|_| ballot("best", "a", ("u-1", "k-1"))).collect();
    let answers = at_once(&appliance, ballots).await;
    assert_eq!(
        kinds(&answers),
        HashMap::from([((202, false), 1), ((202, true), 199)])
    );
    assert!(answers.iter().all(|answer| answer.json()["totalVotes"] == 1));
    assert_eq!(appliance.total("best").await, 1);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_users_count_ten_thousand() {
    const LINES: usize = 50;
    const EACH: usize = 200;
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let mut voters = JoinSet::new();
    for number in 0..LINES {
        let mut line = appliance.public.connect().await;
        voters.spawn(async move {
            for vote in 0..EACH {
                let (user, option) = (
                    format!("u-{number}-{vote}"),
                    if vote % 4 == 0 { "a" } else { "b" },
                );
                let body = ballot("best", option, (&user, "k")).to_string();
                let answer = line.send(Method::POST, "/api/vote", body.into()).await;
                assert_eq!(answer.status, 202, "{}", answer.text());
            }
        });
    }
    voters.join_all().await;
    let results = appliance.results("best").await;
    assert_eq!(results["totalVotes"], 10_000);
    assert_eq!(results["options"], serde_json::json!({ "a": 2_500, "b": 7_500 }));
    appliance.assert_clean().await;

    // And from the file alone.
    let appliance = Appliance::build().directory(appliance.stop().await).start().await;
    assert_eq!(appliance.results("best").await, results);
    appliance.assert_clean().await;
}
