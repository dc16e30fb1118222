//! What keeps the data file: backups sent and made by themselves, compaction, what is told of the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gantry::clock::Clock;
use gantry::config::Backup;
use gantry::metrics::Metrics;
use gantry::model::time::Millis;
use gantry::runtime::{Next, Shutdown, Worker};
use gantry::store::{Inspection, Options, Store};
use gantry::upkeep::{Backups, Nightly, NightlyParts};
use http::Method;
use serde_json::Value;

use crate::support::Appliance;

#[tokio::test]
async fn a_backup_is_sent_whole_and_only_to_the_owner() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    assert_eq!(
        appliance.stranger.post("/api/backup", &Value::Null).await.status,
        401
    );
    let answer = appliance
        .admin
        .send(Method::POST, "/api/backup", Vec::new().into())
        .await;
    assert_eq!(answer.status, 200);
    let disposition = answer.header("content-disposition");
    assert!(disposition.contains("filename=\"gantry-2"), "{disposition}");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sent.redb");
    std::fs::write(&path, &answer.body).expect("it is written");
    let sent = Inspection::open(&path).expect("a data file");
    sent.prove().expect("it is whole");
    assert!(sent.rows().expect("rows").contains(&("polls", 1)));
    let beside = appliance.store.path().parent().expect("a directory");
    let names: Vec<_> = std::fs::read_dir(beside)
        .expect("it is there")
        .flatten()
        .collect();
    assert_eq!(names.len(), 2, "the file and its socket: {names:?}");
}

#[tokio::test]
async fn compaction_is_the_owners_and_says_what_it_did() {
    let appliance = Appliance::start().await;
    assert_eq!(
        appliance.stranger.post("/api/compact", &Value::Null).await.status,
        401
    );
    let done = appliance.admin.post("/api/compact", &Value::Null).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let (before, after) = (
        done.json()["beforeBytes"].as_u64(),
        done.json()["afterBytes"].as_u64(),
    );
    assert!(after > Some(0) && after <= before, "{}", done.text());
    appliance.open_poll("best").await;
}

#[tokio::test]
async fn status_tells_what_takes_up_the_file_and_the_disk() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let status = appliance.owner.get("/api/status").await.json();
    assert_eq!(status["disk"]["state"], "ok", "{status}");
    assert!(status["disk"]["freeBytes"].as_u64() > status["disk"]["reserveBytes"].as_u64());
    assert_eq!(
        status["store"]["growthBytesPerDay"],
        Value::Null,
        "no hour has passed"
    );
    let tables = status["tables"].as_array().expect("tables");
    let used: u64 = tables
        .iter()
        .filter_map(|table| table["usedBytes"].as_u64())
        .sum();
    assert_eq!(status["store"]["usedBytes"], used);
    assert!(tables.iter().any(|table| table["name"] == "polls"), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_each_night_and_handed_to_a_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let began = Millis::parse_rfc3339("2026-11-23T03:00:00Z").expect("an instant");
    let at = Arc::new(AtomicI64::new(began.0));
    let clock = Clock::Simulated(Arc::clone(&at));
    let store = Store::open(&path, &Options::default(), clock.clone()).expect("a store");
    let seen = directory.path().join("seen");
    let policy = tokio::sync::watch::Sender::new(Backup {
        keep_days: 2,
        keep_weeks: 0,
        after: format!("echo >> '{}'", seen.display()),
        ..Backup::default()
    });
    let metrics = Metrics::new("test");
    let mut nightly = Nightly::new(NightlyParts {
        store: store.clone(),
        clock,
        metrics: metrics.clone(),
        shutdown: Shutdown::new(Duration::from_secs(1)),
        backups: Backups::default(),
        policy: policy.subscribe(),
    });
    let next = nightly.work().await.expect("a unit of work");
    assert_eq!(next, Next::After(Duration::from_secs(60)), "half an hour is left");
    let names = || {
        let entries = std::fs::read_dir(directory.path().join("backups")).expect("a directory");
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    for day in 0..4 {
        at.store(began.0 + day * 86_400_000 + 31 * 60_000, Ordering::Relaxed);
        assert_eq!(nightly.work().await.expect("a unit of work"), Next::Again);
        let next = nightly.work().await.expect("a unit of work");
        assert_eq!(next, Next::After(Duration::from_secs(60)), "one a day");
    }
    assert_eq!(
        names(),
        ["gantry-2026-11-25T033100Z.redb", "gantry-2026-11-26T033100Z.redb"]
    );
    let newest = directory.path().join("backups/gantry-2026-11-26T033100Z.redb");
    Inspection::open(&newest)
        .expect("a data file")
        .prove()
        .expect("it is whole");
    let told = std::fs::read_to_string(&seen).expect("the command has run");
    assert_eq!(told.lines().count(), 4);
    assert!(
        told.lines()
            .last()
            .is_some_and(|last| last == newest.to_string_lossy()),
        "{told}"
    );
    assert_eq!(
        metrics.backup_made_at().get(),
        (began.0 + 3 * 86_400_000 + 31 * 60_000) / 1_000
    );

    // After a failure, which leaves the others as they are, it is tried again an hour later.
    std::fs::remove_dir_all(directory.path().join("backups")).expect("it is removed");
    std::fs::write(directory.path().join("backups"), "in the way").expect("a file");
    at.store(began.0 + 5 * 86_400_000, Ordering::Relaxed);
    assert!(nightly.work().await.is_err());
    std::fs::remove_file(directory.path().join("backups")).expect("it is removed");
    let next = nightly.work().await.expect("a unit of work");
    assert_eq!(next, Next::After(Duration::from_secs(60)));
    at.fetch_add(3_600_000, Ordering::Relaxed);
    assert_eq!(nightly.work().await.expect("a unit of work"), Next::Again);
    store.close().await.expect("it closes");
}
