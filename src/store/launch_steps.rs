//! The steps of a launch's plan: how often each was tried and how it ended, kept with the event of what was said of that, so
//! that a restart neither repeats nor forgets.
//!
//! Steps are of one launch, by its instant: another launch begins with none.

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::desk::Desk;
use super::error::Fault;
use super::launch::TellItem;
use super::reads_events::EventsById;
use super::stage::{Promise, Stage};
use super::verbs::Verb;
use super::verbs::events::RecordEvents;
use super::verify::Check;
use super::{Store, tables};
use crate::model::event::{EventId, Recorded, Routed};
use crate::model::launch::kept::{DETAIL_CHARS_MOST, Kept, Refused, StepNews, Written};
use crate::model::launch::plan::{EVENT_TYPE, Ending, Step, TRIES_MOST};
use crate::model::launch::{Said, Tick};
use crate::model::time::Millis;

const STEP: Tag = Tag {
    kind: 250,
    version: 1,
};
/// How many rows are kept: some dozens of launches' worth, the last.
const STEPS_MOST: u64 = 500;
/// Who has done what of the checklist is done with a step.
const PLAN: &str = "the plan";

#[derive(Serialize, Deserialize)]
struct StepRecord {
    tries: u32,
    at: i64,
    /// The ending's place among all and one more, or 0.
    ending: u8,
    detail: String,
    event: Option<u128>,
    tick: Option<(i64, String)>,
}

fn to_row(kept: &Kept) -> Result<Vec<u8>, Fault> {
    let place = |ending| Ending::ALL.iter().position(|known| *known == ending);
    let ending = kept.ending.and_then(place).map_or(0, |place| place + 1);
    let record = StepRecord {
        tries: kept.tries,
        at: kept.at.0,
        ending: u8::try_from(ending).map_err(Fault::file)?,
        detail: kept.detail.clone(),
        event: kept.event.map(|id| id.0),
        tick: kept.tick.as_ref().map(|tick| (tick.at.0, tick.by.clone())),
    };
    codec::encode(STEP, &record)
}

fn from_row(bytes: &[u8]) -> Result<Kept, Fault> {
    let record: StepRecord = codec::decode(STEP, bytes)?;
    let ending = match usize::from(record.ending).checked_sub(1) {
        None => None,
        Some(place) => Some(
            *Ending::ALL
                .get(place)
                .ok_or_else(|| Fault::file(format!("no step ends by {place}")))?,
        ),
    };
    Ok(Kept {
        tries: record.tries,
        at: Millis(record.at),
        ending,
        detail: record.detail,
        event: record.event.map(EventId),
        tick: record.tick.map(|(at, by)| Tick { at: Millis(at), by }),
    })
}

/// Write down how steps of a launch stand, and record what is said of it, in one transaction; nothing of it where one of them is
/// over.
struct WriteSteps(StepNews);

impl Verb for WriteSteps {
    type Outcome = Written;

    fn weight(&self) -> usize {
        self.0.steps.len().max(1)
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Written, Fault> {
        let StepNews {
            launch,
            steps,
            message,
        } = self.0;
        for (step, _) in &steps {
            if row(desk, (launch, *step))?.is_some_and(|kept| kept.ending.is_some()) {
                return Ok(Written::Over);
            }
        }
        let (event, recorded) = match message {
            None => (None, None),
            Some(Routed { draft, routes }) => {
                let id = draft.id;
                let record = RecordEvents {
                    drafts: vec![draft],
                    routes,
                };
                let recorded = record.apply(desk)?.pop();
                let event = match &recorded {
                    Some(Recorded::Accepted { .. }) => Some(id),
                    Some(Recorded::Duplicate { id, .. }) => Some(*id),
                    Some(Recorded::Conflict { .. }) | None => None,
                };
                (event, recorded)
            }
        };
        for (step, kept) in steps {
            let settled = step.settles().filter(|_| kept.ending == Some(Ending::Done));
            put(desk, (launch, step), &Kept { event, ..kept })?;
            if let Some(item) = settled {
                let done = TellItem {
                    launch: Some(launch),
                    item,
                    said: Said::Done,
                    by: PLAN.to_owned(),
                };
                done.apply(desk)?;
            }
        }
        Ok(Written::Kept(recorded))
    }
}

/// Say of a step that its owner has done it, or has not after all.
struct TellStep {
    launch: Millis,
    step: Step,
    said: Said,
    by: String,
}

impl Verb for TellStep {
    type Outcome = Result<(), Refused>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Self::Outcome, Fault> {
        let place = (self.launch, self.step);
        let before = row(desk, place)?;
        let is_said = before.as_ref().is_some_and(|kept| kept.tick.is_some());
        if is_said == (self.said == Said::Done) {
            return Ok(Ok(()));
        }
        let now = desk.wall();
        let tick = (self.said == Said::Done).then_some(Tick { at: now, by: self.by });
        match Kept::told(before, tick, now) {
            Err(refused) => return Ok(Err(refused)),
            Ok(Some(kept)) => put(desk, place, &kept)?,
            Ok(None) => {
                let mut table = desk.txn.open_table(tables::LAUNCH_STEPS)?;
                table.remove((self.launch.0, self.step.as_str()))?;
                drop(table);
                desk.wrote();
            }
        }
        Ok(Ok(()))
    }
}

fn row(desk: &Desk<'_>, (launch, step): (Millis, Step)) -> Result<Option<Kept>, Fault> {
    let table = desk.txn.open_table(tables::LAUNCH_STEPS)?;
    let row = table.get((launch.0, step.as_str()))?;
    row.map(|bytes| from_row(bytes.value())).transpose()
}

fn put(desk: &mut Desk<'_>, (launch, step): (Millis, Step), kept: &Kept) -> Result<(), Fault> {
    let mut table = desk.txn.open_table(tables::LAUNCH_STEPS)?;
    table.insert((launch.0, step.as_str()), to_row(kept)?.as_slice())?;
    while table.len()? > STEPS_MOST {
        table.pop_first()?;
    }
    drop(table);
    desk.wrote();
    Ok(())
}

impl Store {
    /// Writes down how steps of a launch stand, and records what is said of it, in one transaction.
    ///
    /// # Errors
    /// A fault of the file: then neither is known to be there.
    pub async fn write_launch_steps(&self, news: StepNews) -> Result<Written, Fault> {
        self.rare(WriteSteps(news)).await
    }

