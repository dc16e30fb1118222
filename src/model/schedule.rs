//! Schedules: what is remembered of one between its runs, and which run is still to be made.

use super::event::EventId;
use super::ids::ScheduleName;
use super::time::Millis;

/// A run that is made so long after its time is late, in milliseconds: longer than it takes to look at a clock that was set.
pub const LATE_AFTER_MS: i64 = 60_000;
/// So far the clock may be set back, in milliseconds, and a schedule still waits for where it was. A clock that was further
/// ahead was wrong, and nothing is to wait for it; occurrences that come again have their keys.
pub const SET_BACK_MOST_MS: i64 = 86_400_000;

/// What is remembered of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleState {
    /// Whose it is.
    pub name: ScheduleName,
    /// The digest of its timetable. Another timetable has missed nothing of this one's.
    pub timetable: u128,
    /// What was due up to this instant, by people's clocks, is decided on.
    pub decided: Millis,
    /// The last run there was.
    pub last: Option<Run>,
}

/// A run of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it was due.
    pub at: Millis,
    /// When it was made, by people's clocks.
    pub made_at: Millis,
    /// Its event; `None` where another event had its key.
    pub event: Option<EventId>,
    /// How many runs due before it were missed, and are not made up for otherwise; see
    /// [`super::time::cron::COUNTED_MOST`].
    pub missed: u32,
}

impl Run {
    /// Whether it made up for others, or was made more than [`LATE_AFTER_MS`] after its time.
    #[must_use]
    pub const fn is_late(&self) -> bool {
        self.missed > 0 || self.made_at.0.saturating_sub(self.at.0) > LATE_AFTER_MS
    }
}

impl ScheduleState {
    /// What is to be remembered of a schedule that is configured with this timetable at `now`: what was, or, where it is
    /// new, has another timetable, or was decided on by a clock that was far ahead, a beginning. A beginning has missed
    /// nothing.
    #[must_use]
    pub fn of((name, timetable): (ScheduleName, u128), before: Option<Self>, now: Millis) -> Self {
        match before {
            Some(before) if before.timetable == timetable && !before.is_far_ahead(now) => before,
            before => Self {
                name,
                timetable,
                decided: now,
                last: before.and_then(|before| before.last),
            },
        }
    }

    /// Whether it was decided on by a clock that was wrong.
    #[must_use]
    pub fn is_far_ahead(&self, now: Millis) -> bool {
        self.decided > now.plus(SET_BACK_MOST_MS)
    }

    /// Whether the run of this timetable that is due at `at` is still to be made.
    #[must_use]
    pub fn awaits(&self, timetable: u128, at: Millis) -> bool {
        self.timetable == timetable && self.decided < at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> ScheduleName {
        ScheduleName::parse("digest").unwrap()
    }

    fn state(timetable: u128, decided: i64) -> ScheduleState {
        let run = Run {
            at: Millis(decided),
            made_at: Millis(decided),
            event: None,
            missed: 0,
        };
        ScheduleState {
            name: name(),
            timetable,
            decided: Millis(decided),
            last: Some(run),
        }
    }

    #[test]
    fn a_schedule_goes_on_where_it_was_and_begins_where_it_is_new_or_another() {
        let of = |timetable, before, now| ScheduleState::of((name(), timetable), before, Millis(now));
        let new = of(1, None, 5);
        assert_eq!((new.decided, new.last), (Millis(5), None));
        assert_eq!(of(1, Some(state(1, 7)), 1_000_000), state(1, 7));
        let edited = of(2, Some(state(1, 7)), 1_000_000);
        assert_eq!((edited.timetable, edited.decided), (2, Millis(1_000_000)));
        assert_eq!(edited.last, state(1, 7).last, "what it did it did");
    }

    #[test]
    fn a_clock_set_back_by_an_hour_is_waited_for_and_one_set_back_by_a_year_is_not() {
        let of = |now| ScheduleState::of((name(), 1), Some(state(1, SET_BACK_MOST_MS)), Millis(now)).decided;
        assert_eq!(of(0), Millis(SET_BACK_MOST_MS));
        assert_eq!(of(-1), Millis(-1));
    }

    #[test]
    fn each_run_is_awaited_once() {
        let state = state(1, 7);
        assert!(state.awaits(1, Millis(8)));
        assert!(!state.awaits(1, Millis(7)) && !state.awaits(2, Millis(8)));
    }

    #[test]
    fn a_run_is_late_after_a_minute_or_where_it_makes_up_for_others() {
        let run = |made_at, missed| Run {
            at: Millis(0),
            made_at: Millis(made_at),
            event: None,
            missed,
        };
        assert!(!run(LATE_AFTER_MS, 0).is_late());
        assert!(run(LATE_AFTER_MS + 1, 0).is_late() && run(0, 1).is_late());
    }
}
