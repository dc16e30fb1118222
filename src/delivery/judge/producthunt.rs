//! Product Hunt, whose GraphQL answers 200 also where nothing was done, and says so in `errors`
//! (<https://spec.graphql.org/October2021/#sec-Errors>; for the limit and a refused token,
//! <https://api.producthunt.com/v2/docs>).

use serde::Deserialize;

use super::{Judgement, Verdict, is_of_credentials, limited};
use crate::model::delivery::AttemptClass;
use crate::model::time::Millis;
use crate::outbound::Answer;

/// The longest that an answer's own `reset_in` is believed, in seconds: what the limit is reckoned by.
const RESET_MAX_S: u32 = 15 * 60;

/// What is read of an answer.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    errors: Vec<Wrong>,
}

/// An error as GraphQL words it, or as this API does before it comes to GraphQL.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wrong {
    error: Option<String>,
    error_description: Option<String>,
    message: Option<String>,
    extensions: Extensions,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    reset_in: Option<u32>,
}

impl Wrong {
    /// All it says, in lower case.
    fn text(&self) -> String {
        let parts = [
            &self.error,
            &self.error_description,
            &self.message,
            &self.extensions.code,
        ];
        let said: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        said.join(" ").to_lowercase()
    }
}

pub(super) fn judge(answer: &Answer, now: Millis) -> Option<Judgement> {
    if !matches!(answer.status, 200 | 429) {
        return None;
    }
    // What is no JSON, or was cut, says nothing: then the status stands.
    let said: Said = serde_json::from_slice(&answer.body).ok()?;
    let errors: Vec<(&Wrong, String)> = said.errors.iter().map(|wrong| (wrong, wrong.text())).collect();
    let limit = errors.iter().find(|(_, text)| is_of_the_limit(text));
    if let Some((wrong, _)) = limit {
        let reset_s = wrong.details.reset_in.map(|reset_s| reset_s.min(RESET_MAX_S));
        return Some(limited(
            answer,
            (now, reset_s.map(|reset_s| i64::from(reset_s) * 1_000)),
        ));
    }
    let refused = |verdict| Judgement {
        class: AttemptClass::Refused,
        verdict,
    };
    match answer.status {
        200 if errors.iter().any(|(_, text)| is_of_credentials(text)) => Some(refused(Verdict::GiveBack)),
        200 if !errors.is_empty() => Some(refused(Verdict::Dead)),
        _ => None,
    }
}

/// A query that is too complex by itself is no matter of the limit: it never becomes less so.
fn is_of_the_limit(text: &str) -> bool {
    ["rate_limit", "rate limit", "throttled"]
        .iter()
        .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AGAIN, NOW, judged};
    use super::*;
    use crate::config::Preset;

    #[test]
    fn errors_within_a_200_are_judged() {
        let of = |status, said| judged(Preset::ProductHunt, status, said);
        assert_eq!(
            of(200, r#"{"data":{"post":{"votesCount":7}}}"#),
            ("2xx", Verdict::Delivered)
        );
        assert_eq!(of(200, r#"{"data":{},"errors":[]}"#), ("2xx", Verdict::Delivered));
        let limit = r#"{"data":null,"errors":[{"error":"rate_limit_reached","error_description":"Sorry. You have exceeded the API rate limit, please try again later.","details":{"limit":6250,"remaining":0,"reset_in":100}}]}"#;
        let not_before = Some(NOW.plus(100_000));
        for status in [200, 429] {
            assert_eq!(
                of(status, limit),
                ("429", Verdict::Retry { not_before }),
                "{status}"
            );
        }
        let bare = r#"{"errors":[{"message":"Rate limit exceeded"}]}"#;
        assert_eq!(of(200, bare), ("429", AGAIN));
        assert_eq!(of(429, bare), ("429", AGAIN));
        let token = r#"{"data":null,"errors":[{"error":"invalid_oauth_token","error_description":"Please supply a valid access token."}]}"#;
        for status in [200, 401] {
            assert_eq!(of(status, token), ("4xx", Verdict::GiveBack), "{status}");
        }
        for said in [
            r#"{"errors":[{"message":"Field 'votes' doesn't exist on type 'Post'","extensions":{"code":"undefinedField"}}]}"#,
            r#"{"errors":[{"message":"Query has complexity of 9000, which exceeds max complexity of 1000"}]}"#,
            r#"{"data":{"post":null},"errors":[{"message":"no such post","path":["post"]}]}"#,
        ] {
            assert_eq!(of(200, said), ("4xx", Verdict::Dead), "{said}");
        }
    }

    #[test]
    fn what_is_no_answer_of_graphql_is_judged_by_its_status() {
        let of = |status, said| judged(Preset::ProductHunt, status, said).1;
        assert_eq!(of(200, "<html>"), Verdict::Delivered);
        assert_eq!(of(502, r#"{"errors":[{"message":"rate limit"}]}"#), AGAIN);
        assert_eq!(of(429, ""), AGAIN);
        let endless = r#"{"errors":[{"error":"rate_limit_reached","details":{"reset_in":4000000000}}]}"#;
        let not_before = Some(NOW.plus(900_000));
        assert_eq!(of(200, endless), Verdict::Retry { not_before });
    }
}
