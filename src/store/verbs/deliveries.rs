//! Deliveries: taken by a lane, settled, revived, dropped.

use super::Verb;
use crate::model::delivery::{
    Attempt, AttemptClass, Claim, Claimed, Delivery, DestinationNumber, Ending, Event, Settlement, Unsent,
};
use crate::model::event::{DeliveryId, DeliveryStatus};
use crate::model::lane::Allowance;
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_records::{DROPPED, DroppedFact, REVIVED, RevivedFact, SETTLED, SettledFact};
use crate::store::event_tables::EventTables;
use crate::store::fold_events as fold;
use crate::store::lanes::{self, Call};

/// The most deliveries one claim takes.
pub(crate) const MAX_CLAIM: usize = 256;
/// The most deliveries one claim looks at: those whose events have expired are dropped and make room for more.
pub(super) const MAX_SEEN: usize = 1_024;
/// The most leases returned in one transaction.
const MAX_RETURNED: usize = 4_096;

/// Take what is due for a destination, each under a lease. Leases that have ended return first.
pub(crate) struct ClaimDue {
    pub(crate) to: DestinationNumber,
    /// At most this many, at most [`MAX_CLAIM`].
    pub(crate) limit: usize,
    /// How long each is the lane's, in milliseconds.
    pub(crate) lease_ms: i64,
}

impl Verb for ClaimDue {
    type Outcome = Claim;

    /// What is claimed is attempted, and each attempt leaves a row.
    fn yields(&self) -> bool {
        true
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Claim, Fault> {
        if is_paused(desk, self.to) {
            return Ok(Claim::default());
        }
        let (to, now) = (self.to, desk.stamp);
        let limit = self.limit.min(MAX_CLAIM);
        desk.with_events(|desk, tables| {
            refresh(desk, tables, to)?;
            let limit = match lanes::allow(desk, to) {
                Allowance::Some(most) => limit.min(most),
                Allowance::None(_) => 0,
            };
            let (mut taken, mut calls) = (Vec::new(), Vec::new());
            let mut seen = 0;
            while taken.len() < limit && seen < MAX_SEEN {
                let due = tables.queue.due(to, now, limit - taken.len())?;
                if due.is_empty() {
                    break;
                }
                seen += due.len();
                for event in due {
                    let place = Place { event, to };
                    let body = tables.event(event)?;
                    let Some((claimed, call)) = take(desk, tables, place, (body, self.lease_ms))? else {
                        continue;
                    };
                    calls.push(call);
                    taken.push(claimed);
                }
            }
            lanes::begun(desk, &calls)?;
            let next_due = next_due(desk, tables, to)?;
            Ok(Claim { taken, next_due })
        })
    }
}

/// Returns the leases of `to` that have ended, and frees the slots that no window holds any more.
pub(super) fn refresh(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    to: DestinationNumber,
) -> Result<(), Fault> {
    for event in tables.queue.lapsed(to, desk.stamp, MAX_CLAIM)? {
        back_from_lease(desk, tables, (event, to.0))?;
    }
    lanes::forget(desk, to)
}

/// When there may be something to take.
pub(super) fn next_due(
    desk: &mut Desk<'_>,
    tables: &EventTables<'_>,
    to: DestinationNumber,
) -> Result<Option<Millis>, Fault> {
    let waiting = tables.queue.next_due(to)?;
    let waiting = match lanes::allow(desk, to) {
        Allowance::Some(_) => waiting,
        Allowance::None(hold) => {
            lanes::starve(desk, to, hold);
            waiting.zip(hold.until).map(|(due, until)| due.max(until))
        }
    };
    Ok(waiting.into_iter().chain(tables.queue.next_lapse(to)?).min())
}

/// A delivery: of which event, to whom.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) event: u64,
    pub(super) to: DestinationNumber,
}

