//! Planted corruption: whatever `verify` claims to see is broken in a good file, and it must name it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use gantry::clock::Clock;
use gantry::model::audit::Act;
use gantry::model::delivery::{Attempt, AttemptClass, DestinationNumber, Ending, Settlement};
use gantry::model::event::EventDraft;
use gantry::model::funnel::{Bearer, Touches};
use gantry::model::ids::ScheduleName;
use gantry::model::key::{KeyHash, Scope};
use gantry::model::lane::breaker::BreakerPolicy;
use gantry::model::lane::window::Window;
use gantry::model::lane::{GroupName, Health, Lesson, Rules};
use gantry::model::launch::{Item, Said};
use gantry::model::repeat::{Asked, KeptAnswer, RepeatKey};
use gantry::model::replay::{ReplayDraft, ReplayFilter, Selection};
use gantry::model::schedule::Run;
use gantry::model::time::Millis;
use gantry::model::token::SealedToken;
use gantry::store::{Inspection, KeyCreated, Options, Store};
use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};

use super::events::{draft as event, name, routes};
use super::ground::{ballot, draft};
use super::replays::filter;
use super::{alerts, certificates, export, funnel, launch_steps, people, planted_funnel, spend, summaries};

type Bytes = &'static [u8];

const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("cursors");
const JOURNAL: TableDefinition<'_, u64, Bytes> = TableDefinition::new("journal");
const POLLS: TableDefinition<'_, u32, Bytes> = TableDefinition::new("polls");
const TALLIES: TableDefinition<'_, u32, Bytes> = TableDefinition::new("tallies");
const BALLOTS: TableDefinition<'_, (u32, u128), u64> = TableDefinition::new("ballots");
const VOTES: TableDefinition<'_, (u32, u64), Bytes> = TableDefinition::new("votes");
const VOIDS: TableDefinition<'_, (u32, u64), i64> = TableDefinition::new("voids");
const ADDRESSES: TableDefinition<'_, (u32, u64), u32> = TableDefinition::new("addresses");
const SERIES: TableDefinition<'_, (u16, u64), u64> = TableDefinition::new("series");
const EVENTS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("events");
const STATES: TableDefinition<'_, u64, Bytes> = TableDefinition::new("event_states");
const IDS: TableDefinition<'_, u128, u64> = TableDefinition::new("event_ids");
const KEYS: TableDefinition<'_, u128, u64> = TableDefinition::new("event_keys");
const DESTINATIONS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("destinations");
const DELIVERIES: TableDefinition<'_, (u64, u16), Bytes> = TableDefinition::new("deliveries");
const ATTEMPTS: TableDefinition<'_, (u64, u16, u32), Bytes> = TableDefinition::new("attempts");
const QUEUE: TableDefinition<'_, (u16, u8, i64, u64), ()> = TableDefinition::new("queue");
const LEASES: TableDefinition<'_, (u16, i64, u64), ()> = TableDefinition::new("leases");
const DEAD: TableDefinition<'_, (u16, i64, u64), ()> = TableDefinition::new("dead_letters");
const COUNTS: TableDefinition<'_, (u16, u8), u64> = TableDefinition::new("delivery_counts");
const BREAKERS: TableDefinition<'_, u16, Bytes> = TableDefinition::new("breakers");
const SLOTS: TableDefinition<'_, (&str, i64, u64, u16), ()> = TableDefinition::new("slots");
const REPLAYS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("replays");
const SCHEDULES: TableDefinition<'_, &str, Bytes> = TableDefinition::new("schedules");
const TOKENS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("tokens");
const CHECKPOINT: TableDefinition<'_, (u8, u32), Bytes> = TableDefinition::new("checkpoint");

/// Makes a run that was due at the last full minute.
async fn run_a_schedule(store: &Store) {
    let (digest, now) = (ScheduleName::parse("digest").unwrap(), store.now());
    let known = vec![(digest.clone(), 7)];
    store.know_schedules(known, now.plus(-120_000)).await.unwrap();
    let run = Run {
        at: Millis(now.0 / 60_000 * 60_000),
        made_at: now,
        event: None,
        missed: 0,
    };
    let draft = EventDraft {
        key: digest.key(run.at),
        ..event(9)
    };
    let fired = store.fire_schedule((digest, 7), run, (draft, routes())).await;
    assert!(fired.unwrap().is_some());
}

