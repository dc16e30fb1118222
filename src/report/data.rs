//! What a report says: plain values. Gathering knows the store, and those who write know only these.

use crate::model::money::{Currency, Money};
use crate::model::roi::{Counted, Roi, Terms};
use crate::model::time::Millis;

/// Everything a report says of a range of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportData {
    /// When it was made.
    pub made_at: Millis,
    /// The range, its end not within it.
    pub range: (Millis, Millis),
    /// The range in words, by local time.
    pub range_words: String,
    /// The zone of its days.
    pub zone: String,
    /// What is reckoned with.
    pub terms: Terms,
    /// Of every amount.
    pub currency: Option<Currency>,
    /// All of it.
    pub whole: Row,
    /// The first day by whose end the conversions so far brought in the cost of all.
    pub paid_back_on: Option<String>,
    /// By where visitors came from, most conversions first.
    pub by_source: Vec<Row>,
    /// By what they were called with, most conversions first.
    pub by_campaign: Vec<Row>,
    /// Visits and conversions, window by window.
    pub traffic: Vec<Traffic>,
    /// What the cache answered, window by window.
    pub hits: Vec<Hits>,
    /// What was spent and brought in, day by day.
    pub days: Vec<Day>,
    /// Where events go.
    pub destinations: Vec<Destination>,
    /// The polls, newest first.
    pub polls: Vec<Poll>,
}

/// The figures of all, of a source or of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Which; empty for all.
    pub key: String,
    /// What was counted and spent.
    pub counted: Counted,
    /// What the conversions themselves brought in.
    pub value: Money,
    /// What follows.
    pub roi: Roi,
}

/// Visits and conversions of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// When it begins.
    pub start: Millis,
    /// When it begins, for people: `1 Dec 14:00`.
    pub label: String,
    /// How many visits.
    pub visits: u64,
    /// How many conversions.
    pub conversions: u64,
}

/// What the cache answered in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// When it begins.
    pub start: Millis,
    /// When it begins, for people.
    pub label: String,
    /// Answered without the origin.
    pub hits: u64,
    /// All that might have been.
    pub requests: u64,
}

/// Money of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: String,
    /// Which, for people: `1 Dec`.
    pub label: String,
    /// What was spent.
    pub spend: Money,
    /// What its conversions brought in.
    pub value: Money,
}

/// How a destination's deliveries stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Arrived.
    pub delivered: u64,
    /// Waiting, under way or to be tried again.
    pub waiting: u64,
    /// Dead letters.
    pub dead: u64,
    /// Why nothing leaves, where nothing does.
    pub paused: Option<String>,
}

/// How a poll stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poll {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Each option's label and votes, in the poll's order.
    pub options: Vec<(String, u64)>,
    /// Whether votes count now, in a word.
    pub state: &'static str,
}

impl Row {
    /// The row of what was counted, on these terms.
    #[must_use]
    pub fn of(key: impl Into<String>, counted: Counted, (value, terms): (Money, &Terms)) -> Self {
        Self {
            key: key.into(),
            counted,
            value,
            roi: Roi::of(&counted, terms),
        }
    }
}

impl Poll {
    /// All votes.
    #[must_use]
    pub fn votes(&self) -> u64 {
        self.options.iter().map(|(_, votes)| votes).sum()
    }
}
