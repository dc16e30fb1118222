//! The filler: free pages of the file are written over.
//!
//! redb gives a page back without touching what stands in it, and a compaction leaves some free. Rows that say nothing are
//! put into a table until no free page is left, which shows in the file growing; then the table goes.

use redb::{Database, TableDefinition, WriteTransaction};

use super::error::Fault;

/// There only while free pages are written over, or after a crash meanwhile, until the next compaction.
const FILLER: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("filler");
/// A row that takes a page of 4 KiB by itself, and none that is larger.
const ROW: [u8; 3_900] = [0; 3_900];
/// How many rows one transaction writes: 4 MiB.
const ROWS: u64 = 1_024;

/// Writes over every free page. `length` tells how long the file is: it may be up to twice as long at the end, in what no
/// page has been written to, until it is compacted.
pub(super) fn fill(db: &Database, length: impl Fn() -> Result<u64, Fault>) -> Result<(), Fault> {
    empty(db)?;
    let before = length()?;
    let mut next = 0;
    while length()? <= before {
        let txn = db.begin_write()?;
        write(&txn, next, &|| Ok(length()? <= before))?;
        txn.commit()?;
        next += ROWS;
    }
    empty(db)
}

fn write(txn: &WriteTransaction, first: u64, goes_on: &dyn Fn() -> Result<bool, Fault>) -> Result<(), Fault> {
    let mut rows = txn.open_table(FILLER)?;
    for number in first..first + ROWS {
        if !goes_on()? {
            break;
        }
        rows.insert(number, ROW.as_slice())?;
    }
    Ok(())
}

/// Takes the table away; the pages are free once the transaction after that one is durable.
fn empty(db: &Database) -> Result<(), Fault> {
    let txn = db.begin_write()?;
    txn.delete_table(FILLER)?;
    txn.commit()?;
    db.begin_write()?.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS_OF_OURS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("ours");
    const SECRET: &[u8] = b"ann.example@b.example";

    fn holds(path: &std::path::Path) -> bool {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(SECRET.len()).any(|part| part == SECRET)
    }

    #[test]
    fn no_free_page_holds_what_it_held_and_what_is_in_use_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.redb");
        let db = Database::create(&path).unwrap();
        for number in 0..300 {
            let txn = db.begin_write().unwrap();
            let row = if number % 2 == 0 { SECRET } else { b"kept" };
            txn.open_table(ROWS_OF_OURS).unwrap().insert(number, row).unwrap();
            txn.commit().unwrap();
        }
        for number in (0..300).step_by(2) {
            let txn = db.begin_write().unwrap();
            txn.open_table(ROWS_OF_OURS).unwrap().remove(number).unwrap();
            txn.commit().unwrap();
        }
        assert!(holds(&path), "redb leaves what it frees");
        let length = || {
            std::fs::metadata(&path)
                .map(|file| file.len())
                .map_err(Fault::file)
        };
        fill(&db, length).unwrap();
        assert!(!holds(&path));
        let txn = redb::ReadableDatabase::begin_read(&db).unwrap();
        let ours = txn.open_table(ROWS_OF_OURS).unwrap();
        assert_eq!(redb::ReadableTableMetadata::len(&ours).unwrap(), 150);
        assert!(txn.open_table(FILLER).is_err(), "the filler is gone");
    }
}
