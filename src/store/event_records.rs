//! Records of deliveries and of what becomes of events: the shapes on disk, and how the model's types come out of them and
//! go in.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::event_bodies::priority;
use crate::model::delivery::{Attempt, AttemptClass, Delivery, Destination, DestinationNumber, EventState};
use crate::model::event::{DeliveryId, DeliveryStatus, EventStatus};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;

/// Facts; those of polls have kinds 1 to 5.
pub(super) const RECORDED: Tag = Tag { kind: 6, version: 1 };
pub(super) const SETTLED: Tag = Tag { kind: 7, version: 1 };
pub(super) const EVENT_MOVED_V1: Tag = Tag { kind: 8, version: 1 };
/// Version 2 names the deliveries that were called off.
pub(super) const EVENT_MOVED: Tag = Tag { kind: 8, version: 2 };
const REVIVED_V1: Tag = Tag { kind: 9, version: 1 };
/// Version 2 says how the delivery stood before: not only dead letters are tried again.
pub(super) const REVIVED: Tag = Tag { kind: 9, version: 2 };
pub(super) const DROPPED: Tag = Tag { kind: 10, version: 1 };
pub(super) const SWEPT: Tag = Tag { kind: 11, version: 1 };

const EVENT_STATE: Tag = Tag {
    kind: 132,
    version: 1,
};
const DELIVERY: Tag = Tag {
    kind: 133,
    version: 1,
};
const ATTEMPT: Tag = Tag {
    kind: 134,
    version: 1,
};
const DESTINATION: Tag = Tag {
    kind: 135,
    version: 1,
};

/// An event was recorded with its deliveries. Its body is the row at the fact's own position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedFact {
    pub(super) id: u128,
    /// The digest of its idempotency key.
    pub(super) key: u128,
    pub(super) fingerprint: [u8; 32],
    pub(super) at: i64,
    /// By people's clocks.
    pub(super) scheduled_at: i64,
    /// In the store's time, which is the same unless the clock was set back.
    pub(super) due: i64,
    pub(super) priority: u8,
    pub(super) destinations: Vec<u16>,
}

/// A delivery was settled for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SettledFact {
    pub(super) event: u64,
    pub(super) destination: u16,
    pub(super) attempts: u32,
    pub(super) dead: bool,
    pub(super) at: i64,
}

/// An event was called off (`to` of `None`), or moved to another time: (scheduled at, due).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MovedFact {
    pub(super) event: u64,
    pub(super) to: Option<(i64, i64)>,
    pub(super) at: i64,
    /// The destinations of the deliveries that were called off.
    pub(super) called_off: Vec<u16>,
}

#[derive(Deserialize)]
struct MovedFactV1 {
    event: u64,
    to: Option<(i64, i64)>,
    at: i64,
}

impl MovedFact {
    /// Reads either version.
    pub(super) fn read(tag: Tag, body: &[u8]) -> Result<Self, Fault> {
        if tag == EVENT_MOVED {
            return codec::body(body);
        }
        let MovedFactV1 { event, to, at } = codec::body(body)?;
        Ok(Self {
            event,
            to,
            at,
            called_off: Vec::new(),
        })
    }
}

/// Events that had ended were forgotten, with their keys, deliveries and attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SweptFact {
    pub(super) events: u64,
    /// By destination: how many deliveries of theirs were (delivered, dead, cancelled).
    pub(super) deliveries: Vec<(u16, (u64, u64, u64))>,
    pub(super) at: i64,
}

/// A delivery was dropped without being settled: its event expired, or somebody discarded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DroppedFact {
    pub(super) event: u64,
    pub(super) destination: u16,
    pub(super) expired: bool,
    pub(super) from_dead: bool,
    pub(super) at: i64,
}

/// A delivery is to be made that had ended, or that is new to an event of long ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RevivedFact {
    pub(super) event: u64,
    pub(super) destination: u16,
    /// The number of the status that it had; `None`: there was no such delivery.
    before: Option<u8>,
    pub(super) at: i64,
}

#[derive(Deserialize)]
struct RevivedFactV1 {
    event: u64,
    destination: u16,
    at: i64,
}

impl RevivedFact {
    /// The delivery of the event at `event` to `destination`, which stood so `before`.
    pub(super) fn new(
        (event, destination): (u64, DestinationNumber),
        before: Option<DeliveryStatus>,
        at: Millis,
    ) -> Self {
        Self {
            event,
            destination: destination.0,
            before: before.map(status_number),
            at: at.0,
        }
    }

