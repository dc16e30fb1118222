//! Dead letters by what they died of: how many are in each group, and which.
//!
//! [`DeadGroups`] follows the queue, which alone puts dead letters in their place and takes them out. What a group's dead letters
//! said is read from the newest of them, so that nothing of it stands twice in the file.

use std::cmp::Reverse;
use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, Table, WriteTransaction};

use super::error::Fault;
use super::event_records::delivery_from_row;
use super::handle::Handle;
use super::reads_events::not_whole;
use super::tables;
use super::verify::Check;
use crate::model::dead::{DeadGroup, DeadGroupCursor, DeadLetters, GROUPS_MOST};
use crate::model::delivery::{Delivery, DestinationNumber};
use crate::model::event::DeliveryStatus;
use crate::model::page::{Page, PageRequest};
use crate::model::time::Millis;

type Key = (u16, u8, u64);
/// (destination, class, shape, since, event).
type Member = (u16, u8, u64, i64, u64);

/// The groups within one transaction.
pub(super) struct DeadGroups<'t> {
    counts: Table<'t, Key, u64>,
    members: Table<'t, Member, ()>,
}

impl<'t> DeadGroups<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            counts: txn.open_table(tables::DEAD_GROUPS)?,
            members: txn.open_table(tables::DEAD_MEMBERS)?,
        })
    }

    /// A delivery of the event at `event` is a dead letter.
    pub(super) fn put(&mut self, event: u64, dead: &Delivery) -> Result<(), Fault> {
        let own = DeadGroup::of(dead);
        let group = match self.counts.get(own.key())?.is_some() || self.has_room(dead.destination)? {
            true => own,
            false => own.rest(),
        };
        let before = self.counts.get(group.key())?.map_or(0, |count| count.value());
        self.counts.insert(group.key(), before + 1)?;
        self.members.insert(member(group, event, dead), ())?;
        Ok(())
    }

    /// It is none any more. False: it stood in no group.
    pub(super) fn take_out(&mut self, event: u64, dead: &Delivery) -> Result<bool, Fault> {
        let own = DeadGroup::of(dead);
        for group in [own, own.rest()] {
            if self.members.remove(member(group, event, dead))?.is_none() {
                continue;
            }
            let before = self.counts.get(group.key())?.map_or(0, |count| count.value());
            match before {
                0 | 1 => drop(self.counts.remove(group.key())?),
                _ => drop(self.counts.insert(group.key(), before - 1)?),
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn has_room(&self, to: DestinationNumber) -> Result<bool, Fault> {
        let all = self.counts.range(of_destination(to))?;
        let mut groups = 0;
        for row in all {
            groups += usize::from(!DeadGroup::of_key(row?.0.value()).is_rest());
        }
        Ok(groups < GROUPS_MOST)
    }
}

fn member(group: DeadGroup, event: u64, dead: &Delivery) -> Member {
    let (to, class, shape) = group.key();
    (to, class, shape, dead.updated_at.0, event)
}

fn of_destination(to: DestinationNumber) -> std::ops::RangeInclusive<Key> {
    (to.0, 0, 0)..=(to.0, u8::MAX, u64::MAX)
}

/// The members of a group, in order of since when they are dead.
pub(super) fn members(group: DeadGroup) -> std::ops::RangeInclusive<Member> {
    let (to, class, shape) = group.key();
    (to, class, shape, i64::MIN, 0)..=(to, class, shape, i64::MAX, u64::MAX)
}

/// The groups of a destination, or of all, those with most dead letters first; and how many dead letters they are together.
pub(super) fn list(
    db: &Handle,
    to: Option<DestinationNumber>,
    page: &PageRequest<DeadGroupCursor>,
) -> Result<(Page<DeadLetters, DeadGroupCursor>, u64), Fault> {
    let txn = db.begin_read()?;
    let counts = txn.open_table(tables::DEAD_GROUPS)?;
    let wanted = match to {
        Some(to) => of_destination(to),
        None => (0, 0, 0)..=(u16::MAX, u8::MAX, u64::MAX),
    };
    let mut groups: Vec<DeadGroupCursor> = Vec::new();
    for row in counts.range(wanted)? {
        let (key, count) = row?;
        groups.push(DeadGroupCursor {
            count: count.value(),
            group: DeadGroup::of_key(key.value()),
        });
    }
    let total = groups.iter().map(|group| group.count).sum();
    let order = |of: &DeadGroupCursor| (Reverse(of.count), of.group);
    groups.sort_unstable_by_key(order);
    let after = page.after.as_ref().map(order);
    let rest = groups
        .into_iter()
        .filter(|group| after.is_none_or(|after| order(group) > after));
    let mut rest = rest.peekable();
    let mut items = Vec::new();
    let mut last = None;
    while items.len() < page.limit
        && let Some(group) = rest.next()
    {
        items.push(shown(&txn, group)?);
        last = Some(group);
    }
    let next = last.filter(|_| rest.peek().is_some());
    Ok((Page { items, next }, total))
}

fn shown(txn: &ReadTransaction, of: DeadGroupCursor) -> Result<DeadLetters, Fault> {
    let table = txn.open_table(tables::DEAD_MEMBERS)?;
    let mut all = table.range(members(of.group))?;
    let empty = || Fault::file(format!("the group {} has no dead letter", of.group));
    let first = all.next().ok_or_else(empty)??.0.value();
    let last = all.next_back().transpose()?.map_or(first, |row| row.0.value());
    let rows = txn.open_table(tables::DELIVERIES)?;
    let (to, _, _, _, event) = last;
    let row = rows.get((event, to))?.ok_or_else(|| not_whole(event))?;
    Ok(DeadLetters {
        group: of.group,
        count: of.count,
        oldest: Millis(first.3),
        newest: delivery_from_row(to, row.value())?,
    })
}

/// Makes the groups of a file that has none, of the dead letters that are there.
pub(super) fn build(txn: &WriteTransaction) -> Result<(), Fault> {
    let mut groups = DeadGroups::open(txn)?;
    let rows = txn.open_table(tables::DELIVERIES)?;
    for row in txn.open_table(tables::DEAD)?.iter()? {
        let (to, _, event) = row?.0.value();
        let row = rows.get((event, to))?.ok_or_else(|| not_whole(event))?;
        groups.put(event, &delivery_from_row(to, row.value())?)?;
    }
    Ok(())
}

/// The invariant of groups.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "dead letter groups",
        "every dead letter stands in one group, of what it died of or of what is not told apart, and every group has as many as it says",
    );
    let (rows, table) = (
        txn.open_table(tables::DELIVERIES)?,
        txn.open_table(tables::DEAD_MEMBERS)?,
    );
    let mut counted: HashMap<Key, u64> = HashMap::new();
    for row in table.iter()? {
        let (to, class, shape, since, event) = row?.0.value();
        let dead = rows.get((event, to))?;
        let dead = dead
            .map(|bytes| delivery_from_row(to, bytes.value()))
            .transpose()?;
        let group = DeadGroup::of_key((to, class, shape));
        let stands = match dead.filter(|dead| dead.status == DeliveryStatus::Dead) {
            Some(dead) if dead.updated_at.0 == since => {
                let own = DeadGroup::of(&dead);
                // With the lengths below: each stands in one group, and not in both of those it may be in.
                let twice = group != own && table.get(member(own, event, &dead))?.is_some();
                (group == own || group == own.rest()) && !twice
            }
            _ => false,
        };
        check.see(stands, || format!("group {group}: event at {event}"));
        *counted.entry(group.key()).or_default() += 1;
    }
    for row in txn.open_table(tables::DEAD_GROUPS)?.iter()? {
        let (key, stored) = row?;
        let found = counted.remove(&key.value()).unwrap_or(0);
        check.see(found == stored.value(), || {
            let group = DeadGroup::of_key(key.value());
            format!("group {group}: {} stored, {found} counted", stored.value())
        });
    }
    check.see(counted.is_empty(), || {
        format!("{} counts are missing", counted.len())
    });
    let (dead, grouped) = (txn.open_table(tables::DEAD)?.len()?, table.len()?);
    check.see(dead == grouped, || {
        format!("{dead} dead letters, {grouped} in groups")
    });
    Ok(check)
}
