//! A small disk, filled up under load.

use std::fs;
use std::time::{Duration, Instant};

use crate::ground::{Disk, Voters, assert_held, assert_whole};
use crate::process::{Connection, Server, Start, new_file, results};

/// Waits until `seen`, five seconds at most: how long that was.
async fn within_five_seconds<F: Future<Output = bool>>(seen: impl Fn() -> F) -> Duration {
    let begun = Instant::now();
    while !seen().await {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "not within five seconds"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_refuses_votes_before_it_is_full_and_takes_them_again_when_there_is_room() {
    let disk = Disk::new(256);
    let data = disk.at("gantry.redb");
    new_file(&data).await;
    let server = Server::start(&data);
    // Some votes fit, and then the reserve is reached.
    let filler = disk.fill(68);
    let voters = Voters::start(server.public, 32, Duration::ZERO);
    let poll = format!("/api/polls/{}", crate::process::POLL);
    let mut reader = Connection::open(server.public).await.unwrap();
    let begun = Instant::now();
    let (mut refused_at, mut before) = (None, 0);
    while refused_at.is_none_or(|at: Instant| at.elapsed() < Duration::from_secs(2)) {
        assert!(begun.elapsed() < Duration::from_secs(90), "never refused");
        assert_eq!(reader.get(&poll).await.unwrap().status, 200, "reads go on");
        let status = server.admin("GET /api/status", "").await.json();
        if status["disk"]["state"] == "tight" && refused_at.is_none() {
            refused_at = Some(Instant::now());
            before = voters.cast();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(voters.cast() > before, "they are answered: 507");
    // A reader's stream is served, and the health of the process is as before.
    assert_eq!(reader.get("/healthz").await.unwrap().status, 200);
    assert_eq!(reader.get("/readyz").await.unwrap().status, 200);
    let counted = results(&server).await.total;

    // Still fuller: not even the reserve is left.
    let more = disk.at("more");
    let free = rustix::fs::statvfs(&data).unwrap();
    let bytes = (free.f_bavail * free.f_frsize).saturating_sub(6 << 20);
    let filled = std::process::Command::new("fallocate")
        .arg("-l")
        .arg(bytes.to_string())
        .arg(&more)
        .status()
        .unwrap();
    assert!(filled.success());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(reader.get(&poll).await.unwrap().status, 200);
    assert_eq!(results(&server).await.total, counted, "nothing is taken in");

    fs::remove_file(&more).unwrap();
    fs::remove_file(&filler).unwrap();
    let resumed = within_five_seconds(|| async { results(&server).await.total > counted }).await;
    let logs = voters.stop().await;
    let full: u64 = logs.iter().map(|log| log.full).sum();
    let unknown: usize = logs.iter().map(|log| log.unknown.len()).sum();
    assert!(full > 0 && unknown == 0, "{full} refused, {unknown} not answered");
    let acknowledged = logs
        .iter()
        .flat_map(|log| &log.acknowledged)
        .map(|(vote, _)| *vote);
    let all: Vec<_> = acknowledged.collect();
    println!(
        "{} acknowledged, {full} × 507, votes again after {resumed:?}",
        all.len()
    );

    // Killed while it is full, it starts, and answers reads.
    disk.fill(30);
    server.kill();
    let server = Start::new(&data).run().expect("it starts without room");
    assert_eq!(results(&server).await.total, all.len() as u64);
    let mut connection = Connection::open(server.public).await.unwrap();
    let refused = crate::process::Vote(u64::MAX >> 8)
        .cast(&mut connection)
        .await
        .unwrap();
    assert_eq!(refused.status, 507, "{refused:?}");
    assert!(refused.head.contains("retry-after: 30"), "{}", refused.head);
    fs::remove_file(disk.at("filler")).unwrap();
    assert_held(server.public, all.into_iter()).await;
    server.assert_clean().await;
    server.stop();
    assert_whole(&data);
}
