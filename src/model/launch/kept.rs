//! What is kept of the plan's steps: how often each was tried, how it ended, what came of it, and what was said of that.

use super::Tick;
use super::plan::{Course, Ending, Step};
use crate::model::event::{EventId, Recorded, Routed};
use crate::model::time::Millis;

/// The longest word of what came of a step, in characters: what is longer is cut off.
pub const DETAIL_CHARS_MOST: usize = 500;

/// What is kept of a step that has been begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How often it was tried, the try under way among them.
    pub tries: u32,
    /// When it ended, or was tried last.
    pub at: Millis,
    /// How it ended; `None`: it has not.
    pub ending: Option<Ending>,
    /// What came of it, or of the last try, for people; at most [`DETAIL_CHARS_MOST`] characters.
    pub detail: String,
    /// What was said of it, where something was.
    pub event: Option<EventId>,
    /// That its owner has done it, as somebody said.
    pub tick: Option<Tick>,
}

impl Kept {
    /// A try at `now`, after what is kept of those before; it counts before anything is done, so that what ends the process is
    /// not tried for ever.
    #[must_use]
    pub fn tried(before: Option<&Self>, now: Millis) -> Self {
        let tries = before.map_or(0, |kept| kept.tries).saturating_add(1);
        Self {
            tries,
            ..Self::new(now)
        }
    }

    /// The end of a step at `now`, after what is kept of its tries.
    #[must_use]
    pub fn ended(before: Option<&Self>, (ending, detail): (Ending, &str), now: Millis) -> Self {
        Self {
            tries: before.map_or(0, |kept| kept.tries),
            ending: Some(ending),
            ..Self::new(now).saying(detail)
        }
    }

    /// The same, with what came of it.
    #[must_use]
    pub fn saying(self, detail: &str) -> Self {
        Self {
            detail: detail.chars().take(DETAIL_CHARS_MOST).collect(),
            ..self
        }
    }

    const fn new(at: Millis) -> Self {
        Self {
            tries: 0,
            at,
            ending: None,
            detail: String::new(),
            event: None,
            tick: None,
        }
    }

    /// Where the step stands by it.
    #[must_use]
    pub fn course(&self) -> Course {
        match self.ending {
            Some(ending) => Course::Over(ending),
            None => Course::Tried {
                tries: self.tries,
                last: self.at,
            },
        }
    }

    /// What is kept once somebody has said of the step that they have done it (`tick`), or have not after all; `None`: nothing,
    /// as before anything was said.
    ///
    /// # Errors
    /// [`Refused`]: it was done by itself, and nobody says that.
    pub fn told(before: Option<Self>, tick: Option<Tick>, now: Millis) -> Result<Option<Self>, Refused> {
        let is_said = tick.is_some();
        let kept = match before {
            None => Self::new(now),
            Some(kept) if kept.ending == Some(Ending::Done) => return Err(Refused),
            Some(kept) => kept,
        };
        // Who does what is still being tried has taken it over, and gives it back.
        let was_taken = kept.ending == Some(Ending::ByHand) && kept.tries > 0 && kept.event.is_none();
        let ending = match (is_said, kept.ending) {
            (true, None) => Some(Ending::ByHand),
            (false, _) if was_taken => None,
            (_, ending) => ending,
        };
        let kept = Self { ending, tick, ..kept };
        let is_nothing = !is_said && kept.tries == 0 && kept.event.is_none();
        let is_nothing = is_nothing && matches!(kept.ending, None | Some(Ending::ByHand));
        Ok((!is_nothing).then_some(kept))
    }
}

/// A step that was done by itself is not ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Where a step stands, for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Its span has not begun.
    Waiting,
    /// Its span has begun, and it is about to be done, or is being tried.
    Due,
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// Nobody was there.
    Missed,
    /// It is for its owner to do, who has not said that it is done.
    ByHand,
}

impl StepState {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Due,
        Self::Done,
        Self::Failed,
        Self::Missed,
        Self::ByHand,
    ];

    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::ByHand => "by-hand",
        }
    }

    /// Where a step of a launch at `launch` stands at `now`.
    #[must_use]
    pub fn of(step: Step, kept: Option<&Kept>, (launch, now): (Millis, Millis)) -> Self {
        match kept {
            Some(Kept { tick: Some(_), .. }) => Self::Done,
            Some(Kept {
                ending: Some(ending), ..
            }) => match ending {
                Ending::Done => Self::Done,
                Ending::Failed => Self::Failed,
                Ending::Missed => Self::Missed,
                Ending::ByHand => Self::ByHand,
            },
            None if now < step.begins(launch) => Self::Waiting,
            _ => Self::Due,
        }
    }
}

