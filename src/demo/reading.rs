//! Readings: what there is to show at a moment, gathered from everyone who takes part and from the appliance.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::Cast;
use super::launch::POLL;
use super::meter::Counts;
use super::stage::Stage;
use crate::metrics::{Metrics, Stream};
use crate::store::Store;

/// Over how long rates and percentiles are taken.
const WINDOW: Duration = Duration::from_secs(1);
/// How many seconds the course of votes shows.
pub(super) const COURSE_SECONDS: usize = 60;

/// What there is to show.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// Where the page is.
    pub(super) public: SocketAddr,
    /// Where the metrics are.
    pub(super) admin: SocketAddr,
    /// Where the maker's own site is.
    pub(super) origin: SocketAddr,
    /// Where events are delivered to.
    pub(super) receiver: SocketAddr,
    /// Where the data file is.
    pub(super) data: PathBuf,
    /// How long people have been voting.
    pub(super) elapsed: Duration,
    /// How long they will.
    pub(super) seconds: Option<u64>,
    /// Each option's label and votes.
    pub(super) options: Vec<(String, u64)>,
    /// Votes acknowledged to our voters.
    pub(super) acknowledged: u64,
    /// Of them in the last second.
    pub(super) rate: f64,
    /// The most in one second.
    pub(super) peak: f64,
    /// The seconds before, newest last.
    pub(super) course: Vec<f64>,
    /// From sending a vote to its answer: half, and 99 of 100, took no longer.
    pub(super) answered_in: [Option<Duration>; 2],
    /// Commits in the last second.
    pub(super) commits: f64,
    /// Changes in each of them, on average.
    pub(super) verbs_per_commit: f64,
    /// How long each took, sync included, on average.
    pub(super) commit_took: Duration,
    /// Size of the data file.
    pub(super) file_bytes: u64,
    /// Open event streams, of watchers and browsers.
    pub(super) streams: u64,
    /// From a vote's answer to the frame that shows it.
    pub(super) shown_in: [Option<Duration>; 2],
    /// Events in, and deliveries out.
    pub(super) traffic: Traffic,
    /// The page and the site behind it.
    pub(super) front: Front,
}

/// The page, and the site behind it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Front {
    /// Pages shown to our visitors, and how many in the last second.
    pub(super) visits: u64,
    pub(super) visits_rate: f64,
    /// How many came out of the cache, of a thousand.
    pub(super) hits_per_mille: u64,
    /// Pages that nobody could be shown.
    pub(super) failed: u64,
    /// Sign-ups acknowledged.
    pub(super) signups: u64,
    /// Whether the site behind is gone at the moment.
    pub(super) is_down: bool,
}

/// Events in, and deliveries out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    /// Events acknowledged to our sources, and how many in the last second.
    pub(super) events: u64,
    pub(super) events_rate: f64,
    /// Deliveries the receiver has taken, each counted once, and how many in the last second.
    pub(super) delivered: u64,
    pub(super) delivered_rate: f64,
    /// Deliveries of acknowledged events that it has not taken yet.
    pub(super) waiting: u64,
    /// Calls that were limited, that failed otherwise, and that were made again.
    pub(super) limited: u64,
    pub(super) failed: u64,
    pub(super) again: u64,
}

impl Reading {
    /// This reading with the deliveries of a later one.
    pub(super) fn with_deliveries(&self, later: Self) -> Self {
        Self {
            elapsed: later.elapsed,
            traffic: later.traffic,
            ..self.clone()
        }
    }
}

/// Counters at one moment.
#[derive(Clone, Debug)]
struct Sample {
    at: Instant,
    acknowledged: u64,
    times: Counts,
    lags: Counts,
    commits: f64,
    commit_seconds: f64,
    verbs: f64,
    events: u64,
    delivered: u64,
    visits: u64,
}

/// Takes readings.
pub(super) struct Gauge<'a> {
    cast: Cast<'a>,
    store: Store,
    metrics: Metrics,
    fixed: (SocketAddr, SocketAddr, Option<u64>),
    samples: VecDeque<Sample>,
    /// Votes acknowledged by the end of each whole second.
    seconds: VecDeque<f64>,
    second: (u64, u64),
    peak: f64,
}

impl<'a> Gauge<'a> {
    pub(super) fn new(stage: &Stage, cast: Cast<'a>, seconds: Option<u64>) -> Self {
        Self {
            cast,
            store: stage.store().clone(),
            metrics: stage.running().metrics.clone(),
            fixed: (stage.public(), stage.admin(), seconds),
            samples: VecDeque::new(),
            seconds: VecDeque::new(),
            second: (0, 0),
            peak: 0.0,
        }
    }

    /// For how many seconds people are to vote.
    pub(super) const fn planned(&self) -> Option<u64> {
        self.fixed.2
    }

