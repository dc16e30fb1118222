//! Funnel: visits, where they came from, and what became of them.
//!
//! A visit is a page that somebody looked at; a conversion is what the page was for. Both are counted under labels, along
//! dimensions, in windows of several lengths. Rules here decide which label counts, which touch of a visitor stands, and
//! in which windows an instant lies.

mod label;
mod rollup;
mod touch;

pub use label::{LABEL_CHARS_MOST, Label};
pub use rollup::{
    Dimension, FunnelQuery, FunnelRow, LABELS_MOST, LABELS_RESERVED, Level, RESERVED_VISITS_LEAST, Span,
    Totals, admitted,
};
pub use touch::{Origin, Touch, Touches, Visitor};

use super::ids::{EventType, GoalName, IdempotencyKey};
use super::money::Money;
use super::time::Millis;
use super::time::zone::Zone;

/// What a maker wants visitors to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Its name.
    pub name: GoalName,
    /// What reaches it, besides being told of.
    pub reached_by: ReachedBy,
}

/// What reaches a goal by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReachedBy {
    /// Nothing: somebody tells.
    Telling,
    /// A visit of this path, once for each visitor and day.
    Path(String),
    /// An event of this type.
    Event(EventType),
}

impl Goal {
    /// Whether a visit of `path` reaches it. A slash at the end makes no difference.
    #[must_use]
    pub fn is_reached_at(&self, path: &str) -> bool {
        let bare = |path: &str| path.strip_suffix('/').unwrap_or(path).len();
        match &self.reached_by {
            ReachedBy::Path(goal) => goal.get(..bare(goal)) == path.get(..bare(path)),
            ReachedBy::Telling | ReachedBy::Event(_) => false,
        }
    }
}

/// The goals in force, and the zone whose days visitors live for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goals {
    /// No two of one name.
    pub goals: Vec<Goal>,
    /// The launch's.
    pub zone: Zone,
}

impl Goals {
    /// The goals that an event of this type reaches.
    pub fn of_event<'g>(&'g self, kind: &'g EventType) -> impl Iterator<Item = &'g GoalName> {
        let reached = move |goal: &&Goal| matches!(&goal.reached_by, ReachedBy::Event(of) if of == kind);
        self.goals.iter().filter(reached).map(|goal| &goal.name)
    }
}

/// Why a request for a page is no visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Apart {
    /// A program asked, by its own word or without one.
    Bot,
    /// A browser asked in case somebody will.
    Prefetch,
    /// Somebody wanted to know whether the site is up.
    HealthCheck,
    /// A page's script or frame asked for a part of it.
    NoNavigation,
}

impl Apart {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Bot, Self::Prefetch, Self::HealthCheck, Self::NoNavigation];

    /// Its name, in metrics and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Prefetch => "prefetch",
            Self::HealthCheck => "health_check",
            Self::NoNavigation => "no_navigation",
        }
    }
}

/// What tells a conversion from its repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// Whoever told says so.
    Key(IdempotencyKey),
    /// A person, as the maker's page names them, reaches a goal once.
    Person(IdempotencyKey),
    /// A visitor reaches a goal once a day.
    Visitor(Visitor),
    /// Nothing: it stands for itself.
    None,
}

/// A conversion as it arrives; already checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionDraft {
    /// Which goal was reached.
    pub goal: GoalName,
    /// What it was worth, where that was said.
    pub value: Option<Money>,
    /// What tells it from its repeat.
    pub sameness: Sameness,
    /// Whose it is: their touches of the day are looked up.
    pub bearer: Bearer,
}

/// What was gathered in one window of five seconds. No two visits are told apart in it but by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// An instant within it.
    pub at: Millis,
    /// How many visits.
    pub visits: u64,
    /// How many of them had which label, along [`Dimension::OF_VISITS`], in that order.
    pub labels: [Vec<(Label, u64)>; 5],
    /// How many requests for pages were no visits, by reason.
    pub apart: Vec<(Apart, u64)>,
    /// Where visitors came from: at most [`TOUCHES_MOST`], the rest is not attributed later.
    pub touches: Vec<(Visitor, Touches)>,
}

/// The most visitors of one window whose touches are kept, so that writing them takes no more than a few milliseconds.
pub const TOUCHES_MOST: usize = 8_192;

/// What became of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowRecorded {
    /// The labels that its day tells apart, along [`Dimension::OF_VISITS`].
    pub known: [Vec<Label>; 5],
    /// How many conversions entered the roll-ups with it, by goal.
    pub converted: Vec<(GoalName, u64)>,
    /// Whether more conversions wait to enter them.
    pub more: bool,
}

/// Who sent an event, where it came by a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bearer {
    /// Whose it is, where that is known.
    pub visitor: Option<Visitor>,
    /// Touches that are not written yet.
    pub touches: Option<Touches>,
}

/// A conversion as it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Which goal was reached.
    pub goal: GoalName,
    /// When.
    pub at: Millis,
    /// What it was worth, where that was said.
    pub value: Option<Money>,
    /// Where the visitor came from, first and last; `None` where nobody saw them come.
    pub touches: Option<Touches>,
}

/// What became of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Converted {
    /// It counts, from now on.
    Counted,
    /// It counted before.
    Replayed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_at_its_path_with_or_without_a_slash_and_nowhere_else() {
        let goal = |path: &str| Goal {
            name: GoalName::parse("signup").unwrap(),
            reached_by: ReachedBy::Path(path.to_owned()),
        };
        assert!(goal("/thanks").is_reached_at("/thanks") && goal("/thanks").is_reached_at("/thanks/"));
        assert!(goal("/").is_reached_at("/"));
        for elsewhere in ["/", "/thanks/more", "/thank", "/Thanks"] {
            assert!(!goal("/thanks").is_reached_at(elsewhere), "{elsewhere}");
        }
        let told = Goal {
            reached_by: ReachedBy::Telling,
            ..goal("/")
        };
        assert!(!told.is_reached_at("/"));
    }
}
