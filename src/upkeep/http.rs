//! Health, metrics, status and verify.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use url::Host;

use super::occupied::Occupied;
use super::{Certificate, Parts, Post, Upkeep, backlog};
use crate::metrics::{CONTENT_TYPE as METRICS_TYPE, Metrics};
use crate::model::key::Scope;
use crate::model::time::{Millis, zone};
use crate::runtime::{WorkerStatus, resident_bytes};
use crate::store::{self, Check, OpenError};
use crate::web::answer;
use crate::web::auth::Reader;
use crate::web::{ApiError, Peer};

/// Headers by which a proxy says that the peer is not the client.
const FORWARDING: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// `GET /healthz`: this process answers.
pub(super) async fn health() -> Response<Body> {
    plain("ok\n")
}

/// `GET /readyz`: and its data file takes writes.
pub(super) async fn ready(State(upkeep): State<Upkeep>) -> Result<Response<Body>, ApiError> {
    let fault = upkeep.parts.store.fault().borrow().clone();
    match fault {
        None => Ok(plain("ready\n")),
        Some(fault) => Err(fault.into()),
    }
}

fn plain(text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// `GET /metrics`: without a key for a scraper on this machine, when no proxy stands between.
pub(super) async fn metrics(
    State(upkeep): State<Upkeep>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response<Body> {
    let (asked, _) = request.into_parts();
    if !is_local(peer, &asked.headers)
        && let Err(refusal) = upkeep.parts.auth.require(&asked, Scope::Read)
    {
        return refusal.into_response();
    }
    let Parts {
        store,
        metrics,
        clock,
        ..
    } = upkeep.parts.as_ref();
    if let Err(fault) = backlog::gauge(store, metrics, clock.now()).await {
        // What is counted in memory is worth more than nothing.
        tracing::error!(error = %fault, "the store does not say what waits");
    }
    let mut answer = Response::new(Body::from(metrics.render()));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(METRICS_TYPE));
    answer
}

fn is_local(peer: Peer, headers: &HeaderMap) -> bool {
    peer.ip().to_canonical().is_loopback()
        && !FORWARDING.iter().any(|name| headers.contains_key(*name))
        && is_asked_by_address(headers)
}

/// Whether the host asked for is an address or this machine: a page whose own name resolves to us (DNS rebinding) asks for that name.
fn is_asked_by_address(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        return true;
    };
    let host = host.to_str().ok().map(without_port);
    match host.and_then(|host| Host::parse(host).ok()) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    version: &'static str,
    /// Of the data file.
    format: u32,
    /// Where visitors are served, as `server.public_url` says or else as the listener is bound, and where its owner is.
    public_url: Option<String>,
    admin_url: Option<String>,
    started_at: String,
    uptime_seconds: i64,
    data_file: String,
    file_bytes: i64,
    /// Resident; `null` where the system does not say.
    memory_bytes: Option<u64>,
    commits: Commits,
    zone_data: ZoneData,
    /// `null`: no export is configured.
    export_lag_seconds: Option<u64>,
    #[serde(flatten)]
    occupied: Occupied,
    delivery_paused_since: Option<String>,
    polls: usize,
    waiting: usize,
    #[schemars(with = "BTreeMap<String, u64>")]
    rows: serde_json::Map<String, serde_json::Value>,
    workers: Vec<WorkerItem>,
    /// Of each name that is served by HTTPS.
    certificates: Vec<CertificateItem>,
    /// `null`: no post at Product Hunt is configured.
    product_hunt: Option<PostItem>,
}

/// Commits since the process began, their fsync included; `null` before the first.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Commits {
    count: u64,
    p50_micros: Option<u64>,
    p95_micros: Option<u64>,
    p99_micros: Option<u64>,
    /// Verbs in half of them, at most.
    batch_p50: Option<u64>,
}

impl Commits {
    fn of(metrics: &Metrics) -> Self {
        let commits = metrics.store_commit();
        let micros = |permille| {
            let took = commits.quantile(permille)?;
            u64::try_from(took.as_micros()).ok()
        };
        Self {
            count: commits.count(),
            p50_micros: micros(500),
            p95_micros: micros(950),
            p99_micros: micros(990),
            batch_p50: metrics.store_batch_size().quantile(500),
        }
    }
}