/// A closed file in which every table has rows, and some facts are in the checkpoint and some in the journal.
async fn good(path: &Path) {
    let store = Store::open(path, &Options::default(), Clock::System).unwrap();
    let capped = gantry::model::poll::PollDraft {
        per_address: std::num::NonZeroU32::new(100),
        ..draft("best")
    };
    store.create_poll(capped).await.unwrap();
    export::a_poll_goes(&store).await;
    store
        .know_destinations(vec![name("crm"), name("log")])
        .await
        .unwrap();
    let address = store.address_token("192.0.2.1".parse().unwrap());
    for user in 0..40 {
        let ballot = gantry::model::poll::Ballot {
            address: Some(address),
            ..ballot("best", "a", &format!("u{user}"), "k")
        };
        store.cast_vote(ballot).await.unwrap();
    }
    store.settle().await.unwrap();
    let number = store.standing("best").unwrap().poll.number;
    assert!(store.void_votes(number, &[5, 6, 7]).await.unwrap() > 0);
    let now = store.now().plus(1);
    assert!(!store.cut_journal(now, u64::MAX).await.unwrap());
    for user in 40..50 {
        store
            .cast_vote(ballot("best", "b", &format!("u{user}"), "k"))
            .await
            .unwrap();
    }
    store
        .record_events((1..=8).map(event).collect(), routes())
        .await
        .unwrap();
    run_a_schedule(&store).await;
    let rules = Rules {
        group: GroupName::alone("crm"),
        windows: vec![Window {
            count: std::num::NonZeroU32::new(300).unwrap(),
            per_ms: 900_000,
        }],
        quota: None,
        breaker: Some(BreakerPolicy {
            failures: 1,
            ..BreakerPolicy::default()
        }),
    };
    store.rule_lanes(vec![(name("crm"), rules)]).await.unwrap();
    let claim = store.claim(DestinationNumber(0), 3, 30_000).await.unwrap();
    let ends = [
        Settlement::Delivered,
        Settlement::Dead,
        Settlement::Retry(store.now().plus(3_600_000)),
    ];
    for (claimed, settlement) in claim.taken.iter().zip(ends) {
        let attempt = Attempt {
            number: 1,
            at: store.now(),
            took_ms: 1,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: "busy".into(),
        };
        let lesson = Lesson {
            health: Health::Ill("it answered 503".to_owned()),
            hold_until: Some(store.now().plus(60_000)),
            ..Lesson::default()
        };
        let ending = Ending { settlement, lesson };
        assert!(store.settle_delivery(claimed.id, attempt, ending).await.unwrap());
    }
    let replay = ReplayDraft {
        filter: ReplayFilter {
            from: Millis(0),
            to: Millis(i64::MAX),
            ..filter(Selection::Dead)
        },
        key: None,
        by: "a test".into(),
        expected: 1,
    };
    store.begin_replay(replay).await.unwrap();
    keep_a_token(&store).await;
    count_visits(&store).await;
    store
        .record_spend(vec![spend::entry(1, 5), spend::entry(2, 7)])
        .await
        .unwrap();
    let done = (Item::Queue, Said::Done);
    assert!(store.tell_launch_item(None, done, "a test".into()).await.unwrap());
    alerts::fire(&store).await;
    launch_steps::take(&store).await;
    certificates::hold(&store).await;
    ask_at_the_desk(&store).await;
    use_a_key(&store).await;
    store.record_series(7, vec![(1, 2.0)], 60).await.unwrap();
    store.settle().await.unwrap();
    store.close().await.unwrap();
}

