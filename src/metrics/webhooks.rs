//! What is counted of webhooks, by source: registered when it is configured.

use std::sync::Arc;

use super::labels::{PerLabel, WebhookOutcome};
use super::numbers::Counter;

/// The webhooks of one source. A clone is another handle to the same numbers.
#[derive(Clone, Debug)]
pub struct WebhookMetrics(Arc<Source>);

#[derive(Debug)]
struct Source {
    name: String,
    outcomes: PerLabel<WebhookOutcome, Counter>,
}

impl WebhookMetrics {
    pub(super) fn new(name: &str) -> Self {
        Self(Arc::new(Source {
            name: name.to_owned(),
            outcomes: PerLabel::default(),
        }))
    }

    /// The source's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// `gantry_webhooks_total{source,outcome}`: one more that ended so.
    pub fn count(&self, outcome: WebhookOutcome) {
        self.0.outcomes.of(outcome).inc();
    }

    pub(super) fn of(&self, outcome: WebhookOutcome) -> u64 {
        self.0.outcomes.of(outcome).get()
    }

    pub(super) fn outcomes(&self) -> impl Iterator<Item = (&'static str, &Counter)> {
        self.0.outcomes.iter()
    }
}
