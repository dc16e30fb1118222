//! The store's verbs and reads for people: what is kept of one, found in bounded steps, and their erasure.
//!
//! Nothing is indexed by person: who is asked about is looked for, part by part of the file, a bounded number of rows of a
//! snapshot at a time. What was found is taken out by the writer, by its place, with how far the search has come, in one
//! transaction.

use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable};

use super::error::Fault;
use super::event_bodies::event_from_row;
use super::event_records::{attempt_from_row, destination_from_row, state_from_row};
use super::funnel_records::conversion_from_row;
use super::handle::Handle;
use super::people_payload as payload;
use super::people_records::erasure_from_row;
use super::reads_events::not_whole;
use super::records::{PollRecord, Voted};
use super::spend_records::spent_from_row;
use super::verbs::conversions::told_digests;
use super::verbs::people::{BeginErasure, MAX_ENDED, MAX_RUNNING, StepErasure};
use super::verify::Check;
use super::{Store, codec, tables};
use crate::model::ids::{DestinationName, PollId};
use crate::model::page::{Page, PageRequest};
use crate::model::person::{Erasure, ErasureBegun, ErasureNumber, Kept, Part, Person, PersonCursor, Place};
use crate::model::time::Millis;

/// The most rows one look reads.
const MAX_LOOKED: usize = 10_000;
/// The most things one look finds, and one step erases.
const MAX_FOUND: usize = 100;

/// Part of what is kept of a person, by its places; and where to look on, `None` at the end.
pub(super) type Found = (Vec<Place>, Option<PersonCursor>);

impl Store {
    /// One page of what is kept of a person. A page may be short, or empty, and not the last. What was recorded before the
    /// call is all seen.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn person(
        &self,
        person: Person,
        page: PageRequest<PersonCursor>,
    ) -> Result<Page<Kept, PersonCursor>, Fault> {
        if page.after.is_none() {
            self.settle().await?;
        }
        self.read(move |db| kept(db, &person, &page)).await
    }

    /// Begins the erasure of a person from what is recorded by now; [`Store::step_erasure`] goes on with it.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn begin_erasure(&self, person: Person, by: String) -> Result<ErasureBegun, Fault> {
        self.settle().await?;
        self.rare(BeginErasure { person, by }).await
    }

    /// Goes on with an erasure, a bounded part; the erasure as it stands then, `None` where it is not known.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn step_erasure(&self, number: ErasureNumber) -> Result<Option<Erasure>, Fault> {
        let looked = self.read(move |db| next(db, number)).await?;
        let Some((erasure, (places, next))) = looked else {
            return self.erasure(number).await;
        };
        let from = erasure.cursor;
        let step = |next| StepErasure {
            number,
            from,
            places: places.clone(),
            next,
        };
        if !places.is_empty() {
            // A second row of a page is written within it, and what is behind moves up: its end stays where it was. Taken
            // away and put back in the next transaction, it is in a page made anew.
            self.rare(step(Some(from))).await?;
        }
        self.rare(step(next)).await
    }

    /// The erasure of this number.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn erasure(&self, number: ErasureNumber) -> Result<Option<Erasure>, Fault> {
        self.read(move |db| erasure(db, number)).await
    }

    /// One page of the erasures, newest first; the cursor is a number.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn erasures(&self, page: PageRequest<u64>) -> Result<Page<Erasure, u64>, Fault> {
        self.read(move |db| erasures(db, &page)).await
    }

    /// The erasure that is next to go on: the oldest that runs.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn running_erasure(&self) -> Result<Option<ErasureNumber>, Fault> {
        self.read(running).await
    }
}

pub(super) fn erasure(db: &Handle, number: ErasureNumber) -> Result<Option<Erasure>, Fault> {
    let row = db.begin_read()?.open_table(tables::ERASURES)?.get(number.0)?;
    row.map(|bytes| erasure_from_row(number.0, bytes.value()))
        .transpose()
}

fn erasures(db: &Handle, page: &PageRequest<u64>) -> Result<Page<Erasure, u64>, Fault> {
    let table = db.begin_read()?.open_table(tables::ERASURES)?;
    let mut items: Vec<Erasure> = Vec::new();
    for row in table.range(..page.after.unwrap_or(u64::MAX))?.rev() {
        if items.len() == page.limit {
            let next = items.last().map(|last| last.number.0);
            return Ok(Page { items, next });
        }
        let (number, bytes) = row?;
        items.push(erasure_from_row(number.value(), bytes.value())?);
    }
    Ok(Page { items, next: None })
}

