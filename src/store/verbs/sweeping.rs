//! Sweeping: what has ended long ago goes, and the journal is cut behind the checkpoint.
//!
//! Nothing is forgotten that a fact of the journal still speaks of: the journal is cut first. Nor is what has not been exported,
//! within bounds.

use std::collections::BTreeMap;

use redb::ReadableTable;

use super::Verb;
use crate::model::delivery::EventState;
use crate::model::event::DeliveryStatus;
use crate::model::export::Lost;
use crate::model::retention::{Horizon, Swept};
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_records::{SWEPT, SweptFact};
use crate::store::event_tables::EventTables;
use crate::store::export_kept::Waiting;
use crate::store::facts::Fact;
use crate::store::{export_kept, fold, fold_events, tables};

/// The most facts cut in one transaction.
pub(crate) const MAX_CUT: usize = 1_000;
/// The most events swept in one transaction.
pub(crate) const MAX_SWEPT: usize = 200;

/// Cut facts off the head of the journal, adding each to the checkpoint: those made before an instant, and as many as are
/// above a number.
pub(crate) struct CutJournal {
    pub(crate) before: Millis,
    /// How many facts may stay, however young.
    pub(crate) most: u64,
}

impl Verb for CutJournal {
    /// How many went; fewer than [`MAX_CUT`]: there are no more for now.
    type Outcome = usize;

    fn apply(self, desk: &mut Desk<'_>) -> Result<usize, Fault> {
        fold::pass_over(desk)?;
        let end = desk.memory.cursor;
        let mut journal = desk.txn.open_table(tables::JOURNAL)?;
        let votes = desk.txn.open_table(tables::VOTES)?;
        let mut cut = 0;
        let mut stop = 0;
        for row in journal.range(..end)?.take(MAX_CUT) {
            let (position, bytes) = row?;
            let position = position.value();
            let left = desk.memory.next_position.saturating_sub(position);
            let fact = Fact::read(bytes.value())?;
            if fact.at() >= self.before && left <= self.most {
                break;
            }
            // What an upgrade summed up is in the checkpoint already.
            if position >= desk.memory.checkpoint.head.position {
                desk.memory.checkpoint.add(position, &fact, &votes)?;
            }
            cut += 1;
            stop = position + 1;
        }
        if cut > 0 {
            journal.retain_in(..stop, |_, _| false)?;
            drop((journal, votes));
            desk.memory.checkpoint.save(desk.txn)?;
            desk.wrote();
        }
        Ok(cut)
    }
}

/// Forget events that are past the horizon, with their keys, deliveries and attempts.
pub(crate) struct SweepEvents {
    /// Where they may be, at most [`MAX_SWEPT`]; those that are not past, or gone, are passed over.
    pub(crate) positions: Vec<u64>,
    pub(crate) horizon: Horizon,
}

impl Verb for SweepEvents {
    type Outcome = Swept;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Swept, Fault> {
        let told = told(desk)?;
        let spoken_of = first_fact(desk)?;
        let waiting = Waiting::read(desk)?;
        desk.with_events(|desk, tables| {
            let mut swept = Swept::default();
            let mut lost = Lost::default();
            let mut by_destination: BTreeMap<u16, (u64, u64, u64)> = BTreeMap::new();
            for position in self.positions.iter().copied().take(MAX_SWEPT) {
                if position >= desk.memory.cursor {
                    continue;
                }
                let Some(state) = self.may_go(tables, position, (told, spoken_of))? else {
                    continue;
                };
                if let Some(waiting) = &waiting
                    && waiting.has_event(desk, position, &state)?
                {
                    if !waiting.held(self.horizon).is_past(&state) {
                        continue;
                    }
                    lost.events += 1;
                }
                swept.events += 1;
                for delivery in tables.queue.of_event(position)? {
                    let sums = by_destination.entry(delivery.destination.0).or_default();
                    match delivery.status {
                        DeliveryStatus::Delivered => sums.0 += 1,
                        DeliveryStatus::Dead => sums.1 += 1,
                        _ => sums.2 += 1,
                    }
                    swept.dead_letters += u64::from(delivery.status == DeliveryStatus::Dead);
                }
                fold_events::swept(tables, position)?;
            }
            if swept.events > 0 {
                let fact = SweptFact {
                    events: swept.events,
                    deliveries: by_destination.into_iter().collect(),
                    at: desk.stamp.0,
                };
                desk.append(SWEPT, &fact)?;
            }
            export_kept::note_lost(desk, lost)?;
            Ok(swept)
        })
    }
}

impl SweepEvents {
    /// The event at `position` as it stands, if it may go.
    fn may_go(
        &self,
        tables: &EventTables<'_>,
        position: u64,
        (told, spoken_of): (Millis, Millis),
    ) -> Result<Option<EventState>, Fault> {
        let state = tables.find_state(position)?;
        Ok(state.filter(|state| {
            let announced = state.dead == 0 || state.updated_at <= told;
            self.horizon.is_past(state) && announced && state.updated_at < spoken_of
        }))
    }
}

/// Up to which instant dead letters were announced as leaving.
fn told(desk: &Desk<'_>) -> Result<Millis, Fault> {
    let cursors = desk.txn.open_table(tables::CURSORS)?;
    let told = cursors.get(tables::DEAD_TOLD)?.map_or(0, |at| at.value());
    Ok(Millis(i64::try_from(told).unwrap_or(0)))
}

/// When the first fact of the journal was made; those of this transaction are not there yet.
fn first_fact(desk: &Desk<'_>) -> Result<Millis, Fault> {
    let journal = desk.txn.open_table(tables::JOURNAL)?;
    let first = journal.first()?;
    let at = first.map(|(_, bytes)| Ok::<_, Fault>(Fact::read(bytes.value())?.at()));
    at.transpose().map(|at| at.unwrap_or(desk.stamp).min(desk.stamp))
}

/// Note up to which instant dead letters have been announced as leaving.
pub(crate) struct TellDead {
    pub(crate) upto: Millis,
}

impl Verb for TellDead {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let upto = told(desk)?.max(self.upto);
        let upto = u64::try_from(upto.0).unwrap_or(0);
        desk.txn
            .open_table(tables::CURSORS)?
            .insert(tables::DEAD_TOLD, upto)?;
        desk.wrote();
        Ok(())
    }
}
