//! SendGrid, whose 403 has three meanings and whose 202 is done
//! (<https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses>).

use super::{Judgement, Verdict, limited};
use crate::model::delivery::AttemptClass;
use crate::model::time::Millis;
use crate::outbound::Answer;

/// How long nothing is sent to who has blocked us for a time it does not tell; in milliseconds. A quarter of an hour is
/// four calls in each hour of it.
const BLOCKED_MS: i64 = 15 * 60_000;

pub(super) fn judge(answer: &Answer, now: Millis) -> Option<Judgement> {
    let said = answer.excerpt.to_lowercase();
    match answer.status {
        // "You are temporarily blocked from sending emails due to repeated bad requests."
        403 if said.contains("temporarily blocked") => Some(limited(answer, (now, Some(BLOCKED_MS)))),
        // What it says of a key that may not send.
        403 if said.contains("access forbidden") => Some(Judgement {
            class: AttemptClass::Refused,
            verdict: Verdict::GiveBack,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AGAIN, NOW, judged};
    use super::*;
    use crate::config::Preset;

    #[test]
    fn a_403_is_of_the_key_of_a_block_or_of_the_mail() {
        let of = |status, said: &str| judged(Preset::SendGrid, status, said);
        assert_eq!(of(202, ""), ("2xx", Verdict::Delivered));
        let errors = |message: &str| format!(r#"{{"errors":[{{"message":"{message}","field":null}}]}}"#);
        assert_eq!(of(403, &errors("access forbidden")), ("4xx", Verdict::GiveBack));
        assert_eq!(
            of(401, &errors("authorization required")),
            ("4xx", Verdict::GiveBack)
        );
        let sender = "The from address does not match a verified Sender Identity.";
        assert_eq!(of(403, &errors(sender)), ("4xx", Verdict::Dead));
        let blocked = "You are temporarily blocked from sending emails due to repeated bad requests.";
        let not_before = Some(NOW.plus(BLOCKED_MS));
        assert_eq!(of(403, &errors(blocked)), ("429", Verdict::Retry { not_before }));
        assert_eq!(
            of(400, &errors("does not contain a valid address")).1,
            Verdict::Dead
        );
        assert_eq!(of(413, "").1, Verdict::Dead);
        assert_eq!(of(429, &errors("too many requests")), ("429", AGAIN));
        assert_eq!(of(500, ""), ("5xx", AGAIN));
    }
}
