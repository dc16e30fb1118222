//! A lane: everything that leaves for one destination.
//!
//! The lane sleeps until something is due, there is a place and the pace allows it; then it takes as many deliveries as
//! may leave within the next moment, fewer where the claim says so, and starts an [`Errand`] for each with the instant at
//! which it leaves. No more calls are under way than its destination's `concurrency`.
//!
//! Where deliveries share calls, it takes one batch at a time, which the claim says is full or has waited long enough; a
//! batch takes one place and one token of the pace. Where the receiver takes only fewer at once, batches are halved until
//! everything that was due has left.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::lanes::{Lanes, Orders, SharedPacer};
use super::pace::{self, Pacer};
use super::plan::Plan;
use super::send::Errand;
use super::{Parts, Whom};
use crate::live::{Topic, Watcher};
use crate::metrics::DestinationMetrics;
use crate::model::delivery::Claimed;
use crate::model::lane::GroupName;
use crate::model::lane::batch::Batching;
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// How far ahead of their leaving deliveries are taken, besides the time that takes: what leaves within one such span
/// is one claim.
const AHEAD: Duration = Duration::from_millis(20);
/// The longest that claims are reckoned to take.
const CLAIM_MAX: Duration = Duration::from_millis(250);
/// How often what gathers for a batch is looked at, at most, however fast it grows.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The longest sleep until something is due: the wall clock may be set on meanwhile, and looking at it costs nothing.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How long to wait where the store has no room or no time for a claim.
const PASSING: Duration = Duration::from_secs(2);
/// Before everything: what is due is not known, and is to be asked.
const UNKNOWN: Millis = Millis(i64::MIN);

/// The worker that serves one destination.
pub(super) struct Lane {
    desk: Arc<Desk>,
    lanes: Lanes,
    orders: Orders,
    changes: Watcher,
    group: GroupName,
    pacer: SharedPacer,
    /// When there is something to take; `None`: not before the topic is touched.
    due: Option<Millis>,
    /// How long the last claim took.
    claim_took: Duration,
    /// What gathers for a batch is not looked at before.
    look_at: Option<Instant>,
}

/// What a lane shares with its errands.
pub(super) struct Desk {
    pub(super) to: Whom,
    pub(super) parts: Arc<Parts>,
    pub(super) metrics: DestinationMetrics,
    under_way: AtomicUsize,
    /// How many deliveries a call may hold, as its receiver takes them; of those that were given back for that reason, none
    /// meets as many again before all have left.
    fits: AtomicUsize,
    /// The earliest instant to which an errand has put a delivery off since the lane last looked.
    put_off: AtomicI64,
    ended: Notify,
}

/// One of a lane's places; free again when dropped.
pub(super) struct Slot(Arc<Desk>);

impl Desk {
    /// Says that a delivery will be due again at `at`.
    pub(super) fn put_off(&self, at: Millis) {
        self.put_off.fetch_min(at.0, Ordering::AcqRel);
    }

    /// Says that a call may hold no more than so many.
    pub(super) fn narrow(&self, fits: usize) {
        self.fits.fetch_min(fits.max(1), Ordering::AcqRel);
    }

    /// How to gather now, where the plan gathers: what fits only in parts does not wait for others.
    fn batching(&self, plan: &Plan) -> Option<Batching> {
        let batch = plan.batch?;
        let fits = self.fits.load(Ordering::Acquire);
        Some(match fits < batch.most {
            true => Batching {
                most: fits,
                wait_ms: 0,
            },
            false => batch,
        })
    }

    fn slot(self: &Arc<Self>) -> Slot {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        Slot(Arc::clone(self))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_one();
    }
}

impl Lane {
    /// A lane that has sent nothing yet. `None` where it was told to end before it began.
    pub(super) fn new(parts: Arc<Parts>, to: Whom, (lanes, mut orders): (Lanes, Orders)) -> Option<Self> {
        let plan = orders.borrow_and_update().clone()?;
        let changes = parts.live.watch(Topic::Destination(to.number));
        let metrics = parts.metrics.destination(to.name.as_str());
        let desk = Desk {
            to,
            parts,
            metrics,
            under_way: AtomicUsize::new(0),
            fits: AtomicUsize::new(usize::MAX),
            put_off: AtomicI64::new(i64::MAX),
            ended: Notify::new(),
        };
        Some(Self {
            desk: Arc::new(desk),
            group: plan.rules.group.clone(),
            pacer: lanes.pacer(&plan),
            lanes,
            orders,
            changes,
            due: Some(UNKNOWN),
            claim_took: Duration::ZERO,
            look_at: None,
        })
    }

    /// The plan in force; `None` where the destination is not configured any more.
    fn plan(&mut self) -> Option<Arc<Plan>> {
        let plan = self.orders.borrow_and_update().clone()?;
        if plan.rules.group != self.group {
            self.group = plan.rules.group.clone();
            self.pacer = self.lanes.pacer(&plan);
        }
        self.pacer().replace(plan.rate, plan.pace_jitter, Instant::now());
        Some(plan)
    }

