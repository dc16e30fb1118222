//! What is counted of the post at Product Hunt.

use super::Metrics;
use super::labels::{HuntOutcome, PerLabel};
use super::numbers::{Counter, Gauge};
use super::text::Text;

/// The post as it was seen last, and how often it was asked for.
#[derive(Debug, Default)]
pub(super) struct Hunt {
    votes: Gauge,
    comments: Gauge,
    requests: PerLabel<HuntOutcome, Counter>,
}

impl Hunt {
    pub(super) fn render(&self, text: &mut Text) {
        let name = "gantry_producthunt_votes";
        text.family(
            name,
            "gauge",
            "Votes of the post at Product Hunt, as said last; 0 while that is not known.",
        );
        text.sample(name, &[], self.votes.get());
        let name = "gantry_producthunt_comments";
        text.family(name, "gauge", "Its comments.");
        text.sample(name, &[], self.comments.get());
        let name = "gantry_producthunt_requests_total";
        text.family(name, "counter", "Queries of Product Hunt's API, by outcome.");
        for (outcome, count) in self.requests.iter() {
            text.sample(name, &[("outcome", outcome)], count.get());
        }
    }
}

impl Metrics {
    /// `gantry_producthunt_votes`: votes of the post, as said last.
    #[must_use]
    pub fn hunt_votes(&self) -> &Gauge {
        &self.0.hunt.votes
    }

    /// `gantry_producthunt_comments`: its comments.
    #[must_use]
    pub fn hunt_comments(&self) -> &Gauge {
        &self.0.hunt.comments
    }

    /// `gantry_producthunt_requests_total{outcome}`: queries of its API.
    #[must_use]
    pub fn hunt_requests(&self, outcome: HuntOutcome) -> &Counter {
        self.0.hunt.requests.of(outcome)
    }
}
