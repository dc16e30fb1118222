//! Compaction: the file's free pages are given back to the disk, when it is asked for, and by itself in quiet hours.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::Upkeep;
use crate::clock::Clock;
use crate::config::Launch;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::{Compacted, Fault, Store};
use crate::web::auth::Admin;
use crate::web::{ApiError, answer};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The quiet hours, UTC: from the first, before the second.
const QUIET: (i64, i64) = (3, 5);
/// Around a launch nothing is compacted: from so long before to so long after, in milliseconds.
const LAUNCH: (i64, i64) = (2 * HOUR_MS, 24 * HOUR_MS);
/// A smaller file is not worth it, in bytes.
const WORTH: u64 = 64 << 20;
/// More commits than this in the minute before are no quiet.
const BUSY_COMMITS: u64 = 60;
const EVERY: Duration = Duration::from_secs(60);

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Compacted")]
pub(super) struct Done {
    before_bytes: u64,
    after_bytes: u64,
    took_ms: u64,
}

/// `POST /api/compact`
pub(super) async fn compact(
    State(upkeep): State<Upkeep>,
    Admin(who): Admin,
) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let done = match parts.store.compact().await {
        Ok(done) => done,
        Err(Fault::Busy(with)) => {
            return Err(ApiError::conflict(format!(
                "the data file is busy with {with}; try again when that is done"
            )));
        }
        Err(fault) => return Err(fault.into()),
    };
    told(&parts.metrics, done, &who.to_string());
    let done = Done {
        before_bytes: done.before,
        after_bytes: done.after,
        took_ms: u64::try_from(done.took.as_millis()).unwrap_or(u64::MAX),
    };
    Ok(answer::json(StatusCode::OK, &done))
}

pub(super) fn told(metrics: &Metrics, done: Compacted, by: &str) {
    let took = done.took;
    metrics.store_file_bytes().set(done.after);
    tracing::info!(
        by,
        before = done.before,
        after = done.after,
        ?took,
        "the data file was compacted"
    );
}

/// Compacts by itself.
pub struct Compactor {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    launch: watch::Receiver<Launch>,
    rest: Rest,
    /// The day on which it was last looked at, since the epoch.
    looked: Option<i64>,
}

impl Compactor {
    /// One for this store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, metrics: Metrics, launch: watch::Receiver<Launch>) -> Self {
        Self {
            store,
            clock,
            metrics,
            launch,
            rest: Rest::default(),
            looked: None,
        }
    }

    /// Compacts where more than half of the file is free.
    async fn look(&self) -> Result<(), Fault> {
        let used = self.store.occupancy().await?.used();
        let file = std::fs::metadata(self.store.path()).map_or(0, |file| file.len());
        if file >= WORTH && used < file / 2 {
            let done = self.store.compact().await?;
            told(&self.metrics, done, "itself");
        }
        Ok(())
    }
}

/// Whether the file is left alone: few commits between two looks. Before the second look nothing is known, and who starts
/// in the night may do so under load.
#[derive(Default)]
struct Rest {
    commits: Option<u64>,
}

impl Rest {
    /// Whether there were few since the last look, of `commits` so far.
    fn look(&mut self, commits: u64) -> bool {
        let before = self.commits.replace(commits);
        before.is_some_and(|before| commits.saturating_sub(before) <= BUSY_COMMITS)
    }
}

/// Whether `now` is an hour in which nobody minds, with a launch at `launch` if there is one.
fn is_quiet(now: Millis, launch: Option<Millis>) -> bool {
    let near = launch.is_some_and(|at| {
        let since = now.0.saturating_sub(at.0);
        since >= -LAUNCH.0 && since <= LAUNCH.1
    });
    let hour = now.0.div_euclid(HOUR_MS).rem_euclid(24);
    (QUIET.0..QUIET.1).contains(&hour) && !near
}

impl Worker for Compactor {
    fn name(&self) -> Cow<'static, str> {
        "compactor".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let now = self.clock.now();
        let rests = self.rest.look(self.metrics.store_commit().count());
        let today = now.0.div_euclid(DAY_MS);
        let launch = self.launch.borrow().at;
        if self.looked == Some(today) || !is_quiet(now, launch) || !rests {
            return Ok(Next::After(EVERY));
        }
        match self.look().await {
            // Another minute may do.
            Err(fault) if fault.is_passing() => {}
            looked => {
                looked?;
                self.looked = Some(today);
            }
        }
        Ok(Next::After(EVERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_no_rest_and_rest_is_few_commits_since_the_last_look() {
        let mut rest = Rest::default();
        assert!(!rest.look(0), "a start");
        assert!(rest.look(BUSY_COMMITS));
        assert!(!rest.look(2 * BUSY_COMMITS + 1));
        assert!(rest.look(2 * BUSY_COMMITS + 1));
    }

    #[test]
    fn quiet_is_at_night_and_far_from_a_launch() {
        let at = |text: &str| Millis::parse_rfc3339(text).unwrap();
        let launch = Some(at("2026-12-01T05:30:00Z"));
        for (now, quiet, near) in [
            ("2026-11-23T02:59:59Z", false, false),
            ("2026-11-23T03:00:00Z", true, true),
            ("2026-11-23T04:59:59Z", true, true),
            ("2026-11-23T05:00:00Z", false, false),
            ("2026-12-01T03:29:00Z", true, true),
            ("2026-12-01T03:30:00Z", true, false),
            ("2026-12-02T04:00:00Z", true, false),
            ("2026-12-03T04:00:00Z", true, true),
        ] {
            assert_eq!(is_quiet(at(now), None), quiet, "{now}");
            assert_eq!(is_quiet(at(now), launch), near, "{now}, with a launch");
        }
    }
}