    /// How the delivery stood; `None`: there was none.
    pub(super) fn before(&self) -> Result<Option<DeliveryStatus>, Fault> {
        let status = |number| numbered(DeliveryStatus::ALL, number);
        self.before.map(status).transpose()
    }

    /// Whether this is the tag of either version.
    pub(super) fn is(tag: Tag) -> bool {
        tag == REVIVED || tag == REVIVED_V1
    }

    /// Reads either version; the first knew dead letters alone.
    pub(super) fn read(tag: Tag, body: &[u8]) -> Result<Self, Fault> {
        if tag == REVIVED {
            return codec::body(body);
        }
        let RevivedFactV1 {
            event,
            destination,
            at,
        } = codec::body(body)?;
        let place = (event, DestinationNumber(destination));
        Ok(Self::new(place, Some(DeliveryStatus::Dead), Millis(at)))
    }
}

#[derive(Serialize, Deserialize)]
struct StateRecord {
    status: u8,
    scheduled_at: i64,
    open: u16,
    dead: u16,
    updated_at: i64,
}

/// How a status stands on disk.
pub(super) fn status_number(status: DeliveryStatus) -> u8 {
    number_of(DeliveryStatus::ALL, &status)
}

/// The place of a value among all of its kind: how it stands on disk.
pub(super) fn number_of<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter()
        .position(|v| v == value)
        .and_then(|n| u8::try_from(n).ok())
        .unwrap_or(u8::MAX)
}

/// The value that stands so on disk.
pub(super) fn numbered<T: Copy>(all: &[T], number: u8) -> Result<T, Fault> {
    all.get(usize::from(number))
        .copied()
        .ok_or_else(|| Fault::file(format!("no value has number {number}")))
}

pub(super) fn state_to_row(state: &EventState) -> Result<Vec<u8>, Fault> {
    let record = StateRecord {
        status: number_of(EventStatus::ALL, &state.status),
        scheduled_at: state.scheduled_at.0,
        open: state.open,
        dead: state.dead,
        updated_at: state.updated_at.0,
    };
    codec::encode(EVENT_STATE, &record)
}

pub(super) fn state_from_row(bytes: &[u8]) -> Result<EventState, Fault> {
    let record: StateRecord = codec::decode(EVENT_STATE, bytes)?;
    Ok(EventState {
        status: numbered(EventStatus::ALL, record.status)?,
        scheduled_at: Millis(record.scheduled_at),
        open: record.open,
        dead: record.dead,
        updated_at: Millis(record.updated_at),
    })
}

#[derive(Serialize, Deserialize)]
struct DeliveryRecord<'a> {
    id: u128,
    priority: u8,
    status: u8,
    attempts: u32,
    attempts_before: u32,
    first_at: Option<i64>,
    due: i64,
    updated_at: i64,
    last_class: Option<u8>,
    last_error: Option<&'a str>,
}

pub(super) fn delivery_to_row(delivery: &Delivery) -> Result<Vec<u8>, Fault> {
    let record = DeliveryRecord {
        id: delivery.id.0,
        priority: delivery.priority.level(),
        status: status_number(delivery.status),
        attempts: delivery.attempts,
        attempts_before: delivery.attempts_before,
        first_at: delivery.first_at.map(|t| t.0),
        due: delivery.due.0,
        updated_at: delivery.updated_at.0,
        last_class: delivery.last_class.map(|c| number_of(&AttemptClass::ALL, &c)),
        last_error: delivery.last_error.as_deref(),
    };
    codec::encode(DELIVERY, &record)
}

pub(super) fn delivery_from_row(destination: u16, bytes: &[u8]) -> Result<Delivery, Fault> {
    let record: DeliveryRecord<'_> = codec::decode(DELIVERY, bytes)?;
    let class = |number| numbered(&AttemptClass::ALL, number);
    Ok(Delivery {
        id: DeliveryId(record.id),
        destination: DestinationNumber(destination),
        priority: priority(record.priority)?,
        status: numbered(DeliveryStatus::ALL, record.status)?,
        attempts: record.attempts,
        attempts_before: record.attempts_before,
        first_at: record.first_at.map(Millis),
        due: Millis(record.due),
        updated_at: Millis(record.updated_at),
        last_class: record.last_class.map(class).transpose()?,
        last_error: record.last_error.map(str::to_owned),
    })
}