fn running(db: &Handle) -> Result<Option<ErasureNumber>, Fault> {
    for row in db.begin_read()?.open_table(tables::ERASURES)?.iter()? {
        let (number, bytes) = row?;
        let erasure = erasure_from_row(number.value(), bytes.value())?;
        if !erasure.is_done() {
            return Ok(Some(erasure.number));
        }
    }
    Ok(None)
}

/// What an erasure comes to next; `None` where it does not run.
pub(super) fn next(db: &Handle, number: ErasureNumber) -> Result<Option<(Erasure, Found)>, Fault> {
    let txn = db.begin_read()?;
    let row = txn.open_table(tables::ERASURES)?.get(number.0)?;
    let erasure = row.map(|bytes| erasure_from_row(number.0, bytes.value()));
    let Some(erasure) = erasure.transpose()? else {
        return Ok(None);
    };
    let Some(person) = &erasure.person else {
        return Ok(None);
    };
    let look = Look {
        txn: &txn,
        person,
        most: MAX_FOUND,
    };
    let found = look.from(erasure.cursor)?;
    Ok(Some((erasure, found)))
}

fn kept(
    db: &Handle,
    person: &Person,
    page: &PageRequest<PersonCursor>,
) -> Result<Page<Kept, PersonCursor>, Fault> {
    let txn = db.begin_read()?;
    let look = Look {
        txn: &txn,
        person,
        most: page.limit.min(MAX_FOUND),
    };
    let (places, next) = look.from(page.after.unwrap_or(PersonCursor::FIRST))?;
    let items = places.into_iter().map(|place| shown(&txn, place));
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next,
    })
}

/// A look for a person, in one snapshot.
struct Look<'l> {
    txn: &'l ReadTransaction,
    person: &'l Person,
    most: usize,
}

