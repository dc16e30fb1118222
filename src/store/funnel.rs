//! The store's verbs and reads for visits and conversions.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use redb::ReadTransaction;

use super::funnel_records::{Rollup, conversion_from_row, dimension_number, label_of, level_number};
use super::handle::Handle;
use super::reads::MAX_SCANNED;
use super::verbs::conversions::{Convert, RecordForm};
use super::verbs::funnel::{KeepSalts, KnowGoals, RecordWindow, SweepRollups};
use super::{Fault, Store, tables};
use crate::model::event::{EventDraft, Recorded, Route};
use crate::model::funnel::{
    Bearer, Conversion, ConversionDraft, Converted, Dimension, FunnelQuery, FunnelRow, Goals, Label, Level,
    Totals, Window, WindowRecorded,
};
use crate::model::page::{Page, PageRequest};
use crate::model::time::Millis;
use crate::model::time::zone::Zone;

/// Where a list of funnel rows goes on: the window's start, and how many of its labels were shown.
pub type FunnelCursor = (Millis, u32);

impl Store {
    /// Knows these goals from now on, and by whose days visitors are remembered and roll-ups made.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn know_goals(&self, goals: Goals) -> Result<(), Fault> {
        self.rare(KnowGoals { goals }).await
    }

    /// Records what was gathered in a window, and lets conversions into the roll-ups, 500 at most. Where there is neither,
    /// nothing is written.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn record_window(&self, window: Option<Window>) -> Result<WindowRecorded, Fault> {
        self.rare(RecordWindow { window }).await
    }

    /// The salt of each of these days, which are named by their beginnings in order; a day that has none gets what stands
    /// beside it. Older salts go, and touches of older days, 1,000 at a time: whether some are left.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_salts(&self, days: Vec<(Millis, [u8; 16])>) -> Result<(Vec<[u8; 16]>, bool), Fault> {
        self.rare(KeepSalts { days }).await
    }

    /// Counts a conversion once, where its visitor's touches say that they came from.
    ///
    /// # Errors
    /// A fault of the file: whether it counts is then unknown until the file is opened again.
    pub async fn convert(&self, draft: ConversionDraft) -> Result<Converted, Fault> {
        self.rare(Convert { draft }).await
    }

    /// Records the event of a form and the goals that it reaches, in one transaction.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn record_form(
        &self,
        draft: EventDraft,
        routes: Arc<Vec<Route>>,
        bearer: Bearer,
    ) -> Result<Recorded, Fault> {
        let form = RecordForm {
            draft,
            routes,
            bearer,
        };
        self.rare(form).await
    }

    /// Forgets the roll-ups of a level whose windows began before an instant, 1,000 rows at a time: whether some are left.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn sweep_rollups(&self, level: Level, before: Millis) -> Result<bool, Fault> {
        self.rare(SweepRollups { level, before }).await
    }

    /// What was counted, window by window, oldest first, and in each window by label. Of a window in which nothing was
    /// counted there is no row.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn funnel_rows(
        &self,
        query: FunnelQuery,
        page: PageRequest<FunnelCursor>,
    ) -> Result<Page<FunnelRow, FunnelCursor>, Fault> {
        self.read(move |db| rows(db, &query, &page)).await
    }

    /// What was counted in a range under each label of a dimension, in order of the labels. The range is as exact as what
    /// is kept: ends older than the roll-ups of 5 s, of a minute, of an hour are taken outwards to the minute, hour and day.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn funnel_sums(
        &self,
        by: Dimension,
        range: Range<Millis>,
        zone: Zone,
    ) -> Result<Vec<(Label, Totals)>, Fault> {
        self.read(move |db| sums(&db.begin_read()?, by, (range, &zone)))
            .await
    }

    /// What was counted in a range, as [`Store::funnel_sums`] has it, all together.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn funnel_totals(&self, range: Range<Millis>, zone: Zone) -> Result<Totals, Fault> {
        let sums = self.funnel_sums(Dimension::All, range, zone).await?;
        Ok(sums
            .into_iter()
            .fold(Totals::default(), |all, (_, totals)| all.and(totals)))
    }

    /// Conversions in the order in which they were counted; the cursor is a position.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn conversions(&self, page: PageRequest<u64>) -> Result<Page<Conversion, u64>, Fault> {
        self.read(move |db| conversions(db, &page)).await
    }
}

pub(super) fn conversions(db: &Handle, page: &PageRequest<u64>) -> Result<Page<Conversion, u64>, Fault> {
    let table = db.begin_read()?.open_table(tables::CONVERSIONS)?;
    let start = page.after.map_or(0, |position| position.saturating_add(1));
    let mut items = Vec::new();
    let mut seen = None;
    for row in table.range(start..)? {
        if items.len() == page.limit {
            return Ok(Page { items, next: seen });
        }
        let (position, bytes) = row?;
        seen = Some(position.value());
        items.push(conversion_from_row(bytes.value())?.0);
    }
    Ok(Page { items, next: None })
}

