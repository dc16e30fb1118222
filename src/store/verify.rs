//! Verify: does the file hold what its facts say?
//!
//! It reads one snapshot. Each invariant has a name, is counted over every row it speaks of, and names the first rows
//! that break it.

use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::codec;
use super::error::Fault;
use super::facts::Fact;
use super::records::{self, PollRecord, Voted};
use super::{
    alerts, audit, dead_groups, event_blocks, export, key_uses, launch, launch_steps, people, repeats,
    replays, schedules, spend, tables, verify_checkpoint, verify_events, verify_funnel, verify_rows,
    vote_minutes,
};
use crate::model::poll::Poll;
use crate::model::tally::Tally;

/// How many broken rows a check names.
const MAX_NAMED: usize = 10;

/// The file and the writer's memory, both of one instant.
pub(super) struct Snapshot {
    pub(super) txn: ReadTransaction,
    pub(super) standings: Vec<(u32, Tally)>,
}

/// What verify found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One entry for each invariant, in a fixed order.
    pub checks: Vec<Check>,
}

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, as in `--json`.
    pub name: &'static str,
    /// What must hold, in a sentence.
    pub rule: &'static str,
    /// How many rows it was checked on.
    pub rows: u64,
    /// How many rows break it.
    pub broken: u64,
    /// The first rows that break it.
    pub examples: Vec<String>,
}

impl Report {
    /// Whether every invariant holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.checks.iter().all(|check| check.broken == 0)
    }
}

impl Check {
    pub(super) const fn new(name: &'static str, rule: &'static str) -> Self {
        Self {
            name,
            rule,
            rows: 0,
            broken: 0,
            examples: Vec::new(),
        }
    }

    pub(super) fn see(&mut self, holds: bool, row: impl FnOnce() -> String) {
        super::aside::breathe();
        self.rows += 1;
        if !holds {
            self.broken += 1;
            if self.examples.len() < MAX_NAMED {
                self.examples.push(row());
            }
        }
    }
}

/// Checks every invariant.
pub(super) fn verify(snapshot: &Snapshot) -> Result<Report, Fault> {
    let file = Tables::open(&snapshot.txn)?;
    let mut counted = Counted::default();
    let mut checks = vec![
        journal_is_whole(&file)?,
        votes_have_voters(&file, &mut counted)?,
        voters_have_votes(&file)?,
        tallies_equal_votes(&file, &counted)?,
        voids_have_votes(&file)?,
        addresses_equal_votes(&file, &counted)?,
        journal_equals_votes(&file)?,
        memory_equals_file(&file, &snapshot.standings)?,
    ];
    checks.extend(verify_events::checks(&snapshot.txn)?);
    checks.extend(verify_rows::checks(&snapshot.txn)?);
    checks.push(replays::check(&snapshot.txn)?);
    checks.push(schedules::check(&snapshot.txn)?);
    checks.push(people::check(&snapshot.txn)?);
    checks.push(verify_checkpoint::check(&snapshot.txn)?);
    checks.extend(verify_funnel::checks(&snapshot.txn)?);
    checks.push(spend::check(&snapshot.txn)?);
    checks.push(vote_minutes::check(&snapshot.txn)?);
    checks.push(event_blocks::check(&snapshot.txn)?);
    checks.push(dead_groups::check(&snapshot.txn)?);
    checks.push(launch::check(&snapshot.txn)?);
    checks.push(launch_steps::check(&snapshot.txn)?);
    checks.push(alerts::check(&snapshot.txn)?);
    checks.push(audit::check(&snapshot.txn)?);
    checks.push(repeats::check(&snapshot.txn)?);
    checks.push(key_uses::check(&snapshot.txn)?);
    checks.push(export::check(&snapshot.txn)?);
    Ok(Report { checks })
}

type Rows<K, V> = redb::ReadOnlyTable<K, V>;

struct Tables {
    journal: Rows<u64, &'static [u8]>,
    votes: Rows<(u32, u64), &'static [u8]>,
    voids: Rows<(u32, u64), i64>,
    ballots: Rows<(u32, u128), u64>,
    tallies: Rows<u32, &'static [u8]>,
    addresses: Rows<(u32, u64), u32>,
    /// Polls that are not deleted.
    polls: HashMap<u32, Poll>,
    /// The first position that is not folded.
    cursor: u64,
}

