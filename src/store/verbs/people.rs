//! Erasures: begun, gone through a step at a time.
//!
//! A thing that is erased stays where it was, counted, without what says whose it is: a vote keeps what stands for its voter
//! in the index, so that they have still voted; an event keeps its type, source and times, under a key and a fingerprint
//! that say nothing; a conversion keeps its goal and value. Rows that are facts of the journal byte for byte are written in
//! both places in one transaction.

use redb::{ReadableTable, Table};

use super::Verb;
use super::conversions::borne_digest;
use super::events::key_digest;
use crate::model::delivery::{Delivery, Event};
use crate::model::event::{DeliveryStatus, EventDraft, Fingerprint};
use crate::model::funnel::Conversion;
use crate::model::ids::{IdempotencyKey, SpendNote};
use crate::model::person::{
    ERASED, ERASED_PAYLOAD, Erased, Erasure, ErasureBegun, ErasureNumber, Person, PersonCursor, Place,
};
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_bodies::event_to_row;
use crate::store::event_records::{RECORDED, RecordedFact};
use crate::store::event_tables::EventTables;
use crate::store::funnel_records::{conversion_from_row, conversion_to_row};
use crate::store::people_records::{erasure_from_row, erasure_to_row};
use crate::store::records::Voted;
use crate::store::spend_records::{SPENT, SpentFact, spent_from_row};
use crate::store::{codec, fold, tables};

/// The most erasures that run at once: one after another is worked on.
pub(crate) const MAX_RUNNING: usize = 16;
/// The most erasures that are kept once they have ended.
pub(crate) const MAX_ENDED: usize = 1_000;
/// How many verbs a step counts as in a batch, for each thing it erases: an event has many rows.
const WEIGHT: usize = 4;

type Erasures<'t> = Table<'t, u64, &'static [u8]>;

/// Begin to erase a person from what is folded now.
pub(crate) struct BeginErasure {
    pub(crate) person: Person,
    pub(crate) by: String,
}

impl Verb for BeginErasure {
    type Outcome = ErasureBegun;

    fn apply(self, desk: &mut Desk<'_>) -> Result<ErasureBegun, Fault> {
        let mut erasures = desk.txn.open_table(tables::ERASURES)?;
        let (mut running, mut ended) = (0, Vec::new());
        let mut last = 0;
        for row in erasures.iter()? {
            let (number, bytes) = row?;
            last = number.value();
            let known = erasure_from_row(last, bytes.value())?;
            if known.person.as_ref() == Some(&self.person) {
                return Ok(ErasureBegun::Running(known));
            }
            match known.is_done() {
                true => ended.push(last),
                false => running += 1,
            }
        }
        if running >= MAX_RUNNING {
            return Ok(ErasureBegun::TooMany);
        }
        let excess = (ended.len() + 1).saturating_sub(MAX_ENDED);
        for number in ended.into_iter().take(excess) {
            erasures.remove(number)?;
        }
        fold::pass_over(desk)?;
        let erasure = Erasure {
            number: ErasureNumber(last + 1),
            person: Some(self.person),
            by: self.by,
            end: desk.memory.cursor,
            cursor: PersonCursor::FIRST,
            erased: Erased::default(),
            created_at: desk.stamp,
            updated_at: desk.stamp,
        };
        put(&mut erasures, &erasure)?;
        drop(erasures);
        desk.wrote();
        Ok(ErasureBegun::New(erasure))
    }
}

fn put(erasures: &mut Erasures<'_>, erasure: &Erasure) -> Result<(), Fault> {
    erasures.insert(erasure.number.0, erasure_to_row(erasure)?.as_slice())?;
    Ok(())
}

/// Go on with an erasure: what was found, and how far the search has come, in one transaction.
pub(crate) struct StepErasure {
    pub(crate) number: ErasureNumber,
    /// Where the search began; an erasure that stands elsewhere is left as it is.
    pub(crate) from: PersonCursor,
    pub(crate) places: Vec<Place>,
    /// Where it goes on; `None`: this was all.
    pub(crate) next: Option<PersonCursor>,
}

impl Verb for StepErasure {
    /// The erasure as it stands then; `None` where it is not known.
    type Outcome = Option<Erasure>;

