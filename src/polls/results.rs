//! Results: a poll and its standing as clients see them.

use std::collections::BTreeMap;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Polls;
use crate::model::poll::{Poll, PollOption, VoterMode};
use crate::model::time::Millis;
use crate::store::Standing;
use crate::web::answer::{self, Named};
use crate::web::describe::OneOf;
use crate::web::{ApiError, LimitClass, Peer};

/// Results, public.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PollResults")]
pub(super) struct Results<'a> {
    poll_id: &'a str,
    question: &'a str,
    #[schemars(with = "BTreeMap<String, u64>")]
    options: Votes<'a>,
    #[schemars(with = "BTreeMap<String, String>")]
    labels: Labels<'a>,
    total_votes: u64,
    last_updated: String,
    open: bool,
}

/// Results with what only the maker sees.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PollDetails")]
pub(super) struct Details<'a> {
    #[serde(flatten)]
    results: Results<'a>,
    created_at: String,
    opens_at: Option<String>,
    closes_at: Option<String>,
    closed_at: Option<String>,
    #[schemars(with = "OneOf<VoterMode>")]
    voter: &'static str,
    per_address: Option<u32>,
}

struct Votes<'a>(&'a Standing);
struct Labels<'a>(&'a [PollOption]);

impl<'a> Results<'a> {
    pub(super) fn of(standing: &'a Standing, now: Millis) -> Self {
        let draft = &standing.poll.draft;
        Self {
            poll_id: draft.id.as_str(),
            question: &draft.question,
            options: Votes(standing),
            labels: Labels(&draft.options),
            total_votes: standing.tally.total(),
            last_updated: standing.tally.updated_at.to_string(),
            open: standing.poll.admits(now).is_ok(),
        }
    }
}

impl<'a> Details<'a> {
    pub(super) fn of(standing: &'a Standing, now: Millis) -> Self {
        let Poll {
            draft,
            created_at,
            closed_at,
            ..
        } = &*standing.poll;
        let text = |at: &Option<Millis>| at.map(|at| at.to_string());
        Self {
            results: Results::of(standing, now),
            created_at: created_at.to_string(),
            opens_at: text(&draft.opens_at),
            closes_at: text(&draft.closes_at),
            closed_at: text(closed_at),
            voter: voter_name(draft.voter),
            per_address: draft.per_address.map(std::num::NonZeroU32::get),
        }
    }
}

pub(super) const fn voter_name(voter: VoterMode) -> &'static str {
    match voter {
        VoterMode::Open => "open",
        VoterMode::Signed => "signed",
    }
}

/// Options keep the poll's order, which a map of serde's would lose.
impl Serialize for Votes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Standing { poll, tally } = self.0;
        let mut map = to.serialize_map(Some(poll.draft.options.len()))?;
        for (option, count) in poll.draft.options.iter().zip(&tally.counts) {
            map.serialize_entry(option.id.as_str(), count)?;
        }
        map.end()
    }
}

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for option in self.0 {
            map.serialize_entry(option.id.as_str(), &option.label)?;
        }
        map.end()
    }
}

/// Results as JSON.
pub(super) fn written(standing: &Standing, now: Millis) -> Vec<u8> {
    // Texts and numbers: writing them cannot fail.
    serde_json::to_vec(&Results::of(standing, now)).unwrap_or_default()
}

/// `GET /api/polls/{poll}`
pub(super) async fn show(
    State(polls): State<Polls>,
    Extension(peer): Extension<Peer>,
    Named(poll): Named,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    let parts = &polls.parts;
    let decision = parts
        .front
        .admit(LimitClass::Page, peer, parts.front.client(peer, &headers))?;
    let standing = parts
        .store
        .standing(&poll)
        .ok_or_else(|| ApiError::not_found("poll"))?;
    let now = parts.clock.now();
    let open = u8::from(standing.poll.admits(now).is_ok());
    let tag = format!("\"{}-{open}\"", standing.tally.version);
    let mut answer = answer::tagged(&headers, &tag, || written(&standing, now));
    if let Some(decision) = decision {
        decision.apply(answer.headers_mut());
    }
    Ok(answer)
}
