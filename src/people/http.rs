//! `/api/people`: what is kept of somebody, and their erasure.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::People;
use crate::model::event::EventStatus;
use crate::model::ids::UserId;
use crate::model::person::{Erasure, ErasureBegun, ErasureNumber, Kept, Part, Person, PersonCursor};
use crate::model::poll::CountedVote;
use crate::web::ApiError;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::describe::OneOf;

/// How long an answer waits for an erasure to end: most do in a moment.
const WAIT: Duration = Duration::from_secs(2);

/// What is left of somebody once they are erased; each a sentence for whoever has to answer to them.
const REMAINS: [&str; 3] = [
    "votes and conversions stay counted; a digest of the user id stays with each poll, so that the same id cannot vote again",
    "free pages of the data file hold what was there until they are written over, which `gantry compact` does",
    "backups that were made before, and the copies that upgrades of the format left beside the file, hold what they held",
];

/// Something that is kept of somebody.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schemars(rename = "PersonItem")]
pub(super) enum Item {
    Vote {
        /// `null`: the poll was deleted.
        poll_id: Option<String>,
        option_id: Option<String>,
        user_id: String,
        idempotency_key: String,
        at: String,
        voided: bool,
    },
    Event {
        id: String,
        #[serde(rename = "type")]
        event_type: String,
        source: String,
        idempotency_key: String,
        #[schemars(with = "OneOf<EventStatus>")]
        status: &'static str,
        created_at: String,
        #[schemars(with = "Option<serde_json::Value>")]
        payload: Option<Box<RawValue>>,
    },
    Attempt {
        event_id: String,
        destination: String,
        number: u32,
        at: String,
        excerpt: String,
    },
    Spend {
        id: String,
        day: String,
        amount: String,
        note: Option<String>,
    },
    Conversion {
        goal: String,
        at: String,
    },
}

/// An erasure.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Erasure")]
pub(super) struct ErasureItem {
    id: String,
    #[schemars(extend("enum" = ["RUNNING", "DONE"]))]
    status: &'static str,
    /// 0 to 1.
    progress: f64,
    erased: Counts,
    by: String,
    created_at: String,
    updated_at: String,
    remains: &'static [&'static str],
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ErasedCounts")]
struct Counts {
    votes: u64,
    events: u64,
    attempts: u64,
    spend: u64,
    conversions: u64,
}

