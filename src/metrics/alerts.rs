//! What is counted of alerts, and of the sign of life.

use super::Metrics;
use super::labels::{HeartbeatOutcome, Label, PerLabel, WebhookOutcome};
use super::numbers::{Counter, Gauge};
use crate::model::alert::Rule;

/// Alerts that fire, and calls of the heartbeat.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    pub(super) firing: PerLabel<Rule, Gauge>,
    pub(super) heartbeats: PerLabel<HeartbeatOutcome, Counter>,
}

/// What rules of alerts are reckoned from: counts since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Calls to destinations.
    pub calls: u64,
    /// Those of them that are made again.
    pub retried: u64,
    /// Those that were answered with a 5xx or not at all.
    pub failed: u64,
    /// Those that were one too many (429).
    pub limited: u64,
    /// Requests that were answered with a page of the site.
    pub pages: u64,
    /// Those of them that were answered from memory.
    pub hits: u64,
    /// Webhooks whose signature was missing, wrong or of another time.
    pub unsigned: u64,
    /// Units of work that failed.
    pub worker_errors: u64,
}

impl Metrics {
    /// `gantry_alerts_firing{rule}`: alerts of a rule that fire, one for each destination where it is a rule of each.
    #[must_use]
    pub fn alerts_firing(&self, rule: Rule) -> &Gauge {
        self.0.alerts.firing.of(rule)
    }

    /// `gantry_heartbeats_total{outcome}`: calls of the heartbeat.
    #[must_use]
    pub fn heartbeats(&self, outcome: HeartbeatOutcome) -> &Counter {
        self.0.alerts.heartbeats.of(outcome)
    }

    /// What rules of alerts are reckoned from, as it stands now.
    #[must_use]
    pub fn watched(&self) -> Watched {
        let calls = self.calls();
        let (pages, hits) = self.pages_and_hits();
        let registered = self.registered();
        let unsigned = [
            WebhookOutcome::Unsigned,
            WebhookOutcome::BadSignature,
            WebhookOutcome::Stale,
        ];
        let of_source = |source: &super::WebhookMetrics| -> u64 {
            unsigned.iter().map(|outcome| source.of(*outcome)).sum()
        };
        Watched {
            calls: calls.attempts,
            retried: calls.retried,
            failed: calls.failed,
            limited: calls.limited,
            pages,
            hits,
            unsigned: registered.webhooks.iter().map(of_source).sum(),
            worker_errors: registered
                .worker_errors
                .iter()
                .map(|(_, errors)| errors.get())
                .sum(),
        }
    }
}

impl Label for Rule {
    const ALL: &'static [Self] = Self::ALL;

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}
