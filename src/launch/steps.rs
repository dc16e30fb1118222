//! The plan's steps as their owner sees them, and what they say of those that are theirs.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Launch;
use super::http::Word;
use crate::config;
use crate::model::launch::Said;
use crate::model::launch::kept::{Kept, StepState};
use crate::model::launch::plan::{Step, TRIES_MOST};
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::{self, Named};
use crate::web::auth::Admin;
use crate::web::describe::OneOf;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LaunchStep")]
pub(super) struct StepView {
    #[schemars(with = "OneOf<Step>")]
    id: &'static str,
    title: &'static str,
    /// From when on it is done.
    starts_at: String,
    /// What clocks of the launch's zone show then.
    starts_local: String,
    /// From when on it is of no use any more, and is missed.
    ends_at: String,
    #[schemars(with = "OneOf<StepState>")]
    state: &'static str,
    /// Whether the configuration leaves it to its owner.
    by_hand: bool,
    /// How often it was tried, of at most five times.
    tries: u32,
    tried_at: Option<String>,
    /// When it ended; `null`: it has not.
    ended_at: Option<String>,
    /// What came of it, or of the last try.
    detail: Option<String>,
    /// What was told of it.
    event_id: Option<String>,
    /// When its owner said that they have done it.
    done_at: Option<String>,
    /// Who said so.
    by: Option<String>,
}

/// Every step, in order; none where it is not known when the launch is.
pub(super) fn views(config: &config::Launch, steps: &[(Step, Kept)], now: Millis) -> Vec<StepView> {
    let Some(at) = config.at else {
        return Vec::new();
    };
    let kept = |step: Step| steps.iter().find(|(of, _)| *of == step).map(|(_, kept)| kept);
    let view = |step: &Step| StepView::of(*step, kept(*step), (config, at, now));
    Step::ALL.iter().map(view).collect()
}

impl StepView {
    fn of(step: Step, kept: Option<&Kept>, (config, at, now): (&config::Launch, Millis, Millis)) -> Self {
        let begins = step.begins(at);
        let tick = kept.and_then(|kept| kept.tick.as_ref());
        let ending = kept.filter(|kept| kept.ending.is_some());
        let tried = kept.filter(|kept| kept.tries > 0 && kept.ending.is_none());
        Self {
            id: step.as_str(),
            title: step.title(),
            starts_at: begins.to_string(),
            starts_local: config.timezone.reading(begins),
            ends_at: step.ends(at).to_string(),
            state: StepState::of(step, kept, (at, now)).as_str(),
            by_hand: config.by_hand.contains(&step),
            tries: kept.map_or(0, |kept| kept.tries.min(TRIES_MOST)),
            tried_at: tried.map(|kept| kept.at.to_string()),
            ended_at: ending.map(|kept| kept.at.to_string()),
            detail: kept
                .map(|kept| kept.detail.clone())
                .filter(|detail| !detail.is_empty()),
            event_id: kept.and_then(|kept| kept.event).map(|id| id.to_string()),
            done_at: tick.map(|tick| tick.at.to_string()),
            by: tick.map(|tick| tick.by.clone()),
        }
    }
}

/// `POST /api/launch/steps/{step}`
pub(super) async fn tell(
    State(launch): State<Launch>,
    Admin(who): Admin,
    Named(name): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let step = Step::parse(&name).ok_or_else(|| ApiError::not_found("step"))?;
    let said = Word::read(request).await?;
    let parts = &launch.parts;
    let config = parts.launch.borrow().clone();
    let at = config
        .at
        .ok_or_else(|| ApiError::conflict("it is not known when the launch is: [launch] at"))?;
    let before = parts.store.launch_steps(at).await?;
    let is_known = before.iter().any(|(of, _)| *of == step);
    if said == Said::Done && !is_known && !config.by_hand.contains(&step) {
        return Err(ApiError::conflict(
            "it is done by itself at its time; whoever does it by hand names it in [launch] by_hand",
        ));
    }
    let told = parts.store.tell_launch_step(at, (step, said), who.to_string());
    told.await?
        .map_err(|_| ApiError::conflict("it was done by itself, and nobody says that"))?;
    let after = parts.store.launch_steps(at).await?;
    let kept = after.iter().find(|(of, _)| *of == step).map(|(_, kept)| kept);
    let view = StepView::of(step, kept, (&config, at, parts.clock.now()));
    Ok(answer::json(StatusCode::OK, &view))
}
