//! Replays: what was recorded in a time is sent again, each delivery under its first id.
//!
//! A replay goes through the events of its time once, in order, and asks the routes of today where each belongs. What is
//! under way already is never touched, and what arrived is sent again only where that was asked for by name.

use std::collections::BTreeMap;

use super::delivery::{AttemptClass, Delivery, DestinationNumber};
use super::event::{DeliveryId, DeliveryStatus, EventHead, EventStatus, Pattern};
use super::ids::IdempotencyKey;
use super::time::Millis;

/// A replay's number within its data file: no number is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplayNumber(pub u64);

/// Which deliveries are sent again, by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// What did not arrive: dead letters, and deliveries that are missing.
    #[default]
    Undelivered,
    /// Dead letters.
    Dead,
    /// Deliveries that are not there: a route leads to a destination now, and did not when the event was recorded.
    Missing,
    /// What arrived.
    Delivered,
    /// What was called off, discarded, or expired.
    Cancelled,
    /// All of these but what was called off, discarded, or expired.
    All,
}

impl Selection {
    /// Every value; the order is that of the data file.
    pub const ALL: &'static [Self] = &[
        Self::Undelivered,
        Self::Dead,
        Self::Missing,
        Self::Delivered,
        Self::Cancelled,
        Self::All,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undelivered => "UNDELIVERED",
            Self::Dead => "DEAD",
            Self::Missing => "MISSING",
            Self::Delivered => "DELIVERED",
            Self::Cancelled => "CANCELLED",
            Self::All => "ALL",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == text)
    }

    /// What is sent, in a sentence for whoever is about to agree to it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Undelivered => {
                "dead letters, and events that have no delivery where a route leads now; nothing that was delivered"
            }
            Self::Dead => "dead letters; nothing that was delivered",
            Self::Missing => {
                "events that have no delivery where a route leads now; nothing that was delivered"
            }
            Self::Delivered => "what was delivered, once more",
            Self::Cancelled => "what was called off, discarded or expired; nothing that was delivered",
            Self::All => {
                "what was delivered, once more; dead letters; and events that have no delivery where a route leads now"
            }
        }
    }

    const fn takes(self, status: Option<DeliveryStatus>) -> bool {
        match status {
            None => matches!(self, Self::Undelivered | Self::Missing | Self::All),
            Some(DeliveryStatus::Dead) => matches!(self, Self::Undelivered | Self::Dead | Self::All),
            Some(DeliveryStatus::Delivered) => matches!(self, Self::Delivered | Self::All),
            Some(DeliveryStatus::Cancelled) => matches!(self, Self::Cancelled),
            // It goes out by itself.
            Some(DeliveryStatus::Pending | DeliveryStatus::Leased | DeliveryStatus::Retrying) => false,
        }
    }
}

/// What is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayFilter {
    /// Events of these types; `None`: of all.
    pub kind: Option<Pattern>,
    /// Events from these sources; `None`: from all.
    pub source: Option<Pattern>,
    /// Deliveries to this destination; `None`: to all that the routes name.
    pub destination: Option<DestinationNumber>,
    /// Deliveries that stand so.
    pub selection: Selection,
    /// Deliveries whose last attempt came to this.
    pub class: Option<AttemptClass>,
    /// Events recorded at or after this instant.
    pub from: Millis,
    /// Events recorded before this instant.
    pub to: Millis,
}

impl ReplayFilter {
    /// Whether it takes an event's deliveries, as far as its body says. One that has expired by `now` goes to nobody.
    #[must_use]
    pub fn takes_event(&self, event: &EventHead<'_>, now: Millis) -> bool {
        let matches = |pattern: &Option<Pattern>, value: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.takes(value))
        };
        matches(&self.kind, event.kind)
            && matches(&self.source, event.source)
            && (self.from..self.to).contains(&event.created_at)
            && event.expires_at.is_none_or(|end| end > now)
    }

    /// Whether it sends the delivery of an event that stands so; `None`: there is none yet. An event that was called off
    /// gets none.
    #[must_use]
    pub fn takes(&self, event: EventStatus, delivery: Option<&Delivery>) -> bool {
        let called_off = matches!(event, EventStatus::Cancelled | EventStatus::Expired);
        let last_class = delivery.and_then(|delivery| delivery.last_class);
        self.selection.takes(delivery.map(|delivery| delivery.status))
            && !(delivery.is_none() && called_off)
            && self.class.is_none_or(|class| last_class == Some(class))
    }
}

/// A replay that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayDraft {
    /// What is sent again.
    pub filter: ReplayFilter,
    /// What makes the same request the same when it comes again.
    pub key: Option<IdempotencyKey>,
    /// Who asked.
    pub by: String,
    /// How many deliveries a look has found.
    pub expected: u64,
}

