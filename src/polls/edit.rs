//! A poll that is there: shown to its maker, edited, opened again.

use std::collections::BTreeMap;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::admin::{MAX_BODY, instant, named};
use super::{Polls, results};
use crate::model::ids::OptionId;
use crate::model::poll::PollEdit;
use crate::store::PollChange;
use crate::web::answer::{self, Named};
use crate::web::auth::{Admin, Reader};
use crate::web::describe::Instant;
use crate::web::{ApiError, Peer};

/// `GET /api/polls/{poll}` on the admin address: to who may read, the poll as it is listed; to anybody else its results.
pub(super) async fn show(
    State(polls): State<Polls>,
    reader: Result<Reader, ApiError>,
    Named(poll): Named,
    (Extension(peer), headers): (Extension<Peer>, HeaderMap),
) -> Result<Response<Body>, ApiError> {
    if reader.is_err() {
        return results::show(State(polls), Extension(peer), Named(poll), headers).await;
    }
    let standing = polls.standing(&poll)?;
    Ok(polls.details(StatusCode::OK, &standing))
}

/// What is to be changed: what is left out stays, `null` takes a time away.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "PollEdit")]
pub(super) struct Edit {
    question: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Instant>")]
    opens_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Instant>")]
    closes_at: Option<Option<String>>,
}

/// What is there, be it `null`.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Edit {
    fn edit(self) -> Result<PollEdit, ApiError> {
        let time = |field, said: Option<Option<String>>| {
            said.map(|text| instant(field, text.as_deref())).transpose()
        };
        let label = |(id, label): (String, String)| Ok((named("labels", OptionId::parse(&id))?, label));
        Ok(PollEdit {
            question: self.question,
            labels: self
                .labels
                .into_iter()
                .map(label)
                .collect::<Result<_, ApiError>>()?,
            opens_at: time("opensAt", self.opens_at)?,
            closes_at: time("closesAt", self.closes_at)?,
        })
    }
}

/// `PATCH /api/polls/{poll}`
pub(super) async fn edit(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let id = polls.standing(&poll)?.poll.draft.id.clone();
    let edit = answer::read_json::<Edit>(request, MAX_BODY).await?.edit()?;
    let change = polls.parts.store.edit_poll(id, edit).await?;
    polls.changed(&poll, change)
}

/// `POST /api/polls/{poll}/open`
pub(super) async fn open(
    State(polls): State<Polls>,
    _: Admin,
    Named(poll): Named,
) -> Result<Response<Body>, ApiError> {
    let id = polls.standing(&poll)?.poll.draft.id.clone();
    let change = polls.parts.store.open_poll(id).await?;
    polls.changed(&poll, change)
}

impl Polls {
    fn changed(&self, poll: &str, change: PollChange) -> Result<Response<Body>, ApiError> {
        match change {
            PollChange::Done => Ok(self.details(StatusCode::OK, &self.standing(poll)?)),
            PollChange::Bad(bad) => Err(ApiError::unprocessable(bad.field(), bad.to_string())),
            PollChange::NoPoll => Err(ApiError::not_found("poll")),
        }
    }
}
