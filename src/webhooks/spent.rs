//! Tokens that were used: a signature that does not cover the body holds for one event only.
//!
//! Kept in memory, for as long as a timestamp can be taken for a present one. What a token was used for before a restart is
//! not known after it; then only the event's own id tells a repeat.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::model::ids::IdempotencyKey;
use crate::model::time::Millis;

/// How long a token is remembered, in milliseconds: a timestamp may be five minutes ahead, and holds five minutes more.
const KEPT_MS: i64 = 11 * 60_000;
/// The most tokens; beyond, the oldest are forgotten. At the limit of one address they come in twenty minutes.
const TOKENS_MOST: usize = 65_536;

/// Which tokens were used, and for which events.
#[derive(Debug, Default)]
pub(super) struct Spent(Mutex<Tokens>);

#[derive(Debug, Default)]
struct Tokens {
    used: HashMap<String, IdempotencyKey>,
    oldest: VecDeque<(Millis, String)>,
}

impl Spent {
    /// Uses a token for the event of this key; false where it was used for another.
    pub(super) fn spend(&self, token: String, key: &IdempotencyKey, now: Millis) -> bool {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.forget(now);
        if let Some(known) = tokens.used.get(&token) {
            return known == key;
        }
        tokens.oldest.push_back((now, token.clone()));
        tokens.used.insert(token, key.clone());
        true
    }
}

impl Tokens {
    fn forget(&mut self, now: Millis) {
        while let Some((at, _)) = self.oldest.front() {
            if now.0 - at.0 <= KEPT_MS && self.oldest.len() < TOKENS_MOST {
                return;
            }
            if let Some((_, token)) = self.oldest.pop_front() {
                self.used.remove(&token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).unwrap()
    }

    #[test]
    fn a_token_holds_for_one_event_until_its_timestamp_no_longer_does() {
        let spent = Spent::default();
        let spend = |token: &str, event: &str, at| spent.spend(token.to_owned(), &key(event), Millis(at));
        assert!(spend("t-1", "e-1", 1_000));
        assert!(spend("t-1", "e-1", 2_000), "the same again");
        assert!(!spend("t-1", "e-2", 3_000), "around another body");
        assert!(!spend("t-1", "e-2", 1_000 + KEPT_MS));
        assert!(spend("t-1", "e-2", 1_001 + KEPT_MS), "its timestamp has passed");
    }

    #[test]
    fn tokens_are_bounded() {
        let spent = Spent::default();
        for n in 0..=TOKENS_MOST {
            assert!(spent.spend(format!("t-{n}"), &key("e"), Millis(0)));
        }
        let tokens = spent.0.lock().unwrap();
        assert_eq!(
            (tokens.used.len(), tokens.oldest.len()),
            (TOKENS_MOST, TOKENS_MOST)
        );
        assert!(!tokens.used.contains_key("t-0"));
    }
}
