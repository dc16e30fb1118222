//! Records of replays.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::event_records::{number_of, numbered};
use crate::model::delivery::{AttemptClass, DestinationNumber};
use crate::model::event::Pattern;
use crate::model::ids::IdempotencyKey;
use crate::model::replay::{Replay, ReplayDraft, ReplayFilter, ReplayNumber, ReplayStatus, Selection};
use crate::model::time::Millis;

const REPLAY: Tag = Tag {
    kind: 152,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct ReplayRecord {
    kind: Option<String>,
    source: Option<String>,
    destination: Option<u16>,
    selection: u8,
    class: Option<u8>,
    from: i64,
    to: i64,
    key: Option<String>,
    by: String,
    expected: u64,
    status: u8,
    range: (u64, u64),
    cursor: u64,
    revived: u64,
    passed: u64,
    created_at: i64,
    updated_at: i64,
}

pub(super) fn replay_to_row(replay: &Replay) -> Result<Vec<u8>, Fault> {
    let ReplayDraft {
        filter,
        key,
        by,
        expected,
    } = &replay.draft;
    let record = ReplayRecord {
        kind: filter.kind.as_ref().map(Pattern::to_string),
        source: filter.source.as_ref().map(Pattern::to_string),
        destination: filter.destination.map(|to| to.0),
        selection: number_of(Selection::ALL, &filter.selection),
        class: filter.class.map(|class| number_of(&AttemptClass::ALL, &class)),
        from: filter.from.0,
        to: filter.to.0,
        key: key.as_ref().map(|key| key.as_str().to_owned()),
        by: by.clone(),
        expected: *expected,
        status: number_of(ReplayStatus::ALL, &replay.status),
        range: replay.range,
        cursor: replay.cursor,
        revived: replay.revived,
        passed: replay.passed,
        created_at: replay.created_at.0,
        updated_at: replay.updated_at.0,
    };
    codec::encode(REPLAY, &record)
}

pub(super) fn replay_from_row(number: u64, bytes: &[u8]) -> Result<Replay, Fault> {
    let record: ReplayRecord = codec::decode(REPLAY, bytes)?;
    let class = |number| numbered(&AttemptClass::ALL, number);
    let key = |text: String| IdempotencyKey::parse(&text).map_err(Fault::file);
    Ok(Replay {
        number: ReplayNumber(number),
        draft: ReplayDraft {
            filter: ReplayFilter {
                kind: record.kind.map(|text| pattern(&text)).transpose()?,
                source: record.source.map(|text| pattern(&text)).transpose()?,
                destination: record.destination.map(DestinationNumber),
                selection: numbered(Selection::ALL, record.selection)?,
                class: record.class.map(class).transpose()?,
                from: Millis(record.from),
                to: Millis(record.to),
            },
            key: record.key.map(key).transpose()?,
            by: record.by,
            expected: record.expected,
        },
        status: numbered(ReplayStatus::ALL, record.status)?,
        range: record.range,
        cursor: record.cursor,
        revived: record.revived,
        passed: record.passed,
        created_at: Millis(record.created_at),
        updated_at: Millis(record.updated_at),
    })
}

fn pattern(text: &str) -> Result<Pattern, Fault> {
    Pattern::parse(text).ok_or_else(|| Fault::file(format!("{text:?} is no pattern")))
}

/// Reads a record of replays; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == REPLAY).then(|| replay_from_row(1, bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_keeps_the_bytes_it_had_in_version_1() {
        let replay = Replay {
            number: ReplayNumber(7),
            draft: ReplayDraft {
                filter: ReplayFilter {
                    kind: Some(Pattern::Prefix("LEAD_".to_owned())),
                    source: None,
                    destination: Some(DestinationNumber(3)),
                    selection: Selection::Delivered,
                    class: Some(AttemptClass::ServerError),
                    from: Millis(5),
                    to: Millis(6),
                },
                key: Some(IdempotencyKey::parse("k").unwrap()),
                by: "the owner".to_owned(),
                expected: 300,
            },
            status: ReplayStatus::Cancelled,
            range: (1, 9),
            cursor: 4,
            revived: 2,
            passed: 1,
            created_at: Millis(7),
            updated_at: Millis(8),
        };
        let row = replay_to_row(&replay).unwrap();
        let hex: String = row.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, REPLAY_V1);
        assert_eq!(replay_from_row(7, &row).unwrap(), replay);
    }

    const REPLAY_V1: &str =
        "980101064c4541445f2a0001030301040a0c01016b09746865206f776e6572fb2c010201090402010e10";
}
