//! Key series: the few numbers that are kept in the data file by the minute.

use super::Metrics;
use super::labels::{EventOutcome, Label, Stream, VoteOutcome};
use super::numbers::Snapshot;

/// The 99th percentile, in thousandths.
const P99: u64 = 990;

/// Which series a stored value belongs to.
///
/// The numbers stand in data files: an id keeps its meaning and unit for ever. A new series takes the next free number;
/// the number of a series that is given up is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum SeriesId {
    /// Votes counted since the last sample.
    VotesAccepted = 1,
    /// Votes neither counted nor replayed since the last sample.
    VotesRefused = 2,
    /// Requests answered since the last sample.
    HttpRequests = 3,
    /// 99th percentile of the commits since the last sample, in microseconds. No sample without a commit.
    CommitP99Micros = 4,
    /// Open event streams at the moment.
    SseClients = 5,
    /// Size of the data file at the moment, in bytes.
    StoreFileBytes = 6,
    /// Events recorded since the last sample.
    EventsAccepted = 7,
    /// Requests answered with a page of the site since the last sample.
    PagesRequests = 8,
    /// Those of them that were answered from the cache.
    PagesHits = 9,
    /// Visits since the last sample.
    Visits = 10,
    /// Conversions since the last sample.
    Conversions = 11,
    /// Calls to destinations since the last sample.
    Attempts = 12,
    /// Those of them that are made again.
    Retried = 13,
    /// Deliveries that wait or are under way at the moment.
    QueueDepth = 14,
    /// How long the oldest delivery that is due has waited at the moment, in milliseconds.
    LagMillis = 15,
    /// Dead letters at the moment.
    DeadLetters = 16,
    /// Votes of the post at Product Hunt, in the minute in which they were said.
    HuntVotes = 17,
    /// Its comments.
    HuntComments = 18,
}

impl SeriesId {
    /// Every series, by number.
    pub const ALL: [Self; 18] = [
        Self::VotesAccepted,
        Self::VotesRefused,
        Self::HttpRequests,
        Self::CommitP99Micros,
        Self::SseClients,
        Self::StoreFileBytes,
        Self::EventsAccepted,
        Self::PagesRequests,
        Self::PagesHits,
        Self::Visits,
        Self::Conversions,
        Self::Attempts,
        Self::Retried,
        Self::QueueDepth,
        Self::LagMillis,
        Self::DeadLetters,
        Self::HuntVotes,
        Self::HuntComments,
    ];

    /// The number under which it is stored.
    #[must_use]
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// The series of a stored number; `None` for one that this version does not know.
    #[must_use]
    pub fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|series| series.id() == id)
    }

    /// The series of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|series| series.name() == name)
    }

    /// Its name for people and for JSON; stable like the number.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VotesAccepted => "votes_accepted",
            Self::VotesRefused => "votes_refused",
            Self::HttpRequests => "http_requests",
            Self::CommitP99Micros => "commit_p99_micros",
            Self::SseClients => "sse_clients",
            Self::StoreFileBytes => "store_file_bytes",
            Self::EventsAccepted => "events_accepted",
            Self::PagesRequests => "pages_requests",
            Self::PagesHits => "pages_hits",
            Self::Visits => "visits",
            Self::Conversions => "conversions",
            Self::Attempts => "attempts",
            Self::Retried => "retried",
            Self::QueueDepth => "queue_depth",
            Self::LagMillis => "lag_millis",
            Self::DeadLetters => "dead_letters",
            Self::HuntVotes => "producthunt_votes",
            Self::HuntComments => "producthunt_comments",
        }
    }
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The series.
    pub series: SeriesId,
    /// Its value, in the series' unit.
    pub value: i64,
}

/// The key series as one worker samples them: counts are since its last sample, so that they can be summed over any
/// range and a restart is no dip.
#[derive(Debug)]
pub struct KeySeries {
    metrics: Metrics,
    last: Totals,
}

/// What only grows, at one moment.
#[derive(Debug)]
struct Totals {
    accepted: u64,
    refused: u64,
    requests: u64,
    events: u64,
    pages: u64,
    hits: u64,
    visits: u64,
    conversions: u64,
    attempts: u64,
    retried: u64,
    commits: Snapshot,
}

impl KeySeries {
    pub(super) fn new(metrics: Metrics) -> Self {
        let last = Totals::of(&metrics);
        Self { metrics, last }
    }

