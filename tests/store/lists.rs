//! Lists of events and deliveries: every match once, in order, a page at a time; and what waits, counted.

use std::sync::{Arc, Mutex};

use gantry::clock::Clock;
use gantry::model::delivery::{
    Attempt, AttemptClass, Delivery, DeliveryCursor, DeliveryFilter, DestinationNumber, Settlement,
};
use gantry::model::event::{DeliveryStatus, EventFilter, EventStatus, Pattern};
use gantry::model::ids::EventType;
use gantry::model::page::PageRequest;
use gantry::model::time::Millis;
use gantry::store::{Changes, Options, Store};

use super::events::{draft, name, routes};
use super::ground::START;

const CRM: DestinationNumber = DestinationNumber(0);

/// A store of its own with `count` events to the CRM, recorded a second apart.
async fn ground(count: u8) -> (tempfile::TempDir, Store, Clock) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::simulated(START);
    let store = Store::open(
        &dir.path().join("gantry.redb"),
        &Options::default(),
        clock.clone(),
    )
    .unwrap();
    store
        .know_destinations(vec![name("crm"), name("log")])
        .await
        .unwrap();
    for n in 0..count {
        let mut event = draft(n);
        if n % 2 == 1 {
            event.kind = EventType::parse("BOTH").unwrap();
        }
        store.record_events(vec![event], routes()).await.unwrap();
        advance(&clock, 1_000);
    }
    (dir, store, clock)
}

fn advance(clock: &Clock, ms: i64) {
    let Clock::Simulated(at) = clock else {
        panic!("not simulated")
    };
    at.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
}

