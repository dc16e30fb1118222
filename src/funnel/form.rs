//! `POST /api/forms/{name}`: the form of a maker's page, sent by a visitor who holds no key.
//!
//! Read (a form's two encodings, or JSON) → a field that people do not see is filled in: no person → fields are checked → one
//! event for each e-mail address, with the goals that it reaches, in one transaction. A browser is answered as a browser, and
//! whoever sends JSON, or asks for it, in JSON. Who sends the same address again is told the same, and nothing is recorded.

mod fields;
mod read;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use sha2::{Digest, Sha256};

use self::fields::Wrong;
use super::{Funnel, sent};
use crate::config::Form;
use crate::metrics::EventOutcome;
use crate::model::event::{EventDraft, EventId, Priority, Recorded};
use crate::model::ids::{IdempotencyKey, Source};
use crate::traces::{Spot, within};
use crate::web::answer::{self, Named};
use crate::web::json::Json;
use crate::web::{ApiError, LimitClass, Peer, payload, trace};

/// Of the digest of an e-mail address so many bytes stand in the key of its event: the whole key is to fit.
const DIGEST_BYTES: usize = 12;

/// Whom an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A person, whose browser sent the form by itself.
    Person,
    /// A page's script.
    Script,
}

/// What came of a form.
enum Taken {
    /// It was taken, or is said to be.
    Taken,
    /// Fields are wrong.
    Wrong(Vec<Wrong>),
}

/// `POST /api/forms/{name}`
pub(super) async fn take(
    State(funnel): State<Funnel>,
    Extension(peer): Extension<Peer>,
    Named(name): Named,
    request: Request<Body>,
) -> Response {
    let front = funnel.parts.front.clone();
    let reader = reader(request.headers());
    let taken = async |client, request| {
        let (form, taken) = funnel.take_form((&name, client), request).await?;
        Ok(answer_to(&form, &taken, reader))
    };
    front.within(LimitClass::Form, (peer, request), taken).await
}

impl Funnel {
    async fn take_form(
        &self,
        (name, client): (&str, IpAddr),
        request: Request<Body>,
    ) -> Result<(Form, Taken), ApiError> {
        let headers = request.headers().clone();
        let spot = trace::spot(request.extensions()).cloned();
        let bytes = sent::body(request).await?;
        let forms = self.parts.forms.borrow().clone();
        let form = forms.iter().find(|form| form.name.as_str() == name);
        let form = form.ok_or_else(|| ApiError::not_found("form"))?;
        let values = read::values(&headers, bytes).await?;
        if values
            .get(&form.honeypot)
            .is_some_and(|text| !text.trim().is_empty())
        {
            tracing::debug!(form.name = %form.name, "a form was filled in by no person");
            return Ok((form.clone(), Taken::Taken));
        }
        let taken = match fields::check(form, &values) {
            Ok(payload) => {
                let of = (client, &headers, spot.as_ref());
                self.record(form, &payload, of).await?
            }
            Err(wrong) => Taken::Wrong(wrong),
        };
        Ok((form.clone(), taken))
    }

    async fn record(
        &self,
        form: &Form,
        content: &Json<'_>,
        (client, headers, spot): (IpAddr, &HeaderMap, Option<&Spot>),
    ) -> Result<Taken, ApiError> {
        let source = Source::parse(&format!("form:{}", form.name)).map_err(ApiError::internal)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(ApiError::internal)?;
        let draft = EventDraft {
            id: EventId::new(self.parts.clock.now(), random),
            key: key(form, content)?,
            fingerprint: payload::fingerprint(&form.event, &source, content),
            payload: payload::kept(content)?,
            kind: form.event.clone(),
            source,
            scheduled_at: None,
            expires_at: None,
            priority: Priority::default(),
            trace: spot.map_or_else(|| trace::came(headers), |spot| Some(spot.trace())),
        };
        let routes = Arc::clone(&self.parts.routes.borrow());
        let bearer = self.bearer(client, headers);
        let recording = self.parts.store.record_form(draft, routes, bearer);
        let outcome = match within(spot, "record-form", recording).await? {
            Recorded::Accepted { .. } => EventOutcome::Accepted,
            Recorded::Duplicate { .. } | Recorded::Conflict { .. } => EventOutcome::Duplicate,
        };
        self.parts.metrics.events_ingested(outcome).inc();
        Ok(Taken::Taken)
    }
}

/// The key of the event of an e-mail address in a form: whoever knows the address knows it, and nobody else.
fn key(form: &Form, content: &Json<'_>) -> Result<IdempotencyKey, ApiError> {
    let email = form
        .email()
        .and_then(|field| content.member(&field.name)?.as_text());
    let email = email.ok_or_else(|| ApiError::internal("a form without an address"))?;
    let digest = Sha256::digest(email.trim().to_lowercase().as_bytes());
    let digits: String = digest
        .iter()
        .take(DIGEST_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    IdempotencyKey::parse(&format!("form:{}:{digits}", form.name)).map_err(ApiError::internal)
}

/// Who sends JSON reads it; so does who asks for it and not for a page.
fn reader(headers: &HeaderMap) -> Reader {
    let says = |name, word: &str| {
        let value = headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok());
        value.is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    let asks = says(&ACCEPT, "json") && !says(&ACCEPT, "text/html");
    match says(&CONTENT_TYPE, "json") || asks {
        true => Reader::Script,
        false => Reader::Person,
    }
}

fn answer_to(form: &Form, taken: &Taken, reader: Reader) -> Response {
    match (taken, reader) {
        (Taken::Taken, Reader::Script) => {
            answer::json(StatusCode::ACCEPTED, &serde_json::json!({ "status": "accepted" }))
        }
        (Taken::Taken, Reader::Person) => match &form.redirect {
            Some(to) => see_other(to),
            None => page(StatusCode::OK, "Thank you", "<p>It has arrived.</p>"),
        },
        (Taken::Wrong(wrong), Reader::Script) => problem(wrong).into_response(),
        (Taken::Wrong(wrong), Reader::Person) => {
            // Names of fields and what is said of them have nothing that HTML would take for its own.
            let items: String = wrong.iter().map(|wrong| format!("<li>{wrong}</li>")).collect();
            let body = format!("<ul>{items}</ul><p>Please go back and try again.</p>");
            page(StatusCode::UNPROCESSABLE_ENTITY, "Something is missing", &body)
        }
    }
}

/// 422, its `detail` naming every field.
fn problem(wrong: &[Wrong]) -> ApiError {
    let first = wrong
        .first()
        .map_or_else(String::new, |wrong| wrong.field.clone());
    let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    ApiError::unprocessable(first, all.join("; "))
}

fn see_other(to: &str) -> Response {
    let mut answer = answer::empty(StatusCode::SEE_OTHER);
    // A redirect that is configured has only what a header may have.
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(LOCATION, to);
    }
    answer
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><h1>{title}</h1>{body}</html>\n"
    );
    let mut answer = Response::new(Body::from(html));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
