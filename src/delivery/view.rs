//! Destinations as their owner sees them: what waits, what they are held to, and why nothing leaves.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Delivery;
use crate::config::Rate;
use crate::metrics::{CallCounts, RecentCalls};
use crate::model::delivery::{Backlog, Destination};
use crate::model::event::DeliveryStatus;
use crate::model::lane::Hold;
use crate::model::lane::batch::Batching;
use crate::model::lane::breaker::BreakerState;
use crate::model::lane::quota::Known;
use crate::model::lane::window::Window;
use crate::model::time::Millis;
use crate::store::{Fault, LaneState};
use crate::web::ApiError;
use crate::web::answer::{self, Named, Query};
use crate::web::auth::Reader;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DestinationItem {
    name: String,
    url: Option<String>,
    method: Option<String>,
    rate: Option<String>,
    quota_group: Option<String>,
    concurrency: Option<usize>,
    /// `null`: one delivery a call.
    batch: Option<BatchItem>,
    paused: Option<Paused>,
    configured: bool,
    pending: u64,
    leased: u64,
    retrying: u64,
    dead: u64,
    delivered: u64,
    oldest_due: Option<String>,
    /// Deliveries that wait or are under way.
    depth: u64,
    /// Of what is due.
    oldest_wait_seconds: Option<u64>,
    oldest_dead: Option<String>,
    last_minute: CallsItem,
    last_hour: TimedItem,
    last_call_at: Option<String>,
    /// What holds everything back now; `null` where nothing does, or a pause does.
    held: Option<HeldItem>,
    breaker: Option<BreakerItem>,
    windows: Vec<WindowItem>,
    quotas: Vec<QuotaItem>,
}

