//! Under votes and events, with a receiver that lives on: every acknowledged event arrives, under the one id it was
//! acknowledged with and not before its time; what had been taken comes again only where a kill cut off the word of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::asking::{settled, start};
use crate::ballots::{self, vote_until_killed};
use crate::process::{self, Chance, Connection, Histogram, Server, grow, results, size};
use crate::receiver::Receiver;
use crate::sources::{Ledger, Sources, number};
use crate::{LIFE_MAX_MS, assert_clean_offline, configure};

/// Calls under way at once.
const CONCURRENCY: u64 = 8;
/// So many send events at a time, and at least so many vote.
const SENDERS: u64 = 8;
const VOTERS: u64 = 16;
/// Votes in the file before the first kill.
const GROWN: u64 = 1_000;
/// The events that are asked for one by one at the end.
const SAMPLE: u64 = 200;
/// The most lines of a batch and of a page.
const TOGETHER: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_votes_and_events_it_delivers_each_under_its_one_id_and_loses_none() {
    process::raise_descriptors();
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let ballots = Arc::new(ballots::Ledger::new(grow(&data, 0, GROWN).await));
    let receiver = Arc::new(Receiver::start().await);
    let quick = format!(
        "concurrency = {CONCURRENCY}\nretry = {{ for = \"24h\", base = \"10ms\", cap = \"1s\", jitter = 0.4 }}"
    );
    configure(&data, receiver.at, &quick);

    let mut server = start(&data);
    let mut sources = Sources {
        to: server.public,
        key: new_key(&server).await,
        ledger: Arc::<Ledger>::default(),
        receiver: Arc::clone(&receiver),
    };
    let ready = Histogram::new();
    let kills = size(50, 1_000);
    for kill in 1..=kills {
        sources.to = server.public;
        let mut clients = JoinSet::new();
        for _ in 0..VOTERS + chance.below(VOTERS) {
            clients.spawn(vote_until_killed(server.public, ballots.clone(), chance.split()));
        }
        for _ in 0..SENDERS {
            clients.spawn(sources.clone().send_until_killed(chance.split()));
        }
        sleep(Duration::from_micros(chance.below(LIFE_MAX_MS * 1_000))).await;
        server.kill();
        clients.join_all().await;
        if kill % 10 == 0 {
            assert_clean_offline(&data);
            server = start(&data);
        } else {
            server = start(&data);
            ready.record(server.ready_in);
        }
        ballots.check(&results(&server).await);
        receiver.assert_right();
    }
    let (sent, unknown) = (sources.ledger.sent(), sources.ledger.unknown());
    println!(
        "{kills} kills, {} votes and {sent} events sent meanwhile, {} events without an answer; ready again: {ready}",
        ballots.sent(),
        unknown.len()
    );

    // What had no answer is there, or is taken in now; then each is there, and known.
    sources.to = server.public;
    send_again(&sources, &unknown).await;
    send_again(&sources, &(0..sent).collect::<Vec<_>>()).await;
    let crm = settled(&server, "crm").await;
    assert_eq!(crm["dead"], 0, "{crm}");
    assert_arrived(&sources, kills);
    assert_listed(&server, &sources).await;
    for _ in 0..SAMPLE {
        assert_told(&server, &sources, chance.below(sent)).await;
    }
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
    let goal = Duration::from_secs(3);
    assert!(ready.p99() <= goal, "ready again: {ready}");
}

async fn new_key(server: &Server) -> Arc<str> {
    let made = server
        .admin("POST /api/keys", r#"{"name":"sources","scope":"ingest"}"#)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["key"].as_str().unwrap().into()
}

async fn send_again(sources: &Sources, events: &[u64]) {
    let mut connection = Connection::open(sources.to).await.unwrap();
    for events in events.chunks(TOGETHER) {
        sources.send_batch(&mut connection, events).await.unwrap();
    }
}

/// Every event has arrived under the id that its source was told, and none before its time.
fn assert_arrived(sources: &Sources, kills: u64) {
    let Sources { ledger, receiver, .. } = sources;
    receiver.assert_right();
    let (requests, again) = receiver.requests();
    let at_most = kills * CONCURRENCY;
    println!("{requests} requests came; {again} were for what had been taken, of at most {at_most}");
    let mut lost = Vec::new();
    for number in 0..ledger.sent() {
        let known = ledger.known(number).unwrap();
        let Some(arrived) = receiver.arrived(number) else {
            lost.push(known);
            continue;
        };
        assert_eq!(arrived.event, known.id, "event {number}");
        let early = known.scheduled_at.0 - arrived.at.0;
        assert!(early <= 0, "event {number} came {early} ms early");
    }
    assert!(lost.is_empty(), "{} never came: {lost:?}", lost.len());
    assert_eq!(receiver.events() as u64, ledger.sent(), "nobody sent the others");
    assert!(again <= at_most, "{again} came again");
}

/// The list has every event once, done with, and no other.
async fn assert_listed(server: &Server, sources: &Sources) {
    let mut left: Vec<Option<String>> = (0..sources.ledger.sent())
        .map(|number| sources.ledger.known(number).map(|known| known.id))
        .collect();
    let mut cursor = String::new();
    loop {
        let what = format!("GET /api/events?limit={TOGETHER}{cursor}");
        let page = server.admin(&what, "").await.json();
        for item in page["items"].as_array().unwrap() {
            let number = item["idempotencyKey"].as_str().and_then(number).unwrap();
            let id = left[usize::try_from(number).unwrap()].take();
            assert_eq!(item["id"].as_str(), id.as_deref(), "{item}");
            assert_eq!(item["status"], "COMPLETED", "{item}");
        }
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    let left = left.iter().flatten().count();
    assert_eq!(left, 0, "{left} are not listed");
}

/// An event's own story says the same: one delivery, done, under the id that it came with.
async fn assert_told(server: &Server, sources: &Sources, number: u64) {
    let (known, arrived) = (sources.ledger.known(number), sources.receiver.arrived(number));
    let (known, arrived) = (known.unwrap(), arrived.unwrap());
    let story = server
        .admin(&format!("GET /api/events/{}", known.id), "")
        .await
        .json();
    let deliveries = story["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), 1, "{story}");
    assert_eq!(deliveries[0]["status"], "DELIVERED", "{story}");
    assert_eq!(deliveries[0]["id"], arrived.delivery.as_str(), "{story}");
}
