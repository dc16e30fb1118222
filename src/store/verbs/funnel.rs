//! The funnel: windows of visits, salts of visitors, roll-ups that are old enough to go.

use redb::ReadableTable;

use super::Verb;
use super::conversions::kept_touches;
use crate::model::export::Lost;
use crate::model::funnel::{Dimension, Goals, Level, TOUCHES_MOST, Touches, Visitor, Window, WindowRecorded};
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::export_kept::Waiting;
use crate::store::fold_funnel::{self, Gathered};
use crate::store::funnel_records::{
    Rollup, WINDOW, WindowFact, conversion_from_row, conversion_to_row, dimension_number, label_of,
    level_number, touches_from_row, touches_to_row,
};
use crate::store::{export_kept, tables};

/// The most conversions that enter the roll-ups in one transaction.
pub(crate) const FOLDED_MOST: usize = 500;
/// How long a conversion waits for touches that are still in memory: two windows.
const AWAITED_MS: i64 = 10_000;
/// The most rows swept in one transaction.
pub(crate) const SWEPT_MOST: usize = 1_000;
/// The most visitors whose touches are kept at a time: about 200 MB. Those who come after them are counted all the same.
const VISITORS_MOST: u64 = 1_000_000;

/// Know the goals in force.
pub(crate) struct KnowGoals {
    pub(crate) goals: Goals,
}

impl Verb for KnowGoals {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        desk.memory.goals = self.goals;
        Ok(())
    }
}

/// Record a window's visits, keep where its visitors came from, and let conversions enter the roll-ups.
pub(crate) struct RecordWindow {
    /// `None`: only conversions.
    pub(crate) window: Option<Window>,
}

impl Verb for RecordWindow {
    type Outcome = WindowRecorded;

    /// Rows for each label and level, and a row for each visitor.
    fn room(&self) -> u64 {
        const ROW: u64 = 512;
        let rows = self.window.as_ref().map_or(1, |window| {
            let labels: usize = window.labels.iter().map(Vec::len).sum();
            1 + Level::ALL.len() * labels + window.touches.len()
        });
        ROW * rows as u64
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<WindowRecorded, Fault> {
        let mut gathered = Gathered::default();
        let mut recorded = WindowRecorded::default();
        if let Some(window) = &self.window {
            gathered.add_window(window);
            keep_touches(desk, &window.touches)?;
        }
        let folded = gather_conversions(desk, &mut gathered, &mut recorded)?;
        let zone = desk.memory.goals.zone.clone();
        if !gathered.is_empty() {
            let fact = WindowFact {
                at: desk.stamp.0,
                folded,
                slices: gathered.slices(desk.txn, &zone)?,
            };
            desk.append(WINDOW, &fact)?;
            fold_funnel::window(desk.txn, &fact)?;
            desk.txn
                .open_table(tables::CURSORS)?
                .insert(tables::CONVERSIONS_FOLDED, folded)?;
        }
        if let Some(window) = self.window {
            let day = Level::Day.span(window.at, &zone).starts;
            for (dimension, known) in Dimension::OF_VISITS.into_iter().zip(&mut recorded.known) {
                let labels = fold_funnel::day_labels(desk.txn, (day, dimension))?;
                *known = labels.map(|label| label_of(&label)).collect();
            }
        }
        Ok(recorded)
    }
}

/// Adds conversions that have not entered the roll-ups: the first that has not after them.
fn gather_conversions(
    desk: &Desk<'_>,
    gathered: &mut Gathered,
    recorded: &mut WindowRecorded,
) -> Result<u64, Fault> {
    let cursors = desk.txn.open_table(tables::CURSORS)?;
    let mut next = cursors
        .get(tables::CONVERSIONS_FOLDED)?
        .map_or(0, |position| position.value());
    let table = desk.txn.open_table(tables::CONVERSIONS)?;
    let mut settled = Vec::new();
    for (taken, row) in table.range(next..)?.enumerate() {
        if taken == FOLDED_MOST {
            recorded.more = true;
            break;
        }
        let (position, bytes) = row?;
        let (mut conversion, awaited) = conversion_from_row(bytes.value())?;
        if let Some(visitor) = awaited {
            conversion.touches = kept_touches(desk, visitor)?;
            if conversion.touches.is_none() && desk.wall() < conversion.at.plus(AWAITED_MS) {
                break;
            }
            settled.push((position.value(), conversion.clone()));
        }
        gathered.add_conversion(&conversion);
        match recorded
            .converted
            .iter_mut()
            .find(|(goal, _)| *goal == conversion.goal)
        {
            Some((_, count)) => *count += 1,
            None => recorded.converted.push((conversion.goal, 1)),
        }
        next = position.value() + 1;
    }
    drop(table);
    let mut table = desk.txn.open_table(tables::CONVERSIONS)?;
    for (position, conversion) in settled {
        table.insert(position, conversion_to_row(&conversion, None)?.as_slice())?;
    }
    Ok(next)
}

fn keep_touches(desk: &mut Desk<'_>, touches: &[(Visitor, Touches)]) -> Result<(), Fault> {
    if touches.is_empty() {
        return Ok(());
    }
    let mut touches: Vec<&(Visitor, Touches)> = touches.iter().collect();
    touches.sort_unstable_by_key(|(visitor, _)| *visitor);
    let salts = desk.txn.open_table(tables::VISITOR_SALTS)?;
    let mut table = desk.txn.open_table(tables::VISITOR_TOUCHES)?;
    let mut room = VISITORS_MOST.saturating_sub(redb::ReadableTableMetadata::len(&table)?);
    let mut wrote = false;
    for (visitor, seen) in touches.into_iter().take(TOUCHES_MOST) {
        // Nobody is remembered whose day is over, or was never known.
        if salts.get(visitor.day.0)?.is_none() {
            continue;
        }
        let place = (visitor.day.0, visitor.hash);
        let before = table.get(place)?.map(|row| touches_from_row(row.value()));
        let before = before.transpose()?;
        if before.is_none() {
            if room == 0 {
                continue;
            }
            room -= 1;
        }
        let after = before
            .clone()
            .map_or_else(|| seen.clone(), |before| before.and(seen.clone()));
        if before.as_ref() != Some(&after) {
            table.insert(place, touches_to_row(&after)?.as_slice())?;
            wrote = true;
        }
    }
    if wrote {
        desk.wrote();
    }
    Ok(())
}

/// Keep a salt for each of some days, and no older one; touches of older days go with them.
pub(crate) struct KeepSalts {
    /// The beginnings of the days, in order, with what they get where they have none.
    pub(crate) days: Vec<(Millis, [u8; 16])>,
}

impl Verb for KeepSalts {
    /// The salts, in the order of the days, and whether touches of older days are left.
    type Outcome = (Vec<[u8; 16]>, bool);

