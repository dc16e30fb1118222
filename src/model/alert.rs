//! Alerts: what is watched, when it is too much, and what is said of it.
//!
//! A rule has terms: a bound, over how long it is measured, and for how long it must be broken. What is measured is told by
//! whoever measures; whether that begins, goes on or ends something, and whether anybody is told of it, is decided here, so
//! that the same readings make the same messages on every machine and in every test.
//!
//! One message is sent when a rule fires, one at most every so often while it does, and one when it is over. What is over
//! again and again is over only after longer and longer quiet.

mod rule;
#[cfg(test)]
mod tests;

pub use rule::{Rule, Side, Terms, Unit, for_people};

use super::delivery::DestinationNumber;
use super::event::{EventId, Routed};
use super::ids::IdempotencyKey;
use super::time::Millis;

/// The type of the events that messages of alerts are.
pub const EVENT_TYPE: &str = "GANTRY_ALERT";
/// How long a rule must be kept to again before it is over, in milliseconds, and at most, once that was said too early again
/// and again. It is never less than the rule's own time.
pub const QUIET_MS: (i64, i64) = (60_000, 3_600_000);
/// What fires again so soon after it was over, in milliseconds, was over too early.
pub const AGAIN_MS: i64 = 3_600_000;
/// How often the quiet is doubled at most.
const DOUBLED_MOST: u8 = 6;

/// What an alert is of: a rule, and the destination that breaks it where it is a rule of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlertKey {
    /// Which rule.
    pub rule: Rule,
    /// Whose; `None`: of the whole.
    pub destination: Option<DestinationNumber>,
}

impl AlertKey {
    /// The key of a message of it: the same for the same rule, beginning and word, so that no message is recorded twice.
    #[must_use]
    pub fn message(self, since: Millis, word: Word) -> IdempotencyKey {
        let rule = self.rule.as_str();
        let of = self.destination.map_or(0, |number| u32::from(number.0) + 1);
        let since = since.0;
        IdempotencyKey::of_parts(match word {
            Word::Reminder { nth } => format!("alert:{rule}:{of}:{since}:{nth}"),
            word => format!("alert:{rule}:{of}:{since}:{}", word.as_str()),
        })
    }
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stand {
    /// The rule is kept to.
    #[default]
    Quiet,
    /// It is broken, not for long enough yet.
    Pending {
        /// Since when.
        since: Millis,
    },
    /// It is broken, and that was said.
    Firing {
        /// Since when it is broken.
        since: Millis,
        /// When that was said last, never before `since`.
        told_at: Millis,
        /// How many reminders there were.
        reminders: u32,
        /// Since when it is kept to again, not for long enough yet.
        quiet_since: Option<Millis>,
    },
}

impl Stand {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Quiet => "ok",
            Self::Pending { .. } => "pending",
            Self::Firing { .. } => "firing",
        }
    }

    /// Since when the rule is broken.
    #[must_use]
    pub const fn since(&self) -> Option<Millis> {
        match self {
            Self::Quiet => None,
            Self::Pending { since } | Self::Firing { since, .. } => Some(*since),
        }
    }
}

/// What is remembered of an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlertState {
    /// Where it stands.
    pub stand: Stand,
    /// When it was over last, as long as that matters.
    pub resolved_at: Option<Millis>,
    /// How often it has fired again too soon.
    pub again: u8,
    /// What was measured when that was last of interest.
    pub value: f64,
    /// The last message, where one was recorded.
    pub event: Option<EventId>,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It has begun.
    Firing,
    /// It goes on.
    Reminder {
        /// Which reminder of it this is, from 1.
        nth: u32,
    },
    /// It is over.
    Resolved,
}

impl Word {
    /// Its name in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Reminder { .. } => "reminder",
            Self::Resolved => "resolved",
        }
    }
}

/// What is to be said of an alert now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message {
    /// What of it.
    pub word: Word,
    /// Since when the rule was broken.
    pub since: Millis,
    /// What was measured; `None`: there is nothing to measure any more.
    pub value: Option<f64>,
}