/// One that is there, and one that is not, of which nothing is kept.
async fn use_a_key(store: &Store) {
    let (known, unknown) = (KeyHash([1; 32]), KeyHash([2; 32]));
    let made = store.create_key("ci".into(), Scope::Read, known).await.unwrap();
    assert_eq!(made, KeyCreated::New);
    let at = Millis(60_000);
    for uses in [vec![(known, at), (unknown, at)], vec![(known, Millis(0))]] {
        store.note_key_uses(uses).await.unwrap();
    }
    assert_eq!(store.key_uses().await.unwrap(), [(known, at)]);
}

/// Acts, a refusal, and answers that are kept for a repeat.
async fn ask_at_the_desk(store: &Store) {
    for outcome in [201, 404, 200, 401] {
        store.keep_act(act(outcome)).await.unwrap();
    }
    for key in 0..3 {
        let answer = KeptAnswer {
            status: 201,
            content_type: None,
            body: b"{}".to_vec(),
        };
        let asked = Asked::of("POST", "/api/polls", b"");
        store.keep_answer(RepeatKey(key), asked, answer).await.unwrap();
    }
}

fn act(outcome: u16) -> Act {
    Act {
        who: None,
        action: "POST /api/polls".to_owned(),
        target: None,
        outcome: Some(outcome),
        from: None,
        times: 1,
    }
}

/// A window of visits with a visitor's touches, and a conversion of theirs.
async fn count_visits(store: &Store) {
    store.know_goals(funnel::goals()).await.unwrap();
    let now = store.now();
    store.keep_salts(vec![(funnel::day(now), [7; 16])]).await.unwrap();
    let anna = funnel::visitor(1, now);
    let window = gantry::model::funnel::Window {
        touches: vec![(anna, Touches::of(funnel::touch(now, "google")))],
        ..funnel::window(now, &[("google", 3), ("x", 1)])
    };
    store.record_window(Some(window)).await.unwrap();
    let bearer = Bearer {
        visitor: Some(anna),
        touches: None,
    };
    let draft = funnel::conversion("a", 5, bearer);
    store.convert(draft).await.unwrap();
    store.record_window(None).await.unwrap();
}

/// For a destination that is known, and one that is not.
async fn keep_a_token(store: &Store) {
    let token = SealedToken {
        nonce: [1; 12],
        sealed: vec![2; 40],
    };
    let of = [name("crm"), name("nobody")];
    let tokens = of.clone().map(|name| (name, token.clone()));
    store.keep_tokens(tokens.into()).await.unwrap();
    let kept = store.tokens(of.into()).await.unwrap();
    assert_eq!(kept, [(name("crm"), token)]);
}

/// The key and value of the first row.
macro_rules! first {
    ($txn:ident, $table:expr) => {{
        let table = $txn.open_table($table).unwrap();
        let (key, value) = table.first().unwrap().expect("a row");
        (key.value(), value.value().to_owned())
    }};
}

macro_rules! table {
    ($txn:ident, $table:expr) => {
        $txn.open_table($table).unwrap()
    };
}

/// Breaks something.
pub(crate) type Plant = fn(&WriteTransaction);