    fn weight(&self) -> usize {
        1 + WEIGHT * self.places.len()
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<Erasure>, Fault> {
        let mut erasures = desk.txn.open_table(tables::ERASURES)?;
        let row = erasures.get(self.number.0)?;
        let known = row.map(|bytes| erasure_from_row(self.number.0, bytes.value()));
        let Some(mut erasure) = known.transpose()? else {
            return Ok(None);
        };
        if erasure.is_done() || erasure.cursor != self.from {
            return Ok(Some(erasure));
        }
        for place in &self.places {
            let erased = erase(desk, (&erasure, *place))?;
            let count = match place {
                Place::Vote(..) | Place::Fact(_) => &mut erasure.erased.votes,
                Place::Event(_) => &mut erasure.erased.events,
                Place::Attempt(..) => &mut erasure.erased.attempts,
                Place::Spend(..) => &mut erasure.erased.spend,
                Place::Conversion(_) => &mut erasure.erased.conversions,
            };
            *count += u64::from(erased == Done::Now);
        }
        match self.next {
            Some(next) => erasure.cursor = next,
            None => erasure.person = None,
        }
        erasure.updated_at = desk.stamp;
        put(&mut erasures, &erasure)?;
        drop(erasures);
        desk.wrote();
        Ok(Some(erasure))
    }
}

/// Whether something was erased now, or was before, or is not there to be erased.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Now,
    Before,
}

impl Done {
    fn of(before: &[u8], after: &[u8]) -> Self {
        match before == after {
            true => Self::Before,
            false => Self::Now,
        }
    }
}

fn erase(desk: &mut Desk<'_>, (erasure, place): (&Erasure, Place)) -> Result<Done, Fault> {
    let position = match place {
        Place::Vote(_, position)
        | Place::Fact(position)
        | Place::Event(position)
        | Place::Attempt(position, ..)
        | Place::Spend(_, position)
        | Place::Conversion(position) => position,
    };
    // What is not folded yet was recorded after the erasure was asked for.
    if position >= erasure.end {
        return Ok(Done::Before);
    }
    match place {
        Place::Vote(poll, position) => vote(desk, (poll, position)),
        Place::Fact(position) => rewrite(desk, position, |fact| Voted::from_row(fact)?.erased_row(false)),
        Place::Event(position) => event(desk, position),
        Place::Attempt(event, to, number) => attempt(desk, (event, to, number)),
        Place::Spend(day, position) => spend(desk, (day, position), erasure.person.as_ref()),
        Place::Conversion(position) => conversion(desk, position),
    }
}

/// Writes a row in the place of what was there. What is replaced by a row of its length is written into a copy of its page,
/// with all else that stands there; what is taken away leaves a page made anew.
fn put_anew<K>(table: &mut Table<'_, K, &'static [u8]>, key: K, row: &[u8]) -> Result<(), Fault>
where
    K: redb::Key + for<'a> redb::Value<SelfType<'a> = K> + Copy + 'static,
{
    table.remove(key)?;
    table.insert(key, row)?;
    Ok(())
}

/// Writes the fact at `position` anew, where the journal still has it.
fn rewrite(
    desk: &Desk<'_>,
    position: u64,
    anew: impl FnOnce(&[u8]) -> Result<Vec<u8>, Fault>,
) -> Result<Done, Fault> {
    let mut journal = desk.txn.open_table(tables::JOURNAL)?;
    let fact = journal.get(position)?.map(|fact| fact.value().to_vec());
    let Some(fact) = fact else {
        return Ok(Done::Before);
    };
    let erased = anew(&fact)?;
    put_anew(&mut journal, position, &erased)?;
    Ok(Done::of(&fact, &erased))
}

fn vote(desk: &Desk<'_>, place: (u32, u64)) -> Result<Done, Fault> {
    let mut votes = desk.txn.open_table(tables::VOTES)?;
    let row = votes.get(place)?.map(|row| row.value().to_vec());
    let Some(row) = row else {
        return Ok(Done::Before);
    };
    let entry = desk.memory.book.get(place.0);
    let capped = entry.is_some_and(|entry| entry.poll.draft.per_address.is_some());
    let erased = Voted::from_row(&row)?.erased_row(capped)?;
    put_anew(&mut votes, place, &erased)?;
    rewrite(desk, place.1, |_| Ok(erased.clone()))?;
    Ok(Done::of(&row, &erased))
}

/// Takes out all that an event came with and all that was answered. It expires at once: what of it still waits is dropped
/// at its turn, and no replay sends it.
fn event(desk: &mut Desk<'_>, position: u64) -> Result<Done, Fault> {
    let done = desk.with_events(|desk, tables| {
        if tables.events.get(position)?.is_none() {
            return Ok(Done::Before);
        }
        let event = tables.event(position)?;
        let now = desk.wall();
        let kept = EventDraft {
            id: event.id,
            kind: event.kind.clone(),
            source: event.source.clone(),
            key: erased_key(&event.id.to_string())?,
            payload: ERASED_PAYLOAD.to_owned(),
            fingerprint: Fingerprint([0; 32]),
            scheduled_at: None,
            expires_at: Some(event.expires_at.map_or(now, |end| end.min(now))),
            priority: event.priority,
            trace: None,
        };
        let before = tables.events.get(position)?.map(|row| row.value().to_vec());
        let row = event_to_row(&kept, event.created_at)?;
        put_anew(&mut tables.events, position, &row)?;
        let (old, new) = (key_digest(event.key.as_str()), key_digest(kept.key.as_str()));
        if tables.keys.get(old)?.is_some_and(|of| of.value() == position) {
            tables.keys.remove(old)?;
            tables.keys.insert(new, position)?;
        }
        forget_answers(desk, tables, position)?;
        rewrite(desk, position, |fact| {
            let fact: RecordedFact = codec::decode(RECORDED, fact)?;
            let fact = RecordedFact {
                key: new,
                fingerprint: kept.fingerprint.0,
                ..fact
            };
            codec::encode(RECORDED, &fact)
        })?;
        tables.queue.stirred.insert(position);
        of_conversions(desk, &event)?;
        Ok(Done::of(&before.unwrap_or_default(), &row))
    })?;
    Ok(done)
}

