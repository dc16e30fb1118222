//! Cold reads of events and deliveries, each of one snapshot.

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

use super::error::Fault;
use super::event_blocks::Places;
use super::event_bodies::{event_from_row, event_head, event_mark};
use super::event_records::{self, delivery_from_row, state_from_row, status_number};
use super::handle::Handle;
use super::reads::MAX_SCANNED;
use super::verbs::sweeping::MAX_SWEPT;
use super::{dead_groups, event_blocks, queue, tables};
use crate::model::dead::DeadGroup;
use crate::model::delivery::{
    Backlog, Delivery, DeliveryCursor, DeliveryFilter, DestinationNumber, Event, EventState, EventStory,
};
use crate::model::event::{DeliveryStatus, EventFilter, EventId, EventPage};
use crate::model::page::{Page, PageRequest};
use crate::model::retention::Horizon;
use crate::model::time::Millis;

/// The events of one snapshot, by their ids.
pub(super) struct EventsById {
    ids: ReadOnlyTable<u128, u64>,
    events: ReadOnlyTable<u64, &'static [u8]>,
}

impl EventsById {
    pub(super) fn open(txn: &ReadTransaction) -> Result<Self, Fault> {
        Ok(Self {
            ids: txn.open_table(tables::EVENT_IDS)?,
            events: txn.open_table(tables::EVENTS)?,
        })
    }

    /// The event of this id; `None` where there is no id, and where the event is long past and forgotten.
    pub(super) fn get(&self, id: Option<EventId>) -> Result<Option<Event>, Fault> {
        let position = id.map(|id| self.ids.get(id.0)).transpose()?.flatten();
        let row = position.map(|position| self.events.get(position.value()));
        let row = row.transpose()?.flatten();
        row.map(|bytes| event_from_row(bytes.value())).transpose()
    }
}

/// An event with its deliveries and every attempt.
pub(super) fn event(db: &Handle, id: EventId) -> Result<Option<EventStory>, Fault> {
    let txn = db.begin_read()?;
    let Some(position) = txn.open_table(tables::EVENT_IDS)?.get(id.0)?.map(|p| p.value()) else {
        return Ok(None);
    };
    let missing = || not_whole(position);
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
        deliveries.push((delivery_from_row(to, bytes.value())?, tried));
    }
    Ok(Some(EventStory {
        event: event_from_row(events.get(position)?.ok_or_else(missing)?.value())?,
        state: state_from_row(states.get(position)?.ok_or_else(missing)?.value())?,
        deliveries,
    }))
}

/// The most bytes of payloads that one page gathers.
const MAX_PAYLOADS: usize = 4 * 1024 * 1024;
/// The most bytes of rows that one page looks at, most of which it leaves.
const MAX_LOOKED_AT: usize = 64 * 1024 * 1024;

/// The events that match `filter`, newest first. The cursor is a position.
pub(super) fn events(
    db: &Handle,
    filter: &EventFilter,
    page: &PageRequest<u64>,
) -> Result<EventPage<(Event, EventState)>, Fault> {
    let txn = db.begin_read()?;
    let mut found = Found {
        events: txn.open_table(tables::EVENTS)?,
        filter,
        limit: page.limit,
        items: Vec::new(),
        payloads: 0,
        looked_at: 0,
        scanned: 0,
    };
    let mut range = 0..page.after.unwrap_or(u64::MAX);
    if let Some(to) = filter.to {
        range.end = range.end.min(first_at_or_after(&found.events, to)?);
    }
    if let Some(from) = filter.from {
        range.start = first_at_or_after(&found.events, from)?;
    }
    let states = txn.open_table(tables::EVENT_STATES)?;
    for block in event_blocks::places(&txn, range, filter)? {
        let Places { within, may_hold } = block?;
        let begins = within.start;
        if may_hold {
            for row in states.range(within)?.rev() {
                let (position, bytes) = row?;
                let position = position.value();
                if found.is_full() {
                    return found.page(position + 1);
                }
                found.see(position, state_from_row(bytes.value())?)?;
            }
        }
        found.scanned += 1;
        if found.is_full() {
            return found.page(begins);
        }
    }
    Ok(EventPage {
        items: found.items,
        next: None,
        reached: None,
    })
}