impl Look<'_> {
    fn from(&self, cursor: PersonCursor) -> Result<Found, Fault> {
        let (places, on) = match cursor.part {
            Part::Votes => self.votes(cursor.at)?,
            Part::Journal => self.journal(cursor.at)?,
            Part::Events => self.events(cursor.at)?,
            Part::Attempts => self.attempts(cursor.at)?,
            Part::Spend => self.spend(cursor.at)?,
            Part::Conversions => self.conversions(cursor.at)?,
        };
        let part = cursor.part;
        let next = match on {
            Some(at) => Some(PersonCursor { part, at }),
            None => part.next().map(PersonCursor::begin),
        };
        Ok((places, next))
    }

    fn is_of(&self, voted: &Voted<'_>) -> bool {
        voted.erased.is_none() && (self.person.is(voted.user) || self.person.is_in_key(voted.key))
    }

    fn votes(&self, (poll, position): (u64, u64)) -> Result<Within, Fault> {
        let table = self.txn.open_table(tables::VOTES)?;
        let first = (u32::try_from(poll).unwrap_or(u32::MAX), position);
        let mut within = Seen::new(self.most);
        for row in table.range(first..)? {
            let (place, bytes) = row?;
            let (poll, position) = place.value();
            if within.is_full((u64::from(poll), position)) {
                break;
            }
            if self.is_of(&Voted::from_row(bytes.value())?) {
                within.found.push(Place::Vote(poll, position));
            }
        }
        Ok(within.end())
    }

    fn journal(&self, (position, _): (u64, u64)) -> Result<Within, Fault> {
        let votes = self.txn.open_table(tables::VOTES)?;
        let mut within = Seen::new(self.most);
        for row in self.txn.open_table(tables::JOURNAL)?.range(position..)? {
            let (position, bytes) = row?;
            let (position, bytes) = (position.value(), bytes.value());
            if within.is_full((position, 0)) {
                break;
            }
            let (tag, body) = codec::split(bytes)?;
            if !Voted::is(tag) {
                continue;
            }
            let voted = Voted::read(tag, body)?;
            if self.is_of(&voted) && votes.get((voted.poll, position))?.is_none() {
                within.found.push(Place::Fact(position));
            }
        }
        Ok(within.end())
    }

    fn events(&self, (position, _): (u64, u64)) -> Result<Within, Fault> {
        let mut within = Seen::new(self.most);
        for row in self.txn.open_table(tables::EVENTS)?.range(position..)? {
            let (position, bytes) = row?;
            let position = position.value();
            if within.is_full((position, 0)) {
                break;
            }
            let event = event_from_row(bytes.value())?;
            if payload::names(self.person, &event.payload) || self.person.is_in_key(event.key.as_str()) {
                within.found.push(Place::Event(position));
            }
        }
        Ok(within.end())
    }

    /// Those of one event are looked at together: its attempts have a bound.
    fn attempts(&self, (event, _): (u64, u64)) -> Result<Within, Fault> {
        let mut within = Seen::new(self.most);
        let mut last = None;
        let table = self.txn.open_table(tables::ATTEMPTS)?;
        for row in table.range((event, 0, 0)..)? {
            let (place, bytes) = row?;
            let (event, to, number) = place.value();
            if last.replace(event) != Some(event) && within.is_full((event, 0)) {
                break;
            }
            within.looked += 1;
            if self
                .person
                .is_in_text(&attempt_from_row(number, bytes.value())?.excerpt)
            {
                within.found.push(Place::Attempt(event, to, number));
            }
        }
        Ok(within.end())
    }

    fn spend(&self, (day, position): (u64, u64)) -> Result<Within, Fault> {
        let mut within = Seen::new(self.most);
        let first = (day_at(day), position);
        for row in self.txn.open_table(tables::SPEND)?.range(first..)? {
            let (place, bytes) = row?;
            let (day, position) = place.value();
            if within.is_full((at_day(day), position)) {
                break;
            }
            let entry = spent_from_row(position, bytes.value())?.entry;
            let told = entry
                .note
                .is_some_and(|note| self.person.is_in_text(note.as_str()));
            if told || self.person.is_in_key(entry.key.as_str()) {
                within.found.push(Place::Spend(day, position));
            }
        }
        Ok(within.end())
    }

    /// A conversion does not say whose it is, but what tells it from its repeat is known of whoever is named so.
    fn conversions(&self, (position, _): (u64, u64)) -> Result<Within, Fault> {
        let keys = self.txn.open_table(tables::CONVERSION_KEYS)?;
        let mut theirs: HashMap<String, Vec<u64>> = HashMap::new();
        let mut within = Seen::new(self.most);
        for row in self.txn.open_table(tables::CONVERSIONS)?.range(position..)? {
            let (position, bytes) = row?;
            let position = position.value();
            if within.is_full((position, 0)) {
                break;
            }
            let (conversion, awaited) = conversion_from_row(bytes.value())?;
            let goal = conversion.goal.as_str();
            if !theirs.contains_key(goal) {
                let mut positions = Vec::new();
                for digest in told_digests(&conversion.goal, self.person) {
                    positions.extend(keys.get(digest)?.map(|position| position.value()));
                }
                theirs.insert(goal.to_owned(), positions);
            }
            let is_theirs = theirs.get(goal).is_some_and(|all| all.contains(&position));
            if is_theirs && (conversion.touches.is_some() || awaited.is_some()) {
                within.found.push(Place::Conversion(position));
            }
        }
        Ok(within.end())
    }
}

/// What was found within a part, and where to look on in it.
type Within = (Vec<Place>, Option<(u64, u64)>);

/// A look within one part.
struct Seen {
    most: usize,
    looked: usize,
    found: Vec<Place>,
    next: Option<(u64, u64)>,
}

impl Seen {
    const fn new(most: usize) -> Self {
        Self {
            most,
            looked: 0,
            found: Vec::new(),
            next: None,
        }
    }

    /// Whether the row at `at` is for the next look; otherwise it is looked at now.
    fn is_full(&mut self, at: (u64, u64)) -> bool {
        let is_full = self.looked >= MAX_LOOKED || self.found.len() >= self.most;
        match is_full {
            true => self.next = Some(at),
            false => self.looked += 1,
        }
        is_full
    }

    fn end(self) -> Within {
        (self.found, self.next)
    }
}