/// Leases a delivery that is due, whose event is `body`; `None` where that has expired, and it is dropped.
pub(super) fn take(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    Place { event, to }: Place,
    (body, lease_ms): (Event, i64),
) -> Result<Option<(Claimed, Call)>, Fault> {
    desk.wrote();
    let now = desk.stamp;
    let delivery = tables.queue.expect(event, to.0)?;
    if body.expires_at.is_some_and(|end| desk.of_wall(end) <= now) {
        drop_out(desk, tables, event, (delivery, None))?;
        return Ok(None);
    }
    let due = delivery.due;
    // How long it has waited since it was due is no fault of the receiver: the time to try is not used up by it.
    let waited = now.0.saturating_sub(due.0).max(0);
    let first_at = delivery.first_at.map_or(now, |first| first.plus(waited));
    let leased = Delivery {
        status: DeliveryStatus::Leased,
        attempts: delivery.attempts + 1,
        first_at: Some(first_at),
        due: now.plus(lease_ms),
        updated_at: now,
        ..delivery.clone()
    };
    if desk.memory.sabotage.keeps_leases_apart() {
        desk.memory.owed.leases.push((event, delivery, leased.clone()));
    } else {
        tables.queue.take_out(event, &delivery)?;
        tables.queue.put(event, &leased)?;
    }
    let state = fold::begun(tables, event, now)?;
    let call = call(event, &leased);
    let claimed = Claimed {
        id: leased.id,
        attempt: leased.attempts,
        tries: leased.attempts - leased.attempts_before,
        first_at,
        due,
        scheduled_at: state.scheduled_at,
        event: body,
    };
    Ok(Some((claimed, call)))
}

/// The call of a delivery that is leased.
fn call(event: u64, leased: &Delivery) -> Call {
    Call {
        to: leased.destination,
        event,
        id: leased.id,
        attempt: leased.attempts,
        lease_ends: leased.due,
    }
}

pub(super) fn is_paused(desk: &Desk<'_>, to: DestinationNumber) -> bool {
    let mut known = desk.memory.destinations.values();
    desk.memory.delivery_paused.is_some() || known.any(|d| d.number == to && d.paused.is_some())
}

/// A lease ended without a word: whether the attempt reached anyone is not known, so it stays charged, and the next is
/// made at once.
fn back_from_lease(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    place: (u64, u16),
) -> Result<(), Fault> {
    let (event, to) = place;
    let now = desk.stamp;
    desk.wrote();
    let delivery = tables.queue.expect(event, to)?;
    tables.queue.take_out(event, &delivery)?;
    let attempt = Attempt {
        number: delivery.attempts,
        at: delivery.updated_at,
        took_ms: u32::try_from(now.0 - delivery.updated_at.0).unwrap_or(0),
        class: AttemptClass::Network,
        status: None,
        excerpt: "the attempt was cut off; what came of it is not known".to_owned(),
    };
    tables.put_attempt(place, &attempt)?;
    lanes::lapsed(desk, &call(event, &delivery))?;
    let back = Delivery {
        status: DeliveryStatus::Retrying,
        due: now,
        updated_at: now,
        last_class: Some(attempt.class),
        last_error: Some(attempt.excerpt),
        ..delivery
    };
    tables.queue.put(event, &back)
}

/// Take back every lease. For a start: whoever had them is gone, since nobody else can have the file open.
pub(crate) struct ReturnLeases;

impl Verb for ReturnLeases {
    /// How many came back now; there may be more.
    type Outcome = u64;

    fn apply(self, desk: &mut Desk<'_>) -> Result<u64, Fault> {
        desk.with_events(|desk, tables| {
            let leased = tables.queue.leased(MAX_RETURNED)?;
            for place in &leased {
                back_from_lease(desk, tables, *place)?;
            }
            Ok(leased.len() as u64)
        })
    }
}

/// Drops a delivery that waits or is dead: for a reason somebody gave, or because its event's time ran out.
fn drop_out(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    event: u64,
    (delivery, reason): (Delivery, Option<String>),
) -> Result<(), Fault> {
    tables.queue.take_out(event, &delivery)?;
    let fact = DroppedFact {
        event,
        destination: delivery.destination.0,
        expired: reason.is_none(),
        from_dead: delivery.status == DeliveryStatus::Dead,
        at: desk.stamp.0,
    };
    let gone = Delivery {
        status: DeliveryStatus::Cancelled,
        updated_at: desk.stamp,
        last_error: reason.or(delivery.last_error),
        ..delivery
    };
    tables.queue.put(event, &gone)?;
    desk.append(DROPPED, &fact)?;
    fold::dropped(tables, &fact)
}

