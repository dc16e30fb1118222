//! How the two services behave: one limits, the other fails. Pure.

use crate::demo::launch::chance;
use crate::model::time::Millis;
use crate::model::time::http_date::{self, Form};

/// How many calls the CRM takes in a second.
pub(super) const CRM_A_SECOND: u32 = 300;

/// What is done with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::demo) enum Act {
    /// It is taken.
    Take,
    /// It is taken, but the answer comes when nobody waits for it any more.
    TakeSlowly,
    /// It is taken, and the connection ends before the answer.
    TakeAndHangUp,
    /// It is refused, perhaps with a `Retry-After` and the instant that means.
    Refuse {
        status: u16,
        retry_after: Option<(String, Option<Millis>)>,
    },
    /// The connection ends without a word.
    HangUp,
}

/// Takes so many calls in each second of the clock, and limits the others in one form after another.
#[derive(Debug, Default)]
pub(super) struct Crm {
    second: i64,
    came: u32,
    limited: u64,
}

impl Crm {
    pub(super) fn act(&mut self, now: Millis) -> Act {
        let second = now.0.div_euclid(1_000);
        if second != self.second {
            (self.second, self.came) = (second, 0);
        }
        self.came += 1;
        if self.came <= CRM_A_SECOND {
            return Act::Take;
        }
        self.limited += 1;
        Act::Refuse {
            status: 429,
            retry_after: Some(retry_after(self.limited, now)),
        }
    }
}

/// Seconds, a date in each form there is, and nonsense, in turn; and what that means.
fn retry_after(nth: u64, now: Millis) -> (String, Option<Millis>) {
    let next_second = Millis((now.0.div_euclid(1_000) + 1) * 1_000);
    let date = |form| (http_date::write(next_second, form), Some(next_second));
    match nth % 5 {
        0 => ("1".to_owned(), Some(now.plus(1_000))),
        1 => date(Form::Fixdate),
        2 => date(Form::Rfc850),
        3 => date(Form::Asctime),
        _ => ("in a while".to_owned(), None),
    }
}

/// Fails one call in nine, in all the ways there are.
#[derive(Debug, Default)]
pub(super) struct Mailer {
    came: u64,
}

impl Mailer {
    pub(super) fn act(&mut self, now: Millis) -> Act {
        self.came += 1;
        let refuse = |status, retry_after| Act::Refuse { status, retry_after };
        match chance(1, self.came) % 1_000 {
            0..40 => refuse(503, None),
            40..50 => refuse(503, Some(("1".to_owned(), Some(now.plus(1_000))))),
            50..70 => refuse(500, None),
            70..90 => Act::HangUp,
            90..105 => Act::TakeAndHangUp,
            105..110 => Act::TakeSlowly,
            _ => Act::Take,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crm_limits_what_is_too_much_for_a_second_in_every_form() {
        let mut crm = Crm::default();
        let now = Millis(1_796_112_060_250);
        for _ in 0..CRM_A_SECOND {
            assert_eq!(crm.act(now), Act::Take);
        }
        let mut forms = Vec::new();
        for _ in 0..5 {
            match crm.act(now) {
                Act::Refuse {
                    status: 429,
                    retry_after: Some((text, means)),
                } => {
                    let read = http_date::parse(&text, now)
                        .or_else(|| Some(now.plus(text.parse::<i64>().ok()? * 1_000)));
                    assert_eq!(read, means, "{text}");
                    forms.push(text);
                }
                other => panic!("{other:?}"),
            }
        }
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), 5, "{forms:?}");
        assert_eq!(crm.act(now.plus(750)), Act::Take);
    }

    #[test]
    fn the_mailer_fails_one_call_in_nine() {
        let mut mailer = Mailer::default();
        let acts: Vec<Act> = (0..10_000).map(|_| mailer.act(Millis(0))).collect();
        let count = |is: fn(&Act) -> bool| acts.iter().filter(|act| is(act)).count();
        assert!((8_700..9_100).contains(&count(|act| *act == Act::Take)));
        assert!(count(|act| *act == Act::TakeSlowly) > 20);
        assert!(count(|act| *act == Act::TakeAndHangUp) > 100);
        assert!(
            count(|act| matches!(
                act,
                Act::Refuse {
                    retry_after: Some(_),
                    ..
                }
            )) > 50
        );
    }
}
