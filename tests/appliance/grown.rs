//! A data file that has grown: every read of the dashboard is of a few rows, by index or within a bound, and not of the file. With
//! `GANTRY_TEST_LONG` there are 1,000,000 events and 100,000 dead letters in it, else a fiftieth of both.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, CallEnd, Settlement};
use gantry::model::event::{EventDraft, EventId, Fingerprint, Pattern, Priority, Route};
use gantry::model::ids::{DestinationName, EventType, IdempotencyKey, Source};
use gantry::model::lane::Lesson;
use gantry::store::{Options, Store};

use crate::support::Appliance;

/// One event in so many is refused, by both destinations.
const DYING: u64 = 20;
/// Events that are recorded in one transaction.
const AT_ONCE: u64 = 1_000;
const LEASE_MS: i64 = 600_000;
const DESTINATIONS: [&str; 2] = ["crm", "newsletter"];
const VOTES: u32 = 200;
/// How long a read may take where the tests of a whole suite run beside it. What was measured is printed; on two quiet cores it
/// is below 100 ms.
const READ_MAX: Duration = Duration::from_secs(2);

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_of_the_dashboard_is_quick_over_a_file_that_has_grown() {
    let directory = tempfile::tempdir().expect("a directory");
    grow(&directory.path().join("gantry.redb")).await;
    let appliance = Appliance::build()
        .config(&config())
        .directory(directory)
        .start()
        .await;
    appliance.open_poll("best").await;
    for n in 0..VOTES {
        let (user, key) = (format!("u-{n}"), format!("k-{n}"));
        appliance.vote("best", "a", (&user, &key)).await;
    }
    let dead = appliance.admin.get("/api/deliveries?status=DEAD&limit=1").await;
    let dead = dead.json()["items"][0].clone();
    let groups = appliance.admin.get("/api/deliveries/groups").await.json();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let (delivery, event) = (text(&dead["id"]), text(&dead["eventId"]));
    let group = text(&groups["items"][0]["id"]);
    let of_some = [
        format!("/api/events/{event}"),
        format!("/api/events?q={event}"),
        format!("/api/deliveries/{delivery}"),
        format!("/api/deliveries?status=DEAD&group={group}"),
    ];
    let mut slow = Vec::new();
    for path in READS.iter().copied().chain(of_some.iter().map(String::as_str)) {
        let mut took = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let answer = appliance.admin.get(path).await;
            took.push(begun.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        let first = took[0];
        took.sort_unstable();
        println!("{path:<70} first {first:>8.1?} median {:>8.1?}", took[2]);
        if took[2] > READ_MAX {
            slow.push(format!("{path}: {:?}", took[2]));
        }
    }
    assert_eq!(slow, [""; 0]);
}

/// What the pages ask for.
const READS: &[&str] = &[
    "/api/status",
    "/api/destinations",
    "/api/destinations/crm",
    "/api/launch",
    "/api/series?names=votes_accepted,http_requests,pages_hits,pages_requests",
    "/api/polls",
    "/api/polls/best",
    "/api/polls/best/timeline",
    "/api/polls/best/votes",
    "/api/events",
    "/api/events?limit=1000",
    "/api/events?status=FAILED",
    "/api/events?status=PENDING",
    "/api/events?type=LEAD_CAPTURE",
    "/api/events?type=LEAD_*",
    "/api/events?type=NOT_THERE",
    "/api/events?source=landing-page&status=COMPLETED",
    "/api/events?q=0000000000000007",
    "/api/events?q=nothing-is-called-so",
    "/api/events?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
    "/api/deliveries/groups",
    "/api/deliveries/groups?destination=crm",
    "/api/deliveries?status=DEAD",
    "/api/deliveries?status=DEAD&errorClass=5xx",
    "/api/deliveries?destination=newsletter",
    "/api/deliveries?destination=crm&status=PENDING",
    "/api/deliveries?status=RETRYING",
    "/api/replays",
    "/api/schedules",
    "/api/webhooks",
    "/api/pages",
    "/api/pages?sort=hits&limit=20",
    "/api/funnel?by=path&every=1d",
    "/api/funnel/apart",
    "/api/roi",
    "/api/spend",
    "/api/backups",
    "/api/keys",
    "/api/audit",
    "/metrics",
];

/// Writes the events and lets a part of their deliveries die, by the store's own verbs.
async fn grow(path: &Path) {
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

fn config() -> String {
    let to = DESTINATIONS
        .map(|name| format!("[[destination]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/hook\"\n"));
    to.concat() + "[[route]]\ntype = \"LEAD_CAPTURE\"\nto = [\"crm\", \"newsletter\"]\n"
}
