//! Export: what goes to another database, and how far that has come.
//!
//! What is exported is how things stand now, not what happened to them: a row that goes twice goes as the same row.

use std::time::Duration;

use super::delivery::{Delivery, Event, EventState};
use super::event::EventStatus;
use super::funnel::Totals;
use super::poll::{Poll, PollNumber};
use super::tally::Tally;
use super::time::Millis;

/// Whether anything is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exports {
    /// It is configured. What has not gone is kept for so much longer than it otherwise would be.
    Wanted(Duration),
    /// It is not: nothing is remembered for it.
    Not,
}

/// An event as it is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedEvent {
    /// Its position in the journal.
    pub position: u64,
    /// What was recorded.
    pub event: Event,
    /// Where it stands.
    pub status: EventStatus,
    /// When its deliveries are due.
    pub scheduled_at: Millis,
    /// When anything of it last changed.
    pub updated_at: Millis,
    /// The most attempts after the first, over its deliveries.
    pub retry_count: u32,
    /// What went wrong last, with whichever of its deliveries.
    pub last_error: Option<String>,
}

impl ExportedEvent {
    /// The event at `position` that stands so, with all of its deliveries.
    #[must_use]
    pub fn of(position: u64, (event, state): (Event, EventState), deliveries: &[Delivery]) -> Self {
        let retries = deliveries
            .iter()
            .map(|delivery| delivery.attempts.saturating_sub(1));
        let failed = deliveries.iter().filter(|delivery| delivery.last_error.is_some());
        let last = failed.max_by_key(|delivery| (delivery.updated_at, delivery.destination));
        let changed = deliveries.iter().map(|delivery| delivery.updated_at);
        Self {
            position,
            event,
            status: state.status,
            scheduled_at: state.scheduled_at,
            updated_at: changed.fold(state.updated_at, Millis::max),
            retry_count: retries.max().unwrap_or(0),
            last_error: last.and_then(|delivery| delivery.last_error.clone()),
        }
    }
}

/// A poll's results as they are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollResults {
    /// The poll.
    pub number: PollNumber,
    /// What its owner calls it.
    pub id: String,
    /// Its options by id, and the votes of each.
    pub votes: Vec<(String, u64)>,
    /// When they last changed.
    pub at: Millis,
}

impl PollResults {
    /// The results of `poll`, which stand so.
    #[must_use]
    pub fn of(poll: &Poll, tally: &Tally) -> Self {
        let votes = poll.draft.options.iter().zip(&tally.counts);
        Self {
            number: poll.number,
            id: poll.draft.id.to_string(),
            votes: votes
                .map(|(option, votes)| (option.id.to_string(), *votes))
                .collect(),
            at: tally.updated_at,
        }
    }
}

/// What is to go next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportBatch {
    /// Windows of five seconds in which something was counted: their starts, and what.
    pub windows: Vec<(Millis, Totals)>,
    /// Polls whose results changed.
    pub polls: Vec<PollNumber>,
    /// The last results of polls that were deleted before these had gone.
    pub last_results: Vec<PollResults>,
    /// Events that changed, in order of position.
    pub events: Vec<ExportedEvent>,
    /// How far it has come once all that has gone.
    pub step: ExportStep,
    /// Whether more waits behind it.
    pub more: bool,
}

impl ExportBatch {
    /// Whether nothing is to go, and nothing to be noted.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.step == ExportStep::default()
    }
}

/// How far a batch brings the export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportStep {
    /// The first position of the journal that was not read; `None`: none was.
    pub cursor: Option<u64>,
    /// Events that had changed without a fact, each with the mark of the change that was read.
    pub stirred: Vec<(u64, u64)>,
    /// Polls that were deleted, whose last results were read.
    pub deleted: Vec<PollNumber>,
    /// Where the backfill goes on; of an end there is `Some(None)`.
    pub backfill: Option<Option<Backfill>>,
}

/// How far it has come with what the tables hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// When it was begun.
    pub begun_at: Millis,
    /// The first window that has not gone.
    pub windows: Millis,
    /// The first position whose event has not gone.
    pub events: u64,
    /// The first position that it does not come to: what is from there on is in the journal.
    pub end: u64,
    /// How many events have gone.
    pub done: u64,
    /// How many there were when it began.
    pub of: u64,
}

/// What a row that cannot go is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExportKey {
    /// A window, by its start.
    Window(Millis),
    /// A poll with its results.
    Poll(PollNumber),
    /// An event, by its position.
    Event(u64),
}

