//! Metrics: what the process counts about itself, in memory, and shows in Prometheus's text format.
//!
//! Flow: a room takes its handles once, when it is built → counts with relaxed atomics → `/metrics` renders everything
//! that was registered, and a worker samples the key series by the minute.
//!
//! Invariants: counting takes no lock and allocates nothing. Labels come from enums and from names registered at start,
//! never from a request, so the number of series is bounded. Names stay as they are: dashboards hold on to them.
//!
//! It does not know who counts, nor where samples are kept. It is written by hand because the client library locks its
//! histograms and speaks OpenMetrics, where a counter's family has another name than in the text format.

mod alerts;
mod calls;
mod deliveries;
mod export;
mod labels;
mod numbers;
mod pages;
mod producthunt;
mod render;
mod routes;
mod series;
mod text;
mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::export::Lost;
use crate::model::funnel::Apart;

use alerts::Alerts;
pub use alerts::Watched;
pub use calls::{CallCounts, RecentCalls};
use deliveries::{Deliveries, Totals};
pub use deliveries::{DestinationMetrics, SAMPLE_EVERY_S};
use export::Export;
use labels::PerLabel;
pub use labels::{
    AttemptResult, DeliveryOutcome, EventOutcome, HeartbeatOutcome, HuntOutcome, Label, OriginClass,
    PageStatus, QueueState, Stream, VoteOutcome, WebhookOutcome,
};
pub use numbers::{Amounts, Counter, Durations, Gauge, Held};
use pages::Pages;
use producthunt::Hunt;
pub use routes::RouteMetrics;
pub use series::{KeySeries, Sample, SeriesId};
pub use webhooks::WebhookMetrics;

/// `Content-Type` of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted. A clone is another handle to the same numbers.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    version: &'static str,
    votes: PerLabel<VoteOutcome, Counter>,
    events_ingested: PerLabel<EventOutcome, Counter>,
    sse_clients: PerLabel<Stream, Gauge>,
    store_commit: Durations,
    store_batch_size: Amounts,
    store_file_bytes: Gauge,
    store_disk_free_bytes: Gauge,
    backup_made_at: Gauge,
    backup_bytes: Gauge,
    deliveries: Deliveries,
    pages: Pages,
    visits: Counter,
    visits_apart: PerLabel<Apart, Counter>,
    admin_acts: Counter,
    spans_exported: Counter,
    spans_dropped: Counter,
    alerts: Alerts,
    export: Export,
    hunt: Hunt,
    /// Locked to register and to render, never to count.
    registered: Mutex<Registered>,
}

#[derive(Debug, Default)]
struct Registered {
    routes: Vec<RouteMetrics>,
    worker_errors: Vec<(String, Counter)>,
    destinations: Vec<DestinationMetrics>,
    webhooks: Vec<WebhookMetrics>,
    conversions: Vec<(String, Counter)>,
    certificates: Vec<(String, Gauge)>,
}

impl Metrics {
    /// All at zero. `version` is shown in `gantry_build_info`.
    #[must_use]
    pub fn new(version: &'static str) -> Self {
        Self(Arc::new(Numbers {
            version,
            votes: PerLabel::default(),
            events_ingested: PerLabel::default(),
            sse_clients: PerLabel::default(),
            store_commit: Durations::default(),
            store_batch_size: Amounts::default(),
            store_file_bytes: Gauge::default(),
            store_disk_free_bytes: Gauge::default(),
            backup_made_at: Gauge::default(),
            backup_bytes: Gauge::default(),
            deliveries: Deliveries::default(),
            pages: Pages::default(),
            visits: Counter::default(),
            visits_apart: PerLabel::default(),
            admin_acts: Counter::default(),
            spans_exported: Counter::default(),
            spans_dropped: Counter::default(),
            alerts: Alerts::default(),
            export: Export::default(),
            hunt: Hunt::default(),
            registered: Mutex::default(),
        }))
    }

    /// `gantry_votes_total{outcome}`: answered requests to vote.
    #[must_use]
    pub fn votes(&self, outcome: VoteOutcome) -> &Counter {
        self.0.votes.of(outcome)
    }

    /// `gantry_events_ingested_total{outcome}`: events that were sent, each by itself; those of webhooks too, once they are
    /// known to be from whom they say.
    #[must_use]
    pub fn events_ingested(&self, outcome: EventOutcome) -> &Counter {
        self.0.events_ingested.of(outcome)
    }

    /// `gantry_sse_clients{stream}`: open event streams; see [`Gauge::hold`].
    #[must_use]
    pub fn sse_clients(&self, stream: Stream) -> &Gauge {
        self.0.sse_clients.of(stream)
    }

    /// `gantry_store_commit_seconds`: how long commits take, their fsync included.
    #[must_use]
    pub fn store_commit(&self) -> &Durations {
        &self.0.store_commit
    }

    /// `gantry_store_batch_size`: verbs in one commit.
    #[must_use]
    pub fn store_batch_size(&self) -> &Amounts {
        &self.0.store_batch_size
    }

