//! `GET /gantry.js`: the client for a maker's page.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use crate::web::{ApiError, answer};

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "gantry.js"]
struct Script;

/// Pages load it at every visit: a minute's rest spares the server, and a new version shows soon.
const CACHED: &str = "public, max-age=60, must-revalidate";

pub(super) async fn serve(headers: HeaderMap) -> Result<Response<Body>, ApiError> {
    let file = Script::get("gantry.js").ok_or_else(|| ApiError::not_found("script"))?;
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    let known = answer::is_known(&headers, &tag);
    let mut answer = Response::new(if known {
        Body::empty()
    } else {
        Body::from(file.data)
    });
    if known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/javascript; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    Ok(answer)
}
