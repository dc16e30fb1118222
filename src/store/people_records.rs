//! Records of erasures.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::event_records::{number_of, numbered};
use crate::model::ids::UserId;
use crate::model::person::{Erased, Erasure, ErasureNumber, Part, Person, PersonCursor};
use crate::model::time::Millis;

const ERASURE: Tag = Tag {
    kind: 190,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct ErasureRecord {
    /// Whether it is an address, and which; `None` once they are erased.
    person: Option<(bool, String)>,
    by: String,
    end: u64,
    part: u8,
    at: (u64, u64),
    /// Votes, events, attempts, spend, conversions.
    erased: [u64; 5],
    created_at: i64,
    updated_at: i64,
}

pub(super) fn erasure_to_row(erasure: &Erasure) -> Result<Vec<u8>, Fault> {
    let Erased {
        votes,
        events,
        attempts,
        spend,
        conversions,
    } = erasure.erased;
    let person = |person: &Person| {
        let is_email = matches!(person, Person::Email(_));
        (is_email, person.as_str().to_owned())
    };
    let record = ErasureRecord {
        person: erasure.person.as_ref().map(person),
        by: erasure.by.clone(),
        end: erasure.end,
        part: number_of(Part::ALL, &erasure.cursor.part),
        at: erasure.cursor.at,
        erased: [votes, events, attempts, spend, conversions],
        created_at: erasure.created_at.0,
        updated_at: erasure.updated_at.0,
    };
    codec::encode(ERASURE, &record)
}

pub(super) fn erasure_from_row(number: u64, bytes: &[u8]) -> Result<Erasure, Fault> {
    let record: ErasureRecord = codec::decode(ERASURE, bytes)?;
    let person = |(is_email, text): (bool, String)| match is_email {
        true => Person::of_email(&text).ok_or_else(|| Fault::file("an erasure of no address")),
        false => UserId::parse(&text).map(Person::User).map_err(Fault::file),
    };
    let [votes, events, attempts, spend, conversions] = record.erased;
    Ok(Erasure {
        number: ErasureNumber(number),
        person: record.person.map(person).transpose()?,
        by: record.by,
        end: record.end,
        cursor: PersonCursor {
            part: numbered(Part::ALL, record.part)?,
            at: record.at,
        },
        erased: Erased {
            votes,
            events,
            attempts,
            spend,
            conversions,
        },
        created_at: Millis(record.created_at),
        updated_at: Millis(record.updated_at),
    })
}

/// Reads a record of an erasure; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == ERASURE).then(|| erasure_from_row(1, bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_keeps_the_bytes_it_had_in_version_1() {
        let running = Erasure {
            number: ErasureNumber(7),
            person: Person::of_email("Ann@b.example"),
            by: "the owner".to_owned(),
            end: 300,
            cursor: PersonCursor {
                part: Part::Events,
                at: (9, 0),
            },
            erased: Erased {
                votes: 1,
                events: 2,
                attempts: 3,
                spend: 4,
                conversions: 5,
            },
            created_at: Millis(5),
            updated_at: Millis(6),
        };
        let done = Erasure {
            person: None,
            ..running.clone()
        };
        for (erasure, golden) in [(running, RUNNING_V1), (done, DONE_V1)] {
            let row = erasure_to_row(&erasure).unwrap();
            let hex: String = row.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, golden);
            assert_eq!(erasure_from_row(7, &row).unwrap(), erasure);
        }
    }

    const RUNNING_V1: &str =
        "be0101010d616e6e40622e6578616d706c6509746865206f776e6572fb2c0102090001020304050a0c";
    const DONE_V1: &str = "be010009746865206f776e6572fb2c0102090001020304050a0c";
}
