//! Starting tasks, and what becomes of their panics.

use std::any::Any;
use std::borrow::Cow;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// A part without which the process must not go on has failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{task} ended the process: {reason}")]
pub struct Fault {
    /// The name its task was started under.
    pub task: Cow<'static, str>,
    /// What it said, in one line.
    pub reason: String,
}

/// Where tasks are started; clones share the count and the fault.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    fault: Arc<FirstFault>,
}

#[derive(Debug, Default)]
struct FirstFault {
    first: OnceLock<Fault>,
    raised: Notify,
}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task whose panic is contained: it is logged, and everything else goes on.
    pub fn spawn<F>(&self, name: impl Into<Cow<'static, str>>, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let name = name.into();
        self.start(async move {
            if let Err(reason) = contained(future).await {
                tracing::error!(task.name = %name, panic.message = %reason, "a task panicked; the process goes on");
            }
        });
    }

    /// Starts a task whose panic is a [`Fault`] of the process.
    pub fn spawn_vital<F>(&self, name: impl Into<Cow<'static, str>>, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (tasks, name) = (self.clone(), name.into());
        self.start(async move {
            if let Err(reason) = contained(future).await {
                tasks.raise(Fault {
                    task: name,
                    reason: format!("panic: {reason}"),
                });
            }
        });
    }

    /// Reports that the process must not go on. The first fault is kept, later ones are only logged.
    pub fn raise(&self, fault: Fault) {
        tracing::error!(task.name = %fault.task, fault.reason = %fault.reason, "a vital part failed");
        if self.fault.first.set(fault).is_ok() {
            self.fault.raised.notify_waiters();
        }
    }

    /// Resolves with the first fault; never, while there is none.
    pub async fn fault(&self) -> Fault {
        loop {
            let mut raised = pin!(self.fault.raised.notified());
            raised.as_mut().enable();
            if let Some(fault) = self.fault.first.get() {
                return fault.clone();
            }
            raised.await;
        }
    }

    /// How many tasks are running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.tracker.len()
    }

    /// Resolves when every task has ended. Call it after draining began; tasks started meanwhile are waited for too.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that starts tasks; the tracker counts them"
    )]
    fn start<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(tokio::spawn(self.tracker.track_future(future)));
    }
}

/// Runs `future`; a panic inside becomes an error with its message. A future that panicked is not polled again.
///
/// # Errors
/// The panic's message.
pub async fn contained<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    std::future::poll_fn(move |cx| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => std::task::Poll::Ready(Err(message(payload.as_ref()))),
        }
    })
    .await
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_an_ordinary_task_is_contained() {
        let tasks = Tasks::new();
        tasks.spawn("careless", async { panic!("oh") });
        tasks.finished().await;
        assert!(tasks.fault.first.get().is_none());
        assert_eq!(tasks.running(), 0);
    }

    #[tokio::test]
    async fn a_panic_in_a_vital_task_is_a_fault_of_the_process() {
        let tasks = Tasks::new();
        tasks.spawn_vital("writer", async { panic!("disk {}", "gone") });
        let fault = tasks.fault().await;
        assert_eq!(fault.to_string(), "writer ended the process: panic: disk gone");
        assert_eq!(tasks.fault().await.task, "writer", "the fault stays");
    }
}