/// Each: what is broken, the check that must say so, and how.
const PLANTS: &[(&str, &str, Plant)] = &[
    ("a gap in the journal", "journal", |txn| {
        let (first, _) = first!(txn, JOURNAL);
        table!(txn, JOURNAL).remove(first + 2).unwrap();
    }),
    ("a fact that cannot be read", "journal", |txn| {
        let (first, mut fact) = first!(txn, JOURNAL);
        fact.push(0);
        table!(txn, JOURNAL).insert(first, fact.as_slice()).unwrap();
    }),
    ("a vote whose voter is not indexed", "votes", |txn| {
        let (voter, _) = first!(txn, BALLOTS);
        table!(txn, BALLOTS).remove(voter).unwrap();
    }),
    ("a voter without a vote", "voters", |txn| {
        table!(txn, BALLOTS).insert((1, 99), 77_777).unwrap();
    }),
    ("a voter who points to another's vote", "voters", |txn| {
        let (voter, position) = first!(txn, BALLOTS);
        table!(txn, BALLOTS).insert(voter, position + 1).unwrap();
    }),
    ("a counter off by one", "tallies", |txn| {
        let (number, mut row) = first!(txn, TALLIES);
        row[3] += 1;
        table!(txn, TALLIES).insert(number, row.as_slice()).unwrap();
    }),
    ("a tally without a poll", "polls", |txn| {
        let (_, row) = first!(txn, TALLIES);
        table!(txn, TALLIES).insert(4_000, row.as_slice()).unwrap();
    }),
    ("a poll with the number of the next", "polls", |txn| {
        table!(txn, CURSORS).insert("next_poll", 1).unwrap();
    }),
    ("two polls of one id", "polls", |txn| {
        let (_, mut row) = first!(txn, POLLS);
        row[2] = 0;
        table!(txn, POLLS).insert(0, row.as_slice()).unwrap();
        let (_, tally) = first!(txn, TALLIES);
        table!(txn, TALLIES).insert(0, tally.as_slice()).unwrap();
    }),
    ("a void without a vote", "voids", |txn| {
        table!(txn, VOIDS).insert((1, 77_777), 5).unwrap();
    }),
    ("an address with a vote too many", "addresses", |txn| {
        let (key, count) = {
            let table = table!(txn, ADDRESSES);
            let (key, count) = table.first().unwrap().unwrap();
            (key.value(), count.value())
        };
        table!(txn, ADDRESSES).insert(key, count + 1).unwrap();
    }),
    ("an address too many", "addresses", |txn| {
        table!(txn, ADDRESSES).insert((1, 3), 1).unwrap();
    }),
    ("a vote of the journal that is not in the tables", "fold", |txn| {
        let table = table!(txn, VOTES);
        let last = table.last().unwrap().unwrap().0.value();
        drop(table);
        table!(txn, VOTES).remove(last).unwrap();
    }),
    ("a fact altered", "fold", |txn| {
        let (position, mut fact) = first!(txn, JOURNAL);
        // The last letter of its key; two empty fields follow.
        let at = fact.len() - 3;
        fact[at] ^= 1;
        table!(txn, JOURNAL).insert(position, fact.as_slice()).unwrap();
    }),
    ("an event without its id", "events", |txn| {
        let id = table!(txn, IDS).first().unwrap().unwrap().0.value();
        table!(txn, IDS).remove(id).unwrap();
    }),
    ("an event without its state", "events", |txn| {
        let (position, _) = first!(txn, STATES);
        table!(txn, STATES).remove(position).unwrap();
    }),
    ("a state that counts an open delivery too many", "events", |txn| {
        let (position, mut row) = first!(txn, STATES);
        // Before the last field: its open and its dead deliveries, a byte each.
        let at = row.len() - 11;
        row[at] += 1;
        table!(txn, STATES).insert(position, row.as_slice()).unwrap();
    }),
    ("an id without an event", "event index", |txn| {
        table!(txn, IDS).insert(9, 77_777).unwrap();
    }),
    ("an id of another event", "event index", |txn| {
        let (id, position) = {
            let table = table!(txn, IDS);
            let (id, position) = table.first().unwrap().unwrap();
            (id.value(), position.value())
        };
        table!(txn, IDS).insert(id, position + 1).unwrap();
    }),
    ("a state without an event", "event index", |txn| {
        let (_, row) = first!(txn, STATES);
        table!(txn, STATES).insert(77_777, row.as_slice()).unwrap();
    }),
    ("an event whose key is free", "idempotency keys", |txn| {
        let key = table!(txn, KEYS).first().unwrap().unwrap().0.value();
        table!(txn, KEYS).remove(key).unwrap();
    }),
    ("a key without an event", "idempotency keys", |txn| {
        table!(txn, KEYS).insert(9, 77_777).unwrap();
    }),
    ("a recorded event that is gone", "event facts", |txn| {
        let (position, _) = first!(txn, EVENTS);
        table!(txn, EVENTS).remove(position).unwrap();
    }),
    ("a delivery that is gone", "event facts", |txn| {
        let (key, _) = first!(txn, DELIVERIES);
        table!(txn, DELIVERIES).remove(key).unwrap();
    }),
    ("a delivery that stands nowhere", "deliveries", |txn| {
        let place = table!(txn, QUEUE).first().unwrap().unwrap().0.value();
        table!(txn, QUEUE).remove(place).unwrap();
    }),
    ("a dead letter that stands nowhere", "deliveries", |txn| {
        let place = table!(txn, DEAD).first().unwrap().unwrap().0.value();
        table!(txn, DEAD).remove(place).unwrap();
    }),
    ("a delivery without an event", "deliveries", |txn| {
        let (_, row) = first!(txn, DELIVERIES);
        table!(txn, DELIVERIES)
            .insert((77_777, 0), row.as_slice())
            .unwrap();
    }),
    ("a place in the queue without a delivery", "queue", |txn| {
        table!(txn, QUEUE).insert((0, 4, 5, 77_777), ()).unwrap();
    }),
    ("a second place, of another rank", "queue", |txn| {
        let (to, rank, due, event) = table!(txn, QUEUE).first().unwrap().unwrap().0.value();
        table!(txn, QUEUE).insert((to, rank + 1, due, event), ()).unwrap();
    }),
    ("a place among dead letters without one", "queue", |txn| {
        table!(txn, DEAD).insert((0, 5, 77_777), ()).unwrap();
    }),
    ("a lease in a file that was closed", "leases", |txn| {
        table!(txn, LEASES).insert((0, 5, 77_777), ()).unwrap();
    }),
    ("an attempt without a delivery", "attempts", |txn| {
        let (_, row) = first!(txn, ATTEMPTS);
        table!(txn, ATTEMPTS)
            .insert((77_777, 0, 1), row.as_slice())
            .unwrap();
    }),
    ("an attempt that was never made", "attempts", |txn| {
        let ((event, to, _), row) = first!(txn, ATTEMPTS);
        table!(txn, ATTEMPTS)
            .insert((event, to, 50), row.as_slice())
            .unwrap();
    }),
    ("a count of deliveries off by one", "delivery counts", |txn| {
        let (key, count) = {
            let table = table!(txn, COUNTS);
            let (key, count) = table.first().unwrap().unwrap();
            (key.value(), count.value())
        };
        table!(txn, COUNTS).insert(key, count + 1).unwrap();
    }),
    ("two destinations of one number", "destinations", |txn| {
        let row = table!(txn, DESTINATIONS)
            .get("crm")
            .unwrap()
            .unwrap()
            .value()
            .to_vec();
        table!(txn, DESTINATIONS).insert("other", row.as_slice()).unwrap();
    }),
    ("a number that is no destination's", "destinations", |txn| {
        table!(txn, COUNTS).insert((9, 0), 0).unwrap();
    }),
    ("a cursor past the end", "cursors", |txn| {
        let last = table!(txn, JOURNAL).last().unwrap().unwrap().0.value();
        table!(txn, CURSORS).insert("fold", last + 9).unwrap();
    }),
    ("a sample that is no number", "series", |txn| {
        table!(txn, SERIES).insert((1, 8), f64::NAN.to_bits()).unwrap();
    }),
    ("a breaker of nobody", "lanes", |txn| {
        let (_, row) = first!(txn, BREAKERS);
        table!(txn, BREAKERS).insert(9, row.as_slice()).unwrap();
    }),
    ("a probe that is not leased", "lanes", |txn| {
        let (number, mut row) = first!(txn, BREAKERS);
        // In the place of the last field, which says that there is none: a delivery and an attempt.
        row.pop();
        row.extend([1, 8, 1]);
        table!(txn, BREAKERS).insert(number, row.as_slice()).unwrap();
    }),
    ("a slot of nobody", "lanes", |txn| {
        table!(txn, SLOTS)
            .insert(("destination/crm", 5, 1, 9), ())
            .unwrap();
    }),
    ("a token of nobody", "tokens", |txn| {
        let row = table!(txn, TOKENS)
            .get("crm")
            .unwrap()
            .expect("a row")
            .value()
            .to_owned();
        table!(txn, TOKENS).insert("nobody", row.as_slice()).unwrap();
    }),
    ("a replay that stands past its time", "replays", |txn| {
        let (number, mut row) = first!(txn, REPLAYS);
        // Before the last fields: two counts of a byte, and two instants of nine each.
        let at = row.len() - 21;
        row[at] = 250;
        table!(txn, REPLAYS).insert(number, row.as_slice()).unwrap();
    }),
    ("a replay of what is not recorded", "replays", |txn| {
        let (number, mut row) = first!(txn, REPLAYS);
        let at = row.len() - 22;
        row[at] = 250;
        table!(txn, REPLAYS).insert(number, row.as_slice()).unwrap();
    }),
    ("a schedule that nobody can read", "schedules", |txn| {
        table!(txn, SCHEDULES)
            .insert("digest", [151, 1].as_slice())
            .unwrap();
    }),
    ("a run that has another's event", "schedules", |txn| {
        let row = table!(txn, SCHEDULES)
            .get("digest")
            .unwrap()
            .unwrap()
            .value()
            .to_vec();
        let mut row = row;
        // The tag, a byte for the timetable, an instant of nine, and a byte before that of the run: hours away.
        row[17] ^= 1;
        table!(txn, SCHEDULES).insert("digest", row.as_slice()).unwrap();
    }),
    ("a checkpoint with a vote too many", "checkpoint", |txn| {
        let row = table!(txn, CHECKPOINT)
            .get((1, 1))
            .unwrap()
            .unwrap()
            .value()
            .to_vec();
        let mut row = row;
        row[3] += 1;
        table!(txn, CHECKPOINT).insert((1, 1), row.as_slice()).unwrap();
    }),
    ("a journal cut past its checkpoint", "checkpoint", |txn| {
        let (first, _) = first!(txn, JOURNAL);
        table!(txn, JOURNAL).remove(first).unwrap();
    }),
    ("an event less than the facts tell of", "checkpoint", |txn| {
        let (position, _) = first!(txn, EVENTS);
        table!(txn, EVENTS).remove(position).unwrap();
    }),
];