/// What is written of steps of a launch at once, with the event of what is said of them and whom that goes to: in one
/// transaction, so that what was said and the word that it was said are never one without the other.
#[derive(Clone, Debug)]
pub struct StepNews {
    /// Of which launch.
    pub launch: Millis,
    /// Each step, and what is kept of it from now on.
    pub steps: Vec<(Step, Kept)>,
    /// The message.
    pub message: Option<Routed>,
}

/// What became of [`StepNews`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is kept; with what became of the message.
    Kept(Option<Recorded>),
    /// A step of it was over: nothing was written, and nothing is said.
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = Millis(1_796_112_060_000);

    fn tick() -> Option<Tick> {
        Some(Tick {
            at: AT,
            by: "key admin".into(),
        })
    }

    #[test]
    fn a_step_is_tried_before_anything_is_done_and_ends_with_what_came_of_it() {
        let first = Kept::tried(None, AT);
        let second = Kept::tried(Some(&first), AT.plus(5));
        let expected = Course::Tried {
            tries: 2,
            last: AT.plus(5),
        };
        assert_eq!(second.course(), expected);
        let ended = Kept::ended(Some(&second), (Ending::Done, &"long ".repeat(500)), AT.plus(9));
        assert_eq!((ended.tries, ended.at), (2, AT.plus(9)));
        assert_eq!(ended.detail.chars().count(), DETAIL_CHARS_MOST);
        assert_eq!(ended.course(), Course::Over(Ending::Done));
    }

    #[test]
    fn whoever_does_a_step_by_hand_says_so_and_takes_it_back_and_nobody_says_it_of_what_was_done_by_itself() {
        let done = Kept::ended(None, (Ending::Done, ""), AT);
        assert_eq!(Kept::told(Some(done), tick(), AT), Err(Refused));

        let state = |kept: &Kept| StepState::of(Step::Warm, Some(kept), (AT, AT));
        let missed = Kept::ended(None, (Ending::Missed, ""), AT);
        let told = Kept::told(Some(missed.clone()), tick(), AT).unwrap().unwrap();
        assert_eq!(state(&told), StepState::Done);
        assert_eq!(Kept::told(Some(told), None, AT), Ok(Some(missed)));

        let early = Kept::told(None, tick(), AT).unwrap();
        assert_eq!(
            early.as_ref().map(Kept::course),
            Some(Course::Over(Ending::ByHand))
        );
        assert_eq!(
            Kept::told(early, None, AT),
            Ok(None),
            "as if nothing had been said"
        );

        let tried = Kept::tried(None, AT);
        let taken_over = Kept::told(Some(tried.clone()), tick(), AT).unwrap().unwrap();
        assert_eq!(taken_over.course(), Course::Over(Ending::ByHand));
        assert_eq!(
            Kept::told(Some(taken_over), None, AT),
            Ok(Some(tried.clone())),
            "it is tried again"
        );
        assert_eq!(Kept::told(Some(tried.clone()), None, AT), Ok(Some(tried)));
    }

    #[test]
    fn a_step_waits_until_its_span_and_is_due_within_it() {
        let at = |now| StepState::of(Step::Warm, None, (AT, now));
        let begins = Step::Warm.begins(AT);
        assert_eq!(at(begins.plus(-1)), StepState::Waiting);
        assert_eq!(at(begins), StepState::Due);
        let tried = Kept::tried(None, begins);
        assert_eq!(
            StepState::of(Step::Warm, Some(&tried), (AT, begins)),
            StepState::Due
        );
        for (ending, state) in [
            (Ending::Failed, StepState::Failed),
            (Ending::Missed, StepState::Missed),
            (Ending::ByHand, StepState::ByHand),
        ] {
            let kept = Kept::ended(None, (ending, ""), begins);
            assert_eq!(StepState::of(Step::Warm, Some(&kept), (AT, begins)), state);
            assert_eq!(state.as_str(), ending.as_str());
        }
    }
}
