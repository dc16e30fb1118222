//! One delivery's whole story: how it stands, every attempt, and what is sent for it.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use schemars::JsonSchema;
use serde::Serialize;

use super::Delivery;
use super::auth::Auth;
use super::call::{self, Call};
use super::http::{DeliveryItem, read_id};
use super::plan::Plan;
use super::render::Subject;
use super::shown::RequestItem;
use super::sign::WEBHOOK_SIGNATURE;
use crate::model::delivery::{Attempt, AttemptClass, Delivery as Waiting, EventStory};
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::{self, Named};
use crate::web::auth::Reader;
use crate::web::describe::OneOf;

/// Why there is no request of a delivery whose destination is in no plan.
const NOT_CONFIGURED: &str = "its destination is not configured";

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryDetails")]
pub(super) struct StoryItem {
    #[serde(flatten)]
    delivery: DeliveryItem,
    history: Vec<AttemptItem>,
    /// What is sent for it, as its destination's template makes it now, in a call of its own.
    request: Option<RequestItem>,
    /// Why there is none.
    request_error: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Attempt")]
struct AttemptItem {
    number: u32,
    at: String,
    took_ms: u32,
    #[schemars(with = "OneOf<AttemptClass>")]
    class: &'static str,
    status: Option<u16>,
    excerpt: String,
}

impl AttemptItem {
    fn of(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_string(),
            took_ms: attempt.took_ms,
            class: attempt.class.as_str(),
            status: attempt.status,
            excerpt: attempt.excerpt,
        }
    }
}

/// `GET /api/deliveries/{delivery}`
pub(super) async fn show(
    State(delivery): State<Delivery>,
    _: Reader,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let id = read_id(&id)?;
    let missing = || ApiError::not_found("delivery");
    let mut story = delivery
        .parts
        .store
        .event(id.event())
        .await?
        .ok_or_else(missing)?;
    let place = story.deliveries.iter().position(|(waiting, _)| waiting.id == id);
    let (waiting, attempts) = place
        .map(|at| story.deliveries.swap_remove(at))
        .ok_or_else(missing)?;
    let known = delivery.parts.store.destinations();
    let to = known.iter().find(|to| to.number == waiting.destination);
    let request = match to.and_then(|to| delivery.lanes.plan(&to.name)) {
        Some(plan) => request(&plan, (&waiting, &story), delivery.parts.clock.now()),
        None => Err(NOT_CONFIGURED.to_owned()),
    };
    let item = StoryItem {
        delivery: DeliveryItem::of(waiting, &known),
        history: attempts.into_iter().map(AttemptItem::of).collect(),
        request_error: request.as_ref().err().cloned(),
        request: request.ok(),
    };
    Ok(answer::json(StatusCode::OK, &item))
}

/// What is sent for a delivery in a call of its own, without anything that shows who we are; or why nothing can be.
fn request(
    plan: &Plan,
    (waiting, story): (&Waiting, &EventStory),
    now: Millis,
) -> Result<RequestItem, String> {
    let subject = Subject {
        delivery: waiting.id,
        attempt: waiting.attempts.max(1),
        scheduled_at: story.state.scheduled_at,
        event: &story.event,
    };
    let mut made = call::make(plan, &[subject], now);
    let Some((mut call, _)) = made.call.take() else {
        let unfit = made.unfit.first().map(|(_, error)| error.to_string());
        return Err(unfit.unwrap_or_else(|| "nothing can be made of it".to_owned()));
    };
    if let Call::Request(request) = &mut call {
        if let Some(Auth::OAuth2(_)) = &plan.auth {
            // What stands there is fetched when the call is made.
            let mut token = HeaderValue::from_static("");
            token.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, token);
        }
        // Whoever may read could send it once more, as if it came from us.
        if let Some(signature) = request.headers.get_mut(WEBHOOK_SIGNATURE) {
            signature.set_sensitive(true);
        }
    }
    Ok(RequestItem::of(&call, plan))
}
