//! Which files are opened, which are refused, and that a refused one is as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gantry::clock::Clock;
use gantry::store::{OpenError, Options, Store};

use super::ground::{ballot, draft};

fn open(path: &Path) -> Result<Store, OpenError> {
    Store::open(path, &Options::default(), Clock::System)
}

fn refused(path: &Path) -> OpenError {
    open(path).err().expect("the file was opened")
}

/// A closed file with a poll and `votes` votes.
async fn made(directory: &Path, votes: usize) -> PathBuf {
    let path = directory.join("gantry.redb");
    let store = open(&path).unwrap();
    store.create_poll(draft("best")).await.unwrap();
    for user in 0..votes {
        store
            .cast_vote(ballot("best", "a", &format!("u{user}"), "k"))
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    path
}

#[tokio::test]
async fn a_new_file_is_private_and_keeps_what_it_was_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = made(directory.path(), 3).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "no draft is left beside it"
    );
    let store = open(&path).unwrap();
    assert_eq!(store.standing("best").unwrap().tally.counts, [3, 0, 0]);
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
}

#[tokio::test]
async fn foreign_empty_and_damaged_files_are_refused_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let whole = fs::read(made(directory.path(), 50).await).unwrap();
    let other = directory.path().join("other.redb");
    drop(redb::Database::create(&other).unwrap());
    let mut flipped = whole.clone();
    flipped[64..320].fill(0xa5);
    let cases: [(&str, Vec<u8>, u8, &str); 7] = [
        ("empty", Vec::new(), 65, "is empty"),
        (
            "text",
            b"hello, world\n".repeat(500),
            65,
            "is not a Gantry data file",
        ),
        (
            "sqlite",
            b"SQLite format 3\0".repeat(256),
            65,
            "is not a Gantry data file",
        ),
        (
            "somebody's redb",
            fs::read(&other).unwrap(),
            65,
            "is not a Gantry data file",
        ),
        ("cut short", whole[..whole.len() / 2].to_vec(), 65, "is damaged"),
        ("a header and no more", whole[..100].to_vec(), 65, "is damaged"),
        ("a header of noise", flipped, 65, "is damaged"),
    ];
    let path = directory.path().join("case.redb");
    for (name, bytes, code, says) in cases {
        fs::write(&path, &bytes).unwrap();
        let error = refused(&path);
        assert_eq!(error.exit_code(), code, "{name}: {error}");
        assert!(error.to_string().contains(says), "{name}: {error}");
        assert!(!error.to_string().contains('\n'), "{name}: {error}");
        assert!(fs::read(&path).unwrap() == bytes, "{name}: the file was changed");
    }
    let error = refused(directory.path());
    assert_eq!(error.exit_code(), 65, "a directory: {error}");
}

#[tokio::test]
async fn a_file_in_use_names_the_process_that_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = made(directory.path(), 1).await;
    let store = open(&path).unwrap();
    let error = refused(&path);
    assert_eq!(error.exit_code(), 73);
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    store.close().await.unwrap();
    open(&path).unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_newer_file_is_refused_unchanged() {
    const META: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
    let directory = tempfile::tempdir().unwrap();
    let path = made(directory.path(), 1).await;
    {
        let db = redb::Database::open(&path).unwrap();
        let txn = db.begin_write().unwrap();
        txn.open_table(META)
            .unwrap()
            .insert("format", 99_u32.to_le_bytes().as_slice())
            .unwrap();
        txn.commit().unwrap();
    }
    let before = fs::read(&path).unwrap();
    let error = refused(&path);
    assert_eq!(error.exit_code(), 65);
    assert!(error.to_string().contains("install a newer Gantry"), "{error}");
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_missing_file_is_not_made_unless_asked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none.redb");
    let options = Options {
        create: false,
        ..Options::default()
    };
    let error = Store::open(&path, &options, Clock::System).err().unwrap();
    assert_eq!(error.exit_code(), 66);
    assert!(!path.exists());
}

#[test]
fn of_twenty_starts_on_no_file_at_once_one_makes_it_and_the_rest_find_it_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gantry.redb");
    let starts: Vec<_> = (0..20)
        .map(|_| {
            std::thread::spawn({
                let path = path.clone();
                move || open(&path)
            })
        })
        .collect();
    let results: Vec<_> = starts.into_iter().map(|s| s.join().unwrap()).collect();
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .filter_map(|r| r.as_ref().err())
            .all(|e| e.exit_code() == 73)
    );
}
