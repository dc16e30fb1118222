//! What a connection is doing, noted by its parts and read by whoever watches its time.
//!
//! Everything but [`Watch::tell`] and [`Watch::waiting_since`] is called from the connection's own task, so the notes
//! are relaxed atomics: a request costs a few plain stores, no lock and no look at the clock. Where requests share a
//! connection (HTTP/2) each has a task of its own: they are counted, and a connection is at rest when none is left.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// It owes us a request head: just connected, or a further head has begun.
    Head,
    /// A request is being answered.
    Busy,
    /// Nothing, between two requests.
    Idle,
    /// We have closed our side and let it read the rest.
    Closing,
}

/// What a connection is told from outside. Later ones outrank earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    /// Carry on.
    None,
    /// Leave, unless a request has come meanwhile.
    Leave,
    /// Answer what has begun, then end.
    Drain,
    /// End now.
    Cut,
}

/// `waiting_since` of a connection that is not waiting.
const NOT_WAITING: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Watch {
    phase: AtomicU8,
    /// Counts the phases that have a deadline, so that a new one of the same kind is told from the old.
    turns: AtomicU32,
    /// A write found no room; and how many writes found some.
    blocked: AtomicBool,
    writes: AtomicU32,
    /// The peer has closed its side.
    ended: AtomicBool,
    /// The last request's body was not read to its end.
    unread: AtomicBool,
    /// Drop the socket without sending what it still holds.
    abandon: AtomicBool,
    /// Several requests may be under way at once, each in a task of its own.
    multiplexed: AtomicBool,
    /// How many are, and of how many a piece of the answer has been handed over and no more asked for.
    open: AtomicU32,
    handed_over: AtomicU32,
    order: AtomicU8,
    waiting_since: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

impl Watch {
    pub(super) fn new(connected_ms: u64) -> Self {
        Self {
            phase: AtomicU8::new(Phase::Head as u8),
            turns: AtomicU32::new(0),
            blocked: AtomicBool::new(false),
            writes: AtomicU32::new(0),
            ended: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            abandon: AtomicBool::new(false),
            multiplexed: AtomicBool::new(false),
            open: AtomicU32::new(0),
            handed_over: AtomicU32::new(0),
            order: AtomicU8::new(Order::None as u8),
            waiting_since: AtomicU64::new(connected_ms),
            waker: Mutex::new(None),
        }
    }

    /// From now on requests share the connection.
    pub(super) fn multiplexes(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.multiplexed.load(Relaxed)
    }

    pub(super) fn phase(&self) -> Phase {
        if self.open.load(Acquire) > 0 {
            return Phase::Busy;
        }
        match self.phase.load(Relaxed) {
            0 => Phase::Head,
            1 => Phase::Busy,
            2 => Phase::Idle,
            _ => Phase::Closing,
        }
    }

    /// Whether its first request has not come yet, or not whole.
    pub(super) fn has_not_asked(&self) -> bool {
        self.phase() == Phase::Head && self.turns() == 0
    }

    pub(super) fn turns(&self) -> u32 {
        self.turns.load(Relaxed)
    }

    fn turn(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
        // One task writes: a load and a store are enough, and cheaper than an atomic addition.
        self.turns
            .store(self.turns.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Bytes came in. On a shared connection they need not begin a request: whoever sends anything but one is at rest.
    pub(super) fn received(&self) {
        if !self.is_multiplexed() && self.phase() == Phase::Idle {
            self.turn(Phase::Head);
        }
    }

    /// The peer has closed its side.
    pub(super) fn peer_ended(&self) {
        self.ended.store(true, Relaxed);
    }

    pub(super) fn has_peer_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// A head is complete; its request is being answered.
    pub(super) fn answering(&self) {
        if self.is_multiplexed() {
            self.open.fetch_add(1, AcqRel);
        } else {
            self.phase.store(Phase::Busy as u8, Relaxed);
        }
        self.unread.store(false, Relaxed);
        self.waiting_since.store(NOT_WAITING, Relaxed);
    }

    /// Nobody will read the rest of the request's body.
    pub(super) fn left_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Whether the peer may still be sending a body that nobody reads.
    pub(super) fn has_unread(&self) -> bool {
        self.unread.load(Relaxed)
    }

    /// The answer has been handed over for writing, or nobody waits for it any more.
    pub(super) fn answered(&self) {
        // Noted before the last one is counted off: until then the phase is not looked at.
        self.turn(Phase::Idle);
        if self.is_multiplexed() {
            self.open.fetch_sub(1, AcqRel);
        }
    }

    /// A piece of an answer has been handed over. The client of a shared connection decides for each answer how much
    /// of it comes, so that its socket does not tell who has stopped reading.
    pub(super) fn handed_over(&self) {
        self.handed_over.fetch_add(1, Relaxed);
    }

    /// That piece is on its way, or of no use any more.
    pub(super) fn took_it(&self) {
        self.handed_over.fetch_sub(1, Relaxed);
        self.writes.fetch_add(1, Relaxed);
    }

    pub(super) fn closing(&self) {
        self.turn(Phase::Closing);
    }

    /// A write found room for something.
    pub(super) fn wrote(&self) {
        if self.blocked.load(Relaxed) {
            self.blocked.store(false, Relaxed);
            self.writes
                .store(self.writes.load(Relaxed).wrapping_add(1), Relaxed);
        }
    }

    /// A write found no room.
    pub(super) fn write_blocked(&self) {
        self.blocked.store(true, Relaxed);
    }

    /// While a write is blocked: which one, counted so that progress in between shows.
    pub(super) fn blocked_write(&self) -> Option<u32> {
        let is_blocked = self.blocked.load(Relaxed) || self.handed_over.load(Relaxed) > 0;
        is_blocked.then(|| self.writes.load(Relaxed))
    }

    pub(super) fn abandon(&self) {
        self.abandon.store(true, Relaxed);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandon.load(Relaxed)
    }

    /// Says since when the connection waits without asking for anything; `None`: it does not.
    pub(super) fn note_waiting(&self, since_ms: Option<u64>) {
        self.waiting_since.store(since_ms.unwrap_or(NOT_WAITING), Relaxed);
    }

    /// Since when the connection waits without asking for anything, unless it has been told something already.
    pub(super) fn waiting_since(&self) -> Option<u64> {
        let since = self.waiting_since.load(Relaxed);
        (since != NOT_WAITING && self.order() == Order::None).then_some(since)
    }

    /// Gives an order and wakes the connection's task.
    pub(super) fn tell(&self, order: Order) {
        self.order.fetch_max(order as u8, AcqRel);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Registers the task that orders wake. A task's waker stays the same, so once is enough; ask for the
    /// [`Watch::order`] after it.
    pub(super) fn register(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }

    pub(super) fn order(&self) -> Order {
        match self.order.load(Acquire) {
            0 => Order::None,
            1 => Order::Leave,
            2 => Order::Drain,
            _ => Order::Cut,
        }
    }

    /// Takes back an order to leave that came too late. A stronger order stays.
    pub(super) fn stay(&self) {
        let (from, to) = (Order::Leave as u8, Order::None as u8);
        let _ = self.order.compare_exchange(from, to, AcqRel, Relaxed);
    }
}