/// A page of events in the making.
struct Found<'f> {
    events: ReadOnlyTable<u64, &'static [u8]>,
    filter: &'f EventFilter,
    limit: usize,
    items: Vec<(Event, EventState)>,
    payloads: usize,
    looked_at: usize,
    scanned: usize,
}

impl Found<'_> {
    fn is_full(&self) -> bool {
        self.items.len() == self.limit
            || self.payloads >= MAX_PAYLOADS
            || self.looked_at >= MAX_LOOKED_AT
            || self.scanned >= MAX_SCANNED
    }

    fn see(&mut self, position: u64, state: EventState) -> Result<(), Fault> {
        self.scanned += 1;
        if self.filter.status.is_some_and(|status| status != state.status) {
            return Ok(());
        }
        let row = self.events.get(position)?.ok_or_else(|| not_whole(position))?;
        let row = row.value();
        self.looked_at += row.len();
        let mark = event_mark(row)?;
        if self.filter.takes((mark.kind, mark.source, mark.key)) {
            let event = event_from_row(row)?;
            self.payloads += event.payload.len();
            self.items.push((event, state));
        }
        Ok(())
    }

    /// The page so far; there may be more before `next`.
    fn page(self, next: u64) -> Result<EventPage<(Event, EventState)>, Fault> {
        let is_short = self.items.len() < self.limit;
        let oldest = match is_short {
            true => self.events.range(next..)?.next().transpose()?,
            false => None,
        };
        let reached = oldest.map(|(_, row)| Ok::<_, Fault>(event_head(row.value())?.created_at));
        Ok(EventPage {
            items: self.items,
            next: Some(next),
            reached: reached.transpose()?,
        })
    }
}

