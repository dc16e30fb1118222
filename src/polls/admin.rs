//! What the maker does with polls: create, list, close, delete, look at the votes, void the stuffed ones.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Polls;
use super::results::Details;
use crate::model::address::AddressToken;
use crate::model::ids::{BadName, OptionId, PollId, UserId};
use crate::model::page::PageRequest;
use crate::model::poll::{CountedVote, Poll, PollDraft, PollOption, VoteFilter, VoterMode};
use crate::model::time::Millis;
use crate::store::{MAX_POLLS, PollCreated, PollEnd, Standing};
use crate::web::ApiError;
use crate::web::acts::NothingDone;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::Admin;
use crate::web::body::Object;
use crate::web::describe::{Instant, OneOf};

/// The largest body of these requests, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// How many votes a void shows.
const MAX_EXAMPLES: usize = 10;
/// How many votes a void takes at a time.
const VOID_PAGE: usize = 1_000;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPoll {
    #[schemars(length(min = 1, max = 64))]
    poll_id: String,
    question: String,
    options: Vec<Object<NewOption>>,
    #[schemars(with = "Option<Instant>")]
    opens_at: Option<String>,
    #[schemars(with = "Option<Instant>")]
    closes_at: Option<String>,
    #[schemars(with = "Option<OneOf<VoterMode>>")]
    voter: Option<String>,
    #[schemars(range(min = 1))]
    per_address: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewOption {
    #[schemars(length(min = 1, max = 64))]
    id: String,
    label: String,
}

impl NewPoll {
    fn draft(self) -> Result<PollDraft, ApiError> {
        let option = |Object(option): Object<NewOption>| {
            let id = named("options", OptionId::parse(&option.id))?;
            Ok(PollOption {
                id,
                label: option.label,
            })
        };
        let draft = PollDraft {
            id: named("pollId", PollId::parse(&self.poll_id))?,
            question: self.question,
            options: self
                .options
                .into_iter()
                .map(option)
                .collect::<Result<_, ApiError>>()?,
            opens_at: instant("opensAt", self.opens_at.as_deref())?,
            closes_at: instant("closesAt", self.closes_at.as_deref())?,
            voter: voter(self.voter.as_deref())?,
            per_address: self.per_address.map(cap).transpose()?,
        };
        draft
            .checked()
            .map_err(|bad| ApiError::unprocessable(bad.field(), bad.to_string()))
    }
}

pub(super) fn named<T>(field: &'static str, name: Result<T, BadName>) -> Result<T, ApiError> {
    name.map_err(|bad| ApiError::unprocessable(field, format!("`{field}` {bad}")))
}

pub(super) fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Millis>, ApiError> {
    let read = |text| {
        let wrong = || ApiError::unprocessable(field, format!("`{field}` must be RFC 3339 with an offset"));
        Millis::parse_rfc3339(text).ok_or_else(wrong)
    };
    text.map(read).transpose()
}

fn voter(name: Option<&str>) -> Result<VoterMode, ApiError> {
    match name {
        None | Some("open") => Ok(VoterMode::Open),
        Some("signed") => Ok(VoterMode::Signed),
        Some(_) => Err(ApiError::unprocessable("voter", "`voter` is `open` or `signed`")),
    }
}

fn cap(number: u32) -> Result<NonZeroU32, ApiError> {
    NonZeroU32::new(number).ok_or_else(|| ApiError::unprocessable("perAddress", "`perAddress` is at least 1"))
}

/// `POST /api/polls`
pub(super) async fn create(
    State(polls): State<Polls>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let draft = answer::read_json::<NewPoll>(request, MAX_BODY).await?.draft()?;
    let id = draft.id.clone();
    let status = match polls.parts.store.create_poll(draft).await? {
        PollCreated::New => StatusCode::CREATED,
        PollCreated::Same => StatusCode::OK,
        PollCreated::Different => {
            return Err(ApiError::conflict(format!("another poll is called `{id}`")));
        }
        PollCreated::TooMany => {
            return Err(ApiError::conflict(format!(
                "there are {MAX_POLLS} polls, which is the most"
            )));
        }
    };
    Ok(polls.details(status, &polls.standing(id.as_str())?))
}

/// `GET /api/polls`
pub(super) async fn list(
    State(polls): State<Polls>,
    _: Admin,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let PageRequest { limit, after } = query.page(|cursor| cursor.parse::<u32>().ok())?;
    let now = polls.parts.clock.now();
    let all = polls.parts.store.standings();
    let mut rest = all
        .iter()
        .filter(|s| after.is_none_or(|after| s.poll.number.0 < after));
    let page: Vec<&Standing> = rest.by_ref().take(limit).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => Some(last.poll.number.0.to_string()),
        _ => None,
    };
    let items = page
        .into_iter()
        .map(|standing| Details::of(standing, now))
        .collect();
    Ok(answer::json(StatusCode::OK, &List { items, next }))
}

/// `POST /api/polls/{poll}/close`
pub(super) async fn close(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
) -> Result<Response<Body>, ApiError> {
    let id = polls.standing(&poll)?.poll.draft.id.clone();
    match polls.parts.store.close_poll(id).await? {
        PollEnd::Done | PollEnd::Already => {}
        PollEnd::NoPoll => return Err(ApiError::not_found("poll")),
    }
    Ok(polls.details(StatusCode::OK, &polls.standing(&poll)?))
}