/// Calls since this process began; one that holds several deliveries is one.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Calls")]
struct CallsItem {
    calls: u64,
    ok: u64,
    failed: u64,
    limited: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TimedCalls")]
struct TimedItem {
    #[serde(flatten)]
    counts: CallsItem,
    /// In whole milliseconds, never less than was taken; `null`: there were no calls.
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DestinationBatch")]
struct BatchItem {
    max: usize,
    wait_ms: i64,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DestinationPaused")]
struct Paused {
    reason: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DestinationHeld")]
struct HeldItem {
    #[schemars(extend("enum" = ["breaker", "retry-after", "window", "quota"]))]
    why: &'static str,
    /// `null`: until something under way has ended.
    until: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Breaker")]
struct BreakerItem {
    #[schemars(extend("enum" = ["closed", "open", "half-open"]))]
    state: &'static str,
    since: Option<String>,
    reason: Option<String>,
    next_probe: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RateWindow")]
struct WindowItem {
    window: String,
    limit: u32,
    used: usize,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Quota")]
struct QuotaItem {
    limit: Option<u64>,
    remaining: i64,
    resets_at: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DestinationList")]
pub(super) struct Destinations {
    items: Vec<DestinationItem>,
    next: Option<String>,
    paused_since: Option<String>,
}

/// `GET /api/destinations`
pub(super) async fn destinations(
    State(delivery): State<Delivery>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let store = &delivery.parts.store;
    let queues = delivery.queues().await?;
    let known = query.part(store.destinations(), |to: &Destination| to.name.as_str())?;
    let items = known.items.into_iter();
    let list = Destinations {
        items: items.map(|to| delivery.item(to, &queues)).collect(),
        next: known.next,
        paused_since: store.delivery_paused_since().map(|at| at.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `GET /api/destinations/{destination}`
pub(super) async fn destination(
    State(delivery): State<Delivery>,
    _: Reader,
    Named(name): Named,
) -> Result<Response<Body>, ApiError> {
    delivery.show(&name).await
}

/// What the store knows of every destination's queue.
pub(super) struct Queues {
    backlog: Vec<Backlog>,
    lanes: Vec<LaneState>,
}

impl Delivery {
    pub(super) async fn queues(&self) -> Result<Queues, Fault> {
        let store = &self.parts.store;
        Ok(Queues {
            backlog: store.backlog().await?,
            lanes: store.lanes().await?,
        })
    }

    /// One destination as it stands.
    pub(super) async fn show(&self, name: &str) -> Result<Response<Body>, ApiError> {
        let queues = self.queues().await?;
        let mut known = self.parts.store.destinations().into_iter();
        let to = known.find(|to| to.name.as_str() == name);
        let to = to.ok_or_else(|| ApiError::not_found("destination"))?;
        Ok(answer::json(StatusCode::OK, &self.item(to, &queues)))
    }

    pub(super) fn item(&self, to: Destination, queues: &Queues) -> DestinationItem {
        let plan = self.lanes.plan(&to.name);
        let plan = plan.as_deref();
        let mut backlogs = queues.backlog.iter();
        let backlog = backlogs.find(|backlog| backlog.destination == to.number);
        let lane = queues.lanes.iter().find(|lane| lane.destination == to.number);
        let count = |status| backlog.map_or(0, |backlog| backlog.of(status));
        let metrics = self.parts.metrics.destination(to.name.as_str());
        let recent = metrics.recent_calls();
        let guarded = plan.is_some_and(|plan| plan.rules.breaker.is_some());
        DestinationItem {
            name: to.name.to_string(),
            url: plan.map(|plan| plan.origin().to_owned()),
            method: plan.map(|plan| plan.blueprint.method.to_string()),
            rate: plan.map(|plan| plan.rate.to_string()),
            quota_group: plan.and_then(|plan| plan.rules.group.shared_name().map(str::to_owned)),
            concurrency: plan.map(|plan| plan.concurrency),
            batch: plan.and_then(|plan| plan.batch).map(BatchItem::of),
            paused: to.paused.map(|reason| Paused { reason }),
            configured: plan.is_some(),
            pending: count(DeliveryStatus::Pending),
            leased: count(DeliveryStatus::Leased),
            retrying: count(DeliveryStatus::Retrying),
            dead: count(DeliveryStatus::Dead),
            delivered: count(DeliveryStatus::Delivered),
            oldest_due: backlog
                .and_then(|backlog| backlog.oldest_due)
                .map(|at| at.to_string()),
            depth: backlog.map_or(0, Backlog::depth),
            oldest_wait_seconds: backlog
                .and_then(|backlog| backlog.oldest_due)
                .and_then(|due| waited_s(due, self.parts.clock.now())),
            oldest_dead: backlog
                .and_then(|backlog| backlog.oldest_dead)
                .map(|at| at.to_string()),
            last_minute: CallsItem::of(recent.last_minute),
            last_hour: TimedItem::of(&recent),
            last_call_at: metrics.last_call_at().map(|at| at.to_string()),
            held: lane.and_then(|lane| lane.hold).map(HeldItem::of),
            breaker: lane
                .filter(|_| guarded)
                .map(|lane| BreakerItem::of(&lane.breaker)),
            windows: lane.map_or_else(Vec::new, |lane| lane.windows.iter().map(WindowItem::of).collect()),
            quotas: lane.map_or_else(Vec::new, |lane| lane.quotas.iter().map(QuotaItem::of).collect()),
        }
    }
}

/// How long what was due then has waited, in seconds; `None` where it is not due yet.
fn waited_s(due: Millis, now: Millis) -> Option<u64> {
    let waited = now.0.checked_sub(due.0).filter(|ms| *ms >= 0)?;
    Some(waited.unsigned_abs() / 1_000)
}

impl CallsItem {
    const fn of(counts: CallCounts) -> Self {
        Self {
            calls: counts.calls,
            ok: counts.ok,
            failed: counts.failed(),
            limited: counts.limited,
        }
    }
}

impl TimedItem {
    fn of(recent: &RecentCalls) -> Self {
        let ms = |took: Duration| u64::try_from(took.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
        Self {
            counts: CallsItem::of(recent.last_hour),
            p50_ms: recent.median.map(ms),
            p95_ms: recent.p95.map(ms),
        }
    }
}

impl BatchItem {
    const fn of(batching: Batching) -> Self {
        Self {
            max: batching.most,
            wait_ms: batching.wait_ms,
        }
    }
}

impl HeldItem {
    fn of(hold: Hold) -> Self {
        Self {
            why: hold.why.as_str(),
            until: hold.until.map(|at| at.to_string()),
        }
    }
}

impl BreakerItem {
    fn of(state: &BreakerState) -> Self {
        let open = state.open();
        let waits = matches!(state, BreakerState::Open(_));
        Self {
            state: state.as_str(),
            since: open.map(|open| open.since.to_string()),
            reason: open.map(|open| open.reason.clone()),
            next_probe: open.filter(|_| waits).map(|open| open.probe_at.to_string()),
        }
    }
}

impl WindowItem {
    fn of((window, used): &(Window, usize)) -> Self {
        Self {
            window: Rate::span(window.count, window.per_ms),
            limit: window.count.get(),
            used: *used,
        }
    }
}

impl QuotaItem {
    fn of(known: &Known) -> Self {
        Self {
            limit: known.limit,
            remaining: known.remaining,
            resets_at: known.reset.1.to_string(),
        }
    }
}