/// The longest reason that is kept, in bytes.
pub const REASON_MAX: usize = 300;
/// The most rows that are set aside. Where more are refused, it is not the rows that are wrong.
pub const SET_ASIDE_MOST: u64 = 10_000;

/// A row that the database refuses whatever stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// What it is of.
    pub key: ExportKey,
    /// What its owner calls that: an event's id, a poll's, an instant.
    pub name: String,
    /// Why, in the database's words; at most [`REASON_MAX`] bytes.
    pub reason: String,
    /// When it was last refused.
    pub at: Millis,
}

/// What a step came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportDone {
    /// How far it has come.
    pub step: ExportStep,
    /// How many rows went.
    pub rows: u64,
    /// Rows that could not go.
    pub refused: Vec<SetAside>,
    /// Rows that went.
    pub gone: Vec<ExportKey>,
}

/// The most polls that were deleted whose last results wait to go; of more of them the last results are lost.
pub const LAST_RESULTS_MOST: u64 = 10_000;

/// What was forgotten before it had gone, since there is an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Windows of five seconds.
    pub windows: u64,
    /// Events, or the last that happened to them.
    pub events: u64,
    /// The last results of polls.
    pub polls: u64,
}

impl Lost {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.windows
            .saturating_add(self.events)
            .saturating_add(self.polls)
    }

    /// This and `other`.
    #[must_use]
    pub const fn and(&self, other: &Self) -> Self {
        Self {
            windows: self.windows.saturating_add(other.windows),
            events: self.events.saturating_add(other.events),
            polls: self.polls.saturating_add(other.polls),
        }
    }
}

/// How the export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportStanding {
    /// The first position of the journal that has not gone.
    pub cursor: u64,
    /// The position of the next fact.
    pub end: u64,
    /// How many events changed since without a fact, and how many polls were deleted.
    pub stirred: u64,
    /// Since when the oldest change waits; `None`: nothing waits.
    pub waits_since: Option<Millis>,
    /// What of the tables is still to go.
    pub backfill: Option<Backfill>,
    /// When rows last went.
    pub last_at: Option<Millis>,
    /// How many rows have gone in all.
    pub rows: u64,
    /// How many rows are set aside.
    pub aside: u64,
    /// What was forgotten before it had gone.
    pub lost: Lost,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::delivery::DestinationNumber;
    use crate::model::event::{DeliveryStatus, EventId, Fingerprint, Priority};
    use crate::model::ids::{EventType, IdempotencyKey, Source};

    fn event() -> Event {
        Event {
            id: EventId(7),
            kind: EventType::parse("LEAD_CAPTURE").unwrap(),
            source: Source::parse("web").unwrap(),
            key: IdempotencyKey::parse("k-1").unwrap(),
            payload: "{}".to_owned(),
            fingerprint: Fingerprint([1; 32]),
            priority: Priority::default(),
            trace: None,
            created_at: Millis(1),
            expires_at: None,
        }
    }

    fn delivery(to: u16, attempts: u32, (error, at): (Option<&str>, i64)) -> Delivery {
        let new = Delivery::new(
            EventId(7),
            DestinationNumber(to),
            Priority::default(),
            (Millis(1), Millis(1)),
        );
        Delivery {
            status: DeliveryStatus::Delivered,
            attempts,
            updated_at: Millis(at),
            last_error: error.map(str::to_owned),
            ..new
        }
    }

    #[test]
    fn an_event_is_exported_with_the_most_retries_and_the_last_error_of_its_deliveries() {
        let state = EventState {
            status: EventStatus::Completed,
            scheduled_at: Millis(2),
            open: 0,
            dead: 0,
            updated_at: Millis(3),
        };
        let deliveries = [
            delivery(0, 1, (None, 9)),
            delivery(1, 4, (Some("503: early"), 5)),
            delivery(2, 2, (Some("503: late"), 6)),
        ];
        let exported = ExportedEvent::of(4, (event(), state), &deliveries);
        assert_eq!(exported.retry_count, 3);
        assert_eq!(exported.last_error.as_deref(), Some("503: late"));
        assert_eq!(exported.updated_at, Millis(9));
        let alone = ExportedEvent::of(4, (event(), state), &[]);
        assert_eq!(
            (alone.retry_count, alone.last_error, alone.updated_at),
            (0, None, Millis(3))
        );
    }
}
