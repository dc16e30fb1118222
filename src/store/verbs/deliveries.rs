//! Deliveries: taken by a lane, settled, revived; destinations made known and paused.

use redb::ReadableTable;

use super::Verb;
use crate::model::delivery::{Attempt, Claim, Claimed, Delivery, Destination, DestinationNumber, Settlement};
use crate::model::event::{DeliveryId, DeliveryStatus};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_records::{
    self as records, EVENT_MOVED, MovedFact, REVIVED, RevivedFact, SETTLED, SettledFact,
};
use crate::store::fold_events as fold;
use crate::store::queue::{Place, Queue};
use crate::store::tables;

/// The most deliveries one claim takes.
pub(crate) const MAX_CLAIM: usize = 256;

/// Give every name a number, once; what is known keeps its own.
pub(crate) struct KnowDestinations {
    pub(crate) names: Vec<DestinationName>,
}

impl Verb for KnowDestinations {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        for name in self.names {
            if desk.memory.destinations.contains_key(&name) {
                continue;
            }
            let used = desk.memory.destinations.values().map(|d| d.number.0).max();
            // The highest number stands for no destination in a delivery's id.
            let number = used.map_or(0, |n| n + 1);
            let destination = Destination {
                number: DestinationNumber(number),
                name: name.clone(),
                paused: None,
            };
            put_destination(desk, destination)?;
        }
        Ok(())
    }
}

fn put_destination(desk: &mut Desk<'_>, destination: Destination) -> Result<(), Fault> {
    let row = records::destination_to_row(&destination)?;
    desk.txn
        .open_table(tables::DESTINATIONS)?
        .insert(destination.name.as_str(), row.as_slice())?;
    desk.memory
        .destinations
        .insert(destination.name.clone(), destination);
    desk.memory.destinations_changed = true;
    desk.wrote();
    Ok(())
}

/// Send nothing more to a destination (a reason), or go on (`None`).
pub(crate) struct PauseDestination {
    pub(crate) name: DestinationName,
    pub(crate) reason: Option<String>,
}

impl Verb for PauseDestination {
    /// False: there is no such destination.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let Some(known) = desk.memory.destinations.get(&self.name).cloned() else {
            return Ok(false);
        };
        if known.paused != self.reason {
            put_destination(
                desk,
                Destination {
                    paused: self.reason,
                    ..known
                },
            )?;
        }
        Ok(true)
    }
}

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

    fn apply(self, desk: &mut Desk<'_>) -> Result<Claim, Fault> {
        let (to, now) = (self.to, desk.stamp);
        let mut queue = Queue::open(desk.txn)?;
        for event in queue.lapsed(to, now, MAX_CLAIM)? {
            let place = fold::place(desk.txn, event, to.0)?;
            let delivery = found(&queue, place)?;
            queue.take_out(place, &delivery)?;
            // Whether the attempt reached anyone is not known: it stays charged, and the next is sent at once.
            let back = Delivery {
                status: DeliveryStatus::Retrying,
                due: now,
                updated_at: now,
                ..delivery
            };
            queue.put(place, &back)?;
            desk.wrote();
        }
        let mut taken = Vec::new();
        for event in queue.due(to, now, self.limit.min(MAX_CLAIM))? {
            let place = fold::place(desk.txn, event, to.0)?;
            let delivery = found(&queue, place)?;
            let body = fold::event(desk.txn, event)?;
            queue.take_out(place, &delivery)?;
            desk.wrote();
            if body.expires_at.is_some_and(|end| end <= now) {
                expire(desk, &mut queue, place, delivery)?;
                continue;
            }
            let first_at = delivery.first_at.unwrap_or(now);
            let leased = Delivery {
                status: DeliveryStatus::Leased,
                attempts: delivery.attempts + 1,
                first_at: Some(first_at),
                due: now.plus(self.lease_ms),
                updated_at: now,
                ..delivery
            };
            queue.put(place, &leased)?;
            fold::begun(desk.txn, event, now)?;
            taken.push(Claimed {
                id: leased.id,
                attempt: leased.attempts,
                first_at,
                event: body,
            });
        }
        let next_due = queue.next_due(to)?;
        Ok(Claim { taken, next_due })
    }
}

fn found(queue: &Queue<'_>, place: Place) -> Result<Delivery, Fault> {
    let Place {
        event, destination, ..
    } = place;
    let missing = || Fault::file(format!("the delivery of {event} to {destination} is missing"));
    queue.get(event, destination)?.ok_or_else(missing)
}

/// An event whose time ran out is not sent; the whole event says so.
fn expire(desk: &mut Desk<'_>, queue: &mut Queue<'_>, place: Place, delivery: Delivery) -> Result<(), Fault> {
    let gone = Delivery {
        status: DeliveryStatus::Cancelled,
        updated_at: desk.stamp,
        ..delivery
    };
    queue.put(place, &gone)?;
    let fact = MovedFact {
        event: place.event,
        due: None,
        expired: true,
        at: desk.stamp.0,
    };
    desk.append(EVENT_MOVED, &fact)?;
    fold::expired(desk, &fact)
}

/// Say what an attempt came to.
pub(crate) struct Settle {
    pub(crate) id: DeliveryId,
    pub(crate) attempt: Attempt,
    pub(crate) settlement: Settlement,
}