/// Days sort as numbers that may be below nothing; cursors as numbers that may not.
fn at_day(day: i32) -> u64 {
    u64::from(day.cast_unsigned() ^ SIGN)
}

fn day_at(at: u64) -> i32 {
    (u32::try_from(at).unwrap_or(u32::MAX) ^ SIGN).cast_signed()
}

const SIGN: u32 = 1 << 31;

/// What stands at a place.
fn shown(txn: &ReadTransaction, place: Place) -> Result<Kept, Fault> {
    let missing = || Fault::file(format!("{place:?} is missing"));
    Ok(match place {
        Place::Vote(poll, position) => {
            let row = txn.open_table(tables::VOTES)?.get((poll, position))?;
            let row = row.ok_or_else(missing)?;
            let voided = txn.open_table(tables::VOIDS)?.get((poll, position))?;
            let voided = voided.map(|at| Millis(at.value()));
            let vote = Voted::from_row(row.value())?.counted(position, voided)?;
            Kept::Vote(poll_id(txn, poll)?, vote)
        }
        Place::Fact(position) => {
            let row = txn.open_table(tables::JOURNAL)?.get(position)?;
            let row = row.ok_or_else(missing)?;
            Kept::Vote(None, Voted::from_row(row.value())?.counted(position, None)?)
        }
        Place::Event(position) => {
            let event = txn
                .open_table(tables::EVENTS)?
                .get(position)?
                .ok_or_else(missing)?;
            let state = txn.open_table(tables::EVENT_STATES)?.get(position)?;
            let state = state.ok_or_else(|| not_whole(position))?;
            let both = (event_from_row(event.value())?, state_from_row(state.value())?);
            Kept::Event(Box::new(both))
        }
        Place::Attempt(event, to, number) => {
            let row = txn.open_table(tables::ATTEMPTS)?.get((event, to, number))?;
            let attempt = attempt_from_row(number, row.ok_or_else(missing)?.value())?;
            let body = txn.open_table(tables::EVENTS)?.get(event)?;
            let body = event_from_row(body.ok_or_else(|| not_whole(event))?.value())?;
            Kept::Attempt(body.id, destination(txn, to)?.ok_or_else(missing)?, attempt)
        }
        Place::Spend(day, position) => {
            let row = txn.open_table(tables::SPEND)?.get((day, position))?;
            Kept::Spent(spent_from_row(position, row.ok_or_else(missing)?.value())?)
        }
        Place::Conversion(position) => {
            let row = txn.open_table(tables::CONVERSIONS)?.get(position)?;
            let (conversion, _) = conversion_from_row(row.ok_or_else(missing)?.value())?;
            Kept::Converted(conversion.goal.to_string(), conversion.at)
        }
    })
}

fn poll_id(txn: &ReadTransaction, number: u32) -> Result<Option<PollId>, Fault> {
    let row = txn.open_table(tables::POLLS)?.get(number)?;
    let record = row.map(|bytes| PollRecord::from_row(bytes.value())).transpose()?;
    let live = record.filter(|record| record.deleted_at.is_none());
    Ok(live.map(PollRecord::poll).transpose()?.map(|poll| poll.draft.id))
}

fn destination(txn: &ReadTransaction, number: u16) -> Result<Option<DestinationName>, Fault> {
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        let known = destination_from_row(name.value(), bytes.value())?;
        if known.number.0 == number {
            return Ok(Some(known.name));
        }
    }
    Ok(None)
}

/// The invariant of erasures.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "erasures",
        "nobody is named by an erasure that is done, one that runs goes no further than what is folded, and few are kept",
    );
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    let folded = cursor.map_or(0, |cursor| cursor.value());
    let (mut running, mut ended) = (0, 0);
    for row in txn.open_table(tables::ERASURES)?.iter()? {
        let (number, bytes) = row?;
        let erasure = erasure_from_row(number.value(), bytes.value())?;
        match erasure.is_done() {
            true => ended += 1,
            false => running += 1,
        }
        check.see(erasure.end <= folded, || format!("erasure {}", number.value()));
    }
    let few = running <= MAX_RUNNING && ended <= MAX_ENDED + MAX_RUNNING;
    check.see(few, || format!("{running} run, {ended} have ended"));
    Ok(check)
}
