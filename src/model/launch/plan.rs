//! The plan: what a launch does by itself, each step once, while it is of use.
//!
//! A step has a span: it is due from its beginning, and of no use any more from its end. Whoever was away for all of it finds
//! it missed, and does not make up for it. What fails is tried again, some times, within the span.

use super::Item;
use crate::model::ids::IdempotencyKey;
use crate::model::time::Millis;

/// The type of the events that the plan's messages are.
pub const EVENT_TYPE: &str = "GANTRY_LAUNCH";
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// How often a step is tried that fails.
pub const TRIES_MOST: u32 = 5;
/// How long after a try that failed the next may be made, in milliseconds.
pub const TRY_EVERY_MS: i64 = 2 * MINUTE_MS;

macro_rules! steps {
    ($($(#[$doc:meta])+ $step:ident $name:literal $from:literal .. $to:literal $title:literal),+ $(,)?) => {
        /// Something that the plan of a launch does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Step {
            $($(#[$doc])+ $step),+
        }

        impl Step {
            /// Every step, in the order in which they begin.
            pub const ALL: &'static [Self] = &[$(Self::$step),+];

            /// Its name, in the configuration and in the data file.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$step => $name),+ }
            }

            /// What it does, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$step => $title),+ }
            }

            /// Its span, in whole hours of the launch: from the first, before the second.
            #[must_use]
            pub const fn hours(self) -> (i64, i64) {
                match self { $(Self::$step => ($from, $to)),+ }
            }
        }
    };
}

steps! {
    /// Time is left to mend what it finds.
    PreflightDays "preflight-72h" -72..-24 "Preflight, three days before",
    /// The last one that leaves a working day.
    PreflightDay "preflight-24h" -24..-2 "Preflight, the day before",
    /// What was deployed since is another page.
    Warm "warm" -2..6 "Pages are warmed",
    /// The first look at what was given up during the rush.
    DeadLetters "dead-letters" 6..24 "Dead letters are counted, to be worked off",
    /// CAC, LTV, ROI, and which tokens to change.
    Report "report" 24..72 "The report of the launch is sent",
    /// A backup to keep, the file compacted, what was met of limits.
    Archive "archive" 48..216 "The launch is archived",
}

impl Step {
    /// The step of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.as_str() == text)
    }

    /// When its span begins, of a launch at `launch`.
    #[must_use]
    pub const fn begins(self, launch: Millis) -> Millis {
        launch.plus(self.hours().0 * HOUR_MS)
    }

    /// When its span has ended.
    #[must_use]
    pub const fn ends(self, launch: Millis) -> Millis {
        launch.plus(self.hours().1 * HOUR_MS)
    }

    /// The item of the checklist that is done with it, of those that are ticked by hand.
    #[must_use]
    pub const fn settles(self) -> Option<Item> {
        match self {
            Self::Archive => Some(Item::Compact),
            _ => None,
        }
    }

    /// The key of what is said of how it ended: the same for the same launch, so that no message is recorded twice.
    #[must_use]
    pub fn message(self, launch: Millis, ending: Ending) -> IdempotencyKey {
        let (step, ending) = (self.as_str(), ending.as_str());
        IdempotencyKey::of_parts(format!("launch:{}:{step}:{ending}", launch.0))
    }
}

/// Where a step stands that has been begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// It was tried so often, in vain; the last try was then.
    Tried {
        /// How often.
        tries: u32,
        /// When it was tried last.
        last: Millis,
    },
    /// It is over.
    Over(Ending),
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Done,
    /// It failed as often as it was tried, or until its span ended.
    Failed,
    /// Its span passed without anybody there.
    Missed,
    /// Its owner does it by hand.
    ByHand,
}

impl Ending {
    /// Every value; the order is that of the data file.
    pub const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::Missed, Self::ByHand];

    /// Its name in answers and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::ByHand => "by-hand",
        }
    }
}

/// What is to happen with a step now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It is to be done.
    Do(Step),
    /// It is over without having been done: this is to be written down.
    End(Step, Ending),
}

/// The first thing to happen at `now` to the plan of a launch at `launch`, if anything is; `course` tells where a step stands,
/// and `by_hand` whether its owner does it.
pub fn next(
    (launch, now): (Millis, Millis),
    course: impl Fn(Step) -> Option<Course>,
    by_hand: impl Fn(Step) -> bool,
) -> Option<Move> {
    let mut begun = Step::ALL
        .iter()
        .copied()
        .filter(|step| step.begins(launch) <= now);
    begun.find_map(|step| of(step, course(step), (now, step.ends(launch), by_hand(step))))
}

fn of(step: Step, course: Option<Course>, (now, ends, by_hand): (Millis, Millis, bool)) -> Option<Move> {
    let is_past = now >= ends;
    match course {
        Some(Course::Over(_)) => None,
        Some(Course::Tried { tries, .. }) if tries >= TRIES_MOST || is_past => {
            Some(Move::End(step, Ending::Failed))
        }
        Some(Course::Tried { last, .. }) => (now >= last.plus(TRY_EVERY_MS)).then_some(Move::Do(step)),
        None if is_past => Some(Move::End(step, Ending::Missed)),
        None if by_hand => Some(Move::End(step, Ending::ByHand)),
        None => Some(Move::Do(step)),
    }
}

/// When something may be next: the first step to begin after `now`, or the next try of one that failed.
#[must_use]
pub fn wakes((launch, now): (Millis, Millis), course: impl Fn(Step) -> Option<Course>) -> Option<Millis> {
    let at = |step: Step| match course(step) {
        Some(Course::Over(_)) => None,
        Some(Course::Tried { last, .. }) => Some(last.plus(TRY_EVERY_MS)),
        None => Some(step.begins(launch)),
    };
    let times = Step::ALL.iter().copied().filter_map(at);
    times.min().map(|at| at.max(now))
}

