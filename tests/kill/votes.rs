//! Under votes: nothing acknowledged is lost, nothing is counted twice, nothing is counted that nobody sent, and the
//! appliance is soon ready again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::ballots::{Ledger, vote_until_killed};
use crate::process::{self, Chance, Connection, Histogram, Server, Vote, grow, new_file, results, size};
use crate::{LIFE_MAX_MS, assert_clean_offline};

/// How many acknowledged votes are sent again at the end.
const SAMPLE: u64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_votes_it_loses_nothing_counts_nothing_twice_and_is_soon_ready() {
    process::raise_descriptors();
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let begun = Instant::now();
    let grown = grow(&data, size(64, 256) << 20, 0).await;
    let bytes = std::fs::metadata(&data).unwrap().len();
    println!("{grown} votes, {} MB, after {:?}", bytes >> 20, begun.elapsed());

    let ledger = Arc::new(Ledger::new(grown));
    let ready = Histogram::new();
    let kills = size(50, 1_000);
    let mut server = Server::start(&data);
    for kill in 1..=kills {
        let mut voters = JoinSet::new();
        for _ in 0..64 + chance.below(65) {
            voters.spawn(vote_until_killed(server.public, ledger.clone(), chance.split()));
        }
        sleep(Duration::from_micros(chance.below(LIFE_MAX_MS * 1_000))).await;
        server.kill();
        voters.join_all().await;
        if kill % 10 == 0 {
            assert_clean_offline(&data);
            server = Server::start(&data);
        } else {
            server = Server::start(&data);
            ready.record(server.ready_in);
        }
        ledger.check(&results(&server).await);
        server.assert_clean().await;
    }
    let unknown = ledger.unknown();
    println!(
        "{kills} kills, {} votes sent meanwhile, {} of them without an answer; ready again: {ready}",
        ledger.sent(),
        unknown.len()
    );

    let mut connection = Connection::open(server.public).await.unwrap();
    for vote in unknown {
        assert_eq!(vote.cast(&mut connection).await.unwrap().status, 202, "{vote:?}");
        ledger.acknowledge(vote);
    }
    for _ in 0..SAMPLE {
        let (vote, _) = ledger.any(&mut chance);
        let answer = vote.cast(&mut connection).await.unwrap();
        assert!(
            answer.status == 202 && answer.is_replayed(),
            "{vote:?}: {answer:?}"
        );
    }
    assert_eq!(results(&server).await, ledger.acknowledged());
    server.stop();
    assert_clean_offline(&data);
    let goal = Duration::from_secs(size(3, 1));
    assert!(ready.p99() <= goal, "ready again: {ready}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_answered_just_before_a_kill_is_known_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    for round in 0..size(10, 100) {
        let server = Server::start(&data);
        let vote = Vote(round);
        let answers = cast_together(&server, 200, |n| (vote, format!("key-{n}"))).await;
        let winner = answers.iter().position(|answer| answer.status == 202).unwrap();
        let refused = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!(refused, 199, "one user, 200 keys");
        server.kill();

        let server = Server::start(&data);
        let mut connection = Connection::open(server.public).await.unwrap();
        let key = format!("key-{winner}");
        let again = vote.cast_with_key(&mut connection, &key).await.unwrap();
        assert!(again.status == 202 && again.is_replayed(), "{again:?}");
        let other = vote.cast_with_key(&mut connection, "other").await.unwrap();
        assert_eq!(other.status, 409, "{other:?}");
        assert_eq!(results(&server).await.total, round + 1);
        server.kill();
    }
    assert_clean_offline(&data);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_two_hundred_times_counts_once_also_across_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    let server = Server::start(&data);
    let answers = cast_together(&server, 200, |_| (Vote(7), "one-key".into())).await;
    assert!(answers.iter().all(|answer| answer.status == 202), "{answers:?}");
    let replayed = answers.iter().filter(|answer| answer.is_replayed()).count();
    assert_eq!(replayed, 199);
    server.kill();

    let server = Server::start(&data);
    let answers = cast_together(&server, 200, |_| (Vote(7), "one-key".into())).await;
    let all_replayed = |answer: &process::Answer| answer.status == 202 && answer.is_replayed();
    assert!(answers.iter().all(all_replayed), "{answers:?}");
    assert_eq!(results(&server).await.total, 1);
    server.assert_clean().await;
    server.stop();
}

/// Many votes at once, each on a connection of its own; the answers in the votes' order.
async fn cast_together(
    server: &Server,
    count: usize,
    vote: impl Fn(usize) -> (Vote, String),
) -> Vec<process::Answer> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(Connection::open(server.public).await.unwrap());
    }
    let mut casting = JoinSet::new();
    for (number, mut connection) in open.into_iter().enumerate() {
        let (vote, key) = vote(number);
        casting.spawn(async move { (number, vote.cast_with_key(&mut connection, &key).await.unwrap()) });
    }
    let mut answers = casting.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
