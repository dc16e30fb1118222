//! Spend: each entry recorded once, none changed, and some deleted.

use gantry::model::funnel::Label;
use gantry::model::ids::{IdempotencyKey, SpendNote};
use gantry::model::money::Money;
use gantry::model::spend::{Entry, Noted};
use gantry::model::time::Millis;
use gantry::model::time::day::Day;
use redb::{ReadableTable, TableDefinition};

use super::disk::{Chance, Disk, Trouble};
use super::ground::{START, assert_clean, settle, stage};
use super::planted::Plant;

const SPEND: TableDefinition<'_, (i32, u64), &[u8]> = TableDefinition::new("spend");
const SPEND_KEYS: TableDefinition<'_, u128, (i32, u64)> = TableDefinition::new("spend_keys");

/// An entry of so many ten-thousandths, of 1 December 2026 or so many days after it.
pub(crate) fn entry(number: i32, amount: i64) -> Entry {
    Entry {
        key: IdempotencyKey::parse(&format!("ad-{number}")).unwrap(),
        day: Day::from_number(20_788 + number).unwrap(),
        source: Label::named("google").unwrap(),
        campaign: Label::none(),
        amount: Money(amount),
        note: Some(SpendNote::parse("clicks").unwrap()),
    }
}

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("an entry of spend that is gone", "spend", |txn| {
        let mut table = txn.open_table(SPEND).unwrap();
        table.pop_first().unwrap().unwrap();
    }),
    ("an entry of spend on another day", "spend", |txn| {
        let mut table = txn.open_table(SPEND).unwrap();
        let ((day, position), row) = {
            let (place, row) = table.pop_first().unwrap().unwrap();
            (place.value(), row.value().to_vec())
        };
        table.insert((day - 1, position), row.as_slice()).unwrap();
    }),
    ("an entry of spend whose amount was changed", "spend", |txn| {
        let mut table = txn.open_table(SPEND).unwrap();
        let (place, mut row) = {
            let (place, row) = table.first().unwrap().unwrap();
            (place.value(), row.value().to_vec())
        };
        // Behind the amount stand a mark, a length, and the six letters of the note.
        let at = row.len() - 9;
        row[at] += 2;
        table.insert(place, row.as_slice()).unwrap();
    }),
    ("an entry of spend that could be recorded again", "spend", |txn| {
        txn.open_table(SPEND_KEYS).unwrap().pop_first().unwrap().unwrap();
    }),
    ("a key of no entry of spend", "spend", |txn| {
        txn.open_table(SPEND_KEYS)
            .unwrap()
            .insert(9, (1, 77_777))
            .unwrap();
    }),
];

fn all() -> std::ops::Range<Day> {
    Day::from_number(0).unwrap()..Day::from_number(100_000).unwrap()
}

#[test]
fn an_entry_counts_once_and_another_under_its_key_not_at_all() {
    let disk = Disk::new();
    let mut opened = stage(&disk);
    let batch = vec![entry(2, 5), entry(1, 7), entry(2, 5), entry(1, 8)];
    let mut noted = opened.record_spend(batch);
    opened.step(START).unwrap();
    assert_eq!(
        noted.answer().unwrap().unwrap(),
        [
            Noted::Recorded,
            Noted::Recorded,
            Noted::Duplicate,
            Noted::Conflict
        ]
    );
    let amounts = |stage: &gantry::store::stage::Stage| {
        let spent = stage.spend(&all()).unwrap();
        spent.iter().map(|spent| spent.entry.amount.0).collect::<Vec<_>>()
    };
    assert_eq!(amounts(&opened), [7, 5], "by day");
    drop(opened);

    let mut again = stage(&disk.after_exit());
    let mut noted = again.record_spend(vec![entry(1, 7), entry(3, -7)]);
    again.step(START).unwrap();
    assert_eq!(
        noted.answer().unwrap().unwrap(),
        [Noted::Duplicate, Noted::Recorded]
    );
    assert_eq!(amounts(&again), [7, 5, -7]);
    let one = entry(2, 0).day..entry(3, 0).day;
    assert_eq!(again.spend(&one).unwrap().len(), 1);
    assert_clean(&mut again, START);

    // What is cut off the journal is in the checkpoint.
    settle(&mut again, START);
    let mut cut = again.cut_journal(START.plus(1), u64::MAX);
    again.step(START.plus(1)).unwrap();
    assert_eq!(cut.answer().unwrap().unwrap(), 3);
    assert_eq!(amounts(&again), [7, 5, -7]);
    assert_clean(&mut again, START.plus(1));
}

