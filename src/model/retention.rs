//! Retention: when what has ended may be forgotten.

use super::delivery::EventState;
use super::event::EventStatus;
use super::time::Millis;

/// What ended before these instants may go; `None` keeps it for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Horizon {
    /// Events without dead letters.
    pub events: Option<Millis>,
    /// Events with dead letters.
    pub dead_letters: Option<Millis>,
}

impl Horizon {
    /// Whether an event that stands so may go: nothing of it waits, and nothing has happened to it since.
    #[must_use]
    pub fn is_past(&self, state: &EventState) -> bool {
        let before = match (state.status, state.dead) {
            (EventStatus::Pending | EventStatus::Processing, _) => None,
            (_, 0) => self.events,
            _ => self.dead_letters,
        };
        state.open == 0 && before.is_some_and(|before| state.updated_at < before)
    }

    /// One whose instants lie so many milliseconds earlier.
    #[must_use]
    pub fn earlier(&self, ms: i64) -> Self {
        let earlier = |before: Millis| before.plus(ms.saturating_neg());
        Self {
            events: self.events.map(earlier),
            dead_letters: self.dead_letters.map(earlier),
        }
    }

    /// The latest of its instants: what came into being after it cannot be past.
    #[must_use]
    pub fn latest(&self) -> Option<Millis> {
        self.events.max(self.dead_letters)
    }
}

/// What one step of sweeping did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many events went, with all that belonged to them.
    pub events: u64,
    /// How many of their deliveries were dead letters.
    pub dead_letters: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_ended_is_ever_past() {
        let horizon = Horizon {
            events: Some(Millis(100)),
            dead_letters: Some(Millis(50)),
        };
        let state = |status, open, dead, at| EventState {
            status,
            scheduled_at: Millis(0),
            open,
            dead,
            updated_at: Millis(at),
        };
        let cases = [
            (EventStatus::Completed, 0, 0, 99, true),
            (EventStatus::Completed, 0, 0, 100, false),
            (EventStatus::Cancelled, 0, 0, 1, true),
            (EventStatus::Expired, 0, 0, 1, true),
            (EventStatus::Failed, 0, 1, 49, true),
            (EventStatus::Failed, 0, 1, 50, false),
            (EventStatus::Failed, 1, 1, 1, false),
            (EventStatus::Pending, 1, 0, 1, false),
            (EventStatus::Processing, 0, 0, 1, false),
        ];
        for (status, open, dead, at, past) in cases {
            let state = state(status, open, dead, at);
            assert_eq!(horizon.is_past(&state), past, "{state:?}");
            assert!(!Horizon::default().is_past(&state), "kept for good: {state:?}");
        }
        assert_eq!(horizon.latest(), Some(Millis(100)));
    }
}
