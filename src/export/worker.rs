//! The worker that exports: step by step while there is something to go, and then as often as is configured.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::rows::Rows;
use super::sender::{Sender, Sent};
use super::session::Failure;
use super::target::Target;
use super::{Export, Parts};
use crate::model::export::{ExportDone, Lost, REASON_MAX, SET_ASIDE_MOST, SetAside};
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// How long to wait where the store has no time.
const BUSY: Duration = Duration::from_secs(1);

/// Exports, in the background.
pub struct Exporter {
    export: Export,
    target: Arc<Target>,
    sender: Sender,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There is more to go.
    More,
    /// Nothing is left for now.
    Current,
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error(transparent)]
    Database(#[from] Failure),
    #[error(
        "{SET_ASIDE_MOST} rows are set aside, and no more will be: the tables refuse what they are to hold; once they do not, run gantry export backfill"
    )]
    TooManyAside,
}

impl Exporter {
    pub(super) fn new(export: Export, target: Arc<Target>) -> Self {
        let sender = Sender::new(export.parts.store.identity());
        Self {
            export,
            target,
            sender,
        }
    }

    async fn step(&mut self) -> Result<Step, StepError> {
        // As long as there is no connection, nothing is read for it.
        if self.export.failing().is_some() {
            self.sender.connect(&self.target).await?;
        }
        let parts = &self.export.parts;
        let Some(batch) = parts.store.next_export().await? else {
            tracing::warn!(
                "the journal was cut before all of it was exported; everything is exported from the tables"
            );
            parts.store.begin_backfill().await?;
            return Ok(Step::More);
        };
        if batch.is_nothing() {
            return Ok(Step::Current);
        }
        let (step, more) = (batch.step.clone(), batch.more);
        let cost = parts.funnel.borrow().cost_per_visit;
        let rows = Rows::of(batch, &parts.store.standings(), cost);
        let sent = self.sender.send(&self.target, rows).await?;
        let refused = self.set_aside(&sent);
        let Sent { rows, gone, .. } = sent;
        let done = ExportDone {
            step,
            rows,
            refused,
            gone,
        };
        if !parts.store.note_exported(done).await? {
            return Err(StepError::TooManyAside);
        }
        parts.metrics.exported_rows().add(rows);
        if let Some(was) = self.export.note_success() {
            tracing::info!(export.failing_since = %was.since, "rows are exported again");
        }
        Ok(match more {
            true => Step::More,
            false => Step::Current,
        })
    }

    /// Rows that cannot go, as they are kept; each is a line in the log.
    fn set_aside(&self, sent: &Sent) -> Vec<SetAside> {
        let at = self.export.parts.clock.now();
        let kept = sent.refused.iter().map(|(row, why)| {
            let (key, name) = row.names();
            tracing::error!(export.row = %name, export.reason = %why,
                "the database refuses a row, which is set aside; gantry export status names it");
            SetAside {
                key,
                name,
                reason: cut(why),
                at,
            }
        });
        kept.collect()
    }

    async fn unit(&mut self) -> Result<Step, StepError> {
        let stepped = self.step().await;
        gauge(&self.export.parts).await?;
        stepped
    }
}

/// Says on the metrics how far behind it is.
async fn gauge(parts: &Parts) -> Result<(), Fault> {
    if let Some(standing) = parts.store.export_standing().await? {
        let waits = standing
            .waits_since
            .map_or(0, |since| parts.store.now().0 - since.0);
        let waits = u64::try_from(waits).unwrap_or(0);
        parts.metrics.export_lag_ms().set(waits);
        parts.metrics.export_set_aside().set(standing.aside);
        let Lost {
            windows,
            events,
            polls,
        } = standing.lost;
        if parts.metrics.set_export_lost(&standing.lost) < standing.lost.total() {
            tracing::error!(
                export.lost_windows = windows,
                export.lost_events = events,
                export.lost_polls = polls,
                "so much was forgotten before it was exported: the database was away for too long"
            );
        }
    }
    Ok(())
}

fn cut(reason: &str) -> String {
    let end = reason.floor_char_boundary(REASON_MAX);
    reason.get(..end).unwrap_or_default().to_owned()
}

impl Worker for Exporter {
    fn name(&self) -> Cow<'static, str> {
        "export".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let shutdown = self.export.parts.shutdown.clone();
        // What is cut off here goes again at the next start, and is the same.
        let stepped = tokio::select! {
            biased;
            () = shutdown.draining() => {
                self.sender.hang_up();
                return Ok(Next::Done);
            }
            stepped = self.unit() => stepped,
        };
        match stepped {
            Ok(Step::More) => Ok(Next::Again),
            Ok(Step::Current) => Ok(Next::After(self.export.parts.every)),
            Err(StepError::Store(fault)) if fault.is_passing() => Ok(Next::After(BUSY)),
            Err(StepError::Store(fault)) => Err(fault.into()),
            Err(error) => {
                self.export.parts.metrics.export_failures().inc();
                self.export.note_failure(error.to_string());
                Err(error.into())
            }
        }
    }

    async fn wait(&mut self) {
        self.export.stirred.notified().await;
    }
}
