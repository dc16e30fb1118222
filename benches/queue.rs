//! What the queue costs as it grows: to claim and settle a delivery with a thousand and with a million waiting, side by
//! side in one run. Run with `cargo bench --bench queue`.
//!
//! Every commit waits for the disk. The two queues take turns, so that what else goes on here strikes both; the ratio
//! of their medians is what the backlog costs. Said besides: how fast the million went in, how large the file is, what
//! is resident, and how long it takes to open it, after a clean stop and after a kill.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking, and says what it measured"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, DestinationNumber, Settlement};
use gantry::model::event::{EventDraft, EventId, Fingerprint, Pattern, Priority, Route};
use gantry::model::ids::{DestinationName, EventType, IdempotencyKey, Source};
use gantry::store::{Options, Store};

const CRM: DestinationNumber = DestinationNumber(0);
const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// Deliveries claimed at once: what a lane of the usual concurrency takes.
const AT_ONCE: usize = 8;
const ROUNDS: usize = 400;
/// Where the wall clock of the events begins; any would do.
const LEASE_MS: i64 = 600_000;

struct Queue {
    store: Store,
    path: PathBuf,
    next: u64,
    times: Vec<Duration>,
}

fn routes() -> Arc<Vec<Route>> {
    Arc::new(vec![Route {
        kind: Pattern::Any,
        source: Pattern::Any,
        to: vec![DestinationName::parse("crm").expect("a name")],
    }])
}

fn event(n: u64) -> EventDraft {
    // Scrambled, so that neighbours in time are not neighbours in key order.
    let key = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    EventDraft {
        id: EventId::new(Clock::System.now(), key.to_be_bytes()),
        kind: EventType::parse("LEAD_CAPTURE").expect("a type"),
        source: Source::parse("landing-page").expect("a source"),
        key: IdempotencyKey::parse(&format!("{key:016x}")).expect("a key"),
        payload: format!(
            r#"{{"email":"{key:016x}@example.com","name":"Ada Lovelace","campaign":"launch","consent":true}}"#
        ),
        fingerprint: Fingerprint([7; 32]),
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

impl Queue {
    async fn of(path: PathBuf, waiting: u64) -> Self {
        let store = open(&path);
        let crm = DestinationName::parse("crm").expect("a name");
        store
            .know_destinations(vec![crm])
            .await
            .expect("a known destination");
        let mut queue = Self {
            store,
            path,
            next: 0,
            times: Vec::new(),
        };
        while queue.next < waiting {
            queue.record(500).await;
        }
        queue
    }

    async fn record(&mut self, count: u64) {
        let drafts = (self.next..self.next + count).map(event).collect();
        self.next += count;
        self.store
            .record_events(drafts, routes())
            .await
            .expect("durable events");
    }

    /// Claims some, settles each, and puts as many in again, which is not timed.
    async fn turn(&mut self) {
        let begun = Instant::now();
        let claim = self.store.claim(CRM, AT_ONCE, LEASE_MS).await.expect("a claim");
        assert_eq!(claim.taken.len(), AT_ONCE);
        let settled = claim.taken.iter().map(|claimed| {
            let attempt = Attempt {
                number: claimed.attempt,
                at: claimed.due,
                took_ms: 20,
                class: AttemptClass::Success,
                status: Some(200),
                excerpt: "ok".into(),
            };
            self.store
                .settle_delivery(claimed.id, attempt, Settlement::Delivered)
        });
        for settled in futures_util::future::join_all(settled).await {
            assert!(settled.expect("a durable settlement"));
        }
        self.times.push(begun.elapsed());
        self.record(AT_ONCE as u64).await;
    }

    /// The median of a delivery, claimed and settled.
    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[times.len() / 2] / u32::try_from(AT_ONCE).expect("a few")
    }
}

fn open(path: &Path) -> Store {
    Store::open(path, &Options::default(), Clock::System).expect("a store")
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

fn mib(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len()) >> 20
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    runtime.block_on(measure(directory.path()));
}

async fn measure(directory: &Path) {
    let mut few = Queue::of(directory.join("few.redb"), FEW).await;
    let begun = Instant::now();
    let mut many = Queue::of(directory.join("many.redb"), MANY).await;
    let took = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a million")]
    let rate = MANY as f64 / took;
    println!(
        "{MANY} events in, 500 to a commit: {took:.1} s, {rate:.0}/s; file {} MiB; resident {} MiB",
        mib(&many.path),
        resident_mib()
    );
    for round in 0..ROUNDS {
        // Whoever goes first may find the disk busier.
        if round % 2 == 0 {
            few.turn().await;
            many.turn().await;
        } else {
            many.turn().await;
            few.turn().await;
        }
    }
    let (small, large) = (few.median(), many.median());
    println!(
        "claim and settle, {AT_ONCE} at once, medians of {ROUNDS}: {small:?} a delivery with {FEW} waiting, {large:?} with {MANY}; ratio {:.2}",
        large.as_secs_f64() / small.as_secs_f64()
    );
    few.store.close().await.expect("closed");
    many.store.settle().await.expect("folded");
    // As a kill would leave it: what is in the file now, without a word of goodbye.
    let killed = directory.join("killed.redb");
    std::fs::copy(&many.path, &killed).expect("a copy");
    many.store.close().await.expect("closed");
    for (what, path) in [("a clean stop", &many.path), ("a kill", &killed)] {
        let begun = Instant::now();
        let store = open(path);
        println!("opened after {what}: {:.0?}, {} MiB", begun.elapsed(), mib(path));
        store.close().await.expect("closed");
    }
}
