//! Verify, as far as the checkpoint goes: it and the facts after it give what the tables hold.

use std::collections::BTreeMap;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::checkpoint::{Checkpoint, PollSums, standing};
use super::error::Fault;
use super::facts::Fact;
use super::records::{PollRecord, Voted};
use super::tables;
use super::verify::Check;

/// `fold(checkpoint, tail) = tables`.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "checkpoint",
        "the checkpoint and the facts after it add up to what the tables hold",
    );
    let votes = txn.open_table(tables::VOTES)?;
    let journal = txn.open_table(tables::JOURNAL)?;
    let mut sums = Checkpoint::load(&txn.open_table(tables::CHECKPOINT)?)?;
    let first = journal.first()?.map(|(position, _)| position.value());
    let from = sums.head.position;
    check.see(first.is_none_or(|first| first <= from), || {
        format!(
            "the journal begins at {}, the checkpoint ends before {from}",
            first.unwrap_or(0)
        )
    });
    for row in journal.range(from..)? {
        let (position, bytes) = row?;
        sums.add(position.value(), &Fact::read(bytes.value())?, &votes)?;
    }
    let held = polls(txn)?;
    for (number, told) in &sums.polls {
        let found = held.get(number);
        check.see(found == Some(told), || match found {
            Some(found) => format!("poll {number}: {told} by the facts, {found} in the tables"),
            None => format!("poll {number} is in the facts alone"),
        });
    }
    for number in held.keys().filter(|number| !sums.polls.contains_key(*number)) {
        check.see(false, || format!("poll {number} is in the tables alone"));
    }
    let events = txn.open_table(tables::EVENTS)?.len()?;
    check.see(events == sums.head.events, || {
        format!("{} events by the facts, {events} in the tables", sums.head.events)
    });
    let stand = standing(txn)?;
    let named: std::collections::BTreeSet<u16> =
        sums.deliveries.keys().chain(stand.keys()).copied().collect();
    for to in named {
        let (told, found) = (sums.deliveries.get(&to), stand.get(&to));
        let (told, found) = (
            told.copied().unwrap_or_default(),
            found.copied().unwrap_or_default(),
        );
        check.see(told == found, || {
            format!("destination {to}: {told} by the facts, {found} in the tables")
        });
    }
    Ok(check)
}

/// What the tables hold of each poll; votes that are not folded are where the journal has them.
fn polls(txn: &ReadTransaction) -> Result<BTreeMap<u32, PollSums>, Fault> {
    let votes = txn.open_table(tables::VOTES)?;
    let voids = txn.open_table(tables::VOIDS)?;
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    let cursor = cursor.map_or(0, |position| position.value());
    let mut held = BTreeMap::new();
    for row in txn.open_table(tables::POLLS)?.iter()? {
        let (number, bytes) = row?;
        let poll = PollRecord::from_row(bytes.value())?;
        if poll.deleted_at.is_none() {
            held.insert(number.value(), PollSums::empty(poll.options()));
        }
    }
    for row in votes.iter()? {
        let (place, bytes) = row?;
        let (number, position) = place.value();
        if let Some(sums) = held.get_mut(&number)
            && position < cursor
        {
            sums.count(Voted::from_row(bytes.value())?.option);
        }
    }
    for row in voids.iter()? {
        let (place, _) = row?;
        if let (Some(sums), Some(row)) = (held.get_mut(&place.value().0), votes.get(place.value())?) {
            sums.void(Voted::from_row(row.value())?.option);
        }
    }
    for row in txn.open_table(tables::JOURNAL)?.range(cursor..)? {
        let (_, bytes) = row?;
        if let Fact::Voted(voted) = Fact::read(bytes.value())?
            && let Some(sums) = held.get_mut(&voted.poll)
        {
            sums.count(voted.option);
        }
    }
    Ok(held)
}