#[derive(Serialize, Deserialize)]
struct AttemptRecord {
    at: i64,
    took_ms: u32,
    class: u8,
    status: Option<u16>,
    excerpt: String,
}

pub(super) fn attempt_to_row(attempt: &Attempt) -> Result<Vec<u8>, Fault> {
    let record = AttemptRecord {
        at: attempt.at.0,
        took_ms: attempt.took_ms,
        class: number_of(&AttemptClass::ALL, &attempt.class),
        status: attempt.status,
        excerpt: attempt.excerpt.clone(),
    };
    codec::encode(ATTEMPT, &record)
}

pub(super) fn attempt_from_row(number: u32, bytes: &[u8]) -> Result<Attempt, Fault> {
    let record: AttemptRecord = codec::decode(ATTEMPT, bytes)?;
    Ok(Attempt {
        number,
        at: Millis(record.at),
        took_ms: record.took_ms,
        class: numbered(&AttemptClass::ALL, record.class)?,
        status: record.status,
        excerpt: record.excerpt,
    })
}

#[derive(Serialize, Deserialize)]
struct DestinationRecord {
    number: u16,
    paused: Option<String>,
}

pub(super) fn destination_to_row(destination: &Destination) -> Result<Vec<u8>, Fault> {
    let record = DestinationRecord {
        number: destination.number.0,
        paused: destination.paused.clone(),
    };
    codec::encode(DESTINATION, &record)
}

pub(super) fn destination_from_row(name: &str, bytes: &[u8]) -> Result<Destination, Fault> {
    let record: DestinationRecord = codec::decode(DESTINATION, bytes)?;
    Ok(Destination {
        number: DestinationNumber(record.number),
        name: DestinationName::parse(name).map_err(Fault::file)?,
        paused: record.paused,
    })
}

/// When the fact of this tag was made; `None` where it is none of events.
pub(super) fn stamp_of(tag: Tag, body: &[u8]) -> Result<Option<Millis>, Fault> {
    let at = match tag {
        RECORDED => codec::body::<RecordedFact>(body)?.at,
        SETTLED => codec::body::<SettledFact>(body)?.at,
        EVENT_MOVED | EVENT_MOVED_V1 => MovedFact::read(tag, body)?.at,
        REVIVED | REVIVED_V1 => RevivedFact::read(tag, body)?.at,
        DROPPED => codec::body::<DroppedFact>(body)?.at,
        SWEPT => codec::body::<SweptFact>(body)?.at,
        _ => return Ok(None),
    };
    Ok(Some(Millis(at)))
}

