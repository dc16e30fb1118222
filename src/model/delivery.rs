//! Deliveries under way: what a lane takes, what it did, and what became of it.

use std::fmt;

use super::dead::DeadGroup;
use super::event::{
    DeliveryId, DeliveryStatus, EventHead, EventId, EventStatus, Fingerprint, Pattern, Priority,
};
use super::ids::{DestinationName, EventType, IdempotencyKey, Source};
use super::lane::Lesson;
use super::time::Millis;
use super::trace::Trace;

/// The longest excerpt of an answer that is kept, in bytes.
pub const MAX_EXCERPT: usize = 1_024;

/// A destination's number within its data file: what stands for its name in keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DestinationNumber(pub u16);

/// Why a destination pauses whose receiver refuses our credentials; what it answered stands before it. A reload, a restart or
/// its owner lets it try again.
pub const CREDENTIALS_REFUSED: &str = "our credentials are refused";
/// Why a destination pauses whose receiver says that it is gone; what it answered stands before it.
pub const GONE_FOR_GOOD: &str = "it is gone for good";

/// A destination as the data file knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its number.
    pub number: DestinationNumber,
    /// Its name.
    pub name: DestinationName,
    /// Why nothing is sent to it now, if so.
    pub paused: Option<String>,
}

impl Destination {
    /// Whether it is paused because its receiver turned us away, and not by hand.
    #[must_use]
    pub fn turns_us_away(&self) -> bool {
        let reason = self.paused.as_deref().unwrap_or_default();
        reason.ends_with(CREDENTIALS_REFUSED) || reason.ends_with(GONE_FOR_GOOD)
    }
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptClass {
    /// Taken.
    Success,
    /// Sent elsewhere, which is not followed.
    Redirect,
    /// Refused.
    Refused,
    /// Too many.
    Limited,
    /// Failed over there.
    ServerError,
    /// No answer.
    Network,
    /// Nothing was sent: the request could not be made from this event.
    Render,
}

impl AttemptClass {
    /// Every value; the order is that of the data file.
    pub const ALL: [Self; 7] = [
        Self::Success,
        Self::Redirect,
        Self::Refused,
        Self::Limited,
        Self::ServerError,
        Self::Network,
        Self::Render,
    ];

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// Its name in answers and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::Refused => "4xx",
            Self::Limited => "429",
            Self::ServerError => "5xx",
            Self::Network => "network",
            Self::Render => "render",
        }
    }
}

/// One attempt, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which, from 1.
    pub number: u32,
    /// When it began.
    pub at: Millis,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What it came to.
    pub class: AttemptClass,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// The beginning of the answer, or what went wrong; at most [`MAX_EXCERPT`] bytes.
    pub excerpt: String,
}

/// How many calls a destination got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Who got them.
    pub destination: DestinationNumber,
    /// How many there were.
    pub made: u64,
    /// Those that were answered with a 429.
    pub limited: u64,
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It arrived.
    Delivered,
    /// Again, not before this instant.
    Retry(Millis),
    /// Never again by itself: a dead letter.
    Dead,
    /// Back into the queue as if it had not been taken: the attempt is on record and does not count.
    GivenBack,
}

/// How an attempt ended: what becomes of the delivery, and what was learned of its destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What becomes of the delivery.
    pub settlement: Settlement,
    /// What was learned.
    pub lesson: Lesson,
}

/// Nothing was learned.
impl From<Settlement> for Ending {
    fn from(settlement: Settlement) -> Self {
        Self {
            settlement,
            lesson: Lesson::default(),
        }
    }
}

/// How a call ended: what became of each delivery in it, and what was learned of its destination, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEnd {
    /// Those that were attempted, and what follows.
    pub settled: Vec<(DeliveryId, Attempt, Settlement)>,
    /// Those that were taken for the call and did not go with it.
    pub unsent: Vec<Unsent>,
    /// What was learned.
    pub lesson: Lesson,
}

/// A delivery that goes back as if it had not been taken: with the attempt it had, due when it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Which.
    pub id: DeliveryId,
    /// The attempt that was not made.
    pub attempt: u32,
    /// When it was due.
    pub due: Millis,
}

/// A delivery a lane has taken; it comes back by itself when the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery.
    pub id: DeliveryId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Which that counts: since it was recorded or last revived, without those given back; from 1.
    pub tries: u32,
    /// When the first of these began, later by what it has waited since for no fault of the receiver.
    pub first_at: Millis,
    /// When this one was due.
    pub due: Millis,
    /// When the event's deliveries are due.
    pub scheduled_at: Millis,
    /// The event.
    pub event: Event,
}

/// What a claim brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// What is the lane's now, most urgent first.
    pub taken: Vec<Claimed>,
    /// When the next delivery is due, or the next lease ends, if nothing changes; `None`: nothing is waiting.
    pub next_due: Option<Millis>,
}

