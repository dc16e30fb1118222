//! Cold reads: each a page of a snapshot, run off the hot path.

use redb::{Database, ReadableDatabase};

use super::codec;
use super::error::Fault;
use super::event_records;
use super::records::{VOTED, Voted};
use super::tables;
use crate::model::delivery::EventStory;
use crate::model::event::EventId;
use crate::model::page::{Page, PageRequest};
use crate::model::poll::{CountedVote, PollNumber, VoteFilter};
use crate::model::time::Millis;

/// The most rows one filtered page looks at.
const MAX_SCANNED: usize = 20_000;

/// The folded votes of a poll that match `filter`, oldest first. The cursor is a position.
pub(super) fn votes(
    db: &Database,
    poll: PollNumber,
    filter: &VoteFilter,
    page: &PageRequest<u64>,
) -> Result<Page<CountedVote, u64>, Fault> {
    let txn = db.begin_read()?;
    let votes = txn.open_table(tables::VOTES)?;
    let voids = txn.open_table(tables::VOIDS)?;
    let start = page.after.map_or(0, |position| position.saturating_add(1));
    let mut items = Vec::new();
    let mut seen = None;
    for (scanned, row) in votes.range((poll.0, start)..=(poll.0, u64::MAX))?.enumerate() {
        if items.len() == page.limit || scanned == MAX_SCANNED {
            return Ok(Page { items, next: seen });
        }
        let (place, record) = row?;
        let (_, position) = place.value();
        seen = Some(position);
        let voted: Voted<'_> = codec::decode(VOTED, record.value())?;
        let voided_at = voids.get((poll.0, position))?.map(|at| Millis(at.value()));
        let vote = voted.counted(position, voided_at)?;
        if filter.matches(&vote) {
            items.push(vote);
        }
    }
    Ok(Page { items, next: None })
}

/// The samples of one series in `minutes`, oldest first.
pub(super) fn series(
    db: &Database,
    id: u16,
    minutes: std::ops::Range<u64>,
) -> Result<Vec<(u64, f64)>, Fault> {
    let txn = db.begin_read()?;
    let table = txn.open_table(tables::SERIES)?;
    let mut samples = Vec::new();
    for row in table.range((id, minutes.start)..(id, minutes.end))? {
        let (key, value) = row?;
        samples.push((key.value().1, f64::from_bits(value.value())));
    }
    Ok(samples)
}

/// An event with its deliveries and every attempt.
pub(super) fn event(db: &Database, id: EventId) -> Result<Option<EventStory>, Fault> {
    let txn = db.begin_read()?;
    let Some(position) = txn.open_table(tables::EVENT_IDS)?.get(id.0)?.map(|p| p.value()) else {
        return Ok(None);
    };
    let missing = || Fault::file(format!("the event at {position} is not whole"));
    let events = txn.open_table(tables::EVENTS)?;
    let states = txn.open_table(tables::EVENT_STATES)?;
    let attempts = txn.open_table(tables::ATTEMPTS)?;
    let mut deliveries = Vec::new();
    for row in txn
        .open_table(tables::DELIVERIES)?
        .range((position, 0)..=(position, u16::MAX))?
    {
        let (key, bytes) = row?;
        let (_, to) = key.value();
        let tried = attempts
            .range((position, to, 0)..=(position, to, u32::MAX))?
            .map(|row| {
                let (key, bytes) = row?;
                event_records::attempt_from_row(key.value().2, bytes.value())
            });
        let tried = tried.collect::<Result<Vec<_>, Fault>>()?;
        deliveries.push((event_records::delivery_from_row(to, bytes.value())?, tried));
    }
    Ok(Some(EventStory {
        event: event_records::event_from_row(events.get(position)?.ok_or_else(missing)?.value())?,
        state: event_records::state_from_row(states.get(position)?.ok_or_else(missing)?.value())?,
        deliveries,
    }))
}
