//! Deliveries handled together: retry and discard of all that match a filter, so many to a request.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::future::join_all;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Delivery;
use super::http::{DISCARDED, DeliveryItem, MAX_BODY};
use super::which::{Which, one_of};
use crate::model::delivery::{DeliveryCursor, DeliveryFilter, Destination};
use crate::model::event::{DeliveryId, DeliveryStatus};
use crate::model::page::PageRequest;
use crate::store::{Fault, Revival};
use crate::web::ApiError;
use crate::web::acts::NothingDone;
use crate::web::answer;
use crate::web::auth::Admin;
use crate::web::body::Object;

/// How many deliveries are handled at a time, and waited for.
const STEP: usize = 500;
/// How many steps one request takes: it is answered within seconds, however many deliveries match.
const STEPS_MAX: usize = 10;
/// How many deliveries an answer shows.
const MAX_EXAMPLES: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "BulkWanted")]
pub(super) struct Wanted {
    filter: Object<Which>,
    #[serde(default)]
    dry_run: bool,
    /// The `next` of the answer before.
    #[serde(default)]
    cursor: Option<String>,
}

impl Wanted {
    /// Where to go on; `None` at the beginning.
    fn after(&self) -> Result<Option<DeliveryCursor>, ApiError> {
        let read = |text: &String| {
            let wrong = || ApiError::unprocessable("cursor", "`cursor` is not one of ours");
            DeliveryCursor::parse(text).ok_or_else(wrong)
        };
        self.cursor.as_ref().map(read).transpose()
    }
}

#[derive(Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BulkHandled")]
pub(super) struct Handled {
    matched: u64,
    done: u64,
    dry_run: bool,
    examples: Vec<DeliveryItem>,
    /// What to pass as `cursor` to go on; `null` where nothing is left.
    next: Option<String>,
}

/// What is done with each.
#[derive(Clone, Copy)]
enum Deed {
    Retry,
    Discard,
}

impl Deed {
    /// Those it can be done to.
    const fn takes(self) -> &'static [DeliveryStatus] {
        match self {
            Self::Retry => &[DeliveryStatus::Retrying, DeliveryStatus::Dead],
            Self::Discard => &[
                DeliveryStatus::Pending,
                DeliveryStatus::Retrying,
                DeliveryStatus::Dead,
            ],
        }
    }

    /// What is asked for, as far as this can be done to it.
    fn filter(self, which: &Which, known: &[Destination]) -> Result<DeliveryFilter, ApiError> {
        let filter = which.filter(known)?;
        if filter.is_empty() {
            return Err(ApiError::unprocessable(
                "filter",
                "`filter` must say which deliveries; an empty one is all of them",
            ));
        }
        if filter
            .status
            .is_some_and(|status| !self.takes().contains(&status))
        {
            let names = self.takes().iter().map(|status| status.as_str());
            return Err(one_of("status", names));
        }
        Ok(filter)
    }
}

/// `POST /api/deliveries/retry`
pub(super) async fn retry(
    State(delivery): State<Delivery>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    delivery.handle(Deed::Retry, request).await
}

/// `POST /api/deliveries/discard`
pub(super) async fn discard(
    State(delivery): State<Delivery>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    delivery.handle(Deed::Discard, request).await
}

impl Delivery {
    async fn handle(&self, deed: Deed, request: Request) -> Result<Response<Body>, ApiError> {
        let wanted: Wanted = answer::read_json(request, MAX_BODY).await?;
        let known = self.parts.store.destinations();
        let filter = deed.filter(&wanted.filter.0, &known)?;
        let mut after = wanted.after()?;
        let mut handled = Handled {
            dry_run: wanted.dry_run,
            ..Handled::default()
        };
        for _ in 0..STEPS_MAX {
            let page = PageRequest { limit: STEP, after };
            let page = self.parts.store.deliveries(filter.clone(), page).await?;
            let found = page.items.into_iter();
            let found: Vec<_> = found
                .filter(|waiting| deed.takes().contains(&waiting.status))
                .collect();
            handled.matched += found.len() as u64;
            if !wanted.dry_run {
                let ids = found.iter().map(|waiting| waiting.id);
                handled.done += self.do_to(deed, ids).await?;
            }
            let shown = found.into_iter().take(MAX_EXAMPLES - handled.examples.len());
            let shown = shown.map(|waiting| DeliveryItem::of(waiting, &known));
            handled.examples.extend(shown);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        handled.next = after.map(|cursor| cursor.to_string());
        let answer = answer::json(StatusCode::OK, &handled);
        Ok(match wanted.dry_run {
            true => NothingDone::mark(answer),
            false => answer,
        })
    }

    /// Does it to each, and says to how many; those that have moved on meanwhile are passed over.
    async fn do_to(&self, deed: Deed, ids: impl Iterator<Item = DeliveryId>) -> Result<u64, Fault> {
        let store = &self.parts.store;
        let done = ids.map(|id| async move {
            match deed {
                Deed::Retry => store.revive(id).await,
                Deed::Discard => store.discard(id, DISCARDED.to_owned()).await,
            }
        });
        let mut count = 0;
        for done in join_all(done).await {
            count += u64::from(done? == Revival::Done);
        }
        Ok(count)
    }
}
