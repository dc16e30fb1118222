//! The fold of the funnel: from what was counted to the roll-ups.
//!
//! A window's visits, and conversions that have not entered the roll-ups, are made one fact, and the fact is folded into a
//! row for each level and dimension, all in one transaction: so nothing enters twice, and what comes late enters the
//! windows in which it happened. Which labels a day tells apart is decided here, by the day's own rows.

use std::collections::BTreeMap;

use redb::{ReadableTable, WriteTransaction};

use super::error::Fault;
use super::funnel_records::{Count, Rollup, Slice, WindowFact, add_counts, dimension_number, level_number};
use super::tables;
use crate::model::funnel::{
    Conversion, Dimension, LABELS_RESERVED, Label, Level, RESERVED_VISITS_LEAST, Totals, Touches, Window,
    admitted,
};
use crate::model::time::Millis;
use crate::model::time::zone::Zone;

/// What is about to be counted, by window of five seconds, dimension and label.
#[derive(Default)]
pub(super) struct Gathered(BTreeMap<i64, BTreeMap<Dimension, BTreeMap<String, Totals>>>);

impl Gathered {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, at: Millis, (dimension, label): (Dimension, &str), totals: Totals) {
        let window = Level::FiveSeconds.span(at, &Zone::default()).starts;
        let labels = self.0.entry(window.0).or_default().entry(dimension).or_default();
        let counted = labels.entry(label.to_owned()).or_default();
        *counted = counted.and(totals);
    }

    /// Adds a window's visits.
    pub(super) fn add_window(&mut self, window: &Window) {
        let visits = |visits| Totals {
            visits,
            ..Totals::default()
        };
        if window.visits > 0 {
            let all = (Dimension::All, Dimension::WHOLE);
            self.add(window.at, all, visits(window.visits));
        }
        for (dimension, labels) in Dimension::OF_VISITS.into_iter().zip(&window.labels) {
            for (label, count) in labels {
                self.add(window.at, (dimension, label.as_str()), visits(*count));
            }
        }
        for (reason, count) in &window.apart {
            self.add(window.at, (Dimension::Apart, reason.as_str()), visits(*count));
        }
    }

    /// Adds a conversion: where its visitor's last touch came from.
    pub(super) fn add_conversion(&mut self, conversion: &Conversion) {
        let totals = Totals {
            visits: 0,
            conversions: 1,
            value: conversion.value.unwrap_or_default(),
        };
        let at = conversion.at;
        self.add(at, (Dimension::All, Dimension::WHOLE), totals);
        self.add(at, (Dimension::Goal, conversion.goal.as_str()), totals);
        let labels = last_labels(conversion.touches.as_ref());
        for (dimension, label) in Dimension::OF_VISITS.into_iter().zip(labels) {
            self.add(at, (dimension, label), totals);
        }
    }

    /// The slices of the fact, with labels that their day does not tell apart counted as [`Label::OTHER`].
    pub(super) fn slices(self, txn: &WriteTransaction, zone: &Zone) -> Result<Vec<Slice>, Fault> {
        let mut known = Known::default();
        let mut slices = Vec::with_capacity(self.0.len());
        for (at, dimensions) in self.0 {
            let spans = Level::ALL.map(|level| level.span(Millis(at), zone));
            let [.., day] = spans;
            let mut rows = Vec::with_capacity(dimensions.len());
            for (dimension, labels) in dimensions {
                let counts = match Dimension::OF_VISITS.contains(&dimension) {
                    true => known.of(txn, (day.starts, dimension))?.admit(labels),
                    false => labels
                        .into_iter()
                        .map(|(label, totals)| Count::of(label, totals))
                        .collect(),
                };
                rows.push((dimension_number(dimension), counts));
            }
            slices.push(Slice {
                spans: spans.map(|span| (span.starts.0, span.ends.0)),
                rows,
            });
        }
        Ok(slices)
    }
}

