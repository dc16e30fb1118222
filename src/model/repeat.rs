//! A request that may come again: what it is known by, what makes it the same, and what it was answered.

use sha2::{Digest, Sha256};

use super::ids::IdempotencyKey;

/// How long an answer is kept for a repeat, in milliseconds: a day.
pub const KEPT_MS: i64 = 86_400_000;

/// What stands for a key and whose it is: two who use the same key do not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RepeatKey(pub u128);

impl RepeatKey {
    /// The key of `whose`.
    #[must_use]
    pub fn of(whose: &str, key: &IdempotencyKey) -> Self {
        let digest: [u8; 32] = digest(&[whose.as_bytes(), key.as_str().as_bytes()]);
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, byte)| *to = byte);
        Self(u128::from_be_bytes(half))
    }
}

/// What stands for all that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked(pub [u8; 32]);

impl Asked {
    /// Of a method, a path with its query, and a body, byte for byte.
    #[must_use]
    pub fn of(method: &str, target: &str, body: &[u8]) -> Self {
        Self(digest(&[method.as_bytes(), target.as_bytes(), body]))
    }
}

/// SHA-256 over parts, none of which can pass for another.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// An answer as it is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its `Content-Type`, if it has one.
    pub content_type: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What is known of a request when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is the first with its key, or the key is forgotten.
    No,
    /// It was asked before, and answered so.
    Same(KeptAnswer),
    /// Something else was asked under its key.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_pass_for_one_another() {
        let key = |text: &str| IdempotencyKey::parse(text).unwrap();
        assert_ne!(RepeatKey::of("a", &key("bc")), RepeatKey::of("ab", &key("c")));
        assert_eq!(RepeatKey::of("a", &key("b")), RepeatKey::of("a", &key("b")));
        assert_ne!(Asked::of("POST", "/a", b"b"), Asked::of("POST", "/ab", b""));
    }
}
