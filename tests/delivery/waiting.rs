//! When a receiver asks for a wait, it gets it, in whatever form it asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, destination, outward, post_all};
use crate::support::Appliance;

/// Ways to ask for a wait of some seconds from now, each with the instant it stands for, in milliseconds.
type Form = (&'static str, fn(i64) -> (String, i64));

/// The next whole second that is at least a second away: a date has no milliseconds.
fn second_after(now_ms: i64) -> i64 {
    (now_ms / 1_000 + 2) * 1_000
}

pub(crate) fn date(now_ms: i64, form: &str) -> (String, i64) {
    let at_ms = second_after(now_ms);
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
    (at.strftime(form).to_string(), at_ms)
}

const ASKED: [Form; 7] = [
    ("seconds", |now| ("2".to_owned(), now + 2_000)),
    ("seconds-with-zeros", |now| ("0001".to_owned(), now + 1_000)),
    ("imf-fixdate", |now| date(now, "%a, %d %b %Y %H:%M:%S GMT")),
    ("rfc850", |now| date(now, "%A, %d-%b-%y %H:%M:%S GMT")),
    ("asctime", |now| date(now, "%a %b %e %H:%M:%S %Y")),
    ("one-second", |now| ("1".to_owned(), now + 1_000)),
    ("three-seconds", |now| ("3".to_owned(), now + 3_000)),
];

/// What means nothing, or a time that has passed: the usual wait follows.
const NONSENSE: [(&str, &str); 6] = [
    ("words", "soon"),
    ("negative", "-5"),
    ("fraction", "1.5"),
    ("past", "Tue, 01 Dec 2020 08:00:00 GMT"),
    ("no-date", "Tue, 45 Foo 2026 99:00:00 GMT"),
    ("empty", ""),
];

/// Two events go to each of many destinations, one by one; each destination asks for a wait at its first call.
#[tokio::test]
async fn every_form_of_retry_after_is_kept_by_the_whole_lane_and_nothing_comes_early() {
    let asked: Arc<Mutex<HashMap<String, i64>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let receiver = Receiver::start(move |_, got: &Got| {
        let lane = got.target.trim_start_matches('/').to_owned();
        let mut asked = noted.lock().unwrap();
        if asked.contains_key(&lane) {
            return Act::status(200);
        }
        let (form, status) = lane.rsplit_once('-').unwrap();
        let (text, at_ms) = match ASKED.iter().find(|(name, _)| *name == form) {
            Some((_, ask)) => ask(got.at_ms),
            None => {
                let (_, text) = NONSENSE.iter().find(|(name, _)| *name == form).unwrap();
                ((*text).to_owned(), got.at_ms)
            }
        };
        let status = status.parse().unwrap();
        asked.insert(lane, at_ms);
        Act::retry_after(status, text)
    })
    .await;
    let forms = ASKED
        .iter()
        .map(|(name, _)| name)
        .chain(NONSENSE.iter().map(|(name, _)| name));
    let lanes: Vec<String> = forms
        .flat_map(|form| [429, 503].map(|status| format!("{form}-{status}")))
        .collect();
    let mut tables = Vec::new();
    for lane in &lanes {
        let url = format!("http://{}/{lane}", receiver.at);
        tables.push(destination(lane, &url, &format!("{QUICK}\nconcurrency = 1")));
        tables.push(format!(
            "[[route]]\ntype = \"*\"\nsource = \"{lane}\"\nto = [\"{lane}\"]\n"
        ));
    }
    let appliance = Appliance::build().config(&outward(&tables)).start().await;
    let events: Vec<_> = lanes
        .iter()
        .flat_map(|lane| {
            ["first", "second"].map(|which| {
                json!({ "type": "LEAD_CAPTURE", "source": lane, "idempotencyKey": format!("{which} {lane}"), "payload": {} })
            })
        })
        .collect();
    post_all(&appliance, &events).await;
    let got = receiver.wait(3 * lanes.len()).await;
    assert_eq!(got.len(), 3 * lanes.len(), "two and one more each");
    let asked = asked.lock().unwrap().clone();
    let mut seen = HashSet::new();
    for got in &got {
        let lane = got.target.trim_start_matches('/').to_owned();
        if seen.insert(lane.clone()) {
            continue;
        }
        let not_before = asked[&lane];
        let nonsense = NONSENSE.iter().any(|(name, _)| lane.starts_with(name));
        assert!(
            nonsense || got.at_ms >= not_before,
            "{lane}: {} ms early",
            not_before - got.at_ms
        );
        let late = got.at_ms - not_before;
        assert!(late < 5_000, "{lane}: {late} ms late");
    }
    appliance.assert_clean().await;
}
