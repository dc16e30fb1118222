//! The order to stop, and until when.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A handle on the order to stop; clones share it.
///
/// Stages only go forward: running, draining, past the deadline.
#[derive(Clone, Debug)]
pub struct Shutdown {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    grace: Duration,
    draining: AtomicBool,
    drain: CancellationToken,
    cut: CancellationToken,
    until: OnceLock<Instant>,
}

impl Shutdown {
    /// A handle in the running stage; `grace` is the time between draining and the deadline.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                grace,
                draining: AtomicBool::new(false),
                drain: CancellationToken::new(),
                cut: CancellationToken::new(),
                until: OnceLock::new(),
            }),
        }
    }

    /// Begins draining; later calls change nothing.
    pub fn drain(&self) {
        self.shared
            .until
            .get_or_init(|| Instant::now() + self.shared.grace);
        self.shared.draining.store(true, Ordering::Release);
        self.shared.drain.cancel();
    }

    /// Brings the deadline to now, beginning to drain if that had not begun.
    pub fn cut(&self) {
        self.drain();
        self.shared.cut.cancel();
    }

    /// Whether draining has begun: one relaxed-cost load, fit for hot paths.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Acquire)
    }

    /// Resolves when draining begins, or at once if it has.
    pub async fn draining(&self) {
        self.shared.drain.cancelled().await;
    }

    /// Resolves at the deadline: one grace period after draining began, or at [`Shutdown::cut`].
    pub async fn deadline(&self) {
        self.draining().await;
        let until = *self.shared.until.get_or_init(Instant::now);
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = self.shared.cut.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_deadline_comes_one_grace_period_after_draining_began() {
        let shutdown = Shutdown::new(Duration::from_millis(50));
        assert!(!shutdown.is_draining());
        let began = Instant::now();
        shutdown.clone().drain();
        shutdown.draining().await;
        assert!(shutdown.is_draining());
        shutdown.deadline().await;
        assert!(began.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn a_cut_does_not_wait_for_the_grace_period() {
        let shutdown = Shutdown::new(Duration::from_secs(3600));
        shutdown.cut();
        shutdown.deadline().await;
        assert!(shutdown.is_draining());
    }
}
