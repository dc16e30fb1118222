//! What votes cost in the store, beside the same bytes put bare into redb. Run with `cargo bench`.
//!
//! Every commit waits for the disk, on both sides, so the ratio within one run says what exactness costs over the bare
//! append; absolute figures say mostly how fast this disk syncs.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros make undocumented items; a bench fails by panicking"
)]

use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gantry::clock::Clock;
use gantry::model::ids::{IdempotencyKey, OptionId, PollId, UserId};
use gantry::model::poll::{Ballot, PollDraft, PollOption, VoterMode};
use gantry::store::{Options, Store};
use redb::{Database, TableDefinition};
use tokio::runtime::Runtime;

const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");
/// Votes in one group commit, as many clients at once would make it.
const BATCH: u64 = 128;
/// Votes in one generation of the fold.
const GENERATION: u64 = 20_000;

fn draft() -> PollDraft {
    let option = |id: &str| PollOption {
        id: OptionId::parse(id).expect("an id"),
        label: id.to_uppercase(),
    };
    PollDraft {
        id: PollId::parse("best").expect("an id"),
        question: "Which?".into(),
        options: vec![option("a"), option("b")],
        opens_at: None,
        closes_at: None,
        voter: VoterMode::Open,
        per_address: None,
    }
}

fn ballot(user: u64) -> Ballot {
    // Scrambled, so that neighbours in time are not neighbours in key order.
    let user = user.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Ballot {
        poll: PollId::parse("best").expect("an id"),
        option: OptionId::parse("a").expect("an id"),
        user: UserId::parse(&format!("user-{user:016x}")).expect("an id"),
        key: IdempotencyKey::parse(&format!("{user:016x}")).expect("an id"),
        client_time: None,
        address: None,
    }
}

fn store(runtime: &Runtime, directory: &Path) -> Store {
    let store =
        Store::open(&directory.join("gantry.redb"), &Options::default(), Clock::System).expect("a store");
    runtime.block_on(store.create_poll(draft())).expect("a poll");
    store
}

async fn vote(store: &Store, users: std::ops::Range<u64>) {
    let votes = users.map(|user| store.cast_vote(ballot(user)));
    for answer in futures_util::future::join_all(votes).await {
        answer.expect("a durable vote");
    }
}

fn votes(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let mut group = c.benchmark_group("vote, 128 at once, synced");
    group.throughput(Throughput::Elements(BATCH));

    let store = store(&runtime, directory.path());
    let mut next = 0;
    group.bench_function("gantry: checked, journaled, folded behind", |b| {
        b.iter(|| {
            runtime.block_on(vote(&store, next..next + BATCH));
            next += BATCH;
        });
    });

    let db = Database::create(directory.path().join("bare.redb")).expect("a database");
    let mut position = 0_u64;
    group.bench_function("bare redb: appended only", |b| {
        b.iter(|| {
            let txn = db.begin_write().expect("a transaction");
            {
                let mut journal = txn.open_table(JOURNAL).expect("a table");
                for _ in 0..BATCH {
                    journal
                        .insert(position, [7_u8; 64].as_slice())
                        .expect("an insert");
                    position += 1;
                }
            }
            txn.commit().expect("a commit");
        });
    });
    group.finish();
    runtime.block_on(store.close()).expect("closed");
}

fn fold(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(&runtime, directory.path());
    let mut group = c.benchmark_group("fold");
    group.throughput(Throughput::Elements(GENERATION)).sample_size(10);
    let mut next = 0;
    group.bench_function("20,000 votes into the tables", |b| {
        b.iter_batched(
            || {
                for _ in 0..GENERATION / 1_000 {
                    runtime.block_on(vote(&store, next..next + 1_000));
                    next += 1_000;
                }
            },
            |()| runtime.block_on(store.settle()).expect("folded"),
            BatchSize::PerIteration,
        );
    });
    group.finish();

    c.bench_function("tally: a poll's standing from memory", |b| {
        b.iter(|| store.standing("best").expect("a standing").tally.total());
    });
    let standing = store.standing("best").expect("a standing");
    c.bench_function("frame: a poll's results encoded for all clients", |b| {
        b.iter(|| gantry::polls::encode_frame(&standing, standing.tally.updated_at));
    });
    runtime.block_on(store.close()).expect("closed");
}

criterion_group!(benches, votes, fold);
criterion_main!(benches);
