//! An hour of a launch's day (two minutes otherwise), and then nothing is left of it in memory or among descriptors that need not be.
//!
//! The binary runs as a process of its own, with its limits on, its memory for pages of the file and of the site full, and warm from
//! minutes of the same load. In the hour the slope of its memory is judged. Two minutes cannot tell a megabyte an hour from the
//! waves of an allocator: there memory at rest is compared, before and after, which tells what keeps some hundred bytes of every
//! request. Descriptors at rest are compared exactly, in both.

use std::time::Duration;

use crate::crowd::{Deed, Hours, is_lead};
use crate::judge::{Look, growth_an_hour};
use crate::others::is_refused;
use crate::process::{long, raise_descriptors, results, size};
use crate::stage::Stage;
use crate::watch::record;

/// What memory may grow by in an hour, in bytes.
const GROWTH_AN_HOUR: f64 = 1_000_000.0;
/// What memory at rest may grow by in the short run, in bytes.
const GROWTH_AT_REST: u64 = 6_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_day_leaves_neither_memory_nor_descriptors_behind() {
    raise_descriptors();
    let stage = Stage::start().await;
    let warm_up = Duration::from_secs(size(25, 600));
    let lasts = Duration::from_secs(size(60, 3_000));

    pass(&stage, (Duration::ZERO, warm_up), "warm-up.csv").await;
    let before = stage.at_rest().await;
    let looks = pass(&stage, (warm_up, lasts), "launch-day.csv").await;
    let after = stage.at_rest().await;
    tell(&looks, (before, after), lasts);

    assert!(
        after.descriptors <= before.descriptors,
        "{} descriptors were open at rest, and now {}",
        before.descriptors,
        after.descriptors
    );
    if long() {
        let growth = growth_an_hour(&looks);
        assert!(
            growth <= GROWTH_AN_HOUR,
            "memory grows by {growth:.0} bytes an hour"
        );
    } else {
        let grown = after.anonymous.saturating_sub(before.anonymous);
        assert!(
            grown <= GROWTH_AT_REST,
            "memory at rest has grown by {grown} bytes"
        );
    }
    assert_all_there(&stage, warm_up + lasts).await;
    stage.end();
}

/// Lets some of the day pass, and looks meanwhile.
async fn pass(stage: &Stage, (from, lasts): (Duration, Duration), name: &str) -> Vec<Look> {
    let day = Hours::pass(&stage.server, &stage.public, stage.voters, (from, lasts));
    let ((), looks) = tokio::join!(day, stage.watched().watch(lasts, record(name)));
    looks
}

fn tell(looks: &[Look], (before, after): (Look, Look), lasts: Duration) {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let done: Vec<String> = Deed::ALL
        .map(|deed| format!("{} {deed:?}", deed.within(lasts)))
        .into();
    let most = |of: fn(&Look) -> u64| looks.iter().map(of).max().unwrap();
    println!(
        "{lasts:?} of {}: {:.1} MiB of anonymous memory at rest before and {:.1} after, {:.1} at most, with pages of files {:.1}; \
         {} and {} descriptors at rest, {} at most; the file {:.0} MiB, then {:.0}",
        done.join(", "),
        mib(before.anonymous),
        mib(after.anonymous),
        mib(most(|look| look.anonymous)),
        mib(most(|look| look.resident)),
        before.descriptors,
        after.descriptors,
        looks.iter().map(|look| look.descriptors).max().unwrap(),
        mib(before.file),
        mib(after.file),
    );
    if lasts > Duration::from_secs(300) {
        println!("memory: {:+.0} bytes an hour", growth_an_hour(looks));
    }
}

/// Whatever was acknowledged has been counted, delivered and exported.
async fn assert_all_there(stage: &Stage, day: Duration) {
    let votes = stage.voters + Deed::Vote.within(day);
    assert_eq!(results(&stage.server).await.total, votes);
    let events = Deed::Event.within(day);
    let expected: Vec<u64> = (0..events).filter(|n| is_lead(*n) && !is_refused(*n)).collect();
    let mut arrived: Vec<u64> = stage.arrived.lock().unwrap().iter().copied().collect();
    arrived.sort_unstable();
    assert_eq!(arrived, expected, "what came to the receiver");

    let database = stage.database().await;
    let count = async |query: &str| u64::try_from(database.count(query).await).unwrap();
    assert_eq!(count("SELECT count(*) FROM marketing_events").await, events);
    assert_eq!(count("SELECT sum(votes)::bigint FROM poll_results").await, votes);
    let conversions = Deed::Convert.within(day);
    assert_eq!(
        count("SELECT sum(conversions)::bigint FROM launch_metrics").await,
        conversions
    );
}
