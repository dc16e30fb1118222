//! Lanes in real time: the rhythm of sends, and one destination that is dead beside one that is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    reason = "a test fails by panicking, and says what it measured; the receiver is shared with other tests"
)]

#[path = "delivery/receiver.rs"]
mod receiver;
#[path = "delivery/stage.rs"]
mod stage;
mod support;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use receiver::{Act, Receiver};
use stage::{destination, done, event, outward, post, post_all, shown};
use support::Appliance;

/// Some seconds in CI, and the full size.
fn size<T>(short: T, long: T) -> T {
    match std::env::var_os("GANTRY_TEST_LONG") {
        Some(_) => long,
        None => short,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sends_at_ten_a_second_show_no_rhythm_and_exceed_no_window() {
    const SENDS: usize = 200;
    let receiver = Receiver::glad().await;
    let tables = [
        destination("crm", &receiver.url(), "rate = \"10/s\"\nwindow = \"60/7s\""),
        stage::route(&["crm"]),
    ];
    let appliance = Appliance::build().config(&outward(&tables)).start().await;
    let events: Vec<Value> = (0..SENDS).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    let begun = Instant::now();
    let got = loop {
        let got = receiver.got();
        if got.len() == SENDS {
            break got;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} of {SENDS}",
            got.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for (most, span) in [(10, Duration::from_secs(1)), (60, Duration::from_secs(7))] {
        for (n, first) in got.iter().enumerate() {
            let within = got[n..].iter().filter(|got| got.at < first.at + span).count();
            assert!(within <= most, "{within} within {span:?} of the {n}th");
        }
    }
    let gaps: Vec<f64> = got
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_secs_f64())
        .collect();
    let mut sorted = gaps.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
    let median = at(50);
    println!(
        "gaps: {:.1} to {:.1} ms (p5, p95), {:.1} ms in the median; {:.1} s in all",
        at(5) * 1e3,
        at(95) * 1e3,
        median * 1e3,
        begun.elapsed().as_secs_f64()
    );
    assert!(
        at(5) <= median * 0.87 && at(95) >= median * 1.13,
        "{:.3} {median:.3} {:.3}",
        at(5),
        at(95)
    );
    assert!(
        at(1) <= median * 0.85 && at(99) >= median * 1.15,
        "{:.3} {median:.3} {:.3}",
        at(1),
        at(99)
    );
    // Nor do they repeat: each gap is as good as unrelated to the one before.
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance: f64 = gaps.iter().map(|gap| (gap - mean).powi(2)).sum();
    let shifted = gaps.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean));
    let correlation = shifted.sum::<f64>() / variance;
    assert!(correlation.abs() < 0.35, "{correlation:.2}");
}

/// From the acknowledgement of an event to its arrival, for so many, one every ten milliseconds; sorted.
async fn lags(appliance: &Appliance, receiver: &Receiver, (round, count): (usize, usize)) -> Vec<Duration> {
    let before = receiver.got().len();
    let mut sent = HashMap::new();
    for n in 0..count {
        let key = format!("well-{round}-{n}");
        let event = json!({ "type": "WELL", "source": "web", "idempotencyKey": key, "payload": {} });
        post(appliance, &event).await;
        sent.insert(key, Instant::now());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let got = receiver.wait(before + count).await;
    let lag = |got: &receiver::Got| got.at.saturating_duration_since(sent[&got.key()]);
    let mut lags: Vec<Duration> = got[before..].iter().map(lag).collect();
    lags.sort_unstable();
    lags
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_destination_is_probed_and_nobody_else_notices() {
    let waiting = 10_000;
    let dead = Receiver::start(|_, _| Act::Close).await;
    let well = Receiver::glad().await;
    let quick = "rate = \"2000/s burst 50\"\npace_jitter = 0.0\nconcurrency = 32\ntimeout = \"5s\"\n\
        retry = { for = \"24h\", base = \"200ms\", cap = \"1s\", jitter = 0.4 }\n\
        breaker = { failures = 5, open_for = \"1s\" }";
    let to = |kind: &str, name: &str| format!("[[route]]\ntype = \"{kind}\"\nto = [\"{name}\"]\n");
    let tables = [
        destination("dead", &dead.url(), quick),
        destination("well", &well.url(), quick),
        to("LEAD_CAPTURE", "dead"),
        to("WELL", "well"),
    ];
    let appliance = Appliance::build().config(&outward(&tables)).start().await;
    let events: Vec<Value> = (0..waiting).map(|n| event(&format!("dead-{n}"))).collect();
    for batch in events.chunks(1_000) {
        post_all(&appliance, batch).await;
    }

    // Alternately with the dead one set aside, and with it open and probed.
    let (mut ratios, pairs) = (Vec::new(), size(7, 21));
    lags(&appliance, &well, (0, 100)).await;
    for pair in 0..pairs {
        let mut p99 = [0.0; 2];
        for (index, verb) in ["pause", "resume"].into_iter().enumerate() {
            done(&appliance, &format!("/api/destinations/dead/{verb}")).await;
            let lags = lags(&appliance, &well, (1 + 2 * pair + index, 120)).await;
            p99[index] = lags[lags.len() * 99 / 100].as_secs_f64();
        }
        ratios.push(p99[1] / p99[0]);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!(
        "the other's p99: ratio {median:.2}, from {:.2} to {:.2}",
        ratios[0],
        ratios[pairs - 1]
    );

    let shown_dead = shown(&appliance, "dead").await;
    let breaker = &shown_dead["breaker"];
    assert_ne!(breaker["state"], "closed", "{shown_dead}");
    assert!(
        breaker["reason"]
            .as_str()
            .unwrap()
            .starts_with("the connection broke"),
        "{breaker}"
    );
    let calls = dead.got();
    // Those under way when it opened, and then one by one.
    let first = calls[0].at;
    let opened: Vec<_> = calls
        .iter()
        .filter(|got| got.at > first + Duration::from_millis(900))
        .collect();
    for pair in opened.windows(2) {
        let apart = pair[1].at - pair[0].at;
        assert!(
            apart >= Duration::from_millis(990),
            "{apart:?} between two probes"
        );
    }
    println!(
        "{} calls while it was dead, {} of them probes",
        calls.len(),
        opened.len()
    );
    assert!(opened.len() >= pairs / 2, "{}", opened.len());

    // It is well again: everything arrives, once, at its rate.
    dead.then(|_, _| Act::status(200));
    let healed = Instant::now();
    let before = calls.len();
    let got = loop {
        let got = dead.got();
        if got.len() >= before + waiting {
            break got;
        }
        assert!(
            healed.elapsed() < Duration::from_secs(60),
            "{}",
            got.len() - before
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let arrived: HashMap<String, Instant> = got[before..].iter().map(|got| (got.key(), got.at)).collect();
    assert_eq!(arrived.len(), waiting, "each once");
    let most = got[before..]
        .iter()
        .map(|first| {
            let within =
                |got: &&receiver::Got| got.at >= first.at && got.at < first.at + Duration::from_secs(1);
            got[before..].iter().filter(within).count()
        })
        .step_by(97)
        .max();
    println!(
        "all {waiting} {:.1} s after it was well, {} within one second at most",
        healed.elapsed().as_secs_f64(),
        most.unwrap()
    );
    assert!(most.unwrap() <= 2_050, "{most:?}");
    assert!(median <= 1.3, "the other's p99: ratio {median:.2}, {ratios:?}");
    appliance.assert_clean().await;
}
