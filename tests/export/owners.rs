//! A database holds what one data file has, and polls that are gone leave what they came to.

use serde_json::{Value, json};

use crate::stage::{Stage, Way, current, event, events, init, post_all, until};

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_one_data_file_are_not_written_to_by_another_unless_they_are_taken_over() {
    let stage = Stage::start(Way::Bounced).await;
    let first = stage.appliance().start().await;
    init(&first).await;
    post_all(&first, &events(0..20)).await;
    stage.assert_same(&first).await;

    let second = stage.appliance().start().await;
    let refused = second.admin.post("/api/postgres/init", &Value::Null).await;
    assert_eq!(refused.status, 502, "{}", refused.text());
    assert!(refused.text().contains("another data file"), "{}", refused.text());
    post_all(&second, &[event("well", 1_000)]).await;
    let failing = until(&second, |status| status["state"] == "failing").await;
    let why = failing["failure"]["message"].as_str().unwrap();
    assert!(why.contains("--take-over"), "{why}");
    stage.assert_same(&first).await;

    let told = second.gantry(&["export", "init", "--take-over"]);
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    current(&second).await;
    let database = stage.database().await;
    assert_eq!(database.count("SELECT count(*) FROM marketing_events").await, 21);
    post_all(&first, &[event("well", 1_001)]).await;
    until(&first, |status| status["state"] == "failing").await;

    // The same file under another process is the same owner.
    let second = stage.appliance().directory(second.stop().await).start().await;
    post_all(&second, &[event("well", 1_002)]).await;
    current(&second).await;
    assert_eq!(database.count("SELECT count(*) FROM marketing_events").await, 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_is_deleted_while_the_database_is_away_leaves_its_last_results_there() {
    let mut stage = Stage::start(Way::Direct).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    for poll in ["best", "worst"] {
        appliance.open_poll(poll).await;
        appliance.vote(poll, "a", ("u1", "k1")).await;
    }
    current(&appliance).await;
    stage.server.end();
    for poll in ["best", "worst"] {
        appliance.vote(poll, "a", ("u2", "k2")).await;
        assert_eq!(
            appliance.admin.delete(&format!("/api/polls/{poll}")).await.status,
            204
        );
    }
    // Another of its id has results of its own.
    appliance.open_poll("worst").await;
    stage.server.start_again().await;
    let status = current(&appliance).await;
    assert_eq!(status["lost"], json!({ "windows": 0, "events": 0, "polls": 0 }));
    let votes = |poll: &str| format!("SELECT sum(votes)::bigint FROM poll_results WHERE poll_id = '{poll}'");
    let database = stage.database().await;
    assert_eq!(database.count(&votes("best")).await, 2);
    assert_eq!(database.count(&votes("worst")).await, 0);
}
