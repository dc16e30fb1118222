//! `POST /api/vote`: from bytes to a ballot to an answer. The hottest path there is.

use std::borrow::Cow;
use std::fmt;
use std::sync::PoisonError;

use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Polls, signature};
use crate::metrics::VoteOutcome;
use crate::model::ids::{BadName, IdempotencyKey, OptionId, UserId};
use crate::model::poll::{Ballot, NotOpen, Vote, VoterMode};
use crate::model::time::Millis;
use crate::store::Standing;
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::{ApiError, LimitClass, Peer, answer};

/// The largest body of a vote, in bytes.
const MAX_BODY: usize = 4 * 1024;
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A vote as sent. Any JSON value is taken for any field here, so that what is wrong is said in the order promised:
/// an unknown poll before a missing key.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(borrow, default)]
    poll_id: Value<'a>,
    #[serde(borrow, default)]
    option_id: Value<'a>,
    #[serde(borrow, default)]
    user_id: Value<'a>,
    #[serde(borrow, default)]
    idempotency_key: Value<'a>,
    #[serde(borrow, default)]
    voter_token: Value<'a>,
    #[serde(borrow, default)]
    timestamp: Value<'a>,
}

/// A JSON value, as far as a vote cares.
#[derive(Default)]
enum Value<'a> {
    #[default]
    Missing,
    Text(Cow<'a, str>),
    Number(i64),
    Other,
}

