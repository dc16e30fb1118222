//! Backups: a snapshot taken while the store goes on, which is whole, restores, and refuses to overwrite.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gantry::clock::Clock;
use gantry::model::ids::PollId;
use gantry::model::time::Millis;
use gantry::store::{BackupError, Inspection, Options, Store};

use super::events::{draft as event, name, routes};
use super::ground::{ballot, draft};

const NOW: Millis = Millis(1_796_112_000_000);

async fn filled(path: &Path) -> Store {
    let store = Store::open(path, &Options::default(), Clock::System).unwrap();
    store.create_poll(draft("best")).await.unwrap();
    store
        .know_destinations(vec![name("crm"), name("log")])
        .await
        .unwrap();
    for user in 0..200 {
        store
            .cast_vote(ballot("best", "a", &format!("u{user}"), "k"))
            .await
            .unwrap();
    }
    let events = (1..100).map(event).collect();
    store.record_events(events, routes()).await.unwrap();
    store
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_holds_what_was_answered_before_it_and_the_store_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory.path().join("gantry.redb")).await;
    let stop = Arc::new(AtomicBool::new(false));
    let (voting, stopped) = (store.clone(), Arc::clone(&stop));
    let votes = tokio::spawn(async move {
        let mut more = 0_u64;
        while !stopped.load(Ordering::Relaxed) {
            let user = format!("more-{more}");
            voting.cast_vote(ballot("best", "b", &user, "k")).await.unwrap();
            more += 1;
        }
        more
    });
    for round in 0..5 {
        let held = store.standing("best").unwrap().tally.total();
        let to = directory.path().join(format!("backup-{round}.redb"));
        let manifest = store.back_up(to.clone(), |_| true).await.unwrap();
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        let copy = Inspection::open(&to).unwrap();
        assert_eq!(copy.manifest().unwrap().as_ref(), Some(&manifest));
        copy.prove().unwrap();
        let restored = directory.path().join(format!("restored-{round}.redb"));
        copy.restore(&restored, NOW, &|_| true).unwrap();
        drop(copy);
        let again = Store::open(&restored, &Options::default(), Clock::System).unwrap();
        assert!(again.standing("best").unwrap().tally.total() >= held);
        assert!(again.verify().await.unwrap().is_clean());
        assert_eq!(again.delivery_paused_since(), Some(NOW));
        assert!(Inspection::open(&to).unwrap().manifest().unwrap().is_some());
        again.close().await.unwrap();
        assert!(Inspection::open(&restored).unwrap().manifest().unwrap().is_none());
    }
    stop.store(true, Ordering::Relaxed);
    let more = votes.await.unwrap();
    assert_eq!(store.standing("best").unwrap().tally.total(), 200 + more);
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_half_made_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory.path().join("gantry.redb")).await;
    let to = directory.path().join("backup.redb");
    fs::write(&to, "somebody's").unwrap();
    let refused = store.back_up(to.clone(), |_| true).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
    assert_eq!(fs::read(&to).unwrap(), b"somebody's");
    let called_off = store
        .back_up(directory.path().join("other.redb"), |_| false)
        .await;
    assert!(matches!(called_off, Err(BackupError::CalledOff)));
    let nowhere = store
        .back_up(directory.path().join("none/backup.redb"), |_| true)
        .await;
    assert!(matches!(nowhere, Err(BackupError::Io { .. })), "{nowhere:?}");
    assert_eq!(names(directory.path()), ["backup.redb", "gantry.redb"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory.path().join("gantry.redb")).await;
    let to = directory.path().join("backup.redb");
    store.back_up(to.clone(), |_| true).await.unwrap();
    store.close().await.unwrap();
    let whole = fs::read(&to).unwrap();
    let mut refused = 0;
    for round in 0..60 {
        let mut bytes = whole.clone();
        let page = (round * 7_919 + 4_096) % whole.len();
        bytes[page] ^= 1 << (round % 8);
        if round % 3 == 0 {
            bytes.truncate(whole.len() * (round + 3) / 64);
        }
        fs::write(&to, &bytes).unwrap();
        let restored = directory.path().join("restored.redb");
        let proved = Inspection::open(&to).and_then(|copy| copy.prove().map(|()| copy));
        match proved {
            Ok(copy) => {
                // The bit is of no page in use.
                copy.restore(&restored, NOW, &|_| true).unwrap();
                fs::remove_file(&restored).unwrap();
            }
            Err(error) => {
                assert_eq!(error.exit_code(), 65, "{error}");
                refused += 1;
            }
        }
        assert!(fs::read(&to).unwrap() == bytes, "reading has changed it");
    }
    assert!(refused >= 20, "{refused}");
    assert_eq!(names(directory.path()), ["backup.redb", "gantry.redb"]);
}

#[tokio::test]
async fn a_file_nobody_has_open_is_read_without_a_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gantry.redb");
    let store = filled(&path).await;
    let id = PollId::parse("best").unwrap();
    store.close_poll(id).await.unwrap();
    // As a kill leaves it: copied while it is open.
    let left = directory.path().join("left.redb");
    fs::copy(&path, &left).unwrap();
    assert_eq!(Inspection::open(&path).err().unwrap().exit_code(), 73);
    store.close().await.unwrap();
    for path in [path, left] {
        let before = fs::read(&path).unwrap();
        let file = Inspection::open(&path).unwrap();
        assert!(file.verify().unwrap().is_clean());
        let rows = file.rows().unwrap();
        assert!(rows.contains(&("events", 99)), "{rows:?}");
        drop(file);
        assert!(fs::read(&path).unwrap() == before);
    }
}
