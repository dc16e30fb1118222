//! What an operation of the API is, said once, beside its route: who may ask for it, what it takes, and everything it may
//! answer.
//!
//! A slice lists its operations in a `describe.rs` of its own, `app` gathers them, and [`Document`] writes them as OpenAPI 3.1.
//! Schemas are made of the very types that serde reads and writes. What all operations of a kind may answer (401 where a key is
//! needed, 413 where there is a body) follows from what is said of them here, so that nobody forgets it.
//!
//! Nothing is served or checked by what stands here: tests hold it against the router and against real answers.

mod document;
mod names;

pub use document::{API_VERSION, Document, Tag};
pub use names::{Amount, Bytes, Day, Instant, Names, OneOf, Text};

use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::answer::List;
use super::idempotency::once::MAKES;

/// What a type looks like as JSON.
type Shape = fn(&mut SchemaGenerator) -> Schema;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, on both addresses.
    Anyone,
    /// Anybody, on the admin address.
    Stranger,
    /// Whoever signs as its sender, on both addresses.
    Signed,
    /// A key that may send events, on both addresses.
    Sender,
    /// Somebody who may read, on the admin address.
    Reader,
    /// Somebody who may change things, on the admin address.
    Admin,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Header,
}

/// A parameter.
#[derive(Clone, Debug)]
struct Parameter {
    place: Place,
    name: &'static str,
    what: &'static str,
    shape: Shape,
    example: Value,
}

/// A body of one media type.
#[derive(Clone, Debug)]
struct Content {
    media_type: &'static str,
    shape: Shape,
    example: Value,
}

/// What is sent along.
#[derive(Clone, Debug)]
struct Sent {
    required: bool,
    contents: Vec<Content>,
}

/// One answer.
#[derive(Clone, Debug)]
struct Answer {
    status: StatusCode,
    what: &'static str,
    contents: Vec<Content>,
    /// Headers by name, and what each says.
    headers: Vec<(&'static str, &'static str)>,
}

/// An operation: a method and a path, and what is to be known of it.
#[derive(Clone, Debug)]
pub struct Operation {
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    detail: &'static str,
    tag: Tag,
    access: Access,
    limited: bool,
    pages: bool,
    writes: bool,
    unstored: bool,
    parameters: Vec<Parameter>,
    sent: Option<Sent>,
    answers: Vec<Answer>,
    refusals: Vec<(StatusCode, &'static str)>,
}

const JSON: &str = "application/json";

impl Operation {
    fn new(method: Method, path: &'static str, (tag, access): (Tag, Access), id: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            summary: "",
            detail: "",
            tag,
            access,
            limited: false,
            pages: false,
            writes: false,
            unstored: false,
            parameters: Vec::new(),
            sent: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// `GET`: it changes nothing. `id` names it in clients.
    #[must_use]
    pub fn get(path: &'static str, kind: (Tag, Access), id: &'static str) -> Self {
        Self::new(Method::GET, path, kind, id)
    }

    /// `POST`.
    #[must_use]
    pub fn post(path: &'static str, kind: (Tag, Access), id: &'static str) -> Self {
        Self::new(Method::POST, path, kind, id)
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch(path: &'static str, kind: (Tag, Access), id: &'static str) -> Self {
        Self::new(Method::PATCH, path, kind, id)
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(path: &'static str, kind: (Tag, Access), id: &'static str) -> Self {
        Self::new(Method::DELETE, path, kind, id)
    }

    /// What it does: in a line, and in sentences.
    #[must_use]
    pub const fn says(mut self, summary: &'static str, detail: &'static str) -> Self {
        self.summary = summary;
        self.detail = detail;
        self
    }

    /// Clients are held to a rate: 429.
    #[must_use]
    pub const fn limited(mut self) -> Self {
        self.limited = true;
        self
    }

    /// It is recorded in the data file before it is answered: 507 where there is no room.
    #[must_use]
    pub const fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    /// Nobody may store what it answers.
    #[must_use]
    pub const fn unstored(mut self) -> Self {
        self.unstored = true;
        self
    }

    /// The name in the path's braces.
    #[must_use]
    pub fn path<T: JsonSchema>(self, name: &'static str, what: &'static str, example: &str) -> Self {
        self.parameter::<T>((Place::Path, name), what, Value::from(example))
    }

    /// A parameter of the query, which may be left out.
    #[must_use]
    pub fn query<T: JsonSchema>(
        self,
        name: &'static str,
        what: &'static str,
        example: impl Into<Value>,
    ) -> Self {
        self.parameter::<T>((Place::Query, name), what, example.into())
    }

    /// A header of the request, which may be left out.
    #[must_use]
    pub fn header(self, name: &'static str, what: &'static str, example: &str) -> Self {
        self.parameter::<String>((Place::Header, name), what, Value::from(example))
    }

    fn parameter<T: JsonSchema>(
        mut self,
        (place, name): (Place, &'static str),
        what: &'static str,
        example: Value,
    ) -> Self {
        self.parameters.push(Parameter {
            place,
            name,
            what,
            shape: |generator| generator.subschema_for::<T>(),
            example,
        });
        self
    }

    /// It takes a JSON object.
    #[must_use]
    pub fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_as::<T>(JSON, example)
    }

    /// It takes a body of this media type, or of one that was said before.
    #[must_use]
    pub fn takes_as<T: JsonSchema>(mut self, media_type: &'static str, example: Value) -> Self {
        let sent = self.sent.get_or_insert(Sent {
            required: true,
            contents: Vec::new(),
        });
        sent.contents.push(Content::of::<T>(media_type, example));
        self
    }

    /// It takes a JSON object, which may be left out.
    #[must_use]
    pub fn may_take<T: JsonSchema>(mut self, example: Value) -> Self {
        self.sent = Some(Sent {
            required: false,
            contents: vec![Content::of::<T>(JSON, example)],
        });
        self
    }

    /// It answers JSON.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, what: &'static str, example: Value) -> Self {
        self.answers_as::<T>((status, JSON), what, example)
    }

    /// It answers a list, a page at a time: one item as an example.
    #[must_use]
    pub fn lists<T: JsonSchema>(self, what: &'static str, item: Value) -> Self {
        self.paged()
            .answers::<List<T>>(200, what, serde_json::json!({"items": [item], "next": null}))
    }

    /// It takes `limit` and `cursor`.
    #[must_use]
    pub const fn paged(mut self) -> Self {
        self.pages = true;
        self
    }

    /// It answers a body of this media type, beside others of the same status that were said before.
    #[must_use]
    pub fn answers_as<T: JsonSchema>(
        mut self,
        (status, media_type): (u16, &'static str),
        what: &'static str,
        example: Value,
    ) -> Self {
        let content = Content::of::<T>(media_type, example);
        let status = status_of(status);
        match self.answers.iter_mut().find(|answer| answer.status == status) {
            Some(answer) => answer.contents.push(content),
            None => self.answers.push(Answer {
                status,
                what,
                contents: vec![content],
                headers: Vec::new(),
            }),
        }
        self
    }

    /// It answers without a body.
    #[must_use]
    pub fn is_empty(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push(Answer {
            status: status_of(status),
            what,
            contents: Vec::new(),
            headers: Vec::new(),
        });
        self
    }

    /// The answer that was said last carries a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, what: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.push((name, what));
        }
        self
    }

    /// It refuses, with a problem, for a reason of its own: one for each status.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.refusals.push((status_of(status), why));
        self
    }

