//! Whatever happens to the database, the way there or Gantry itself while people vote and events come: in the end nothing is
//! missing and nothing is there that should not be.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gantry::clock::Clock;
use gantry::store::{Options, Store};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::process::{
    Chance, Connection, Server, Start, TOKEN, Vote, new_file, raise_descriptors, results, size,
};
use crate::stage::{COST, Stage, Way, event, is_current, settings};
use crate::tables::Tables;

/// The longest that anything may take to come right again.
const BOUND: Duration = Duration::from_secs(120);
/// Events to a batch.
const TOGETHER: u64 = 50;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The postmaster is killed, and started again.
    PostmasterKilled,
    /// The server ends, and is away for a while.
    Away,
    /// Every process of it stops where it stands, for a while.
    Stopped,
    /// A table has another name for a while.
    TableMissing,
    /// Gantry may not write for a while.
    Revoked,
    /// Its connections are cut.
    Cut,
    /// Gantry is killed.
    Killed,
}

const FAULTS: [Fault; 7] = [
    Fault::PostmasterKilled,
    Fault::Stopped,
    Fault::TableMissing,
    Fault::Killed,
    Fault::Revoked,
    Fault::Cut,
    Fault::Away,
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missing_and_nothing_added_whatever_fails() {
    whatever_fails(Way::Direct).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missing_and_nothing_added_whatever_fails_behind_pgbouncer() {
    whatever_fails(Way::Bounced).await;
}

async fn whatever_fails(way: Way) {
    raise_descriptors();
    let (events, votes, faults) = size((2_000, 4_000, 8), (100_000, 1_000_000, 50));
    let voters = size(8, 64);
    let mut chance = Chance::new();
    let mut stage = Stage::start(way).await;
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    configure(directory.path(), &stage);
    let mut server = start(&data);
    let made = server.admin("POST /api/postgres/init", "").await;
    assert_eq!(made.status, 200, "{made:?}");

    let begun = Instant::now();
    let load = Arc::new(Load::new(voters));
    for round in 0..faults {
        let fault = FAULTS[round % FAULTS.len()];
        let upto = |all: u64| all * (round as u64 + 1) / faults as u64;
        let clients = load.run(&server, (upto(events), upto(votes)));
        sleep(Duration::from_millis(chance.below(300))).await;
        server = happen(fault, (&mut stage, server, &data), &mut chance).await;
        clients.join_all().await;
        // What was cut off is sent again, under the same keys.
        load.run(&server, (upto(events), upto(votes))).join_all().await;
    }
    timeout(BOUND, settled(&server)).await.expect("it comes right");
    let status = server.admin("GET /api/postgres", "").await.json();
    let took = begun.elapsed().as_secs();
    println!("{way:?}: {faults} faults, {events} events, {votes} votes in {took} s; {status}");
    assert_eq!(results(&server).await.total, votes, "every vote is counted once");
    server.assert_clean().await;
    server.stop();

    // What a stop has written goes with the next start.
    let server = start(&data);
    timeout(BOUND, settled(&server)).await.expect("it comes right");
    server.stop();
    let store = Store::open(&data, &Options::default(), Clock::System).unwrap();
    let file = Tables::of_file(&store, Some(COST)).await;
    store.close().await.unwrap();
    assert_eq!(
        file.events.len() as u64,
        events,
        "every event that was sent is recorded"
    );
    file.assert_same(&Tables::of_database(&stage.database().await).await);
}

fn configure(directory: &Path, stage: &Stage) {
    let url = directory.join("url");
    std::fs::write(&url, stage.url()).unwrap();
    let toml = format!(
        "{}\n[export.postgres]\nurl = \"file:{}\"\nevery = \"100ms\"\n",
        settings(stage.receiver.at),
        url.display()
    );
    std::fs::write(directory.join("gantry.toml"), toml).unwrap();
}

fn start(data: &Path) -> Server {
    let started = Start::new(data).run();
    started.unwrap_or_else(|ended| panic!("it does not start: {ended:?}"))
}

async fn happen(
    fault: Fault,
    (stage, server, data): (&mut Stage, Server, &Path),
    chance: &mut Chance,
) -> Server {
    let a_while = Duration::from_millis(100 + chance.below(900));
    match fault {
        Fault::PostmasterKilled => stage.server.kill().await,
        Fault::Away => {
            stage.server.end();
            sleep(a_while).await;
            stage.server.start_again().await;
        }
        Fault::Stopped => {
            stage.server.stop();
            sleep(a_while).await;
            stage.server.go_on();
        }
        Fault::TableMissing => {
            let owner = stage.database().await;
            owner
                .run("ALTER TABLE marketing_events RENAME TO elsewhere")
                .await;
            sleep(a_while).await;
            owner
                .run("ALTER TABLE elsewhere RENAME TO marketing_events")
                .await;
        }
        Fault::Revoked => {
            let owner = stage.database().await;
            owner
                .run("REVOKE ALL ON marketing_events, poll_results FROM gantry")
                .await;
            sleep(a_while).await;
            owner
                .run("GRANT ALL ON marketing_events, poll_results TO gantry")
                .await;
        }
        Fault::Cut => {
            let owner = stage.database().await;
            for _ in 0..5 {
                owner
                    .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gantry'")
                    .await;
                sleep(a_while / 5).await;
            }
        }
        Fault::Killed => {
            server.kill();
            return start(data);
        }
    }
    server
}

/// What is sent, by numbers: whatever was not acknowledged is sent again.
struct Load {
    /// The first event that was not acknowledged.
    events: AtomicU64,
    /// Each voter has every so many votes: the first of them that was not acknowledged.
    votes: Vec<AtomicU64>,
}

impl Load {
    fn new(voters: u64) -> Self {
        Self {
            events: AtomicU64::new(0),
            votes: (0..voters).map(AtomicU64::new).collect(),
        }
    }

    /// Sends events and votes up to these numbers, until the server is gone.
    fn run(self: &Arc<Self>, server: &Server, (events, votes): (u64, u64)) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        let (admin, public) = (server.admin, server.public);
        let load = Arc::clone(self);
        clients.spawn(async move { drop(load.send(admin, events).await) });
        for voter in 0..self.votes.len() {
            let load = Arc::clone(self);
            clients.spawn(async move { drop(load.vote(public, (voter, votes)).await) });
        }
        clients
    }

    async fn send(&self, to: SocketAddr, upto: u64) -> io::Result<()> {
        let mut connection = Connection::open(to).await?;
        loop {
            let from = self.events.load(Ordering::Relaxed);
            let batch = from..(from + TOGETHER).min(upto);
            if batch.is_empty() {
                return Ok(());
            }
            let lines: String = batch
                .clone()
                .map(|number| format!("{}\n", fares(number)))
                .collect();
            let answer = connection.ask("POST /api/events/batch", TOKEN, &lines).await?;
            assert_eq!(answer.status, 200, "{answer:?}");
            self.events.store(batch.end, Ordering::Relaxed);
        }
    }

    async fn vote(&self, to: SocketAddr, (voter, upto): (usize, u64)) -> io::Result<()> {
        let mut connection = Connection::open(to).await?;
        let next = &self.votes[voter];
        loop {
            let number = next.load(Ordering::Relaxed);
            if number >= upto {
                return Ok(());
            }
            let answer = Vote(number).cast(&mut connection).await?;
            assert_eq!(answer.status, 202, "{answer:?}");
            next.store(number + self.votes.len() as u64, Ordering::Relaxed);
        }
    }
}

fn fares(number: u64) -> Value {
    event(if number % 8 == 3 { "busy" } else { "well" }, number)
}

/// Waits until every delivery has come to its end and all of it has gone.
async fn settled(server: &Server) {
    for open in ["PENDING", "LEASED", "RETRYING"] {
        let what = format!("GET /api/deliveries?status={open}&limit=1");
        while server.admin(&what, "").await.json()["items"] != Value::Array(Vec::new()) {
            sleep(Duration::from_millis(50)).await;
        }
    }
    loop {
        let status = server.admin("GET /api/postgres", "").await.json();
        if is_current(&status) {
            assert_eq!(status["setAside"], 0, "{status}");
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}
