use super::*;
use crate::pages::policy::Terms;
use crate::pages::stored::{Draft, MadeFor};
use bytes::Bytes;
use http::StatusCode;
use std::time::Duration;

fn page(asked: &[(&'static str, &str)], vary: &'static str, bytes: usize) -> Arc<Stored> {
    let map = |lines: &[(&'static str, &str)]| -> HeaderMap {
        let line =
            |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        lines.iter().map(line).collect()
    };
    let answered = map(&[("vary", vary)]);
    let terms = Terms::ruled(Duration::from_secs(60), Duration::ZERO, Duration::ZERO, Millis(0));
    let made_for = MadeFor {
        asked: &map(asked),
        told: &[],
        terms: Some(&terms),
        downstream_s: None,
        strict: true,
    };
    let draft = Draft::new(StatusCode::OK, &answered, made_for);
    Arc::new(Stored::new(Arc::new(draft), Bytes::from(vec![b'x'; bytes])))
}

fn asked(lang: &str) -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static("x-lang"), lang.parse().unwrap())])
}

#[test]
fn pages_of_requests_that_differ_lie_beside_each_other() {
    let cache = Cache::new(1 << 20, Gauge::default());
    cache.put("a/", page(&[("x-lang", "de")], "x-lang", 10));
    cache.put("a/", page(&[("x-lang", "en")], "x-lang", 20));
    let slot = cache.get("a/").unwrap();
    assert_eq!(slot.of(&asked("de")).unwrap().body.len(), 10);
    assert_eq!(slot.of(&asked("en")).unwrap().body.len(), 20);
    assert!(slot.of(&asked("fr")).is_none());
    cache.put("a/", page(&[("x-lang", "de")], "x-lang", 30));
    assert_eq!(cache.get("a/").unwrap().of(&asked("de")).unwrap().body.len(), 30);
}

#[test]
fn a_key_has_no_more_pages_than_it_may() {
    let cache = Cache::new(1 << 20, Gauge::default());
    for n in 0..100 {
        cache.put("a/", page(&[("x-lang", &n.to_string())], "x-lang", 10));
    }
    assert_eq!(cache.get("a/").unwrap().stored().len(), PAGES_MAX);
}

#[test]
fn it_never_holds_more_than_its_capacity_and_keeps_what_is_asked_for_often() {
    let gauge = Gauge::default();
    let cache = Cache::new(1 << 20, gauge.clone());
    cache.put("hot", page(&[], "", 10_000));
    for n in 0..5_000 {
        assert!(cache.get("hot").is_some(), "after {n}");
        cache.put(&format!("cold?{n}"), page(&[], "", 10_000));
        assert!(cache.bytes() <= 1 << 20);
    }
    assert_eq!(u64::try_from(gauge.get()).unwrap(), cache.bytes());
}

#[test]
fn what_is_not_shared_is_noted_for_a_time() {
    let cache = Cache::new(1 << 20, Gauge::default());
    cache.put("a/", page(&[], "", 10));
    cache.leave_alone("a/", Millis(5_000));
    let slot = cache.get("a/").unwrap();
    assert!(slot.stored().is_empty() && slot.is_alone(Millis(4_999)) && !slot.is_alone(Millis(5_000)));
    cache.put("a/", page(&[], "", 10));
    assert!(!cache.get("a/").unwrap().is_alone(Millis(0)));
}

#[test]
fn pages_are_taken_out_by_whatever_is_known_of_them() {
    let cache = Cache::new(1 << 20, Gauge::default());
    for key in ["a/1", "a/2", "b/1"] {
        cache.put(key, page(&[], "", 10));
    }
    assert_eq!(cache.remove(|key, _| key.starts_with("a/")), 2);
    assert!(cache.get("a/1").is_none() && cache.get("b/1").is_some());
}
