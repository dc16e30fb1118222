//! The cache: pages by key, within a bound of bytes.
//!
//! Under one key lie the pages of requests that differ in what they vary by, or a note that its answers are not shared. What
//! was asked for once makes room before what is asked for often, so a flood of keys does not push the pages of a launch out.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::HeaderName;
use quick_cache::sync::{Cache as Shards, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::policy;
use super::stored::Stored;
use crate::metrics::Gauge;
use crate::model::time::Millis;

/// The most pages under one key: more would be one for each visitor.
const PAGES_MAX: usize = 16;
/// What a key takes besides its text and its pages, about.
const OVERHEAD: usize = 256;
/// What is expected of a page with its key, for the first size of the index.
const USUAL_BYTES: u64 = 16 * 1024;
/// A page may take this share of all.
const LARGEST_SHARE: u64 = 8;
/// The largest page, whatever the capacity.
const LARGEST: u64 = 32 << 20;

/// What is known of one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// The newest first.
    stored: Vec<Arc<Stored>>,
    /// What the last answer varied by.
    pub(super) varies_by: Vec<HeaderName>,
    /// Its answers are not shared, until then.
    alone_until: Option<Millis>,
    /// The last answer to somebody in particular could have been shared.
    pub(super) is_promising: bool,
}

impl Slot {
    /// The page that was made for such a request.
    pub(super) fn of(&self, asked: &HeaderMap) -> Option<&Arc<Stored>> {
        self.stored
            .iter()
            .find(|stored| policy::matches(&stored.draft.varied, asked))
    }

    /// Whether its answers are not shared.
    pub(super) fn is_alone(&self, now: Millis) -> bool {
        self.alone_until.is_some_and(|until| now < until)
    }

    pub(super) fn stored(&self) -> &[Arc<Stored>] {
        &self.stored
    }

    fn weight(&self) -> usize {
        self.stored.iter().map(|stored| stored.weight()).sum()
    }
}

#[derive(Clone, Copy, Debug)]
struct ByBytes;

impl Weighter<Arc<str>, Arc<Slot>> for ByBytes {
    fn weight(&self, key: &Arc<str>, slot: &Arc<Slot>) -> u64 {
        u64::try_from(OVERHEAD + key.len() + slot.weight()).unwrap_or(u64::MAX)
    }
}

type Slots = Shards<Arc<str>, Arc<Slot>, ByBytes>;

/// Pages by key.
#[derive(Debug)]
pub(super) struct Cache {
    slots: Slots,
    /// One writer at a time, so that two pages under one key do not lose each other.
    writing: Mutex<()>,
    purges: AtomicU64,
    bytes: Gauge,
    largest: u64,
    capacity: u64,
}

impl Cache {
    /// A cache of at most so many bytes; what it holds is shown in `shown`.
    pub(super) fn new(capacity: u64, shown: Gauge) -> Self {
        let options = OptionsBuilder::new()
            .shards(2)
            .weight_capacity(capacity)
            .estimated_items_capacity(usize::try_from(capacity / USUAL_BYTES).unwrap_or(1 << 16))
            .build();
        let slots = match options {
            Ok(options) => Slots::with_options(
                options,
                ByBytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Slots::with_weighter(1 << 12, capacity, ByBytes),
        };
        Self {
            slots,
            writing: Mutex::default(),
            purges: AtomicU64::new(0),
            bytes: shown,
            largest: (capacity / LARGEST_SHARE).min(LARGEST),
            capacity,
        }
    }

    /// The largest body that is stored, in bytes.
    pub(super) const fn largest(&self) -> u64 {
        self.largest
    }

    /// What it may hold, in bytes.
    pub(super) const fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Slot>> {
        self.slots.get(key)
    }

    /// What is under a key, without making it more wanted.
    pub(super) fn peek(&self, key: &str) -> Option<Arc<Slot>> {
        self.slots.peek(key)
    }

    /// Stores a page in the place of the one that was made for such a request.
    pub(super) fn put(&self, key: &str, stored: Arc<Stored>) {
        self.change(key, |slot| {
            slot.stored
                .retain(|other| other.draft.varied != stored.draft.varied);
            slot.varies_by = stored.draft.vary.fields().to_vec();
            slot.alone_until = None;
            slot.stored.insert(0, stored);
            slot.stored.truncate(PAGES_MAX);
        });
    }

    /// Puts `newer` in the place of `older`, if that is still there.
    pub(super) fn swap(&self, key: &str, older: &Arc<Stored>, newer: Arc<Stored>) {
        if self.peek(key).is_none() {
            return;
        }
        self.change(key, |slot| {
            if let Some(place) = slot.stored.iter_mut().find(|stored| Arc::ptr_eq(stored, older)) {
                *place = newer;
            }
        });
    }

    /// Notes that the answers under a key are not shared, until then; what is stored goes.
    pub(super) fn leave_alone(&self, key: &str, until: Millis) {
        self.change(key, |slot| {
            slot.stored.clear();
            slot.is_promising = false;
            slot.alone_until = Some(until);
        });
    }

    /// Notes that the next answer under a key may be shared.
    pub(super) fn note_promise(&self, key: &str) {
        if !self.peek(key).is_some_and(|slot| slot.is_promising) {
            self.change(key, |slot| {
                slot.is_promising = true;
                slot.alone_until = None;
            });
        }
    }

    /// Takes what is under one key out.
    pub(super) fn forget(&self, key: &str) {
        if self.slots.remove(key).is_some() {
            self.show();
        }
    }

    /// Takes all pages under the keys that `is_meant` out. Returns how many.
    pub(super) fn remove(&self, is_meant: impl Fn(&str, &Slot) -> bool) -> usize {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.purges.fetch_add(1, Ordering::Relaxed);
        let removed = AtomicUsize::new(0);
        self.slots.retain(|key, slot| {
            let goes = is_meant(key, slot);
            if goes {
                removed.fetch_add(slot.stored.len(), Ordering::Relaxed);
            }
            !goes
        });
        self.show();
        removed.into_inner()
    }

    /// Makes all pages under the keys that `is_meant` stale. Returns how many.
    pub(super) fn make_stale(&self, is_meant: impl Fn(&str, &Slot) -> bool) -> usize {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.purges.fetch_add(1, Ordering::Relaxed);
        let meant = self.slots.iter().filter(|(key, slot)| is_meant(key, slot));
        let pages = meant.flat_map(|(_, slot)| slot.stored.clone());
        pages.map(|stored| stored.make_stale()).count()
    }

    /// How often pages were purged. What was asked for before the last purge may be what was meant by it.
    pub(super) fn purges(&self) -> u64 {
        self.purges.load(Ordering::Relaxed)
    }

    /// Every key and what is under it.
    pub(super) fn all(&self) -> Vec<(Arc<str>, Arc<Slot>)> {
        self.slots.iter().collect()
    }

    /// The bytes it holds.
    pub(super) fn bytes(&self) -> u64 {
        self.slots.weight()
    }

    fn change(&self, key: &str, change: impl FnOnce(&mut Slot)) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.slots.peek(key);
        let mut slot = known.map(|slot| (*slot).clone()).unwrap_or_default();
        change(&mut slot);
        self.slots.insert(Arc::from(key), Arc::new(slot));
        self.show();
    }

    fn show(&self) {
        self.bytes.set(self.slots.weight());
    }
}

#[cfg(test)]
mod tests;