/// By what the zones of schedules and days are reckoned.
#[derive(JsonSchema, Serialize)]
struct ZoneData {
    version: &'static str,
    source: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkerState")]
struct WorkerItem {
    name: Cow<'static, str>,
    #[schemars(extend("enum" = ["busy", "idle", "throttled", "done"]))]
    state: &'static str,
    errors: u64,
    last_error: Option<String>,
}

impl WorkerItem {
    fn of(status: WorkerStatus) -> Self {
        let WorkerStatus {
            name,
            state,
            errors,
            last_error,
            ..
        } = status;
        Self {
            name,
            state: state.as_str(),
            errors,
            last_error,
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Certificate")]
struct CertificateItem {
    name: String,
    #[schemars(extend("enum" = ["ok", "expired", "missing"]))]
    state: &'static str,
    issuer: Option<String>,
    expires_at: Option<String>,
    /// When the next is asked for, where an authority makes them.
    next_try_at: Option<String>,
    /// Why there is no newer one.
    last_error: Option<String>,
}

impl CertificateItem {
    fn of(certificate: Certificate, now: Millis) -> Self {
        let state = match certificate.expires_at {
            None => "missing",
            Some(at) if at <= now => "expired",
            Some(_) => "ok",
        };
        Self {
            name: certificate.name,
            state,
            issuer: certificate.issuer,
            expires_at: certificate.expires_at.map(|at| at.to_string()),
            next_try_at: certificate.next_try_at.map(|at| at.to_string()),
            last_error: certificate.last_error,
        }
    }
}

/// The post at Product Hunt; `/api/producthunt` has more of it.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PostStatus")]
struct PostItem {
    slug: String,
    votes: Option<u64>,
    comments: Option<u64>,
    as_of: Option<String>,
    /// Why nothing newer is known.
    last_error: Option<String>,
}

impl PostItem {
    fn of(post: Post) -> Self {
        Self {
            slug: post.slug,
            votes: post.votes,
            comments: post.comments,
            as_of: post.as_of.map(|at| at.to_string()),
            last_error: post.last_error,
        }
    }
}

/// `GET /api/status`
pub(super) async fn status(State(upkeep): State<Upkeep>, _: Reader) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let rows = parts.store.rows().await?;
    let now = parts.clock.now();
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        format: store::FORMAT,
        public_url: Some(parts.addresses.public.clone()),
        admin_url: Some(parts.addresses.admin.clone()),
        started_at: parts.started_at.to_string(),
        uptime_seconds: (now.0 - parts.started_at.0) / 1_000,
        data_file: parts.store.path().display().to_string(),
        file_bytes: parts.metrics.store_file_bytes().get(),
        memory_bytes: resident_bytes(),
        commits: Commits::of(&parts.metrics),
        zone_data: ZoneData {
            version: zone::data_version(),
            source: "bundled",
        },
        export_lag_seconds: None,
        occupied: upkeep.occupied().await?,
        delivery_paused_since: parts.store.delivery_paused_since().map(|at| at.to_string()),
        polls: parts.store.standings().len(),
        waiting: parts.store.waiting(),
        rows: rows
            .into_iter()
            .map(|(table, rows)| (table.to_owned(), rows.into()))
            .collect(),
        workers: parts.workers.statuses().into_iter().map(WorkerItem::of).collect(),
        certificates: (parts.certificates)()
            .into_iter()
            .map(|certificate| CertificateItem::of(certificate, now))
            .collect(),
        product_hunt: (parts.post)().map(PostItem::of),
    };
    Ok(answer::json(StatusCode::OK, &status))
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Verified {
    clean: bool,
    checks: Vec<CheckItem>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Check")]
pub(super) struct CheckItem {
    name: &'static str,
    rule: &'static str,
    rows: u64,
    broken: u64,
    examples: Vec<String>,
}

impl CheckItem {
    /// A file that cannot be read at all.
    pub(super) fn unreadable(why: &OpenError) -> Self {
        Self {
            name: "file",
            rule: "the file is one of ours and can be read",
            rows: 1,
            broken: 1,
            examples: vec![why.to_string()],
        }
    }

    pub(super) fn of(check: Check) -> Self {
        let Check {
            name,
            rule,
            rows,
            broken,
            examples,
        } = check;
        Self {
            name,
            rule,
            rows,
            broken,
            examples,
        }
    }
}

/// `POST /api/verify`
pub(super) async fn verify(State(upkeep): State<Upkeep>, _: Reader) -> Result<Response<Body>, ApiError> {
    let report = upkeep.parts.store.verify().await?;
    let clean = report.is_clean();
    let checks = report.checks.into_iter().map(CheckItem::of).collect();
    Ok(answer::json(StatusCode::OK, &Verified { clean, checks }))
}