/// The numbers of the events that match, by pages of `limit`.
async fn listed(store: &Store, filter: &EventFilter, limit: usize) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .events(filter.clone(), PageRequest { limit, after })
            .await
            .unwrap();
        assert!(page.items.len() <= limit);
        all.extend(page.items.into_iter().map(|(event, _)| event.payload));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn numbers(range: impl Iterator<Item = u8>) -> Vec<String> {
    range.map(|n| format!(r#"{{"n":{n}}}"#)).collect()
}

#[tokio::test]
async fn events_are_listed_newest_first_whatever_the_page() {
    let (_dir, store, _clock) = ground(10).await;
    for limit in [1, 3, 10, 50] {
        assert_eq!(
            listed(&store, &EventFilter::default(), limit).await,
            numbers((0..10).rev())
        );
    }
    let both = EventFilter {
        kind: Pattern::parse("BOTH"),
        ..EventFilter::default()
    };
    assert_eq!(
        listed(&store, &both, 2).await,
        numbers((0..10).rev().filter(|n| n % 2 == 1))
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_range_of_time_includes_its_beginning_and_not_its_end() {
    let (_dir, store, _clock) = ground(10).await;
    let at = |n: i64| Some(Millis(START.0 + n * 1_000));
    for (from, to, expected) in [
        (at(3), at(6), 3..6),
        (None, at(2), 0..2),
        (at(8), None, 8..10),
        (at(20), None, 0..0),
        (None, at(-5), 0..0),
    ] {
        let range = EventFilter {
            from,
            to,
            ..EventFilter::default()
        };
        assert_eq!(listed(&store, &range, 2).await, numbers(expected.rev()));
    }
    store.close().await.unwrap();
}

/// Of the first four deliveries to the CRM, the first and the third are dead, the second has arrived, the fourth is tried again.
async fn four_attempted(store: &Store, clock: &Clock) {
    let claim = store.claim(CRM, 4, 60_000).await.unwrap();
    for (claimed, settlement) in claim.taken.into_iter().zip([
        Settlement::Dead,
        Settlement::Delivered,
        Settlement::Dead,
        Settlement::Retry(Millis(START.0 + 99_000)),
    ]) {
        let attempt = Attempt {
            number: claimed.attempt,
            at: START,
            took_ms: 1,
            class: AttemptClass::Refused,
            status: Some(404),
            excerpt: "no".into(),
        };
        assert!(
            store
                .settle_delivery(claimed.id, attempt, settlement)
                .await
                .unwrap()
        );
        advance(clock, 10);
    }
}

/// The deliveries that match, by pages of one.
async fn found(store: &Store, filter: DeliveryFilter) -> Vec<Delivery> {
    let (mut all, mut after) = (Vec::new(), None::<DeliveryCursor>);
    loop {
        let page = store
            .deliveries(filter.clone(), PageRequest { limit: 1, after })
            .await
            .unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn of(status: DeliveryStatus) -> DeliveryFilter {
    DeliveryFilter {
        status: Some(status),
        ..DeliveryFilter::default()
    }
}

#[tokio::test]
async fn deliveries_are_found_by_status_destination_and_class_and_counted() {
    let (_dir, store, clock) = ground(6).await;
    four_attempted(&store, &clock).await;
    let find = async |filter| found(&store, filter).await;
    assert_eq!(find(DeliveryFilter::default()).await.len(), 9);
    let dead = find(of(DeliveryStatus::Dead)).await;
    let ids: Vec<_> = dead.iter().map(|d| d.id).collect();
    assert_eq!(ids, [draft(2).id.delivery(0), draft(0).id.delivery(0)]);
    assert_eq!(find(of(DeliveryStatus::Retrying)).await.len(), 1);
    let refused = DeliveryFilter {
        class: Some(AttemptClass::Refused),
        ..DeliveryFilter::default()
    };
    assert_eq!(find(refused).await.len(), 4);
    let to_log = DeliveryFilter {
        destination: Some(DestinationNumber(1)),
        ..DeliveryFilter::default()
    };
    assert_eq!(find(to_log.clone()).await.len(), 3);
    assert!(
        find(DeliveryFilter {
            status: Some(DeliveryStatus::Dead),
            ..to_log
        })
        .await
        .is_empty()
    );

    let backlog = store.backlog().await.unwrap();
    let of = |to: usize, status| backlog[to].of(status);
    assert_eq!(
        (
            of(0, DeliveryStatus::Dead),
            of(0, DeliveryStatus::Delivered),
            of(0, DeliveryStatus::Retrying)
        ),
        (2, 1, 1)
    );
    assert_eq!(
        (of(0, DeliveryStatus::Pending), of(1, DeliveryStatus::Pending)),
        (2, 3)
    );
    assert_eq!(
        backlog[0].oldest_due,
        Some(Millis(START.0 + 4_000)),
        "the fifth event"
    );
    let failed = EventFilter {
        status: Some(EventStatus::Failed),
        ..EventFilter::default()
    };
    assert_eq!(listed(&store, &failed, 10).await, numbers([2, 0].into_iter()));
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
}

#[tokio::test]
async fn deliveries_are_found_by_what_their_events_are() {
    let (_dir, store, clock) = ground(6).await;
    four_attempted(&store, &clock).await;
    let find = async |filter| found(&store, filter).await;
    let both = || DeliveryFilter {
        kind: Pattern::parse("BO*"),
        ..DeliveryFilter::default()
    };
    assert_eq!(find(both()).await.len(), 6);
    let from = Some(Millis(START.0 + 1_000));
    let to = Some(Millis(START.0 + 3_000));
    assert_eq!(find(DeliveryFilter { from, ..both() }).await.len(), 6);
    assert_eq!(find(DeliveryFilter { from, to, ..both() }).await.len(), 2);
    assert!(find(DeliveryFilter { to: from, ..both() }).await.is_empty());
    let elsewhere = Pattern::parse("app");
    assert!(
        find(DeliveryFilter {
            source: elsewhere,
            ..both()
        })
        .await
        .is_empty()
    );
    let dead_of_a_time = DeliveryFilter {
        from: Some(Millis(START.0 + 2_000)),
        to: Some(Millis(START.0 + 3_000)),
        ..of(DeliveryStatus::Dead)
    };
    let ids: Vec<_> = find(dead_of_a_time).await.iter().map(|d| d.id).collect();
    assert_eq!(ids, [draft(2).id.delivery(0)]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn pausing_everything_is_remembered_and_leaves_what_is_paused_by_itself() {
    let (dir, store, clock) = ground(0).await;
    store
        .pause_destination(name("crm"), Some("401".into()))
        .await
        .unwrap();
    store.pause_delivery(true).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = Store::open(&dir.path().join("gantry.redb"), &Options::default(), clock).unwrap();
    assert_eq!(store.delivery_paused_since(), Some(START));
    store.pause_delivery(false).await.unwrap();
    assert_eq!(store.delivery_paused_since(), None);
    let crm = store.destination(CRM).unwrap();
    assert_eq!(crm.paused.as_deref(), Some("401"));
    store.close().await.unwrap();
}

#[tokio::test]
async fn changes_are_told_even_if_nobody_waits_for_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let told: Arc<Mutex<Vec<DestinationNumber>>> = Arc::default();
    let note = Arc::clone(&told);
    let options = Options {
        listener: Some(Arc::new(move |changes: Changes<'_>| {
            note.lock().unwrap().extend(changes.destinations);
        })),
        ..Options::default()
    };
    let store = Store::open(&dir.path().join("gantry.redb"), &options, Clock::System).unwrap();
    store.know_destinations(vec![name("crm")]).await.unwrap();
    let event = draft(1);
    let id = event.id;
    let asked = store.record_events(vec![event], routes());
    // Whoever asked goes away at once.
    drop(futures_util::FutureExt::now_or_never(asked));
    store.probe().await.unwrap();
    assert_eq!(*told.lock().unwrap(), [CRM]);
    assert!(store.event(id).await.unwrap().is_some());
    store
        .pause_destination(name("crm"), Some("asked".into()))
        .await
        .unwrap();
    store.pause_delivery(true).await.unwrap();
    store.move_event(id, None).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [CRM; 4]);
    store.close().await.unwrap();
}
