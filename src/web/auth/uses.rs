//! When keys were used, to the minute: noted in memory as they are, for whoever keeps it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use crate::model::key::KeyHash;
use crate::model::time::Millis;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Uses since they were last taken out; clones share them. There are no more than keys.
#[derive(Clone, Default)]
pub struct KeyUses(Arc<RwLock<HashMap<KeyHash, AtomicI64>>>);

impl KeyUses {
    /// A key is used. A repeat within its minute waits for nobody and writes nothing.
    pub fn note(&self, key: KeyHash, at: Millis) {
        let minute = at.0.div_euclid(MINUTE_MS) * MINUTE_MS;
        {
            let uses = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(last) = uses.get(&key) {
                if last.load(Relaxed) < minute {
                    last.fetch_max(minute, Relaxed);
                }
                return;
            }
        }
        let mut uses = self.0.write().unwrap_or_else(PoisonError::into_inner);
        uses.entry(key).or_default().fetch_max(minute, Relaxed);
    }

    /// When a key was last used, as far as that was not taken out.
    #[must_use]
    pub fn of(&self, key: &KeyHash) -> Option<Millis> {
        let uses = self.0.read().unwrap_or_else(PoisonError::into_inner);
        uses.get(key).map(|last| Millis(last.load(Relaxed)))
    }

    /// Takes all of them out.
    #[must_use]
    pub fn take(&self) -> Vec<(KeyHash, Millis)> {
        let mut uses = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let taken = uses.drain().map(|(key, last)| (key, Millis(last.into_inner())));
        taken.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_of_its_minute_and_the_last_one_counts() {
        let (uses, key) = (KeyUses::default(), KeyHash([7; 32]));
        assert_eq!(uses.of(&key), None);
        for at in [3 * MINUTE_MS + 17, 4 * MINUTE_MS + 59_999, 2 * MINUTE_MS] {
            uses.note(key, Millis(at));
        }
        assert_eq!(uses.of(&key), Some(Millis(4 * MINUTE_MS)));
        assert_eq!(uses.take(), [(key, Millis(4 * MINUTE_MS))]);
        assert!(uses.of(&key).is_none() && uses.take().is_empty());
    }
}
