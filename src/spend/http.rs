//! `/api/spend`: entries recorded, listed and deleted.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Spend;
use crate::model::funnel::Label;
use crate::model::ids::{IdempotencyKey, SpendNote};
use crate::model::money::Money;
use crate::model::page::PageRequest;
use crate::model::spend::{ENTRIES_MOST, Entry, Noted, SpendCursor, Spent};
use crate::model::time::Millis;
use crate::model::time::day::{Day, End, beginning_within};
use crate::web::ApiError;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::{self, BODY_DEADLINE, Object};
use crate::web::describe::{Amount, Day as DayText};
use crate::web::idempotency::{IDEMPOTENT_REPLAYED, idempotency_key};

/// The largest body, in bytes: the most entries there may be, each with the longest texts.
const MAX_BODY: usize = 1024 * 1024;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewSpend")]
pub(super) struct NewEntry {
    #[schemars(with = "DayText")]
    day: String,
    source: Option<String>,
    campaign: Option<String>,
    #[schemars(with = "Amount")]
    amount: String,
    note: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SpendItem")]
pub(super) struct Item {
    id: String,
    #[schemars(with = "DayText")]
    day: String,
    source: String,
    campaign: String,
    #[schemars(with = "Amount")]
    amount: String,
    note: Option<String>,
    recorded_at: String,
}

/// What became of an entry.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SpendOutcome")]
pub(super) struct Outcome {
    id: String,
    #[schemars(extend("enum" = ["RECORDED", "DUPLICATE", "CONFLICT"]))]
    status: &'static str,
}

/// What became of several, each by itself.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SpendOutcomes")]
pub(super) struct Outcomes {
    items: Vec<Outcome>,
    recorded: usize,
    duplicates: usize,
    conflicts: usize,
}

/// `POST /api/spend`: one entry, or a list of them.
pub(super) async fn record(
    State(spend): State<Spend>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let key = idempotency_key(request.headers())?;
    let bytes = body::read(request.into_body(), MAX_BODY, BODY_DEADLINE).await?;
    let text = body::text(&bytes)?;
    if text.trim_start().starts_with('[') {
        return record_all(&spend, text).await;
    }
    let mut new: NewEntry = body::json(&bytes)?;
    if let Some(key) = key {
        new.idempotency_key.get_or_insert_with(|| key.as_str().to_owned());
    }
    let entry = new.entry("")?;
    let id = entry.key.to_string();
    let noted = spend.parts.store.record_spend(vec![entry]).await?;
    let status = match noted.first() {
        Some(Noted::Recorded) => StatusCode::CREATED,
        Some(Noted::Duplicate) => StatusCode::OK,
        Some(Noted::Conflict) | None => {
            return Err(ApiError::conflict(format!("another entry has the key `{id}`")));
        }
    };
    let mut answer = answer::json(status, &Outcome::of(id, noted.first()));
    if status == StatusCode::OK {
        let replayed = HeaderValue::from_static("true");
        answer.headers_mut().insert(IDEMPOTENT_REPLAYED, replayed);
    }
    Ok(answer)
}

async fn record_all(spend: &Spend, text: &str) -> Result<Response<Body>, ApiError> {
    let new: Vec<Object<NewEntry>> =
        serde_json::from_str(text).map_err(|error| ApiError::bad_request(error.to_string()))?;
    if new.len() > ENTRIES_MOST {
        let detail = format!("at most {ENTRIES_MOST} entries are recorded at once");
        return Err(ApiError::unprocessable("", detail));
    }
    // All are looked at before any is recorded.
    let entry = |(number, Object(new)): (usize, Object<NewEntry>)| new.entry(&format!("entry {number}: "));
    let entries = (1..).zip(new).map(entry).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
    let noted = spend.parts.store.record_spend(entries).await?;
    let count = |of: Noted| noted.iter().filter(|noted| **noted == of).count();
    let outcomes = Outcomes {
        recorded: count(Noted::Recorded),
        duplicates: count(Noted::Duplicate),
        conflicts: count(Noted::Conflict),
        items: ids
            .into_iter()
            .zip(&noted)
            .map(|(id, noted)| Outcome::of(id, Some(noted)))
            .collect(),
    };
    Ok(answer::json(StatusCode::OK, &outcomes))
}

/// `GET /api/spend?from=&to=`
pub(super) async fn list(
    State(spend): State<Spend>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let days = spend.days(&query)?;
    let page: PageRequest<SpendCursor> = query.page(cursor)?;
    let page = spend.parts.store.spend(days, page).await?;
    let list = List {
        items: page.items.iter().map(Item::of).collect(),
        next: page.next.map(|(day, position)| format!("{day}.{position}")),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `DELETE /api/spend/{entry}`
pub(super) async fn delete(
    State(spend): State<Spend>,
    _: Admin,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let missing = || ApiError::not_found("entry of spend");
    let key = IdempotencyKey::parse(&id).map_err(|_| missing())?;
    match spend.parts.store.delete_spend(key).await? {
        true => Ok(answer::empty(StatusCode::NO_CONTENT)),
        false => Err(missing()),
    }
}

fn cursor(text: &str) -> Option<SpendCursor> {
    let (day, position) = text.split_once('.')?;
    Some((Day::parse(day)?, position.parse().ok()?))
}

impl Spend {
    /// The days of `?from=&to=`; without them, all there are.
    fn days(&self, query: &Query) -> Result<Range<Day>, ApiError> {
        let zone = self.parts.launch.borrow().timezone.clone();
        let read = |end: End, name: &'static str, otherwise: &str| {
            let text = query.get(name).unwrap_or(otherwise);
            let wrong =
                || ApiError::unprocessable(name, format!("`{name}` is a day, or an instant in RFC 3339"));
            end.parse(text, &zone).ok_or_else(wrong)
        };
        let range: Range<Millis> =
            read(End::First, "from", "0001-01-01")?..read(End::Last, "to", "9999-12-29")?;
        beginning_within(&range, &zone)
            .ok_or_else(|| ApiError::unprocessable("from", "there are no such days"))
    }
}

impl NewEntry {
    /// The entry, once it is checked; `which` says which of several is wrong.
    fn entry(self, which: &str) -> Result<Entry, ApiError> {
        let wrong = |field: &'static str, why: &dyn std::fmt::Display| {
            ApiError::unprocessable(field, format!("{which}`{field}` {why}"))
        };
        let label = |field, text: Option<String>| match text.as_deref().map(Label::named) {
            None | Some(None) => Ok(Label::none()),
            Some(Some(label)) if label.as_str() == Label::OTHER && !is_other(text.as_deref()) => {
                Err(wrong(field, &"is no name: too long, or with a control character"))
            }
            Some(Some(label)) => Ok(label),
        };
        let amount = Money::parse(&self.amount).map_err(|bad| wrong("amount", &bad))?;
        if amount == Money::ZERO {
            return Err(wrong("amount", &"is nothing"));
        }
        let key = match &self.idempotency_key {
            Some(key) => IdempotencyKey::parse(key).map_err(|bad| wrong("idempotencyKey", &bad))?,
            None => new_key()?,
        };
        let note = self.note.as_deref().filter(|note| !note.is_empty());
        Ok(Entry {
            key,
            day: Day::parse(&self.day).ok_or_else(|| wrong("day", &"is not a day such as 2026-12-01"))?,
            source: label("source", self.source.clone())?,
            campaign: label("campaign", self.campaign.clone())?,
            amount,
            note: note
                .map(|note| SpendNote::parse(note).map_err(|bad| wrong("note", &bad)))
                .transpose()?,
        })
    }
}

fn is_other(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.trim().eq_ignore_ascii_case(Label::OTHER))
}

/// A key nobody has had before.
fn new_key() -> Result<IdempotencyKey, ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    IdempotencyKey::parse(&hex).map_err(ApiError::internal)
}

impl Outcome {
    fn of(id: String, noted: Option<&Noted>) -> Self {
        let status = match noted {
            Some(Noted::Recorded) => "RECORDED",
            Some(Noted::Duplicate) => "DUPLICATE",
            Some(Noted::Conflict) | None => "CONFLICT",
        };
        Self { id, status }
    }
}

impl Item {
    fn of(spent: &Spent) -> Self {
        let entry = &spent.entry;
        Self {
            id: entry.key.to_string(),
            day: entry.day.to_string(),
            source: entry.source.to_string(),
            campaign: entry.campaign.to_string(),
            amount: entry.amount.to_string(),
            note: entry.note.as_ref().map(SpendNote::to_string),
            recorded_at: spent.at.to_string(),
        }
    }
}