impl AlertState {
    /// Where it stands after `reading`, `None` where there was nothing to measure, and what is to be said of that; a reminder
    /// after `remind_ms`, `None`: never. A clock that was set back makes everything last longer and nothing come twice.
    #[must_use]
    pub fn after(
        self,
        (rule, terms): (Rule, &Terms),
        reading: Option<f64>,
        (now, remind_ms): (Millis, Option<i64>),
    ) -> (Self, Option<Message>) {
        let broken = reading.filter(|value| rule.side().breaks(*value, terms.limit));
        match (self.stand, broken) {
            (Stand::Quiet, None) => (self.forgetting(now), None),
            (Stand::Pending { .. }, None) => {
                let kept = Self {
                    stand: Stand::Quiet,
                    ..self
                };
                (kept.forgetting(now), None)
            }
            (Stand::Quiet, Some(value)) => {
                let begun = Self {
                    stand: Stand::Pending { since: now },
                    value,
                    ..self
                };
                begun.broken_since((now, value), terms, now)
            }
            (Stand::Pending { since }, Some(value)) => self.broken_since((since, value), terms, now),
            (Stand::Firing { .. }, Some(value)) => self.still_broken(value, (now, remind_ms)),
            (Stand::Firing { .. }, None) => self.kept_to(reading, terms, now),
        }
    }

    fn broken_since(
        self,
        (since, value): (Millis, f64),
        terms: &Terms,
        now: Millis,
    ) -> (Self, Option<Message>) {
        let since = since.min(now);
        let is_again = self.resolved_at.is_some_and(|at| passed(at, now) < AGAIN_MS);
        if passed(since, now) < terms.for_ms {
            let stand = Stand::Pending { since };
            return (Self { stand, ..self }, None);
        }
        let state = Self {
            stand: Stand::Firing {
                since,
                told_at: now,
                reminders: 0,
                quiet_since: None,
            },
            resolved_at: None,
            again: match is_again {
                true => self.again.saturating_add(1).min(DOUBLED_MOST),
                false => 0,
            },
            value,
            event: None,
        };
        (state, Some(message(Word::Firing, since, Some(value))))
    }

    fn still_broken(self, value: f64, (now, remind_ms): (Millis, Option<i64>)) -> (Self, Option<Message>) {
        let Stand::Firing {
            since,
            told_at,
            reminders,
            ..
        } = self.stand
        else {
            return (self, None);
        };
        let is_due = remind_ms.is_some_and(|every| passed(told_at, now) >= every);
        let nth = reminders.saturating_add(u32::from(is_due));
        let stand = Stand::Firing {
            since,
            told_at: if is_due { now } else { told_at },
            reminders: nth,
            quiet_since: None,
        };
        let said = is_due.then(|| message(Word::Reminder { nth }, since, Some(value)));
        (Self { stand, ..self }.with_value(value, said.is_some()), said)
    }

    /// What is measured goes up and down all the time: it is remembered with what is said of it.
    const fn with_value(self, value: f64, is_said: bool) -> Self {
        match is_said {
            true => Self { value, ..self },
            false => self,
        }
    }

    fn kept_to(self, reading: Option<f64>, terms: &Terms, now: Millis) -> (Self, Option<Message>) {
        let Stand::Firing {
            since,
            told_at,
            reminders,
            quiet_since,
        } = self.stand
        else {
            return (self, None);
        };
        let quiet_since = quiet_since.map_or(now, |at| at.min(now));
        if passed(quiet_since, now) < self.quiet_ms(terms) {
            let stand = Stand::Firing {
                since,
                told_at,
                reminders,
                quiet_since: Some(quiet_since),
            };
            return (Self { stand, ..self }, None);
        }
        let state = Self {
            stand: Stand::Quiet,
            resolved_at: Some(now),
            value: reading.unwrap_or(self.value),
            ..self
        };
        (state, Some(message(Word::Resolved, since, reading)))
    }

    /// How long the rule must be kept to before it is over.
    fn quiet_ms(&self, terms: &Terms) -> i64 {
        let (least, most) = QUIET_MS;
        let least = least.max(terms.for_ms);
        let doubled = least.saturating_mul(1_i64 << self.again.min(DOUBLED_MOST));
        doubled.min(most.max(least))
    }

    /// What is long over does not matter any more.
    fn forgetting(self, now: Millis) -> Self {
        match self.resolved_at {
            Some(at) if passed(at, now) < AGAIN_MS => self,
            _ => Self::default(),
        }
    }

    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it fires.
    #[must_use]
    pub const fn is_firing(&self) -> bool {
        matches!(self.stand, Stand::Firing { .. })
    }
}

const fn message(word: Word, since: Millis, value: Option<f64>) -> Message {
    Message { word, since, value }
}

/// Milliseconds from one instant to another; none where the clock was set back between them.
fn passed(from: Millis, to: Millis) -> i64 {
    to.0.saturating_sub(from.0).max(0)
}

/// An alert's next state, with the event of what is said of it and whom that goes to: taken in one transaction, so that what
/// was said and the word that it was said are never one without the other.
#[derive(Clone, Debug)]
pub struct AlertStep {
    /// Which alert.
    pub key: AlertKey,
    /// How it stands from now on.
    pub state: AlertState,
    /// The message.
    pub message: Option<Routed>,
}
