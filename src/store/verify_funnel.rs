//! Verify, as far as the funnel goes: roll-ups are what the facts of windows add up to, and hold every conversion once.

use std::collections::BTreeMap;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::checkpoint::Checkpoint;
use super::error::Fault;
use super::facts::Fact;
use super::fold_funnel::each_row;
use super::funnel::swept;
use super::funnel_records::{
    Awaiting, Count, FunnelSums, Rollup, add_counts, conversion_from_row, dimension_number, level_number,
    touches_from_row,
};
use super::tables;
use super::verify::Check;
use crate::model::funnel::{Dimension, LABELS_MOST, Level, Totals};

/// Every check of the funnel.
pub(super) fn checks(txn: &ReadTransaction) -> Result<Vec<Check>, Fault> {
    let told = Told::read(txn)?;
    Ok(vec![
        rollups(txn, &told)?,
        dimensions(txn)?,
        conversions(txn, &told)?,
        touches(txn)?,
    ])
}

/// What the facts say.
struct Told {
    /// Of the facts that are cut off the journal.
    cut: FunnelSums,
    /// Of all facts.
    all: FunnelSums,
    /// What the facts of the journal added to each row of the roll-ups.
    rows: BTreeMap<(u8, u8, i64), Vec<Count>>,
    /// The first conversion that has not entered the roll-ups, as the last of the facts says.
    folded: Option<u64>,
}

impl Told {
    fn read(txn: &ReadTransaction) -> Result<Self, Fault> {
        let checkpoint = Checkpoint::load(&txn.open_table(tables::CHECKPOINT)?)?;
        let mut told = Self {
            all: checkpoint.funnel.clone(),
            cut: checkpoint.funnel,
            rows: BTreeMap::new(),
            folded: None,
        };
        for row in txn
            .open_table(tables::JOURNAL)?
            .range(checkpoint.head.position..)?
        {
            let (_, bytes) = row?;
            match Fact::read(bytes.value())? {
                Fact::Window(fact) => {
                    told.all.add_window(&fact);
                    told.folded = Some(fact.folded);
                    each_row(&fact, |place, _, counts| {
                        add_counts(told.rows.entry(place).or_default(), counts);
                    });
                }
                Fact::Converted(fact) => told.all.add_conversion(&fact),
                _ => {}
            }
        }
        Ok(told)
    }

    /// Whether every fact of a row is in the journal still.
    fn knows_all_of(&self, (level, _, starts): (u8, u8, i64)) -> bool {
        let latest = self.cut.latest.get(usize::from(level));
        latest.is_none_or(|latest| starts > *latest)
    }
}

fn rollups(txn: &ReadTransaction, told: &Told) -> Result<Check, Fault> {
    let mut check = Check::new(
        "rollups",
        "every roll-up is what the facts of its windows add up to, and days hold all visits and conversions there were",
    );
    let swept = swept(txn)?;
    let table = txn.open_table(tables::ROLLUPS)?;
    let is_swept = |(level, _, starts): (u8, u8, i64)| {
        let swept = swept.get(usize::from(level));
        swept.is_some_and(|swept| starts < swept.0)
    };
    let shown =
        |(level, dimension, starts): (u8, u8, i64)| format!("level {level}, dimension {dimension}, {starts}");
    let mut days = FunnelSums::default();
    for row in table.iter()? {
        let (place, bytes) = row?;
        let place = place.value();
        let Ok(rollup) = Rollup::from_row(bytes.value()) else {
            check.see(false, || shown(place));
            continue;
        };
        let told_of = told.rows.get(&place);
        let holds = match told.knows_all_of(place) && !is_swept(place) {
            true => told_of == Some(&rollup.counts),
            false => true,
        };
        let in_order = rollup.counts.is_sorted_by(|a, b| a.label < b.label);
        check.see(holds && in_order && rollup.ends > place.2, || shown(place));
        if place.0 == level_number(Level::Day) {
            add_day(&mut days, place.1, &rollup.counts);
        }
    }
    for place in told.rows.keys() {
        if told.knows_all_of(*place) && !is_swept(*place) && table.get(*place)?.is_none() {
            check.see(false, || format!("{} is missing", shown(*place)));
        }
    }
    let all = &told.all;
    let sums = |of: &FunnelSums| (of.visits, of.apart, of.folded, of.folded_value);
    check.see(sums(&days) == sums(all), || {
        format!("days hold {:?}, the facts {:?}", sums(&days), sums(all))
    });
    Ok(check)
}

