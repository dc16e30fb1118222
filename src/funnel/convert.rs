//! `POST /api/convert`: somebody says that a visitor has reached a goal.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use std::net::IpAddr;

use super::Funnel;
use super::sent::{self, Sent};
use crate::model::funnel::{ConversionDraft, Converted, Sameness, Visitor};
use crate::model::ids::{GoalName, IdempotencyKey};
use crate::model::money::Money;
use crate::traces::within;
use crate::web::idempotency::IDEMPOTENT_REPLAYED;
use crate::web::json::Json;
use crate::web::{ApiError, LimitClass, Peer, answer, trace};

/// `POST /api/convert`
pub(super) async fn convert(
    State(funnel): State<Funnel>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    let front = funnel.parts.front.clone();
    let converted = async |client, request| {
        let (goal, converted) = funnel.converted(client, request).await?;
        Ok(accepted(&goal, converted))
    };
    front
        .within(LimitClass::Convert, (peer, request), converted)
        .await
}

impl Funnel {
    async fn converted(
        &self,
        client: IpAddr,
        request: Request<Body>,
    ) -> Result<(GoalName, Converted), ApiError> {
        let headers = request.headers().clone();
        let spot = trace::spot(request.extensions()).cloned();
        let bytes = sent::body(request).await?;
        let sent = Sent::read(&bytes)?;
        let draft = self.conversion(&sent, (client, &headers))?;
        let goal = draft.goal.clone();
        let converted = within(spot.as_ref(), "convert", self.parts.store.convert(draft)).await?;
        Ok((goal, converted))
    }

    /// The conversion that was sent. A `visitorId` of 32 hexadecimal digits is the day's visitor, as `/api/view` names them;
    /// any other is the maker's name for a person, whose touches are those of whoever sent this.
    fn conversion(
        &self,
        sent: &Sent<'_>,
        (client, headers): (IpAddr, &HeaderMap),
    ) -> Result<ConversionDraft, ApiError> {
        let named = sent.required("goal")?;
        let goals = self.counting.tally.goals();
        let goal = goals.iter().find(|goal| goal.name.as_str() == named);
        let goal = goal.ok_or_else(|| ApiError::not_found("goal"))?.name.clone();
        let person = sent.name("visitorId", IdempotencyKey::parse)?;
        let value = sent.get("value").map(value).transpose()?;
        let key = sent.name("idempotencyKey", IdempotencyKey::parse)?;
        let day = self.counting.days.day(self.parts.clock.now());
        let told = person.as_ref().zip(day);
        let told = told.and_then(|(person, day)| Visitor::parse(person.as_str(), day));
        let bearer = match told {
            Some(visitor) => self.bearer_of(Some(visitor)),
            None => self.bearer(client, headers),
        };
        let sameness = match (key, told, person, bearer.visitor) {
            (Some(key), ..) => Sameness::Key(key),
            (None, Some(visitor), ..) | (None, None, None, Some(visitor)) => Sameness::Visitor(visitor),
            (None, None, Some(person), _) => Sameness::Person(person),
            (None, None, None, None) => Sameness::None,
        };
        Ok(ConversionDraft {
            goal,
            value,
            sameness,
            bearer,
        })
    }
}

/// A decimal amount, in quotes or as a number.
fn value(value: &Json<'_>) -> Result<Money, ApiError> {
    let refused = |why: String| ApiError::unprocessable("value", why);
    let text = match value {
        Json::Text(text) => text.to_string(),
        Json::Number(number) => number.to_string(),
        _ => return Err(refused("`value` must be an amount such as \"48.00\"".to_owned())),
    };
    let amount = Money::parse(&text).map_err(|bad| refused(format!("`value` {bad}")))?;
    match amount.is_negative() {
        false => Ok(amount),
        true => Err(refused("`value` is less than nothing".to_owned())),
    }
}

fn accepted(goal: &GoalName, converted: Converted) -> Response {
    // A goal's name has nothing that JSON escapes.
    let body = format!(r#"{{"status":"accepted","goal":"{goal}"}}"#);
    let mut answer = answer::json_bytes(StatusCode::ACCEPTED, body);
    if converted == Converted::Replayed {
        answer
            .headers_mut()
            .insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    answer
}
