//! Occupancy: what takes up the data file.

use redb::{Key, ReadTransaction, ReadableTableMetadata, TableDefinition, TableHandle, Value};

use super::error::Fault;
use super::tables::{self, Visitor};

/// What takes up the data file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Every table.
    pub tables: Vec<TableSize>,
}

/// What one table takes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its name in the data file.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes its pages have, with what they leave empty.
    pub bytes: u64,
}

impl Occupancy {
    /// How many bytes all tables take up; the rest of the file is free for them.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes).sum()
    }
}

/// Walks every table: about a second for a GiB.
pub(super) fn occupancy(txn: &ReadTransaction) -> Result<Occupancy, Fault> {
    let mut walker = Walker {
        txn,
        found: Occupancy::default(),
    };
    tables::each(&mut walker)?;
    Ok(walker.found)
}

struct Walker<'w> {
    txn: &'w ReadTransaction,
    found: Occupancy,
}

impl Visitor for Walker<'_> {
    fn visit<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault> {
        let open = self.txn.open_table(table)?;
        let stats = open.stats()?;
        self.found.tables.push(TableSize {
            name: table.name().to_owned(),
            rows: open.len()?,
            bytes: stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes(),
        });
        Ok(())
    }
}
