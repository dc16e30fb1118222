//! Answers to several deliveries, and what is read from them.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;

use super::*;
use crate::model::event::EventId;

fn deliveries(count: u64) -> Vec<DeliveryId> {
    let event = |n: u64| EventId(u128::from(n) << 32);
    (1..=count).map(|n| event(n).delivery(0)).collect()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        end: BodyEnd::Whole,
        excerpt: String::new(),
        took: Duration::ZERO,
    }
}

/// The status of each, and what holds for the rest.
fn read(answer: &Answer, count: u64) -> Option<(Vec<Option<u16>>, Rest)> {
    let told = told(answer, &deliveries(count))?;
    let statuses = told.entries.iter().map(|entry| entry.map(|entry| entry.status));
    Some((statuses.collect(), told.rest))
}

#[test]
fn results_are_told_apart_by_their_order_or_by_ids() {
    let ids = deliveries(3);
    let (event, delivery) = (ids[0].event(), ids[2]);
    let by_id = format!(
        r#"[{{"id":"{delivery}","status":500}},{{"id":"{event}","status":201}},{{"id":"theirs","index":1,"status":422}}]"#
    );
    let all = |statuses: [u16; 3]| Some((statuses.map(Some).to_vec(), Rest::NotKnown));
    for (body, statuses) in [
        (
            r#"[{"status":200},{"status":422,"error":"no"},{"status":500}]"#,
            [200, 422, 500],
        ),
        (
            r#"{"took":3,"results":[{"status":201},{"status":201},{"status":429}]}"#,
            [201, 201, 429],
        ),
        (
            r#" {"items": [{"status":200,"id":"a"},{"status":404,"id":7},{"status":200}], "n": [1]} "#,
            [200, 404, 200],
        ),
        (by_id.as_str(), [201, 422, 500]),
    ] {
        for status in [200, 207, 400, 503] {
            assert_eq!(read(&answer(status, body), 3), all(statuses), "{status} {body}");
        }
    }
}

