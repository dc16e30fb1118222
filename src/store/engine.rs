//! The engine: one batch of jobs, one transaction, one sync; then the answers.
//!
//! It does no waiting and starts no thread, so that the writer runs it in production and a harness runs it step by
//! step. The first fault is final: nothing is read, written or synced after it, and every later job is told the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redb::{Durability, StorageBackend};
use tokio::sync::oneshot;

use super::book::Published;
use super::desk::{Desk, Memory};
use super::error::Fault;
use super::fold;
use super::handle::Handle;
use super::probation::Probation;
use super::space::{Gauge, Shortage, Space};
use super::tables;
use super::verbs::deliveries::ReturnLeases;
use super::verbs::{Ask, Job};
use super::verify::Snapshot;
use crate::model::delivery::DestinationNumber;
use crate::model::ids::PollId;
use crate::model::time::Millis;

/// A generation of this many votes and keys is folded.
const FREEZE_AT: usize = 65_536;
/// A generation whose oldest is this old is folded, in milliseconds.
const FREEZE_AFTER: i64 = 2_000;
/// So many facts of which none is folded behind move the cursor, so that a start need not read them.
const PASS_OVER: u64 = 65_536;
/// From this size on every commit also saves the allocator's state, for one more sync: opening after a crash then
/// takes a millisecond instead of about 2 s a GiB.
const QUICK_REPAIR_FROM: u64 = 1 << 30;

/// What one commit was, for metrics.
#[derive(Clone, Copy, Debug)]
pub struct Commit {
    /// From the transaction's begin until it was durable.
    pub took: Duration,
    /// How many verbs shared it.
    pub verbs: usize,
    /// The data file's length in bytes after it.
    pub file_bytes: u64,
}

/// What a compaction came to.
#[derive(Clone, Copy, Debug)]
pub struct Compacted {
    /// The file's length before it, in bytes.
    pub before: u64,
    /// And after it.
    pub after: u64,
    /// How long it took.
    pub took: Duration,
}

/// Told of every commit, on the writer's thread: it must be quick.
pub type Observer = Arc<dyn Fn(Commit) + Send + Sync>;

/// What a commit has changed that somebody may be waiting for.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'c> {
    /// Polls whose standing is another, or which are gone.
    pub polls: &'c [PollId],
    /// Destinations for which something waits at another time than before, or which are paused or not any more.
    pub destinations: &'c [DestinationNumber],
}

/// Told what each commit has changed, before anybody is answered and whether or not somebody still waits for the answer.
/// On the writer's thread: it must be quick.
pub type Listener = Arc<dyn Fn(Changes<'_>) + Send + Sync>;

/// The present: the store's, and what the wall clock shows.
pub(super) type Now = (Millis, Millis);

/// The writer's half of the store.
pub(super) struct Engine {
    pub(super) db: Arc<Handle>,
    pub(super) backend: Probation,
    pub(super) memory: Memory,
    pub(super) published: Arc<Published>,
    pub(super) settling: Vec<(u64, oneshot::Sender<Result<(), Fault>>)>,
    pub(super) fault: Option<Fault>,
    pub(super) observer: Option<Observer>,
    pub(super) listener: Option<Listener>,
    /// What the disk has left.
    pub(super) space: Option<Gauge>,
}

/// What is left to do when nobody asks for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// Run again at once: something is being folded or swept.
    Busy,
    /// Run again within a while: votes wait to be folded.
    Soon,
    /// Nothing.
    Quiet,
}

