//! Records of events: what each came with, which never changes.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::delivery::Event;
use crate::model::event::{EventDraft, EventHead, EventId, Fingerprint, Priority};
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::model::trace::{Parent, State, Trace};

const EVENT_V1: Tag = Tag {
    kind: 131,
    version: 1,
};
/// Version 2 brought the state of a trace.
const EVENT: Tag = Tag {
    kind: 131,
    version: 2,
};

#[derive(Serialize, Deserialize)]
struct EventRecordV1<'a> {
    id: u128,
    kind: &'a str,
    source: &'a str,
    key: &'a str,
    payload: &'a str,
    fingerprint: [u8; 32],
    priority: u8,
    traceparent: Option<&'a str>,
    created_at: i64,
    expires_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct EventRecord<'a> {
    id: u128,
    kind: &'a str,
    source: &'a str,
    key: &'a str,
    payload: &'a str,
    fingerprint: [u8; 32],
    priority: u8,
    #[serde(borrow)]
    trace: Option<TraceRecord<'a>>,
    created_at: i64,
    expires_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct TraceRecord<'a> {
    trace: u128,
    span: u64,
    sampled: bool,
    state: Option<&'a str>,
}

impl<'a> EventRecord<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (tag, body) = codec::split(bytes)?;
        if tag != EVENT_V1 {
            return codec::decode(EVENT, bytes);
        }
        let old: EventRecordV1<'a> = codec::body(body)?;
        let parent = old.traceparent.and_then(Parent::parse);
        Ok(Self {
            id: old.id,
            kind: old.kind,
            source: old.source,
            key: old.key,
            payload: old.payload,
            fingerprint: old.fingerprint,
            priority: old.priority,
            trace: parent.map(|parent| TraceRecord::of(parent, None)),
            created_at: old.created_at,
            expires_at: old.expires_at,
        })
    }
}

impl<'a> TraceRecord<'a> {
    const fn of(parent: Parent, state: Option<&'a str>) -> Self {
        Self {
            trace: parent.trace,
            span: parent.span,
            sampled: parent.sampled,
            state,
        }
    }

    fn trace(&self) -> Trace {
        let parent = Parent {
            trace: self.trace,
            span: self.span,
            sampled: self.sampled,
        };
        Trace {
            parent,
            state: self.state.and_then(|state| State::parse([state])),
        }
    }
}

pub(super) fn event_to_row(draft: &EventDraft, created_at: Millis) -> Result<Vec<u8>, Fault> {
    let trace = draft.trace.as_ref();
    let record = EventRecord {
        id: draft.id.0,
        kind: draft.kind.as_str(),
        source: draft.source.as_str(),
        key: draft.key.as_str(),
        payload: &draft.payload,
        fingerprint: draft.fingerprint.0,
        priority: draft.priority.level(),
        trace: trace.map(|trace| TraceRecord::of(trace.parent, trace.state.as_ref().map(State::as_str))),
        created_at: created_at.0,
        expires_at: draft.expires_at.map(|t| t.0),
    };
    codec::encode(EVENT, &record)
}

/// What a filter looks at, without a copy.
pub(super) fn event_head(bytes: &[u8]) -> Result<EventHead<'_>, Fault> {
    let record = EventRecord::read(bytes)?;
    Ok(EventHead {
        id: EventId(record.id),
        kind: record.kind,
        source: record.source,
        priority: priority(record.priority)?,
        created_at: Millis(record.created_at),
        expires_at: record.expires_at.map(Millis),
    })
}

/// What a row begins with: by which an event is looked for. Nothing behind it is read, however long its payload is.
#[derive(Debug, Deserialize)]
pub(super) struct EventMark<'e> {
    _id: u128,
    pub(super) kind: &'e str,
    pub(super) source: &'e str,
    pub(super) key: &'e str,
}

pub(super) fn event_mark(bytes: &[u8]) -> Result<EventMark<'_>, Fault> {
    match codec::split(bytes)? {
        (tag, body) if tag == EVENT || tag == EVENT_V1 => codec::beginning(body),
        (tag, _) => Err(Fault::file(format!("a record is of kind {tag:?}, not an event"))),
    }
}

