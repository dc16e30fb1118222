//! The fold: from facts to tables. Nothing else writes a table that is derived from the journal.
//!
//! Rare facts are folded in the transaction that makes them. Votes, and the keys of events, are folded behind, a
//! generation of the mirror at a time and in slices: first the votes in order of position, then the voters in order of
//! key, then the events' keys in order, so that a slice touches neighbouring pages. A vote counts in its tally in the
//! transaction that indexes its voter, and only if the voter was not indexed yet; so a slice that was done before a crash
//! is passed over after it. The cursor moves with the last.

use std::ops::Bound;

use redb::{ReadableTable, WriteTransaction};

use super::desk::Desk;
use super::error::Fault;
use super::mirror::{Entry, Frozen};
use super::records::{self, PollEnded, PollRecord, Voided, Voted};
use super::{tables, vote_minutes};
use crate::model::poll::Poll;
use crate::model::tally::Tally;
use crate::model::time::Millis;

/// How many rows of a deleted poll one slice sweeps.
const SWEEP: usize = 1_000;

/// The first position that is not folded.
pub(super) fn cursor(txn: &WriteTransaction) -> Result<u64, Fault> {
    Ok(txn
        .open_table(tables::CURSORS)?
        .get(tables::FOLD)?
        .map_or(0, |p| p.value()))
}

/// A poll was created.
pub(super) fn poll_created(desk: &mut Desk<'_>, position: u64, poll: Poll) -> Result<(), Fault> {
    let tally = Tally::empty(poll.draft.options.len(), position, desk.stamp);
    put_poll(desk, &PollRecord::of(&poll, None), poll.number.0)?;
    put_tally(desk, poll.number.0, &tally)?;
    let next = u64::from(desk.memory.next_poll);
    desk.txn
        .open_table(tables::CURSORS)?
        .insert(tables::NEXT_POLL, next)?;
    desk.memory.book.put(poll, tally);
    Ok(())
}

/// A poll was closed by hand.
pub(super) fn poll_closed(desk: &mut Desk<'_>, position: u64, ended: PollEnded) -> Result<(), Fault> {
    let Some(entry) = desk.memory.book.get(ended.poll) else {
        return Ok(());
    };
    let at = Millis(ended.at);
    let poll = Poll {
        closed_at: Some(at),
        ..Poll::clone(&entry.poll)
    };
    poll_changed(desk, position, (poll, at))
}

/// A poll was edited, or opened again: it is `poll` since `at`.
pub(super) fn poll_changed(
    desk: &mut Desk<'_>,
    position: u64,
    (poll, at): (Poll, Millis),
) -> Result<(), Fault> {
    let number = poll.number.0;
    let Some(entry) = desk.memory.book.change(number) else {
        return Ok(());
    };
    entry.tally.touched(position, at);
    entry.poll = poll.clone().into();
    put_poll(desk, &PollRecord::of(&poll, None), number)?;
    touch_tally(desk, number, position, at)
}

/// A poll was deleted: a tombstone stands until its votes are swept.
pub(super) fn poll_deleted(desk: &mut Desk<'_>, ended: PollEnded) -> Result<(), Fault> {
    let Some(entry) = desk.memory.book.get(ended.poll) else {
        return Ok(());
    };
    let record = PollRecord::of(&entry.poll, Some(Millis(ended.at)));
    put_poll(desk, &record, ended.poll)?;
    desk.memory.book.remove(ended.poll);
    desk.memory.tombstones.push(ended.poll);
    Ok(())
}

/// Folded votes were voided.
pub(super) fn voided(desk: &mut Desk<'_>, position: u64, fact: &Voided) -> Result<(), Fault> {
    let mut taken = Vec::with_capacity(fact.positions.len());
    {
        let votes = desk.txn.open_table(tables::VOTES)?;
        let mut voids = desk.txn.open_table(tables::VOIDS)?;
        for vote in &fact.positions {
            let record = votes.get((fact.poll, *vote))?;
            let record =
                record.ok_or_else(|| Fault::file(format!("the vote at position {vote} is missing")))?;
            let voted = Voted::from_row(record.value())?;
            taken.push((voted.option, Millis(voted.at)));
            voids.insert((fact.poll, *vote), fact.at)?;
        }
    }
    vote_minutes::voided(desk.txn, fact.poll, taken.iter().copied())?;
    let mut folded = tally(desk, fact.poll)?;
    for (option, _) in &taken {
        folded.take(*option);
    }
    folded.touched(position, Millis(fact.at));
    put_tally(desk, fact.poll, &folded)?;
    if let Some(entry) = desk.memory.book.change(fact.poll) {
        for (option, _) in taken {
            entry.tally.take(option);
        }
        entry.tally.touched(position, Millis(fact.at));
    }
    Ok(())
}