/// Whether a launch is past even its last step: there is nothing left to say of it then.
#[must_use]
pub fn is_past(launch: Millis, now: Millis) -> bool {
    Step::ALL.iter().all(|step| step.ends(launch) <= now)
}

/// The steps whose spans have passed without anybody there, which are written down together.
#[must_use]
pub fn missed((launch, now): (Millis, Millis), course: impl Fn(Step) -> Option<Course>) -> Vec<Step> {
    let is_missed = |step: &Step| course(*step).is_none() && step.ends(launch) <= now;
    Step::ALL.iter().copied().filter(is_missed).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const AT: Millis = Millis(1_796_112_060_000);

    fn hour(n: i64) -> Millis {
        AT.plus(n * HOUR_MS)
    }

    /// What happens at once at `now`, one thing after another, where everything that is done succeeds.
    fn pass(now: Millis, courses: &mut HashMap<Step, Course>) -> Vec<Move> {
        let mut moves = Vec::new();
        while let Some(step) = next((AT, now), |step| courses.get(&step).cloned(), |_| false) {
            let (of, ending) = match step {
                Move::Do(of) => (of, Ending::Done),
                Move::End(of, ending) => (of, ending),
            };
            courses.insert(of, Course::Over(ending));
            moves.push(step);
        }
        moves
    }

    #[test]
    fn steps_are_named_apart_and_stand_in_the_order_in_which_they_begin() {
        assert!(Step::ALL.is_sorted_by_key(|step| step.hours().0));
        for step in Step::ALL {
            assert_eq!(Step::parse(step.as_str()), Some(*step));
            assert!(step.hours().0 < step.hours().1, "{step:?}");
        }
        assert_eq!(Step::parse("none"), None);
    }

    #[test]
    fn a_launch_is_gone_through_each_step_at_its_hour() {
        let mut courses = HashMap::new();
        let mut done = Vec::new();
        for n in -80..240 {
            let moves = pass(hour(n), &mut courses).into_iter();
            done.extend(moves.map(|step| (n, step)));
        }
        let expected = [
            (-72, Move::Do(Step::PreflightDays)),
            (-24, Move::Do(Step::PreflightDay)),
            (-2, Move::Do(Step::Warm)),
            (6, Move::Do(Step::DeadLetters)),
            (24, Move::Do(Step::Report)),
            (48, Move::Do(Step::Archive)),
        ];
        assert_eq!(done, expected);
    }

    #[test]
    fn who_was_away_does_what_is_of_use_still_and_writes_down_what_was_missed() {
        let moves = pass(hour(25), &mut HashMap::new());
        let missed = |step| Move::End(step, Ending::Missed);
        assert_eq!(
            moves,
            [
                missed(Step::PreflightDays),
                missed(Step::PreflightDay),
                missed(Step::Warm),
                missed(Step::DeadLetters),
                Move::Do(Step::Report),
            ]
        );
        assert!(
            pass(hour(300), &mut HashMap::new())
                .iter()
                .all(|step| matches!(step, Move::End(..)))
        );
    }

    #[test]
    fn what_fails_is_tried_again_some_times_and_not_beyond_its_span() {
        let tried = |tries, last: Millis| Some(Course::Tried { tries, last });
        let at = |now, course: Option<Course>| {
            next(
                (AT, now),
                |step| {
                    if step == Step::PreflightDays {
                        course.clone()
                    } else {
                        None
                    }
                },
                |_| false,
            )
        };
        let begun = hour(-72);
        assert_eq!(at(begun, None), Some(Move::Do(Step::PreflightDays)));
        assert_eq!(at(begun.plus(TRY_EVERY_MS - 1), tried(1, begun)), None);
        let again = begun.plus(TRY_EVERY_MS);
        assert_eq!(at(again, tried(1, begun)), Some(Move::Do(Step::PreflightDays)));
        assert_eq!(
            at(again, tried(TRIES_MOST, begun)),
            Some(Move::End(Step::PreflightDays, Ending::Failed))
        );
        assert_eq!(
            at(hour(-24), tried(1, begun)),
            Some(Move::End(Step::PreflightDays, Ending::Failed))
        );
        assert_eq!(wakes((AT, begun), |_| None), Some(begun));
        assert_eq!(
            wakes((AT, begun), |step| (step == Step::PreflightDays)
                .then_some(Course::Over(Ending::Done))),
            Some(hour(-24))
        );
    }

    #[test]
    fn what_its_owner_does_is_left_to_them_and_written_down_once() {
        let by_hand = next(
            (AT, hour(-1)),
            |step| (step < Step::Warm).then_some(Course::Over(Ending::Done)),
            |step| step == Step::Warm,
        );
        assert_eq!(by_hand, Some(Move::End(Step::Warm, Ending::ByHand)));
    }

    proptest! {
        #[test]
        fn whenever_somebody_is_there_each_step_ends_once_and_is_done_only_within_its_span(mut there in prop::collection::vec(-100_i64..400, 1..60)) {
            there.sort_unstable();
            let mut courses = HashMap::new();
            let mut ended: HashMap<Step, u32> = HashMap::new();
            for n in there.iter().copied().chain([400]) {
                for step in pass(hour(n), &mut courses) {
                    let of = match step {
                        Move::Do(of) => {
                            let (from, to) = of.hours();
                            prop_assert!((from..to).contains(&n), "{:?} at {}", of, n);
                            of
                        }
                        Move::End(of, _) => of,
                    };
                    *ended.entry(of).or_default() += 1;
                }
            }
            prop_assert_eq!(ended.len(), Step::ALL.len());
            prop_assert!(ended.values().all(|times| *times == 1));
        }
    }
}
