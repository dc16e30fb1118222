//! While a breaker is open: it stays open, and the receiver is left in peace but for its probes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use crate::asking::{destination, post, settled, start};
use crate::process::{Chance, Server, size};
use crate::witness::{Call, Witness};
use crate::{assert_clean_offline, configure};

/// From a failure to the next probe.
const OPEN_FOR: Duration = Duration::from_secs(1);
/// Its milliseconds are rounded, and not reckoned by our clock.
const ROUNDED: Duration = Duration::from_millis(5);
/// How long each call takes.
const CALL: Duration = Duration::from_millis(20);
/// Failures in a row until it opens, and calls under way at once.
const FAILURES: usize = 3;
const CONCURRENCY: usize = 4;
/// The longest life before a kill: some see a probe begin, some none.
const LIFE_MAX_US: u64 = 1_500_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_breaker_is_open_it_stays_open_and_the_receiver_sees_probes_only() {
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let crm = Witness::start(CALL).await;
    let guarded = format!(
        r#"
        concurrency = {CONCURRENCY}
        retry = {{ for = "24h", base = "10ms", cap = "50ms", jitter = 0.0 }}
        breaker = {{ failures = {FAILURES}, open_for = "{}ms" }}
        "#,
        OPEN_FOR.as_millis()
    );
    configure(&data, crm.at, &guarded);
    let mut server = start(&data);
    let keys: Vec<String> = (0..200).map(|number| format!("event-{number}")).collect();
    crm.then(|_| Some(503));
    post(&server, "LEAD_CAPTURE", &keys).await;
    let since = opened(&server).await;
    let before = crm.calls().len();
    assert!(before < FAILURES + CONCURRENCY, "{before} calls until it opened");

    let kills = size(6, 200);
    for kill in 0..kills {
        let reasons = match kill % 2 {
            0 => {
                sleep(Duration::from_micros(chance.below(LIFE_MAX_US))).await;
                server.kill();
                ["it answered 503", "the probe was cut off"].as_slice()
            }
            _ => {
                kill_at_a_probe(server, &crm).await;
                &["the probe was cut off"]
            }
        };
        server = start(&data);
        let breaker = destination(&server, "crm").await["breaker"].clone();
        assert_ne!(breaker["state"], "closed", "{breaker}");
        assert_eq!(breaker["since"], since, "{breaker}");
        assert!(
            reasons.contains(&breaker["reason"].as_str().unwrap()),
            "{breaker}"
        );
    }
    println!("{kills} kills, {} probes", crm.calls().len() - before);

    crm.then(|_| Some(200));
    settled(&server, "crm").await;
    let shown = destination(&server, "crm").await;
    assert_eq!(
        (&shown["breaker"]["state"], &shown["delivered"]),
        (&"closed".into(), &keys.len().into())
    );
    assert_apart(&crm, before);
    let calls = crm.calls();
    let taken: Vec<_> = calls.iter().filter(|call| call.answered == Some(200)).collect();
    assert_eq!(crm.ids().len(), keys.len(), "each under one id");
    let arrived: HashSet<_> = taken.iter().map(|call| &call.delivery).collect();
    assert_eq!(arrived.len(), keys.len(), "each arrived");
    // A probe that a kill cut off may be answered when nobody listens any more; it is made again.
    let cut_off = usize::try_from(kills).unwrap();
    assert!(
        taken.len() <= keys.len() + cut_off,
        "{} taken of {} after {kills} kills",
        taken.len(),
        keys.len()
    );
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
}

/// Waits until it is open and what was under way has ended; since when it is.
async fn opened(server: &Server) -> Value {
    let (begun, bound) = (Instant::now(), Duration::from_secs(60));
    loop {
        let crm = destination(server, "crm").await;
        if crm["breaker"]["state"] == "open" && crm["leased"] == 0 {
            return crm["breaker"]["since"].clone();
        }
        assert!(begun.elapsed() < bound, "not open after {bound:?}: {crm}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a probe, and kills while it waits for its answer.
async fn kill_at_a_probe(server: Server, crm: &Witness) {
    crm.then(|_| None);
    let waits = |calls: &[Call]| calls.last().is_some_and(|call| call.answered.is_none());
    crm.until(waits).await;
    server.kill();
    crm.then(|_| Some(503));
}

/// From the first probe to the first call that was taken, one came no sooner than allowed after the one before.
fn assert_apart(crm: &Witness, before: usize) {
    let calls = crm.calls();
    let probes = calls[before - 1..].iter();
    let well = probes
        .clone()
        .position(|call| call.answered == Some(200))
        .unwrap();
    let at: Vec<Instant> = probes.take(well + 1).map(|call| call.at).collect();
    for pair in at.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(apart + ROUNDED >= OPEN_FOR, "two calls only {apart:?} apart");
    }
}
