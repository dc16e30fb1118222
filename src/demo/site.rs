//! What the maker's own site serves: a launch page as a maker might write it, embedded in the binary.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "demo.*"]
struct Page;

/// The page runs its own two scripts, speaks to this server alone, and is shown in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Everything the demo's site serves.
pub(super) fn router() -> Router {
    Router::new()
        .route("/", get(|| serve("demo.html", "text/html; charset=utf-8")))
        .route("/demo.css", get(|| serve("demo.css", "text/css; charset=utf-8")))
        .route(
            "/demo.js",
            get(|| serve("demo.js", "text/javascript; charset=utf-8")),
        )
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
}

async fn serve(name: &'static str, kind: &'static str) -> Response<Body> {
    let Some(file) = Page::get(name) else {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NOT_FOUND;
        return answer;
    };
    let mut answer = Response::new(Body::from(file.data));
    let mut put =
        |name: HeaderName, value| answer.headers_mut().insert(name, HeaderValue::from_static(value));
    put(CONTENT_TYPE, kind);
    put(CACHE_CONTROL, "no-cache");
    put(CONTENT_SECURITY_POLICY, POLICY);
    put(HeaderName::from_static("x-content-type-options"), "nosniff");
    answer
}
