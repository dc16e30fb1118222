//! What one answer comes to for each of several deliveries.

use http::HeaderMap;

use super::super::entries::{Entry, Rest};
use super::*;

const NOW: Millis = Millis(1_796_112_000_000);
const AGAIN: Verdict = Verdict::Retry { not_before: None };

fn whole(class: AttemptClass, verdict: Verdict, (status, count): (u16, usize)) -> Whole<'static> {
    Whole {
        judgement: Judgement { class, verdict },
        status: Some(status),
        excerpt: "said",
        count,
    }
}

fn excerpts() -> Excerpts {
    let mut headers = HeaderMap::new();
    let mut secret: http::HeaderValue = "Bearer 0123456789abcdef".parse().unwrap();
    secret.set_sensitive(true);
    headers.insert(http::header::AUTHORIZATION, secret);
    Excerpts::of(&Request {
        method: http::Method::POST,
        url: "https://crm.example/".parse().unwrap(),
        headers,
        body: bytes::Bytes::new(),
        timeout: std::time::Duration::ZERO,
    })
}

#[test]
fn several_that_are_refused_for_what_they_hold_go_again_in_parts_and_one_does_not() {
    use AttemptClass::Refused;
    for status in [400, 413, 422] {
        let of = |count| {
            whole(Refused, Verdict::Dead, (status, count))
                .alike()
                .judgement
                .verdict
        };
        assert_eq!(of(2), Verdict::Smaller, "{status}");
        assert_eq!(of(1), Verdict::Dead, "{status}");
    }
    for status in [404, 405, 301] {
        let part = whole(Refused, Verdict::Dead, (status, 9)).alike();
        assert_eq!(part.judgement.verdict, Verdict::Dead, "{status}");
    }
    let limited = whole(AttemptClass::Limited, AGAIN, (429, 9)).alike();
    assert_eq!((limited.judgement.verdict, limited.status), (AGAIN, Some(429)));
    assert_eq!(limited.excerpt, "one of 9: said");
}

#[test]
fn each_is_judged_by_its_own_entry_which_keeps_no_secret() {
    let entry = |status, said| Some(Entry { status, said });
    let told = Told {
        entries: vec![
            entry(201, r#"{"status":201}"#),
            entry(422, r#"{"status":422,"token":"0123456789abcdef"}"#),
            entry(503, "{}"),
            entry(410, "{}"),
            entry(401, "{}"),
            None,
        ],
        rest: Rest::NotKnown,
    };
    let whole = whole(AttemptClass::Success, Verdict::Delivered, (207, 6));
    let parts = whole.apart(&told, (Preset::Http, &excerpts()), NOW);
    let verdicts: Vec<_> = parts
        .iter()
        .map(|part| (part.status, part.judgement.verdict))
        .collect();
    assert_eq!(
        verdicts,
        [
            (Some(201), Verdict::Delivered),
            (Some(422), Verdict::Dead),
            (Some(503), AGAIN),
            (Some(410), Verdict::Dead),
            (Some(401), Verdict::GiveBack),
            (Some(207), AGAIN),
        ]
    );
    assert_eq!(parts[1].excerpt, r#"one of 6: {"status":422,"token":"[secret]"}"#);
    assert_eq!(parts[1].judgement.class, AttemptClass::Refused);
}

#[test]
fn what_each_of_several_keeps_of_an_answer_is_short() {
    let long = "é".repeat(500);
    let whole = Whole {
        excerpt: &long,
        ..whole(AttemptClass::Success, Verdict::Delivered, (200, 2))
    };
    assert_eq!(whole.alike().excerpt, format!("one of 2: {}", "é".repeat(128)));
}
