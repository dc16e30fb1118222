//! Sessions: who has signed in on the dashboard, so that no key stays in a browser.
//!
//! A session stands for a key. It is begun by whoever shows the key, or a one-time link made by somebody who holds it; it may
//! what the key may, and ends with it. Sessions live in memory, as the SHA-256 of what the browser has: nothing that lets
//! anybody in is in the data file or in a backup, and a restart asks everybody to sign in again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::model::key::KeyHash;
use crate::model::time::Millis;

/// How long a session lasts without a request, in milliseconds.
pub const IDLE_MS: i64 = 20 * 60 * 1_000;
/// How long it lasts at most, in milliseconds.
pub const WHOLE_MS: i64 = 12 * 60 * 60 * 1_000;
/// How long a link may wait to be opened, in milliseconds.
pub const LINK_MS: i64 = 10 * 60 * 1_000;
/// The most sessions at once: more than a team's browsers. The one that rested longest makes room.
const SESSIONS_MAX: usize = 256;
/// The most links that wait to be opened; the oldest makes room.
const LINKS_MAX: usize = 16;

/// What a browser holds, or a link: 256 random bits in hexadecimal. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A session, as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The key it stands for.
    pub key: KeyHash,
    /// When it began.
    pub begun_at: Millis,
    /// When it was last used.
    pub used_at: Millis,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    key: KeyHash,
    made_at: Millis,
}

type Hash = [u8; 32];

/// The sessions and links there are; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    sessions: HashMap<Hash, Session>,
    links: HashMap<Hash, Link>,
}

impl Token {
    fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token itself, for whom it was made.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Session {
    /// When it ends if nothing is asked any more.
    #[must_use]
    pub fn idle_ends_at(&self) -> Millis {
        Millis(self.used_at.0.saturating_add(IDLE_MS).min(self.ends_at().0))
    }

    /// When it ends whatever is asked.
    #[must_use]
    pub const fn ends_at(&self) -> Millis {
        Millis(self.begun_at.0.saturating_add(WHOLE_MS))
    }

    fn is_over(&self, now: Millis) -> bool {
        now >= self.idle_ends_at()
    }
}

impl Link {
    const fn is_over(&self, now: Millis) -> bool {
        now.0 >= self.made_at.0.saturating_add(LINK_MS)
    }
}

impl Sessions {
    /// Begins a session for whoever showed the key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn begin(&self, key: KeyHash, now: Millis) -> Result<(Token, Session), getrandom::Error> {
        let token = Token::new()?;
        let session = Session {
            key,
            begun_at: now,
            used_at: now,
        };
        let mut held = self.held();
        held.sessions.retain(|_, session| !session.is_over(now));
        if held.sessions.len() >= SESSIONS_MAX {
            let rested = held.sessions.iter().min_by_key(|(_, session)| session.used_at);
            let rested = rested.map(|(hash, _)| *hash);
            rested.and_then(|hash| held.sessions.remove(&hash));
        }
        held.sessions.insert(hash(&token.0), session);
        Ok((token, session))
    }

    /// The session of what a browser showed, which is thereby used.
    #[must_use]
    pub fn used(&self, shown: &str, now: Millis) -> Option<Session> {
        let mut held = self.held();
        let hash = hash(shown);
        let session = held.sessions.get_mut(&hash)?;
        if session.is_over(now) {
            held.sessions.remove(&hash);
            return None;
        }
        session.used_at = session.used_at.max(now);
        Some(*session)
    }

    /// The session of what a browser showed, which is not used by this.
    #[must_use]
    pub fn get(&self, shown: &str, now: Millis) -> Option<Session> {
        let session = self.held().sessions.get(&hash(shown)).copied()?;
        (!session.is_over(now)).then_some(session)
    }

    /// Ends the session of what a browser showed.
    pub fn end(&self, shown: &str) {
        self.held().sessions.remove(&hash(shown));
    }

