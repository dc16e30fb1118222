//! The manifest: what a backup holds, written into it when it is made.

use redb::{ReadTransaction, ReadableTable};
use serde::{Deserialize, Serialize};

use crate::model::time::Millis;
use crate::store::codec::{self, Tag};
use crate::store::error::Fault;
use crate::store::tables;

/// Its row in the table `meta`.
pub(super) const ROW: &str = "backup";

const MANIFEST: Tag = Tag {
    kind: 140,
    version: 1,
};

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// When it was made.
    pub made_at: Millis,
    /// The version of Gantry that made it.
    pub version: String,
    /// The format of the data file.
    pub format: u32,
    /// The journal's next position: every fact before it is in the backup.
    pub position: u64,
    /// Every table.
    pub tables: Vec<TableSums>,
}

/// One table of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSums {
    /// Its name in the data file.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 over its rows in order of their keys: each key and each value, with its length as 64 bits before it.
    pub digest: [u8; 32],
}

impl Manifest {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The rows of one table, 0 where there is none.
    #[must_use]
    pub fn rows_of(&self, name: &str) -> u64 {
        let table = self.tables.iter().find(|table| table.name == name);
        table.map_or(0, |table| table.rows)
    }

    pub(super) fn to_row(&self) -> Result<Vec<u8>, Fault> {
        let table = |table: &TableSums| (table.name.clone(), table.rows, table.digest);
        let record = Record {
            made_at: self.made_at.0,
            version: self.version.clone(),
            format: self.format,
            position: self.position,
            tables: self.tables.iter().map(table).collect(),
        };
        codec::encode(MANIFEST, &record)
    }

    fn from_row(bytes: &[u8]) -> Result<Self, Fault> {
        let record: Record = codec::decode(MANIFEST, bytes)?;
        let table = |(name, rows, digest)| TableSums { name, rows, digest };
        Ok(Self {
            made_at: Millis(record.made_at),
            version: record.version,
            format: record.format,
            position: record.position,
            tables: record.tables.into_iter().map(table).collect(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Record {
    made_at: i64,
    version: String,
    format: u32,
    position: u64,
    tables: Vec<(String, u64, [u8; 32])>,
}

/// The manifest of a file that was made as a backup.
pub(super) fn of(txn: &ReadTransaction) -> Result<Option<Manifest>, Fault> {
    let row = txn.open_table(tables::META)?.get(ROW)?;
    row.map(|row| Manifest::from_row(row.value())).transpose()
}

/// The journal's next position.
pub(super) fn position(txn: &ReadTransaction) -> Result<u64, Fault> {
    let journal = txn.open_table(tables::JOURNAL)?;
    let last = journal.last()?.map_or(0, |(position, _)| position.value());
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    Ok((last + 1).max(cursor.map_or(0, |cursor| cursor.value())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_keeps_the_bytes_it_had_in_version_1() {
        let manifest = Manifest {
            made_at: Millis(5),
            version: "0.1.0".into(),
            format: 3,
            position: 300,
            tables: vec![TableSums {
                name: "polls".into(),
                rows: 2,
                digest: [1; 32],
            }],
        };
        let row = manifest.to_row().unwrap();
        let hex: String = row.iter().map(|b| format!("{b:02x}")).collect();
        let digest = "01".repeat(32);
        assert_eq!(hex, format!("8c010a05302e312e3003fb2c010105706f6c6c7302{digest}"));
        assert_eq!(Manifest::from_row(&row).unwrap(), manifest);
    }
}
