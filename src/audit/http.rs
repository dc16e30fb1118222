//! `/api/audit`: the log, newest first.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Audit;
use crate::model::audit::{Entry, EntryFilter, EntryId, Via};
use crate::web::ApiError;
use crate::web::answer::{self, List, Query};
use crate::web::auth::Admin;
use crate::web::describe::OneOf;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AuditItem")]
pub(super) struct Item {
    id: String,
    at: String,
    /// The name of the key, or `uid N`; `null`: nobody who was recognised.
    who: Option<String>,
    #[schemars(with = "Option<OneOf<Via>>")]
    via: Option<&'static str>,
    /// Method and route.
    action: String,
    /// The path; `null` of what was refused.
    target: Option<String>,
    /// The status; `null`: whoever asked had gone before there was one.
    outcome: Option<u16>,
    /// The client's address; `null` over the socket, and where several are told of together.
    #[schemars(extend("format" = "ip-address"))]
    from: Option<String>,
    /// How many times; more than one only of what was refused.
    times: u32,
}

impl Item {
    fn of(entry: Entry) -> Self {
        let Entry { id, act } = entry;
        Self {
            id: id.to_string(),
            at: id.at.to_string(),
            via: act.who.as_ref().map(|who| Via::as_str(who.via)),
            who: act.who.map(|who| who.name),
            action: act.action,
            target: act.target,
            outcome: act.outcome,
            from: act.from.map(|from| from.to_string()),
            times: act.times,
        }
    }
}

/// `GET /api/audit?from=&to=&who=`
pub(super) async fn list(
    State(audit): State<Audit>,
    _: Admin,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let zone = audit.parts.launch.borrow().timezone.clone();
    let filter = EntryFilter {
        from: query.instant("from", &zone)?,
        to: query.instant("to", &zone)?,
        who: query.get("who").map(str::to_owned),
    };
    let page = query.page(EntryId::parse)?;
    let page = audit.parts.store.audit(filter, page).await?;
    let list = List {
        items: page.items.into_iter().map(Item::of).collect(),
        next: page.next.map(|id| id.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}