/// The first position of an event recorded at or after `at`, or past them all: instants grow with positions.
pub(super) fn first_at_or_after(
    events: &impl ReadableTable<u64, &'static [u8]>,
    at: Millis,
) -> Result<u64, Fault> {
    let end = events.last()?.map_or(0, |(position, _)| position.value() + 1);
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        match events.range(middle..high)?.next().transpose()? {
            Some((position, bytes)) if event_head(bytes.value())?.created_at < at => {
                low = position.value() + 1;
            }
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The deliveries that match `filter`, newest event first; dead letters by destination, the newest first.
pub(super) fn deliveries(
    db: &Handle,
    filter: &DeliveryFilter,
    page: &PageRequest<DeliveryCursor>,
) -> Result<Page<Delivery, DeliveryCursor>, Fault> {
    let txn = db.begin_read()?;
    if let Some(group) = filter.group {
        return of_group(&txn, (filter, group), page);
    }
    if filter.status == Some(DeliveryStatus::Dead) {
        return dead_letters(&txn, filter, page);
    }
    let mut listed = Listed::new(&txn, filter, page.limit)?;
    let first = match filter.from {
        Some(from) => first_at_or_after(&listed.events, from)?,
        None => 0,
    };
    let mut end = page
        .after
        .map_or((u64::MAX, u16::MAX), |c| (c.event, c.destination));
    if let Some(to) = filter.to {
        end = end.min((first_at_or_after(&listed.events, to)?, 0));
    }
    let rows = txn.open_table(tables::DELIVERIES)?;
    for row in rows.range((first, 0)..end.max((first, 0)))?.rev() {
        let (key, bytes) = row?;
        let (event, destination) = key.value();
        let cursor = DeliveryCursor {
            event,
            destination,
            since: 0,
        };
        if let Some(page) = listed.full() {
            return Ok(page);
        }
        listed.see(cursor, delivery_from_row(destination, bytes.value())?)?;
    }
    Ok(listed.whole())
}

fn dead_letters(
    txn: &ReadTransaction,
    filter: &DeliveryFilter,
    page: &PageRequest<DeliveryCursor>,
) -> Result<Page<Delivery, DeliveryCursor>, Fault> {
    let rows = txn.open_table(tables::DELIVERIES)?;
    let (first, last) = filter.destination.map_or((0, u16::MAX), |to| (to.0, to.0));
    let end = page
        .after
        .map_or((last, i64::MAX, u64::MAX), |c| (c.destination, c.since, c.event));
    let mut listed = Listed::new(txn, filter, page.limit)?;
    if end < (first, i64::MIN, 0) {
        return Ok(listed.whole());
    }
    for row in txn
        .open_table(tables::DEAD)?
        .range((first, i64::MIN, 0)..end)?
        .rev()
    {
        let (destination, since, event) = row?.0.value();
        let cursor = DeliveryCursor {
            event,
            destination,
            since,
        };
        if let Some(page) = listed.see_at(cursor, &rows)? {
            return Ok(page);
        }
    }
    Ok(listed.whole())
}

/// The dead letters of a group, the newest first.
fn of_group(
    txn: &ReadTransaction,
    (filter, group): (&DeliveryFilter, DeadGroup),
    page: &PageRequest<DeliveryCursor>,
) -> Result<Page<Delivery, DeliveryCursor>, Fault> {
    let rows = txn.open_table(tables::DELIVERIES)?;
    let mut listed = Listed::new(txn, filter, page.limit)?;
    let members = dead_groups::members(group);
    let (to, class, shape) = group.key();
    let end = page
        .after
        .map_or(*members.end(), |c| (to, class, shape, c.since, c.event));
    let members = *members.start()..end;
    for row in txn.open_table(tables::DEAD_MEMBERS)?.range(members)?.rev() {
        let (destination, _, _, since, event) = row?.0.value();
        let cursor = DeliveryCursor {
            event,
            destination,
            since,
        };
        if let Some(page) = listed.see_at(cursor, &rows)? {
            return Ok(page);
        }
    }
    Ok(listed.whole())
}

/// A page of deliveries in the making.
struct Listed<'f> {
    events: ReadOnlyTable<u64, &'static [u8]>,
    filter: &'f DeliveryFilter,
    limit: usize,
    items: Vec<Delivery>,
    scanned: usize,
    last: Option<DeliveryCursor>,
}

impl<'f> Listed<'f> {
    fn new(txn: &ReadTransaction, filter: &'f DeliveryFilter, limit: usize) -> Result<Self, Fault> {
        Ok(Self {
            events: txn.open_table(tables::EVENTS)?,
            filter,
            limit,
            items: Vec::new(),
            scanned: 0,
            last: None,
        })
    }

    /// The page, if it takes no more.
    fn full(&mut self) -> Option<Page<Delivery, DeliveryCursor>> {
        let is_full = self.items.len() == self.limit || self.scanned == MAX_SCANNED;
        is_full.then(|| Page {
            items: std::mem::take(&mut self.items),
            next: self.last,
        })
    }

    fn see(&mut self, cursor: DeliveryCursor, delivery: Delivery) -> Result<(), Fault> {
        self.scanned += 1;
        self.last = Some(cursor);
        if self.filter.matches(&delivery) && self.takes_event(cursor.event)? {
            self.items.push(delivery);
        }
        Ok(())
    }

    /// Sees the delivery that an index names; the page, if it takes no more.
    fn see_at(
        &mut self,
        cursor: DeliveryCursor,
        rows: &ReadOnlyTable<(u64, u16), &'static [u8]>,
    ) -> Result<Option<Page<Delivery, DeliveryCursor>>, Fault> {
        if let Some(page) = self.full() {
            return Ok(Some(page));
        }
        let DeliveryCursor {
            event, destination, ..
        } = cursor;
        let bytes = rows.get((event, destination))?.ok_or_else(|| not_whole(event))?;
        self.see(cursor, delivery_from_row(destination, bytes.value())?)?;
        Ok(None)
    }

    fn takes_event(&self, position: u64) -> Result<bool, Fault> {
        if !self.filter.asks_of_events() {
            return Ok(true);
        }
        let event = self.events.get(position)?.ok_or_else(|| not_whole(position))?;
        Ok(self.filter.takes_event(&event_head(event.value())?))
    }

    fn whole(self) -> Page<Delivery, DeliveryCursor> {
        Page {
            items: self.items,
            next: None,
        }
    }
}

/// What each destination's queue holds, by number.
pub(super) fn backlog(db: &Handle) -> Result<Vec<Backlog>, Fault> {
    let txn = db.begin_read()?;
    let counts = txn.open_table(tables::DELIVERY_COUNTS)?;
    let waiting = txn.open_table(tables::QUEUE)?;
    let dead = txn.open_table(tables::DEAD)?;
    let mut numbers = Vec::new();
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        numbers.push(event_records::destination_from_row(name.value(), bytes.value())?.number);
    }
    numbers.sort_unstable();
    let backlog = |destination: DestinationNumber| {
        let mut of_status = [0; DeliveryStatus::ALL.len()];
        for (count, status) in of_status.iter_mut().zip(DeliveryStatus::ALL) {
            let key = (destination.0, status_number(*status));
            *count = counts.get(key)?.map_or(0, |n| n.value());
        }
        let heads = queue::heads(&waiting, destination)?;
        let letters = (destination.0, i64::MIN, 0)..=(destination.0, i64::MAX, u64::MAX);
        let oldest_dead = dead.range(letters)?.next().transpose()?;
        Ok(Backlog {
            destination,
            counts: of_status,
            oldest_due: heads.into_iter().map(|(_, due)| due).min(),
            oldest_dead: oldest_dead.map(|(key, _)| Millis(key.value().1)),
        })
    };
    numbers.into_iter().map(backlog).collect()
}