/// An event as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: EventType,
    /// Where.
    pub source: Source,
    /// Its idempotency key.
    pub key: IdempotencyKey,
    /// JSON text.
    pub payload: String,
    /// Over type, source and payload.
    pub fingerprint: Fingerprint,
    /// How urgent.
    pub priority: Priority,
    /// The trace it came with.
    pub trace: Option<Trace>,
    /// When it was recorded.
    pub created_at: Millis,
    /// Not at all from this instant on.
    pub expires_at: Option<Millis>,
}

/// Why a delivery is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// The event's time ran out.
    Expired,
    /// Somebody asked for it.
    Discarded,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventState {
    /// Its status.
    pub status: EventStatus,
    /// When its deliveries are due.
    pub scheduled_at: Millis,
    /// Deliveries that are not settled.
    pub open: u16,
    /// Deliveries that are dead letters.
    pub dead: u16,
    /// When this last changed.
    pub updated_at: Millis,
}

impl EventState {
    /// Notes that a delivery was settled for good.
    pub fn settled(&mut self, dead: bool, at: Millis) {
        self.open = self.open.saturating_sub(1);
        self.dead += u16::from(dead);
        self.updated_at = at;
        if self.open == 0 {
            self.status = if self.dead > 0 {
                EventStatus::Failed
            } else {
                EventStatus::Completed
            };
        }
    }

    /// Notes that a delivery is dropped without being settled; `from_dead` if it was a dead letter. Where nothing is open
    /// any more, the event is `FAILED` by another dead letter, else `COMPLETED` if one was `delivered`, else as `why` says.
    pub fn dropped(&mut self, from_dead: bool, (why, delivered): (Dropped, bool), at: Millis) {
        if from_dead {
            self.dead = self.dead.saturating_sub(1);
        } else {
            self.open = self.open.saturating_sub(1);
        }
        self.updated_at = at;
        if self.open == 0 {
            self.status = match why {
                _ if self.dead > 0 => EventStatus::Failed,
                _ if delivered => EventStatus::Completed,
                Dropped::Expired => EventStatus::Expired,
                Dropped::Discarded => EventStatus::Cancelled,
            };
        }
    }

    /// Notes that a delivery is to be made that stood so `before`; `None`: it is new. An event that nobody has attempted
    /// stays pending.
    pub fn revived(&mut self, before: Option<DeliveryStatus>, at: Millis) {
        self.open += 1;
        self.dead = self
            .dead
            .saturating_sub(u16::from(before == Some(DeliveryStatus::Dead)));
        self.updated_at = at;
        if self.status != EventStatus::Pending {
            self.status = EventStatus::Processing;
        }
    }
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub destination: DestinationNumber,
    /// How urgent its event is.
    pub priority: Priority,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts begun.
    pub attempts: u32,
    /// How many of them do not count any more: those before it was last revived, and those given back.
    pub attempts_before: u32,
    /// When the first that counts began, later by what it has waited since for no fault of the receiver.
    pub first_at: Option<Millis>,
    /// When it is due; while leased, when the lease ends.
    pub due: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// What the last attempt came to.
    pub last_class: Option<AttemptClass>,
    /// What the last attempt that failed said.
    pub last_error: Option<String>,
}

impl Delivery {
    /// One that nobody has attempted: to whom, how urgent, and (when it is due, when it was made).
    #[must_use]
    pub const fn new(
        event: EventId,
        destination: DestinationNumber,
        priority: Priority,
        (due, at): (Millis, Millis),
    ) -> Self {
        Self {
            id: event.delivery(destination.0),
            destination,
            priority,
            status: DeliveryStatus::Pending,
            attempts: 0,
            attempts_before: 0,
            first_at: None,
            due,
            updated_at: at,
            last_class: None,
            last_error: None,
        }
    }
}

/// Which deliveries; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To whom.
    pub destination: Option<DestinationNumber>,
    /// Where they stand.
    pub status: Option<DeliveryStatus>,
    /// What their last attempt came to.
    pub class: Option<AttemptClass>,
    /// Of which group of dead letters they are. Nothing else is one, so it is found by its index and not by looking.
    pub group: Option<DeadGroup>,
    /// Of which types their events are.
    pub kind: Option<Pattern>,
    /// Where their events come from.
    pub source: Option<Pattern>,
    /// Their events were recorded at or after this instant.
    pub from: Option<Millis>,
    /// Their events were recorded before this instant.
    pub to: Option<Millis>,
}

impl DeliveryFilter {
    /// Whether it takes `delivery`, as far as that says.
    #[must_use]
    pub fn matches(&self, delivery: &Delivery) -> bool {
        self.destination.is_none_or(|to| to == delivery.destination)
            && self.status.is_none_or(|status| status == delivery.status)
            && self.class.is_none_or(|class| delivery.last_class == Some(class))
    }

    /// Whether it asks anything about their events.
    #[must_use]
    pub const fn asks_of_events(&self) -> bool {
        self.kind.is_some() || self.source.is_some() || self.from.is_some() || self.to.is_some()
    }

