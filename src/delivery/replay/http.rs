//! Replays as their owner asks for them, looks at them and ends them.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Delivery;
use super::super::http::MAX_BODY;
use super::super::which::{class, destination, each, instant, one_of, pattern};
use crate::model::delivery::{AttemptClass, Destination, DestinationNumber};
use crate::model::event::{DeliveryStatus, Pattern};
use crate::model::replay::{
    Replay, ReplayBegun, ReplayDraft, ReplayExample, ReplayFilter, ReplayLook, ReplayNumber, Selection,
};
use crate::model::time::Millis;
use crate::store::Fault;
use crate::web::ApiError;
use crate::web::acts::NothingDone;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::Object;
use crate::web::describe::{Instant, OneOf};
use crate::web::idempotency::{IDEMPOTENT_REPLAYED, idempotency_key};

/// How many times a look goes on, at some ten thousand events each: it is answered within seconds.
const LOOKS_MAX: usize = 100;
/// How many deliveries an answer shows.
const MAX_EXAMPLES: usize = 10;

/// What is to be sent again, as asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewReplay")]
pub(in crate::delivery) struct Wanted {
    filter: Object<Which>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "EventsToReplay")]
struct Which {
    #[serde(rename = "type")]
    kind: Option<String>,
    source: Option<String>,
    destination: Option<String>,
    #[schemars(with = "Option<OneOf<Selection>>")]
    status: Option<String>,
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    error_class: Option<String>,
    #[schemars(with = "Instant")]
    from: Option<String>,
    #[schemars(with = "Instant")]
    to: Option<String>,
}

impl Which {
    fn filter(&self, known: &[Destination]) -> Result<ReplayFilter, ApiError> {
        let bound = |field: &'static str, text: &Option<String>| {
            let missing = || {
                let wrong =
                    format!("`{field}` must say which time is meant: of when the events were recorded");
                ApiError::unprocessable(field, wrong)
            };
            instant(field, text.as_deref().ok_or_else(missing)?)
        };
        let (from, to) = (bound("from", &self.from)?, bound("to", &self.to)?);
        if to <= from {
            return Err(ApiError::unprocessable("to", "`to` is not after `from`"));
        }
        let selection = each(self.status.as_deref(), |text| {
            let names = Selection::ALL.iter().map(|selection| selection.as_str());
            Selection::parse(text).ok_or_else(|| one_of("status", names))
        })?;
        Ok(ReplayFilter {
            kind: each(self.kind.as_deref(), |text| pattern("type", text))?,
            source: each(self.source.as_deref(), |text| pattern("source", text))?,
            destination: each(self.destination.as_deref(), |text| destination(text, known))?,
            selection: selection.unwrap_or_default(),
            class: each(self.error_class.as_deref(), |text| class("errorClass", text))?,
            from,
            to,
        })
    }
}