    fn apply(self, desk: &mut Desk<'_>) -> Result<Self::Outcome, Fault> {
        let mut table = desk.txn.open_table(tables::VISITOR_SALTS)?;
        let mut salts = Vec::with_capacity(self.days.len());
        let mut wrote = false;
        for (day, fresh) in &self.days {
            let kept = table.get(day.0)?.map(|salt| *salt.value());
            if kept.is_none() {
                table.insert(day.0, fresh)?;
                wrote = true;
            }
            salts.push(kept.unwrap_or(*fresh));
        }
        let first = self.days.iter().map(|(day, _)| day.0).min().unwrap_or(i64::MIN);
        let over: Vec<i64> = table
            .range(..first)?
            .map(|row| row.map(|(day, _)| day.value()))
            .collect::<Result<_, _>>()?;
        for day in over {
            table.remove(day)?;
            wrote = true;
        }
        let mut touches = desk.txn.open_table(tables::VISITOR_TOUCHES)?;
        let gone: Vec<(i64, u128)> = touches
            .range(..(first, 0))?
            .take(SWEPT_MOST)
            .map(|row| row.map(|(place, _)| place.value()))
            .collect::<Result<_, _>>()?;
        for place in &gone {
            touches.remove(place)?;
        }
        if wrote || !gone.is_empty() {
            desk.wrote();
        }
        Ok((salts, gone.len() == SWEPT_MOST))
    }
}

/// Forget the roll-ups of a level whose windows began before an instant.
pub(crate) struct SweepRollups {
    pub(crate) level: Level,
    pub(crate) before: Millis,
}

impl Verb for SweepRollups {
    /// Whether there are more.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        // What is exported are windows of five seconds, all together.
        let waiting = match self.level {
            Level::FiveSeconds => Waiting::read(desk)?,
            _ => None,
        };
        let exported = dimension_number(Dimension::All);
        let level = level_number(self.level);
        let mut table = desk.txn.open_table(tables::ROLLUPS)?;
        let mut gone = Vec::new();
        let mut lost = Lost::default();
        for dimension in Dimension::ALL.map(dimension_number) {
            let waiting = waiting.as_ref().filter(|_| dimension == exported);
            let before = waiting.map_or(self.before, |waiting| waiting.windows_before(self.before));
            let old = table.range((level, dimension, i64::MIN)..(level, dimension, before.0))?;
            for row in old.take(SWEPT_MOST - gone.len()) {
                let (place, bytes) = row?;
                gone.push(place.value());
                if let Some(waiting) = waiting {
                    let ends = Rollup::from_row(bytes.value())?.ends;
                    lost.windows += u64::from(waiting.has_window(place.value().2, ends));
                }
            }
        }
        for place in &gone {
            table.remove(place)?;
        }
        drop(table);
        export_kept::note_lost(desk, lost)?;
        let mark = tables::ROLLUPS_SWEPT.get(usize::from(level)).copied();
        if let (false, Some(mark)) = (gone.is_empty(), mark) {
            let mut cursors = desk.txn.open_table(tables::CURSORS)?;
            let swept = cursors.get(mark)?.map_or(0, |at| at.value());
            let before = u64::try_from(self.before.0).unwrap_or(0).max(swept);
            cursors.insert(mark, before)?;
            desk.wrote();
        }
        Ok(gone.len() == SWEPT_MOST)
    }
}
