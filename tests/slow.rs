//! Connections that ask for nothing: silent ones, heads that drip, the beginning of an HTTP/2 preface. They end at
//! their deadline, and voters do not notice them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

mod process;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use process::{Connection, Histogram, Server, Vote, new_file};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

const SLOW: usize = 1_000;
/// Of four connections: the one that sends a byte a second, and the one that has said a version that is not ours.
const DRIP: usize = 1;
const FOREIGN: usize = 3;
const VOTERS: usize = 32;
/// A head must be whole within this time.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How much later than its deadline a connection may end on a busy machine, and how much earlier its client may believe
/// to have begun.
const LATE: Duration = Duration::from_secs(4);
const EARLY: Duration = Duration::from_millis(500);
/// How long voters are measured at a time.
const MEASURED: Duration = Duration::from_secs(5);
const PAIRS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_silent_and_foreign_connections_end_at_their_deadline_and_voters_do_not_notice() {
    process::raise_descriptors();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    let server = Server::start(&data);
    let next = Arc::new(AtomicU64::new(0));
    measure(server.public, &next).await; // Everything is warm after it.

    let closed = Arc::new(Histogram::new());
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        without.push(measure(server.public, &next).await);
        let mut slow = JoinSet::new();
        for number in 0..SLOW {
            let stream = TcpStream::connect(server.public).await.unwrap();
            slow.spawn(be_slow(stream, number, closed.clone()));
        }
        with.push(measure(server.public, &next).await);
        let gone = closed.count() - (SLOW * (with.len() - 1)) as u64;
        assert!(
            gone <= (SLOW / 4) as u64,
            "{gone} were gone while voters were measured"
        );
        slow.join_all().await;
    }
    println!("closed after: {closed}");
    println!("votes without them: {without:?}, with them: {with:?}");
    assert_eq!(closed.count(), (SLOW * PAIRS) as u64);
    let ratio = median(with).as_secs_f64() / median(without).as_secs_f64();
    println!("p99 with {SLOW} of them: {ratio:.2} times p99 without");
    assert!(ratio <= 3.0, "{ratio:.2}");
    server.assert_clean().await;
    server.stop();
}

/// Sends a part of a head at most, and waits for the end.
async fn be_slow(mut stream: TcpStream, number: usize, closed: Arc<Histogram>) {
    let begun = Instant::now();
    let sort = number % 4;
    let sent: &[u8] = match sort {
        0 => b"",
        DRIP => b"POST /api/vote HTTP/1.1\r\nHost: gantry\r\nX-Padding: ",
        2 => b"PRI * HT",
        _ => b"PRI * HTTP/2.0\r\n",
    };
    stream.write_all(sent).await.unwrap();
    let mut drip = interval(Duration::from_secs(1));
    let mut bytes = [0; 512];
    loop {
        tokio::select! {
            read = stream.read(&mut bytes) => match read {
                Ok(0) | Err(_) => break,
                // It may be told why.
                Ok(_) => {}
            },
            _ = drip.tick(), if sort == DRIP => {
                let _ = stream.write_all(b"x").await;
            }
        }
    }
    let took = begun.elapsed();
    // That a version is not ours may be seen before the head is whole.
    let in_time = sort == FOREIGN || took + EARLY >= HEAD_DEADLINE;
    assert!(
        in_time && took <= HEAD_DEADLINE + LATE,
        "connection {number} ended after {took:?}"
    );
    closed.record(took);
}

/// The p99 of votes, each connection sending one after the other.
async fn measure(to: SocketAddr, next: &Arc<AtomicU64>) -> Duration {
    let took = Arc::new(Histogram::new());
    let until = Instant::now() + MEASURED;
    let mut voting = JoinSet::new();
    for _ in 0..VOTERS {
        let (took, next) = (took.clone(), next.clone());
        voting.spawn(async move {
            let mut connection = Connection::open(to).await.unwrap();
            while Instant::now() < until {
                let vote = Vote(next.fetch_add(1, Ordering::Relaxed));
                let begun = Instant::now();
                let answer = vote.cast(&mut connection).await.unwrap();
                took.record(begun.elapsed());
                assert_eq!(answer.status, 202, "{answer:?}");
            }
        });
    }
    timeout(MEASURED * 4, voting.join_all())
        .await
        .expect("votes are answered");
    println!("{took}");
    took.p99()
}

fn median(mut of: Vec<Duration>) -> Duration {
    of.sort_unstable();
    of[of.len() / 2]
}
