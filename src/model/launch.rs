//! The launch: its phases, and what is to be done in each.
//!
//! Some items are ticked by hand; the truth of others can be seen, and nobody says it. What of it is seen is told by whoever
//! sees it; whether an item is waiting, due, done or failed is decided here.

pub mod kept;
pub mod plan;

use super::time::Millis;

const HOUR_MS: i64 = 3_600_000;

/// A stretch of the launch, from its beginning to that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Three days before.
    Days,
    /// The day before.
    Day,
    /// Two hours before.
    Hours,
    /// From the launch on.
    Launch,
    /// Once the first rush is over.
    After,
    /// Two days later.
    Review,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 6] = [
        Self::Days,
        Self::Day,
        Self::Hours,
        Self::Launch,
        Self::After,
        Self::Review,
    ];

    /// Its name: how far from the launch it begins.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days => "T-72h",
            Self::Day => "T-24h",
            Self::Hours => "T-2h",
            Self::Launch => "T+0h",
            Self::After => "T+6h",
            Self::Review => "T+48h",
        }
    }

    /// When it begins, of a launch at `launch`.
    #[must_use]
    pub const fn begins(self, launch: Millis) -> Millis {
        let hours = match self {
            Self::Days => -72,
            Self::Day => -24,
            Self::Hours => -2,
            Self::Launch => 0,
            Self::After => 6,
            Self::Review => 48,
        };
        launch.plus(hours * HOUR_MS)
    }

    /// The phase at `now`; `None` before the first.
    #[must_use]
    pub fn at(launch: Millis, now: Millis) -> Option<Self> {
        let mut begun = Self::ALL.into_iter().rev();
        begun.find(|phase| phase.begins(launch) <= now)
    }

    /// When the next phase begins after `now`; `None` within the last.
    #[must_use]
    pub fn next(launch: Millis, now: Millis) -> Option<Millis> {
        let mut begins = Self::ALL.into_iter().map(|phase| phase.begins(launch));
        begins.find(|begins| *begins > now)
    }
}

macro_rules! items {
    ($($(#[$doc:meta])+ $item:ident $name:literal $phase:ident $known:ident $title:literal),+ $(,)?) => {
        /// Something that belongs to a launch.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Item {
            $($(#[$doc])+ $item),+
        }

        impl Item {
            /// Every item, in the order of their phases.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// Its name, in requests and in the data file.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$item => $name),+ }
            }

            /// What is to be so, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$item => $title),+ }
            }

            /// From when on.
            #[must_use]
            pub const fn phase(self) -> Phase {
                match self { $(Self::$item => Phase::$phase),+ }
            }

            /// How it is known.
            #[must_use]
            pub const fn known(self) -> Known {
                match self { $(Self::$item => Known::$known),+ }
            }
        }
    };
}

/// How it is known that an item is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Somebody says so.
    Told,
    /// It is seen.
    Seen,
}

items! {
    /// A backup that is not a day old.
    Backup "backup" Days Seen "A backup of the last day is there",
    /// The rules' warm pages are stored.
    Warm "warm" Days Seen "Pages are warm",
    /// Destinations are neither paused nor behind an open breaker.
    Destinations "destinations" Days Seen "Every destination is open",
    /// Limits of addresses and of destinations.
    Limits "limits" Days Told "Limits are checked: of visitors, and of each destination",
    /// Webhooks of others.
    Signatures "signatures" Days Told "Signatures of webhooks are tested",
    /// What is to go out at the launch.
    Queue "queue" Day Told "What goes out at the launch is in the queue",
    /// Nothing has been given up.
    DeadLetters "dead-letters" Day Seen "There are no dead letters",
    /// The disk.
    Disk "disk" Day Seen "The disk has room",
    /// The same once more: what was deployed since is another page.
    WarmAgain "warm-again" Hours Seen "Pages are warm again",
    /// Answers of 429.
    Refusals "refusals" Launch Seen "Receivers do not find our calls too many",
    /// Pages that the store answers.
    HitRatio "hit-ratio" Launch Seen "Visitors are answered from memory",
    /// What the process takes.
    Memory "memory" Launch Told "Memory is watched",
    /// What was given up during the launch.
    DeadLettersAfter "dead-letters-after" After Seen "Dead letters are worked off",
    /// CAC, LTV and ROI.
    Figures "figures" After Told "Spend is entered, and the figures are final",
    /// Secrets that many hands have had.
    Tokens "tokens" After Told "Tokens and keys of the launch are changed",
    /// Free pages of the file.
    Compact "compact" Review Told "The data file is compacted",
    /// What to do otherwise next time.
    Lessons "review" Review Told "The launch is reviewed",
}

