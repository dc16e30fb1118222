//! Faults of the file as a process meets them: a write that the kernel refuses, a file that another process has, files
//! that are not ours; and the exit codes that say so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

mod process;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use process::{Connection, Server, Start, Vote, new_file, option_of, results};
use tokio::task::JoinSet;

/// How much the file may still grow, in blocks of 512 bytes: the fault comes in the midst of votes.
const ROOM_BLOCKS: u64 = 4_096;
const VOTERS: u64 = 32;

/// What one connection's votes came to.
#[derive(Default)]
struct Log {
    acknowledged: Vec<Vote>,
    unknown: Vec<Vote>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_refused_write_nothing_is_acknowledged_and_what_was_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    let blocks = fs::metadata(&data).unwrap().len() / 512 + ROOM_BLOCKS;
    let server = Start::with_file_limit(&data, blocks).run().unwrap();

    let (next, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut voting = JoinSet::new();
    for _ in 0..VOTERS {
        voting.spawn(vote_until_it_fails(server.public, next.clone(), failed.clone()));
    }
    let logs = voting.join_all().await;
    let ended = server.ended();
    assert_eq!(ended.code(), Some(74), "{}", ended.said);
    assert!(ended.said.contains("the data file failed"), "{}", ended.said);
    let word = directory.path().join("gantry.redb.fault");
    assert!(
        fs::read_to_string(&word)
            .unwrap()
            .contains("the data file failed")
    );

    let server = Server::start(&data);
    assert!(!word.exists(), "the file was verified");
    server.assert_clean().await;
    let counted = results(&server).await;
    let (mut least, mut most) = ([0; 3], [0; 3]);
    for log in &logs {
        for vote in &log.acknowledged {
            least[option_of(vote.0)] += 1;
            most[option_of(vote.0)] += 1;
        }
        for vote in &log.unknown {
            most[option_of(vote.0)] += 1;
        }
    }
    println!("acknowledged {least:?}, at most {most:?}, counted {counted:?}");
    for option in 0..3 {
        let found = counted.by_option[option];
        assert!(
            (least[option]..=most[option]).contains(&found),
            "{counted:?}: {least:?} to {most:?}"
        );
    }
    let mut connection = Connection::open(server.public).await.unwrap();
    for vote in logs.iter().flat_map(|log| &log.acknowledged) {
        let answer = vote.cast(&mut connection).await.unwrap();
        assert!(
            answer.status == 202 && answer.is_replayed(),
            "{vote:?}: {answer:?}"
        );
    }
    for vote in logs.iter().flat_map(|log| &log.unknown) {
        assert_eq!(vote.cast(&mut connection).await.unwrap().status, 202);
    }
    assert_eq!(results(&server).await.by_option, most);
    server.stop();
}

/// Votes until an answer is not an acknowledgement, and then once more on a new connection. A vote that is sent after
/// anyone has seen the fault must not be acknowledged.
async fn vote_until_it_fails(to: std::net::SocketAddr, next: Arc<AtomicU64>, failed: Arc<AtomicBool>) -> Log {
    let mut log = Log::default();
    for _ in 0..2 {
        let Ok(mut connection) = Connection::open(to).await else {
            break;
        };
        loop {
            let vote = Vote(next.fetch_add(1, Ordering::SeqCst));
            let after_the_fault = failed.load(Ordering::SeqCst);
            match vote.cast(&mut connection).await {
                Ok(answer) if answer.status == 202 => {
                    assert!(!after_the_fault, "acknowledged after the fault: {answer:?}");
                    log.acknowledged.push(vote);
                    continue;
                }
                Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                Err(_) => {}
            }
            failed.store(true, Ordering::SeqCst);
            log.unknown.push(vote);
            break;
        }
    }
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_file_is_told_who_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let first = Server::start(&data);
    let refused = Start::new(&data).run().err().expect("the file is taken");
    assert_eq!(refused.code(), Some(73), "{}", refused.said);
    let named = format!("process {};", first.pid());
    assert!(refused.said.contains(&named), "{} names no {named}", refused.said);
    results_are_served(&first).await;
    first.stop();
}

async fn results_are_served(server: &Server) {
    let answer = server.admin("GET /api/polls", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_file_that_is_not_ours_is_refused_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let foreign = redb_like();
    let files: [&[u8]; 4] = [b"", b"dear diary\n", &[0; 8_192], &foreign];
    for bytes in files {
        fs::write(&data, bytes).unwrap();
        let refused = Start::new(&data).run().err().expect("it is not ours");
        assert_eq!(refused.code(), Some(65), "{}", refused.said);
        assert_eq!(refused.said.lines().count(), 1, "{}", refused.said);
        assert_eq!(fs::read(&data).unwrap(), bytes, "the file was changed");
    }
}

/// What begins like a file of ours and goes on otherwise.
fn redb_like() -> Vec<u8> {
    let mut bytes = b"redb\x1A\x0A\xA9\x0D\x0A".to_vec();
    bytes.resize(64 * 1024, 0x5a);
    bytes
}

#[test]
fn a_configuration_that_is_missing_or_wrong_has_its_own_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let config = directory.path().join("gantry.toml");
    let with = |config: &std::path::Path| {
        let refused = Start::new(&data).arg("--config").arg(config).run();
        refused.err().expect("this configuration cannot be used")
    };
    assert_eq!(with(&config).code(), Some(66));
    fs::write(&config, "[server]\npublik = \"127.0.0.1:0\"\n").unwrap();
    let refused = with(&config);
    assert_eq!(refused.code(), Some(78), "{}", refused.said);
    assert!(
        refused.said.contains("public"),
        "it names the nearest key: {}",
        refused.said
    );
    assert!(!data.exists(), "no data file was made");
}
