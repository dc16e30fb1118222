//! Answers that are not what was asked for: `application/problem+json` (RFC 9457).

use std::borrow::Cow;
use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::store::Fault;

/// The problem type of everything its status explains already (RFC 9457 §4.2.1).
pub const ABOUT_BLANK: &str = "about:blank";

/// What is said where there is no room.
pub const NO_ROOM: &str = "no space is left to record this";
/// When to try again where there was no room, in seconds.
const FULL_RETRY_S: u64 = 30;

/// A refusal or fault on its way to the client: a status, one sentence, and perhaps headers.
///
/// The detail is written for the client and never holds a source error, a secret or an address.
#[derive(Debug)]
pub struct ApiError(Box<Problem>);

#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    title: Cow<'static, str>,
    #[serde(serialize_with = "number")]
    #[schemars(with = "u16")]
    status: StatusCode,
    detail: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'static, str>>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The text of a problem: a literal costs nothing.
pub type Text = Cow<'static, str>;

impl ApiError {
    /// Any status, its title being the status's own name.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<Text>) -> Self {
        Self(Box::new(Problem {
            kind: Cow::Borrowed(ABOUT_BLANK),
            title: Cow::Borrowed(status.canonical_reason().unwrap_or("Error")),
            status,
            detail: detail.into(),
            error: None,
            field: None,
            id: None,
            headers: Vec::new(),
        }))
    }

    /// 400: it cannot be understood.
    #[must_use]
    pub fn bad_request(detail: impl Into<Text>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401, asking for a bearer token (RFC 6750 §3).
    #[must_use]
    pub fn unauthorized(detail: impl Into<Text>) -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"gantry\"");
        Self::new(StatusCode::UNAUTHORIZED, detail).with_header(WWW_AUTHENTICATE, challenge)
    }

    /// 403: understood, and refused.
    #[must_use]
    pub fn forbidden(detail: impl Into<Text>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404: `what` names the thing missing, e.g. `poll`.
    #[must_use]
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no such {what}"))
    }

    /// 408: the client took too long to send the request.
    #[must_use]
    pub fn timeout(detail: impl Into<Text>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// 409: it contradicts what is recorded.
    #[must_use]
    pub fn conflict(detail: impl Into<Text>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 413: the body is over `limit_bytes`.
    #[must_use]
    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {limit_bytes} bytes"),
        )
    }

    /// 422: it is well formed, but `field` does not hold what it must. The member `field` is left out when empty.
    #[must_use]
    pub fn unprocessable(field: impl Into<Text>, detail: impl Into<Text>) -> Self {
        let mut this = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        this.0.field = Some(field.into()).filter(|f| !f.is_empty());
        this
    }

    /// 429 with `Retry-After`, in seconds.
    #[must_use]
    pub fn too_many(retry_after_s: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests from this address",
        )
        .with_header(RETRY_AFTER, HeaderValue::from(retry_after_s))
    }

    /// 503 with `Retry-After`, in seconds.
    #[must_use]
    pub fn unavailable(retry_after_s: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not available just now; try again",
        )
        .with_header(RETRY_AFTER, HeaderValue::from(retry_after_s))
    }

    /// 507 with `Retry-After`: the disk has no room for another write (RFC 4918 §11.5).
    #[must_use]
    pub fn insufficient_storage() -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, NO_ROOM)
            .with_header(RETRY_AFTER, HeaderValue::from(FULL_RETRY_S))
    }

    /// 500. The source is logged here and never shown.
    #[must_use]
    pub fn internal(source: impl fmt::Display) -> Self {
        tracing::error!(error = %source, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "something failed on our side")
    }

    /// Sets the problem type: a stable URI such as `urn:gantry:problem:duplicate-vote`, and its title.
    #[must_use]
    pub fn with_type(mut self, kind: impl Into<Text>, title: impl Into<Text>) -> Self {
        self.0.kind = kind.into();
        self.0.title = title.into();
        self
    }

    /// Sets the member `error`, which clients of the first APIs read.
    #[must_use]
    pub fn with_error(mut self, error: impl Into<Text>) -> Self {
        self.0.error = Some(error.into());
        self
    }

    /// Sets the member `id`: what is recorded already, where that is what stands against it.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Text>) -> Self {
        self.0.id = Some(id.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The field that is wrong, if it is one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The sentence for the client.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

/// The store has no room or no time and nothing was done; or the data file failed and nothing is known of the request.
/// Such a fault is logged here and never shown.
impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full => Self::insufficient_storage(),
            Fault::Busy(_) => Self::unavailable(2),
            Fault::File(_) | Fault::Closed => {
                tracing::error!(error = %fault, "the store gives no answer");
                Self::unavailable(5)
            }
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status.as_u16(), self.0.detail)
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        // A problem is made of text and a number: writing it cannot fail.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in self.0.headers {
            headers.append(name, value);
        }
        response
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
fn number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(error: ApiError) -> (Response<()>, String) {
        let (parts, body) = error.into_response().into_parts();
        let bytes = axum::body::to_bytes(body, 4096).await.expect("a body");
        (
            Response::from_parts(parts, ()),
            String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        )
    }

    #[tokio::test]
    async fn a_problem_has_type_title_status_and_detail() {
        let (head, body) =
            written(ApiError::conflict("this user has voted").with_error("Duplicate vote")).await;
        assert_eq!(head.status(), 409);
        assert_eq!(head.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body,
            r#"{"type":"about:blank","title":"Conflict","status":409,"detail":"this user has voted","error":"Duplicate vote"}"#
        );
    }

    #[tokio::test]
    async fn the_source_of_a_fault_is_not_shown() {
        let (head, body) = written(ApiError::internal("password=hunter2")).await;
        assert_eq!(head.status(), 500);
        assert!(!body.contains("hunter2"));
    }

    #[tokio::test]
    async fn refusals_carry_the_headers_clients_act_on() {
        let (head, _) = written(ApiError::too_many(7)).await;
        assert_eq!(head.headers()[RETRY_AFTER], "7");
        let (head, _) = written(ApiError::unauthorized("no key")).await;
        assert_eq!(head.headers()[WWW_AUTHENTICATE], "Bearer realm=\"gantry\"");
        let (_, body) = written(ApiError::unprocessable("userId", "too long")).await;
        assert!(body.contains(r#""field":"userId""#));
    }
}
