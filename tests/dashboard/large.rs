//! A data file that has grown: 1,000,000 events, 100,000 dead letters. (A fiftieth of it, where `GANTRY_TEST_LONG` is not set.)

use std::path::Path;
use std::sync::Arc;

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, CallEnd, Settlement};
use gantry::model::event::{EventDraft, EventId, Fingerprint, Pattern, Priority, Route};
use gantry::model::ids::{DestinationName, EventType, IdempotencyKey, Source};
use gantry::model::lane::Lesson;
use gantry::store::{Options, Store};
use serde_json::Value;

use crate::desk::Desk;
use crate::pages::every;
use crate::support::Appliance;
use crate::support::http::soon;

/// One event in so many is refused, by both destinations.
const DYING: u64 = 20;
/// Events that are recorded in one transaction.
const AT_ONCE: u64 = 1_000;
const LEASE_MS: i64 = 600_000;
/// From a page's first question to the API until it is whole: the most it may take on a machine that does other things
/// besides, in milliseconds. What was measured is printed; on two quiet cores it is below 300.
const USABLE_MS: f64 = 3_000.0;
const DESTINATIONS: [&str; 2] = ["crm", "newsletter"];

fn events() -> u64 {
    match std::env::var_os("GANTRY_TEST_LONG") {
        Some(_) => 1_000_000,
        None => 20_000,
    }
}

#[tokio::test]
async fn every_page_is_usable_at_once_over_a_file_that_has_grown() {
    let directory = tempfile::tempdir().expect("a directory");
    grow(&directory.path().join("gantry.redb")).await;
    let appliance = Appliance::build()
        .config(&config())
        .directory(directory)
        .start()
        .await;
    let dead = appliance
        .admin
        .get("/api/deliveries?status=DEAD&limit=1")
        .await
        .json();
    let event = dead["items"][0]["eventId"].as_str().expect("a dead letter");
    appliance.open_poll("first").await;

    let desk = Desk::of(&appliance).await;
    let mut slow = Vec::new();
    let mut note = |path: &str, took: Value| {
        let Some(took) = took.as_f64() else { return };
        println!("{path:<60} {took:>7.0} ms");
        if took > USABLE_MS {
            slow.push(format!("{path}: {took:.0} ms"));
        }
    };
    let took = "return trial.took()";
    for page in every("first", event, "crm") {
        desk.open(&page.path).await;
        note(&page.path, desk.run(took, vec![]).await);
    }
    for path in [
        "/events?status=FAILED",
        "/events?type=CONTENT_PUBLISH",
        "/events?q=0000000000000007",
        "/events?q=nothing-is-called-so",
    ] {
        desk.open(path).await;
        note(path, desk.run(took, vec![]).await);
    }
    assert_eq!(slow, [""; 0]);

    // Its lists page: what follows is asked for and comes.
    desk.open("/events").await;
    let first = desk.run(SHOWN, vec![]).await;
    desk.press("^(show|load)? ?(more|older|next)").await;
    soon(async {
        while desk.run(SHOWN, vec![]).await == first {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    desk.assert_quiet("lists");
}

/// What a list shows.
const SHOWN: &str =
    "return [...document.querySelectorAll('main tbody tr, main li')].map((row) => row.textContent)";

/// Writes the events and lets a part of their deliveries die, by the store's own verbs.
async fn grow(path: &Path) {
    let begun = std::time::Instant::now();
    let store = Store::open(path, &Options::default(), Clock::System).expect("a store");
    let names = DESTINATIONS.map(|name| DestinationName::parse(name).expect("a name"));
    store.know_destinations(names.to_vec()).await.expect("known");
    let routes = Arc::new(vec![Route {
        kind: Pattern::Exact("LEAD_CAPTURE".into()),
        source: Pattern::Any,
        to: names.to_vec(),
    }]);
    let mut next = 0;
    while next < events() {
        let drafts = (next..next + AT_ONCE).map(event).collect();
        store
            .record_events(drafts, Arc::clone(&routes))
            .await
            .expect("durable events");
        next += AT_ONCE;
    }
    for destination in store.destinations() {
        loop {
            let claim = store
                .claim(destination.number, 1_000, LEASE_MS)
                .await
                .expect("a claim");
            if claim.taken.is_empty() {
                break;
            }
            let settled = claim.taken.iter().map(|claimed| {
                let attempt = refusal(
                    claimed.attempt,
                    u64::try_from(claimed.id.0 >> 16 & 0xffff_ffff).expect("masked"),
                );
                (claimed.id, attempt, Settlement::Dead)
            });
            let end = CallEnd {
                settled: settled.collect(),
                unsent: Vec::new(),
                lesson: Lesson::default(),
            };
            store.settle_call(end).await.expect("durable settlements");
        }
    }
    store.settle().await.expect("folded");
    store.close().await.expect("closed");
    println!("{} events in {:.1?}", events(), begun.elapsed());
}

fn event(n: u64) -> EventDraft {
    // Scrambled, so that neighbours in time are not neighbours in key order.
    let key = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (kind, source) = match n % DYING {
        0 => ("LEAD_CAPTURE", "landing-page"),
        1..=9 => ("CONTENT_PUBLISH", "editor"),
        _ => ("CAMPAIGN_TRIGGER", "schedule"),
    };
    EventDraft {
        id: EventId::new(Clock::System.now(), key.to_be_bytes()),
        kind: EventType::parse(kind).expect("a type"),
        source: Source::parse(source).expect("a source"),
        key: IdempotencyKey::parse(&format!("{n:016x}")).expect("a key"),
        payload: format!(r#"{{"email":"{key:016x}@example.com","name":"Ada Lovelace","campaign":"launch"}}"#),
        fingerprint: Fingerprint([7; 32]),
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

/// Why it was refused: one of several reasons, with a word of its own in some.
fn refusal(number: u32, chance: u64) -> Attempt {
    let (class, status, excerpt) = match chance % 5 {
        0 => (
            AttemptClass::Refused,
            Some(422),
            "{\"error\":\"no such address\"}".to_owned(),
        ),
        1 => (
            AttemptClass::Refused,
            Some(400),
            format!("{{\"error\":\"row {chance} is unknown\"}}"),
        ),
        2 => (
            AttemptClass::ServerError,
            Some(503),
            "<h1>Service unavailable</h1>".to_owned(),
        ),
        3 => (AttemptClass::Network, None, "the connection was reset".to_owned()),
        _ => (AttemptClass::Refused, Some(410), "gone".to_owned()),
    };
    Attempt {
        number,
        at: Clock::System.now(),
        took_ms: 20,
        class,
        status,
        excerpt,
    }
}

fn config() -> String {
    let mut toml = String::new();
    for name in DESTINATIONS {
        toml.push_str(&format!(
            "[[destination]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/hook\"\n"
        ));
    }
    toml + "[[route]]\ntype = \"LEAD_CAPTURE\"\nto = [\"crm\", \"newsletter\"]\n"
}
