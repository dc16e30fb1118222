//! Answers that are given again to a request that comes again.
//!
//! They are kept for a day, and no more of them than so many and so many bytes: then the oldest go earlier. Their order says how old
//! each is and how many bytes were kept up to it, so that neither is counted.

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::desk::Desk;
use super::error::Fault;
use super::handle::Handle;
use super::verbs::Verb;
use super::verify::Check;
use super::{Store, tables};
use crate::model::repeat::{Asked, KEPT_MS, KeptAnswer, Known, RepeatKey};
use crate::model::time::Millis;

const ANSWER: Tag = Tag {
    kind: 210,
    version: 1,
};
/// How many answers are kept: seven a minute for a day.
const ANSWERS_MOST: u64 = 10_000;
/// How many bytes they take together.
const BYTES_MOST: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
struct AnswerRecord {
    at: i64,
    asked: [u8; 32],
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

/// Keep an answer. It may reach into the reserve: what it answers is done.
struct KeepAnswer {
    key: RepeatKey,
    asked: Asked,
    answer: KeptAnswer,
}

impl Verb for KeepAnswer {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let now = desk.stamp.0;
        let record = AnswerRecord {
            at: now,
            asked: self.asked.0,
            status: self.answer.status,
            content_type: self.answer.content_type,
            body: self.answer.body,
        };
        let row = codec::encode(ANSWER, &record)?;
        let size = row.len() as u64;
        let mut answers = desk.txn.open_table(tables::ANSWERS)?;
        let mut order = desk.txn.open_table(tables::ANSWER_ORDER)?;
        loop {
            let first = order.first()?.map(|(_, first)| first.value());
            let last = order.last()?.map(|(_, last)| last.value());
            let (Some((key, at, before, _)), Some((.., bytes))) = (first, last) else {
                break;
            };
            let is_full = order.len()? >= ANSWERS_MOST || bytes - before + size > BYTES_MOST;
            if !is_full && !is_past(at, now) {
                break;
            }
            order.pop_first()?;
            answers.remove(key)?;
        }
        if answers.get(self.key.0)?.is_none() {
            let last = order
                .last()?
                .map(|(number, place)| (number.value(), place.value()));
            let (number, bytes) = last.map_or((1, 0), |(number, (.., bytes))| (number + 1, bytes));
            order.insert(number, (self.key.0, now, bytes, bytes + size))?;
            answers.insert(self.key.0, row.as_slice())?;
        }
        drop((answers, order));
        desk.wrote();
        Ok(())
    }
}

/// Whether what was kept at `at` is forgotten by `now`.
const fn is_past(at: i64, now: i64) -> bool {
    at.saturating_add(KEPT_MS) <= now
}

impl Store {
    /// Keeps the answer to what was asked under a key, where none is kept.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_answer(&self, key: RepeatKey, asked: Asked, answer: KeptAnswer) -> Result<(), Fault> {
        self.rare(KeepAnswer { key, asked, answer }).await
    }

    /// What is known of a request when it comes.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn kept_answer(&self, key: RepeatKey, asked: Asked) -> Result<Known, Fault> {
        let now = self.now();
        self.read(move |db| known(db, (key, asked), now)).await
    }
}

fn known(db: &Handle, (key, asked): (RepeatKey, Asked), now: Millis) -> Result<Known, Fault> {
    let row = db.begin_read()?.open_table(tables::ANSWERS)?.get(key.0)?;
    let Some(row) = row else { return Ok(Known::No) };
    let record: AnswerRecord = codec::decode(ANSWER, row.value())?;
    Ok(match record.asked == asked.0 {
        _ if is_past(record.at, now.0) => Known::No,
        false => Known::Other,
        true => Known::Same(KeptAnswer {
            status: record.status,
            content_type: record.content_type,
            body: record.body,
        }),
    })
}