fn rows(
    db: &Handle,
    query: &FunnelQuery,
    page: &PageRequest<FunnelCursor>,
) -> Result<Page<FunnelRow, FunnelCursor>, Fault> {
    let table = db.begin_read()?.open_table(tables::ROLLUPS)?;
    let place = |at: Millis| (level_number(query.every), dimension_number(query.by), at.0);
    let (from, shown) = page.after.unwrap_or((query.range.start, 0));
    let from = from.max(query.range.start);
    let mut items = Vec::new();
    if from >= query.range.end {
        return Ok(Page { items, next: None });
    }
    for (scanned, row) in table.range(place(from)..place(query.range.end))?.enumerate() {
        let (place, bytes) = row?;
        let start = Millis(place.value().2);
        let counts = Rollup::from_row(bytes.value())?.counts;
        let skipped = if start == from { shown } else { 0 };
        if scanned == MAX_SCANNED {
            return Ok(Page {
                items,
                next: Some((start, 0)),
            });
        }
        for (number, count) in (0_u32..).zip(counts).filter(|(number, _)| *number >= skipped) {
            if items.len() == page.limit {
                return Ok(Page {
                    items,
                    next: Some((start, number)),
                });
            }
            items.push(FunnelRow {
                start,
                key: label_of(&count.label),
                totals: count.totals(),
            });
        }
    }
    Ok(Page { items, next: None })
}

pub(super) fn sums(
    txn: &ReadTransaction,
    by: Dimension,
    (range, zone): (Range<Millis>, &Zone),
) -> Result<Vec<(Label, Totals)>, Fault> {
    let table = txn.open_table(tables::ROLLUPS)?;
    let mut all: BTreeMap<String, Totals> = BTreeMap::new();
    for (level, part) in parts(range, &swept(txn)?, zone) {
        let place = |at: Millis| (level_number(level), dimension_number(by), at.0);
        for row in table.range(place(part.start)..place(part.end))? {
            let (_, bytes) = row?;
            for count in Rollup::from_row(bytes.value())?.counts {
                let totals = count.totals();
                let sum = all.entry(count.label).or_default();
                *sum = sum.and(totals);
            }
        }
    }
    Ok(all
        .into_iter()
        .map(|(label, totals)| (label_of(&label), totals))
        .collect())
}

/// Before which start the roll-ups of each level are swept.
pub(super) fn swept(txn: &ReadTransaction) -> Result<[Millis; Level::ALL.len()], Fault> {
    let cursors = txn.open_table(tables::CURSORS)?;
    let mut swept = [Millis(0); Level::ALL.len()];
    for (mark, swept) in tables::ROLLUPS_SWEPT.into_iter().zip(&mut swept) {
        let at = cursors.get(mark)?.map_or(0, |at| at.value());
        *swept = Millis(i64::try_from(at).unwrap_or(0));
    }
    Ok(swept)
}

/// The parts of a range, each with the level whose windows make it up: the longest that fit, and that are kept.
fn parts(range: Range<Millis>, swept: &[Millis], zone: &Zone) -> Vec<(Level, Range<Millis>)> {
    let finest = |at: Millis| {
        let kept = |(_, swept): &(Level, &Millis)| **swept <= at;
        let level = Level::ALL.into_iter().zip(swept).find(kept);
        level.map_or(Level::Day, |(level, _)| level)
    };
    let outwards = |at: Millis| finest(at).span(at, zone);
    let start = outwards(range.start).starts;
    let end = match outwards(range.end) {
        span if span.starts == range.end => range.end,
        span => span.ends,
    };
    let mut parts: Vec<(Level, Range<Millis>)> = Vec::new();
    let mut at = start;
    while at < end {
        let fits = |level: &Level| {
            let span = level.span(at, zone);
            span.starts == at && span.ends <= end
        };
        let level = Level::ALL
            .into_iter()
            .rev()
            .find(fits)
            .unwrap_or(Level::FiveSeconds);
        let next = level.span(at, zone).ends;
        match parts.last_mut() {
            Some((last, part)) if *last == level => part.end = next,
            _ => parts.push((level, at..next)),
        }
        at = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis::parse_rfc3339(text).unwrap()
    }

    fn shown(from: &str, to: &str, swept: [Millis; 4]) -> Vec<String> {
        let zone = Zone::parse("America/Los_Angeles").unwrap();
        parts(at(from)..at(to), &swept, &zone)
            .into_iter()
            .map(|(level, part)| format!("{} {} {}", level.as_str(), part.start, part.end))
            .collect()
    }

    #[test]
    fn a_range_is_made_up_of_the_longest_windows_that_fit() {
        let parts = shown("2026-11-30T07:59:55Z", "2026-12-02T09:01:10Z", [Millis(0); 4]);
        let expected = [
            "5s 2026-11-30T07:59:55.000Z 2026-11-30T08:00:00.000Z",
            "1d 2026-11-30T08:00:00.000Z 2026-12-02T08:00:00.000Z",
            "1h 2026-12-02T08:00:00.000Z 2026-12-02T09:00:00.000Z",
            "1m 2026-12-02T09:00:00.000Z 2026-12-02T09:01:00.000Z",
            "5s 2026-12-02T09:01:00.000Z 2026-12-02T09:01:10.000Z",
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn ends_of_which_only_longer_windows_are_kept_are_taken_outwards() {
        let swept = [
            "2026-12-01T12:00:00Z",
            "2026-12-01T00:00:00Z",
            "2026-11-20T08:00:00Z",
        ];
        let [five, minute, hour] = swept.map(at);
        let parts = shown(
            "2026-11-30T10:20:00Z",
            "2026-12-01T11:30:30Z",
            [five, minute, hour, Millis(0)],
        );
        let expected = [
            "1h 2026-11-30T10:00:00.000Z 2026-12-01T11:00:00.000Z",
            "1m 2026-12-01T11:00:00.000Z 2026-12-01T11:31:00.000Z",
        ];
        assert_eq!(parts, expected);
    }
}
