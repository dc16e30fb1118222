//! The book: what the store keeps in memory to answer without a disk read, and what of it readers may see.
//!
//! The writer works on its own copy, ahead of the disk by at most the commit in flight; readers see a poll's standing
//! only once it is durable.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::desk::Memory;
use crate::model::delivery::{Destination, DestinationNumber};
use crate::model::ids::PollId;
use crate::model::key::{ApiKey, KeyHash};
use crate::model::poll::{Poll, PollNumber};
use crate::model::tally::Tally;
use crate::model::time::Millis;

/// The most polls a data file holds at once.
pub const MAX_POLLS: usize = 10_000;

/// A poll and its standing, at one instant.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The poll.
    pub poll: Arc<Poll>,
    /// Its votes.
    pub tally: Arc<Tally>,
}

/// The writer's polls: everything decided so far, the open transaction included.
#[derive(Default)]
pub(super) struct Book {
    by_id: HashMap<PollId, PollNumber>,
    polls: HashMap<PollNumber, Entry>,
    changed: Vec<PollId>,
}

pub(super) struct Entry {
    pub(super) poll: Arc<Poll>,
    pub(super) tally: Tally,
    changed: bool,
}

impl Book {
    pub(super) fn len(&self) -> usize {
        self.polls.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Entry> {
        self.polls.get(self.by_id.get(id)?)
    }

    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        self.polls.get(&PollNumber(number))
    }

    /// The entry, which readers will see anew after the commit.
    pub(super) fn change(&mut self, number: u32) -> Option<&mut Entry> {
        let entry = self.polls.get_mut(&PollNumber(number))?;
        if !entry.changed {
            entry.changed = true;
            self.changed.push(entry.poll.draft.id.clone());
        }
        Some(entry)
    }

    pub(super) fn put(&mut self, poll: Poll, tally: Tally) {
        let (id, number) = (poll.draft.id.clone(), poll.number);
        self.changed.push(id.clone());
        self.by_id.insert(id, number);
        self.polls.insert(
            number,
            Entry {
                poll: Arc::new(poll),
                tally,
                changed: true,
            },
        );
    }

    pub(super) fn remove(&mut self, number: u32) {
        if let Some(entry) = self.polls.remove(&PollNumber(number)) {
            let id = entry.poll.draft.id.clone();
            self.by_id.remove(&id);
            self.changed.push(id);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.polls.values()
    }

    /// Shows readers what has changed since the last time, and says what that is.
    pub(super) fn publish(&mut self, published: &Published) -> Vec<PollId> {
        let changed = std::mem::take(&mut self.changed);
        if changed.is_empty() {
            return changed;
        }
        let mut shown = published.polls.write().unwrap_or_else(PoisonError::into_inner);
        for id in &changed {
            let Some(entry) = self.by_id.get(id).and_then(|number| self.polls.get_mut(number)) else {
                shown.remove(id);
                continue;
            };
            entry.changed = false;
            shown.insert(
                id.clone(),
                Standing {
                    poll: entry.poll.clone(),
                    tally: Arc::new(entry.tally.clone()),
                },
            );
        }
        changed
    }
}

/// What readers see: durable, and read without waiting for the disk.
#[derive(Default)]
pub(super) struct Published {
    polls: RwLock<HashMap<PollId, Standing>>,
    keys: RwLock<HashMap<KeyHash, Arc<ApiKey>>>,
    destinations: RwLock<(Vec<Destination>, Option<Millis>)>,
}

impl Published {
    pub(super) fn standing(&self, id: &str) -> Option<Standing> {
        self.polls
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub(super) fn standings(&self) -> Vec<Standing> {
        self.polls
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(super) fn key(&self, hash: &KeyHash) -> Option<Arc<ApiKey>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    pub(super) fn keys(&self) -> Vec<Arc<ApiKey>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(super) fn destinations(&self) -> Vec<Destination> {
        self.destinations
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    pub(super) fn destination(&self, number: DestinationNumber) -> Option<Destination> {
        let shown = self.destinations.read().unwrap_or_else(PoisonError::into_inner);
        shown.0.iter().find(|known| known.number == number).cloned()
    }

    pub(super) fn delivery_paused(&self) -> Option<Millis> {
        self.destinations.read().unwrap_or_else(PoisonError::into_inner).1
    }

    pub(super) fn replace_destinations(&self, memory: &Memory) {
        let mut shown: Vec<Destination> = memory.destinations.values().cloned().collect();
        shown.sort_unstable_by_key(|destination| destination.number);
        *self.destinations.write().unwrap_or_else(PoisonError::into_inner) = (shown, memory.delivery_paused);
    }

    pub(super) fn replace_keys(&self, keys: &HashMap<KeyHash, ApiKey>) {
        let shown = keys
            .iter()
            .map(|(hash, key)| (*hash, Arc::new(key.clone())))
            .collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}
