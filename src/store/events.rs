//! The store's verbs for events and deliveries.

use std::sync::Arc;

use super::verbs::batches::{ClaimBatch, SettleCall};
use super::verbs::deliveries::{ClaimDue, Discard, ReturnLeases, Revive, Settle};
use super::verbs::destinations::{KnowDestinations, PauseDelivery, PauseDestination};
use super::verbs::events::{FindKey, MoveEvent, RecordEvents};
use super::verbs::lanes::{BeginTrial, EndTrial, RuleLanes, ShowLanes};
use super::verbs::sweeping::{CutJournal, MAX_CUT, SweepEvents, TellDead};
use super::{Fault, LaneState, Moved, Revival, Store, dead_groups, reads_events as reads};
use crate::model::dead::{DeadGroupCursor, DeadLetters};
use crate::model::delivery::{
    Attempt, Backlog, CallEnd, Claim, Delivery, DeliveryCursor, DeliveryFilter, Destination,
    DestinationNumber, Ending, Event, EventState, EventStory,
};
use crate::model::event::{DeliveryId, EventDraft, EventFilter, EventId, EventPage, Recorded, Route};
use crate::model::ids::{DestinationName, IdempotencyKey};
use crate::model::lane::batch::Batching;
use crate::model::lane::{Hold, Lesson, Rules};
use crate::model::page::{Page, PageRequest};
use crate::model::retention::{Horizon, Swept};
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

    /// The event that has this idempotency key.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn event_of_key(&self, key: IdempotencyKey) -> Result<Option<EventId>, Fault> {
        self.rare(FindKey { key }).await
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

    /// One page of the events that match `filter`, newest first; the cursor is a position. A page may be short: it looks at a bounded
    /// number of events, those of blocks that hold none left out.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn events(
        &self,
        filter: EventFilter,
        page: PageRequest<u64>,
    ) -> Result<EventPage<(Event, EventState)>, Fault> {
        self.read(move |db| reads::events(db, &filter, &page)).await
    }

    /// One page of the deliveries that match `filter`, those of the newest event first; dead letters by destination,
    /// the newest first. A page may be short.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn deliveries(
        &self,
        filter: DeliveryFilter,
        page: PageRequest<DeliveryCursor>,
    ) -> Result<Page<Delivery, DeliveryCursor>, Fault> {
        self.read(move |db| reads::deliveries(db, &filter, &page)).await
    }

    /// One page of the groups of dead letters, of a destination or of all, those with most first; and how many dead letters the groups
    /// have together.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn dead_groups(
        &self,
        to: Option<DestinationNumber>,
        page: PageRequest<DeadGroupCursor>,
    ) -> Result<(Page<DeadLetters, DeadGroupCursor>, u64), Fault> {
        self.read(move |db| dead_groups::list(db, to, &page)).await
    }

    /// What each destination's queue holds, by number.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, Fault> {
        self.read(reads::backlog).await
    }

    /// Takes back every lease: how many. For a start, when whoever had them is gone.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn return_leases(&self) -> Result<u64, Fault> {
        let mut all = 0;
        loop {
            match self.rare(ReturnLeases).await? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    /// Takes at most `limit` deliveries that are due, most urgent first, each under a lease of `lease_ms`. Leases that
    /// have ended are taken again.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn claim(&self, to: DestinationNumber, limit: usize, lease_ms: i64) -> Result<Claim, Fault> {
        self.rare(ClaimDue { to, limit, lease_ms }).await
    }

    /// Says what an attempt came to, and what it taught. False: the lease had ended and the delivery is somebody else's; nothing changed.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn settle_delivery(
        &self,
        id: DeliveryId,
        attempt: Attempt,
        ending: impl Into<Ending>,
    ) -> Result<bool, Fault> {
        self.rare(Settle {
            id,
            attempt,
            ending: ending.into(),
        })
        .await
    }

    /// Takes what is due for one call, most urgent first, each delivery under a lease of `lease_ms`; or nothing, while what
    /// is due waits for more. Leases that have ended are taken again.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn claim_batch(
        &self,
        to: DestinationNumber,
        batching: Batching,
        lease_ms: i64,
    ) -> Result<Claim, Fault> {
        self.rare(ClaimBatch {
            to,
            batching,
            lease_ms,
        })
        .await
    }

    /// Says what a call came to, and what it taught: for each delivery that was attempted, in order, whether it is settled
    /// now. False: the lease had ended and the delivery is somebody else's; nothing of it was changed.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn settle_call(&self, end: CallEnd) -> Result<Vec<bool>, Fault> {
        self.rare(SettleCall { end }).await
    }

    /// Puts the rules of lanes in force in the place of those before. Destinations that are not known are passed over.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn rule_lanes(&self, rules: Vec<(DestinationName, Rules)>) -> Result<(), Fault> {
        self.rare(RuleLanes { rules }).await
    }

    /// Makes room for a call that is no delivery, for at most `lease_ms`: when that ends, or why there is no room. Breakers do
    /// not count.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn begin_trial(
        &self,
        to: DestinationNumber,
        id: DeliveryId,
        lease_ms: i64,
    ) -> Result<Result<Millis, Hold>, Fault> {
        self.rare(BeginTrial { to, id, lease_ms }).await
    }

    /// Takes in what such a call taught: to whom, its id, and when its room would have ended.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn end_trial(
        &self,
        trial: (DestinationNumber, DeliveryId, Millis),
        lesson: Lesson,
    ) -> Result<(), Fault> {
        self.rare(EndTrial { trial, lesson }).await
    }

    /// Where every lane with rules stands, by destination.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn lanes(&self) -> Result<Vec<LaneState>, Fault> {
        self.rare(ShowLanes).await
    }

    /// Tries a dead letter again, or brings a waiting retry forward.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn revive(&self, id: DeliveryId) -> Result<Revival, Fault> {
        self.rare(Revive { id }).await
    }

    /// Drops a delivery that waits, or a dead letter, for this reason.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn discard(&self, id: DeliveryId, reason: String) -> Result<Revival, Fault> {
        self.rare(Discard { id, reason }).await
    }

    /// Cuts facts made before `before` off the head of the journal, and as many as are above `most`, a bounded number of
    /// them: whether there are more. Facts that are not folded stay.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn cut_journal(&self, before: Millis, most: u64) -> Result<bool, Fault> {
        Ok(self.rare(CutJournal { before, most }).await? == MAX_CUT)
    }

    /// Events that may be past `horizon`, from the position `from` on, and where to look next: `None` at the end.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn past(&self, horizon: Horizon, from: u64) -> Result<(Vec<u64>, Option<u64>), Fault> {
        self.read(move |db| reads::past(db, &horizon, from)).await
    }

    /// Forgets those of the events at `positions` that are past `horizon`, with their keys, deliveries and attempts; what
    /// the journal still speaks of stays, and dead letters that were not announced as leaving do.
    ///
    /// # Errors
    /// A fault of the file; the steps before it stand.
    pub async fn sweep_events(&self, positions: Vec<u64>, horizon: Horizon) -> Result<Swept, Fault> {
        self.rare(SweepEvents { positions, horizon }).await
    }

    /// How many dead letters of at most `upto` have not been announced as leaving; counts at most 10,000.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn untold_dead_letters(&self, upto: Millis) -> Result<u64, Fault> {
        self.read(move |db| reads::untold_dead_letters(db, upto)).await
    }

    /// Notes that dead letters of at most `upto` have been announced as leaving.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn tell_dead_letters(&self, upto: Millis) -> Result<(), Fault> {
        self.rare(TellDead { upto }).await
    }

    /// Sends nothing more to anybody, or goes on. Destinations that are paused by themselves stay so.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn pause_delivery(&self, paused: bool) -> Result<(), Fault> {
        self.rare(PauseDelivery { paused }).await
    }

    /// Since when nothing is sent to anybody; from memory.
    #[must_use]
    pub fn delivery_paused_since(&self) -> Option<Millis> {
        self.inner.published.delivery_paused()
    }

    /// The destination of this number; from memory.
    #[must_use]
    pub fn destination(&self, number: DestinationNumber) -> Option<Destination> {
        self.inner.published.destination(number)
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
