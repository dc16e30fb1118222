//! Upgrades: a file of an older format becomes one of this, in one transaction. It is on probation meanwhile: nothing of
//! it is on disk before the whole has proved to be readable.

use redb::{Database, ReadTransaction, ReadableDatabase};

use super::checkpoint::Checkpoint;
use super::error::Fault;
use super::{recover, tables};

/// The format that the file has.
pub(super) fn format(txn: &ReadTransaction) -> Result<u32, Fault> {
    let meta = txn.open_table(tables::META)?;
    let format = meta.get("format")?.and_then(|row| row.value().try_into().ok());
    let format = format.ok_or_else(|| Fault::file("its format is missing"))?;
    Ok(u32::from_le_bytes(format))
}

/// Brings the file to [`tables::FORMAT`], whatever it has.
pub(super) fn upgrade(db: &Database) -> Result<(), Fault> {
    let before = db.begin_read()?;
    let found = format(&before)?;
    if found >= tables::FORMAT {
        return Ok(());
    }
    let txn = db.begin_write()?;
    if found < 2 {
        recover::create_event_tables(&txn)?;
        // The sums below are read from what is committed: of events there is nothing yet.
        Checkpoint::of_polls(&before)?.save(&txn)?;
    } else {
        Checkpoint::of_tables(&before)?.save(&txn)?;
    }
    let format = tables::FORMAT.to_le_bytes();
    txn.open_table(tables::META)?
        .insert("format", format.as_slice())?;
    txn.commit()?;
    Ok(())
}