    /// It is whole whatever panicked beside it.
    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when all that is under way has ended.
    fn leave(&self) -> Next {
        match self.desk.under_way.load(Ordering::Acquire) {
            0 if self.lanes.end(&self.desk.to.name) => Next::Done,
            0 => Next::Again,
            _ => Next::Wait,
        }
    }

    fn is_paused(&self) -> bool {
        let Desk { to, parts, .. } = &*self.desk;
        parts.store.delivery_paused_since().is_some() || to.paused(&parts.store).is_some()
    }

    /// How many deliveries to take now; or what to wait for first.
    fn room(&mut self, plan: &Plan, now: Instant) -> Result<usize, Next> {
        let put_off = self.desk.put_off.swap(i64::MAX, Ordering::AcqRel);
        let due = self.due.map_or(put_off, |due| due.0.min(put_off));
        self.due = (due < i64::MAX).then_some(Millis(due));
        let Some(due) = self.due else {
            return Err(Next::Wait);
        };
        let wait_ms = due.0.saturating_sub(self.desk.parts.store.now().0);
        if wait_ms > 0 {
            let wait = Duration::from_millis(wait_ms.unsigned_abs());
            return Err(Next::After(wait.min(SLEEP_MAX)));
        }
        if let Some(early) = self.look_at.map(|at| at.saturating_duration_since(now))
            && !early.is_zero()
        {
            return Err(Next::After(early));
        }
        let under_way = self.desk.under_way.load(Ordering::Acquire);
        let places = plan.concurrency.saturating_sub(under_way);
        if places == 0 {
            return Err(Next::Wait);
        }
        let pacer = self.pacer();
        let begins = pacer.ready_at().saturating_duration_since(now);
        let early = begins.saturating_sub(self.claim_took + AHEAD / 2);
        if !early.is_zero() {
            return Err(Next::After(early));
        }
        let allowed = pacer.allows(now, now + self.claim_took + AHEAD);
        Ok(places.min(allowed).max(1))
    }

    /// Takes what may leave in at most `room` calls, and sends each on its way.
    async fn take(&mut self, plan: &Arc<Plan>, room: usize) -> Result<(), Fault> {
        let begun = Instant::now();
        // The claim sees what was recorded until now.
        let _ = self.changes.changed().now_or_never();
        let (desk, lease_ms) = (Arc::clone(&self.desk), plan.lease_ms());
        let (store, to) = (&desk.parts.store, desk.to.number);
        let batching = desk.batching(plan);
        let claim = match batching {
            None => store.claim(to, room, lease_ms).await?,
            Some(batching) => store.claim_batch(to, batching, lease_ms).await?,
        };
        let now = Instant::now();
        self.claim_took = (now - begun).min(CLAIM_MAX);
        let all_is_taken = match batching {
            None => claim.taken.len() < room,
            Some(_) => claim.taken.is_empty(),
        };
        self.due = match all_is_taken {
            true => claim.next_due,
            false => Some(UNKNOWN),
        };
        let calls = match batching {
            None => claim.taken.into_iter().map(|claimed| vec![claimed]).collect(),
            Some(_) if all_is_taken => {
                self.rest(now);
                Vec::new()
            }
            Some(_) => vec![claim.taken],
        };
        for claimed in calls {
            self.send((plan, claimed), now);
        }
        Ok(())
    }

    /// Nothing is ready for a batch. With nothing under way either, all that was too much at once has left.
    fn rest(&mut self, now: Instant) {
        self.look_at = Some(now + LOOK_EVERY);
        if self.desk.under_way.load(Ordering::Acquire) == 0 {
            self.desk.fits.store(usize::MAX, Ordering::Release);
        }
    }

    /// Starts the errand of one call.
    fn send(&self, (plan, claimed): (&Arc<Plan>, Vec<Claimed>), now: Instant) {
        let Some(first) = claimed.first() else {
            return;
        };
        let leaves_at = self.pacer().take(now, pace::chance(first.id, first.attempt));
        let errand = Errand {
            plan: Arc::clone(plan),
            desk: Arc::clone(&self.desk),
            slot: self.desk.slot(),
            claimed,
            leaves_at,
        };
        self.desk.parts.tasks.spawn("delivery", errand.run());
    }
}

impl Worker for Lane {
    fn name(&self) -> Cow<'static, str> {
        format!("deliver-{}", self.desk.to.name).into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let Some(plan) = self.plan() else {
            return Ok(self.leave());
        };
        if self.is_paused() {
            return Ok(Next::Wait);
        }
        match self.room(&plan, Instant::now()) {
            Ok(room) => match self.take(&plan, room).await {
                Ok(()) => Ok(Next::Again),
                Err(fault) if fault.is_passing() => Ok(Next::After(PASSING)),
                Err(fault) => Err(fault.into()),
            },
            Err(next) => Ok(next),
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.changes.changed() => self.due = Some(UNKNOWN),
            () = self.desk.ended.notified() => {}
            // An error is a sender that is gone, which it is not before the lane: `lanes` holds it.
            _ = self.orders.changed() => {}
        }
    }
}