impl Verb for Settle {
    /// False: the lease had ended and somebody else has it, or had; nothing was changed.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let Self {
            id,
            attempt,
            settlement,
        } = self;
        let Some((event, destination)) = locate(desk, id)? else {
            return Ok(false);
        };
        let mut queue = Queue::open(desk.txn)?;
        let Some(delivery) = queue.get(event, destination)? else {
            return Ok(false);
        };
        if delivery.status != DeliveryStatus::Leased || delivery.attempts != attempt.number {
            return Ok(false);
        }
        let place = fold::place(desk.txn, event, destination)?;
        queue.take_out(place, &delivery)?;
        let settled = after(delivery, &attempt, &settlement, desk.stamp);
        queue.put(place, &settled)?;
        drop(queue);
        desk.wrote();
        if settlement != Settlement::GivenBack {
            let row = records::attempt_to_row(&attempt)?;
            let key = (event, destination, attempt.number);
            desk.txn
                .open_table(tables::ATTEMPTS)?
                .insert(key, row.as_slice())?;
        }
        if let DeliveryStatus::Delivered | DeliveryStatus::Dead = settled.status {
            let dead = settled.status == DeliveryStatus::Dead;
            let fact = SettledFact {
                event,
                destination,
                attempts: settled.attempts,
                dead,
                at: desk.stamp.0,
            };
            desk.append(SETTLED, &fact)?;
            fold::settled(desk, &fact)?;
        }
        Ok(true)
    }
}

/// The delivery as the settlement leaves it.
fn after(delivery: Delivery, attempt: &Attempt, settlement: &Settlement, now: Millis) -> Delivery {
    let (status, due) = match settlement {
        Settlement::Delivered => (DeliveryStatus::Delivered, now),
        Settlement::Dead => (DeliveryStatus::Dead, now),
        Settlement::Retry(at) => (DeliveryStatus::Retrying, (*at).max(now)),
        Settlement::GivenBack => (DeliveryStatus::Retrying, now),
    };
    let uncharged = u32::from(*settlement == Settlement::GivenBack);
    let last_error = match settlement {
        Settlement::Delivered => delivery.last_error,
        _ => Some(match attempt.status {
            Some(status) => format!("{status}: {}", attempt.excerpt),
            None => attempt.excerpt.clone(),
        }),
    };
    let attempts = delivery.attempts - uncharged;
    Delivery {
        status,
        due,
        attempts,
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

/// Try a dead letter again, at once and with all attempts anew.
pub(crate) struct Revive {
    pub(crate) id: DeliveryId,
}

impl Verb for Revive {
    type Outcome = Revival;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Revival, Fault> {
        let Some((event, destination)) = locate(desk, self.id)? else {
            return Ok(Revival::NoDelivery);
        };
        let mut queue = Queue::open(desk.txn)?;
        let Some(delivery) = queue.get(event, destination)? else {
            return Ok(Revival::NoDelivery);
        };
        let now = desk.stamp;
        let place = fold::place(desk.txn, event, destination)?;
        match delivery.status {
            DeliveryStatus::Dead => {}
            // One that waits is only brought forward.
            DeliveryStatus::Retrying => {
                queue.take_out(place, &delivery)?;
                queue.put(
                    place,
                    &Delivery {
                        due: now,
                        updated_at: now,
                        ..delivery
                    },
                )?;
                drop(queue);
                desk.wrote();
                return Ok(Revival::Done);
            }
            status => return Ok(Revival::Not(status)),
        }
        queue.take_out(place, &delivery)?;
        // Attempts go on counting, so that each keeps its own number; the time to try begins anew.
        let revived = Delivery {
            status: DeliveryStatus::Retrying,
            due: now,
            first_at: None,
            updated_at: now,
            ..delivery
        };
        queue.put(place, &revived)?;
        drop(queue);
        let fact = RevivedFact {
            event,
            destination,
            at: now.0,
        };
        desk.append(REVIVED, &fact)?;
        fold::revived(desk, &fact)?;
        Ok(Revival::Done)
    }
}

/// Give up on a delivery that waits.
pub(crate) struct Discard {
    pub(crate) id: DeliveryId,
    pub(crate) reason: String,
}

impl Verb for Discard {
    type Outcome = Revival;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Revival, Fault> {
        let Some((event, destination)) = locate(desk, self.id)? else {
            return Ok(Revival::NoDelivery);
        };
        let mut queue = Queue::open(desk.txn)?;
        let Some(delivery) = queue.get(event, destination)? else {
            return Ok(Revival::NoDelivery);
        };
        if !matches!(
            delivery.status,
            DeliveryStatus::Pending | DeliveryStatus::Retrying
        ) {
            return Ok(Revival::Not(delivery.status));
        }
        let now = desk.stamp;
        let place = fold::place(desk.txn, event, destination)?;
        queue.take_out(place, &delivery)?;
        let dead = Delivery {
            status: DeliveryStatus::Dead,
            updated_at: now,
            last_error: Some(self.reason),
            ..delivery
        };
        queue.put(place, &dead)?;
        drop(queue);
        let fact = SettledFact {
            event,
            destination,
            attempts: dead.attempts,
            dead: true,
            at: now.0,
        };
        desk.append(SETTLED, &fact)?;
        fold::settled(desk, &fact)?;
        Ok(Revival::Done)
    }
}

/// The position of the delivery's event, and its destination's number.
fn locate(desk: &Desk<'_>, id: DeliveryId) -> Result<Option<(u64, u16)>, Fault> {
    let Some(destination) = id.destination() else {
        return Ok(None);
    };
    let ids = desk.txn.open_table(tables::EVENT_IDS)?;
    let position = ids.get(id.event().0)?.map(|position| position.value());
    Ok(position.map(|position| (position, destination)))
}