    /// The values since the last sample, or of the moment, in the order of [`SeriesId::ALL`]. What others say has its samples when it
    /// is said.
    pub fn sample(&mut self) -> Vec<Sample> {
        let now = Totals::of(&self.metrics);
        let commits = now.commits.since(&self.last.commits);
        let clients = Stream::ALL
            .iter()
            .map(|stream| self.metrics.sse_clients(*stream).get());
        let values = [
            (
                SeriesId::VotesAccepted,
                Some(grown(now.accepted, self.last.accepted)),
            ),
            (
                SeriesId::VotesRefused,
                Some(grown(now.refused, self.last.refused)),
            ),
            (
                SeriesId::HttpRequests,
                Some(grown(now.requests, self.last.requests)),
            ),
            (
                SeriesId::CommitP99Micros,
                commits.quantile(P99).map(|ns| grown(ns / 1_000, 0)),
            ),
            (SeriesId::SseClients, Some(clients.sum())),
            (
                SeriesId::StoreFileBytes,
                Some(self.metrics.store_file_bytes().get()),
            ),
            (
                SeriesId::EventsAccepted,
                Some(grown(now.events, self.last.events)),
            ),
            (SeriesId::PagesRequests, Some(grown(now.pages, self.last.pages))),
            (SeriesId::PagesHits, Some(grown(now.hits, self.last.hits))),
            (SeriesId::Visits, Some(grown(now.visits, self.last.visits))),
            (
                SeriesId::Conversions,
                Some(grown(now.conversions, self.last.conversions)),
            ),
            (SeriesId::Attempts, Some(grown(now.attempts, self.last.attempts))),
            (SeriesId::Retried, Some(grown(now.retried, self.last.retried))),
            (SeriesId::QueueDepth, Some(self.metrics.queue_depth().get())),
            (SeriesId::LagMillis, Some(self.metrics.event_waited_ms().get())),
            (SeriesId::DeadLetters, Some(self.metrics.dead_letters())),
        ];
        self.last = now;
        let sample = |(series, value): (SeriesId, Option<i64>)| {
            Some(Sample {
                series,
                value: value?,
            })
        };
        values.into_iter().filter_map(sample).collect()
    }
}

impl Totals {
    fn of(metrics: &Metrics) -> Self {
        let is_refused =
            |outcome: &&VoteOutcome| !matches!(outcome, VoteOutcome::Accepted | VoteOutcome::Replayed);
        let refused = VoteOutcome::ALL.iter().filter(is_refused);
        let calls = metrics.calls();
        Self {
            accepted: metrics.votes(VoteOutcome::Accepted).get(),
            refused: refused.map(|outcome| metrics.votes(*outcome).get()).sum(),
            requests: metrics.requests(),
            events: metrics.events_ingested(EventOutcome::Accepted).get(),
            pages: metrics.0.pages.answered(),
            hits: metrics.0.pages.hits(),
            visits: metrics.visits().get(),
            conversions: metrics.conversions_of_all(),
            attempts: calls.attempts,
            retried: calls.retried,
            commits: metrics.store_commit().snapshot(),
        }
    }
}

fn grown(now: u64, before: u64) -> i64 {
    i64::try_from(now.saturating_sub(before)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::PageStatus;
    use std::time::Duration;

    #[test]
    fn series_ids_are_what_data_files_hold() {
        let ids: Vec<(u16, &str)> = SeriesId::ALL.iter().map(|s| (s.id(), s.name())).collect();
        let stored = [
            (1, "votes_accepted"),
            (2, "votes_refused"),
            (3, "http_requests"),
            (4, "commit_p99_micros"),
            (5, "sse_clients"),
            (6, "store_file_bytes"),
            (7, "events_accepted"),
            (8, "pages_requests"),
            (9, "pages_hits"),
            (10, "visits"),
            (11, "conversions"),
            (12, "attempts"),
            (13, "retried"),
            (14, "queue_depth"),
            (15, "lag_millis"),
            (16, "dead_letters"),
            (17, "producthunt_votes"),
            (18, "producthunt_comments"),
        ];
        assert_eq!(ids, stored);
        assert!(
            SeriesId::ALL
                .iter()
                .all(|s| SeriesId::from_id(s.id()) == Some(*s))
        );
        assert_eq!(SeriesId::from_id(0), None);
    }

    #[test]
    fn counts_are_since_the_last_sample_and_gauges_of_the_moment() {
        let metrics = Metrics::new("1.0.0");
        metrics.votes(VoteOutcome::Accepted).add(5);
        let mut series = metrics.key_series();
        metrics.votes(VoteOutcome::Accepted).add(7);
        metrics.votes(VoteOutcome::Replayed).inc();
        metrics.votes(VoteOutcome::Duplicate).inc();
        metrics.votes(VoteOutcome::Limited).inc();
        metrics.route("vote").observe(202, Duration::from_millis(1));
        metrics.store_commit().observe(Duration::from_micros(900));
        metrics.store_file_bytes().set(4_096);
        metrics.events_ingested(EventOutcome::Accepted).add(3);
        metrics.events_ingested(EventOutcome::Duplicate).inc();
        for status in [
            PageStatus::Hit,
            PageStatus::Stale,
            PageStatus::Miss,
            PageStatus::Limited,
        ] {
            metrics.pages_requests(status).inc();
        }
        let held = metrics.sse_clients(Stream::Poll).hold();
        metrics.visits().add(9);
        metrics.conversions("signup").add(3);
        metrics.conversions("order").add(1);
        metrics.queue_depth().set(6);
        metrics.event_waited_ms().set(1_500);
        metrics.destination("crm").dead_letters().set(2);
        let values = |samples: Vec<Sample>| {
            samples
                .iter()
                .map(|s| (s.series.id(), s.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            values(series.sample()),
            [
                (1, 7),
                (2, 2),
                (3, 1),
                (4, 1_000),
                (5, 1),
                (6, 4_096),
                (7, 3),
                (8, 3),
                (9, 2),
                (10, 9),
                (11, 4),
                (12, 0),
                (13, 0),
                (14, 6),
                (15, 1_500),
                (16, 2)
            ]
        );
        drop(held);
        let later = values(series.sample());
        let moved: Vec<_> = later.into_iter().filter(|(_, value)| *value != 0).collect();
        assert_eq!(moved, [(6, 4_096), (14, 6), (15, 1_500), (16, 2)]);
    }
}
