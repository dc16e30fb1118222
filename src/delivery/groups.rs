//! Dead letters together, by destination and by what they died of.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Delivery;
use super::http::DeliveryItem;
use super::which::{destination, each};
use crate::model::dead::{DeadGroupCursor, DeadLetters, shape};
use crate::model::delivery::{AttemptClass, Destination};
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::Reader;
use crate::web::describe::OneOf;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DeadLetterGroupList")]
pub(super) struct Groups {
    items: Vec<GroupItem>,
    next: Option<String>,
    /// Dead letters in all groups, of this page or not.
    total: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeadLetterGroup")]
struct GroupItem {
    /// What to pass as `group`.
    id: String,
    destination: String,
    /// `null` of those that nobody attempted.
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    error_class: Option<&'static str>,
    /// What the newest said, without what differs from one to the next; `null` where the group is of all that are not told apart.
    error: Option<String>,
    count: u64,
    oldest: String,
    newest: String,
    /// The newest.
    example: DeliveryItem,
}

impl GroupItem {
    fn of(letters: DeadLetters, known: &[Destination]) -> Self {
        let DeadLetters {
            group,
            count,
            oldest,
            newest,
        } = letters;
        let to = known.iter().find(|to| to.number == group.destination);
        let said = newest.last_error.as_deref().unwrap_or_default();
        Self {
            id: group.to_string(),
            destination: to.map(|to| to.name.to_string()).unwrap_or_default(),
            error_class: group.class().map(AttemptClass::as_str),
            error: (!group.is_rest()).then(|| shape(said)),
            count,
            oldest: oldest.to_string(),
            newest: newest.updated_at.to_string(),
            example: DeliveryItem::of(newest, known),
        }
    }
}

/// `GET /api/deliveries/groups?destination=`
pub(super) async fn list(
    State(delivery): State<Delivery>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let store = &delivery.parts.store;
    let known = store.destinations();
    let to = each(query.get("destination"), |text| destination(text, &known))?;
    let page = query.page(DeadGroupCursor::parse)?;
    let (page, total) = store.dead_groups(to, page).await?;
    let items = page.items.into_iter();
    let groups = Groups {
        items: items.map(|letters| GroupItem::of(letters, &known)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        total,
    };
    Ok(answer::json(StatusCode::OK, &groups))
}
