//! The power cut, for real: whatever was under way, what is found is the old or the new, and whole.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gantry::clock::Clock;
use gantry::model::event::{EventDraft, EventId, Fingerprint, Priority};
use gantry::model::ids::{EventType, IdempotencyKey, Source};
use gantry::model::retention::Horizon;
use gantry::store::{Options, Store};
use redb::TableHandle;

use crate::ground::{Disk, Voters, assert_held, assert_whole, gantry};
use crate::process::{Chance, Connection, Server, grow, new_file, size};

/// How often each is cut.
fn times() -> u64 {
    size(20, 200)
}

fn spawn(arguments: &[&str], data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gantry"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .current_dir("/")
        .env("GANTRY_ADMIN_TOKEN", "gty_x")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

const SERVE: [&str; 5] = ["serve", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

/// Cuts the power `after` a command was begun, and ends what is left of it.
fn cut_after(disk: &Disk, mut child: Child, after: Duration) {
    std::thread::sleep(after);
    disk.cut();
    let _ = child.kill();
    child.wait().unwrap();
    disk.again();
}

/// Nothing but what is named stands in the directory, besides drafts and the socket, which the next start removes.
fn assert_names(directory: &Path, expected: &[&str]) {
    for entry in fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let draft = name.starts_with('.') && name.ends_with(".new");
        let known = expected.contains(&name.as_str()) || name == "lost+found" || name.ends_with(".sock");
        assert!(known || draft, "{name} is left");
    }
}

#[test]
fn a_first_start_leaves_no_file_or_a_whole_one() {
    let disk = Disk::new(200);
    let mut chance = Chance::new();
    let mut there = 0;
    for n in 0..times() {
        let data = disk.at("gantry.redb");
        // One at least is cut before it has begun: a fast machine has a file after a few milliseconds.
        let after = Duration::from_millis(if n == 0 { 0 } else { chance.below(60) });
        cut_after(&disk, spawn(&SERVE, &data), after);
        assert_names(data.parent().unwrap(), &["gantry.redb"]);
        if data.exists() {
            there += 1;
            assert_whole(&data);
        }
        for entry in fs::read_dir(data.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() || path.extension().is_some_and(|is| is == "sock") {
                fs::remove_file(path).unwrap();
            }
        }
    }
    println!("{there} of {} had a file", times());
    assert!((1..times()).contains(&there), "{there}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_that_were_acknowledged_are_there_after_it() {
    let disk = Disk::new(200);
    let data = disk.at("gantry.redb");
    new_file(&data).await;
    let mut chance = Chance::new();
    let (mut first, mut held, mut late) = (0, 0, (0, 0));
    for _ in 0..times() {
        let server = Server::start(&data);
        let voters = Voters::from(first, (server.public, 16, Duration::ZERO));
        tokio::time::sleep(Duration::from_millis(50 + chance.below(200))).await;
        // Where power is really cut, nobody hears of what comes after. Here the process goes on for a moment, and a sync
        // that the cut overtakes may be told that it succeeded: ext4 looks for an aborted journal before, not after.
        let cut_at = std::time::Instant::now();
        disk.cut();
        // It finds out by itself, at the next commit.
        let ended = tokio::task::spawn_blocking(move || server.ended()).await.unwrap();
        assert_eq!(ended.code(), Some(74), "{}", ended.said);
        first = voters.cast();
        let logs = voters.stop().await;
        disk.again();
        let server = Server::start(&data);
        let told = logs.iter().flat_map(|log| &log.acknowledged);
        let (before, after): (Vec<_>, Vec<_>) = told.partition(|(_, at)| *at < cut_at);
        held += assert_held(server.public, before.iter().map(|(vote, _)| *vote)).await;
        let mut connection = Connection::open(server.public).await.unwrap();
        for (vote, _) in after {
            let there = vote.cast(&mut connection).await.unwrap().is_replayed();
            late = (late.0 + 1, late.1 + u32::from(!there));
        }
        server.assert_clean().await;
        server.stop();
    }
    assert_whole(&data);
    println!("{held} acknowledged votes held over {} cuts", times());
    println!(
        "after it, {} were told yes, and {} of them were not there",
        late.0, late.1
    );
    assert!(held > 20 * times());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_or_a_restore_is_whole_or_not_there() {
    let disk = Disk::new(400);
    let (data, copy, restored) = (
        disk.at("gantry.redb"),
        disk.at("copy.redb"),
        disk.at("restored.redb"),
    );
    grow(&data, 0, 30_000).await;
    let mut chance = Chance::new();
    let mut there = [0; 2];
    // What each takes undisturbed.
    let begun = std::time::Instant::now();
    assert!(
        gantry(&["backup", copy.to_str().unwrap()], &data)
            .status
            .success()
    );
    let takes = u64::try_from(begun.elapsed().as_millis()).unwrap() + 20;
    let kept = disk.at("kept.redb");
    fs::rename(&copy, &kept).unwrap();
    fs::File::open(disk.at("")).unwrap().sync_all().unwrap();
    for round in 0..times() {
        let server = (round % 2 == 0).then(|| Server::start(&data));
        let backup = spawn(&["backup", copy.to_str().unwrap()], &data);
        cut_after_with(
            &disk,
            backup,
            (Duration::from_millis(chance.below(2 * takes)), server),
        );
        if copy.exists() {
            there[0] += 1;
            assert_whole(&copy);
            disk.remove(&copy);
        }
        let restore = spawn(&["restore", kept.to_str().unwrap(), "--yes"], &restored);
        cut_after(&disk, restore, Duration::from_millis(chance.below(2 * takes)));
        if restored.exists() {
            there[1] += 1;
            assert_whole(&restored);
            disk.remove(&restored);
        }
        assert_whole(&data);
        assert_whole(&kept);
        assert_names(data.parent().unwrap(), &["gantry.redb", "kept.redb"]);
        for entry in fs::read_dir(data.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|is| is == "new") {
                fs::remove_file(path).unwrap();
            }
        }
    }
    assert!(
        there.iter().all(|there| (1..times()).contains(there)),
        "{there:?}"
    );
    println!(
        "of {} each: {} backups and {} restored files were there",
        times(),
        there[0],
        there[1]
    );
}

fn cut_after_with(disk: &Disk, mut child: Child, (after, server): (Duration, Option<Server>)) {
    std::thread::sleep(after);
    disk.cut();
    let _ = child.kill();
    child.wait().unwrap();
    if let Some(server) = server {
        server.kill();
    }
    disk.again();
}

/// Event number `n`, which no route takes: it is done at once.
fn event(n: u64) -> EventDraft {
    EventDraft {
        id: EventId((u128::from(n) + 1) << 16),
        kind: EventType::parse("PAGE").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse(&format!("event-{n}")).unwrap(),
        payload: format!(r#"{{"n":{n}}}"#),
        fingerprint: Fingerprint([1; 32]),
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

/// Records, cuts and sweeps until the disk is gone: how many events were recorded for certain, and of the newest of them the
/// last, where it was too young to be swept however slow the disk was.
async fn sweep(store: Store, first: u64) -> (u64, Option<u64>) {
    let (mut next, mut young) = (first, None);
    loop {
        let begun = store.now();
        let recorded = store
            .record_events((next..next + 20).map(event).collect(), Arc::default())
            .await;
        if recorded.is_err() {
            return (next, young);
        }
        next += 20;
        let before = store.now().plus(-30);
        young = (before < begun).then_some(next - 1);
        let horizon = Horizon {
            events: Some(before),
            dead_letters: None,
        };
        let step = async {
            store.settle().await?;
            store.cut_journal(before, u64::MAX).await?;
            let (past, _) = store.past(horizon, 0).await?;
            store.sweep_events(past, horizon).await
        };
        if step.await.is_err() {
            return (next, young);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_takes_an_event_whole_or_not_at_all() {
    let disk = Disk::new(200);
    let data = disk.at("gantry.redb");
    let mut chance = Chance::new();
    let (mut next, mut swept, mut kept) = (0, 0, 0);
    for _ in 0..times() {
        let store = Store::open(&data, &Options::default(), Clock::System).unwrap();
        let sweeping = tokio::spawn(sweep(store.clone(), next));
        tokio::time::sleep(Duration::from_millis(60 + chance.below(120))).await;
        disk.cut();
        let (recorded, young) = sweeping.await.unwrap();
        drop(store);
        disk.again();
        assert_whole(&data);
        let store = Store::open(&data, &Options::default(), Clock::System).unwrap();
        let there = store
            .rows()
            .await
            .unwrap()
            .iter()
            .find(|(table, _)| *table == "events")
            .unwrap()
            .1;
        if let Some(young) = young {
            assert!(store.event(event(young).id).await.unwrap().is_some(), "{young}");
            kept += 1;
        }
        swept += recorded.saturating_sub(next).saturating_sub(there);
        // What was not known to be recorded may be there: the next round begins after it.
        next = recorded + 20;
        assert!(store.verify().await.unwrap().is_clean());
        store.close().await.unwrap();
    }
    println!(
        "{next} events recorded, {swept} and more swept, over {} cuts, the newest too young to go {kept} times",
        times()
    );
    assert!(swept > 0 && kept > 0);
}

#[tokio::test]
async fn an_upgrade_is_done_or_not_begun() {
    let disk = Disk::new(200);
    let made = tempfile::tempdir().unwrap();
    let old = made.path().join("old.redb");
    grow(&old, 0, 3_000).await;
    // As it was before there were checkpoints.
    let db = redb::Database::open(&old).unwrap();
    let txn = db.begin_write().unwrap();
    let table = txn
        .list_tables()
        .unwrap()
        .find(|table| table.name() == "checkpoint")
        .unwrap();
    txn.delete_table(table).unwrap();
    let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
    txn.open_table(meta)
        .unwrap()
        .insert("format", 2_u32.to_le_bytes().as_slice())
        .unwrap();
    txn.commit().unwrap();
    drop(db);
    let mut chance = Chance::new();
    let data = disk.at("gantry.redb");
    let mut begun = 0;
    for _ in 0..times() {
        fs::copy(&old, &data).unwrap();
        fs::File::open(&data).unwrap().sync_all().unwrap();
        fs::File::open(disk.at("")).unwrap().sync_all().unwrap();
        cut_after(
            &disk,
            spawn(&SERVE, &data),
            Duration::from_millis(chance.below(80)),
        );
        let kept = disk.at("gantry.redb.format-2");
        begun += u64::from(kept.exists());
        if kept.exists() {
            assert_whole(&kept);
        }
        assert_whole(&data);
        let server = Server::start(&data);
        assert_eq!(crate::process::results(&server).await.total, 3_000);
        server.stop();
        let _ = fs::remove_file(kept);
    }
    println!("{begun} of {} had begun", times());
}
