//! Batches: several deliveries taken for one call, and settled together.
//!
//! Of windows and quotas a batch takes what one call takes; each delivery has a lease and an attempt of its own.

use super::Verb;
use super::deliveries::{self, MAX_SEEN, Place};
use crate::model::delivery::{CallEnd, Claim, Claimed, DestinationNumber, Event};
use crate::model::lane::Allowance;
use crate::model::lane::batch::{BATCH_BYTES_MAX, Batching};
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_tables::EventTables;
use crate::store::lanes::{self, Call};

/// What an event takes besides its payload and the texts it came with, in bytes: ids, instants, and names of members.
const AROUND: usize = 256;

/// Take what is due for one call to a destination, each delivery under a lease; or nothing, while it waits for more.
/// Leases that have ended return first.
pub(crate) struct ClaimBatch {
    pub(crate) to: DestinationNumber,
    pub(crate) batching: Batching,
    /// How long each is the lane's, in milliseconds.
    pub(crate) lease_ms: i64,
}

impl Verb for ClaimBatch {
    type Outcome = Claim;

    fn weight(&self) -> usize {
        self.batching.most
    }

    /// What is claimed is attempted, and each attempt leaves a row.
    fn yields(&self) -> bool {
        true
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Claim, Fault> {
        let to = self.to;
        if deliveries::is_paused(desk, to) {
            return Ok(Claim::default());
        }
        desk.with_events(|desk, tables| {
            deliveries::refresh(desk, tables, to)?;
            let most = match lanes::allow(desk, to) {
                Allowance::None(_) => 0,
                // A probe risks one.
                Allowance::Some(_) if lanes::would_probe(desk, to) => 1,
                Allowance::Some(_) => self.batching.most,
            };
            if most > 0
                && let Some(next_due) = self.gathers_until(tables, (most, desk.stamp))?
            {
                return Ok(Claim {
                    taken: Vec::new(),
                    next_due: Some(next_due),
                });
            }
            let (taken, calls) = self.take(desk, tables, most)?;
            lanes::begun(desk, calls.get(..1).unwrap_or_default())?;
            let next_due = deliveries::next_due(desk, tables, to)?;
            Ok(Claim { taken, next_due })
        })
    }
}

impl ClaimBatch {
    /// When to look again, where what is due waits for others.
    fn gathers_until(
        &self,
        tables: &EventTables<'_>,
        (most, now): (usize, Millis),
    ) -> Result<Option<Millis>, Fault> {
        let Some(oldest) = tables.queue.next_due(self.to)?.filter(|due| *due <= now) else {
            return Ok(None);
        };
        let due = tables.queue.due(self.to, now, most)?.len();
        let batching = Batching {
            most,
            ..self.batching
        };
        let Some(until) = batching.gathers_until((due, oldest), now) else {
            return Ok(None);
        };
        let others = tables.queue.next_due_after(self.to, now)?;
        let lapse = tables.queue.next_lapse(self.to)?;
        Ok([Some(until), others, lapse].into_iter().flatten().min())
    }

    /// Takes what is due, most urgent first, as long as it fits into one call.
    fn take(
        &self,
        desk: &mut Desk<'_>,
        tables: &mut EventTables<'_>,
        most: usize,
    ) -> Result<(Vec<Claimed>, Vec<Call>), Fault> {
        let (mut taken, mut calls) = (Vec::new(), Vec::new());
        let (mut bytes, mut seen) = (0, 0);
        while taken.len() < most && seen < MAX_SEEN {
            let due = tables.queue.due(self.to, desk.stamp, most - taken.len())?;
            if due.is_empty() {
                break;
            }
            seen += due.len();
            for event in due {
                let body = tables.event(event)?;
                let with_it = bytes + size(&body);
                if with_it > BATCH_BYTES_MAX && !taken.is_empty() {
                    return Ok((taken, calls));
                }
                let place = Place { event, to: self.to };
                if let Some((claimed, call)) = deliveries::take(desk, tables, place, (body, self.lease_ms))? {
                    bytes = with_it;
                    taken.push(claimed);
                    calls.push(call);
                }
            }
        }
        Ok((taken, calls))
    }
}

/// About how long an event is as JSON, in bytes.
fn size(event: &Event) -> usize {
    let texts = [event.kind.as_str(), event.source.as_str(), event.key.as_str()];
    let texts: usize = texts.into_iter().map(str::len).sum();
    event.payload.len() + texts + AROUND
}

/// Say what a call came to.
pub(crate) struct SettleCall {
    pub(crate) end: CallEnd,
}

impl Verb for SettleCall {
    /// For each that was attempted, whether it is settled now. False: its lease had ended, and nothing of it was changed.
    type Outcome = Vec<bool>;

    fn weight(&self) -> usize {
        self.end.settled.len() + self.end.unsent.len()
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vec<bool>, Fault> {
        let CallEnd {
            settled,
            unsent,
            lesson,
        } = self.end;
        desk.with_events(|desk, tables| {
            let (mut outcomes, mut calls) = (Vec::with_capacity(settled.len()), Vec::new());
            for (id, attempt, settlement) in &settled {
                let call = deliveries::settle(desk, tables, (*id, attempt, settlement))?;
                outcomes.push(call.is_some());
                calls.extend(call);
            }
            for unsent in &unsent {
                calls.extend(deliveries::put_back(desk, tables, unsent)?);
            }
            lanes::ended(desk, &calls, &lesson)?;
            Ok(outcomes)
        })
    }
}
