//! `GET /api/series`: the numbers that are kept by the minute.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Dashboard;
use crate::metrics::SeriesId;
use crate::model::time::Millis;
use crate::model::time::zone::Zone;
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::Reader;
use crate::web::describe::OneOf;

const MINUTE_MS: i64 = 60_000;
/// How many minutes are shown where none are asked for: the last hour.
const DEFAULT_MINUTES: i64 = 60;
/// The most minutes of one answer: a week, which is how long they are kept where nothing else is said.
const MINUTES_MAX: i64 = 7 * 24 * 60;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SeriesList")]
pub(super) struct Answer {
    #[schemars(extend("enum" = ["1m"]))]
    every: &'static str,
    series: Vec<SeriesItem>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Series")]
struct SeriesItem {
    #[schemars(with = "OneOf<SeriesId>")]
    name: &'static str,
    points: Vec<Point>,
}

/// A minute that has a sample; there is none for a minute in which the server was down.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SeriesPoint")]
struct Point {
    start: String,
    value: f64,
}

/// `GET /api/series?names=&from=&to=`
pub(super) async fn read(
    State(dashboard): State<Dashboard>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let wanted = names(query.get("names"))?;
    let now = dashboard.parts.clock.now();
    let to = query.instant("to", &Zone::default())?.unwrap_or(now);
    let from = query.instant("from", &Zone::default())?;
    let from = from.unwrap_or(to.plus(-DEFAULT_MINUTES * MINUTE_MS));
    let (first, end) = (from.0.div_euclid(MINUTE_MS), to.0.div_euclid(MINUTE_MS));
    if end - first > MINUTES_MAX {
        return Err(ApiError::unprocessable(
            "from",
            format!("`from` and `to` are at most {MINUTES_MAX} minutes apart"),
        ));
    }
    let minutes = unsigned(first)..unsigned(end.max(first));
    let mut series = Vec::with_capacity(wanted.len());
    for id in wanted {
        let samples = dashboard.parts.store.series(id.id(), minutes.clone()).await?;
        series.push(SeriesItem {
            name: id.name(),
            points: samples.into_iter().map(Point::of).collect(),
        });
    }
    Ok(answer::json(StatusCode::OK, &Answer { every: "1m", series }))
}

impl Point {
    fn of((minute, value): (u64, f64)) -> Self {
        let start = i64::try_from(minute)
            .unwrap_or(i64::MAX)
            .saturating_mul(MINUTE_MS);
        Self {
            start: Millis(start).to_string(),
            value,
        }
    }
}

fn unsigned(minute: i64) -> u64 {
    u64::try_from(minute).unwrap_or_default()
}

/// Those that are named, or all.
fn names(text: Option<&str>) -> Result<Vec<SeriesId>, ApiError> {
    let Some(text) = text else {
        return Ok(SeriesId::ALL.to_vec());
    };
    let unknown = |name: &str| {
        let known = SeriesId::ALL.map(SeriesId::name).join(", ");
        ApiError::unprocessable("names", format!("there is no series `{name}`; there are {known}"))
    };
    let mut wanted = Vec::new();
    for name in text.split(',') {
        let id = SeriesId::from_name(name).ok_or_else(|| unknown(name))?;
        if !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    Ok(wanted)
}
