//! When a receiver asks for a wait, it gets it, in whatever form it asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, crm, event, post_all};

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

#[tokio::test]
async fn every_form_of_retry_after_is_kept_and_nothing_comes_early() {
    let asked: Arc<Mutex<HashMap<String, i64>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let receiver = Receiver::start(move |_, got: &Got| {
        let key = got.key();
        let mut asked = noted.lock().unwrap();
        if asked.contains_key(&key) {
            return Act::status(200);
        }
        let (form, status) = key.split_once(' ').unwrap();
        let (text, at_ms) = match ASKED.iter().find(|(name, _)| *name == form) {
            Some((_, ask)) => ask(got.at_ms),
            None => {
                let (_, text) = NONSENSE.iter().find(|(name, _)| *name == form).unwrap();
                ((*text).to_owned(), got.at_ms)
            }
        };
        asked.insert(key.clone(), at_ms);
        Act::retry_after(status.parse().unwrap(), text)
    })
    .await;
    let appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 64")).await;
    let forms = ASKED
        .iter()
        .map(|(name, _)| name)
        .chain(NONSENSE.iter().map(|(name, _)| name));
    let events: Vec<_> = forms
        .flat_map(|form| [429, 503].map(|status| event(&format!("{form} {status}"))))
        .collect();
    post_all(&appliance, &events).await;
    let got = receiver.wait(2 * events.len()).await;
    assert_eq!(got.len(), 2 * events.len(), "each comes twice");
    let asked = asked.lock().unwrap();
    let mut seen = HashMap::new();
    for got in &got {
        let key = got.key();
        if seen.insert(key.clone(), got.at_ms).is_none() {
            continue;
        }
        let not_before = asked[&key];
        assert!(
            got.at_ms >= not_before,
            "{key}: {} ms early",
            not_before - got.at_ms
        );
        let late = got.at_ms - not_before;
        assert!(late < 5_000, "{key}: {late} ms late");
    }
}
