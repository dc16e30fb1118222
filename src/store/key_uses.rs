//! When keys were last used, to the minute.

use redb::{ReadTransaction, ReadableTable};

use super::desk::Desk;
use super::error::Fault;
use super::verbs::Verb;
use super::verify::Check;
use super::{Store, tables};
use crate::model::key::KeyHash;
use crate::model::time::Millis;

/// Keys were used. Of a key that is not there, or not later than what is known, nothing is kept.
pub(super) struct NoteKeyUses {
    pub(super) uses: Vec<(KeyHash, Millis)>,
}

impl Verb for NoteKeyUses {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let mut table = desk.txn.open_table(tables::KEY_USES)?;
        for (key, at) in self.uses {
            let known = table.get(&key.0)?.map(|last| last.value());
            if desk.memory.keys.contains_key(&key) && known.is_none_or(|known| known < at.0) {
                table.insert(&key.0, at.0)?;
                desk.wrote();
            }
        }
        Ok(())
    }
}

/// Forgets when a key was used, which goes.
pub(super) fn forget(desk: &Desk<'_>, key: &KeyHash) -> Result<(), Fault> {
    desk.txn.open_table(tables::KEY_USES)?.remove(&key.0)?;
    Ok(())
}

impl Store {
    /// Keeps when keys were last used; of each the latest is kept.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn note_key_uses(&self, uses: Vec<(KeyHash, Millis)>) -> Result<(), Fault> {
        self.rare(NoteKeyUses { uses }).await
    }

    /// When each key was last used that was.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn key_uses(&self) -> Result<Vec<(KeyHash, Millis)>, Fault> {
        self.read(|db| {
            let table = db.begin_read()?.open_table(tables::KEY_USES)?;
            let rows = table.iter()?.map(|row| {
                let (key, at) = row?;
                Ok((KeyHash(*key.value()), Millis(at.value())))
            });
            rows.collect()
        })
        .await
    }
}

/// The invariant of uses.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new("key uses", "every last use is of a key that is there");
    let keys = txn.open_table(tables::KEYS)?;
    for row in txn.open_table(tables::KEY_USES)?.iter()? {
        let (key, _) = row?;
        let is_there = keys.get(key.value())?.is_some();
        check.see(is_there, || "a key that is not".to_owned());
    }
    Ok(check)
}
