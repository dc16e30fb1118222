//! `POST /api/vote`: from bytes to a ballot to an answer. The hottest path there is.

use std::sync::PoisonError;

use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderValue, Request, Response, StatusCode};

use super::sent::{Sent, Value};
use super::{Polls, signature};
use crate::metrics::VoteOutcome;
use crate::model::ids::{IdempotencyKey, UserId};
use crate::model::poll::{Ballot, NotOpen, Vote, VoterMode};
use crate::store::Standing;
use crate::traces::{Spot, within};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::idempotency::IDEMPOTENT_REPLAYED;
use crate::web::{ApiError, LimitClass, Peer, answer, trace};

/// The largest body of a vote, in bytes.
const MAX_BODY: usize = 4 * 1024;

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
        let spot = trace::spot(request.extensions()).cloned();
        let mut answer = match self.read(request).await {
            Ok((standing, ballot)) => {
                let ballot = Ballot { address, ..ballot };
                self.cast(&standing, ballot, spot.as_ref()).await
            }
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
        let sent = Sent::parse(&bytes).map_err(refused)?;

        let poll = sent.poll_id.text("pollId").map_err(refused)?;
        let unknown = |what| (VoteOutcome::Unknown, ApiError::not_found(what));
        let standing = self.parts.store.standing(poll).ok_or_else(|| unknown("poll"))?;
        let option = sent.option_id.text("optionId").map_err(refused)?;
        let options = &standing.poll.draft.options;
        let option = options
            .iter()
            .find(|o| o.id.as_str() == option)
            .ok_or_else(|| unknown("option"))?;
        let option = option.id.clone();

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

    async fn cast(&self, standing: &Standing, ballot: Ballot, spot: Option<&Spot>) -> Response<Body> {
        let poll = standing.poll.draft.id.as_str();
        let outcome = match within(spot, "cast-vote", self.parts.store.cast_vote(ballot)).await {
            Ok(outcome) => outcome,
            Err(fault) => return self.refused(VoteOutcome::Failed, fault.into()),
        };
        match outcome {
            Vote::Accepted { total } => {
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