    /// Whether it takes the deliveries of this event.
    #[must_use]
    pub fn takes_event(&self, event: &EventHead<'_>) -> bool {
        self.kind.as_ref().is_none_or(|kind| kind.takes(event.kind))
            && self
                .source
                .as_ref()
                .is_none_or(|source| source.takes(event.source))
            && self.from.is_none_or(|from| event.created_at >= from)
            && self.to.is_none_or(|to| event.created_at < to)
    }

    /// Whether it takes every delivery.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a page of deliveries ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryCursor {
    /// The position of the event.
    pub event: u64,
    /// The destination's number.
    pub destination: u16,
    /// Since when it is a dead letter, in a list of those.
    pub since: i64,
}

impl DeliveryCursor {
    /// Reads what `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let cursor = Self {
            event: parts.next()?.parse().ok()?,
            destination: parts.next()?.parse().ok()?,
            since: parts.next()?.parse().ok()?,
        };
        Some(cursor)
    }
}

impl fmt::Display for DeliveryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.event, self.destination, self.since)
    }
}

/// What a destination's queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Whose.
    pub destination: DestinationNumber,
    /// Deliveries by status, in the order of [`DeliveryStatus::ALL`].
    pub counts: [u64; DeliveryStatus::ALL.len()],
    /// When the first of those that wait was, or is, due.
    pub oldest_due: Option<Millis>,
    /// Since when the oldest of the dead letters is one.
    pub oldest_dead: Option<Millis>,
}

impl Backlog {
    /// How many deliveries stand so.
    #[must_use]
    pub fn of(&self, status: DeliveryStatus) -> u64 {
        let mut counts = DeliveryStatus::ALL.iter().zip(self.counts);
        counts.find(|(s, _)| **s == status).map_or(0, |(_, n)| n)
    }

    /// Deliveries that wait or are under way.
    #[must_use]
    pub fn depth(&self) -> u64 {
        let open = [
            DeliveryStatus::Pending,
            DeliveryStatus::Leased,
            DeliveryStatus::Retrying,
        ];
        open.into_iter().map(|status| self.of(status)).sum()
    }
}

/// One event's whole story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStory {
    /// The event.
    pub event: Event,
    /// Where it stands.
    pub state: EventState,
    /// Its deliveries in order of destination, each with its attempts in order.
    pub deliveries: Vec<(Delivery, Vec<Attempt>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_done_with_its_last_delivery_and_failed_if_one_is_dead() {
        let now = Millis(5);
        let mut state = EventState {
            status: EventStatus::Processing,
            scheduled_at: now,
            open: 2,
            dead: 0,
            updated_at: now,
        };
        state.settled(true, now);
        assert_eq!(state.status, EventStatus::Processing);
        state.settled(false, now);
        assert_eq!(state.status, EventStatus::Failed);
        state.revived(Some(DeliveryStatus::Dead), now);
        assert_eq!(
            (state.status, state.open, state.dead),
            (EventStatus::Processing, 1, 0)
        );
        state.settled(false, now);
        assert_eq!(state.status, EventStatus::Completed);
        state.revived(Some(DeliveryStatus::Delivered), now);
        state.revived(None, now);
        assert_eq!(
            (state.status, state.open, state.dead),
            (EventStatus::Processing, 2, 0)
        );
    }

    #[test]
    fn what_is_dropped_decides_only_where_nothing_else_does() {
        let now = Millis(5);
        let state = |open, dead| EventState {
            status: EventStatus::Processing,
            scheduled_at: now,
            open,
            dead,
            updated_at: now,
        };
        let dropped = |mut state: EventState, from_dead, why| {
            state.dropped(from_dead, why, now);
            state.status
        };
        let discarded = (Dropped::Discarded, false);
        assert_eq!(dropped(state(2, 0), false, discarded), EventStatus::Processing);
        assert_eq!(dropped(state(1, 0), false, discarded), EventStatus::Cancelled);
        assert_eq!(
            dropped(state(1, 0), false, (Dropped::Expired, false)),
            EventStatus::Expired
        );
        assert_eq!(
            dropped(state(1, 0), false, (Dropped::Expired, true)),
            EventStatus::Completed
        );
        assert_eq!(dropped(state(1, 1), false, discarded), EventStatus::Failed);
        assert_eq!(dropped(state(0, 1), true, discarded), EventStatus::Cancelled);
        assert_eq!(dropped(state(0, 2), true, discarded), EventStatus::Failed);
    }

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let cursor = DeliveryCursor {
            event: u64::MAX,
            destination: 7,
            since: -1,
        };
        assert_eq!(DeliveryCursor::parse(&cursor.to_string()), Some(cursor));
        for wrong in ["", "1.2", "1.2.3.4", "a.b.c", "1.70000.3"] {
            assert_eq!(DeliveryCursor::parse(wrong), None, "{wrong}");
        }
    }
}