    /// Makes a link that begins one session in the name of `key`.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn link(&self, key: KeyHash, now: Millis) -> Result<Token, getrandom::Error> {
        let token = Token::new()?;
        let mut held = self.held();
        held.links.retain(|_, link| !link.is_over(now));
        if held.links.len() >= LINKS_MAX {
            let oldest = held.links.iter().min_by_key(|(_, link)| link.made_at);
            let oldest = oldest.map(|(hash, _)| *hash);
            oldest.and_then(|hash| held.links.remove(&hash));
        }
        held.links.insert(hash(&token.0), Link { key, made_at: now });
        Ok(token)
    }

    /// The key that a link was made for. It is used up by this.
    #[must_use]
    pub fn open(&self, shown: &str, now: Millis) -> Option<KeyHash> {
        let link = self.held().links.remove(&hash(shown))?;
        (!link.is_over(now)).then_some(link.key)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens are found by their hash: how long that takes says nothing about them.
fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyHash = KeyHash([7; 32]);

    #[test]
    fn a_session_lasts_while_it_is_used_and_twelve_hours_at_most() {
        let sessions = Sessions::default();
        let (token, _) = sessions.begin(KEY, Millis(0)).unwrap();
        let mut now = 0;
        while now + IDLE_MS - 1 < WHOLE_MS {
            now += IDLE_MS - 1;
            assert!(sessions.used(token.expose(), Millis(now)).is_some(), "at {now}");
        }
        assert!(sessions.used(token.expose(), Millis(WHOLE_MS - 1)).is_some());
        assert!(sessions.used(token.expose(), Millis(WHOLE_MS)).is_none());

        let (token, session) = sessions.begin(KEY, Millis(0)).unwrap();
        assert_eq!(session.idle_ends_at(), Millis(IDLE_MS));
        assert!(
            sessions.get(token.expose(), Millis(IDLE_MS - 1)).is_some(),
            "looking is no use"
        );
        assert!(sessions.get(token.expose(), Millis(IDLE_MS)).is_none());
        assert!(sessions.used(token.expose(), Millis(IDLE_MS)).is_none());
        assert!(sessions.used(token.expose(), Millis(1)).is_none(), "it is gone");
    }

    #[test]
    fn a_link_opens_once_and_within_its_time() {
        let sessions = Sessions::default();
        let link = sessions.link(KEY, Millis(0)).unwrap();
        assert_eq!(sessions.open(link.expose(), Millis(LINK_MS - 1)), Some(KEY));
        assert_eq!(sessions.open(link.expose(), Millis(1)), None);
        let link = sessions.link(KEY, Millis(0)).unwrap();
        assert_eq!(sessions.open(link.expose(), Millis(LINK_MS)), None);
    }

    #[test]
    fn there_are_so_many_and_the_one_that_rested_longest_makes_room() {
        let sessions = Sessions::default();
        let begun: Vec<Token> = (0..=SESSIONS_MAX)
            .map(|n| sessions.begin(KEY, Millis(i64::try_from(n).unwrap())).unwrap().0)
            .collect();
        let now = Millis(1_000);
        assert!(sessions.used(begun[0].expose(), now).is_none());
        assert!(sessions.used(begun[1].expose(), now).is_some());
        for n in 0..=LINKS_MAX {
            sessions.link(KEY, Millis(i64::try_from(n).unwrap())).unwrap();
        }
        assert_eq!(sessions.held().links.len(), LINKS_MAX);
    }

    #[test]
    fn a_session_that_was_ended_is_over_and_tokens_do_not_show_themselves() {
        let sessions = Sessions::default();
        let (token, _) = sessions.begin(KEY, Millis(0)).unwrap();
        let (other, _) = sessions.begin(KEY, Millis(0)).unwrap();
        assert_ne!(token, other);
        sessions.end(token.expose());
        assert!(sessions.used(token.expose(), Millis(1)).is_none());
        assert!(sessions.used(other.expose(), Millis(1)).is_some());
        assert_eq!(format!("{token:?}"), "[secret]");
        assert!(!format!("{sessions:?}").contains(other.expose()));
    }
}