#[tokio::test]
async fn every_kind_of_corruption_is_reported_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("good.redb");
    good(&path).await;
    let control = Inspection::open(&path).unwrap().verify().unwrap();
    assert!(control.is_clean(), "{control:#?}");
    assert!(
        control
            .checks
            .iter()
            .all(|check| check.rows > 0 || check.name == "leases"),
        "{control:#?}"
    );

    let mut seen = HashSet::new();
    let mut missed = Vec::new();
    for (what, check, plant) in PLANTS
        .iter()
        .chain(planted_funnel::PLANTS)
        .chain(spend::PLANTS)
        .chain(people::PLANTS)
        .chain(summaries::PLANTS)
        .chain(alerts::PLANTS)
        .chain(launch_steps::PLANTS)
        .chain(certificates::PLANTS)
        .chain(export::PLANTS)
    {
        let broken = directory.path().join("broken.redb");
        fs::copy(&path, &broken).unwrap();
        let db = Database::open(&broken).unwrap();
        let txn = db.begin_write().unwrap();
        plant(&txn);
        txn.commit().unwrap();
        drop(db);
        let report = Inspection::open(&broken).and_then(|file| file.verify());
        let found = match &report {
            Ok(report) => report
                .checks
                .iter()
                .any(|found| found.name == *check && found.broken > 0 && !found.examples.is_empty()),
            // So broken that it is not even opened.
            Err(_) => *check == "journal",
        };
        if found {
            seen.insert(*check);
        } else {
            let names = report.map(|report| {
                let broken = report.checks.into_iter().filter(|check| check.broken > 0);
                broken
                    .map(|check| (check.name, check.examples))
                    .collect::<Vec<_>>()
            });
            missed.push(format!("{what}: {check} expected, {names:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let names: HashSet<&str> = control.checks.iter().map(|check| check.name).collect();
    let unbroken: Vec<_> = names
        .difference(&seen)
        .filter(|name| !["answers", "pages"].contains(name))
        .collect();
    assert!(unbroken.is_empty(), "no kind breaks {unbroken:?}");
    println!(
        "{} kinds of corruption, {} checks, each named",
        PLANTS.len() + planted_funnel::PLANTS.len() + spend::PLANTS.len() + people::PLANTS.len(),
        seen.len()
    );
}
