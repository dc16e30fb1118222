//! The export as its owner meets it: over the API and on the command line.

use serde_json::Value;

use crate::stage::{Stage, Way, current, events, init, is_current, post_all, until};
use crate::support::Appliance;

fn said(output: &std::process::Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_database_is_configured_nothing_is_exported_and_all_is_told_so() {
    let appliance = Appliance::start().await;
    let status = appliance.admin.get("/api/postgres").await.json();
    assert_eq!(status["state"], "off");
    for path in ["/api/postgres/init", "/api/postgres/backfill"] {
        let answer = appliance.admin.post(path, &Value::Null).await;
        assert_eq!(answer.status, 409, "{}", answer.text());
    }
    let told = appliance.gantry(&["export", "status"]);
    assert_eq!(told.status.code(), Some(0));
    assert!(said(&told).contains("Nothing is exported"), "{}", said(&told));
    let metrics = appliance.admin.get("/metrics").await.text().to_owned();
    assert!(metrics.contains("gantry_export_lag_seconds 0\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_makes_the_tables_sees_how_it_stands_and_exports_all_again() {
    let stage = Stage::start(Way::Direct).await;
    let appliance = stage.appliance().start().await;
    post_all(&appliance, &events(0..20)).await;
    let failing = until(&appliance, |status| status["state"] == "failing").await;
    let message = failing["failure"]["message"].as_str().unwrap();
    assert!(message.contains("gantry export init"), "{message}");
    let told = appliance.gantry(&["export", "status"]);
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    assert!(said(&told).contains("gantry export init"), "{}", said(&told));

    let told = appliance.gantry(&["export", "init"]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    assert!(
        said(&told).contains("The tables are made (version 1)"),
        "{}",
        said(&told)
    );
    let told = appliance.gantry(&["export", "init"]);
    assert!(said(&told).contains("as they should be"), "{}", said(&told));
    stage.assert_same(&appliance).await;
    let told = appliance.gantry(&["export", "status"]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    assert!(said(&told).contains("current"), "{}", said(&told));

    let database = stage.database().await;
    database
        .run("UPDATE marketing_events SET payload = '{}', status = 'x'; DELETE FROM poll_results")
        .await;
    let told = appliance.gantry(&["export", "backfill"]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    assert!(said(&told).contains("Everything is exported."), "{}", said(&told));
    stage.assert_same(&appliance).await;
    let metrics = appliance.admin.get("/metrics").await.text().to_owned();
    for name in [
        "gantry_export_rows_total",
        "gantry_export_failures_total",
        "gantry_export_set_aside 0",
    ] {
        assert!(metrics.contains(name), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_init_prints_makes_the_tables_and_changes_nothing_the_second_time() {
    let stage = Stage::start(Way::Bounced).await;
    let appliance = stage.appliance().start().await;
    let printed = appliance.gantry(&["export", "init", "--print"]);
    assert_eq!(printed.status.code(), Some(0));
    let script = String::from_utf8(printed.stdout).unwrap();
    let owner = crate::postgres::Database::open(&stage.server.url())
        .await
        .unwrap();
    owner.run(&script).await;
    owner.run(&script).await;
    post_all(&appliance, &events(0..20)).await;
    stage.assert_same(&appliance).await;

    owner.run("UPDATE gantry_schema SET version = 2").await;
    post_all(&appliance, &events(20..21)).await;
    let failing = until(&appliance, |status| status["state"] == "failing").await;
    let message = failing["failure"]["message"].as_str().unwrap();
    assert!(message.contains("install a newer Gantry"), "{message}");
    let refused = appliance.admin.post("/api/postgres/init", &Value::Null).await;
    assert_eq!(refused.status, 502, "{}", refused.text());
    owner.run("UPDATE gantry_schema SET version = 1").await;
    until(&appliance, is_current).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_how_it_stands_and_changes_nothing() {
    let stage = Stage::start(Way::Direct).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    current(&appliance).await;
    let made = appliance.gantry(&["key", "create", "r", "--scope", "read"]);
    let key = String::from_utf8(made.stdout).unwrap();
    let reader = appliance.stranger.with_key(key.trim());
    assert_eq!(reader.get("/api/postgres").await.status, 200);
    assert_eq!(reader.get("/api/postgres/aside").await.status, 200);
    for path in ["/api/postgres/init", "/api/postgres/backfill"] {
        assert_eq!(reader.post(path, &Value::Null).await.status, 403, "{path}");
    }
    assert_eq!(appliance.stranger.get("/api/postgres").await.status, 401);
}