#[test]
fn a_deleted_entry_is_in_no_sum_and_its_key_may_be_used_again() {
    let disk = Disk::new();
    let mut opened = stage(&disk);
    drop(opened.record_spend(vec![entry(1, 7), entry(2, 5)]));
    opened.step(START).unwrap();
    let key = |number| entry(number, 0).key;
    let mut deletions = [1, 1, 9].map(|number| opened.delete_spend(key(number)));
    opened.step(START).unwrap();
    let done = deletions.each_mut().map(|asked| asked.answer().unwrap().unwrap());
    assert_eq!(done, [true, false, false]);
    assert_clean(&mut opened, START);
    let amounts = |stage: &gantry::store::stage::Stage| {
        let spent = stage.spend(&all()).unwrap();
        spent.iter().map(|spent| spent.entry.amount.0).collect::<Vec<_>>()
    };
    assert_eq!(amounts(&opened), [5]);
    // Recorded and deleted before anything was written.
    let mut anew = opened.record_spend(vec![entry(1, 8), entry(3, 4)]);
    let mut gone = opened.delete_spend(key(3));
    opened.step(START).unwrap();
    assert_eq!(anew.answer().unwrap().unwrap(), [Noted::Recorded; 2]);
    assert!(gone.answer().unwrap().unwrap());
    assert_eq!(amounts(&opened), [8, 5]);
    drop(opened);

    let mut again = stage(&disk.after_exit());
    assert_clean(&mut again, START);
    settle(&mut again, START);
    // The facts go in parts: an entry before its deletion, and both.
    for left in [5, 3, 0] {
        let mut cut = again.cut_journal(Millis(0), left);
        again.step(START.plus(1)).unwrap();
        assert!(cut.answer().unwrap().unwrap() > 0);
        assert_clean(&mut again, START.plus(1));
    }
    assert_eq!(amounts(&again), [8, 5]);
    let mut rest = again.delete_spend(key(2));
    again.step(START.plus(1)).unwrap();
    assert!(rest.answer().unwrap().unwrap());
    assert_clean(&mut again, START.plus(1));
    assert_eq!(amounts(&again), [8]);
}

#[test]
fn the_power_cut_at_any_operation_leaves_all_entries_of_a_batch_or_none() {
    let mut seen = [0; 2];
    for operation in 1.. {
        let mut reached = false;
        for draw in 0..4 {
            let disk = Disk::new();
            let mut opened = stage(&disk);
            disk.expect(Trouble::PowerOffAt(operation));
            let mut noted = opened.record_spend(vec![entry(1, 7), entry(2, 5)]);
            let stepped = opened.step(START);
            let told = matches!(noted.answer(), Some(Ok(_)));
            reached |= stepped.is_err();
            drop(opened);
            disk.expect(Trouble::PowerOffAt(0));
            let after = disk.after_power_cut(&mut Chance::new(operation * 100 + draw));
            let mut again = stage(&after);
            let found = again.spend(&all()).unwrap().len();
            assert!(
                found == 2 || (found == 0 && !told),
                "operation {operation}: {found}"
            );
            seen[usize::from(found == 2)] += 1;
            assert_clean(&mut again, START.plus(1));
        }
        if !reached {
            break;
        }
    }
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}
