//! Judgements by HTTP, and of those vendors who need no more.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::RETRY_AFTER;

use super::*;
use crate::outbound::BodyEnd;

pub(super) const NOW: Millis = Millis(1_796_112_000_000);

/// An answer whose body is `said`.
pub(super) fn answer(status: u16, said: &str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(said.as_bytes()),
        end: BodyEnd::Whole,
        excerpt: said.to_owned(),
        took: Duration::ZERO,
    }
}

pub(super) const AGAIN: Verdict = Verdict::Retry { not_before: None };

/// As whose API `preset` names is judged.
pub(super) fn judged(preset: Preset, status: u16, said: &str) -> (&'static str, Verdict) {
    let judgement = judge(preset, &Ok(answer(status, said)), NOW);
    (judgement.class.as_str(), judgement.verdict)
}

fn of(status: u16) -> (&'static str, Verdict) {
    let judgement = judge(Preset::Http, &Ok(answer(status, "")), NOW);
    (judgement.class.as_str(), judgement.verdict)
}

#[test]
fn every_status_has_its_class_and_its_verdict() {
    for status in 100..=999 {
        let expected = match status {
            200..=299 => ("2xx", Verdict::Delivered),
            300..=399 => ("3xx", Verdict::Dead),
            401 => ("4xx", Verdict::GiveBack),
            408 | 425 => ("4xx", AGAIN),
            410 => ("4xx", Verdict::Gone),
            429 => ("429", AGAIN),
            400..=499 => ("4xx", Verdict::Dead),
            500.. => ("5xx", AGAIN),
            _ => ("network", AGAIN),
        };
        assert_eq!(of(status), expected, "{status}");
    }
}

#[test]
fn faults_of_the_network_are_worth_another_attempt() {
    for error in [
        SendError::Name("no such name".to_owned()),
        SendError::Connect("refused".to_owned()),
        SendError::Tls("expired".to_owned()),
        SendError::Timeout(Duration::from_secs(10)),
        SendError::Broken("reset".to_owned()),
        SendError::Refused(crate::outbound::EgressRefusal::NoHost),
    ] {
        let judgement = judge(Preset::Http, &Err(error), NOW);
        assert_eq!(judgement.class, AttemptClass::Network);
        assert_eq!(judgement.verdict, Verdict::Retry { not_before: None });
    }
}

#[test]
fn what_is_tried_again_waits_as_asked_and_what_is_not_does_not() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        for text in [
            "90",
            "Tue, 01 Dec 2026 08:01:30 GMT",
            "Tuesday, 01-Dec-26 08:01:30 GMT",
            "Tue Dec  1 08:01:30 2026",
        ] {
            let mut asking = answer(status, "");
            asking.headers.insert(RETRY_AFTER, text.parse().unwrap());
            let not_before = Some(NOW.plus(90_000));
            assert_eq!(
                judge(Preset::Http, &Ok(asking), NOW).verdict,
                Verdict::Retry { not_before },
                "{status} {text}"
            );
        }
    }
    let mut moved = answer(301, "");
    moved.headers.insert(RETRY_AFTER, "90".parse().unwrap());
    assert_eq!(judge(Preset::Http, &Ok(moved), NOW).verdict, Verdict::Dead);
}

#[test]
fn a_403_pauses_only_where_it_speaks_of_credentials() {
    for said in [
        r#"{"error":"Invalid API key"}"#,
        r#"{"detail":"Authentication credentials were not provided."}"#,
        r#"{"title":"Unauthorized"}"#,
        "OAuth scope missing",
        "The access_token has been revoked",
        "Your token has expired",
    ] {
        assert_eq!(
            judge(Preset::Http, &Ok(answer(403, said)), NOW).verdict,
            Verdict::GiveBack,
            "{said}"
        );
    }
    for said in [
        "",
        "Forbidden",
        "This contact has opted out",
        "CSRF token missing",
        "duplicate content",
    ] {
        assert_eq!(
            judge(Preset::Http, &Ok(answer(403, said)), NOW).verdict,
            Verdict::Dead,
            "{said}"
        );
    }
    let mut asking = answer(403, "");
    asking.headers.insert(WWW_AUTHENTICATE, "Bearer".parse().unwrap());
    assert_eq!(judge(Preset::Http, &Ok(asking), NOW).verdict, Verdict::GiveBack);
    assert_eq!(
        judge(Preset::Http, &Ok(answer(404, "invalid api key")), NOW).verdict,
        Verdict::Dead
    );
}

#[test]
fn a_status_stands_whatever_became_of_its_body() {
    for end in [BodyEnd::Cut, BodyEnd::Broken, BodyEnd::Late] {
        let cut = Answer {
            end,
            ..answer(200, "")
        };
        assert_eq!(
            judge(Preset::Http, &Ok(cut), NOW).verdict,
            Verdict::Delivered,
            "{end:?}"
        );
    }
}

#[test]
fn what_slack_refuses_is_final_and_its_limit_is_not() {
    // <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>, "Handling errors".
    let of = |status, said| judged(Preset::Slack, status, said).1;
    assert_eq!(of(200, "ok"), Verdict::Delivered);
    for (status, said) in [
        (400, "invalid_payload"),
        (400, "user_not_found"),
        (403, "action_prohibited"),
        (404, "channel_not_found"),
        (404, "no_service"),
    ] {
        assert_eq!(of(status, said), Verdict::Dead, "{status} {said}");
    }
    assert_eq!(of(410, "channel_is_archived"), Verdict::Gone);
    assert_eq!(of(403, "invalid_token"), Verdict::GiveBack);
    assert_eq!(of(429, "rate_limited"), AGAIN);
    assert_eq!(of(500, "rollup_error"), AGAIN);
}

#[test]
fn mailgun_and_standard_webhooks_are_judged_by_status() {
    for preset in [Preset::Mailgun, Preset::StandardWebhooks] {
        let of = |status, said| judged(preset, status, said).1;
        assert_eq!(of(200, r#"{"message":"Queued. Thank you."}"#), Verdict::Delivered);
        assert_eq!(of(400, "to parameter is not a valid address"), Verdict::Dead);
        assert_eq!(of(401, "Forbidden"), Verdict::GiveBack);
        assert_eq!(of(410, ""), Verdict::Gone);
        assert_eq!(of(429, ""), AGAIN);
        assert_eq!(of(502, ""), AGAIN);
    }
}
