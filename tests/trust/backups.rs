//! Backups while strangers vote and events come in: each is whole, restores, and holds all that was answered before it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gantry::store::{Inspection, Options, Store};

use crate::ground::{Voters, assert_whole, gantry};
use crate::process::{Server, grow, size};

/// Sends events one after the other until told to stop; how many were accepted is in `accepted` as soon as they are.
async fn send(admin: std::net::SocketAddr, accepted: Arc<AtomicU64>, stop: Arc<AtomicBool>) {
    let mut connection = crate::process::Connection::open(admin).await.unwrap();
    while !stop.load(Ordering::SeqCst) {
        let n = accepted.load(Ordering::SeqCst);
        let body = format!(
            r#"{{"type":"LEAD_CAPTURE","source":"web","idempotencyKey":"event-{n}","payload":{{"n":{n}}}}}"#
        );
        let answer = connection
            .ask("POST /api/events", "token-of-the-process-tests", &body)
            .await
            .unwrap();
        assert_eq!(answer.status, 202, "{answer:?}");
        accepted.store(n + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

/// Restores `backup` as somebody would, and looks at what it holds: (votes, events).
async fn restored(backup: &Path, to: &Path) -> (u64, u64) {
    let done = gantry(&["restore", backup.to_str().unwrap(), "--yes"], to);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_whole(to);
    let rows = Inspection::open(to).unwrap().rows().unwrap();
    let events = rows.iter().find(|(table, _)| *table == "events").unwrap().1;
    let store = Store::open(to, &Options::default(), gantry::clock::Clock::System).unwrap();
    let votes = store.standing(crate::process::POLL).unwrap().tally.total();
    assert!(
        store.delivery_paused_since().is_some(),
        "nothing is sent before somebody says so"
    );
    store.close().await.unwrap();
    (votes, events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_backup_under_load_restores_with_all_that_was_acknowledged_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let before = grow(&data, 0, 20_000).await;
    let server = Server::start(&data);
    // About 1,000 votes and 200 events a second.
    let voters = Voters::from(before, (server.public, 16, Duration::from_millis(13)));
    let (accepted, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let sending = tokio::spawn(send(server.admin, Arc::clone(&accepted), Arc::clone(&stop)));
    let backups = size(12, 50);
    let mut begun = Vec::new();
    for n in 0..backups {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let events = accepted.load(Ordering::SeqCst);
        let to = directory.path().join(format!("backup-{n}.redb"));
        begun.push((Instant::now(), events, to.clone()));
        let data = data.clone();
        let done = tokio::task::spawn_blocking(move || gantry(&["backup", to.to_str().unwrap()], &data))
            .await
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    stop.store(true, Ordering::SeqCst);
    sending.await.unwrap();
    let sent = voters.cast();
    let logs = voters.stop().await;
    for (at, events, backup) in begun {
        let answered = logs
            .iter()
            .flat_map(|log| &log.acknowledged)
            .filter(|(_, when)| *when < at)
            .count();
        let to = directory.path().join("restored.redb");
        let (votes, held) = restored(&backup, &to).await;
        assert!(
            votes >= before + answered as u64,
            "{votes} of {before} + {answered}"
        );
        assert!(
            votes <= sent && held >= events && held <= accepted.load(Ordering::SeqCst),
            "{votes}, {held}"
        );
        fs::remove_file(&to).unwrap();
        fs::remove_file(&backup).unwrap();
    }
    let all: usize = logs.iter().map(|log| log.acknowledged.len()).sum();
    println!(
        "{backups} backups, each restored; {all} votes and {} events meanwhile",
        accepted.load(Ordering::SeqCst)
    );
    server.assert_clean().await;
    server.stop();
}

/// The 99th of a hundred, in microseconds.
fn p99(mut took: Vec<u64>) -> u64 {
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_during_a_backup_wait_little_longer_than_without() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let before = grow(&data, size(30, 200) << 20, 0).await;
    let server = Server::start(&data);
    let voters = Voters::from(before, (server.public, 16, Duration::from_millis(13)));
    let mut spans = Vec::new();
    for n in 0..size(3, 7) {
        let quiet = Instant::now();
        tokio::time::sleep(Duration::from_secs(size(1, 3))).await;
        let begun = Instant::now();
        let to = directory.path().join(format!("backup-{n}.redb"));
        let data = data.clone();
        let out = to.clone();
        let done = tokio::task::spawn_blocking(move || gantry(&["backup", out.to_str().unwrap()], &data))
            .await
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        spans.push((quiet, begun, Instant::now()));
        fs::remove_file(to).unwrap();
    }
    let logs = voters.stop().await;
    let of = |from: Instant, to: Instant| -> Vec<u64> {
        let all = logs.iter().flat_map(|log| &log.took);
        all.filter(|(at, _)| (from..to).contains(at))
            .map(|(_, took)| *took)
            .collect()
    };
    let mut ratios = Vec::new();
    for (quiet, begun, ended) in spans {
        let (without, with) = (p99(of(quiet, begun)), p99(of(begun, ended)));
        let took = ended - begun;
        println!("p99 {without} µs without, {with} µs during a backup of {took:?}");
        ratios.push(with as f64 / without as f64);
    }
    ratios.sort_by(f64::total_cmp);
    let size = fs::metadata(&data).unwrap().len() >> 20;
    println!(
        "{size} MiB: ratio {:.2}, from {:.2} to {:.2}",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_midst_leaves_nothing_half_made() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    grow(&data, 0, 30_000).await;
    let copy = directory.path().join("copy.redb");
    let mut chance = crate::process::Chance::new();
    let mut whole = 0;
    for round in 0..size(20_u64, 100) {
        let server = Server::start(&data);
        let mut backup = Command::new(env!("CARGO_BIN_EXE_gantry"));
        backup
            .arg("backup")
            .arg(&copy)
            .arg("--data")
            .arg(&data)
            .current_dir(directory.path());
        let mut child = backup
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(chance.below(1_000)));
        match round % 2 {
            0 => child.kill().unwrap(),
            _ => server.kill(),
        }
        child.wait().unwrap();
        if copy.exists() {
            whole += 1;
            assert_whole(&copy);
            fs::remove_file(&copy).unwrap();
        }
    }
    // The next start sweeps what is left beside the data file.
    Server::start(&data).stop();
    let names = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["gantry.redb"], "{whole} were whole");
    assert_whole(&data);
    println!("{whole} backups were done before the kill");
}