/// Folds one slice of the frozen generation, if there is one. True while some of it is left.
pub(super) fn slice(desk: &mut Desk<'_>) -> Result<bool, Fault> {
    let Some(mut frozen) = desk.memory.mirror.frozen.take() else {
        return Ok(false);
    };
    if frozen.votes_done < frozen.by_position.len() {
        votes_slice(desk, &mut frozen)?;
    } else if frozen.ballots_done < frozen.by_key.len() {
        ballots_slice(desk, &mut frozen)?;
    } else {
        keys_slice(desk, &mut frozen)?;
    }
    desk.wrote();
    if frozen.is_done() {
        move_cursor(desk, frozen.end)?;
        return Ok(false);
    }
    if desk.memory.sabotage.moves_cursor_apart() {
        move_cursor(desk, frozen.end)?;
    }
    desk.memory.mirror.frozen = Some(frozen);
    Ok(true)
}

/// Moves the cursor to the end where nothing waits to be folded behind.
pub(super) fn pass_over(desk: &mut Desk<'_>) -> Result<(), Fault> {
    let end = desk.memory.next_position;
    if desk.memory.mirror.len() > 0 || desk.memory.mirror.frozen.is_some() || desk.memory.cursor == end {
        return Ok(());
    }
    desk.wrote();
    move_cursor(desk, end)
}

fn move_cursor(desk: &mut Desk<'_>, end: u64) -> Result<(), Fault> {
    let mut cursors = desk.txn.open_table(tables::CURSORS)?;
    cursors.insert(tables::FOLD, end)?;
    cursors.insert(tables::STAMP, u64::try_from(desk.stamp.0).unwrap_or(0))?;
    desk.memory.cursor = end;
    Ok(())
}

/// Folds, in this transaction, until the mirror takes more again: the last resort when more comes than is folded.
pub(super) fn make_room(desk: &mut Desk<'_>) -> Result<(), Fault> {
    if desk.memory.mirror.frozen.is_none() {
        freeze(desk);
    }
    while slice(desk)? {}
    Ok(())
}

/// Makes the growing generation the one to fold, as far as the journal goes in this transaction.
pub(super) fn freeze(desk: &mut Desk<'_>) {
    let end = desk.memory.next_position;
    desk.memory.mirror.freeze(end);
}

fn votes_slice(desk: &mut Desk<'_>, frozen: &mut Frozen) -> Result<(), Fault> {
    let mut votes = desk.txn.open_table(tables::VOTES)?;
    // Where nothing lies behind the slice, as after every start but one, rows go in at the end in one run.
    let numbers = frozen
        .by_position
        .iter()
        .skip(frozen.votes_done)
        .take(desk.memory.fold_slice);
    let mut run: Vec<Entry> = Vec::new();
    for number in numbers {
        frozen.votes_done += 1;
        let Some(entry) = frozen.generation.entry(*number) else {
            continue;
        };
        if desk.memory.book.get(entry.voter.0).is_some() {
            run.push(entry);
        }
    }
    for poll in run.chunk_by(|a, b| a.voter.0 == b.voter.0) {
        insert_votes(&mut votes, frozen, poll)?;
    }
    Ok(())
}

/// Inserts the votes of one poll, in order of position.
fn insert_votes(
    votes: &mut redb::Table<'_, (u32, u64), &[u8]>,
    frozen: &Frozen,
    run: &[Entry],
) -> Result<(), Fault> {
    let Some(first) = run.first() else { return Ok(()) };
    let poll = first.voter.0;
    let fresh = votes
        .range((poll, first.position)..=(poll, u64::MAX))?
        .next()
        .is_none();
    if !fresh {
        for entry in run {
            votes.insert((poll, entry.position), frozen.generation.record(entry))?;
        }
        return Ok(());
    }
    let mut end = votes.upper_bound_mut(Bound::Included((poll, u64::MAX)))?;
    for entry in run {
        end.insert_before((poll, entry.position), frozen.generation.record(entry))?;
    }
    end.close()?;
    Ok(())
}

fn ballots_slice(desk: &mut Desk<'_>, frozen: &mut Frozen) -> Result<(), Fault> {
    let start = frozen.ballots_done;
    let end = (start + desk.memory.fold_slice).min(frozen.by_key.len());
    let numbers = frozen.by_key.get(start..end).unwrap_or_default().to_vec();
    let mut counted: Vec<Entry> = Vec::new();
    for number in numbers {
        let Some(entry) = frozen.generation.entry(number) else {
            continue;
        };
        if desk.memory.book.get(entry.voter.0).is_none() {
            continue;
        }
        if desk.ballots.insert(entry.voter, entry.position)?.is_none() {
            counted.push(entry);
        }
    }
    frozen.ballots_done = end;
    if desk.memory.sabotage.counts_apart() {
        return count_apart(desk, frozen, counted);
    }
    count(desk, frozen, &counted)
}

fn keys_slice(desk: &mut Desk<'_>, frozen: &mut Frozen) -> Result<(), Fault> {
    let end = (frozen.keys_done + desk.memory.fold_slice).min(frozen.keys.len());
    let slice = frozen.keys.get(frozen.keys_done..end).unwrap_or_default();
    desk.with_events(|_, tables| {
        for (digest, position) in slice {
            tables.keys.insert(digest, position)?;
        }
        Ok(())
    })?;
    frozen.keys_done = end;
    Ok(())
}