/// The invariant of answers.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "kept answers",
        "every answer that is kept for a repeat can be read and has one place in their order, which says its time and size, and no more are kept than may be",
    );
    let answers = txn.open_table(tables::ANSWERS)?;
    let order = txn.open_table(tables::ANSWER_ORDER)?;
    let (mut last, mut bytes) = (None, 0);
    for row in order.iter()? {
        let (number, place) = row?;
        let (number, (key, at, before, after)) = (number.value(), place.value());
        let row = answers.get(key)?;
        let record = row.as_ref().map(|row| {
            let record: Result<AnswerRecord, Fault> = codec::decode(ANSWER, row.value());
            (
                record.is_ok_and(|record| record.at == at),
                row.value().len() as u64,
            )
        });
        let fits = record.is_some_and(|(is_own, size)| is_own && before.checked_add(size) == Some(after));
        let follows =
            last.is_none_or(|(known, end, then)| number == known + 1 && before == end && at >= then);
        check.see(fits && follows, || format!("answer {number}"));
        bytes += after.saturating_sub(before);
        last = Some((number, after, at));
    }
    let (kept, placed) = (answers.len()?, order.len()?);
    check.see(
        kept == placed && kept <= ANSWERS_MOST && bytes <= BYTES_MOST,
        || format!("{kept} answers of {bytes} bytes, {placed} places"),
    );
    Ok(check)
}

/// Reads a kept answer; `None` where its tag is not theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    (tag == ANSWER).then(|| codec::body::<AnswerRecord>(body).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;
    use crate::store::stage::Stage;

    #[test]
    fn kept_answers_keep_the_bytes_they_had_in_version_1() {
        let record = AnswerRecord {
            at: 5,
            asked: [7; 32],
            status: 201,
            content_type: Some("a/b".to_owned()),
            body: b"{}".to_vec(),
        };
        let bytes = codec::encode(ANSWER, &record).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let asked = "07".repeat(32);
        assert_eq!(hex, format!("d2010a{asked}c90103612f62027b7d"));
        assert!(matches!(read(&bytes), Some(Ok(()))));
    }

    fn asked(stage: &mut Stage, keys: std::ops::Range<u64>, body: usize) {
        for key in keys {
            let _ = stage.rare(KeepAnswer {
                key: RepeatKey(key.into()),
                asked: Asked([0; 32]),
                answer: KeptAnswer {
                    status: 201,
                    content_type: None,
                    body: vec![b'x'; body],
                },
            });
        }
    }

    /// How many answers are kept, and of the first whose.
    fn kept(stage: &mut Stage, now: Millis) -> (u64, Option<u128>) {
        let report = stage.verify(now).unwrap();
        assert!(report.is_clean(), "{report:?}");
        let txn = stage.read().unwrap();
        let order = txn.open_table(tables::ANSWER_ORDER).unwrap();
        let first = order.first().unwrap().map(|(_, place)| place.value().0);
        (order.len().unwrap(), first)
    }

    #[test]
    fn no_more_answers_are_kept_than_so_many_so_many_bytes_and_for_a_day() {
        let backend = redb::backends::InMemoryBackend::new();
        let mut stage = Stage::open(backend, &Options::default()).unwrap();
        let now = Millis(1_000_000);
        asked(&mut stage, 0..ANSWERS_MOST, 1);
        stage.step(now).unwrap();
        assert_eq!(kept(&mut stage, now), (ANSWERS_MOST, Some(0)));
        asked(&mut stage, ANSWERS_MOST..ANSWERS_MOST + 5, 1);
        stage.step(now).unwrap();
        assert_eq!(kept(&mut stage, now), (ANSWERS_MOST, Some(5)));
        asked(&mut stage, 20_000..20_200, 128 << 10);
        stage.step(now).unwrap();
        let (most, first) = kept(&mut stage, now);
        assert!(
            (100..=128).contains(&most) && first > Some(20_000),
            "{most} {first:?}"
        );
        asked(&mut stage, 20_199..20_200, 1);
        stage.step(now.plus(KEPT_MS - 1)).unwrap();
        assert_eq!(
            kept(&mut stage, now.plus(KEPT_MS - 1)).0,
            most,
            "the first answer stays"
        );
        asked(&mut stage, 30_000..30_001, 1);
        stage.step(now.plus(KEPT_MS)).unwrap();
        assert_eq!(kept(&mut stage, now.plus(KEPT_MS)), (1, Some(30_000)));
    }
}
