//! Deliveries under way: what a lane takes, what it did, and what became of it.

use super::event::{DeliveryId, DeliveryStatus, EventId, EventStatus, Fingerprint, Priority};
use super::ids::{DestinationName, EventType, IdempotencyKey, Source};
use super::time::Millis;

/// The longest excerpt of an answer that is kept, in bytes.
pub const MAX_EXCERPT: usize = 1_024;

/// A destination's number within its data file: what stands for its name in keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DestinationNumber(pub u16);

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

/// What becomes of a delivery after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It arrived.
    Delivered,
    /// Again, not before this instant.
    Retry(Millis),
    /// Never again by itself: a dead letter.
    Dead,
    /// Back into the queue as if it had not been taken: the attempt is not charged.
    GivenBack,
}

/// A delivery a lane has taken; it comes back by itself when the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery.
    pub id: DeliveryId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the first attempt began.
    pub first_at: Millis,
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
    /// The W3C trace context it came with.
    pub traceparent: Option<String>,
    /// When it was recorded.
    pub created_at: Millis,
    /// Not at all from this instant on.
    pub expires_at: Option<Millis>,
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

    /// Notes that a dead letter is tried again.
    pub fn revived(&mut self, at: Millis) {
        self.open += 1;
        self.dead = self.dead.saturating_sub(1);
        self.updated_at = at;
        self.status = EventStatus::Processing;
    }
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub destination: DestinationNumber,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts begun and charged.
    pub attempts: u32,
    /// When the first began.
    pub first_at: Option<Millis>,
    /// When it is due; while leased, when the lease ends.
    pub due: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// What the last attempt that failed said.
    pub last_error: Option<String>,
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
        state.revived(now);
        assert_eq!(
            (state.status, state.open, state.dead),
            (EventStatus::Processing, 1, 0)
        );
        state.settled(false, now);
        assert_eq!(state.status, EventStatus::Completed);
    }
}