pub(super) fn not_whole(position: u64) -> Fault {
    Fault::file(format!("the event at {position} is not whole"))
}

/// How many states one look for what is past reads.
const PAST_PAGE: usize = 2_000;
/// The most dead letters that are counted before they are announced.
const TOLD_MOST: u64 = 10_000;

/// Events that are past `horizon` now, from the position `from` on, at most as many as one sweep takes; and where to look
/// next, `None` where everything further on is too young.
pub(super) fn past(db: &Handle, horizon: &Horizon, from: u64) -> Result<(Vec<u64>, Option<u64>), Fault> {
    let Some(latest) = horizon.latest() else {
        return Ok((Vec::new(), None));
    };
    let txn = db.begin_read()?;
    let events = txn.open_table(tables::EVENTS)?;
    // Positions are in order of creation, and nothing changes before it is there.
    let first = events.range(from..)?.next().transpose()?;
    let created = first.map(|(_, row)| Ok::<_, Fault>(event_head(row.value())?.created_at));
    if created.transpose()?.is_none_or(|created| created >= latest) {
        return Ok((Vec::new(), None));
    }
    let mut found = Vec::new();
    let mut next = from;
    for (seen, row) in txn.open_table(tables::EVENT_STATES)?.range(from..)?.enumerate() {
        if seen == PAST_PAGE || found.len() == MAX_SWEPT {
            return Ok((found, Some(next)));
        }
        let (position, bytes) = row?;
        next = position.value() + 1;
        if horizon.is_past(&state_from_row(bytes.value())?) {
            found.push(position.value());
        }
    }
    Ok((found, None))
}

/// How many dead letters since at most `upto` have not been announced as leaving.
pub(super) fn untold_dead_letters(db: &Handle, upto: Millis) -> Result<u64, Fault> {
    let txn = db.begin_read()?;
    let told = txn.open_table(tables::CURSORS)?.get(tables::DEAD_TOLD)?;
    let told = told.map_or(0, |at| i64::try_from(at.value()).unwrap_or(i64::MAX));
    let dead = txn.open_table(tables::DEAD)?;
    let mut count = 0;
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        let to = event_records::destination_from_row(name.value(), bytes.value())?
            .number
            .0;
        for row in dead.range((to, told.saturating_add(1), 0)..=(to, upto.0, u64::MAX))? {
            row?;
            count += 1;
            if count >= TOLD_MOST {
                return Ok(count);
            }
        }
    }
    Ok(count)
}
