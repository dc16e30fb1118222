//! A layer that gives JSON reads a strong `ETag` (RFC 9110 §8.8.3), and answers 304 to whoever has this very version.
//!
//! The tag is a digest of the bytes, so it asks nothing of the handlers, and the same answer has the same tag on every machine. An
//! answer is made as ever; what is saved is its way. Left as they are: streams, what is larger than `HASHED_MOST`, what has a tag of
//! its own, and what nobody may store.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use super::answer::is_known;

/// The largest answer that is tagged, in bytes: what is hashed in a few milliseconds.
const HASHED_MOST: u64 = 1 << 20;
/// Kept by the browser alone, and asked about at every use.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Tags what is read.
pub async fn tag(request: Request, next: Next) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let known = request.headers().get_all(IF_NONE_MATCH).into_iter();
    let known: HeaderMap = known.map(|tag| (IF_NONE_MATCH, tag.clone())).collect();
    let answer = next.run(request).await;
    if !is_taggable(&answer) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    // It is in memory: there is nothing to wait for, and nothing that could fail.
    let bytes = match body.collect().await {
        Ok(bytes) => bytes.to_bytes(),
        Err(error) => {
            tracing::error!(%error, "an answer in memory broke off");
            return Response::from_parts(head, Body::empty());
        }
    };
    let Some((tag, value)) = tag_of(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    head.headers.insert(ETAG, value);
    head.headers.entry(CACHE_CONTROL).or_insert(REVALIDATED);
    if !is_known(&known, &tag) {
        return Response::from_parts(head, Body::from(bytes));
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

fn is_taggable(answer: &Response<Body>) -> bool {
    let headers = answer.headers();
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes() == b"application/json");
    let may_be_stored = headers
        .get(CACHE_CONTROL)
        .is_none_or(|said| !said.as_bytes().starts_with(b"no-store"));
    let size = http_body::Body::size_hint(answer.body()).exact();
    answer.status() == StatusCode::OK
        && is_json
        && may_be_stored
        && !headers.contains_key(ETAG)
        && size.is_some_and(|size| size <= HASHED_MOST)
}

/// Half of SHA-256, in quotes: nobody meets another answer of the same tag by chance.
fn tag_of(bytes: &[u8]) -> Option<(String, HeaderValue)> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let half: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{half}\"");
    let value = HeaderValue::from_str(&tag).ok()?;
    Some((tag, value))
}