fn add_day(days: &mut FunnelSums, dimension: u8, counts: &[Count]) {
    let sum = sum(counts);
    if dimension == dimension_number(Dimension::All) {
        days.visits += sum.visits;
        days.folded += sum.conversions;
        days.folded_value = days.folded_value.saturating_add(sum.value.0);
    } else if dimension == dimension_number(Dimension::Apart) {
        days.apart += sum.visits;
    }
}

fn sum(counts: &[Count]) -> Totals {
    let totals = counts.iter().map(Count::totals);
    totals.fold(Totals::default(), Totals::and)
}

fn dimensions(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "dimensions",
        "in every window each visit and each conversion has one label along every dimension, and no more labels than a day tells apart",
    );
    let table = txn.open_table(tables::ROLLUPS)?;
    for row in table.iter()? {
        let (place, bytes) = row?;
        let (level, dimension, starts) = place.value();
        let Some(of) = Dimension::OF_VISITS
            .into_iter()
            .find(|of| dimension_number(*of) == dimension)
        else {
            continue;
        };
        let all = table.get((level, dimension_number(Dimension::All), starts))?;
        let (Ok(rollup), Some(all)) = (Rollup::from_row(bytes.value()), all) else {
            check.see(false, || format!("level {level}, {starts}, {}", of.as_str()));
            continue;
        };
        let whole = Rollup::from_row(all.value()).unwrap_or_default();
        // What has no place of its own is one more label.
        let few = rollup.counts.len() <= LABELS_MOST + 1;
        check.see(few && sum(&rollup.counts) == sum(&whole.counts), || {
            format!("level {level}, {starts}, {}", of.as_str())
        });
    }
    Ok(check)
}

fn conversions(txn: &ReadTransaction, told: &Told) -> Result<Check, Fault> {
    let mut check = Check::new(
        "conversions",
        "every conversion is there, its key leads to it, and it entered the roll-ups once if it is before their cursor",
    );
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::CONVERSIONS_FOLDED)?;
    let cursor = cursor.map_or(0, |position| position.value());
    check.see(told.folded.is_none_or(|folded| folded == cursor), || {
        format!("the facts fold up to {:?}, the cursor is {cursor}", told.folded)
    });
    let table = txn.open_table(tables::CONVERSIONS)?;
    let (mut folded, mut value) = (0_u64, 0_i64);
    for row in table.iter()? {
        let (position, bytes) = row?;
        let position = position.value();
        let read = conversion_from_row(bytes.value());
        // Nobody is named for longer than it takes to attribute them.
        let settled = |(_, awaited): &Awaiting| awaited.is_none() || position >= cursor;
        check.see(read.as_ref().is_ok_and(settled), || {
            format!("position {position}")
        });
        if let (Ok((conversion, _)), true) = (read, position < cursor) {
            folded += 1;
            value = value.saturating_add(conversion.value.unwrap_or_default().0);
        }
    }
    let all = &told.all;
    check.see((folded, value) == (all.folded, all.folded_value), || {
        format!(
            "{folded} worth {value} are folded, {} worth {} in the roll-ups",
            all.folded, all.folded_value
        )
    });
    let held = table.len()?;
    check.see(held == all.conversions, || {
        format!("{} by the facts, {held} in the table", all.conversions)
    });
    for row in txn.open_table(tables::CONVERSION_KEYS)?.iter()? {
        let (key, position) = row?;
        let there = table.get(position.value())?.is_some();
        check.see(there, || format!("the key {:032x}", key.value()));
    }
    let journal = txn.open_table(tables::JOURNAL)?;
    let keys = txn.open_table(tables::CONVERSION_KEYS)?;
    for row in journal.iter()? {
        let (position, bytes) = row?;
        if let Fact::Converted(fact) = Fact::read(bytes.value())? {
            let position = position.value();
            let led = fact.key.map(|key| keys.get(key)).transpose()?.flatten();
            let led = fact.key.is_none() || led.is_some_and(|at| at.value() == position);
            check.see(led && table.get(position)?.is_some(), || {
                format!("position {position}")
            });
        }
    }
    Ok(check)
}

fn touches(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "visitors",
        "nobody is remembered of a day whose salt is gone, and where visitors came from can be read",
    );
    let salts = txn.open_table(tables::VISITOR_SALTS)?;
    let oldest = salts.first()?.map(|(day, _)| day.value());
    for row in txn.open_table(tables::VISITOR_TOUCHES)?.iter()? {
        let (place, bytes) = row?;
        let (day, visitor) = place.value();
        // Those of a day that has just ended are swept in steps, the oldest first.
        let of_a_day = oldest.is_some_and(|oldest| day < oldest) || salts.get(day)?.is_some();
        check.see(of_a_day && touches_from_row(bytes.value()).is_ok(), || {
            format!("day {day}, visitor {visitor:032x}")
        });
    }
    Ok(check)
}
