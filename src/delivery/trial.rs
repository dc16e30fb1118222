//! A trial: one call of a sample event, shown whole. Nothing is recorded, and the destination's windows and quota count it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use super::call::{self, Call, Ended, Part};
use super::judge::Verdict;
use super::plan::Plan;
use super::render::Subject;
use super::shown::RequestItem;
use super::{Delivery, pace};
use crate::model::delivery::{DestinationNumber, Event};
use crate::model::event::{DeliveryId, EventId, Fingerprint, Priority};
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::model::lane::Lesson;
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::{self, Named};
use crate::web::auth::Admin;
use crate::web::body::{self, BODY_DEADLINE};

/// The largest sample, in bytes: that of an event.
const MAX_SAMPLE: usize = 64 * 1024;
/// The longest a trial waits for its turn at the destination's rate.
const TURN_MAX: Duration = Duration::from_secs(10);
/// What a trial is known by, besides its source.
const MARK: HeaderName = HeaderName::from_static("gantry-test");

/// What stands where nothing was given.
const TYPE: &str = "TEST";
const SOURCE: &str = "gantry-test";
const PAYLOAD: &str =
    r#"{"test":true,"email":"ann@example.com","name":"Ann Example","text":"A test of Gantry"}"#;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DestinationSample")]
pub(super) struct Sample {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[schemars(with = "Option<serde_json::Value>")]
    payload: Option<Box<RawValue>>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DestinationTried")]
pub(super) struct Shown {
    request: Option<RequestItem>,
    answer: Option<AnswerItem>,
    /// Why there is no answer.
    error: Option<String>,
    /// What would become of a delivery.
    verdict: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReceivedAnswer")]
struct AnswerItem {
    status: u16,
    took_ms: u64,
    excerpt: String,
}

/// `POST /api/destinations/{destination}/test`
pub(super) async fn test(
    State(delivery): State<Delivery>,
    _: Admin,
    Named(name): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let bytes = body::read(request.into_body(), MAX_SAMPLE, BODY_DEADLINE).await?;
    let sample: Sample = match bytes.is_empty() {
        true => Sample::default(),
        false => body::json(&bytes)?,
    };
    let missing = || ApiError::not_found("destination");
    let known = delivery.parts.store.destinations();
    let to = known
        .iter()
        .find(|to| to.name.as_str() == name)
        .ok_or_else(missing)?;
    let plan = delivery.lanes.plan(&to.name).ok_or_else(missing)?;
    let event = sample.event(delivery.parts.clock.now())?;
    let shown = delivery.call(&plan, to.number, &event).await?;
    Ok(answer::json(StatusCode::OK, &shown))
}

impl Sample {
    fn event(self, now: Millis) -> Result<Event, ApiError> {
        let wrong =
            |field, why: &dyn std::fmt::Display| ApiError::unprocessable(field, format!("`{field}` {why}"));
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(ApiError::internal)?;
        let id = EventId::new(now, random);
        let kind = self.kind.unwrap_or_else(|| TYPE.to_owned());
        Ok(Event {
            id,
            kind: EventType::parse(&kind).map_err(|bad| wrong("type", &bad))?,
            source: Source::parse(SOURCE).map_err(|bad| wrong("source", &bad))?,
            key: IdempotencyKey::parse(&id.to_string()).map_err(|bad| wrong("idempotencyKey", &bad))?,
            payload: self
                .payload
                .map_or_else(|| PAYLOAD.to_owned(), |payload| payload.get().to_owned()),
            fingerprint: Fingerprint([0; 32]),
            priority: Priority::default(),
            trace: None,
            created_at: now,
            expires_at: None,
        })
    }
}

impl Delivery {
    async fn call(&self, plan: &Plan, to: DestinationNumber, event: &Event) -> Result<Shown, ApiError> {
        let store = &self.parts.store;
        let id = event.id.delivery(to.0);
        let turn = self.turn(plan, id)?;
        let begun = store.begin_trial(to, id, plan.lease_ms()).await?;
        let lease_ends = begun.map_err(|hold| {
            let until = hold.until.map_or_else(String::new, |at| format!(" until {at}"));
            ApiError::conflict(format!(
                "nothing is sent to it now ({}{until})",
                hold.why.as_str()
            ))
        })?;
        sleep_until(turn).await;
        let at = self.parts.clock.now();
        let subject = Subject {
            delivery: id,
            attempt: 1,
            scheduled_at: event.created_at,
            event,
        };
        let begun = Instant::now();
        let mut made = call::make(plan, &[subject], at);
        let (request, part, lesson) = match made.call.take() {
            Some((mut call, _)) => {
                // A letter has no mark: what it says is for people, who see that it is a sample.
                if let Call::Request(request) = &mut call {
                    request.headers.insert(MARK, HeaderValue::from_static("true"));
                }
                let pass = call::authorize(plan, &mut call, &self.parts).await;
                // Without an access token it is shown as far as it was made.
                let item = RequestItem::of(&call, plan);
                let mut ended = match pass {
                    Ok(pass) => call::send(plan, (call, &[id]), pass, &self.parts).await,
                    Err(no) => Ended::without_access(&no, 1),
                };
                (Some(item), ended.parts.pop(), ended.lesson)
            }
            None => {
                let unmade = made.unfit.first().map(|(_, error)| Part::unmade(error));
                (None, unmade, Lesson::unsent())
            }
        };
        let took = begun.elapsed();
        let ahead_ms = store.now().0 - self.parts.clock.now().0;
        store
            .end_trial((to, id, lease_ends), lesson.later_by(ahead_ms))
            .await?;
        let part = part.ok_or_else(|| ApiError::internal("a trial came to nothing"))?;
        let answer = part.status.map(|status| AnswerItem {
            status,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            excerpt: part.excerpt.clone(),
        });
        Ok(Shown {
            request,
            error: answer.is_none().then_some(part.excerpt),
            answer,
            verdict: match part.judgement.verdict {
                Verdict::Delivered => "delivered",
                Verdict::Retry { .. } | Verdict::Smaller => "tried again",
                Verdict::GiveBack => "given back, and the destination paused",
                Verdict::Anew => "given back, and sent anew",
                Verdict::Dead => "a dead letter",
                Verdict::Gone => "a dead letter, and the destination paused",
            },
        })
    }

    /// When the destination's rate allows a call; its token is taken.
    fn turn(&self, plan: &Plan, id: DeliveryId) -> Result<Instant, ApiError> {
        let now = Instant::now();
        let pacer = self.lanes.pacer(plan);
        let mut pacer = pacer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wait = pacer.ready_at().saturating_duration_since(now);
        if wait > TURN_MAX {
            let why = format!("its rate allows the next call in {} s", wait.as_secs());
            return Err(ApiError::conflict(why));
        }
        Ok(pacer.take(now, pace::chance(id, 1)))
    }
}
