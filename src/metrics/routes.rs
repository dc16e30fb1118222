//! Requests by route and status: one histogram for each pair, made when the route is registered.

use std::sync::Arc;
use std::time::Duration;

use super::numbers::Durations;

/// Status codes that are told apart, in order; every other one is counted as `other`.
const STATUSES: [(u16, &str); 31] = [
    (101, "101"),
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (204, "204"),
    (206, "206"),
    (301, "301"),
    (302, "302"),
    (303, "303"),
    (304, "304"),
    (307, "307"),
    (308, "308"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (406, "406"),
    (408, "408"),
    (409, "409"),
    (412, "412"),
    (413, "413"),
    (415, "415"),
    (416, "416"),
    (422, "422"),
    (429, "429"),
    (500, "500"),
    (502, "502"),
    (503, "503"),
    (504, "504"),
    (507, "507"),
];
/// The label of a status that is not in [`STATUSES`].
const OTHER: &str = "other";

/// The requests of one route. A clone is another handle to the same numbers.
#[derive(Clone, Debug)]
pub struct RouteMetrics(Arc<Route>);

#[derive(Debug)]
struct Route {
    name: &'static str,
    /// One for each of [`STATUSES`], in their order.
    statuses: [Durations; STATUSES.len()],
    other: Durations,
}

impl RouteMetrics {
    pub(super) fn new(name: &'static str) -> Self {
        Self(Arc::new(Route {
            name,
            statuses: std::array::from_fn(|_| Durations::default()),
            other: Durations::default(),
        }))
    }

    /// The route's name, as it was registered.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Counts one answered request: its status, and the time from its head to its answer's head.
    pub fn observe(&self, status: u16, duration: Duration) {
        let known = STATUSES.binary_search_by_key(&status, |(code, _)| *code).ok();
        let durations = known.and_then(|at| self.0.statuses.get(at));
        durations.unwrap_or(&self.0.other).observe(duration);
    }

    /// Every status with its durations.
    pub(super) fn statuses(&self) -> impl Iterator<Item = (&'static str, &Durations)> {
        let labels = STATUSES.iter().map(|(_, label)| *label);
        labels.zip(&self.0.statuses).chain([(OTHER, &self.0.other)])
    }

    /// How many requests were answered so far.
    pub(super) fn requests(&self) -> u64 {
        self.statuses()
            .map(|(_, durations)| durations.snapshot().count())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_in_order_and_named_by_their_code() {
        assert!(STATUSES.is_sorted());
        assert!(STATUSES.iter().all(|(code, label)| code.to_string() == *label));
    }

    #[test]
    fn an_unusual_status_is_counted_as_other() {
        let route = RouteMetrics::new("vote");
        for status in [202, 202, 418, 0, 65_535] {
            route.observe(status, Duration::from_millis(1));
        }
        let counted = |(label, durations): (&'static str, &Durations)| {
            let count = durations.snapshot().count();
            (count > 0).then_some((label, count))
        };
        let counts: Vec<_> = route.statuses().filter_map(counted).collect();
        assert_eq!(counts, [("202", 2), ("other", 3)]);
        assert_eq!(route.requests(), 5);
    }
}
