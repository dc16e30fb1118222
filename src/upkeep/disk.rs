//! The disk: how much it has left, as a gauge, and a line in the log when that becomes too little and when it is enough again.

use std::borrow::Cow;
use std::time::Duration;

use crate::metrics::Metrics;
use crate::runtime::{Next, Worker};
use crate::store::{Shortage, Store};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Looks at the disk.
pub struct DiskWatch {
    store: Store,
    metrics: Metrics,
    before: Shortage,
}

impl DiskWatch {
    /// One that looks at the disk of `store`.
    #[must_use]
    pub const fn new(store: Store, metrics: Metrics) -> Self {
        Self {
            store,
            metrics,
            before: Shortage::None,
        }
    }
}

impl Worker for DiskWatch {
    fn name(&self) -> Cow<'static, str> {
        "disk-watch".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let Some(space) = self.store.space() else {
            return Ok(Next::After(EVERY));
        };
        self.metrics.store_disk_free_bytes().set(space.free);
        let now = space.shortage();
        if now != self.before {
            let (free, reserve) = (space.free, space.reserve);
            match now {
                Shortage::None => tracing::info!(free, reserve, "the disk has room again"),
                Shortage::Tight => tracing::error!(
                    free,
                    reserve,
                    "the disk is nearly full: votes, events and polls are refused (507) until there is room"
                ),
                Shortage::Wall => tracing::error!(free, reserve, "the disk is full: nothing is sent either"),
            }
            self.before = now;
        }
        Ok(Next::After(EVERY))
    }
}
