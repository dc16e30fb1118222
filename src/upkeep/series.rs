//! The key series of the metrics, kept in the data file by the minute.

use std::borrow::Cow;
use std::time::Duration;

use tokio::sync::watch;

use super::backlog;
use crate::clock::Clock;
use crate::config::Retention;
use crate::metrics::{KeySeries, Metrics};
use crate::runtime::{Next, Worker};
use crate::store::Store;

const MINUTE_MS: i64 = 60_000;

/// Samples once a minute, at its end.
pub struct SeriesRecorder {
    store: Store,
    metrics: Metrics,
    series: KeySeries,
    clock: Clock,
    policy: watch::Receiver<Retention>,
    /// The minute being gathered.
    minute: i64,
}

impl SeriesRecorder {
    /// A recorder of what `metrics` counts from now on.
    #[must_use]
    pub fn new(store: Store, metrics: &Metrics, clock: Clock, policy: watch::Receiver<Retention>) -> Self {
        let minute = clock.now().0.div_euclid(MINUTE_MS);
        Self {
            store,
            metrics: metrics.clone(),
            series: metrics.key_series(),
            clock,
            policy,
            minute,
        }
    }
}

impl Worker for SeriesRecorder {
    fn name(&self) -> Cow<'static, str> {
        "series-recorder".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let now = self.clock.now().0;
        let minute = now.div_euclid(MINUTE_MS);
        if minute != self.minute {
            backlog::gauge(&self.store, &self.metrics, self.clock.now()).await?;
            let gathered = u64::try_from(std::mem::replace(&mut self.minute, minute))?;
            #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^53")]
            let sample = |s: crate::metrics::Sample| (s.series.id(), s.value as f64);
            let samples = self.series.sample().into_iter().map(sample).collect();
            let keep_minutes = self.policy.borrow().metrics_1m.as_secs() / 60;
            let recorded = self.store.record_series(gathered, samples, keep_minutes).await;
            recorded?;
        }
        let left = u64::try_from(MINUTE_MS - now.rem_euclid(MINUTE_MS))?;
        Ok(Next::After(Duration::from_millis(left)))
    }
}
