//! Deliveries as their owner sees them, and what he does with them and with destinations one by one.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Delivery;
use crate::model::delivery::{AttemptClass, Delivery as Waiting, DeliveryCursor, Destination};
use crate::model::event::{DeliveryId, DeliveryStatus};
use crate::model::ids::DestinationName;
use crate::store::Revival;
use crate::web::ApiError;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::describe::OneOf;

/// The largest body of these requests, in bytes.
pub(super) const MAX_BODY: usize = 4 * 1024;
/// The longest reason for a pause, in characters.
const MAX_REASON: usize = 200;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryItem {
    id: String,
    event_id: String,
    destination: String,
    #[schemars(with = "OneOf<DeliveryStatus>")]
    status: &'static str,
    attempts: u32,
    first_at: Option<String>,
    due: String,
    updated_at: String,
    priority: u8,
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    last_class: Option<&'static str>,
    last_error: Option<String>,
}

impl DeliveryItem {
    pub(super) fn of(delivery: Waiting, known: &[Destination]) -> Self {
        let to = known.iter().find(|to| to.number == delivery.destination);
        Self {
            id: delivery.id.to_string(),
            event_id: delivery.id.event().to_string(),
            destination: to.map(|to| to.name.to_string()).unwrap_or_default(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            first_at: delivery.first_at.map(|at| at.to_string()),
            due: delivery.due.to_string(),
            updated_at: delivery.updated_at.to_string(),
            priority: delivery.priority.level(),
            last_class: delivery.last_class.map(|class| class.as_str()),
            last_error: delivery.last_error,
        }
    }
}

/// `GET /api/deliveries`
pub(super) async fn list(
    State(delivery): State<Delivery>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let known = delivery.parts.store.destinations();
    let filter = super::which::Which::of(&query).filter(&known)?;
    let page = query.page(DeliveryCursor::parse)?;
    let page = delivery.parts.store.deliveries(filter, page).await?;
    let items = page.items.into_iter();
    let list = List {
        items: items.map(|waiting| DeliveryItem::of(waiting, &known)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `POST /api/deliveries/{delivery}/retry`
pub(super) async fn retry(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let id = read_id(&id)?;
    let revived = delivery.parts.store.revive(id).await?;
    delivery.outcome(id, revived).await
}

/// `POST /api/deliveries/{delivery}/discard`
pub(super) async fn discard(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let id = read_id(&id)?;
    let discarded = delivery.parts.store.discard(id, DISCARDED.to_owned()).await?;
    delivery.outcome(id, discarded).await
}

/// What a discarded delivery says of its end.
pub(super) const DISCARDED: &str = "discarded by hand";

pub(super) fn read_id(text: &str) -> Result<DeliveryId, ApiError> {
    DeliveryId::parse(text).ok_or_else(|| ApiError::not_found("delivery"))
}

impl Delivery {
    async fn outcome(&self, id: DeliveryId, revival: Revival) -> Result<Response<Body>, ApiError> {
        match revival {
            Revival::Done => {}
            Revival::Not(status) => {
                return Err(ApiError::conflict(format!("the delivery is {}", status.as_str())));
            }
            Revival::NoDelivery => return Err(ApiError::not_found("delivery")),
        }
        let story = self.parts.store.event(id.event()).await?;
        let mut deliveries = story.into_iter().flat_map(|story| story.deliveries);
        let Some((waiting, _)) = deliveries.find(|(waiting, _)| waiting.id == id) else {
            return Err(ApiError::not_found("delivery"));
        };
        let item = DeliveryItem::of(waiting, &self.parts.store.destinations());
        Ok(answer::json(StatusCode::OK, &item))
    }
}

impl Delivery {
    /// Pauses a destination for a reason, or goes on (`None`), and shows it.
    async fn set_paused(&self, name: &str, reason: Option<String>) -> Result<Response<Body>, ApiError> {
        let missing = || ApiError::not_found("destination");
        let store = &self.parts.store;
        let name = DestinationName::parse(name).map_err(|_| missing())?;
        let known = store.pause_destination(name.clone(), reason).await?;
        if !known {
            return Err(missing());
        }
        self.show(name.as_str()).await
    }

    async fn set_all_paused(&self, paused: bool) -> Result<Response<Body>, ApiError> {
        let store = &self.parts.store;
        store.pause_delivery(paused).await?;
        let since = AllPaused {
            paused_since: store.delivery_paused_since().map(|at| at.to_string()),
        };
        Ok(answer::json(StatusCode::OK, &since))
    }
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryPaused")]
pub(super) struct AllPaused {
    paused_since: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pause {
    #[schemars(length(min = 1, max = 200))]
    reason: Option<String>,
}

impl Pause {
    /// The reason of a request, whose body may be left out.
    async fn reason(request: Request) -> Result<String, ApiError> {
        let bytes = body::read(request.into_body(), MAX_BODY, BODY_DEADLINE).await?;
        let pause: Self = match bytes.is_empty() {
            true => Self::default(),
            false => body::json(&bytes)?,
        };
        let reason = pause.reason.unwrap_or_else(|| "paused by hand".to_owned());
        let said = (1..=MAX_REASON).contains(&reason.chars().count());
        if !said || reason.chars().any(char::is_control) {
            let wrong = format!("`reason` must have 1 to {MAX_REASON} characters, in one line");
            return Err(ApiError::unprocessable("reason", wrong));
        }
        Ok(reason)
    }
}

/// `POST /api/destinations/{destination}/pause`
pub(super) async fn pause(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(name): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let reason = Pause::reason(request).await?;
    delivery.set_paused(&name, Some(reason)).await
}

/// `POST /api/destinations/{destination}/resume`
pub(super) async fn resume(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(name): Named,
) -> Result<Response<Body>, ApiError> {
    delivery.set_paused(&name, None).await
}

/// `POST /api/delivery/pause`
pub(super) async fn pause_all(
    State(delivery): State<Delivery>,
    _: Admin,
) -> Result<Response<Body>, ApiError> {
    delivery.set_all_paused(true).await
}

/// `POST /api/delivery/resume`
pub(super) async fn resume_all(
    State(delivery): State<Delivery>,
    _: Admin,
) -> Result<Response<Body>, ApiError> {
    delivery.set_all_paused(false).await
}
