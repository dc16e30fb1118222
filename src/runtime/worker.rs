//! Workers: background work in units, supervised, with a status an operator sees.

use std::borrow::Cow;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Shutdown, Tasks};

/// The wait after the first error in a row; it doubles with each further one.
const BACKOFF_BASE: Duration = Duration::from_millis(250);
/// The longest wait after an error.
const BACKOFF_CAP: Duration = Duration::from_secs(30);
/// The longest error text kept in a status, in characters.
const ERROR_TEXT_MAX: usize = 300;

/// What a worker wants after a unit of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is more to do now.
    Again,
    /// Nothing before this much time has passed, or [`Worker::wait`] resolves.
    After(Duration),
    /// Nothing until [`Worker::wait`] resolves.
    Wait,
    /// Nothing ever again: the worker is finished.
    Done,
}

/// Background work in units. Tests call [`Worker::work`] themselves; no supervisor is needed.
pub trait Worker: Send + 'static {
    /// The name in logs, metrics and status: lower case words joined by hyphens. Two workers that run at once have two.
    fn name(&self) -> Cow<'static, str>;

    /// Does one unit and says what comes next. It is never stopped midway, so a unit must end by itself in about a
    /// second.
    ///
    /// # Errors
    /// Any failure: it is counted and shown, and the unit is tried again after a back-off.
    fn work(&mut self) -> impl Future<Output = anyhow::Result<Next>> + Send;

    /// Resolves when there may be work. May be dropped at any time; the default never resolves.
    fn wait(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// What a worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerState {
    /// In a unit of work.
    Busy,
    /// Nothing to do.
    Idle,
    /// Backing off after an error.
    Throttled,
    /// Ended, by itself or by shutdown.
    Done,
}

impl WorkerState {
    /// The word shown to operators.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Idle => "idle",
            Self::Throttled => "throttled",
            Self::Done => "done",
        }
    }
}

/// A worker as an operator sees it.
#[derive(Clone, Debug)]
pub struct WorkerStatus {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it is doing.
    pub state: WorkerState,
    /// Errors since the start of the process.
    pub errors: u64,
    /// Errors since the last unit that succeeded.
    pub errors_in_a_row: u32,
    /// The last error, cut to 300 characters; kept after recovery.
    pub last_error: Option<String>,
}

/// Starts workers and keeps their statuses; clones share them.
#[derive(Clone)]
pub struct Workers {
    tasks: Tasks,
    shutdown: Shutdown,
    count_error: Arc<dyn Fn(&str) + Send + Sync>,
    statuses: Arc<Mutex<Vec<StatusCell>>>,
}

type StatusCell = Arc<Mutex<WorkerStatus>>;

impl Workers {
    /// `count_error` is called with the worker's name at each error.
    pub fn new(tasks: Tasks, shutdown: Shutdown, count_error: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tasks,
            shutdown,
            count_error: Arc::new(count_error),
            statuses: Arc::default(),
        }
    }

    /// Runs a worker until it is done or draining begins, always finishing its unit. Its panic is a fault of the
    /// process.
    pub fn start<W: Worker>(&self, worker: W) {
        let name = worker.name();
        let status = Arc::new(Mutex::new(WorkerStatus {
            name: name.clone(),
            state: WorkerState::Idle,
            errors: 0,
            errors_in_a_row: 0,
            last_error: None,
        }));
        let mut statuses = locked(&self.statuses);
        // Whoever is started again under its old name takes its old place.
        statuses.retain(|known| {
            let known = locked(known);
            known.name != name || known.state != WorkerState::Done
        });
        statuses.push(Arc::clone(&status));
        drop(statuses);
        let supervisor = Supervisor {
            worker,
            status,
            shutdown: self.shutdown.clone(),
            count_error: Arc::clone(&self.count_error),
        };
        self.tasks.spawn_vital(name, supervisor.run());
    }

    /// Every worker started, in order of starting.
    #[must_use]
    pub fn statuses(&self) -> Vec<WorkerStatus> {
        locked(&self.statuses).iter().map(|s| locked(s).clone()).collect()
    }
}

struct Supervisor<W> {
    worker: W,
    status: StatusCell,
    shutdown: Shutdown,
    count_error: Arc<dyn Fn(&str) + Send + Sync>,
}

impl<W: Worker> Supervisor<W> {
    async fn run(mut self) {
        while !self.shutdown.is_draining() {
            self.enter(WorkerState::Busy);
            match self.worker.work().await {
                Ok(next) => {
                    locked(&self.status).errors_in_a_row = 0;
                    if next == Next::Done {
                        break;
                    }
                    self.pause(next).await;
                }
                Err(error) => self.back_off(&error).await,
            }
        }
        self.enter(WorkerState::Done);
    }

    async fn pause(&mut self, next: Next) {
        let timer = match next {
            // A worker that always has more to do still lets others run.
            Next::Again => return tokio::task::yield_now().await,
            Next::After(wait) => Some(wait),
            Next::Wait | Next::Done => None,
        };
        self.enter(WorkerState::Idle);
        tokio::select! {
            () = self.shutdown.draining() => {}
            () = self.worker.wait() => {}
            () = tokio::time::sleep(timer.unwrap_or_default()), if timer.is_some() => {}
        }
    }

    async fn back_off(&mut self, error: &anyhow::Error) {
        let name = self.worker.name();
        (self.count_error)(&name);
        let wait = self.note(error);
        tracing::warn!(worker.name = %name, error = %format_args!("{error:#}"), retry.after_ms = wait.as_millis(),
            "a worker failed and will try again");
        tokio::select! {
            () = self.shutdown.draining() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Writes the error into the status and gives the wait before the next try.
    fn note(&self, error: &anyhow::Error) -> Duration {
        let mut status = locked(&self.status);
        let doublings = status.errors_in_a_row.min(16);
        status.errors = status.errors.saturating_add(1);
        status.errors_in_a_row = status.errors_in_a_row.saturating_add(1);
        status.last_error = Some(format!("{error:#}").chars().take(ERROR_TEXT_MAX).collect());
        status.state = WorkerState::Throttled;
        BACKOFF_BASE.saturating_mul(1 << doublings).min(BACKOFF_CAP)
    }

    fn enter(&self, state: WorkerState) {
        locked(&self.status).state = state;
    }
}

/// Statuses are plain values: one that a panic left half written is still worth showing.
fn locked<T>(cell: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