    /// Says of a step of a launch that its owner has done it, or has not after all; [`Refused`] where it was done by itself.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn tell_launch_step(
        &self,
        launch: Millis,
        (step, said): (Step, Said),
        by: String,
    ) -> Result<Result<(), Refused>, Fault> {
        let tell = TellStep {
            launch,
            step,
            said,
            by,
        };
        self.rare(tell).await
    }

    /// What is kept of the steps of a launch.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn launch_steps(&self, launch: Millis) -> Result<Vec<(Step, Kept)>, Fault> {
        self.read(move |db| of(&db.begin_read()?, launch)).await
    }
}

impl Stage {
    /// Puts how steps of a launch stand, and what is said of it, into the next step.
    pub fn write_launch_steps(&mut self, news: StepNews) -> Promise<Written> {
        self.rare(WriteSteps(news))
    }

    /// What is kept of the steps of a launch.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn launch_steps(&self, launch: Millis) -> Result<Vec<(Step, Kept)>, Fault> {
        of(&self.read()?, launch)
    }
}

fn of(txn: &ReadTransaction, launch: Millis) -> Result<Vec<(Step, Kept)>, Fault> {
    let table = txn.open_table(tables::LAUNCH_STEPS)?;
    let mut steps = Vec::new();
    for step in Step::ALL {
        if let Some(row) = table.get((launch.0, step.as_str()))? {
            steps.push((*step, from_row(row.value())?));
        }
    }
    Ok(steps)
}

/// The invariant of steps.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "launch steps",
        "what is kept of every step can be read, it was tried or is over, no more often than is tried, and what was said of it is the plan's",
    );
    let events = EventsById::open(txn)?;
    let steps = txn.open_table(tables::LAUNCH_STEPS)?;
    for row in steps.iter()? {
        let (place, bytes) = row?;
        let name = || format!("the step {:?}", place.value());
        let Ok(kept) = from_row(bytes.value()) else {
            check.see(false, name);
            continue;
        };
        let is_begun = kept.tries > 0 || kept.ending.is_some();
        let is_short = kept.tries <= TRIES_MOST && kept.detail.chars().count() <= DETAIL_CHARS_MOST;
        let is_over = kept.ending.is_some() || (kept.event.is_none() && kept.tick.is_none());
        let event = events.get(kept.event)?;
        let own = event.is_none_or(|event| event.kind.as_str() == EVENT_TYPE);
        check.see(is_begun && is_short && is_over && own, name);
    }
    let rows = steps.len()?;
    check.see(rows <= STEPS_MOST, || format!("{rows} steps"));
    Ok(check)
}

/// Reads a record of steps; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == STEP).then(|| from_row(bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_step_keeps_the_bytes_it_had_in_version_1() {
        let tried = Kept::tried(None, Millis(5)).saying("no");
        let done = Kept {
            event: Some(EventId(9)),
            ..Kept::ended(Some(&tried), (Ending::Done, "ok"), Millis(6))
        };
        let ticked = Kept {
            tick: Some(Tick {
                at: Millis(7),
                by: "me".into(),
            }),
            ..Kept::ended(None, (Ending::ByHand, ""), Millis(6))
        };
        for (kept, golden) in [
            (tried, "fa01010a00026e6f0000"),
            (done, "fa01010c01026f6b010900"),
            (ticked, "fa01000c040000010e026d65"),
        ] {
            let row = to_row(&kept).unwrap();
            assert_eq!(codec::hex(&row), golden);
            assert_eq!(from_row(&row).unwrap(), kept);
            assert!(matches!(read(&row), Some(Ok(()))));
        }
        assert!(from_row(&[250, 1, 0, 0, 9, 0, 0, 0]).is_err(), "no such ending");
    }
}
