//! The funnel as its owner sees it.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Funnel;
use crate::model::funnel::{Dimension, FunnelQuery, FunnelRow, Level};
use crate::model::time::Millis;
use crate::store::FunnelCursor;
use crate::web::ApiError;
use crate::web::answer::{self, List, Query};
use crate::web::auth::Reader;
use crate::web::describe::Amount;

/// What is shown when no range is named, in milliseconds: a day.
const SHOWN_MS: i64 = 86_400_000;
/// The most user agents that are shown.
const AGENTS_SHOWN: usize = 100;
/// A rate is shown to so many parts of one.
const RATE_PARTS: f64 = 1_000_000.0;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FunnelRow")]
pub(super) struct Row {
    start: String,
    key: String,
    visits: u64,
    conversions: u64,
    /// `null` where there were no visits.
    rate: Option<f64>,
    #[schemars(with = "Amount")]
    value: String,
}

/// `GET /api/funnel`
pub(super) async fn list(
    State(funnel): State<Funnel>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let asked = funnel.asked(&query)?;
    let page = query.page(cursor)?;
    let rows = funnel.parts.store.funnel_rows(asked, page).await?;
    let list = List {
        items: rows.items.into_iter().map(Row::of).collect(),
        next: rows.next.map(|(start, shown)| format!("{}-{shown}", start.0)),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// A user agent whose requests were no visits, since this process began.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DroppedAgent")]
pub(super) struct AgentItem {
    /// Its own words; empty where it said nothing.
    agent: String,
    #[schemars(extend("enum" = ["bot", "prefetch", "health_check", "no_navigation"]))]
    reason: &'static str,
    requests: u64,
    last_at: String,
    last_path: String,
    /// By which a page of the list is gone on with.
    #[serde(skip)]
    name: String,
}

/// `GET /api/funnel/apart`
pub(super) async fn apart(
    State(funnel): State<Funnel>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let agents = funnel.counting.tally.dropped(AGENTS_SHOWN).into_iter();
    let items = agents.map(|dropped| AgentItem {
        name: format!("{} {}", dropped.reason.as_str(), dropped.agent),
        agent: dropped.agent,
        reason: dropped.reason.as_str(),
        requests: dropped.requests,
        last_at: dropped.last_at.to_string(),
        last_path: dropped.last_path,
    });
    let list = query.part(items.collect(), |item: &AgentItem| &item.name)?;
    Ok(answer::json(StatusCode::OK, &list))
}

impl Funnel {
    fn asked(&self, query: &Query) -> Result<FunnelQuery, ApiError> {
        let zone = &self.parts.zone;
        let every = query.choice("every", &Level::ALL, Level::as_str)?;
        let every = every.unwrap_or(Level::Hour);
        let by = query.choice("by", &Dimension::ALL, Dimension::as_str)?;
        let by = by.unwrap_or(Dimension::All);
        let to = query.instant("to", zone)?;
        let to = to.unwrap_or_else(|| self.parts.clock.now().plus(1));
        let from = query.instant("from", zone)?.unwrap_or_else(|| to.plus(-SHOWN_MS));
        // The window in which the range begins is one of it.
        let start = every.span(from, zone).starts;
        Ok(FunnelQuery {
            range: start..to,
            every,
            by,
        })
    }
}

impl Row {
    fn of(row: FunnelRow) -> Self {
        let totals = row.totals;
        Self {
            start: row.start.to_string(),
            key: row.key.to_string(),
            visits: totals.visits,
            conversions: totals.conversions,
            rate: rate(totals.conversions, totals.visits),
            value: totals.value.to_string(),
        }
    }
}

/// The one place where it is no whole number: where it is shown.
fn rate(conversions: u64, visits: u64) -> Option<f64> {
    let number = |count: u64| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
    (visits > 0).then(|| (number(conversions) / number(visits) * RATE_PARTS).round() / RATE_PARTS)
}

fn cursor(text: &str) -> Option<FunnelCursor> {
    let (start, shown) = text.rsplit_once('-')?;
    Some((Millis(start.parse().ok()?), shown.parse().ok()?))
}
