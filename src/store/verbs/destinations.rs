//! Destinations: made known, paused; and the whole of delivery paused.

use super::Verb;
use crate::model::delivery::{Destination, DestinationNumber};
use crate::model::ids::DestinationName;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_records as records;
use crate::store::tables;

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
            let number = used.map_or(0, |n| n.saturating_add(1));
            if number == u16::MAX {
                return Err(Fault::file(format!("no number is left for destination {name}")));
            }
            let destination = Destination {
                number: DestinationNumber(number),
                name: name.clone(),
                paused: None,
            };
            put(desk, destination)?;
        }
        Ok(())
    }
}

fn put(desk: &mut Desk<'_>, destination: Destination) -> Result<(), Fault> {
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
        desk.memory.stirred.insert(known.number);
        if known.paused != self.reason {
            let paused = Destination {
                paused: self.reason,
                ..known
            };
            put(desk, paused)?;
        }
        Ok(true)
    }
}

/// Send nothing more to anybody, or go on. Destinations that are paused by themselves stay so.
pub(crate) struct PauseDelivery {
    pub(crate) paused: bool,
}

impl Verb for PauseDelivery {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        if desk.memory.delivery_paused.is_some() == self.paused {
            return Ok(());
        }
        let mut cursors = desk.txn.open_table(tables::CURSORS)?;
        desk.memory.delivery_paused = match self.paused {
            true => {
                let since = u64::try_from(desk.stamp.0).unwrap_or(0);
                cursors.insert(tables::DELIVERY_PAUSED, since)?;
                Some(desk.stamp)
            }
            false => {
                cursors.remove(tables::DELIVERY_PAUSED)?;
                None
            }
        };
        drop(cursors);
        let all = desk.memory.destinations.values().map(|known| known.number);
        desk.memory.stirred.extend(all);
        desk.memory.destinations_changed = true;
        desk.wrote();
        Ok(())
    }
}
