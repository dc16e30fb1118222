//! The mirror: the votes, and the keys of events, that are in the journal but not yet folded into the tables.
//!
//! They gather in the *growing* generation. When it is large or old enough it is frozen, folded slice by slice while
//! the next one grows, and dropped. Together with the tables the mirror answers who has voted and which keys are taken;
//! it is rebuilt from the journal's tail at every start, so that losing it loses nothing.

use std::collections::HashMap;

use super::records::Voted;
use crate::model::time::Millis;

/// The most votes and keys the mirror holds; beyond it a commit folds before it admits more. About 200 bytes each.
pub(super) const MAX_UNFOLDED: usize = 400_000;

/// (poll, digest of the user).
pub(super) type Voter = (u32, u128);

/// What is not yet folded.
#[derive(Default)]
pub(super) struct Mirror {
    pub(super) frozen: Option<Frozen>,
    pub(super) growing: Generation,
}

/// Votes in the order they came, and keys.
#[derive(Default)]
pub(super) struct Generation {
    by_voter: HashMap<Voter, u32>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    addresses: HashMap<(u32, u64), u32>,
    /// The digest of an event's key → the event's position.
    keys: HashMap<u128, u64>,
    first_position: Option<u64>,
    /// When the oldest came.
    pub(super) since: Option<Millis>,
}

/// A vote for the mirror.
pub(super) struct Unfolded<'a> {
    /// Its position in the journal.
    pub(super) position: u64,
    /// The digest of its user.
    pub(super) digest: u128,
    pub(super) voted: &'a Voted<'a>,
    /// The journal's bytes of it.
    pub(super) record: &'a [u8],
    /// Whether its poll has a cap per address.
    pub(super) capped: bool,
}

/// One vote of a generation.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) voter: Voter,
    pub(super) position: u64,
    pub(super) at: Millis,
    pub(super) option: u16,
    /// Set where the poll has a cap per address.
    pub(super) capped_address: Option<u64>,
    start: usize,
    end: usize,
}

/// A generation being folded: first its votes in order of position, then its voters in order of key, then the keys of
/// events in order.
pub(super) struct Frozen {
    pub(super) generation: Generation,
    /// The first position after it.
    pub(super) end: u64,
    /// Entry numbers in order of (poll, position).
    pub(super) by_position: Vec<u32>,
    /// Entry numbers in order of (poll, digest).
    pub(super) by_key: Vec<u32>,
    /// Keys of events with their positions, in order.
    pub(super) keys: Vec<(u128, u64)>,
    /// How many of each are done.
    pub(super) votes_done: usize,
    pub(super) ballots_done: usize,
    pub(super) keys_done: usize,
    /// Indexed but not counted: only ever filled by a planted bug.
    pub(super) owed: Vec<Entry>,
}

impl Mirror {
    /// The record of this voter's vote, if it is here.
    pub(super) fn find(&self, voter: Voter) -> Option<&[u8]> {
        let frozen = self.frozen.as_ref().map(|f| &f.generation);
        [Some(&self.growing), frozen]
            .into_iter()
            .flatten()
            .find_map(|generation| generation.find(voter))
    }

    /// The position of the event with this key, if it is here.
    pub(super) fn find_key(&self, digest: u128) -> Option<u64> {
        let frozen = self.frozen.as_ref().map(|f| &f.generation);
        let mut generations = [Some(&self.growing), frozen].into_iter().flatten();
        generations.find_map(|generation| generation.keys.get(&digest).copied())
    }

    /// How many votes from this address are here.
    pub(super) fn count_of_address(&self, poll: u32, address: u64) -> u32 {
        let frozen = self.frozen.as_ref().map(|f| &f.generation);
        let generations = [Some(&self.growing), frozen].into_iter().flatten();
        generations
            .filter_map(|g| g.addresses.get(&(poll, address)))
            .sum()
    }

    /// How many votes and keys are here.
    pub(super) fn len(&self) -> usize {
        self.growing.len() + self.frozen.as_ref().map_or(0, |f| f.generation.len())
    }

    /// Makes the growing generation the one to fold. `end` is the position after its last.
    pub(super) fn freeze(&mut self, end: u64) {
        debug_assert!(self.frozen.is_none(), "one generation folds at a time");
        self.frozen = Some(Frozen::of(std::mem::take(&mut self.growing), end));
    }
}

impl Generation {
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.keys.len()
    }

    /// The position of its oldest.
    pub(super) const fn first_position(&self) -> Option<u64> {
        self.first_position
    }

    fn find(&self, voter: Voter) -> Option<&[u8]> {
        let entry = self.entries.get(*self.by_voter.get(&voter)? as usize)?;
        Some(self.record(entry))
    }

    /// The journal's bytes of this vote.
    pub(super) fn record(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.start..entry.end).unwrap_or_default()
    }

    pub(super) fn entry(&self, number: u32) -> Option<Entry> {
        self.entries.get(number as usize).copied()
    }

    /// Adds the key of the event at `position`, which came at `at`.
    pub(super) fn push_key(&mut self, digest: u128, position: u64, at: Millis) {
        self.keys.insert(digest, position);
        self.first_position.get_or_insert(position);
        self.since.get_or_insert(at);
    }

    /// Adds a vote.
    pub(super) fn push(&mut self, vote: &Unfolded<'_>) {
        let Unfolded {
            position,
            digest,
            voted,
            record,
            capped,
        } = vote;
        let voter = (voted.poll, *digest);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record);
        let capped_address = voted.address.filter(|_| *capped);
        if let Some(address) = capped_address {
            *self.addresses.entry((voted.poll, address)).or_default() += 1;
        }
        self.by_voter
            .insert(voter, u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.first_position.get_or_insert(*position);
        self.since.get_or_insert(Millis(voted.at));
        let (at, option, end) = (Millis(voted.at), voted.option, self.bytes.len());
        self.entries.push(Entry {
            voter,
            position: *position,
            at,
            option,
            capped_address,
            start,
            end,
        });
    }

    /// Notes that the table now counts this entry's address.
    pub(super) fn address_folded(&mut self, entry: &Entry) {
        let Some(address) = entry.capped_address else {
            return;
        };
        if let Some(count) = self.addresses.get_mut(&(entry.voter.0, address)) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Frozen {
    /// The position of its oldest.
    pub(super) fn first_position(&self) -> u64 {
        self.generation.first_position().unwrap_or(self.end)
    }

    /// Whether all of it is folded.
    pub(super) fn is_done(&self) -> bool {
        self.votes_done == self.by_position.len()
            && self.ballots_done == self.by_key.len()
            && self.keys_done == self.keys.len()
    }

    fn of(generation: Generation, end: u64) -> Self {
        let all = 0..u32::try_from(generation.entries.len()).unwrap_or(u32::MAX);
        let key = |n: &u32| generation.entry(*n).map(|e| e.voter);
        let place = |n: &u32| generation.entry(*n).map(|e| (e.voter.0, e.position));
        let mut by_position: Vec<u32> = all.clone().collect();
        by_position.sort_unstable_by_key(place);
        let mut by_key: Vec<u32> = all.collect();
        by_key.sort_unstable_by_key(key);
        let mut keys: Vec<(u128, u64)> = generation.keys.iter().map(|(k, p)| (*k, *p)).collect();
        keys.sort_unstable();
        Self {
            generation,
            end,
            by_position,
            by_key,
            keys,
            votes_done: 0,
            ballots_done: 0,
            keys_done: 0,
            owed: Vec::new(),
        }
    }
}