/// The labels of the last touch, along [`Dimension::OF_VISITS`].
fn last_labels(touches: Option<&Touches>) -> [&str; 5] {
    let none = Label::NONE;
    touches.map_or([Label::DIRECT, none, none, none, none], |touches| {
        let of = &touches.last.origin;
        [&of.source, &of.campaign, &of.referrer, &of.path, &of.variant].map(Label::as_str)
    })
}

/// The labels that days tell apart, as far as they were asked for.
#[derive(Default)]
struct Known(BTreeMap<(i64, Dimension), Labels>);

/// The labels that a day tells apart along a dimension.
struct Labels(std::collections::BTreeSet<String>);

impl Known {
    fn of(
        &mut self,
        txn: &WriteTransaction,
        (day, dimension): (Millis, Dimension),
    ) -> Result<&mut Labels, Fault> {
        use std::collections::btree_map::Entry;
        match self.0.entry((day.0, dimension)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let labels = day_labels(txn, (day, dimension))?;
                Ok(place.insert(Labels(labels.collect())))
            }
        }
    }
}

impl Labels {
    /// What is counted under which label: those that come most find a place first.
    fn admit(&mut self, labels: BTreeMap<String, Totals>) -> Vec<Count> {
        let often =
            |totals: &Totals| totals.visits + totals.conversions.saturating_mul(RESERVED_VISITS_LEAST);
        let mut labels: Vec<(String, Totals)> = labels.into_iter().collect();
        labels.sort_by(|(a, of_a), (b, of_b)| often(of_b).cmp(&often(of_a)).then_with(|| a.cmp(b)));
        let mut counts = Vec::with_capacity(labels.len().min(self.0.len() + LABELS_RESERVED));
        for (label, totals) in labels {
            let told_apart = self.0.contains(&label) || admitted(self.0.len(), often(&totals));
            match told_apart {
                true => {
                    self.0.insert(label.clone());
                    add_counts(&mut counts, &[Count::of(label, totals)]);
                }
                false => add_counts(&mut counts, &[Count::of(Label::OTHER, totals)]),
            }
        }
        counts
    }
}

/// The labels that a day tells apart so far.
pub(super) fn day_labels(
    txn: &WriteTransaction,
    (day, dimension): (Millis, Dimension),
) -> Result<impl Iterator<Item = String> + use<>, Fault> {
    let table = txn.open_table(tables::ROLLUPS)?;
    let place = (level_number(Level::Day), dimension_number(dimension), day.0);
    let row = table.get(place)?;
    let row = row.map(|row| Rollup::from_row(row.value())).transpose()?;
    Ok(row
        .unwrap_or_default()
        .counts
        .into_iter()
        .map(|count| count.label))
}

/// Folds a fact into the roll-ups.
pub(super) fn window(txn: &WriteTransaction, fact: &WindowFact) -> Result<(), Fault> {
    let mut rows: BTreeMap<(u8, u8, i64), (i64, Vec<Count>)> = BTreeMap::new();
    each_row(fact, |place, ends, counts| {
        let row = rows.entry(place).or_insert_with(|| (ends, Vec::new()));
        add_counts(&mut row.1, counts);
    });
    let mut table = txn.open_table(tables::ROLLUPS)?;
    for (place, (ends, counts)) in rows {
        let before = table.get(place)?.map(|row| Rollup::from_row(row.value()));
        let mut rollup = before.transpose()?.unwrap_or(Rollup {
            ends,
            counts: Vec::new(),
        });
        add_counts(&mut rollup.counts, &counts);
        table.insert(place, rollup.to_row()?.as_slice())?;
    }
    Ok(())
}

/// Every row that a fact enters: its place, where its window ends, and what is added.
pub(super) fn each_row(fact: &WindowFact, mut row: impl FnMut((u8, u8, i64), i64, &[Count])) {
    for slice in &fact.slices {
        for (level, (starts, ends)) in Level::ALL.into_iter().zip(slice.spans) {
            for (dimension, counts) in &slice.rows {
                row((level_number(level), *dimension, starts), ends, counts);
            }
        }
    }
}
