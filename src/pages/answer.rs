//! Answers: what a client gets of what is stored, and what it is told of the cache (RFC 9211).

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::filling::Filling;
use super::policy::conditional;
use super::policy::range::{self, Wanted};
use super::stored::{Draft, Stored};
use crate::model::time::Millis;
use crate::web::pack::{self, Coding};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// How a request was answered, as its answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// From the cache, fresh.
    Hit,
    /// From the cache, no longer fresh.
    Stale,
    /// By the origin, asked just now, and stored.
    Miss,
    /// By the origin, which another had asked just now.
    Collapsed,
    /// By the origin, which said that what is stored has not changed.
    Revalidated,
    /// By the origin, for this request alone.
    Alone,
    /// By the origin, as nothing is stored for such requests.
    Bypass,
}

impl How {
    const fn cache_status(self) -> &'static str {
        match self {
            Self::Hit => "gantry; hit",
            Self::Stale => "gantry; hit; fwd=stale",
            Self::Miss => "gantry; fwd=uri-miss; stored",
            Self::Collapsed => "gantry; fwd=uri-miss; collapsed",
            Self::Revalidated => "gantry; fwd=stale; fwd-status=304; stored",
            Self::Alone => "gantry; fwd=uri-miss",
            Self::Bypass => "gantry; fwd=bypass",
        }
    }

    const fn x_cache(self) -> &'static str {
        match self {
            Self::Hit => "HIT",
            Self::Stale => "STALE",
            Self::Miss | Self::Collapsed | Self::Revalidated | Self::Alone => "MISS",
            Self::Bypass => "BYPASS",
        }
    }
}

/// Writes what the cache says of an answer. What caches behind us said stays before it (RFC 9211 §2).
pub(super) fn tell(headers: &mut HeaderMap, how: How) {
    headers.append(CACHE_STATUS, HeaderValue::from_static(how.cache_status()));
    headers.insert(X_CACHE, HeaderValue::from_static(how.x_cache()));
}

/// The head of an answer with the whole of a body of so many bytes; its age stands at nothing.
pub(super) fn head(draft: &Draft, bytes: usize, how: How) -> HeaderMap {
    let mut headers = draft.headers.clone();
    if draft.terms.is_some() {
        headers.insert(AGE, HeaderValue::from(0));
    }
    tell(&mut headers, how);
    if may_have_body(draft.status) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    headers
}

/// The answer to a request from what is stored.
pub(super) fn from_stored(stored: &Stored, parts: &Parts, (now, how): (Millis, How)) -> Response<Body> {
    let draft = &stored.draft;
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = draft.status;
    *answer.headers_mut() = match how {
        How::Hit => stored.head.clone(),
        how => head(draft, stored.body.len(), how),
    };
    if let Some(terms) = stored.terms() {
        let age = HeaderValue::from(terms.age(now).as_secs());
        answer.headers_mut().insert(AGE, age);
    }
    if draft.status == StatusCode::OK {
        if conditional::is_known(&parts.headers, &draft.headers, now) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            answer.headers_mut().remove(CONTENT_LENGTH);
            return answer;
        }
        if parts.headers.contains_key(RANGE)
            && parts.method == Method::GET
            && let Some(part) = part(stored, parts, answer.headers_mut())
        {
            return with_part(answer, part);
        }
    }
    let body = coded(stored, parts, answer.headers_mut());
    if parts.method != Method::HEAD {
        *answer.body_mut() = Body::from(body);
    }
    answer
}

/// RFC 9110 §8.6: no length without a body.
fn may_have_body(status: StatusCode) -> bool {
    !(status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED))
}

/// The body in the coding the client likes best. Tags of other codings are weak, as they stand for other bytes.
fn coded(stored: &Stored, parts: &Parts, headers: &mut HeaderMap) -> Bytes {
    let packed = &stored.packed;
    let (body, name) = match pack::best(&parts.headers, packed) {
        Coding::Brotli => (packed.brotli.as_ref(), "br"),
        Coding::Gzip => (packed.gzip.as_ref(), "gzip"),
        Coding::Identity => (None, ""),
    };
    let Some(body) = body else {
        return stored.body.clone();
    };
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    let weak = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    if let Some(Ok(weak)) = weak.map(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())) {
        headers.insert(ETAG, weak);
    }
    body.clone()
}

/// The part that is asked for, with its headers; `None`: the whole; an empty one: there is none.
fn part(stored: &Stored, parts: &Parts, headers: &mut HeaderMap) -> Option<Bytes> {
    if !conditional::is_of_this(&parts.headers, &stored.draft.headers) {
        return None;
    }
    let bytes = stored.body.len();
    let (part, text) = match range::wanted(&parts.headers, bytes) {
        Wanted::Whole => return None,
        Wanted::Part(range) => {
            let last = range.end.saturating_sub(1);
            (
                stored.body.slice(range.clone()),
                format!("bytes {}-{last}/{bytes}", range.start),
            )
        }
        Wanted::Nothing => (Bytes::new(), format!("bytes */{bytes}")),
    };
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.insert(CONTENT_RANGE, text);
    }
    Some(part)
}

fn with_part(mut answer: Response<Body>, part: Bytes) -> Response<Body> {
    *answer.status_mut() = match part.is_empty() {
        true => StatusCode::RANGE_NOT_SATISFIABLE,
        false => StatusCode::PARTIAL_CONTENT,
    };
    answer
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(part.len()));
    *answer.body_mut() = Body::from(part);
    answer
}

/// The answer to a request from what is coming in; `None` where its beginning is gone.
pub(super) fn from_filling(
    filling: &Arc<Filling>,
    parts: &Parts,
    (now, how): (Millis, How),
) -> Option<Response<Body>> {
    let draft = &filling.draft;
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = draft.status;
    *answer.headers_mut() = draft.headers.clone();
    if let Some(terms) = &draft.terms {
        let age = HeaderValue::from(terms.age(now).as_secs());
        answer.headers_mut().insert(AGE, age);
    }
    if let Some(length) = draft.length {
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    tell(answer.headers_mut(), how);
    if parts.method != Method::HEAD {
        *answer.body_mut() = filling.reader()?;
    }
    Some(answer)
}