pub(super) fn event_from_row(bytes: &[u8]) -> Result<Event, Fault> {
    let record = EventRecord::read(bytes)?;
    Ok(Event {
        id: EventId(record.id),
        kind: EventType::parse(record.kind).map_err(Fault::file)?,
        source: Source::parse(record.source).map_err(Fault::file)?,
        key: IdempotencyKey::parse(record.key).map_err(Fault::file)?,
        payload: record.payload.to_owned(),
        fingerprint: Fingerprint(record.fingerprint),
        priority: priority(record.priority)?,
        trace: record.trace.as_ref().map(TraceRecord::trace),
        created_at: Millis(record.created_at),
        expires_at: record.expires_at.map(Millis),
    })
}

/// A priority as it stands on disk.
pub(super) fn priority(level: u8) -> Result<Priority, Fault> {
    Priority::new(level).ok_or_else(|| Fault::file("a priority is above 9"))
}

/// Reads a record of an event; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    [EVENT, EVENT_V1]
        .contains(&tag)
        .then(|| event_from_row(bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::hex;

    const PARENT: Parent = Parent {
        trace: 11,
        span: 12,
        sampled: true,
    };

    fn event() -> EventDraft {
        EventDraft {
            id: EventId(7),
            kind: EventType::parse("LEAD_CAPTURE").unwrap(),
            source: Source::parse("web").unwrap(),
            key: IdempotencyKey::parse("k").unwrap(),
            payload: "{}".into(),
            fingerprint: Fingerprint([1; 32]),
            scheduled_at: None,
            expires_at: Some(Millis(9)),
            priority: Priority::default(),
            trace: None,
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digits).collect()
    }

    #[test]
    fn the_record_of_an_event_keeps_the_bytes_it_had_when_its_version_came() {
        let traced = EventDraft {
            trace: Some(Trace {
                parent: PARENT,
                state: State::parse(["a=1"]),
            }),
            ..event()
        };
        for (event, golden) in [(event(), EVENT_V2), (traced, TRACED_V2)] {
            let row = event_to_row(&event, Millis(5)).unwrap();
            assert_eq!(hex(&row), golden);
            let read = event_from_row(&row).unwrap();
            assert_eq!((read.trace, read.created_at), (event.trace, Millis(5)));
            assert_eq!(event_head(&row).unwrap().kind, "LEAD_CAPTURE");
        }
    }

    #[test]
    fn an_event_is_read_in_version_1() {
        let row = event_to_row(&event(), Millis(5)).unwrap();
        let now = event_from_row(&row).unwrap();
        assert_eq!(event_from_row(&bytes(EVENT_V1_ROW)).unwrap(), now);
        assert_eq!(event_head(&bytes(EVENT_V1_ROW)).unwrap().id, EventId(7));
        let parent = PARENT.to_string();
        let old = EventRecordV1 {
            id: 7,
            kind: "T",
            source: "s",
            key: "k",
            payload: "{}",
            fingerprint: [1; 32],
            priority: 5,
            traceparent: Some(&parent),
            created_at: 5,
            expires_at: None,
        };
        let read = event_from_row(&codec::encode(EVENT_V1, &old).unwrap()).unwrap();
        let state = None;
        assert_eq!(
            read.trace,
            Some(Trace {
                parent: PARENT,
                state
            })
        );
    }

    const EVENT_V1_ROW: &str = "8301070c4c4541445f4341505455524503776562016b027b7d010101010101010101010101010101010101010101010101010101010101010105000a0112";
    const EVENT_V2: &str = "8302070c4c4541445f4341505455524503776562016b027b7d010101010101010101010101010101010101010101010101010101010101010105000a0112";
    const TRACED_V2: &str = "8302070c4c4541445f4341505455524503776562016b027b7d010101010101010101010101010101010101010101010101010101010101010105010b0c010103613d310a0112";
}
