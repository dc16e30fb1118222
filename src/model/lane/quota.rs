//! Quotas: what a receiver says may still be sent before an instant, and what follows from that.
//!
//! An answer is about the moment it was made in, other calls are under way meanwhile, and answers overtake each other.
//! So the least that was said for a span counts until the span ends, and what is under way is subtracted from it.

use super::{Allowance, Hold, Why};
use crate::model::time::Millis;

/// The most quotas that are listened to at once: a quarter of an hour's, a day's, and one more each of an application's.
pub const QUOTAS_MAX: usize = 4;

/// What one call takes of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// One.
    One,
    /// What calls have taken on average, rounded up: receivers that count points do not say what a call takes.
    Learned,
}

/// What one answer said of one quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What there is in every span, if it said so.
    pub limit: Option<u64>,
    /// What is left of the present one; below zero where more was taken.
    pub remaining: i64,
    /// When the next begins, in the store's time: between these two.
    pub reset: (Millis, Millis),
}

/// What an attempt brought of quotas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Heard {
    /// No answer came, or nobody listens.
    #[default]
    Nothing,
    /// An answer, and for each quota that it may speak of what it said.
    Answer(Vec<Option<Reading>>),
}

/// One quota as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quota {
    /// Nothing is known: one call finds out.
    #[default]
    Unknown,
    /// An answer said nothing of it.
    Silent,
    /// What was said.
    Known(Known),
}

/// A quota that a receiver spoke of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What there is in every span, if it is known.
    pub limit: Option<u64>,
    /// The least that was said to be left in this span.
    pub remaining: i64,
    /// When the next span begins: between these two.
    pub reset: (Millis, Millis),
    /// The most that was said to be left in this span.
    pub most: i64,
    /// How many answers have come since the first.
    pub answers: u32,
    /// What a call has taken, rounded up; 0 while that is not known.
    pub cost: u64,
}

impl Cost {
    /// What is known before anything is learned.
    const fn known(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Learned => 0,
        }
    }
}

impl Quota {
    /// How many calls may begin at `now` with `under_way` that have not ended.
    #[must_use]
    pub fn allow(&self, under_way: usize, now: Millis) -> Allowance {
        match self {
            Self::Unknown => one_at_a_time(under_way),
            Self::Silent => Allowance::ALL,
            Self::Known(known) => known.allow(under_way, now),
        }
    }

    /// Takes in what an attempt brought at `now`: what its answer said, or `None` where it said nothing (`Some(None)`)
    /// or there was no answer (`None`).
    pub fn learn(&mut self, said: Option<Option<Reading>>, cost: Cost, now: Millis) {
        let reading = said.flatten().filter(|reading| reading.reset.1 > now);
        *self = match (*self, reading) {
            (Self::Known(known), Some(reading)) => Self::Known(known.learn(&reading, cost, now)),
            (Self::Unknown | Self::Silent, Some(reading)) => Self::Known(Known::new(&reading, cost.known())),
            // It may have been counted all the same.
            (Self::Known(known), None) if now < known.reset.1 => Self::Known(Known {
                remaining: known.remaining.saturating_sub_unsigned(known.cost),
                most: known.most.saturating_sub_unsigned(known.cost),
                ..known
            }),
            (Self::Unknown | Self::Known(_), None) if said == Some(None) => Self::Silent,
            (as_before, None) => as_before,
        };
    }
}

/// A wait for whatever is under way, which may tell more.
const fn one_at_a_time(under_way: usize) -> Allowance {
    match under_way {
        0 => Allowance::Some(1),
        _ => Allowance::None(Hold {
            why: Why::Quota,
            until: None,
        }),
    }
}

impl Known {
    const fn new(reading: &Reading, cost: u64) -> Self {
        Self {
            limit: reading.limit,
            remaining: reading.remaining,
            reset: reading.reset,
            most: reading.remaining,
            answers: 0,
            cost,
        }
    }

    fn learn(self, reading: &Reading, cost: Cost, now: Millis) -> Self {
        let limit = reading.limit.or(self.limit);
        let ended = now >= self.reset.1 || reading.reset.0 > self.reset.1;
        if ended {
            return Self {
                limit,
                ..Self::new(reading, self.cost)
            };
        }
        // An answer of the span before, that came late.
        if reading.reset.1 < self.reset.0 {
            return self;
        }
        let remaining = self.remaining.min(reading.remaining);
        let answers = self.answers.saturating_add(1);
        // All these answers lie between the most and the least: no fewer calls were counted between the two.
        let most = self.most.max(reading.remaining);
        let taken = most.saturating_sub(remaining).max(0).unsigned_abs();
        Self {
            limit,
            remaining,
            most,
            reset: (
                self.reset.0.max(reading.reset.0),
                self.reset.1.min(reading.reset.1),
            ),
            answers,
            cost: match cost {
                Cost::One => 1,
                Cost::Learned => taken.div_ceil(u64::from(answers)).max(1),
            },
        }
    }

    fn allow(&self, under_way: usize, now: Millis) -> Allowance {
        let left = match (now < self.reset.1, self.limit) {
            (true, _) => u64::try_from(self.remaining).unwrap_or(0),
            (false, Some(limit)) => limit,
            (false, None) => return one_at_a_time(under_way),
        };
        let Some(calls) = left.checked_div(self.cost) else {
            return match left {
                0 => self.none_left(),
                _ => one_at_a_time(under_way),
            };
        };
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        match calls.saturating_sub(under_way) {
            // A new span is never passed over, whatever calls have taken before.
            0 if now >= self.reset.1 => one_at_a_time(under_way),
            0 if calls > 0 => Allowance::None(Hold {
                why: Why::Quota,
                until: None,
            }),
            0 => self.none_left(),
            free => Allowance::Some(free),
        }
    }

    const fn none_left(&self) -> Allowance {
        Allowance::None(Hold {
            why: Why::Quota,
            until: Some(self.reset.1),
        })
    }
}

#[cfg(test)]
mod tests;