    /// What there is to show now.
    pub(super) fn read(&mut self) -> Reading {
        let newest = self.sample();
        let elapsed = newest.at - self.cast.voters.begun();
        self.count_seconds(elapsed, newest.acknowledged);
        while self.samples.len() > 1 && self.samples.get(1).is_some_and(|s| newest.at - s.at >= WINDOW) {
            self.samples.pop_front();
        }
        self.samples.push_back(newest.clone());
        let oldest = self.samples.front().unwrap_or(&newest);
        let passed = (newest.at - oldest.at).as_secs_f64().max(0.001);
        let commits = newest.commits - oldest.commits;
        let per_commit = |amount: f64| if commits > 0.0 { amount / commits } else { 0.0 };
        let both = |counts: Counts| [50, 99].map(|percent| counts.percentile(percent));
        let (public, admin, seconds) = self.fixed;
        Reading {
            public,
            admin,
            origin: self.cast.origin.at(),
            receiver: self.cast.receiver.at(),
            data: self.store.path().to_owned(),
            elapsed,
            seconds,
            options: self.options(),
            acknowledged: newest.acknowledged,
            rate: to_float(newest.acknowledged - oldest.acknowledged) / passed,
            peak: self.peak,
            course: self.seconds.iter().copied().collect(),
            answered_in: both(newest.times.since(&oldest.times)),
            commits: commits / passed,
            verbs_per_commit: per_commit(newest.verbs - oldest.verbs),
            commit_took: Duration::from_secs_f64(
                per_commit(newest.commit_seconds - oldest.commit_seconds).max(0.0),
            ),
            file_bytes: u64::try_from(self.metrics.store_file_bytes().get()).unwrap_or(0),
            streams: u64::try_from(self.metrics.sse_clients(Stream::Poll).get()).unwrap_or(0),
            shown_in: both(newest.lags.since(&oldest.lags)),
            traffic: self.traffic(&newest, oldest, passed),
            front: self.front(&newest, oldest, passed),
        }
    }

    fn front(&self, newest: &Sample, oldest: &Sample, seconds: f64) -> Front {
        let diary = self.cast.visitors.diary();
        let kept = diary.hits.load(Relaxed) + diary.stale.load(Relaxed);
        Front {
            visits: newest.visits,
            visits_rate: to_float(newest.visits - oldest.visits) / seconds,
            hits_per_mille: (kept * 1_000).checked_div(newest.visits).unwrap_or(0).min(1_000),
            failed: diary.failed.load(Relaxed),
            signups: diary.signups.load(Relaxed),
            is_down: self.cast.origin.is_down(),
        }
    }

    fn traffic(&self, newest: &Sample, oldest: &Sample, seconds: f64) -> Traffic {
        let calls = self.cast.receiver.counts();
        let due = self.cast.sources.book().deliveries();
        let rate = |now, then| to_float(now - then) / seconds;
        Traffic {
            events: newest.events,
            events_rate: rate(newest.events, oldest.events),
            delivered: newest.delivered,
            delivered_rate: rate(newest.delivered, oldest.delivered),
            // One may arrive before its source has the answer.
            waiting: due.saturating_sub(newest.delivered),
            limited: calls.limited.load(Relaxed),
            failed: calls.failed.load(Relaxed),
            again: calls.again.load(Relaxed),
        }
    }

    fn sample(&self) -> Sample {
        let text = self.metrics.render();
        Sample {
            at: Instant::now(),
            acknowledged: self.cast.voters.answers().acknowledged.load(Relaxed),
            times: self.cast.voters.times().snapshot(),
            lags: self.cast.watchers.lags().snapshot(),
            commits: value(&text, "gantry_store_commit_seconds_count"),
            commit_seconds: value(&text, "gantry_store_commit_seconds_sum"),
            verbs: value(&text, "gantry_store_batch_size_sum"),
            events: self.cast.sources.book().acknowledged(),
            delivered: self.cast.receiver.counts().taken.load(Relaxed),
            visits: self.cast.visitors.diary().visits(),
        }
    }

    /// Closes the seconds that have passed. A reading that came late covers several: they share its votes.
    fn count_seconds(&mut self, elapsed: Duration, acknowledged: u64) {
        let (closed, before) = self.second;
        let passed = elapsed.as_secs().saturating_sub(closed);
        if passed == 0 {
            return;
        }
        let each = to_float(acknowledged - before) / to_float(passed);
        for _ in 0..passed.min(60) {
            self.seconds.push_back(each);
        }
        let surplus = self.seconds.len().saturating_sub(COURSE_SECONDS);
        self.seconds.drain(..surplus);
        self.peak = self.peak.max(each);
        self.second = (closed + passed, acknowledged);
    }

    fn options(&self) -> Vec<(String, u64)> {
        let Some(standing) = self.store.standing(POLL) else {
            return Vec::new();
        };
        let labels = standing
            .poll
            .draft
            .options
            .iter()
            .map(|option| option.label.clone());
        labels.zip(standing.tally.counts.iter().copied()).collect()
    }
}

/// The value of a series without labels.
fn value(text: &str, name: &str) -> f64 {
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}

/// Counts here are far below the 53 bits a float holds exactly.
pub(super) const fn to_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_by_its_whole_name() {
        let text = "# TYPE x histogram\nx_bucket{le=\"1\"} 2\nx_sum 1.5\nx_count 3\n";
        assert!((value(text, "x_sum") - 1.5).abs() < 1e-9);
        assert!((value(text, "x_count") - 3.0).abs() < 1e-9);
        assert!(value(text, "x").abs() < 1e-9);
    }
}
