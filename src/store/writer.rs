//! The writer: one plain thread, and the bounded queue in front of it.
//!
//! Group commit without a timer: whatever gathered while the last batch was syncing goes into the next. A full queue
//! makes those who ask wait; it never drops.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot, watch};

use super::doubt;
use super::engine::{Engine, Idle};
use super::error::Fault;
use super::verbs::{Ask, Job, Verb};
use crate::clock::Steady;

/// The most jobs waiting for the writer.
const MAX_WAITING: usize = 8_192;
/// The most jobs in one commit.
const MAX_BATCH: usize = 1_024;
/// How long votes may wait for company before they are folded, when nothing else happens.
const QUIET: Duration = Duration::from_millis(500);

enum Message {
    Job(Job),
    Close(oneshot::Sender<Result<(), Fault>>),
}

/// The way to the writer's thread.
pub(super) struct Writer {
    queue: Sender<Message>,
    room: Arc<Semaphore>,
    fault: watch::Receiver<Option<Fault>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(engine: Engine, clock: Arc<Steady>) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let room = Arc::new(Semaphore::new(MAX_WAITING));
        let (report, fault) = watch::channel(None);
        let desk = Thread {
            engine,
            clock,
            jobs,
            room: room.clone(),
            report,
        };
        let thread = std::thread::Builder::new()
            .name("gantry-writer".into())
            .spawn(move || desk.run())?;
        Ok(Self {
            queue,
            room,
            fault,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has `verb` done and waits until it is durable.
    pub(super) async fn ask<V: Verb>(&self, verb: V, job: fn(Ask<V>) -> Job) -> Result<V::Outcome, Fault> {
        let (ask, answer) = Ask::new(verb);
        self.send(job(ask)).await?;
        answer.await.map_err(|_| Fault::Closed)?
    }

    pub(super) async fn send(&self, job: Job) -> Result<(), Fault> {
        let permit = self.room.acquire().await.map_err(|_| self.why_closed())?;
        self.queue
            .send(Message::Job(job))
            .map_err(|_| self.why_closed())?;
        // The writer gives the place back when it takes the job out.
        permit.forget();
        Ok(())
    }

    /// How many jobs wait for the writer.
    pub(super) fn waiting(&self) -> usize {
        MAX_WAITING.saturating_sub(self.room.available_permits())
    }

    /// The fault that ended the store, once there is one.
    pub(super) fn fault(&self) -> watch::Receiver<Option<Fault>> {
        self.fault.clone()
    }

    /// Lets the writer finish what waits, fold and close the file; then its thread ends.
    pub(super) async fn close(&self) -> Result<(), Fault> {
        let (reply, done) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).is_err() {
            return Err(self.why_closed());
        }
        let result = done.await.map_err(|_| Fault::Closed)?;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It has answered and has nothing left to do but return.
            let _ = thread.join();
        }
        result
    }

    fn why_closed(&self) -> Fault {
        self.fault.borrow().clone().unwrap_or(Fault::Closed)
    }
}

struct Thread {
    engine: Engine,
    clock: Arc<Steady>,
    jobs: Receiver<Message>,
    room: Arc<Semaphore>,
    report: watch::Sender<Option<Fault>>,
}

impl Thread {
    fn run(mut self) {
        let mut closing = None;
        while closing.is_none() {
            let Some(batch) = self.gather(&mut closing) else {
                return;
            };
            if let Err(fault) = self.work(batch) {
                self.report.send_replace(Some(fault));
            }
        }
        self.room.close();
        let result = self.close();
        if let Some(reply) = closing {
            let _ = reply.send(result);
        }
    }

    /// Runs a batch. Where it meets pages that contradict one another, that is a fault of the file.
    fn work(&mut self, batch: Vec<Job>) -> Result<(), Fault> {
        let now = self.clock.look();
        let ran = doubt::read(|| self.engine.run(batch, now));
        ran.unwrap_or_else(|| {
            let fault = Fault::file(doubt::CONTRADICTION);
            self.engine.fault = Some(fault.clone());
            Err(fault)
        })
    }

    /// Folds what is left, signs off and closes the file.
    fn close(&mut self) -> Result<(), Fault> {
        let now = self.clock.look();
        let engine = &mut self.engine;
        let closed = doubt::read(|| {
            engine.settle_all(now)?;
            engine.sign_off(now)
        });
        closed.unwrap_or_else(|| Err(Fault::file(doubt::CONTRADICTION)))?;
        close(&self.engine)
    }

    /// The next batch: whatever waits, or nothing when there is work to do behind. `None` when nobody can ask.
    fn gather(&self, closing: &mut Option<oneshot::Sender<Result<(), Fault>>>) -> Option<Vec<Job>> {
        let first = match self.engine.idle() {
            Idle::Busy => None,
            Idle::Soon => match self.jobs.recv_timeout(QUIET) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return None,
            },
            Idle::Quiet => Some(self.jobs.recv().ok()?),
        };
        let (mut batch, mut weight) = (Vec::new(), 0);
        let mut next = first.or_else(|| self.jobs.try_recv().ok());
        while let Some(message) = next {
            match message {
                Message::Job(job) => {
                    weight += job.weight();
                    batch.push(job);
                }
                Message::Close(reply) => {
                    *closing = Some(reply);
                    break;
                }
            }
            next = if weight < MAX_BATCH {
                self.jobs.try_recv().ok()
            } else {
                None
            };
        }
        self.room.add_permits(batch.len());
        Some(batch)
    }
}

fn close(engine: &Engine) -> Result<(), Fault> {
    if let Some(fault) = &engine.fault {
        return Err(fault.clone());
    }
    engine.db.close()
}
