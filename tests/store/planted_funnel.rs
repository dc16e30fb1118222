//! Planted corruption of what is counted of visits and conversions.

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::planted::Plant;

type Bytes = &'static [u8];

const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("cursors");
const ROLLUPS: TableDefinition<'_, (u8, u8, i64), Bytes> = TableDefinition::new("rollups");
const CONVERSIONS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("conversions");
const CONVERSION_KEYS: TableDefinition<'_, u128, u64> = TableDefinition::new("conversion_keys");
const SALTS: TableDefinition<'_, i64, &[u8; 16]> = TableDefinition::new("visitor_salts");
const TOUCHES: TableDefinition<'_, (i64, u128), Bytes> = TableDefinition::new("visitor_touches");

/// The last row of the roll-ups whose level and dimension these are.
fn rollup(txn: &WriteTransaction, (level, dimension): (u8, u8)) -> ((u8, u8, i64), Vec<u8>) {
    let table = txn.open_table(ROLLUPS).unwrap();
    let of = (level, dimension, i64::MIN)..(level, dimension, i64::MAX);
    let (place, row) = table.range(of).unwrap().next_back().unwrap().unwrap();
    (place.value(), row.value().to_vec())
}

fn put(txn: &WriteTransaction, place: (u8, u8, i64), row: &[u8]) {
    txn.open_table(ROLLUPS).unwrap().insert(place, row).unwrap();
}

/// Adds a visit to the label that stands last in a row: behind its visits stand its conversions and their worth, a byte each.
fn add_visit((place, mut row): ((u8, u8, i64), Vec<u8>), txn: &WriteTransaction) {
    let at = row.len() - 3;
    row[at] += 1;
    put(txn, place, &row);
}

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("a window with a visit too many", "rollups", |txn| {
        add_visit(rollup(txn, (0, 1)), txn);
    }),
    ("a day with a visit too many", "rollups", |txn| {
        add_visit(rollup(txn, (3, 0)), txn);
    }),
    ("a window that is gone", "rollups", |txn| {
        let (place, _) = rollup(txn, (1, 2));
        txn.open_table(ROLLUPS).unwrap().remove(place).unwrap();
    }),
    ("a window of which no fact tells", "rollups", |txn| {
        let ((level, dimension, starts), row) = rollup(txn, (0, 0));
        put(txn, (level, dimension, starts + 5_000), &row);
    }),
    ("visits without a source", "dimensions", |txn| {
        add_visit(rollup(txn, (2, 1)), txn);
    }),
    ("sources of a window that has no visits", "dimensions", |txn| {
        let (place, _) = rollup(txn, (0, 0));
        txn.open_table(ROLLUPS).unwrap().remove(place).unwrap();
    }),
    ("a conversion that is gone", "conversions", |txn| {
        let table = txn.open_table(CONVERSIONS).unwrap();
        let first = table.first().unwrap().unwrap().0.value();
        drop(table);
        txn.open_table(CONVERSIONS).unwrap().remove(first).unwrap();
    }),
    ("a conversion whose key is free", "conversions", |txn| {
        let table = txn.open_table(CONVERSION_KEYS).unwrap();
        let first = table.first().unwrap().unwrap().0.value();
        drop(table);
        txn.open_table(CONVERSION_KEYS).unwrap().remove(first).unwrap();
    }),
    ("a key of no conversion", "conversions", |txn| {
        let mut table = txn.open_table(CONVERSION_KEYS).unwrap();
        table.insert(9, 77_777).unwrap();
    }),
    ("conversions that will be counted again", "conversions", |txn| {
        let mut table = txn.open_table(CURSORS).unwrap();
        table.insert("conversions_folded", 0).unwrap();
    }),
    ("a conversion that was never told of", "conversions", |txn| {
        let table = txn.open_table(CONVERSIONS).unwrap();
        let row = table.first().unwrap().unwrap().1.value().to_vec();
        drop(table);
        let mut table = txn.open_table(CONVERSIONS).unwrap();
        table.insert(77_777, row.as_slice()).unwrap();
    }),
    ("a visitor of a day whose salt is gone", "visitors", |txn| {
        let table = txn.open_table(SALTS).unwrap();
        let first = table.first().unwrap().unwrap().0.value();
        drop(table);
        let mut table = txn.open_table(SALTS).unwrap();
        table.remove(first).unwrap();
        table.insert(first - 1, &[1; 16]).unwrap();
    }),
    ("touches that nobody can read", "visitors", |txn| {
        let table = txn.open_table(TOUCHES).unwrap();
        let place = table.first().unwrap().unwrap().0.value();
        drop(table);
        let mut table = txn.open_table(TOUCHES).unwrap();
        table.insert(place, [162, 1].as_slice()).unwrap();
    }),
];
