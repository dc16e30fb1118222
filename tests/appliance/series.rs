//! The key series of the metrics, kept by the minute.

use gantry::clock::Clock;
use gantry::config::Retention;
use gantry::metrics::{Metrics, SeriesId, VoteOutcome};
use gantry::model::time::Millis;
use gantry::runtime::{Next, Worker};
use gantry::store::{Options, Store};
use gantry::upkeep::SeriesRecorder;

const MINUTE_MS: i64 = 60_000;
/// The first minute of every run here, in minutes since the epoch.
const FIRST: u64 = 29_935_200;

#[tokio::test]
async fn a_minute_is_stored_when_it_is_over() {
    let directory = tempfile::tempdir().expect("a directory");
    let began = Millis(i64::try_from(FIRST).expect("an instant") * MINUTE_MS);
    let at = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(began.plus(15_000).0));
    let clock = Clock::Simulated(at.clone());
    let move_to = |ms| at.store(began.plus(ms).0, std::sync::atomic::Ordering::Relaxed);
    let path = directory.path().join("gantry.redb");
    let store = Store::open(&path, &Options::default(), clock.clone()).expect("a store");
    let metrics = Metrics::new("test");
    let (_policy, policy) = tokio::sync::watch::channel(Retention::default());
    let mut recorder = SeriesRecorder::new(store.clone(), &metrics, clock, policy);
    let stored = async || {
        let series = store.series(SeriesId::VotesAccepted.id(), 0..u64::MAX).await;
        series.expect("the series")
    };

    metrics.votes(VoteOutcome::Accepted).add(5);
    let next = recorder.work().await.expect("a unit of work");
    assert_eq!(
        next,
        Next::After(std::time::Duration::from_secs(45)),
        "it wakes when the minute ends"
    );
    assert_eq!(stored().await, []);

    move_to(60_000);
    let next = recorder.work().await.expect("a unit of work");
    assert_eq!(next, Next::After(std::time::Duration::from_secs(60)));
    assert_eq!(stored().await, [(FIRST, 5.0)]);

    // Awake too often, and then not for three minutes: each count is stored once.
    metrics.votes(VoteOutcome::Accepted).add(2);
    move_to(61_000);
    recorder.work().await.expect("a unit of work");
    move_to(4 * MINUTE_MS + 1);
    recorder.work().await.expect("a unit of work");
    assert_eq!(stored().await, [(FIRST, 5.0), (FIRST + 1, 2.0)]);

    // Seven days before the minute that is stored, minutes are forgotten.
    move_to(8 * 24 * 60 * MINUTE_MS);
    recorder.work().await.expect("a unit of work");
    assert_eq!(stored().await.len(), 3);
    move_to(8 * 24 * 60 * MINUTE_MS + MINUTE_MS);
    recorder.work().await.expect("a unit of work");
    assert_eq!(stored().await, [(FIRST + 8 * 24 * 60, 0.0)]);
    store.close().await.expect("it closes");
}
