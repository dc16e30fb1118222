//! A launch's worst hour: the receiver is down while events pour in, then limits, in every form there is; everything
//! arrives under the id it has, nothing earlier than was asked, and afterwards nothing lags.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{event, metric, outward, post, post_all, route};
use crate::support::Appliance;
use crate::waiting::date;

const LINES: usize = 1_000;

/// (events, seconds down, requests that are limited): the full sizes only when asked for.
fn sizes() -> (usize, u64, usize) {
    match std::env::var_os("GANTRY_TEST_LONG") {
        Some(_) => (10_000, 20, 1_000),
        None => (2_000, 3, 200),
    }
}

/// A limit in one of its forms, and the instant it stands for, in milliseconds; nonsense stands for none.
fn limit(nth: usize, now_ms: i64) -> (String, i64) {
    match nth % 5 {
        0 => date(now_ms, "%a, %d %b %Y %H:%M:%S GMT"),
        1 => date(now_ms, "%A, %d-%b-%y %H:%M:%S GMT"),
        2 => date(now_ms, "%a %b %e %H:%M:%S %Y"),
        3 => ("2".to_owned(), now_ms + 2_000),
        _ => ("when it is over".to_owned(), now_ms),
    }
}

/// What a receiver asked of each delivery, by id: not before.
type Asked = Arc<Mutex<HashMap<String, i64>>>;

/// Limits the first `most` requests, then takes everything; counts what comes earlier than was asked.
fn limiting(asked: &Asked, most: usize, early: &Arc<Mutex<Vec<i64>>>) -> impl Fn(usize, &Got) -> Act + use<> {
    let (asked, early) = (Arc::clone(asked), Arc::clone(early));
    move |nth, got| {
        let mut asked = asked.lock().unwrap();
        let id = got.header("idempotency-key").to_owned();
        if let Some(not_before) = asked.get(&id)
            && got.at_ms < *not_before
        {
            early.lock().unwrap().push(not_before - got.at_ms);
        }
        if nth >= most {
            return Act::status(200);
        }
        let (text, not_before) = limit(nth, got.at_ms);
        asked.insert(id, not_before);
        Act::retry_after(429, text)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_and_limits_everything_has_arrived_and_nothing_came_early() {
    let (events, seconds_down, limited) = sizes();
    // A port that was somebody's a moment ago, and is nobody's now.
    let address = Receiver::glad().await.close().await;
    let lines = "rate = \"2000/s burst 64\"\nconcurrency = 64\ntimeout = \"5s\"\n\
        retry = { for = \"1h\", base = \"200ms\", cap = \"2s\", jitter = 0.4 }\nbreaker = { open_for = \"500ms\" }";
    let url = format!("http://{address}/hook");
    let tables = [crate::stage::destination("crm", &url, lines), route(&["crm"])];
    let appliance = Appliance::build().config(&outward(&tables)).start().await;

    let begun = Instant::now();
    for first in (0..events).step_by(LINES) {
        let batch: Vec<_> = (first..first + LINES).map(|n| event(&format!("e-{n}"))).collect();
        post_all(&appliance, &batch).await;
    }
    tokio::time::sleep(Duration::from_secs(seconds_down).saturating_sub(begun.elapsed())).await;
    // The breaker opened after five, with as many under way as there are places; since then one probe each half second.
    let calls = metric(
        &appliance,
        r#"gantry_delivery_attempts_total{destination="crm",class="network"}"#,
    )
    .await;
    let probes = 2 * seconds_down + 1;
    assert!(calls <= (64 + probes) as f64, "{calls} calls while it was down");
    let state = metric(&appliance, r#"gantry_breaker_state{destination="crm"}"#).await;
    assert!(state >= 1.0, "{state}");

    let (asked, early) = (Asked::default(), Arc::default());
    let receiver = Receiver::listen(address, limiting(&asked, limited, &early)).await;
    let up = Instant::now();
    let patience = Duration::from_secs(120);
    let taken = loop {
        let got = receiver.got();
        let keys: HashSet<String> = got.iter().skip(limited).map(Got::key).collect();
        if keys.len() == events {
            break got;
        }
        assert!(
            up.elapsed() < patience,
            "{} of {events} after {patience:?}",
            keys.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    println!(
        "{events} events, {seconds_down} s down, {limited} limited: all taken {:.1} s after it came back, in {} requests",
        up.elapsed().as_secs_f64(),
        taken.len()
    );
    let early = early.lock().unwrap().clone();
    assert!(early.is_empty(), "{} came early, by {early:?} ms", early.len());
    let mut ids: HashMap<String, String> = HashMap::new();
    for got in &taken {
        let id = got.header("idempotency-key").to_owned();
        assert_eq!(id, got.header("x-request-id"));
        let first = ids.entry(got.key()).or_insert_with(|| id.clone());
        assert_eq!(*first, id, "{} under two ids", got.key());
    }
    let twice = taken.len() - limited - events;
    assert_eq!(twice, 0, "what was taken came again, though every answer arrived");

    lag(&appliance, &receiver).await;
}

/// From the acknowledgement of an event to its arrival, one after another at an even pace.
async fn lag(appliance: &Appliance, receiver: &Receiver) {
    let before = receiver.got().len();
    let mut acknowledged = Vec::new();
    for n in 0..300 {
        let key = format!("after-{n}");
        post(appliance, &event(&key)).await;
        acknowledged.push((key, Instant::now()));
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    let got = receiver.wait(before + acknowledged.len()).await;
    let arrived: HashMap<String, Instant> = got.iter().skip(before).map(|got| (got.key(), got.at)).collect();
    let mut lags: Vec<Duration> = acknowledged
        .iter()
        .map(|(key, at)| arrived[key].saturating_duration_since(*at))
        .collect();
    lags.sort_unstable();
    let at = |share: usize| lags[lags.len() * share / 100];
    println!(
        "from acknowledged to arrived, 300 events: p50 {:?}, p99 {:?}, max {:?}",
        at(50),
        at(99),
        lags[lags.len() - 1]
    );
    // Far beyond what it takes, and far below any wait there is: it is woken, it does not poll.
    assert!(at(50) < Duration::from_millis(500), "p50 {:?}", at(50));
}
