//! `POST /api/vote`: what it answers, and in which order it looks.

use serde_json::{Value, json};

use crate::support::{Appliance, ballot, with};

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
    assert_eq!(
        appliance.results("best").await["options"],
        json!({ "a": 1, "b": 0 })
    );
}
