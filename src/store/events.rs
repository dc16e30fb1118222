//! The store's verbs for events and deliveries.

use std::sync::Arc;

use super::verbs::deliveries::{ClaimDue, Discard, KnowDestinations, PauseDestination, Revive, Settle};
use super::verbs::events::{MoveEvent, RecordEvents};
use super::{Fault, Moved, Revival, Store, reads};
use crate::model::delivery::{Attempt, Claim, Destination, DestinationNumber, EventStory, Settlement};
use crate::model::event::{DeliveryId, EventDraft, EventId, Recorded, Route};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;

impl Store {
    /// Gives each destination its number, once and for good. To be done before routes that name it are in force.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn know_destinations(&self, names: Vec<DestinationName>) -> Result<(), Fault> {
        self.rare(KnowDestinations { names }).await
    }

    /// Every destination the file knows, by number; from memory.
    #[must_use]
    pub fn destinations(&self) -> Vec<Destination> {
        self.inner.published.destinations()
    }

    /// Records events with their deliveries in one transaction; what became of each, in order.
    ///
    /// # Errors
    /// A fault of the file: then none of them is known to be recorded.
    pub async fn record_events(
        &self,
        drafts: Vec<EventDraft>,
        routes: Arc<Vec<Route>>,
    ) -> Result<Vec<Recorded>, Fault> {
        self.rare(RecordEvents { drafts, routes }).await
    }

    /// Moves an event that nobody has attempted to another time, or calls it off (`None`).
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn move_event(&self, id: EventId, to: Option<Millis>) -> Result<Moved, Fault> {
        self.rare(MoveEvent { id, to }).await
    }

    /// An event with its deliveries and every attempt.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn event(&self, id: EventId) -> Result<Option<EventStory>, Fault> {
        self.read(move |db| reads::event(db, id)).await
    }

    /// Takes at most `limit` deliveries that are due, most urgent first, each under a lease of `lease_ms`. Leases that
    /// have ended are taken again.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn claim(&self, to: DestinationNumber, limit: usize, lease_ms: i64) -> Result<Claim, Fault> {
        self.rare(ClaimDue { to, limit, lease_ms }).await
    }

    /// Says what an attempt came to. False: the lease had ended and the delivery is somebody else's; nothing changed.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn settle_delivery(
        &self,
        id: DeliveryId,
        attempt: Attempt,
        settlement: Settlement,
    ) -> Result<bool, Fault> {
        self.rare(Settle {
            id,
            attempt,
            settlement,
        })
        .await
    }

    /// Tries a dead letter again, or brings a waiting retry forward.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn revive(&self, id: DeliveryId) -> Result<Revival, Fault> {
        self.rare(Revive { id }).await
    }

    /// Gives up on a delivery that waits.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn discard(&self, id: DeliveryId, reason: String) -> Result<Revival, Fault> {
        self.rare(Discard { id, reason }).await
    }

    /// Sends nothing more to a destination, saying why, or goes on (`None`). False: there is no such destination.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn pause_destination(
        &self,
        name: DestinationName,
        reason: Option<String>,
    ) -> Result<bool, Fault> {
        self.rare(PauseDestination { name, reason }).await
    }
}
