//! What is counted of the site in front of which we stand.

use super::labels::{Label, OriginClass, PageStatus, PerLabel};
use super::numbers::{Counter, Gauge};

/// Requests for pages, what the cache holds, and requests to origins.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) requests: PerLabel<PageStatus, Counter>,
    pub(super) bytes: Gauge,
    pub(super) origin: PerLabel<OriginClass, Counter>,
}

impl Pages {
    /// Requests that were answered with a page, whoever made it.
    pub(super) fn answered(&self) -> u64 {
        PageStatus::ALL
            .iter()
            .filter(|status| !matches!(status, PageStatus::Limited | PageStatus::Refused))
            .map(|status| self.requests.of(*status).get())
            .sum()
    }

    /// Those of them that were answered from the cache.
    pub(super) fn hits(&self) -> u64 {
        let of = |status| self.requests.of(status).get();
        of(PageStatus::Hit) + of(PageStatus::Stale)
    }
}
