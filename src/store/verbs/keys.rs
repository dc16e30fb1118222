//! API keys.

use super::Verb;
use crate::model::key::{ApiKey, KeyHash, Scope};
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::key_uses;
use crate::store::records;
use crate::store::tables;

/// The most keys a data file holds.
pub const MAX_KEYS: usize = 1_000;

/// What became of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCreated {
    /// It is there now.
    New,
    /// Another key has this name.
    NameTaken,
    /// The file holds as many keys as it may.
    TooMany,
}

/// Make a key; with `replace`, in the place of the one of the same name.
pub(crate) struct PutKey {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) hash: KeyHash,
    pub(crate) replace: Replace,
}

/// Whether a new key may take another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    Yes,
    No,
}

impl Verb for PutKey {
    type Outcome = KeyCreated;

    fn room(&self) -> u64 {
        4_096
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<KeyCreated, Fault> {
        let Self {
            name,
            scope,
            hash,
            replace,
        } = self;
        let taken = desk
            .memory
            .keys
            .values()
            .find(|key| key.name == name)
            .map(|key| key.hash);
        if taken.is_some() && replace == Replace::No {
            return Ok(KeyCreated::NameTaken);
        }
        if desk.memory.keys.len() >= MAX_KEYS {
            return Ok(KeyCreated::TooMany);
        }
        let key = ApiKey {
            name,
            scope,
            hash,
            created_at: desk.stamp,
        };
        {
            let mut keys = desk.txn.open_table(tables::KEYS)?;
            if let Some(old) = taken {
                keys.remove(&old.0)?;
                key_uses::forget(desk, &old)?;
                desk.memory.keys.remove(&old);
            }
            keys.insert(&hash.0, records::key_to_row(&key)?.as_slice())?;
        }
        desk.memory.keys.insert(hash, key);
        desk.memory.keys_changed = true;
        desk.wrote();
        Ok(KeyCreated::New)
    }
}

/// Take a key back.
pub(crate) struct RevokeKey {
    pub(crate) name: String,
}

impl Verb for RevokeKey {
    /// Whether there was such a key.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let Some(hash) = desk
            .memory
            .keys
            .values()
            .find(|k| k.name == self.name)
            .map(|k| k.hash)
        else {
            return Ok(false);
        };
        desk.txn.open_table(tables::KEYS)?.remove(&hash.0)?;
        key_uses::forget(desk, &hash)?;
        desk.memory.keys.remove(&hash);
        desk.memory.keys_changed = true;
        desk.wrote();
        Ok(true)
    }
}
