//! Upgrades: a file of an older format becomes one of this, in one transaction. It is on probation meanwhile: nothing of
//! it is on disk before the whole has proved to be readable.

use std::fs::File;
use std::io;
use std::path::Path;

use redb::{Database, ReadTransaction, ReadableDatabase};

use super::backup::Draft;
use super::checkpoint::Checkpoint;
use super::error::Fault;
use super::{dead_groups, event_blocks, recover, space, tables, vote_minutes};

/// The format that the file has.
pub(super) fn format(txn: &ReadTransaction) -> Result<u32, Fault> {
    let meta = txn.open_table(tables::META)?;
    let format = meta.get("format")?.and_then(|row| row.value().try_into().ok());
    let format = format.ok_or_else(|| Fault::file("its format is missing"))?;
    Ok(u32::from_le_bytes(format))
}

/// Brings the file to [`tables::FORMAT`]: the format that it had.
pub(super) fn upgrade(db: &Database) -> Result<u32, Fault> {
    let before = db.begin_read()?;
    let found = format(&before)?;
    if found >= tables::FORMAT {
        return Ok(found);
    }
    let txn = db.begin_write()?;
    if found < 2 {
        recover::create_event_tables(&txn)?;
        // The sums below are read from what is committed: of events there is nothing yet.
        Checkpoint::of_polls(&before)?.save(&txn)?;
    } else if found < 3 {
        Checkpoint::of_tables(&before)?.save(&txn)?;
    }
    recover::create_lane_tables(&txn)?;
    recover::create_plan_tables(&txn)?;
    recover::create_funnel_tables(&txn)?;
    recover::create_summary_tables(&txn)?;
    recover::create_launch_tables(&txn)?;
    recover::create_desk_tables(&txn)?;
    recover::create_export_tables(&txn)?;
    if found < 8 {
        // What is there already would be counted twice.
        vote_minutes::build(&txn)?;
        event_blocks::build(&txn)?;
        dead_groups::build(&txn)?;
    }
    let format = tables::FORMAT.to_le_bytes();
    txn.open_table(tables::META)?
        .insert("format", format.as_slice())?;
    txn.commit()?;
    Ok(found)
}

/// Copies a file of an older format as it is to `NAME.format-N` beside it, before anything in it changes.
pub(super) fn keep_old(path: &Path, found: u32) -> io::Result<()> {
    if found >= tables::FORMAT {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".format-{found}"));
    let to = path.with_file_name(name);
    let mut old = File::open(path)?;
    let needed = space::room_for_copy(old.metadata()?.len());
    let draft = Draft::beside(&to)?;
    let free = space::free_bytes(draft.directory())?;
    if free < needed {
        return Err(io::Error::other(format!(
            "its format is upgraded, and a copy is kept before: that needs {needed} bytes, and {free} are free"
        )));
    }
    io::copy(&mut old, &mut draft.file()?)?;
    draft.sync()?;
    draft.keep(&to, true)
}
