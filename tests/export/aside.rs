//! Rows that the database refuses are found, set aside with the reason, and hold nothing else up.

use serde_json::{Value, json};

use crate::stage::{Stage, Way, current, event, events, init, post_all, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_is_set_aside_and_goes_once_it_is_taken() {
    let stage = Stage::start(Way::Bounced).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    let database = stage.database().await;
    database
        .run("ALTER TABLE marketing_events ADD CONSTRAINT liked CHECK (payload->>'n' NOT IN ('7', '11'))")
        .await;
    database
        .run("ALTER TABLE poll_results ADD CONSTRAINT few CHECK (votes < 2)")
        .await;
    appliance.open_poll("best").await;
    for number in 0..3 {
        let (user, key) = (format!("u{number}"), format!("k{number}"));
        appliance.vote("best", "a", (&user, &key)).await;
    }
    post_all(&appliance, &events(0..200)).await;
    let status = current(&appliance).await;
    assert_eq!(status["setAside"], 3, "{status}");
    assert_eq!(
        database.count("SELECT count(*) FROM marketing_events").await,
        198,
        "the others have gone"
    );

    let aside = appliance.admin.get("/api/postgres/aside").await.json();
    let rows = aside["items"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{aside}");
    assert_eq!(
        (&rows[0]["table"], &rows[0]["name"]),
        (&json!("poll_results"), &json!("best"))
    );
    let reason = rows[1]["reason"].as_str().unwrap();
    assert!(
        reason.contains("\"liked\" (23514)") && !reason.contains("u7@b"),
        "{reason}"
    );
    let first = appliance.admin.get("/api/postgres/aside?limit=1").await.json();
    let next = first["next"].as_str().unwrap();
    let rest = appliance
        .admin
        .get(&format!("/api/postgres/aside?cursor={next}"))
        .await
        .json();
    assert_eq!(rest["items"], Value::from(rows[1..].to_vec()));
    let told = appliance.gantry(&["export", "status"]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(
        text.contains("3 rows are refused") && text.contains("\"few\""),
        "{text}"
    );

    // They are kept across a restart, and go when they change or everything goes again.
    let directory = appliance.stop().await;
    let appliance = stage.appliance().directory(directory).start().await;
    assert_eq!(current(&appliance).await["setAside"], 3);
    database.run("ALTER TABLE poll_results DROP CONSTRAINT few").await;
    appliance.vote("best", "b", ("u9", "k9")).await;
    until(&appliance, |status| status["setAside"] == 2).await;
    database
        .run("ALTER TABLE marketing_events DROP CONSTRAINT liked")
        .await;
    let begun = appliance.admin.post("/api/postgres/backfill", &Value::Null).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    until(&appliance, |status| status["setAside"] == 0).await;
    stage.assert_same(&appliance).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_column_takes_is_no_reason_to_wait() {
    let stage = Stage::start(Way::Direct).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    let database = stage.database().await;
    // As a maker who has tables of their own may have them: narrower than ours.
    database
        .run("ALTER TABLE marketing_events ALTER COLUMN idempotency_key TYPE varchar(12)")
        .await;
    let mut long = event("well", 1);
    long["idempotencyKey"] = json!("well-0123456789");
    post_all(&appliance, &[event("well", 0), long, event("well", 2)]).await;
    let status = current(&appliance).await;
    assert_eq!(status["setAside"], 1, "{status}");
    assert_eq!(database.count("SELECT count(*) FROM marketing_events").await, 2);
}