/// `GET /api/people?email=` or `?userId=`
pub(super) async fn show(
    State(people): State<People>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let person = person(&query)?;
    let page = people.parts.store.person(person, query.page(cursor)?).await?;
    let list = List {
        items: page.items.into_iter().map(|kept| people.item(kept)).collect(),
        next: page.next.map(text_of),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `DELETE /api/people?email=` or `?userId=`
pub(super) async fn erase(
    State(people): State<People>,
    Admin(who): Admin,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let person = person(&query)?;
    let mut ended = people.ended.subscribe();
    let begun = match people.parts.store.begin_erasure(person, who.to_string()).await? {
        ErasureBegun::New(erasure) => {
            tracing::info!(erasure.id = erasure.number.0, erasure.by = %erasure.by, "an erasure begins");
            people.begun.notify_one();
            erasure
        }
        ErasureBegun::Running(erasure) => erasure,
        ErasureBegun::TooMany => {
            return Err(ApiError::conflict("too many erasures run already; let one end"));
        }
    };
    let number = begun.number;
    // How it stands is asked for afterwards, whether the time was enough or not.
    let _ = tokio::time::timeout(WAIT, ended.wait_for(|last| *last >= number.0)).await;
    let erasure = people.parts.store.erasure(number).await?.unwrap_or(begun);
    let status = match erasure.is_done() {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    Ok(answer::json(status, &ErasureItem::of(&erasure)))
}

/// `GET /api/people/erasures`
pub(super) async fn list(
    State(people): State<People>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let page = query.page(|cursor| cursor.parse::<u64>().ok())?;
    let page = people.parts.store.erasures(page).await?;
    let list = List {
        items: page.items.iter().map(ErasureItem::of).collect(),
        next: page.next.map(|number| number.to_string()),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `GET /api/people/erasures/{erasure}`
pub(super) async fn erasure(
    State(people): State<People>,
    _: Reader,
    Named(id): Named,
) -> Result<Response<Body>, ApiError> {
    let unknown = || ApiError::not_found("erasure");
    let number = id.parse().map(ErasureNumber).map_err(|_| unknown())?;
    let erasure = people.parts.store.erasure(number).await?.ok_or_else(unknown)?;
    Ok(answer::json(StatusCode::OK, &ErasureItem::of(&erasure)))
}

fn person(query: &Query) -> Result<Person, ApiError> {
    match (query.get("email"), query.get("userId")) {
        (Some(email), None) => Person::of_email(email)
            .ok_or_else(|| ApiError::unprocessable("email", "`email` is no e-mail address")),
        (None, Some(user)) => UserId::parse(user)
            .map(Person::User)
            .map_err(|bad| ApiError::unprocessable("userId", format!("`userId` {bad}"))),
        _ => {
            let wrong = "say who is meant: by `email`, or by `userId`";
            Err(ApiError::unprocessable("email", wrong))
        }
    }
}

fn text_of(PersonCursor { part, at }: PersonCursor) -> String {
    format!("{}.{}.{}", part.as_str(), at.0, at.1)
}

fn cursor(text: &str) -> Option<PersonCursor> {
    let mut parts = text.split('.');
    let name = parts.next()?;
    let part = Part::ALL.iter().copied().find(|part| part.as_str() == name)?;
    let at = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(PersonCursor { part, at })
}

impl People {
    fn item(&self, kept: Kept) -> Item {
        match kept {
            Kept::Vote(poll, vote) => Item::Vote {
                option_id: poll.as_ref().and_then(|poll| self.option(poll.as_str(), &vote)),
                poll_id: poll.map(|poll| poll.to_string()),
                user_id: vote.user.to_string(),
                idempotency_key: vote.key.to_string(),
                at: vote.at.to_string(),
                voided: vote.voided_at.is_some(),
            },
            Kept::Event(both) => {
                let (event, state) = *both;
                Item::Event {
                    id: event.id.to_string(),
                    event_type: event.kind.to_string(),
                    source: event.source.to_string(),
                    idempotency_key: event.key.to_string(),
                    status: state.status.as_str(),
                    created_at: event.created_at.to_string(),
                    payload: RawValue::from_string(event.payload).ok(),
                }
            }
            Kept::Attempt(event, destination, attempt) => Item::Attempt {
                event_id: event.to_string(),
                destination: destination.to_string(),
                number: attempt.number,
                at: attempt.at.to_string(),
                excerpt: attempt.excerpt,
            },
            Kept::Spent(spent) => Item::Spend {
                id: spent.entry.key.to_string(),
                day: spent.entry.day.to_string(),
                amount: spent.entry.amount.to_string(),
                note: spent.entry.note.as_ref().map(ToString::to_string),
            },
            Kept::Converted(goal, at) => Item::Conversion {
                goal,
                at: at.to_string(),
            },
        }
    }

    fn option(&self, poll: &str, vote: &CountedVote) -> Option<String> {
        let standing = self.parts.store.standing(poll)?;
        let option = standing.poll.draft.options.get(usize::from(vote.option))?;
        Some(option.id.to_string())
    }
}

impl ErasureItem {
    fn of(erasure: &Erasure) -> Self {
        let erased = erasure.erased;
        Self {
            id: erasure.number.0.to_string(),
            status: match erasure.is_done() {
                true => "DONE",
                false => "RUNNING",
            },
            progress: f64::from(erasure.progress()) / 1_000.0,
            erased: Counts {
                votes: erased.votes,
                events: erased.events,
                attempts: erased.attempts,
                spend: erased.spend,
                conversions: erased.conversions,
            },
            by: erasure.by.clone(),
            created_at: erasure.created_at.to_string(),
            updated_at: erasure.updated_at.to_string(),
            remains: &REMAINS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written_and_nothing_else_is_one() {
        for part in Part::ALL {
            let at = PersonCursor {
                part: *part,
                at: (7, u64::MAX),
            };
            assert_eq!(cursor(&text_of(at)), Some(at));
        }
        for wrong in ["", "votes", "votes.1", "votes.1.2.3", "people.1.2", "votes.-1.2"] {
            assert_eq!(cursor(wrong), None, "{wrong}");
        }
    }
}
