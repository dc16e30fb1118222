//! A data file that has grown: with `GANTRY_TEST_LONG`, 1,000,000 events and 100,000 dead letters, else a fiftieth of both.

use std::path::Path;
use std::sync::Arc;

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, CallEnd, Settlement};
use gantry::model::event::{EventDraft, EventId, Fingerprint, Pattern, Priority, Route};
use gantry::model::ids::{DestinationName, EventType, IdempotencyKey, Source};
use gantry::model::lane::Lesson;
use gantry::store::{Options, Store};

/// One event in so many is refused, by both destinations.
const DYING: u64 = 20;
/// Events that are recorded in one transaction.
const AT_ONCE: u64 = 1_000;
const LEASE_MS: i64 = 600_000;
const DESTINATIONS: [&str; 2] = ["crm", "newsletter"];

#[expect(
    clippy::disallowed_methods,
    reason = "how large tests are is asked for outside of the configuration"
)]
fn events() -> u64 {
    match std::env::var_os("GANTRY_TEST_LONG") {
        Some(_) => 1_000_000,
        None => 20_000,
    }
}

/// Writes the events and lets a part of their deliveries die, by the store's own verbs.
pub(crate) async fn grow(path: &Path) {
    let store = Store::open(path, &Options::default(), Clock::System).expect("a store");
    let names = DESTINATIONS.map(|name| DestinationName::parse(name).expect("a name"));
    store.know_destinations(names.to_vec()).await.expect("known");
    let routes = Arc::new(vec![Route {
        kind: Pattern::Exact("LEAD_CAPTURE".into()),
        source: Pattern::Any,
        to: names.to_vec(),
    }]);
    for next in (0..events()).step_by(usize::try_from(AT_ONCE).expect("a number")) {
        let drafts = (next..next + AT_ONCE).map(event).collect();
        let recorded = store.record_events(drafts, Arc::clone(&routes)).await;
        recorded.expect("durable events");
    }
    for destination in store.destinations() {
        loop {
            let claim = store.claim(destination.number, 1_000, LEASE_MS).await;
            let taken = claim.expect("a claim").taken;
            if taken.is_empty() {
                break;
            }
            let died = taken.iter().enumerate();
            let settled =
                died.map(|(n, claimed)| (claimed.id, refusal(claimed.attempt, n), Settlement::Dead));
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
}

fn event(n: u64) -> EventDraft {
    // Scrambled, so that neighbours in time are not neighbours in the order of keys.
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

/// Why one was refused: for several reasons, some of them with a number of its own.
fn refusal(number: u32, nth: usize) -> Attempt {
    let (class, status, excerpt) = match nth % 4 {
        0 => (AttemptClass::Refused, Some(422), "no such address".to_owned()),
        1 => (AttemptClass::Refused, Some(400), format!("row {nth} is unknown")),
        2 => (AttemptClass::ServerError, Some(503), "unavailable".to_owned()),
        _ => (AttemptClass::Network, None, "the connection was reset".to_owned()),
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

/// The configuration that goes with it: nobody listens where these destinations are.
pub(crate) fn config() -> String {
    let to = DESTINATIONS
        .map(|name| format!("[[destination]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/hook\"\n"));
    to.concat() + "[[route]]\ntype = \"LEAD_CAPTURE\"\nto = [\"crm\", \"newsletter\"]\n"
}