/// Say what an attempt came to.
pub(crate) struct Settle {
    pub(crate) id: DeliveryId,
    pub(crate) attempt: Attempt,
    pub(crate) ending: Ending,
}

impl Verb for Settle {
    /// False: the lease had ended and somebody else has it, or had; nothing was changed.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        desk.with_events(|desk, tables| {
            let part = (self.id, &self.attempt, &self.ending.settlement);
            let Some(call) = settle(desk, tables, part)? else {
                return Ok(false);
            };
            lanes::ended(desk, &[call], &self.ending.lesson)?;
            Ok(true)
        })
    }
}

/// Settles a delivery; `None` where its lease has ended and somebody else has it, or had, and nothing is changed.
pub(super) fn settle(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    (id, attempt, settlement): (DeliveryId, &Attempt, &Settlement),
) -> Result<Option<Call>, Fault> {
    let Some((event, delivery)) = find_leased(tables, (id, attempt.number))? else {
        return Ok(None);
    };
    let call = call(event, &delivery);
    let attempt = &without_words_of_erased(desk, event, attempt);
    tables.queue.take_out(event, &delivery)?;
    let settled = after(delivery, attempt, (settlement, desk.stamp));
    tables.queue.put(event, &settled)?;
    desk.wrote();
    let destination = settled.destination.0;
    tables.put_attempt((event, destination), attempt)?;
    if let DeliveryStatus::Delivered | DeliveryStatus::Dead = settled.status {
        let fact = SettledFact {
            event,
            destination,
            attempts: settled.attempts,
            dead: settled.status == DeliveryStatus::Dead,
            at: desk.stamp.0,
        };
        desk.append(SETTLED, &fact)?;
        fold::settled(tables, &fact)?;
    }
    Ok(Some(call))
}

/// The attempt as it is kept: of an event that was erased meanwhile, without what the receiver said.
fn without_words_of_erased(desk: &Desk<'_>, event: u64, attempt: &Attempt) -> Attempt {
    let excerpt = match desk.memory.erased.contains(&event) {
        true => String::new(),
        false => attempt.excerpt.clone(),
    };
    Attempt {
        excerpt,
        ..attempt.clone()
    }
}

/// Puts a delivery back that was taken and not attempted, as if it had not been taken; `None` where its lease has ended.
pub(super) fn put_back(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    unsent: &Unsent,
) -> Result<Option<Call>, Fault> {
    let Some((event, delivery)) = find_leased(tables, (unsent.id, unsent.attempt))? else {
        return Ok(None);
    };
    let call = call(event, &delivery);
    let attempts = delivery.attempts.saturating_sub(1);
    // The claim added how long it had waited, and the next one will again.
    let waited = delivery.updated_at.0.saturating_sub(unsent.due.0).max(0);
    let first_at = delivery.first_at.filter(|_| attempts > delivery.attempts_before);
    tables.queue.take_out(event, &delivery)?;
    let back = Delivery {
        status: match attempts {
            0 => DeliveryStatus::Pending,
            _ => DeliveryStatus::Retrying,
        },
        attempts,
        first_at: first_at.map(|first| first.plus(-waited)),
        due: unsent.due,
        updated_at: desk.stamp,
        ..delivery
    };
    tables.queue.put(event, &back)?;
    desk.memory.stirred.insert(back.destination);
    desk.wrote();
    Ok(Some(call))
}

/// The delivery as the settlement leaves it.
fn after(delivery: Delivery, attempt: &Attempt, (settlement, now): (&Settlement, Millis)) -> Delivery {
    let (status, due) = match settlement {
        Settlement::Delivered => (DeliveryStatus::Delivered, now),
        Settlement::Dead => (DeliveryStatus::Dead, now),
        Settlement::Retry(at) => (DeliveryStatus::Retrying, (*at).max(now)),
        Settlement::GivenBack => (DeliveryStatus::Retrying, now),
    };
    // What is given back is on record and uses nothing up.
    let uncharged = u32::from(*settlement == Settlement::GivenBack);
    let attempts_before = delivery.attempts_before + uncharged;
    let last_error = match settlement {
        Settlement::Delivered => delivery.last_error,
        _ => Some(match attempt.status {
            Some(status) => format!("{status}: {}", attempt.excerpt),
            None => attempt.excerpt.clone(),
        }),
    };
    Delivery {
        status,
        due,
        attempts_before,
        first_at: delivery.first_at.filter(|_| delivery.attempts > attempts_before),
        last_class: Some(attempt.class),
        last_error,
        updated_at: now,
        ..delivery
    }
}

