//! Minutes of polls: how many votes each option got in each minute.
//!
//! They are folded with the tallies, of the same votes in the same transaction, so that a poll's course is read without its votes. A
//! voided vote is taken out of its minute.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use redb::{ReadTransaction, ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::handle::Handle;
use super::records::{PollRecord, Voted};
use super::tables;
use super::verify::Check;
use crate::model::poll::PollNumber;
use crate::model::time::Millis;

const MINUTE: Tag = Tag {
    kind: 201,
    version: 1,
};
/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Votes of one minute by option, in the poll's order, up to the last that has one.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Minute {
    counts: Vec<u64>,
}

impl Minute {
    fn add(&mut self, option: u16) {
        let place = usize::from(option);
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    /// False: there was no such vote.
    fn take(&mut self, option: u16) -> bool {
        let count = self
            .counts
            .get_mut(usize::from(option))
            .filter(|count| **count > 0);
        let there = count.is_some();
        count.into_iter().for_each(|count| *count -= 1);
        while self.counts.last() == Some(&0) {
            self.counts.pop();
        }
        there
    }
}

/// The minute of an instant, counted from the epoch.
const fn minute_of(at: Millis) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

/// Votes of a poll enter their minutes.
pub(super) fn counted(
    txn: &WriteTransaction,
    poll: u32,
    votes: impl Iterator<Item = (u16, Millis)>,
) -> Result<(), Fault> {
    change(txn, poll, votes, |minute, option| {
        minute.add(option);
        true
    })
}

/// Votes of a poll leave their minutes.
pub(super) fn voided(
    txn: &WriteTransaction,
    poll: u32,
    votes: impl Iterator<Item = (u16, Millis)>,
) -> Result<(), Fault> {
    change(txn, poll, votes, Minute::take)
}

fn change(
    txn: &WriteTransaction,
    poll: u32,
    votes: impl Iterator<Item = (u16, Millis)>,
    change: impl Fn(&mut Minute, u16) -> bool,
) -> Result<(), Fault> {
    let mut table = txn.open_table(tables::VOTE_MINUTES)?;
    let mut minutes: HashMap<i64, Minute> = HashMap::new();
    for (option, at) in votes {
        let number = minute_of(at);
        let minute = match minutes.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(stored(&table, (poll, number))?),
        };
        if !change(minute, option) {
            return Err(Fault::file(format!(
                "minute {number} of poll {poll} has no such vote"
            )));
        }
    }
    for (number, minute) in minutes {
        match minute.counts.is_empty() {
            true => drop(table.remove((poll, number))?),
            false => drop(table.insert((poll, number), codec::encode(MINUTE, &minute)?.as_slice())?),
        }
    }
    Ok(())
}

fn stored(table: &Table<'_, (u32, i64), &'static [u8]>, place: (u32, i64)) -> Result<Minute, Fault> {
    let row = table.get(place)?;
    let minute = row.map(|row| codec::decode(MINUTE, row.value())).transpose()?;
    Ok(minute.unwrap_or_default())
}

/// Votes of a poll by option, in windows of `every_minutes` that begin within `range`, the first first; windows without votes are left
/// out.
pub(super) fn timeline(
    db: &Handle,
    poll: PollNumber,
    (range, every_minutes): (Range<Millis>, i64),
) -> Result<Vec<(Millis, Vec<u64>)>, Fault> {
    let every = every_minutes.max(1);
    let first = minute_of(range.start).div_euclid(every) * every;
    let end = minute_of(range.end.plus(MINUTE_MS - 1)).max(first);
    let table = db.begin_read()?.open_table(tables::VOTE_MINUTES)?;
    let mut windows: BTreeMap<i64, Minute> = BTreeMap::new();
    for row in table.range((poll.0, first)..(poll.0, end))? {
        let (place, bytes) = row?;
        let start = place.value().1.div_euclid(every) * every;
        let minute: Minute = codec::decode(MINUTE, bytes.value())?;
        let window = windows.entry(start).or_default();
        window
            .counts
            .resize(window.counts.len().max(minute.counts.len()), 0);
        for (sum, count) in window.counts.iter_mut().zip(minute.counts) {
            *sum += count;
        }
    }
    let window = |(start, sums): (i64, Minute)| (Millis(start * MINUTE_MS), sums.counts);
    Ok(windows.into_iter().map(window).collect())
}

/// The minutes of the first and of the last vote of a poll; `None` where there is none.
pub(super) fn ends(db: &Handle, poll: PollNumber) -> Result<Option<(Millis, Millis)>, Fault> {
    let table = db.begin_read()?.open_table(tables::VOTE_MINUTES)?;
    let mut all = table.range((poll.0, i64::MIN)..=(poll.0, i64::MAX))?;
    let Some(first) = all.next().transpose()?.map(|row| row.0.value().1) else {
        return Ok(None);
    };
    let last = all.next_back().transpose()?.map_or(first, |row| row.0.value().1);
    Ok(Some((Millis(first * MINUTE_MS), Millis(last * MINUTE_MS))))
}