/// What the votes themselves add up to.
#[derive(Default)]
struct Counted {
    by_option: HashMap<(u32, u16), u64>,
    by_address: HashMap<(u32, u64), u32>,
}

impl Tables {
    fn open(txn: &ReadTransaction) -> Result<Self, Fault> {
        let mut polls = HashMap::new();
        for row in txn.open_table(tables::POLLS)?.iter()? {
            let (number, bytes) = row?;
            let record = PollRecord::from_row(bytes.value())?;
            if record.deleted_at.is_none() {
                polls.insert(number.value(), record.poll()?);
            }
        }
        Ok(Self {
            journal: txn.open_table(tables::JOURNAL)?,
            votes: txn.open_table(tables::VOTES)?,
            voids: txn.open_table(tables::VOIDS)?,
            ballots: txn.open_table(tables::BALLOTS)?,
            tallies: txn.open_table(tables::TALLIES)?,
            addresses: txn.open_table(tables::ADDRESSES)?,
            polls,
            cursor: txn
                .open_table(tables::CURSORS)?
                .get(tables::FOLD)?
                .map_or(0, |p| p.value()),
        })
    }

    fn index_of(&self, voted: &Voted<'_>) -> Result<Option<u64>, Fault> {
        Ok(self
            .ballots
            .get((voted.poll, voted.voter()?))?
            .map(|position| position.value()))
    }
}

fn journal_is_whole(file: &Tables) -> Result<Check, Fault> {
    let mut check = Check::new(
        "journal",
        "positions follow one another without a gap, and every fact can be read",
    );
    let mut expected = None;
    for row in file.journal.iter()? {
        let (position, bytes) = row?;
        let position = position.value();
        let readable = Fact::read(bytes.value()).is_ok();
        check.see(readable && expected.is_none_or(|e| e == position), || {
            format!("position {position}")
        });
        expected = Some(position + 1);
    }
    Ok(check)
}

fn votes_have_voters(file: &Tables, counted: &mut Counted) -> Result<Check, Fault> {
    let mut check = Check::new("votes", "every folded vote is indexed under its voter");
    for row in file.votes.iter()? {
        let (place, bytes) = row?;
        let (number, position) = place.value();
        let Some(poll) = file.polls.get(&number) else {
            continue;
        };
        let voted = Voted::from_row(bytes.value())?;
        let indexed = file.index_of(&voted)? == Some(position);
        if !indexed && position >= file.cursor {
            // Its slice is folded, its voter's is not: still the mirror's.
            continue;
        }
        let known = usize::from(voted.option) < poll.draft.options.len();
        check.see(indexed && known && voted.poll == number, || {
            format!("poll {number}, position {position}")
        });
        if let (true, Some(address)) = (poll.draft.per_address.is_some(), voted.address) {
            *counted.by_address.entry((number, address)).or_default() += 1;
        }
        if file.voids.get((number, position))?.is_none() {
            *counted.by_option.entry((number, voted.option)).or_default() += 1;
        }
    }
    Ok(check)
}

fn voters_have_votes(file: &Tables) -> Result<Check, Fault> {
    let mut check = Check::new("voters", "every indexed voter has the vote it points to");
    for row in file.ballots.iter()? {
        let (voter, position) = row?;
        let ((number, digest), position) = (voter.value(), position.value());
        if !file.polls.contains_key(&number) {
            continue;
        }
        let vote = file.votes.get((number, position))?;
        let held = match &vote {
            Some(bytes) => {
                let voted = Voted::from_row(bytes.value())?;
                voted.voter()? == digest
            }
            None => false,
        };
        check.see(held, || format!("poll {number}, position {position}"));
    }
    Ok(check)
}

fn tallies_equal_votes(file: &Tables, counted: &Counted) -> Result<Check, Fault> {
    let mut check = Check::new(
        "tallies",
        "every tally equals the votes behind it, option by option",
    );
    for (number, poll) in &file.polls {
        let row = file.tallies.get(number)?;
        let tally = row
            .map(|bytes| records::tally_from_row(bytes.value()))
            .transpose()?
            .unwrap_or_default();
        for (option, known) in (0_u16..).zip(&poll.draft.options) {
            let stored = tally.counts.get(usize::from(option)).copied();
            let votes = counted.by_option.get(&(*number, option)).copied().unwrap_or(0);
            check.see(stored == Some(votes), || {
                let stored = stored.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
                format!(
                    "poll {}, option {}: {stored} stored, {votes} counted",
                    poll.draft.id, known.id
                )
            });
        }
    }
    Ok(check)
}

