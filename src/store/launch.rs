//! What was said of a launch: which items are done, and what was said when.
//!
//! Ticks are of one launch, by its instant: another launch begins with none. What was said before stays in the story, of which a
//! bounded part is kept.

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::desk::Desk;
use super::error::Fault;
use super::verbs::Verb;
use super::verify::Check;
use super::{Store, tables};
use crate::model::launch::{Item, Said, Tick, Ticked, Told};
use crate::model::time::Millis;

const TICK: Tag = Tag {
    kind: 204,
    version: 1,
};
const TOLD: Tag = Tag {
    kind: 205,
    version: 1,
};
/// What stands for a launch of which it is not known when it is.
const NO_TIME: i64 = i64::MIN;
/// How much of what was said is kept, and how many ticks: some launches' worth.
const TOLD_MOST: u64 = 1_000;
const TICKS_MOST: u64 = 500;
/// How much of the story is read.
const SHOWN_MOST: usize = 200;

#[derive(Serialize, Deserialize)]
struct TickRecord {
    at: i64,
    by: String,
}

#[derive(Serialize, Deserialize)]
struct ToldRecord {
    launch: i64,
    item: String,
    done: bool,
    at: i64,
    by: String,
}

/// What stands for a launch in keys.
fn key(launch: Option<Millis>) -> i64 {
    launch.map_or(NO_TIME, |at| at.0)
}

/// Say of an item that it is done, or is not after all.
pub(super) struct TellItem {
    pub(super) launch: Option<Millis>,
    pub(super) item: Item,
    pub(super) said: Said,
    pub(super) by: String,
}

impl Verb for TellItem {
    /// Whether that is news.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let launch = key(self.launch);
        let mut ticks = desk.txn.open_table(tables::LAUNCH_TICKS)?;
        let place = (launch, self.item.as_str());
        let is_ticked = ticks.get(place)?.is_some();
        if is_ticked == (self.said == Said::Done) {
            return Ok(false);
        }
        let at = desk.wall().0;
        match self.said {
            Said::Open => drop(ticks.remove(place)?),
            Said::Done => {
                let record = TickRecord {
                    at,
                    by: self.by.clone(),
                };
                ticks.insert(place, codec::encode(TICK, &record)?.as_slice())?;
            }
        }
        while ticks.len()? > TICKS_MOST {
            ticks.pop_first()?;
        }
        let mut story = desk.txn.open_table(tables::LAUNCH_STORY)?;
        let next = story.last()?.map_or(1, |(number, _)| number.value() + 1);
        let record = ToldRecord {
            launch,
            item: self.item.as_str().to_owned(),
            done: self.said == Said::Done,
            at,
            by: self.by,
        };
        story.insert(next, codec::encode(TOLD, &record)?.as_slice())?;
        while story.len()? > TOLD_MOST {
            story.pop_first()?;
        }
        drop((ticks, story));
        desk.wrote();
        Ok(true)
    }
}

impl Store {
    /// Says of an item of a launch that it is done, or is not after all; false where that was said before.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn tell_launch_item(
        &self,
        launch: Option<Millis>,
        (item, said): (Item, Said),
        by: String,
    ) -> Result<bool, Fault> {
        let tell = TellItem {
            launch,
            item,
            said,
            by,
        };
        self.rare(tell).await
    }

    /// What was said of a launch.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn launch(&self, launch: Option<Millis>) -> Result<Ticked, Fault> {
        self.read(move |db| ticked(&db.begin_read()?, key(launch))).await
    }
}

fn ticked(txn: &ReadTransaction, launch: i64) -> Result<Ticked, Fault> {
    let mut read = Ticked::default();
    let ticks = txn.open_table(tables::LAUNCH_TICKS)?;
    for item in Item::ALL {
        if let Some(row) = ticks.get((launch, item.as_str()))? {
            let TickRecord { at, by } = codec::decode(TICK, row.value())?;
            read.ticks.push((*item, Tick { at: Millis(at), by }));
        }
    }
    for row in txn.open_table(tables::LAUNCH_STORY)?.iter()?.rev() {
        let (_, bytes) = row?;
        let record: ToldRecord = codec::decode(TOLD, bytes.value())?;
        let known = Item::parse(&record.item).filter(|_| record.launch == launch);
        let Some(item) = known else { continue };
        read.story.push(Told {
            item,
            said: match record.done {
                true => Said::Done,
                false => Said::Open,
            },
            tick: Tick {
                at: Millis(record.at),
                by: record.by,
            },
        });
        if read.story.len() == SHOWN_MOST {
            break;
        }
    }
    Ok(read)
}

/// The invariant of launches.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "launches",
        "every tick can be read, the last word on its item says that it is done, and no more of the story is kept than is told",
    );
    let story = txn.open_table(tables::LAUNCH_STORY)?;
    let mut last = std::collections::HashMap::new();
    for row in story.iter()? {
        let (number, bytes) = row?;
        let told: Result<ToldRecord, _> = codec::decode(TOLD, bytes.value());
        check.see(told.is_ok(), || format!("word {}", number.value()));
        if let Ok(told) = told {
            last.insert((told.launch, told.item), told.done);
        }
    }
    for row in txn.open_table(tables::LAUNCH_TICKS)?.iter()? {
        let (place, bytes) = row?;
        let (launch, item) = place.value();
        let readable = codec::decode::<TickRecord>(TICK, bytes.value()).is_ok();
        // A word that is long past is forgotten.
        let said = last.get(&(launch, item.to_owned())).copied();
        check.see(readable && said.unwrap_or(true), || format!("the tick of {item}"));
    }
    let (words, ticks) = (story.len()?, txn.open_table(tables::LAUNCH_TICKS)?.len()?);
    check.see(words <= TOLD_MOST && ticks <= TICKS_MOST, || {
        format!("{words} words, {ticks} ticks")
    });
    Ok(check)
}

/// Reads a record of launches; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    match tag {
        TICK => Some(codec::body::<TickRecord>(body).map(drop)),
        TOLD => Some(codec::body::<ToldRecord>(body).map(drop)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<T: Serialize>(tag: Tag, record: &T) -> String {
        let bytes = codec::encode(tag, record).unwrap();
        assert!(matches!(read(&bytes), Some(Ok(()))));
        codec::hex(&bytes)
    }

    #[test]
    fn records_of_launches_keep_the_bytes_they_had_in_version_1() {
        let tick = TickRecord {
            at: 5,
            by: "me".into(),
        };
        let told = ToldRecord {
            launch: 6,
            item: "queue".into(),
            done: true,
            at: 5,
            by: "me".into(),
        };
        assert_eq!(hex(TICK, &tick), "cc010a026d65");
        assert_eq!(hex(TOLD, &told), "cd010c057175657565010a026d65");
    }
}