    /// `gantry_store_file_bytes`: size of the data file.
    #[must_use]
    pub fn store_file_bytes(&self) -> &Gauge {
        &self.0.store_file_bytes
    }

    /// `gantry_store_disk_free_bytes`: what the disk of the data file has left.
    #[must_use]
    pub fn store_disk_free_bytes(&self) -> &Gauge {
        &self.0.store_disk_free_bytes
    }

    /// `gantry_backup_timestamp_seconds`: when the newest backup was made, in seconds since the Unix epoch; 0: there is none.
    #[must_use]
    pub fn backup_made_at(&self) -> &Gauge {
        &self.0.backup_made_at
    }

    /// `gantry_backup_bytes`: size of the newest backup.
    #[must_use]
    pub fn backup_bytes(&self) -> &Gauge {
        &self.0.backup_bytes
    }

    /// `gantry_delivery_duration_seconds`: how long calls take.
    #[must_use]
    pub fn delivery_duration(&self) -> &Durations {
        &self.0.deliveries.duration
    }

    /// `gantry_event_lag_seconds`: from when a first attempt was due until it began.
    #[must_use]
    pub fn event_lag(&self) -> &Durations {
        &self.0.deliveries.lag
    }

    /// `event_processing_lag`: how long the oldest delivery that is due has waited, in milliseconds; shown in seconds.
    #[must_use]
    pub fn event_waited_ms(&self) -> &Gauge {
        &self.0.deliveries.waited_ms
    }

    /// `queue_depth`: deliveries that wait or are under way, to whomever.
    #[must_use]
    pub fn queue_depth(&self) -> &Gauge {
        &self.0.deliveries.depth
    }

    /// `gantry_pages_requests_total{status}`: requests for pages of the site.
    #[must_use]
    pub fn pages_requests(&self, status: PageStatus) -> &Counter {
        self.0.pages.requests.of(status)
    }

    /// `gantry_pages_bytes`: what the page cache holds.
    #[must_use]
    pub fn pages_bytes(&self) -> &Gauge {
        &self.0.pages.bytes
    }

    /// `gantry_origin_requests_total{class}`: requests to the site's origins.
    #[must_use]
    pub fn origin_requests(&self, class: OriginClass) -> &Counter {
        self.0.pages.origin.of(class)
    }

    /// `gantry_visits_total`: pages that somebody looked at.
    #[must_use]
    pub fn visits(&self) -> &Counter {
        &self.0.visits
    }

    /// `gantry_visits_apart_total{reason}`: requests for pages that were no visits.
    #[must_use]
    pub fn visits_apart(&self, reason: Apart) -> &Counter {
        self.0.visits_apart.of(reason)
    }

    /// `gantry_admin_acts_total`: requests that changed something, on the admin address or the unix socket.
    #[must_use]
    pub fn admin_acts(&self) -> &Counter {
        &self.0.admin_acts
    }

    /// `gantry_spans_exported_total`: spans that the collector has taken.
    #[must_use]
    pub fn spans_exported(&self) -> &Counter {
        &self.0.spans_exported
    }

    /// `gantry_spans_dropped_total`: spans that the collector refused, or that it was too slow or too dead to take.
    #[must_use]
    pub fn spans_dropped(&self) -> &Counter {
        &self.0.spans_dropped
    }

    /// `gantry_export_lag_seconds`: how long the oldest change has waited that is not exported, in milliseconds.
    #[must_use]
    pub fn export_lag_ms(&self) -> &Gauge {
        &self.0.export.lag_ms
    }

    /// `gantry_export_rows_total`: rows written to the database.
    #[must_use]
    pub fn exported_rows(&self) -> &Counter {
        &self.0.export.rows
    }

    /// `gantry_export_failures_total`: attempts to write that failed.
    #[must_use]
    pub fn export_failures(&self) -> &Counter {
        &self.0.export.failures
    }

    /// `gantry_export_set_aside`: rows that the database refuses.
    #[must_use]
    pub fn export_set_aside(&self) -> &Gauge {
        &self.0.export.set_aside
    }

    /// Sets `gantry_export_lost_total{table}`, of which the data file keeps count. The sum that it had.
    pub fn set_export_lost(&self, lost: &Lost) -> u64 {
        let export = &self.0.export;
        let gauges = [
            (&export.lost_windows, lost.windows),
            (&export.lost_events, lost.events),
            (&export.lost_polls, lost.polls),
        ];
        let before = gauges.iter().map(|(gauge, _)| gauge.get());
        let before = before.map(|value| u64::try_from(value).unwrap_or(0)).sum();
        for (gauge, value) in gauges {
            gauge.set(value);
        }
        before
    }