/// Adds votes whose voters are now indexed to their tallies. `counted` is in order of poll.
fn count(desk: &mut Desk<'_>, frozen: &mut Frozen, counted: &[Entry]) -> Result<(), Fault> {
    for votes in counted.chunk_by(|a, b| a.voter.0 == b.voter.0) {
        let Some(first) = votes.first() else { continue };
        let poll = first.voter.0;
        let mut folded = tally(desk, poll)?;
        for vote in votes {
            folded.add(vote.option);
            folded.touched(vote.position, vote.at);
        }
        put_tally(desk, poll, &folded)?;
        let votes = votes.iter().map(|vote| (vote.option, vote.at));
        vote_minutes::counted(desk.txn, poll, votes)?;
    }
    let capped = counted.iter().filter(|e| e.capped_address.is_some());
    let mut addresses = None;
    for entry in capped {
        let table = match &mut addresses {
            Some(table) => table,
            none => none.insert(desk.txn.open_table(tables::ADDRESSES)?),
        };
        let place = (entry.voter.0, entry.capped_address.unwrap_or(0));
        let before = table.get(place)?.map_or(0, |n| n.value());
        table.insert(place, before + 1)?;
        frozen.generation.address_folded(entry);
    }
    Ok(())
}

/// The planted bug of a counter in a transaction of its own: what was indexed here is counted one slice later.
fn count_apart(desk: &mut Desk<'_>, frozen: &mut Frozen, counted: Vec<Entry>) -> Result<(), Fault> {
    let owed = std::mem::replace(&mut frozen.owed, counted);
    count(desk, frozen, &owed)?;
    if frozen.ballots_done == frozen.by_key.len() {
        let rest = std::mem::take(&mut frozen.owed);
        count(desk, frozen, &rest)?;
    }
    Ok(())
}

fn tally(desk: &Desk<'_>, poll: u32) -> Result<Tally, Fault> {
    let tallies = desk.txn.open_table(tables::TALLIES)?;
    let row = tallies
        .get(poll)?
        .ok_or_else(|| Fault::file(format!("poll number {poll} has no tally")))?;
    records::tally_from_row(row.value())
}

fn touch_tally(desk: &mut Desk<'_>, poll: u32, position: u64, at: Millis) -> Result<(), Fault> {
    let mut folded = tally(desk, poll)?;
    folded.touched(position, at);
    put_tally(desk, poll, &folded)
}

fn put_tally(desk: &mut Desk<'_>, poll: u32, tally: &Tally) -> Result<(), Fault> {
    let row = records::tally_to_row(tally)?;
    desk.txn
        .open_table(tables::TALLIES)?
        .insert(poll, row.as_slice())?;
    Ok(())
}

fn put_poll(desk: &mut Desk<'_>, record: &PollRecord, number: u32) -> Result<(), Fault> {
    let row = record.to_row()?;
    desk.txn
        .open_table(tables::POLLS)?
        .insert(number, row.as_slice())?;
    Ok(())
}

/// Sweeps some rows of a deleted poll, and its tombstone with the last.
pub(super) fn sweep(desk: &mut Desk<'_>) -> Result<(), Fault> {
    let Some(poll) = desk.memory.tombstones.last().copied() else {
        return Ok(());
    };
    desk.wrote();
    let mut left = SWEEP;
    left -= remove_some(
        &mut desk.txn.open_table(tables::VOTES)?,
        (poll, 0)..=(poll, u64::MAX),
        left,
    )?;
    left -= remove_some(
        &mut desk.txn.open_table(tables::VOTE_MINUTES)?,
        (poll, i64::MIN)..=(poll, i64::MAX),
        left,
    )?;
    left -= remove_some(
        &mut desk.txn.open_table(tables::VOIDS)?,
        (poll, 0)..=(poll, u64::MAX),
        left,
    )?;
    left -= remove_some(
        &mut desk.txn.open_table(tables::ADDRESSES)?,
        (poll, 0)..=(poll, u64::MAX),
        left,
    )?;
    left -= remove_some(&mut desk.ballots, (poll, 0)..=(poll, u128::MAX), left)?;
    if left > 0 {
        desk.txn.open_table(tables::TALLIES)?.remove(poll)?;
        desk.txn.open_table(tables::POLLS)?.remove(poll)?;
        desk.memory.tombstones.pop();
    }
    Ok(())
}

/// Removes at most `limit` rows of `range`; how many there were.
fn remove_some<K, V>(
    table: &mut redb::Table<'_, K, V>,
    range: std::ops::RangeInclusive<K>,
    limit: usize,
) -> Result<usize, Fault>
where
    K: redb::Key + for<'a> redb::Value<SelfType<'a> = K> + Copy + 'static,
    V: redb::Value + 'static,
{
    let keys: Vec<K> = table
        .range::<K>(range)?
        .take(limit)
        .map(|row| row.map(|(key, _)| key.value()))
        .collect::<Result<_, _>>()?;
    for key in &keys {
        table.remove(*key)?;
    }
    Ok(keys.len())
}