/// Reads a record of events; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    Some(match tag {
        RECORDED => codec::body::<RecordedFact>(body).map(drop),
        SETTLED => codec::body::<SettledFact>(body).map(drop),
        EVENT_MOVED | EVENT_MOVED_V1 => MovedFact::read(tag, body).map(drop),
        REVIVED | REVIVED_V1 => RevivedFact::read(tag, body).and_then(|fact| fact.before().map(drop)),
        DROPPED => codec::body::<DroppedFact>(body).map(drop),
        SWEPT => codec::body::<SweptFact>(body).map(drop),
        EVENT_STATE => state_from_row(bytes).map(drop),
        DELIVERY => delivery_from_row(0, bytes).map(drop),
        ATTEMPT => attempt_from_row(1, bytes).map(drop),
        DESTINATION => destination_from_row("any", bytes).map(drop),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Priority;
    use crate::store::codec::hex;

    #[test]
    fn every_record_of_events_keeps_the_bytes_it_had_when_its_version_came() {
        let state = EventState {
            status: EventStatus::Processing,
            scheduled_at: Millis(5),
            open: 2,
            dead: 1,
            updated_at: Millis(6),
        };
        let delivery = Delivery {
            id: DeliveryId(8),
            destination: DestinationNumber(3),
            priority: Priority::default(),
            status: DeliveryStatus::Retrying,
            attempts: 2,
            attempts_before: 1,
            first_at: Some(Millis(5)),
            due: Millis(6),
            updated_at: Millis(7),
            last_class: Some(AttemptClass::ServerError),
            last_error: Some("503".into()),
        };
        let attempt = Attempt {
            number: 1,
            at: Millis(5),
            took_ms: 12,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: "busy".into(),
        };
        let name = DestinationName::parse("crm").unwrap();
        let destination = Destination {
            number: DestinationNumber(3),
            name,
            paused: Some("asked".into()),
        };
        let recorded = RecordedFact {
            id: 7,
            key: 8,
            fingerprint: [1; 32],
            at: 5,
            scheduled_at: 6,
            due: 6,
            priority: 5,
            destinations: vec![0, 3],
        };
        let settled = SettledFact {
            event: 1,
            destination: 3,
            attempts: 2,
            dead: true,
            at: 5,
        };
        let moved = MovedFact {
            event: 1,
            to: Some((6, 6)),
            at: 5,
            called_off: vec![3],
        };
        let swept = SweptFact {
            events: 2,
            deliveries: vec![(3, (1, 2, 300))],
            at: 5,
        };
        let dropped = DroppedFact {
            event: 1,
            destination: 3,
            expired: false,
            from_dead: true,
            at: 5,
        };
        let dead = Some(DeliveryStatus::Dead);
        let revived = RevivedFact::new((1, DestinationNumber(3)), dead, Millis(5));
        let golden = [
            (state_to_row(&state).unwrap(), STATE_V1),
            (delivery_to_row(&delivery).unwrap(), DELIVERY_V1),
            (attempt_to_row(&attempt).unwrap(), ATTEMPT_V1),
            (destination_to_row(&destination).unwrap(), DESTINATION_V1),
            (codec::encode(RECORDED, &recorded).unwrap(), RECORDED_V1),
            (codec::encode(SETTLED, &settled).unwrap(), SETTLED_V1),
            (codec::encode(EVENT_MOVED, &moved).unwrap(), MOVED_V2),
            (codec::encode(REVIVED, &revived).unwrap(), REVIVED_V2),
            (codec::encode(DROPPED, &dropped).unwrap(), DROPPED_V1),
            (codec::encode(SWEPT, &swept).unwrap(), SWEPT_V1),
        ];
        let found: Vec<String> = golden.iter().map(|(bytes, _)| hex(bytes)).collect();
        let expected: Vec<&str> = golden.iter().map(|(_, text)| *text).collect();
        assert_eq!(found, expected);
        assert_eq!(state_from_row(&golden[0].0).unwrap(), state);
        assert_eq!(delivery_from_row(3, &golden[1].0).unwrap(), delivery);
        assert_eq!(attempt_from_row(1, &golden[2].0).unwrap(), attempt);
        assert_eq!(destination_from_row("crm", &golden[3].0).unwrap(), destination);
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digits).collect()
    }

    #[test]
    fn a_dead_letter_that_was_tried_again_is_read_in_version_1() {
        let bytes = bytes(REVIVED_V1);
        let (tag, body) = codec::split(&bytes).unwrap();
        let dead = Some(DeliveryStatus::Dead);
        let expected = RevivedFact::new((1, DestinationNumber(3)), dead, Millis(5));
        assert!(RevivedFact::is(tag));
        assert_eq!(RevivedFact::read(tag, body).unwrap(), expected);
        assert_eq!(expected.before().unwrap(), dead);
    }

    #[test]
    fn a_moved_event_is_read_in_version_1() {
        let bytes = bytes(MOVED_V1);
        let (tag, body) = codec::split(&bytes).unwrap();
        let expected = MovedFact {
            event: 1,
            to: Some((6, 6)),
            at: 5,
            called_off: Vec::new(),
        };
        assert_eq!(MovedFact::read(tag, body).unwrap(), expected);
    }

    const STATE_V1: &str = "8401010a02010c";
    const DELIVERY_V1: &str = "85010805020201010a0c0e01040103353033";
    const ATTEMPT_V1: &str = "86010a0c0401fbf7010462757379";
    const DESTINATION_V1: &str = "870103010561736b6564";
    const RECORDED_V1: &str =
        "0601070801010101010101010101010101010101010101010101010101010101010101010a0c0c05020003";
    const SETTLED_V1: &str = "0701010302010a";
    const MOVED_V1: &str = "080101010c0c0a";
    const MOVED_V2: &str = "080201010c0c0a0103";
    const SWEPT_V1: &str = "0b010201030102fb2c010a";
    const REVIVED_V1: &str = "090101030a";
    const REVIVED_V2: &str = "0902010301040a";
    const DROPPED_V1: &str = "0a01010300010a";
}
