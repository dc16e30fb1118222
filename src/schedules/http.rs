//! Schedules as their owner sees them.

use std::iter;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Schedules;
use crate::config::Schedule;
use crate::model::schedule::{Run, ScheduleState};
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::Reader;

/// How many runs to come are shown of each.
const NEXT_SHOWN: usize = 5;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScheduleItem")]
pub(super) struct Item {
    name: String,
    cron: String,
    timezone: String,
    #[serde(rename = "type")]
    kind: String,
    source: String,
    /// The next runs.
    next: Vec<String>,
    last: Option<RunItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScheduleRun")]
struct RunItem {
    /// When it was due.
    at: String,
    made_at: String,
    /// `null` where another event had its key.
    event_id: Option<String>,
    late: bool,
    /// How many runs due before it were missed; 1000 stands for as many or more.
    missed: u32,
}

/// `GET /api/schedules`
pub(super) async fn list(
    State(schedules): State<Schedules>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let in_force = schedules.parts.schedules.borrow().clone();
    let states = schedules.parts.store.schedules().await?;
    let now = schedules.parts.clock.now();
    let items = in_force.iter().map(|schedule| {
        let state = states.iter().find(|state| state.name == schedule.name);
        Item::of(schedule, state, now)
    });
    let list = query.part(items.collect(), |item: &Item| &item.name)?;
    Ok(answer::json(StatusCode::OK, &list))
}

impl Item {
    fn of(schedule: &Schedule, state: Option<&ScheduleState>, now: Millis) -> Self {
        let timetable = &schedule.timetable;
        let from = state.map_or(now, |state| state.decided.max(now));
        let runs = iter::successors(timetable.next(from), |at| timetable.next(*at));
        Self {
            name: schedule.name.to_string(),
            cron: timetable.cron().as_str().to_owned(),
            timezone: timetable.zone().name().to_owned(),
            kind: schedule.event.kind.as_str().to_owned(),
            source: schedule.event.source.as_str().to_owned(),
            next: runs.take(NEXT_SHOWN).map(|at| at.to_string()).collect(),
            last: state.and_then(|state| state.last).map(RunItem::of),
        }
    }
}

impl RunItem {
    fn of(run: Run) -> Self {
        Self {
            at: run.at.to_string(),
            made_at: run.made_at.to_string(),
            event_id: run.event.map(|id| id.to_string()),
            late: run.is_late(),
            missed: run.missed,
        }
    }
}