#[test]
fn failures_alone_are_told_by_index_or_id_and_the_rest_has_not_failed() {
    let id = deliveries(3)[0];
    let body = format!(r#"{{"errors":[{{"index":2,"status":422}},{{"id":"{id}","status":409}}]}}"#);
    let expected = (vec![Some(409), None, Some(422)], Rest::AsWhole);
    assert_eq!(read(&answer(200, &body), 3), Some(expected));
    let nobodys = r#"{"errors":[{"index":2,"status":422},{"status":409}]}"#;
    let expected = (vec![None, None, Some(422)], Rest::NotKnown);
    assert_eq!(
        read(&answer(200, nobodys), 3),
        Some(expected),
        "one is not placed"
    );
}

#[test]
fn what_is_not_a_list_of_results_tells_nothing_apart() {
    for body in [
        "",
        "ok",
        "[]",
        "[1,2,3]",
        r#"{"results":"none","errors":null,"items":true}"#,
        r#"{"results":{"status":200}}"#,
        r#"{"status":200}"#,
        r#"[{"status":"ok"},{"status":"ok"},{"status":"ok"}]"#,
        r#"[{"status":200},{"status":1},{"status":200}]"#,
        r#"{"errors":[{"message":"a GraphQL error"}]}"#,
        "\u{0}\u{ff}",
    ] {
        assert_eq!(read(&answer(200, body), 3), None, "{body}");
        assert_eq!(read(&answer(500, body), 3), None, "{body}");
        let nothing = Some((vec![None; 3], Rest::NotKnown));
        assert_eq!(
            read(&answer(207, body), 3),
            nothing,
            "some may have failed: {body}"
        );
    }
    assert_eq!(read(&answer(207, r#"{"errors":[]}"#), 3), None, "none has");
}

#[test]
fn a_list_that_is_too_short_or_too_long_is_not_taken_by_its_order() {
    for body in [
        r#"[{"status":200},{"status":400}]"#,
        r#"[{"status":200},{"status":200},{"status":200},{"status":200}]"#,
    ] {
        let nothing = Some((vec![None; 3], Rest::NotKnown));
        assert_eq!(read(&answer(200, body), 3), nothing, "{body}");
    }
}

#[test]
fn of_two_results_for_one_delivery_the_failure_counts() {
    let id = deliveries(1)[0];
    for statuses in [[200, 422], [422, 200]] {
        let [one, another] = statuses.map(|status| format!(r#"{{"id":"{id}","status":{status}}}"#));
        let body = format!("[{one},{another}]");
        assert_eq!(
            read(&answer(200, &body), 1),
            Some((vec![Some(422)], Rest::NotKnown))
        );
    }
}

#[test]
fn of_a_list_that_breaks_off_only_what_has_a_place_counts() {
    let ids = deliveries(3);
    let begun = format!(
        r#"{{"results":[{{"id":"{}","status":200}},{{"status":200}},{{"id":"{}","sta"#,
        ids[1], ids[2]
    );
    for (end, rest) in [
        (BodyEnd::Cut, Rest::NotRead),
        (BodyEnd::Broken, Rest::NotKnown),
        (BodyEnd::Late, Rest::NotKnown),
        (BodyEnd::Whole, Rest::NotKnown),
    ] {
        let answer = Answer {
            end,
            ..answer(200, &begun)
        };
        assert_eq!(read(&answer, 3), Some((vec![None, Some(200), None], rest)));
    }
}

#[test]
fn what_is_not_said_is_never_taken_for_a_success_or_an_end() {
    let again = Verdict::Retry { not_before: None };
    let asked = Verdict::Retry {
        not_before: Some(crate::model::time::Millis(5)),
    };
    for rest in [Rest::AsWhole, Rest::NotKnown, Rest::NotRead] {
        assert_eq!(rest.verdict(asked), asked);
        assert_eq!(rest.verdict(Verdict::GiveBack), Verdict::GiveBack);
        assert_eq!(rest.verdict(Verdict::Gone), Verdict::Gone);
    }
    assert_eq!(Rest::AsWhole.verdict(Verdict::Delivered), Verdict::Delivered);
    assert_eq!(Rest::NotKnown.verdict(Verdict::Delivered), again);
    assert_eq!(Rest::NotRead.verdict(Verdict::Delivered), Verdict::Smaller);
    assert_eq!(Rest::AsWhole.verdict(Verdict::Dead), again);
    assert_eq!(Rest::NotKnown.verdict(Verdict::Dead), again);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_the_reader_panic(body: Vec<u8>, text in r#"[\[\]{}":,a-z0-9 ]{0,60}"#, status in 100_u16..600) {
        for body in [Bytes::from(body.clone()), Bytes::from(text.clone())] {
            let answer = Answer { body, ..answer(status, "") };
            if let Some(told) = told(&answer, &deliveries(4)) {
                prop_assert_eq!(told.entries.len(), 4);
            }
        }
    }

    #[test]
    fn every_result_reaches_its_delivery_in_any_order(
        statuses in prop::collection::vec(100_u16..600, 1..40),
        seed: u64,
        whole in any::<bool>(),
    ) {
        let ids = deliveries(statuses.len() as u64);
        let mut entries: Vec<String> = ids
            .iter()
            .zip(&statuses)
            .map(|(id, status)| format!(r#"{{"status":{status},"id":"{id}","said":"\"]}}"}}"#))
            .collect();
        let half = usize::try_from(seed % statuses.len() as u64).unwrap();
        entries.rotate_left(half);
        let text = format!(r#"{{"results":[{}]}}"#, entries.join(","));
        let end = if whole { text.len() } else { usize::try_from(seed % text.len() as u64).unwrap() };
        let answer = Answer {
            end: if whole { BodyEnd::Whole } else { BodyEnd::Cut },
            ..answer(200, &text[..end])
        };
        let Some(told) = told(&answer, &ids) else {
            prop_assert!(!whole);
            return Ok(());
        };
        for (entry, status) in told.entries.iter().zip(&statuses) {
            prop_assert!(entry.map_or(!whole, |entry| entry.status == *status));
        }
        prop_assert_eq!(told.rest, if whole { Rest::NotKnown } else { Rest::NotRead });
    }
}