fn voids_have_votes(file: &Tables) -> Result<Check, Fault> {
    let mut check = Check::new("voids", "every voided vote is there");
    for row in file.voids.iter()? {
        let (place, _) = row?;
        let (number, position) = place.value();
        if file.polls.contains_key(&number) {
            let there = file.votes.get((number, position))?.is_some();
            check.see(there, || format!("poll {number}, position {position}"));
        }
    }
    Ok(check)
}

fn addresses_equal_votes(file: &Tables, counted: &Counted) -> Result<Check, Fault> {
    let mut check = Check::new(
        "addresses",
        "where a poll caps addresses, each has the number of votes stored for it",
    );
    let mut rows = 0;
    for row in file.addresses.iter()? {
        let (place, stored) = row?;
        let (number, address) = place.value();
        if !file.polls.contains_key(&number) {
            continue;
        }
        rows += 1;
        let votes = counted.by_address.get(&(number, address)).copied().unwrap_or(0);
        check.see(votes == stored.value(), || {
            format!("poll {number}, address {address:016x}")
        });
    }
    let all = counted.by_address.len();
    check.see(rows == all, || {
        format!("{all} addresses have votes, {rows} are stored")
    });
    Ok(check)
}

fn journal_equals_votes(file: &Tables) -> Result<Check, Fault> {
    let mut check = Check::new(
        "fold",
        "every vote the journal holds below the cursor stands in the tables, byte for byte",
    );
    for row in file.journal.range(..file.cursor)? {
        let (position, bytes) = row?;
        let (tag, body) = codec::split(bytes.value())?;
        if !Voted::is(tag) {
            continue;
        }
        let voted = Voted::read(tag, body)?;
        if file.polls.contains_key(&voted.poll) {
            let vote = file.votes.get((voted.poll, position.value()))?;
            let same = vote.is_some_and(|vote| vote.value() == bytes.value());
            check.see(same, || format!("position {}", position.value()));
        }
    }
    Ok(check)
}

fn memory_equals_file(file: &Tables, standings: &[(u32, Tally)]) -> Result<Check, Fault> {
    let mut check = Check::new(
        "answers",
        "what the server answers equals the tables and the journal's tail",
    );
    let mut tail: HashMap<(u32, u16), u64> = HashMap::new();
    for row in file.journal.range(file.cursor..)? {
        let (position, bytes) = row?;
        let (tag, body) = codec::split(bytes.value())?;
        if Voted::is(tag) {
            let voted = Voted::read(tag, body)?;
            if file.index_of(&voted)? != Some(position.value()) {
                *tail.entry((voted.poll, voted.option)).or_default() += 1;
            }
        }
    }
    for (number, answered) in standings {
        let row = file.tallies.get(number)?;
        let stored = row
            .map(|bytes| records::tally_from_row(bytes.value()))
            .transpose()?
            .unwrap_or_default();
        for (option, count) in (0_u16..).zip(&answered.counts) {
            let folded = stored.counts.get(usize::from(option)).copied().unwrap_or(0);
            let waiting = tail.get(&(*number, option)).copied().unwrap_or(0);
            check.see(*count == folded + waiting, || {
                format!(
                    "poll {number}, option {option}: {count} answered, {} held",
                    folded + waiting
                )
            });
        }
    }
    let polls = standings.len() as u64;
    check.see(polls == file.polls.len() as u64, || {
        format!("{polls} polls answered, {} held", file.polls.len())
    });
    Ok(check)
}

/// How many rows each table has.
pub(super) fn rows(snapshot: &Snapshot) -> Result<Vec<(&'static str, u64)>, Fault> {
    let file = Tables::open(&snapshot.txn)?;
    Ok(vec![
        ("journal", file.journal.len()?),
        ("votes", file.votes.len()?),
        ("voters", file.ballots.len()?),
        ("voids", file.voids.len()?),
        ("polls", file.polls.len() as u64),
        ("events", snapshot.txn.open_table(tables::EVENTS)?.len()?),
        ("deliveries", snapshot.txn.open_table(tables::DELIVERIES)?.len()?),
        (
            "conversions",
            snapshot.txn.open_table(tables::CONVERSIONS)?.len()?,
        ),
    ])
}
