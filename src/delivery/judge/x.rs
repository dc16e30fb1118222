//! X, whose 429 may be of a month's posts
//! (<https://docs.x.com/x-api/fundamentals/response-codes-and-errors>, "usage-capped").
//!
//! Of the ordinary 429 the quota's headers tell the end; it has no `Retry-After`. A 403 is of the post, such as a
//! duplicate, unless it speaks of credentials.

use super::{Judgement, limited};
use crate::model::time::Millis;
use crate::outbound::Answer;

/// How long nothing is sent where what was bought is used up; in milliseconds. It may be raised at any time, and asking once
/// an hour finds out.
const CAPPED_MS: i64 = 3_600_000;

pub(super) fn judge(answer: &Answer, now: Millis) -> Option<Judgement> {
    let said = answer.excerpt.to_lowercase();
    let capped = said.contains("usage-capped") || said.contains("usagecapexceeded");
    (answer.status == 429 && capped).then(|| limited(answer, (now, Some(CAPPED_MS))))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::super::tests::{AGAIN, NOW, judged};
    use super::*;
    use crate::config::Preset;

    #[test]
    fn a_cap_is_waited_for_and_a_duplicate_is_not() {
        let of = |status, said| judged(Preset::X, status, said);
        assert_eq!(
            of(201, r#"{"data":{"id":"1","text":"hi"}}"#),
            ("2xx", Verdict::Delivered)
        );
        assert_eq!(
            of(429, r#"{"title":"Too Many Requests","type":"about:blank"}"#),
            ("429", AGAIN)
        );
        let capped = r#"{"title":"UsageCapExceeded","type":"https://api.x.com/2/problems/usage-capped"}"#;
        let not_before = Some(NOW.plus(CAPPED_MS));
        assert_eq!(of(429, capped), ("429", Verdict::Retry { not_before }));
        let duplicate = r#"{"detail":"You are not allowed to create a Tweet with duplicate content.","title":"Forbidden"}"#;
        assert_eq!(of(403, duplicate), ("4xx", Verdict::Dead));
        let permissions = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.";
        assert_eq!(of(403, permissions), ("4xx", Verdict::GiveBack));
        assert_eq!(of(401, r#"{"title":"Unauthorized"}"#), ("4xx", Verdict::GiveBack));
        assert_eq!(of(400, r#"{"title":"Invalid Request"}"#), ("4xx", Verdict::Dead));
    }
}