/// Where a replay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayStatus {
    /// It goes on.
    Running,
    /// It has gone through all events of its time.
    Done,
    /// Somebody ended it before that; what it had sent again stays so.
    Cancelled,
}

impl ReplayStatus {
    /// Every value; the order is that of the data file.
    pub const ALL: &'static [Self] = &[Self::Running, Self::Done, Self::Cancelled];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// A replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its number.
    pub number: ReplayNumber,
    /// As it was asked for.
    pub draft: ReplayDraft,
    /// Where it stands.
    pub status: ReplayStatus,
    /// The positions of the events of its time, as of its beginning: what is recorded later is not among them.
    pub range: (u64, u64),
    /// The first position that it has not come to.
    pub cursor: u64,
    /// Deliveries that it has put into the queue.
    pub revived: u64,
    /// Deliveries of events it takes that it has passed over.
    pub passed: u64,
    /// When it began.
    pub created_at: Millis,
    /// When it last went on, or ended.
    pub updated_at: Millis,
}

impl Replay {
    /// How far it has come, in thousandths.
    #[must_use]
    pub fn progress(&self) -> u32 {
        let (first, end) = self.range;
        let whole = end.saturating_sub(first);
        let done = self.cursor.saturating_sub(first).min(whole);
        let thousandths = done.saturating_mul(1_000).checked_div(whole);
        thousandths.map_or(1_000, |part| u32::try_from(part).unwrap_or(1_000))
    }
}

/// What became of a replay that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayBegun {
    /// It begins.
    New(Replay),
    /// The same was asked for before, under the same key.
    Again(Replay),
    /// Something else was asked for under this key.
    Conflict(ReplayNumber),
    /// So many run already.
    TooMany,
}

/// A delivery that a replay would send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayExample {
    /// Its id, that which it has or will have.
    pub id: DeliveryId,
    /// To whom.
    pub destination: DestinationNumber,
    /// Where it stands; `None`: there is none yet.
    pub status: Option<DeliveryStatus>,
    /// The event's type.
    pub kind: String,
    /// When the event was recorded.
    pub created_at: Millis,
}

/// What a replay would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayLook {
    /// How many deliveries, by destination.
    pub by_destination: BTreeMap<DestinationNumber, u64>,
    /// How many deliveries of events it takes it would pass over.
    pub passed: u64,
    /// The first of them.
    pub examples: Vec<ReplayExample>,
    /// Where to look on; `None`: this was all.
    pub next: Option<u64>,
}

impl ReplayLook {
    /// How many deliveries in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_destination.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{EventId, Priority};

    fn filter(selection: Selection) -> ReplayFilter {
        ReplayFilter {
            kind: None,
            source: None,
            destination: None,
            selection,
            class: None,
            from: Millis(0),
            to: Millis(10),
        }
    }

    #[test]
    fn what_was_delivered_is_taken_only_by_name_and_what_was_called_off_only_by_its_own() {
        let taken = |selection: Selection| {
            let statuses = DeliveryStatus::ALL.iter().map(|status| Some(*status));
            let all = statuses.chain([None]).filter(|status| selection.takes(*status));
            all.map(|status| status.map_or("none", DeliveryStatus::as_str))
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(Selection::default()), ["DEAD", "none"]);
        assert_eq!(taken(Selection::Dead), ["DEAD"]);
        assert_eq!(taken(Selection::Missing), ["none"]);
        assert_eq!(taken(Selection::Delivered), ["DELIVERED"]);
        assert_eq!(taken(Selection::Cancelled), ["CANCELLED"]);
        assert_eq!(taken(Selection::All), ["DELIVERED", "DEAD", "none"]);
    }

    #[test]
    fn an_event_that_was_called_off_gets_no_delivery_anew() {
        let all = filter(Selection::All);
        assert!(all.takes(EventStatus::Completed, None));
        assert!(!all.takes(EventStatus::Cancelled, None));
        assert!(!all.takes(EventStatus::Expired, None));
    }

    #[test]
    fn its_time_begins_with_from_and_ends_before_to_and_what_has_expired_stays() {
        let head = |created_at, expires_at| EventHead {
            id: EventId(7),
            kind: "LEAD_CAPTURE",
            source: "web",
            priority: Priority::default(),
            created_at: Millis(created_at),
            expires_at,
        };
        let takes = |created_at, expires_at| {
            filter(Selection::All).takes_event(&head(created_at, expires_at), Millis(50))
        };
        assert!(takes(0, None) && takes(9, Some(Millis(51))));
        assert!(!takes(-1, None) && !takes(10, None) && !takes(5, Some(Millis(50))));
    }

    #[test]
    fn selections_are_read_by_their_names() {
        for selection in Selection::ALL {
            assert_eq!(Selection::parse(selection.as_str()), Some(*selection));
        }
        assert_eq!(Selection::parse("LEASED"), None);
    }
}