/// What a replay would send.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReplayLook")]
pub(in crate::delivery) struct LookItem {
    dry_run: bool,
    count: u64,
    /// False: there may be more; this was as far as one request looks.
    complete: bool,
    passed_over: u64,
    /// By which rule, in a sentence.
    sends: &'static str,
    destinations: Vec<OfDestination>,
    examples: Vec<ExampleItem>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReplayCount")]
struct OfDestination {
    destination: String,
    count: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReplayExample")]
struct ExampleItem {
    id: String,
    event_id: String,
    #[serde(rename = "type")]
    kind: String,
    created_at: String,
    destination: String,
    /// `null`: there is no such delivery yet.
    #[schemars(with = "Option<OneOf<DeliveryStatus>>")]
    status: Option<&'static str>,
}

/// A replay.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::delivery) struct ReplayItem {
    id: String,
    #[schemars(extend("enum" = ["RUNNING", "DONE", "CANCELLED"]))]
    status: &'static str,
    filter: FilterItem,
    /// How many deliveries a look had found before it began.
    count: u64,
    /// How many it has put into the queue.
    done: u64,
    passed_over: u64,
    /// 0 to 1.
    progress: f64,
    by: String,
    created_at: String,
    updated_at: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReplayFilter")]
struct FilterItem {
    #[serde(rename = "type")]
    kind: Option<String>,
    source: Option<String>,
    destination: Option<String>,
    #[schemars(with = "OneOf<Selection>")]
    status: &'static str,
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    error_class: Option<&'static str>,
    from: String,
    to: String,
}

fn name_of(to: DestinationNumber, known: &[Destination]) -> String {
    let to = known.iter().find(|known| known.number == to);
    to.map(|to| to.name.to_string()).unwrap_or_default()
}

impl LookItem {
    fn of(look: ReplayLook, selection: Selection, known: &[Destination]) -> Self {
        let by_destination = look.by_destination.iter();
        Self {
            dry_run: true,
            count: look.count(),
            complete: look.next.is_none(),
            passed_over: look.passed,
            sends: selection.rule(),
            destinations: by_destination
                .map(|(to, count)| OfDestination {
                    destination: name_of(*to, known),
                    count: *count,
                })
                .collect(),
            examples: look
                .examples
                .into_iter()
                .map(|example| ExampleItem::of(example, known))
                .collect(),
        }
    }
}

impl ExampleItem {
    fn of(example: ReplayExample, known: &[Destination]) -> Self {
        Self {
            id: example.id.to_string(),
            event_id: example.id.event().to_string(),
            kind: example.kind,
            created_at: example.created_at.to_string(),
            destination: name_of(example.destination, known),
            status: example.status.map(|status| status.as_str()),
        }
    }
}

impl ReplayItem {
    fn of(replay: &Replay, known: &[Destination]) -> Self {
        let filter = &replay.draft.filter;
        Self {
            id: replay.number.0.to_string(),
            status: replay.status.as_str(),
            filter: FilterItem {
                kind: filter.kind.as_ref().map(Pattern::to_string),
                source: filter.source.as_ref().map(Pattern::to_string),
                destination: filter.destination.map(|to| name_of(to, known)),
                status: filter.selection.as_str(),
                error_class: filter.class.map(|class| class.as_str()),
                from: filter.from.to_string(),
                to: filter.to.to_string(),
            },
            count: replay.draft.expected,
            done: replay.revived,
            passed_over: replay.passed,
            progress: f64::from(replay.progress()) / 1_000.0,
            by: replay.draft.by.clone(),
            created_at: replay.created_at.to_string(),
            updated_at: replay.updated_at.to_string(),
        }
    }
}

/// `POST /api/replay`
pub(in crate::delivery) async fn begin(
    State(delivery): State<Delivery>,
    Admin(who): Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let key = idempotency_key(request.headers())?;
    let wanted: Wanted = answer::read_json(request, MAX_BODY).await?;
    let known = delivery.parts.store.destinations();
    let filter = wanted.filter.0.filter(&known)?;
    let look = delivery.look(&filter).await?;
    if wanted.dry_run {
        let item = LookItem::of(look, filter.selection, &known);
        return Ok(NothingDone::mark(answer::json(StatusCode::OK, &item)));
    }
    let draft = ReplayDraft {
        filter,
        key,
        by: who.to_string(),
        expected: look.count(),
    };
    match delivery.parts.store.begin_replay(draft).await? {
        ReplayBegun::New(replay) => {
            tracing::info!(
                replay.id = replay.number.0, replay.by = %replay.draft.by, replay.count = replay.draft.expected,
                "a replay begins"
            );
            delivery.replay_begun.notify_one();
            let item = ReplayItem::of(&replay, &known);
            Ok(answer::json(StatusCode::ACCEPTED, &item))
        }
        ReplayBegun::Again(replay) => {
            let item = ReplayItem::of(&replay, &known);
            let mut answer = answer::json(StatusCode::ACCEPTED, &item);
            let replayed = HeaderValue::from_static("true");
            answer.headers_mut().insert(IDEMPOTENT_REPLAYED, replayed);
            Ok(NothingDone::mark(answer))
        }
        ReplayBegun::Conflict(number) => {
            let wrong = format!("replay {} has this key, and another filter", number.0);
            Err(ApiError::unprocessable("idempotencyKey", wrong))
        }
        ReplayBegun::TooMany => Err(ApiError::conflict(
            "too many replays run already; let one end, or cancel it",
        )),
    }
}

/// `GET /api/replays`
pub(in crate::delivery) async fn list(
    State(delivery): State<Delivery>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let page = query.page(|cursor| cursor.parse::<u64>().ok())?;
    let page = delivery.parts.store.replays(page).await?;
    let known = delivery.parts.store.destinations();
    let items = page.items.iter().map(|replay| ReplayItem::of(replay, &known));
    let list = List {
        items: items.collect(),
        next: page.next.map(|number| number.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `GET /api/replays/{replay}`
pub(in crate::delivery) async fn show(
    State(delivery): State<Delivery>,
    _: Reader,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let replay = delivery.parts.store.replay(number(&id)?).await?;
    delivery.shown(replay)
}

/// `POST /api/replays/{replay}/cancel`
pub(in crate::delivery) async fn cancel(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let replay = delivery.parts.store.cancel_replay(number(&id)?).await?;
    delivery.shown(replay)
}

fn number(id: &str) -> Result<ReplayNumber, ApiError> {
    let read = id.parse().map(ReplayNumber);
    read.map_err(|_| ApiError::not_found("replay"))
}

impl Delivery {
    fn shown(&self, replay: Option<Replay>) -> Result<Response<Body>, ApiError> {
        let replay = replay.ok_or_else(|| ApiError::not_found("replay"))?;
        let known = self.parts.store.destinations();
        Ok(answer::json(StatusCode::OK, &ReplayItem::of(&replay, &known)))
    }

    /// What a replay would send now, by the routes of today.
    async fn look(&self, filter: &ReplayFilter) -> Result<ReplayLook, Fault> {
        let routes = self.parts.routes.borrow().clone();
        let now: Millis = self.parts.clock.now();
        let mut sum = ReplayLook::default();
        for _ in 0..LOOKS_MAX {
            let part = self
                .parts
                .store
                .look_at_replay(filter.clone(), routes.clone(), (sum.next, now))
                .await?;
            for (to, count) in part.by_destination {
                *sum.by_destination.entry(to).or_default() += count;
            }
            sum.passed += part.passed;
            let room = MAX_EXAMPLES.saturating_sub(sum.examples.len());
            sum.examples.extend(part.examples.into_iter().take(room));
            sum.next = part.next;
            if sum.next.is_none() {
                break;
            }
        }
        Ok(sum)
    }
}
