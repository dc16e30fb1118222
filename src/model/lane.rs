//! Lanes: what holds deliveries to one destination back besides their due times.
//!
//! Rules come from the configuration ([`Rules`]); what was learned from answers comes as a [`Lesson`]. How many may leave
//! now is an [`Allowance`], decided where they are claimed.

pub mod batch;
pub mod breaker;
pub mod quota;
pub mod window;

use std::sync::Arc;

use super::time::Millis;
use breaker::BreakerPolicy;
use quota::{Cost, Heard};
use window::Window;

/// Destinations that share one account of what was sent: those of one `quota_group`, or one by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName(Arc<str>);

impl GroupName {
    /// The group that is written so.
    #[must_use]
    pub fn shared(name: &str) -> Self {
        Self(format!("group/{name}").into())
    }

    /// A destination by itself. No shared group has the same name.
    #[must_use]
    pub fn alone(destination: &str) -> Self {
        Self(format!("destination/{destination}").into())
    }

    /// As it stands in the data file.
    #[must_use]
    pub fn stored(name: &str) -> Self {
        Self(name.into())
    }

    /// The name of a shared group, as it is written.
    #[must_use]
    pub fn shared_name(&self) -> Option<&str> {
        self.0.strip_prefix("group/")
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By what a lane is held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// With whom it shares windows and quota; they all have the same.
    pub group: GroupName,
    /// How many calls any span of a length may hold.
    pub windows: Vec<Window>,
    /// What one call takes of the quota that the receiver speaks of; `None`: it is not listened to.
    pub quota: Option<Cost>,
    /// When calls stop because they fail; `None`: they never do.
    pub breaker: Option<BreakerPolicy>,
}

/// How many deliveries may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// At most so many, at least one.
    Some(usize),
    /// None.
    None(Hold),
}

impl Allowance {
    /// As many as anybody likes.
    pub const ALL: Self = Self::Some(usize::MAX);

    /// What both allow. Of two reasons to wait the longer one counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(one), Self::Some(another)) => Self::Some(one.min(another)),
            (Self::None(one), Self::None(another)) => Self::None(one.or_longer(another)),
            (none @ Self::None(_), Self::Some(_)) | (Self::Some(_), none) => none,
        }
    }
}

impl Allowance {
    /// Where nothing leaves until something under way has ended: until `end` at the latest.
    #[must_use]
    pub fn until(self, end: Option<Millis>) -> Self {
        match self {
            Self::None(Hold { why, until }) => Self::None(Hold {
                why,
                until: until.or(end),
            }),
            some @ Self::Some(_) => some,
        }
    }
}

/// Why nothing leaves now, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub why: Why,
    /// In the store's time; `None`: until something under way has ended.
    pub until: Option<Millis>,
}

impl Hold {
    fn or_longer(self, other: Self) -> Self {
        match (self.until, other.until) {
            (Some(one), Some(another)) if another > one => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }
}

/// What nothing leaves because of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Calls have failed too often.
    Breaker,
    /// The receiver asked for it.
    RetryAfter,
    /// As many have been sent as may be.
    Window,
    /// The receiver takes no more.
    Quota,
}

impl Why {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaker => "breaker",
            Self::RetryAfter => "retry-after",
            Self::Window => "window",
            Self::Quota => "quota",
        }
    }
}

/// What one attempt taught about its destination. The default is: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// How the destination fares.
    pub health: Health,
    /// What the answer said of quotas.
    pub heard: Heard,
    /// Nothing is to be sent before this instant of the store's time.
    pub hold_until: Option<Millis>,
    /// Whether anything was sent: what was not takes up no window.
    pub unsent: bool,
}

impl Lesson {
    /// Nothing was sent, and nothing learned.
    #[must_use]
    pub fn unsent() -> Self {
        Self {
            unsent: true,
            ..Self::default()
        }
    }

    /// The same by a clock that is ahead by so many milliseconds.
    #[must_use]
    pub fn later_by(mut self, ms: i64) -> Self {
        self.hold_until = self.hold_until.map(|at| at.plus(ms));
        if let Heard::Answer(said) = &mut self.heard {
            for reading in said.iter_mut().flatten() {
                reading.reset = (reading.reset.0.plus(ms), reading.reset.1.plus(ms));
            }
        }
        self
    }
}

/// How a destination fares, by one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing is known.
    #[default]
    Unknown,
    /// It answers for itself, even if only to refuse.
    Well,
    /// It does not, for this reason.
    Ill(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_allowed_and_the_longest_wait_counts() {
        let hold = |why, until: Option<i64>| {
            Allowance::None(Hold {
                why,
                until: until.map(Millis),
            })
        };
        assert_eq!(Allowance::ALL.and(Allowance::Some(3)), Allowance::Some(3));
        let quota = hold(Why::Quota, Some(9));
        assert_eq!(Allowance::Some(3).and(quota), quota);
        assert_eq!(hold(Why::Window, Some(5)).and(quota), quota);
        assert_eq!(quota.and(hold(Why::Window, None)), quota);
        assert_eq!(hold(Why::Window, None).and(quota), quota);
    }

    #[test]
    fn a_destination_is_never_taken_for_a_group() {
        assert_ne!(GroupName::shared("x"), GroupName::alone("x"));
    }
}