/// What the votes of polls that are not deleted add up to: those that are folded and not voided.
fn added_up(
    polls: &impl ReadableTable<u32, &'static [u8]>,
    votes: &impl ReadableTable<(u32, u64), &'static [u8]>,
    is_counted: impl Fn(&Voted<'_>, u64) -> Result<bool, Fault>,
) -> Result<HashMap<(u32, i64), Minute>, Fault> {
    let mut minutes: HashMap<(u32, i64), Minute> = HashMap::new();
    for row in polls.iter()? {
        let (number, bytes) = row?;
        let number = number.value();
        if PollRecord::from_row(bytes.value())?.deleted_at.is_some() {
            continue;
        }
        for row in votes.range((number, 0)..=(number, u64::MAX))? {
            let (place, bytes) = row?;
            let voted = Voted::from_row(bytes.value())?;
            if is_counted(&voted, place.value().1)? {
                let place = (number, minute_of(Millis(voted.at)));
                minutes.entry(place).or_default().add(voted.option);
            }
        }
    }
    Ok(minutes)
}

/// Makes the minutes of a file that has none, of the votes that are folded.
pub(super) fn build(txn: &WriteTransaction) -> Result<(), Fault> {
    let (ballots, voids) = (txn.open_table(tables::BALLOTS)?, txn.open_table(tables::VOIDS)?);
    let minutes = added_up(
        &txn.open_table(tables::POLLS)?,
        &txn.open_table(tables::VOTES)?,
        |voted, position| {
            let indexed = ballots.get((voted.poll, voted.voter()?))?;
            let is_folded = indexed.is_some_and(|of| of.value() == position);
            Ok(is_folded && voids.get((voted.poll, position))?.is_none())
        },
    )?;
    let mut table = txn.open_table(tables::VOTE_MINUTES)?;
    for (place, minute) in minutes {
        table.insert(place, codec::encode(MINUTE, &minute)?.as_slice())?;
    }
    Ok(())
}

/// The invariant of minutes.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "poll minutes",
        "every minute of a poll has as many votes for each option as were counted in it",
    );
    let (ballots, voids) = (txn.open_table(tables::BALLOTS)?, txn.open_table(tables::VOIDS)?);
    let polls = txn.open_table(tables::POLLS)?;
    let votes = txn.open_table(tables::VOTES)?;
    let mut found = added_up(&polls, &votes, |voted, position| {
        let indexed = ballots.get((voted.poll, voted.voter()?))?;
        let is_folded = indexed.is_some_and(|of| of.value() == position);
        Ok(is_folded && voids.get((voted.poll, position))?.is_none())
    })?;
    for row in txn.open_table(tables::VOTE_MINUTES)?.iter()? {
        let (place, bytes) = row?;
        let place = place.value();
        let stored: Minute = codec::decode(MINUTE, bytes.value())?;
        let poll = polls.get(place.0)?.map(|row| PollRecord::from_row(row.value()));
        if poll.transpose()?.is_some_and(|poll| poll.deleted_at.is_some()) {
            // Swept with the rest of its poll, before the tombstone is.
            continue;
        }
        let counted = found.remove(&place).unwrap_or_default();
        check.see(stored == counted, || {
            let (stored, counted) = (&stored.counts, &counted.counts);
            format!(
                "poll {}, minute {}: {stored:?} stored, {counted:?} counted",
                place.0, place.1
            )
        });
    }
    check.see(found.is_empty(), || {
        format!("{} minutes are missing", found.len())
    });
    Ok(check)
}

/// Reads a record of minutes; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    (tag == MINUTE).then(|| codec::body::<Minute>(body).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_keeps_the_bytes_it_had_in_version_1() {
        let minute = Minute {
            counts: vec![3, 0, 70_000],
        };
        let bytes = codec::encode(MINUTE, &minute).unwrap();
        assert!(matches!(read(&bytes), Some(Ok(()))));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "c901030300fc70110100");
        assert_eq!(codec::decode::<Minute>(MINUTE, &bytes).unwrap(), minute);
    }

    #[test]
    fn a_minute_counts_by_option_and_ends_with_the_last_that_has_a_vote() {
        let mut minute = Minute::default();
        minute.add(2);
        minute.add(0);
        assert_eq!(minute.counts, [1, 0, 1]);
        assert!(minute.take(2));
        assert_eq!(minute.counts, [1]);
        assert!(!minute.take(2) && !minute.take(1));
        assert!(minute.take(0) && minute.counts.is_empty());
    }
}