/// `DELETE /api/polls/{poll}`
pub(super) async fn delete(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
) -> Result<Response<Body>, ApiError> {
    let id = polls.standing(&poll)?.poll.draft.id.clone();
    match polls.parts.store.delete_poll(id).await? {
        PollEnd::Done | PollEnd::Already => {}
        PollEnd::NoPoll => return Err(ApiError::not_found("poll")),
    }
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VoteItem {
    position: u64,
    user_id: String,
    option_id: String,
    idempotency_key: String,
    at: String,
    timestamp: Option<String>,
    address: Option<String>,
    voided_at: Option<String>,
}

impl VoteItem {
    fn of(poll: &Poll, vote: CountedVote) -> Self {
        let option = poll.draft.options.get(usize::from(vote.option));
        Self {
            position: vote.position,
            user_id: vote.user.as_str().to_owned(),
            option_id: option.map(|o| o.id.as_str().to_owned()).unwrap_or_default(),
            idempotency_key: vote.key.as_str().to_owned(),
            at: vote.at.to_string(),
            timestamp: vote.client_time.map(|t| t.to_string()),
            address: vote.address.map(|a| a.to_string()),
            voided_at: vote.voided_at.map(|t| t.to_string()),
        }
    }
}

/// Which votes, as asked for in a query or a body.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "VotesWanted")]
pub(super) struct Which {
    option_id: Option<String>,
    user_id: Option<String>,
    user_prefix: Option<String>,
    address: Option<String>,
    #[schemars(with = "Option<Instant>")]
    from: Option<String>,
    #[schemars(with = "Option<Instant>")]
    to: Option<String>,
}

impl Which {
    fn of(query: &Query) -> Self {
        let text = |name| query.get(name).map(str::to_owned);
        Self {
            option_id: text("optionId"),
            user_id: text("userId"),
            user_prefix: text("userPrefix"),
            address: text("address"),
            from: text("from"),
            to: text("to"),
        }
    }

    fn filter(&self, poll: &Poll) -> Result<VoteFilter, ApiError> {
        let option = self.option_id.as_deref().map(|id| {
            let unknown = || ApiError::unprocessable("optionId", format!("the poll has no option `{id}`"));
            poll.option_number(id).ok_or_else(unknown)
        });
        let address = self.address.as_deref().map(|text| {
            let wrong = || {
                ApiError::unprocessable(
                    "address",
                    "`address` is 16 hexadecimal digits, as votes are listed",
                )
            };
            AddressToken::parse(text).ok_or_else(wrong)
        });
        if self.user_prefix.as_deref() == Some("") {
            // Every user's id begins so: a void would take the whole poll.
            return Err(ApiError::unprocessable("userPrefix", "`userPrefix` is empty"));
        }
        Ok(VoteFilter {
            option: option.transpose()?,
            user: self
                .user_id
                .as_deref()
                .map(|id| named("userId", UserId::parse(id)))
                .transpose()?,
            user_prefix: self.user_prefix.clone(),
            address: address.transpose()?,
            from: instant("from", self.from.as_deref())?,
            to: instant("to", self.to.as_deref())?,
        })
    }
}

/// `GET /api/polls/{poll}/votes`
pub(super) async fn votes(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let poll = polls.standing(&poll)?.poll;
    let filter = Which::of(&query).filter(&poll)?;
    let page = query.page(|cursor| cursor.parse().ok())?;
    let page = polls.parts.store.votes(&poll, filter, page).await?;
    let items = page
        .items
        .into_iter()
        .map(|vote| VoteItem::of(&poll, vote))
        .collect();
    Ok(answer::json(
        StatusCode::OK,
        &List {
            items,
            next: page.next.map(|p| p.to_string()),
        },
    ))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "VoidWanted")]
pub(super) struct Void {
    filter: Object<Which>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Voided {
    matched: u64,
    voided: u64,
    dry_run: bool,
    examples: Vec<VoteItem>,
}

/// `POST /api/polls/{poll}/void`
pub(super) async fn void(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let poll = polls.standing(&poll)?.poll;
    let Void {
        filter: Object(filter),
        dry_run,
    } = answer::read_json(request, MAX_BODY).await?;
    let filter = filter.filter(&poll)?;
    if filter.is_empty() {
        return Err(ApiError::unprocessable(
            "filter",
            "`filter` must say which votes; an empty one is all of them",
        ));
    }
    let mut done = Voided {
        dry_run,
        ..Voided::default()
    };
    let mut after = None;
    loop {
        let page = PageRequest {
            limit: VOID_PAGE,
            after,
        };
        let page = polls.parts.store.votes(&poll, filter.clone(), page).await?;
        let standing: Vec<CountedVote> = page.items.into_iter().filter(|v| v.voided_at.is_none()).collect();
        done.matched += standing.len() as u64;
        let positions: Vec<u64> = standing.iter().map(|vote| vote.position).collect();
        let shown = MAX_EXAMPLES - done.examples.len();
        done.examples.extend(
            standing
                .into_iter()
                .take(shown)
                .map(|vote| VoteItem::of(&poll, vote)),
        );
        if !dry_run {
            done.voided += polls.parts.store.void_votes(poll.number, &positions).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let answer = answer::json(StatusCode::OK, &done);
    Ok(match dry_run {
        true => NothingDone::mark(answer),
        false => answer,
    })
}

impl Polls {
    pub(super) fn standing(&self, poll: &str) -> Result<Standing, ApiError> {
        self.parts
            .store
            .standing(poll)
            .ok_or_else(|| ApiError::not_found("poll"))
    }

    pub(super) fn details(&self, status: StatusCode, standing: &Standing) -> Response<Body> {
        answer::json(status, &Details::of(standing, self.parts.clock.now()))
    }
}