    /// `gantry_conversions_total{goal}` of one goal: those that have entered the roll-ups. The same name gives the same
    /// number; goals come from the configuration and from the data file, never from a request.
    #[must_use]
    pub fn conversions(&self, goal: &str) -> Counter {
        let mut registered = self.registered();
        if let Some((_, known)) = registered.conversions.iter().find(|(known, _)| known == goal) {
            return known.clone();
        }
        let new = Counter::default();
        registered.conversions.push((goal.to_owned(), new.clone()));
        new
    }

    /// `gantry_certificate_expires_seconds{name}` of one name: when its certificate expires, in seconds since the Unix epoch;
    /// 0: it has none. The same name gives the same number.
    #[must_use]
    pub fn certificate_expires(&self, name: &str) -> Gauge {
        let mut registered = self.registered();
        if let Some((_, known)) = registered.certificates.iter().find(|(known, _)| known == name) {
            return known.clone();
        }
        let new = Gauge::default();
        registered.certificates.push((name.to_owned(), new.clone()));
        new
    }

    /// The conversions of all goals.
    #[must_use]
    pub fn conversions_of_all(&self) -> u64 {
        let registered = self.registered();
        registered.conversions.iter().map(|(_, count)| count.get()).sum()
    }

    /// The requests for pages that were answered with one, and those of them that were answered from the cache.
    #[must_use]
    pub fn pages_and_hits(&self) -> (u64, u64) {
        (self.0.pages.answered(), self.0.pages.hits())
    }

    /// The requests that were answered, whatever they asked for.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.registered().routes.iter().map(RouteMetrics::requests).sum()
    }

    /// The dead letters of all destinations, as of the last look at what waits.
    #[must_use]
    pub fn dead_letters(&self) -> i64 {
        let registered = self.registered();
        registered
            .destinations
            .iter()
            .map(|to| to.dead_letters().get())
            .sum()
    }

    /// What was counted of calls to all destinations.
    fn calls(&self) -> Totals {
        let mut calls = Totals::default();
        for destination in &self.registered().destinations {
            calls.add(destination);
        }
        calls
    }

    /// What is counted of one destination. The same name gives the same numbers.
    #[must_use]
    pub fn destination(&self, name: &str) -> DestinationMetrics {
        let mut registered = self.registered();
        if let Some(known) = registered.destinations.iter().find(|known| known.name() == name) {
            return known.clone();
        }
        let new = DestinationMetrics::new(name);
        registered.destinations.push(new.clone());
        new
    }

    /// What is counted of the webhooks of one source. The same name gives the same numbers.
    #[must_use]
    pub fn webhook(&self, source: &str) -> WebhookMetrics {
        let mut registered = self.registered();
        if let Some(known) = registered.webhooks.iter().find(|known| known.name() == source) {
            return known.clone();
        }
        let new = WebhookMetrics::new(source);
        registered.webhooks.push(new.clone());
        new
    }

    /// Notes where the counters stand, for the gauges over the last minutes; to be called every [`SAMPLE_EVERY_S`].
    pub fn sample_recent(&self) {
        let now = Totals {
            accepted: self.events_ingested(EventOutcome::Accepted).get(),
            ..self.calls()
        };
        for destination in &self.registered().destinations {
            destination.mark();
        }
        self.0.deliveries.recent.sample(now);
    }

    /// Of the calls of the last five minutes, those that a receiver found to be one too many (429); nothing of nothing is 0.
    #[must_use]
    pub fn limited_ratio(&self) -> f64 {
        self.0.deliveries.recent.limited_ratio()
    }

    /// `gantry_http_request_duration_seconds{route,status}` of one route. Called once per route, at start; the same
    /// name gives the same numbers.
    #[must_use]
    pub fn route(&self, route: &'static str) -> RouteMetrics {
        let mut registered = self.registered();
        if let Some(known) = registered.routes.iter().find(|known| known.name() == route) {
            return known.clone();
        }
        let new = RouteMetrics::new(route);
        registered.routes.push(new.clone());
        new
    }

    /// `gantry_worker_errors_total{worker}` of one worker. Called once per worker, at start; the same name gives the
    /// same number.
    #[must_use]
    pub fn worker_errors(&self, worker: &str) -> Counter {
        let mut registered = self.registered();
        if let Some((_, known)) = registered.worker_errors.iter().find(|(name, _)| name == worker) {
            return known.clone();
        }
        let new = Counter::default();
        registered.worker_errors.push((worker.to_owned(), new.clone()));
        new
    }

    /// The key series from now on, for the one worker that stores them by the minute.
    #[must_use]
    pub fn key_series(&self) -> KeySeries {
        KeySeries::new(self.clone())
    }

    /// Everything in Prometheus's text format 0.0.4; its type is [`CONTENT_TYPE`].
    #[must_use]
    pub fn render(&self) -> String {
        render::render(&self.0)
    }

    fn registered(&self) -> MutexGuard<'_, Registered> {
        self.0.registered()
    }
}

impl Numbers {
    /// A panic while registering leaves the list as it was before or after: it is usable either way.
    fn registered(&self) -> MutexGuard<'_, Registered> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
