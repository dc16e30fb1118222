//! kill -9, again and again, while voters vote: nothing acknowledged is lost, nothing is counted twice, nothing is
//! counted that nobody sent, and the appliance is soon ready again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

mod process;

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use process::{
    Chance, Connection, Histogram, Results, Server, Vote, grow, new_file, option_of, results, size,
};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The longest that voters vote before a kill.
const LIFE_MAX_MS: u64 = 400;
/// How many acknowledged votes are sent again at the end.
const SAMPLE: u64 = 5_000;

/// What the clients know of each vote they sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Sent, and no answer came.
    Unknown,
    /// Answered with 202.
    Acknowledged,
}

/// The clients' own log.
struct Ledger {
    /// Voters below this number voted before the first kill.
    grown: u64,
    fates: Mutex<Vec<Fate>>,
}

impl Ledger {
    fn new(grown: u64) -> Self {
        Self {
            grown,
            fates: Mutex::default(),
        }
    }

    /// A voter who has not voted, and is now about to.
    fn next(&self) -> Vote {
        let mut fates = self.fates.lock().unwrap();
        fates.push(Fate::Unknown);
        Vote(self.grown + fates.len() as u64 - 1)
    }

    /// Someone who is about to vote, or has.
    fn any(&self, chance: &mut Chance) -> (Vote, Fate) {
        let voter = chance.below(self.grown + self.fates.lock().unwrap().len() as u64);
        (Vote(voter), self.fate(voter))
    }

    fn fate(&self, voter: u64) -> Fate {
        match voter.checked_sub(self.grown) {
            Some(index) => self.fates.lock().unwrap()[usize::try_from(index).unwrap()],
            None => Fate::Acknowledged,
        }
    }

    fn acknowledge(&self, vote: Vote) {
        if let Some(index) = vote.0.checked_sub(self.grown) {
            self.fates.lock().unwrap()[usize::try_from(index).unwrap()] = Fate::Acknowledged;
        }
    }

    fn unknown(&self) -> Vec<Vote> {
        let fates = self.fates.lock().unwrap();
        let voters = self.grown..;
        voters
            .zip(fates.iter())
            .filter(|(_, fate)| **fate == Fate::Unknown)
            .map(|(voter, _)| Vote(voter))
            .collect()
    }

    /// What must be counted at least: every vote that was acknowledged.
    fn acknowledged(&self) -> Results {
        let mut by_option = [0; 3];
        let all = self.grown + self.fates.lock().unwrap().len() as u64;
        for voter in (0..all).filter(|voter| self.fate(*voter) == Fate::Acknowledged) {
            by_option[option_of(voter)] += 1;
        }
        let total = by_option.iter().sum();
        Results { total, by_option }
    }

    /// Nothing acknowledged is missing, and nothing is there that was never sent.
    fn check(&self, counted: &Results) {
        let sure = self.acknowledged();
        let mut open = [0; 3];
        for vote in self.unknown() {
            open[option_of(vote.0)] += 1;
        }
        for ((least, found), open) in sure.by_option.iter().zip(counted.by_option).zip(open) {
            assert!(found >= *least, "lost: {found} of at least {least}");
            let most = least + open;
            assert!(found <= most, "double or phantom: {found} of at most {most}");
        }
    }
}

/// Votes until the server is gone: new voters, the same again, the same with another key, those without an answer.
async fn vote_until_killed(to: std::net::SocketAddr, ledger: Arc<Ledger>, mut chance: Chance) {
    let Ok(mut connection) = Connection::open(to).await else {
        return;
    };
    loop {
        let sort = chance.below(10);
        let (vote, fate) = match sort {
            0..7 => (ledger.next(), Fate::Unknown),
            _ => ledger.any(&mut chance),
        };
        let other_key = sort == 9 && fate == Fate::Acknowledged;
        let answered = match other_key {
            true => vote.cast_with_key(&mut connection, "another-key").await,
            false => vote.cast(&mut connection).await,
        };
        let Ok(answer) = answered else { return };
        if other_key {
            assert_eq!(answer.status, 409, "{vote:?} again: {answer:?}");
            continue;
        }
        assert_eq!(answer.status, 202, "{vote:?}: {answer:?}");
        if fate == Fate::Acknowledged {
            assert!(answer.is_replayed(), "{vote:?} counted twice: {answer:?}");
        }
        ledger.acknowledge(vote);
    }
}

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
        ledger.fates.lock().unwrap().len(),
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

fn assert_clean_offline(data: &std::path::Path) {
    let verified = Command::new(env!("CARGO_BIN_EXE_gantry"))
        .arg("verify")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{said}");
}
