//! Records of the export: how far it has come, what may be forgotten, rows that cannot go, and last results.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::export::{Backfill, ExportKey, Lost, PollResults, SetAside};
use crate::model::poll::PollNumber;
use crate::model::time::Millis;

const STATE: Tag = Tag {
    kind: 220,
    version: 1,
};
const SET_ASIDE: Tag = Tag {
    kind: 221,
    version: 1,
};

const GONE: Tag = Tag {
    kind: 222,
    version: 1,
};
const RESULTS: Tag = Tag {
    kind: 223,
    version: 1,
};

/// How far the export has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportState {
    /// The first position of the journal that has not gone.
    pub(super) cursor: u64,
    pub(super) last_at: Option<i64>,
    pub(super) rows: u64,
    backfill: Option<BackfillRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BackfillRecord {
    begun_at: i64,
    windows: i64,
    events: u64,
    end: u64,
    done: u64,
    of: u64,
}

impl ExportState {
    /// One that has come to `cursor` and has everything before it to go.
    pub(super) fn new(cursor: u64) -> Self {
        Self {
            cursor,
            last_at: None,
            rows: 0,
            backfill: None,
        }
    }

    pub(super) fn backfill(&self) -> Option<Backfill> {
        self.backfill.as_ref().map(|record| Backfill {
            begun_at: Millis(record.begun_at),
            windows: Millis(record.windows),
            events: record.events,
            end: record.end,
            done: record.done,
            of: record.of,
        })
    }

    pub(super) fn set_backfill(&mut self, backfill: Option<Backfill>) {
        self.backfill = backfill.map(|backfill| BackfillRecord {
            begun_at: backfill.begun_at.0,
            windows: backfill.windows.0,
            events: backfill.events,
            end: backfill.end,
            done: backfill.done,
            of: backfill.of,
        });
    }

    pub(super) fn to_row(&self) -> Result<Vec<u8>, Fault> {
        codec::encode(STATE, self)
    }

    pub(super) fn from_row(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(STATE, bytes)
    }
}

/// What may be forgotten, and what was before it might.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportGone {
    /// Every fact made before this instant has gone.
    pub(super) upto: i64,
    windows: u64,
    events: u64,
    polls: u64,
}

impl ExportGone {
    pub(super) fn lost(&self) -> Lost {
        Lost {
            windows: self.windows,
            events: self.events,
            polls: self.polls,
        }
    }

    pub(super) fn set_lost(&mut self, lost: Lost) {
        *self = Self {
            upto: self.upto,
            windows: lost.windows,
            events: lost.events,
            polls: lost.polls,
        };
    }

    pub(super) fn to_row(&self) -> Result<Vec<u8>, Fault> {
        codec::encode(GONE, self)
    }

    pub(super) fn from_row(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(GONE, bytes)
    }
}

#[derive(Serialize, Deserialize)]
struct ResultsRecord {
    id: String,
    votes: Vec<(String, u64)>,
    at: i64,
}

pub(super) fn results_to_row(results: &PollResults) -> Result<Vec<u8>, Fault> {
    let record = ResultsRecord {
        id: results.id.clone(),
        votes: results.votes.clone(),
        at: results.at.0,
    };
    codec::encode(RESULTS, &record)
}

pub(super) fn results_from_row(number: u32, bytes: &[u8]) -> Result<PollResults, Fault> {
    let ResultsRecord { id, votes, at } = codec::decode(RESULTS, bytes)?;
    Ok(PollResults {
        number: PollNumber(number),
        id,
        votes,
        at: Millis(at),
    })
}

#[derive(Serialize, Deserialize)]
struct AsideRecord {
    name: String,
    reason: String,
    at: i64,
}

/// The place of a row that is set aside: what it is of, and which.
pub(super) fn place_of(key: ExportKey) -> (u8, u64) {
    match key {
        ExportKey::Window(start) => (1, u64::try_from(start.0).unwrap_or(0)),
        ExportKey::Poll(number) => (2, u64::from(number.0)),
        ExportKey::Event(position) => (3, position),
    }
}

pub(super) fn key_of((kind, which): (u8, u64)) -> Result<ExportKey, Fault> {
    Ok(match kind {
        1 => ExportKey::Window(Millis(i64::try_from(which).map_err(Fault::file)?)),
        2 => ExportKey::Poll(PollNumber(u32::try_from(which).map_err(Fault::file)?)),
        3 => ExportKey::Event(which),
        kind => return Err(Fault::file(format!("nothing that is exported is of kind {kind}"))),
    })
}

pub(super) fn aside_to_row(aside: &SetAside) -> Result<Vec<u8>, Fault> {
    let record = AsideRecord {
        name: aside.name.clone(),
        reason: aside.reason.clone(),
        at: aside.at.0,
    };
    codec::encode(SET_ASIDE, &record)
}

pub(super) fn aside_from_row(place: (u8, u64), bytes: &[u8]) -> Result<SetAside, Fault> {
    let AsideRecord { name, reason, at } = codec::decode(SET_ASIDE, bytes)?;
    Ok(SetAside {
        key: key_of(place)?,
        name,
        reason,
        at: Millis(at),
    })
}

/// Reads a record of the export; `None` where its tag is none of its own.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    Some(match tag {
        STATE => ExportState::from_row(bytes).map(drop),
        SET_ASIDE => aside_from_row((3, 0), bytes).map(drop),
        GONE => ExportGone::from_row(bytes).map(drop),
        RESULTS => results_from_row(0, bytes).map(drop),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::hex;

    #[test]
    fn every_record_keeps_the_bytes_it_had_in_version_1() {
        let mut state = ExportState {
            last_at: Some(5),
            rows: 300,
            ..ExportState::new(7)
        };
        state.set_backfill(Some(Backfill {
            begun_at: Millis(1),
            windows: Millis(2),
            events: 3,
            end: 4,
            done: 5,
            of: 6,
        }));
        let row = state.to_row().unwrap();
        assert_eq!(hex(&row), "dc0107010afb2c0101020403040506");
        assert_eq!(ExportState::from_row(&row).unwrap(), state);
        let aside = SetAside {
            key: ExportKey::Event(9),
            name: "e".into(),
            reason: "23514".into(),
            at: Millis(5),
        };
        let row = aside_to_row(&aside).unwrap();
        assert_eq!(hex(&row), "dd0101650532333531340a");
        assert_eq!(aside_from_row((3, 9), &row).unwrap(), aside);
        let mut gone = ExportGone {
            upto: 1_000,
            ..ExportGone::default()
        };
        gone.set_lost(Lost {
            windows: 1,
            events: 2,
            polls: 3,
        });
        let row = gone.to_row().unwrap();
        assert_eq!(hex(&row), "de01fbd007010203");
        assert_eq!(ExportGone::from_row(&row).unwrap(), gone);
        let results = PollResults {
            number: PollNumber(7),
            id: "best".into(),
            votes: vec![("a".into(), 300)],
            at: Millis(5),
        };
        let row = results_to_row(&results).unwrap();
        assert_eq!(hex(&row), "df010462657374010161fb2c010a");
        assert_eq!(results_from_row(7, &row).unwrap(), results);
    }

    #[test]
    fn a_place_names_what_it_is_of() {
        for key in [
            ExportKey::Window(Millis(5_000)),
            ExportKey::Poll(PollNumber(7)),
            ExportKey::Event(u64::MAX),
        ] {
            assert_eq!(key_of(place_of(key)).unwrap(), key);
        }
        assert!(key_of((4, 0)).is_err());
    }
}