/// What became of a delivery that was to be revived or discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revival {
    /// It was.
    Done,
    /// It is not in a state for that.
    Not(DeliveryStatus),
    /// There is no such delivery.
    NoDelivery,
}

/// Puts a delivery that has ended back into the queue under its own id, due at `due`, with all attempts anew. Attempts go
/// on counting, so that each keeps its own number.
pub(super) fn revive(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    event: u64,
    (delivery, due): (Delivery, Millis),
) -> Result<(), Fault> {
    let now = desk.stamp;
    tables.queue.take_out(event, &delivery)?;
    let before = Some(delivery.status);
    let status = match delivery.attempts {
        0 => DeliveryStatus::Pending,
        _ => DeliveryStatus::Retrying,
    };
    let revived = Delivery {
        status,
        due,
        first_at: None,
        attempts_before: delivery.attempts,
        updated_at: now,
        ..delivery
    };
    to_be_made(desk, tables, event, (&revived, before))
}

/// Puts a delivery into the queue that is to be made, and that stood so `before`; `None`: it is new.
pub(super) fn to_be_made(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    event: u64,
    (delivery, before): (&Delivery, Option<DeliveryStatus>),
) -> Result<(), Fault> {
    tables.queue.put(event, delivery)?;
    desk.memory.stirred.insert(delivery.destination);
    let fact = RevivedFact::new((event, delivery.destination), before, desk.stamp);
    desk.append(REVIVED, &fact)?;
    fold::revived(tables, &fact)
}

/// Try a dead letter again, at once and with all attempts anew; or bring a retry forward.
pub(crate) struct Revive {
    pub(crate) id: DeliveryId,
}

impl Verb for Revive {
    type Outcome = Revival;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Revival, Fault> {
        desk.with_events(|desk, tables| {
            let Some((event, delivery)) = find(tables, self.id)? else {
                return Ok(Revival::NoDelivery);
            };
            let now = desk.stamp;
            match delivery.status {
                DeliveryStatus::Retrying => {
                    desk.memory.stirred.insert(delivery.destination);
                    tables.queue.take_out(event, &delivery)?;
                    let at_once = Delivery {
                        due: now,
                        updated_at: now,
                        ..delivery
                    };
                    tables.queue.put(event, &at_once)?;
                    desk.wrote();
                }
                DeliveryStatus::Dead => revive(desk, tables, event, (delivery, now))?,
                status => return Ok(Revival::Not(status)),
            }
            Ok(Revival::Done)
        })
    }
}

/// Drop a delivery that waits, or a dead letter.
pub(crate) struct Discard {
    pub(crate) id: DeliveryId,
    pub(crate) reason: String,
}

impl Verb for Discard {
    type Outcome = Revival;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Revival, Fault> {
        desk.with_events(|desk, tables| {
            let Some((event, delivery)) = find(tables, self.id)? else {
                return Ok(Revival::NoDelivery);
            };
            match delivery.status {
                DeliveryStatus::Pending | DeliveryStatus::Retrying | DeliveryStatus::Dead => {
                    drop_out(desk, tables, event, (delivery, Some(self.reason)))?;
                    Ok(Revival::Done)
                }
                status => Ok(Revival::Not(status)),
            }
        })
    }
}

/// The position of the delivery's event, and the delivery.
fn find(tables: &EventTables<'_>, id: DeliveryId) -> Result<Option<(u64, Delivery)>, Fault> {
    let (Some(to), Some(event)) = (id.destination(), tables.position(id.event())?) else {
        return Ok(None);
    };
    Ok(tables.queue.get(event, to)?.map(|delivery| (event, delivery)))
}

/// The position of the delivery's event, and the delivery, where it is under the lease of this attempt.
fn find_leased(
    tables: &EventTables<'_>,
    (id, attempt): (DeliveryId, u32),
) -> Result<Option<(u64, Delivery)>, Fault> {
    let found = find(tables, id)?;
    Ok(found
        .filter(|(_, delivery)| delivery.status == DeliveryStatus::Leased && delivery.attempts == attempt))
}