    /// Whether its answer is tagged by [`super::etag`], and may be answered with 304.
    fn is_tagged(&self) -> bool {
        let is_json = |answer: &Answer| answer.contents.iter().any(|content| content.media_type == JSON);
        self.method == Method::GET
            && matches!(self.access, Access::Reader | Access::Admin)
            && !self.unstored
            && self.answers.iter().any(is_json)
    }

    /// Whether what it makes is made once under an `Idempotency-Key`, by [`super::idempotency::once`].
    fn makes(&self) -> bool {
        self.method == Method::POST && MAKES.contains(&self.path)
    }

    /// Whether the public address serves it as well.
    const fn is_public(&self) -> bool {
        matches!(self.access, Access::Anyone | Access::Signed | Access::Sender)
    }

    /// Every problem it may answer: what it says itself, and what follows from its kind.
    fn problems(&self) -> Vec<(StatusCode, Option<&'static str>)> {
        let has = |place| self.parameters.iter().any(|parameter| parameter.place == place);
        let keyed = matches!(self.access, Access::Reader | Access::Admin | Access::Sender);
        let body = self.sent.is_some();
        let query = has(Place::Query) || self.pages;
        let implied = [
            (StatusCode::BAD_REQUEST, body || query || self.makes()),
            (StatusCode::UNAUTHORIZED, keyed),
            (StatusCode::FORBIDDEN, keyed),
            (StatusCode::NOT_FOUND, has(Place::Path)),
            (StatusCode::CONFLICT, self.makes()),
            (StatusCode::REQUEST_TIMEOUT, body),
            (StatusCode::PAYLOAD_TOO_LARGE, body),
            (StatusCode::UNPROCESSABLE_ENTITY, body || query || self.makes()),
            (StatusCode::TOO_MANY_REQUESTS, keyed || self.limited),
            (StatusCode::INTERNAL_SERVER_ERROR, true),
            (StatusCode::SERVICE_UNAVAILABLE, true),
            (StatusCode::INSUFFICIENT_STORAGE, self.writes || self.makes()),
        ];
        let own = self.refusals.iter().map(|(status, why)| (*status, Some(*why)));
        let is_own = |status| self.refusals.iter().any(|(own, _)| *own == status);
        let implied = implied.into_iter().filter(|(_, is)| *is);
        let implied = implied.filter(|(status, _)| !is_own(*status));
        own.chain(implied.map(|(status, _)| (status, None))).collect()
    }
}

impl Content {
    fn of<T: JsonSchema>(media_type: &'static str, example: Value) -> Self {
        Self {
            media_type,
            shape: |generator| generator.subschema_for::<T>(),
            example,
        }
    }
}

/// Every status here is written down by hand; one that is none would be seen in the document as 500 twice.
fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