impl Engine {
    /// Does `jobs` in one transaction and answers them once it is durable.
    ///
    /// # Errors
    /// The fault that ended the store, now or earlier; every job was answered with it.
    pub(super) fn run(&mut self, jobs: Vec<Job>, now: Now) -> Result<(), Fault> {
        let mut jobs = self.turn_away(jobs);
        let done = match self.fault.clone() {
            Some(fault) => Err(fault),
            None => self.commit(&mut jobs, now),
        };
        if let Err(fault) = &done {
            self.fault = Some(fault.clone());
            let settling = self.settling.drain(..).map(|(_, reply)| Job::Settle(reply));
            settling.chain(jobs).for_each(|job| job.answer(Some(fault)));
            return done;
        }
        self.publish();
        let (compactions, jobs) = jobs.into_iter().partition(|job| matches!(job, Job::Compact(_)));
        self.answer(jobs);
        let compactions: Vec<Job> = compactions;
        for job in compactions {
            let Job::Compact(reply) = job else { continue };
            let done = self.compact();
            let fault = done.as_ref().err().filter(|fault| !fault.is_passing()).cloned();
            let _ = reply.send(done);
            if let Some(fault) = fault {
                self.fault = Some(fault.clone());
                return Err(fault);
            }
        }
        Ok(())
    }

    fn compact(&self) -> Result<Compacted, Fault> {
        let begun = Instant::now();
        let before = self.backend.len().map_err(Fault::file)?;
        if !self.db.compact(|| self.backend.len().map_err(Fault::file))? {
            return Err(Fault::Busy("a reader"));
        }
        Ok(Compacted {
            before,
            after: self.backend.len().map_err(Fault::file)?,
            took: begun.elapsed(),
        })
    }

    /// Answers what the disk has no room for, and gives back the rest.
    fn turn_away(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        let Some(free) = self.space.as_ref().and_then(|free| free()) else {
            return jobs;
        };
        let space = Space::of(free, self.backend.len().unwrap_or(0));
        self.memory.shortage = space.shortage();
        let mut left = space.free.saturating_sub(space.reserve);
        let (kept, refused) = jobs.into_iter().partition(|job| {
            let room = job.room();
            let fits = room <= left;
            if fits {
                left -= room;
            }
            fits && !(job.yields() && space.shortage() == Shortage::Wall)
        });
        let refused: Vec<Job> = refused;
        refused.into_iter().for_each(|job| job.answer(Some(&Fault::Full)));
        kept
    }

    /// Shows readers what is durable now, and says what has changed.
    fn publish(&mut self) {
        let polls = self.memory.book.publish(&self.published);
        if std::mem::take(&mut self.memory.keys_changed) {
            self.published.replace_keys(&self.memory.keys);
        }
        if std::mem::take(&mut self.memory.destinations_changed) {
            self.published.replace_destinations(&self.memory);
        }
        let destinations: Vec<DestinationNumber> = self.memory.stirred.drain().collect();
        if let Some(listener) = &self.listener
            && !(polls.is_empty() && destinations.is_empty())
        {
            listener(Changes {
                polls: &polls,
                destinations: &destinations,
            });
        }
    }

    /// What is left to do without being asked.
    pub(super) fn idle(&self) -> Idle {
        let mirror = &self.memory.mirror;
        if self.fault.is_some() {
            Idle::Quiet
        } else if self.memory.shortage == Shortage::Wall {
            // Nothing is folded; whether there is room again shows by and by.
            Idle::Soon
        } else if mirror.frozen.is_some() || !self.memory.tombstones.is_empty() || !self.settling.is_empty() {
            Idle::Busy
        } else if mirror.growing.len() > 0 {
            Idle::Soon
        } else {
            Idle::Quiet
        }
    }

    /// Folds all that is left.
    pub(super) fn settle_all(&mut self, now: Now) -> Result<(), Fault> {
        while self.fault.is_none() && self.memory.mirror.len() > 0 {
            if self.memory.shortage == Shortage::Wall {
                // What is not folded is found in the journal at the next start.
                return Ok(());
            }
            let (reply, _) = oneshot::channel();
            self.run(vec![Job::Settle(reply)], now)?;
        }
        Ok(())
    }

    /// Takes back what is leased, for nobody is left to settle it, and notes that the file is closed in order.
    pub(super) fn sign_off(&mut self, now: Now) -> Result<(), Fault> {
        loop {
            let (ask, mut returned) = Ask::new(ReturnLeases);
            self.run(vec![Job::Rare(Box::new(ask))], now)?;
            if !matches!(returned.try_recv(), Ok(Ok(1..))) {
                break;
            }
        }
        let txn = self.db.begin_write()?;
        let at = u64::try_from(self.memory.last_stamp.0).unwrap_or(0);
        txn.open_table(tables::CURSORS)?.insert(tables::CLOSED, at)?;
        txn.commit()?;
        Ok(())
    }

