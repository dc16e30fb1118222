//! HubSpot, whose 429 names the limit it is of, and whose 207 is a part of what was asked
//! (<https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>,
//! <https://developers.hubspot.com/docs/api-reference/error-handling>).
//!
//! A contact that exists already (409) is final: whoever wants it brought up to date asks for that, as this preset does when
//! no other address is written; asking again would not change it.

use serde::Deserialize;

use super::{Judgement, Verdict, is_of_credentials, limited, retry_after};
use crate::model::delivery::AttemptClass;
use crate::model::time::Millis;
use crate::outbound::Answer;

/// How long nothing is sent after the limit of a day, in milliseconds. It ends at midnight where the account is, which no
/// answer tells; asking once an hour finds out.
const DAILY_MS: i64 = 3_600_000;
/// The span that every other limit is of, in milliseconds.
const ROLLING_MS: i64 = 10_000;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Said {
    policy_name: Option<String>,
    errors: Vec<serde_json::Value>,
}

pub(super) fn judge(answer: &Answer, now: Millis) -> Option<Judgement> {
    let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
    let refused = |verdict| Judgement {
        class: AttemptClass::Refused,
        verdict,
    };
    match (answer.status, said.policy_name.as_deref()) {
        (429, Some(policy)) if policy.contains("DAILY") => Some(limited(answer, (now, Some(DAILY_MS)))),
        (429, Some(_)) => Some(limited(answer, (now, Some(ROLLING_MS)))),
        (207, _) if !said.errors.is_empty() => Some(refused(Verdict::Dead)),
        // A key that lacks a scope is told so with a category, `MISSING_SCOPES`.
        (403, _) if is_of_credentials(&answer.excerpt) || answer.excerpt.contains("MISSING_SCOPES") => {
            Some(refused(Verdict::GiveBack))
        }
        // 423: another call has the same record locked. 477: the account is being moved.
        (423 | 477, _) => Some(refused(Verdict::Retry {
            not_before: retry_after::not_before(&answer.headers, now),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AGAIN, NOW, judged};
    use super::*;
    use crate::config::Preset;

    #[test]
    fn a_limit_is_waited_for_as_long_as_it_may_last() {
        let of = |policy: &str| {
            let said = format!(r#"{{"status":"error","errorType":"RATE_LIMIT","policyName":"{policy}"}}"#);
            judged(Preset::HubSpot, 429, &said)
        };
        let again = |ms| {
            (
                "429",
                Verdict::Retry {
                    not_before: Some(NOW.plus(ms)),
                },
            )
        };
        assert_eq!(of("TEN_SECONDLY_ROLLING"), again(ROLLING_MS));
        assert_eq!(of("SECONDLY"), again(ROLLING_MS));
        assert_eq!(of("DAILY"), again(DAILY_MS));
        assert_eq!(judged(Preset::HubSpot, 429, "<html>"), ("429", AGAIN));
    }

    #[test]
    fn a_conflict_and_a_part_that_failed_are_final() {
        let of = |status, said| judged(Preset::HubSpot, status, said).1;
        assert_eq!(
            of(200, r#"{"status":"COMPLETE","results":[{"id":"1","new":true}]}"#),
            Verdict::Delivered
        );
        assert_eq!(
            of(207, r#"{"status":"COMPLETE","results":[{"id":"1"}]}"#),
            Verdict::Delivered
        );
        let part =
            r#"{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"category":"VALIDATION_ERROR"}]}"#;
        assert_eq!(of(207, part), Verdict::Dead);
        let conflict = r#"{"message":"Contact already exists. Existing ID: 51","category":"CONFLICT"}"#;
        assert_eq!(of(409, conflict), Verdict::Dead);
        assert_eq!(of(400, r#"{"category":"VALIDATION_ERROR"}"#), Verdict::Dead);
        assert_eq!(of(403, r#"{"category":"MISSING_SCOPES"}"#), Verdict::GiveBack);
        assert_eq!(of(403, r#"{"category":"BANNED"}"#), Verdict::Dead);
        assert_eq!(
            of(401, r#"{"category":"INVALID_AUTHENTICATION"}"#),
            Verdict::GiveBack
        );
        assert_eq!(of(423, ""), AGAIN);
        assert_eq!(of(477, ""), AGAIN);
        assert_eq!(of(502, ""), AGAIN);
    }
}