impl Item {
    /// The item of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|item| item.as_str() == text)
    }
}

/// What is seen of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is so.
    Holds,
    /// It is not so.
    Fails,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Its phase has not begun.
    Waiting,
    /// Its phase has begun, and nobody has said that it is done.
    Due,
    /// It is done.
    Done,
    /// Its phase has begun, and it is seen that it is not so.
    Failed,
}

impl ItemState {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Where an item stands whose truth is seen; `launch` is `None` where it is not known when that is, and nothing can be late.
    #[must_use]
    pub fn seen(item: Item, sight: Sight, (launch, now): (Option<Millis>, Millis)) -> Self {
        match (sight, launch) {
            (_, Some(launch)) if now < item.phase().begins(launch) => Self::Waiting,
            (Sight::Holds, _) => Self::Done,
            (Sight::Fails, Some(_)) => Self::Failed,
            (Sight::Fails, None) => Self::Due,
        }
    }

    /// Where an item stands that is ticked by hand.
    #[must_use]
    pub fn told(item: Item, is_ticked: Option<&Tick>, (launch, now): (Option<Millis>, Millis)) -> Self {
        match launch {
            _ if is_ticked.is_some() => Self::Done,
            Some(launch) if now < item.phase().begins(launch) => Self::Waiting,
            _ => Self::Due,
        }
    }
}

/// That an item is done, as somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When it was said.
    pub at: Millis,
    /// By whom.
    pub by: String,
}

/// What is said of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is done.
    Done,
    /// It is not done after all.
    Open,
}

/// What was said of an item once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of which; one that this version does not know is passed over.
    pub item: Item,
    /// What.
    pub said: Said,
    /// When, and by whom.
    pub tick: Tick,
}

/// What is kept of a launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// What is done, of the items that are ticked by hand.
    pub ticks: Vec<(Item, Tick)>,
    /// What was said, the last first.
    pub story: Vec<Told>,
}

impl Ticked {
    /// The tick of an item.
    #[must_use]
    pub fn of(&self, item: Item) -> Option<&Tick> {
        let mut ticks = self.ticks.iter();
        ticks.find(|(of, _)| *of == item).map(|(_, tick)| tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = Millis(1_796_112_060_000);

    fn hours(n: i64) -> Millis {
        AT.plus(n * HOUR_MS)
    }

    #[test]
    fn phases_begin_where_their_names_say_and_follow_one_another() {
        assert_eq!(Phase::at(AT, hours(-73)), None);
        assert_eq!(Phase::next(AT, hours(-73)), Some(hours(-72)));
        for (phase, at) in Phase::ALL.into_iter().zip([-72, -24, -2, 0, 6, 48]) {
            assert_eq!(phase.begins(AT), hours(at), "{}", phase.as_str());
            assert_eq!(Phase::at(AT, hours(at)), Some(phase));
            assert_eq!(Phase::at(AT, hours(at).plus(HOUR_MS)), Some(phase));
        }
        assert_eq!(Phase::next(AT, hours(48)), None);
    }

    #[test]
    fn items_stand_in_the_order_of_their_phases_each_under_its_own_name() {
        assert!(Item::ALL.is_sorted_by_key(|item| item.phase()));
        for item in Item::ALL {
            assert_eq!(Item::parse(item.as_str()), Some(*item));
        }
        assert_eq!(Item::parse("none"), None);
    }

    #[test]
    fn an_item_fails_only_where_it_is_seen_to_and_its_time_has_come() {
        let at = |now| (Some(AT), now);
        let seen = |sight, now| ItemState::seen(Item::DeadLetters, sight, at(now));
        assert_eq!(seen(Sight::Holds, hours(-30)), ItemState::Waiting);
        assert_eq!(seen(Sight::Holds, hours(-24)), ItemState::Done);
        assert_eq!(seen(Sight::Fails, hours(-30)), ItemState::Waiting);
        assert_eq!(seen(Sight::Fails, hours(-24)), ItemState::Failed);
        let unknown = (None, hours(0));
        assert_eq!(
            ItemState::seen(Item::Backup, Sight::Fails, unknown),
            ItemState::Due
        );

        let tick = Tick {
            at: AT,
            by: "key admin".into(),
        };
        let told = |tick, now| ItemState::told(Item::Queue, tick, at(now));
        assert_eq!(told(None, hours(-30)), ItemState::Waiting);
        assert_eq!(told(None, hours(-24)), ItemState::Due);
        assert_eq!(
            told(Some(&tick), hours(-30)),
            ItemState::Done,
            "early is done too"
        );
        assert_eq!(ItemState::told(Item::Queue, None, unknown), ItemState::Due);
    }
}
