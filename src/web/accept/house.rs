//! The places of a listener: how many connections there are, and whom to ask to leave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::watch::{Order, Watch};

/// One in this many connections is asked to leave when all places are taken, so that a full house is looked through
/// once per that many newcomers.
const LEAVE_ONE_IN: u32 = 64;

pub(super) struct House {
    /// The one behind it, if this is a lobby.
    behind: Option<Arc<Self>>,
    places: Arc<Semaphore>,
    size: u32,
    opened: Instant,
    guests: Mutex<Guests>,
}

#[derive(Default)]
struct Guests {
    next_id: u64,
    by_id: HashMap<u64, Arc<Watch>>,
}

/// A connection's place; dropping it frees it.
pub(super) struct Place {
    house: Arc<House>,
    id: u64,
    watch: Arc<Watch>,
    _permit: OwnedSemaphorePermit,
}

impl House {
    pub(super) fn new(size: u32) -> Self {
        let size = size.max(1);
        Self {
            behind: None,
            places: Arc::new(Semaphore::new(
                usize::try_from(size).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            size,
            opened: Instant::now(),
            guests: Mutex::default(),
        }
    }

    /// A house of its own in front of this one, by the same clock: for those of whom it is not known yet what they want.
    pub(super) fn lobby(self: &Arc<Self>, size: u32) -> Self {
        Self {
            behind: Some(Arc::clone(self)),
            opened: self.opened,
            ..Self::new(size)
        }
    }

    /// A place. In a full house, waits `for_room` where someone was asked to leave, else `patience`; `None` when no
    /// place came free.
    pub(super) async fn place(self: &Arc<Self>, patience: Duration, for_room: Duration) -> Option<Place> {
        let permit = self.permit(patience, for_room).await?;
        let watch = Arc::new(Watch::new(self.ms(Instant::now())));
        Some(self.seat(permit, watch))
    }

    /// A place for somebody from the lobby.
    pub(super) async fn place_of(self: &Arc<Self>, watch: &Arc<Watch>, wait: Duration) -> Option<Place> {
        let permit = self.permit(wait, wait).await?;
        Some(self.seat(permit, Arc::clone(watch)))
    }

    async fn permit(&self, patience: Duration, for_room: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(permit);
        }
        let wait = if self.make_room() > 0 { for_room } else { patience };
        let permit = Arc::clone(&self.places).acquire_owned();
        timeout(wait, permit).await.ok()?.ok()
    }

    fn seat(self: &Arc<Self>, permit: OwnedSemaphorePermit, watch: Arc<Watch>) -> Place {
        let mut guests = self.guests();
        let id = guests.next_id;
        guests.next_id = id.wrapping_add(1);
        guests.by_id.insert(id, Arc::clone(&watch));
        drop(guests);
        Place {
            house: Arc::clone(self),
            id,
            watch,
            _permit: permit,
        }
    }

    /// Makes room here and in the house behind, where the machine itself has none.
    pub(super) fn relieve(&self) {
        self.make_room();
        if let Some(behind) = &self.behind {
            behind.make_room();
        }
    }

    /// Asks those who have waited longest without asking for anything to leave; how many were asked.
    pub(super) fn make_room(&self) -> usize {
        let mut waiting: Vec<(u64, Arc<Watch>)> = self
            .guests()
            .by_id
            .values()
            .filter_map(|w| w.waiting_since().map(|since| (since, Arc::clone(w))))
            .collect();
        let count = usize::try_from((self.size / LEAVE_ONE_IN).max(1)).unwrap_or(1);
        if let Some(last) = count.min(waiting.len()).checked_sub(1) {
            waiting.select_nth_unstable_by_key(last, |(since, _)| *since);
        }
        for (_, watch) in waiting.iter().take(count) {
            watch.tell(Order::Leave);
        }
        count.min(waiting.len())
    }

    pub(super) fn tell_all(&self, order: Order) {
        for watch in self.guests().by_id.values() {
            watch.tell(order);
        }
    }

    /// Resolves when every place is free.
    pub(super) async fn empty(&self) {
        // The semaphore is never closed, so this only ever waits.
        drop(self.places.acquire_many(self.size).await);
    }

    fn ms(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.opened);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX - 1)
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(super) const fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Says since when this connection waits without asking for anything.
    pub(super) fn note_waiting(&self, since: Option<Instant>) {
        self.watch.note_waiting(since.map(|at| self.house.ms(at)));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.house.guests().by_id.remove(&self.id);
    }
}