/// A key that says nothing but which thing it is of.
fn erased_key(of: &str) -> Result<IdempotencyKey, Fault> {
    IdempotencyKey::parse(&format!("{ERASED}:{of}")).map_err(Fault::file)
}

fn forget_answers(desk: &mut Desk<'_>, tables: &mut EventTables<'_>, position: u64) -> Result<(), Fault> {
    for delivery in tables.queue.of_event(position)? {
        if delivery.status == DeliveryStatus::Leased {
            desk.memory.erased.insert(position);
        }
        forget_error(tables, position, delivery)?;
    }
    tables.forget_excerpts(position)
}

fn forget_error(tables: &mut EventTables<'_>, event: u64, delivery: Delivery) -> Result<(), Fault> {
    tables.queue.take_out(event, &delivery)?;
    tables.queue.forget(event, &delivery)?;
    let last_error = delivery.last_error.as_ref().map(|_| ERASED.to_owned());
    let kept = Delivery {
        last_error,
        ..delivery
    };
    tables.queue.put(event, &kept)
}

fn attempt(desk: &mut Desk<'_>, (event, to, number): (u64, u16, u32)) -> Result<Done, Fault> {
    desk.with_events(|_, tables| {
        if !tables.forget_excerpt((event, to, number))? {
            return Ok(Done::Before);
        }
        if let Some(delivery) = tables.queue.get(event, to)? {
            forget_error(tables, event, delivery)?;
            tables.queue.stirred.insert(event);
        }
        Ok(Done::Now)
    })
}

fn spend(desk: &Desk<'_>, place: (i32, u64), person: Option<&Person>) -> Result<Done, Fault> {
    let mut entries = desk.txn.open_table(tables::SPEND)?;
    let row = entries.get(place)?.map(|row| row.value().to_vec());
    let (Some(row), Some(person)) = (row, person) else {
        return Ok(Done::Before);
    };
    let spent = spent_from_row(place.1, &row)?;
    let mut kept = spent.entry.clone();
    if kept
        .note
        .as_ref()
        .is_some_and(|note| person.is_in_text(note.as_str()))
    {
        kept.note = Some(SpendNote::parse(ERASED).map_err(Fault::file)?);
    }
    if person.is_in_key(kept.key.as_str()) {
        kept.key = erased_key(&place.1.to_string())?;
        let mut keys = desk.txn.open_table(tables::SPEND_KEYS)?;
        keys.remove(key_digest(spent.entry.key.as_str()))?;
        keys.insert(key_digest(kept.key.as_str()), place)?;
    }
    let erased = codec::encode(SPENT, &SpentFact::of(&kept, spent.at))?;
    put_anew(&mut entries, place, &erased)?;
    rewrite(desk, place.1, |_| Ok(erased.clone()))?;
    Ok(Done::of(&row, &erased))
}

/// Where its visitor came from goes; that it was counted, once, stays.
fn conversion(desk: &Desk<'_>, position: u64) -> Result<Done, Fault> {
    let mut conversions = desk.txn.open_table(tables::CONVERSIONS)?;
    let row = conversions.get(position)?.map(|row| row.value().to_vec());
    let Some(row) = row else {
        return Ok(Done::Before);
    };
    let (conversion, _) = conversion_from_row(&row)?;
    let kept = Conversion {
        touches: None,
        ..conversion
    };
    let erased = conversion_to_row(&kept, None)?;
    put_anew(&mut conversions, position, &erased)?;
    Ok(Done::of(&row, &erased))
}

/// The conversions that an event was counted as.
fn of_conversions(desk: &Desk<'_>, event: &Event) -> Result<(), Fault> {
    let goals = desk.memory.goals.of_event(&event.kind);
    let keys = desk.txn.open_table(tables::CONVERSION_KEYS)?;
    for goal in goals {
        let position = keys.get(borne_digest(goal, &event.key))?;
        if let Some(position) = position.map(|position| position.value()) {
            conversion(desk, position)?;
        }
    }
    Ok(())
}