    fn commit(&mut self, jobs: &mut Vec<Job>, now: Now) -> Result<(), Fault> {
        let begun = Instant::now();
        let (steady, wall) = now;
        let stamp = steady.max(self.memory.last_stamp);
        self.memory.last_stamp = stamp;
        let sabotage = self.memory.sabotage;

        let mut txn = self.db.begin_write()?;
        if sabotage.commits_without_sync() {
            txn.set_durability(Durability::None)?;
        } else if self.backend.len().unwrap_or(0) >= QUICK_REPAIR_FROM {
            txn.set_quick_repair(true);
        }
        let mut desk = Desk::new(&txn, &mut self.memory, (stamp, wall))?;
        for job in jobs.iter_mut() {
            job.apply(&mut desk)?;
        }
        let wanted = !self.settling.is_empty() || jobs.iter().any(|job| matches!(job, Job::Settle(_)));
        fold_behind(&mut desk, wanted)?;
        let changed = desk.finish()?;
        let verbs = jobs.len();
        if sabotage.answers_before_commit() {
            jobs.drain(..).for_each(|job| job.answer(None));
        }
        if !changed {
            return Ok(txn.abort()?);
        }
        if std::mem::take(&mut self.memory.says_closed) {
            txn.open_table(tables::CURSORS)?.remove(tables::CLOSED)?;
        }
        txn.commit()?;
        if let Some(observer) = &self.observer {
            let file_bytes = self.backend.len().unwrap_or(0);
            observer(Commit {
                took: begun.elapsed(),
                verbs,
                file_bytes,
            });
        }
        Ok(())
    }

    fn answer(&mut self, jobs: Vec<Job>) {
        let position = self.memory.next_position;
        for job in jobs {
            match job {
                Job::Settle(reply) => self.settling.push((position, reply)),
                Job::Snapshot(reply) => drop(reply.send(self.snapshot())),
                job => job.answer(None),
            }
        }
        let mirror = &self.memory.mirror;
        let folded = match (&mirror.frozen, mirror.growing.first_position()) {
            (Some(frozen), _) => frozen.first_position(),
            (None, Some(first)) => first,
            (None, None) => u64::MAX,
        };
        let (settled, waiting) = self.settling.drain(..).partition(|(until, _)| *until <= folded);
        self.settling = waiting;
        let settled: Vec<(u64, oneshot::Sender<Result<(), Fault>>)> = settled;
        for (_, reply) in settled {
            let _ = reply.send(Ok(()));
        }
    }

    fn snapshot(&self) -> Result<Snapshot, Fault> {
        let standings = self
            .memory
            .book
            .iter()
            .map(|entry| (entry.poll.number.0, entry.tally.clone()))
            .collect();
        Ok(Snapshot {
            txn: self.db.begin_read()?,
            standings,
        })
    }
}

/// Folds a slice of what is frozen, or freezes what is large or old enough, or sweeps.
fn fold_behind(desk: &mut Desk<'_>, wanted: bool) -> Result<(), Fault> {
    if desk.memory.shortage == Shortage::Wall {
        return Ok(());
    }
    if desk.memory.mirror.frozen.is_some() {
        // Each vote is folded in two steps, so four steps a vote drain twice as fast as votes arrive.
        let slice = desk.memory.fold_slice;
        let mut left = (desk.facts() * 4).max(slice);
        while left > 0 && fold::slice(desk)? {
            left = left.saturating_sub(slice);
        }
        return Ok(());
    }
    let growing = &desk.memory.mirror.growing;
    let old = growing
        .since
        .is_some_and(|since| desk.stamp.0 - since.0 >= FREEZE_AFTER);
    let behind = desk.memory.next_position.saturating_sub(desk.memory.cursor);
    let due = match growing.len() {
        0 => behind >= PASS_OVER,
        some => wanted || old || some >= FREEZE_AT,
    };
    if due {
        fold::freeze(desk);
    } else {
        fold::sweep(desk)?;
    }
    Ok(())
}