impl Polls {
    /// Counts a vote, and answers once it is durable.
    pub async fn vote<B>(&self, peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = bytes::Bytes> + Unpin,
    {
        let client = self.parts.front.client(peer, request.headers());
        let decision = match self.parts.front.admit(LimitClass::Vote, peer, client) {
            Ok(decision) => decision,
            Err(refusal) => return self.refused(VoteOutcome::Limited, refusal),
        };
        let address = self.address(peer, client);
        let mut answer = match self.read(request).await {
            Ok((standing, ballot)) => self.cast(&standing, Ballot { address, ..ballot }).await,
            Err((outcome, refusal)) => self.refused(outcome, refusal),
        };
        if let Some(decision) = decision {
            decision.apply(answer.headers_mut());
        }
        answer
    }

    /// Everything that can be said of a vote before it is cast.
    async fn read<B>(&self, request: Request<B>) -> Result<(Standing, Ballot), (VoteOutcome, ApiError)>
    where
        B: http_body::Body<Data = bytes::Bytes> + Unpin,
    {
        let refused = |error| (VoteOutcome::Refused, error);
        let bytes = body::read(request.into_body(), MAX_BODY, BODY_DEADLINE)
            .await
            .map_err(refused)?;
        let sent: Sent<'_> = body::json(&bytes).map_err(refused)?;

        let poll = sent.poll_id.text("pollId").map_err(refused)?;
        let unknown = |what| (VoteOutcome::Unknown, ApiError::not_found(what));
        let standing = self.parts.store.standing(poll).ok_or_else(|| unknown("poll"))?;
        let option = sent.option_id.text("optionId").map_err(refused)?;
        let number = standing
            .poll
            .option_number(option)
            .ok_or_else(|| unknown("option"))?;

        let user = sent.user_id.name("userId", UserId::parse).map_err(refused)?;
        let key = sent
            .idempotency_key
            .name("idempotencyKey", IdempotencyKey::parse)
            .map_err(refused)?;
        let client_time = sent.timestamp.instant("timestamp").map_err(refused)?;
        if standing.poll.draft.voter == VoterMode::Signed {
            self.check_token(poll, &user, &sent.voter_token)
                .map_err(|error| (VoteOutcome::Unauthorized, error))?;
        }
        let option = self.option(&standing, number);
        let poll = standing.poll.draft.id.clone();
        Ok((
            standing,
            Ballot {
                poll,
                option,
                user,
                key,
                client_time,
                address: None,
            },
        ))
    }

    #[expect(clippy::unused_self, reason = "reads as a step of the vote")]
    fn option(&self, standing: &Standing, number: u16) -> OptionId {
        let options = &standing.poll.draft.options;
        options
            .get(usize::from(number))
            .map_or_else(|| unreachable!("the number is of this poll"), |o| o.id.clone())
    }

    fn check_token(&self, poll: &str, user: &UserId, token: &Value<'_>) -> Result<(), ApiError> {
        let secret = self
            .parts
            .voter_secret
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let vouched = match (&secret, token) {
            (Some(secret), Value::Text(token)) => {
                signature::vouches(secret.expose(), poll, user.as_str(), token)
            }
            _ => false,
        };
        if secret.is_none() {
            tracing::warn!(
                poll.id = poll,
                "a signed poll refuses votes: polls.voter_secret is not set"
            );
        }
        if vouched {
            Ok(())
        } else {
            Err(ApiError::unauthorized(
                "`voterToken` does not vouch for this voter",
            ))
        }
    }

    async fn cast(&self, standing: &Standing, ballot: Ballot) -> Response<Body> {
        let poll = standing.poll.draft.id.as_str();
        let outcome = match self.parts.store.cast_vote(ballot).await {
            Ok(outcome) => outcome,
            Err(fault) => return self.refused(VoteOutcome::Failed, faulted(&fault)),
        };
        match outcome {
            Vote::Accepted { total } => {
                self.parts.live.touch(poll);
                self.parts.metrics.votes(VoteOutcome::Accepted).inc();
                accepted(poll, total)
            }
            Vote::Replayed { total } => {
                self.parts.metrics.votes(VoteOutcome::Replayed).inc();
                let mut answer = accepted(poll, total);
                answer
                    .headers_mut()
                    .insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
                answer
            }
            Vote::Duplicate => self.refused(VoteOutcome::Duplicate, duplicate()),
            Vote::NotOpen(reason) => self.refused(VoteOutcome::Closed, not_open(reason)),
            Vote::AddressFull => {
                let full =
                    ApiError::forbidden("this address has cast as many votes as the poll allows one address");
                self.refused(VoteOutcome::Capped, full.with_error("Address limit reached"))
            }
            Vote::NoPoll => self.refused(VoteOutcome::Unknown, ApiError::not_found("poll")),
            Vote::NoOption => self.refused(VoteOutcome::Unknown, ApiError::not_found("option")),
        }
    }

    fn refused(&self, outcome: VoteOutcome, refusal: ApiError) -> Response<Body> {
        self.parts.metrics.votes(outcome).inc();
        refusal.into_response()
    }
}

/// What a client is told when the data file fails: nothing is known of its request.
pub(super) fn faulted(fault: &crate::store::Fault) -> ApiError {
    tracing::error!(error = %fault, "the store gives no answer");
    ApiError::unavailable(5)
}

fn accepted(poll: &str, total: u64) -> Response<Body> {
    // A poll's id has nothing that JSON escapes.
    let body = format!(r#"{{"status":"accepted","pollId":"{poll}","totalVotes":{total}}}"#);
    answer::json_bytes(StatusCode::ACCEPTED, body)
}

fn duplicate() -> ApiError {
    ApiError::conflict("this user has voted in this poll")
        .with_type("urn:gantry:problem:duplicate-vote", "Duplicate vote")
        .with_error("Duplicate vote")
}

fn not_open(reason: NotOpen) -> ApiError {
    let detail = match reason {
        NotOpen::NotYet(at) => format!("the poll opens at {at}"),
        NotOpen::Over(at) => format!("the poll closed at {at}"),
    };
    ApiError::forbidden(detail)
        .with_type("urn:gantry:problem:poll-not-open", "Poll not open")
        .with_error("Poll not open")
}

impl Value<'_> {
    fn text(&self, field: &'static str) -> Result<&str, ApiError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Missing => Err(ApiError::unprocessable(field, format!("`{field}` is missing"))),
            Self::Number(_) | Self::Other => Err(ApiError::unprocessable(
                field,
                format!("`{field}` must be a string"),
            )),
        }
    }

    fn name<T>(&self, field: &'static str, parse: fn(&str) -> Result<T, BadName>) -> Result<T, ApiError> {
        let text = self.text(field)?;
        parse(text).map_err(|bad| ApiError::unprocessable(field, format!("`{field}` {bad}")))
    }

    /// Milliseconds since the epoch, or RFC 3339.
    fn instant(&self, field: &'static str) -> Result<Option<Millis>, ApiError> {
        let read = match self {
            Self::Missing => return Ok(None),
            Self::Number(ms) => Millis::from_number(*ms),
            Self::Text(text) => Millis::parse_rfc3339(text),
            Self::Other => None,
        };
        let wrong =
            || ApiError::unprocessable(field, format!("`{field}` must be epoch milliseconds or RFC 3339"));
        read.map(Some).ok_or_else(wrong)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Missing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
