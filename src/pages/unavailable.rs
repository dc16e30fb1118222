//! What is shown while an origin does not answer: a page for people, a problem for programs.

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::config::ErrorPage;
use crate::web::ApiError;

/// Our own page; the status takes the place of [`STATUS`].
const PAGE: &str = include_str!("../../assets/pages/unavailable.html");
/// Where the status stands.
const STATUS: &str = "{{status}}";
/// When to try again, in seconds: long enough for an origin to start, short enough that a visitor still waits.
const RETRY_S: u64 = 10;

/// The answer to whom cannot be shown what they asked for: the maker's page, or ours. Programs, which ask for JSON and not for
/// HTML, get `detail` as a problem (RFC 9457). Nobody keeps either.
#[must_use]
pub fn unavailable(
    status: StatusCode,
    detail: &'static str,
    (asked, page): (&HeaderMap, Option<&ErrorPage>),
) -> Response<Body> {
    let mut answer = match wants_json(asked) {
        true => ApiError::new(status, detail).into_response(),
        false => html(status, page),
    };
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_S));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn html(status: StatusCode, page: Option<&ErrorPage>) -> Response<Body> {
    let text = match page {
        Some(page) => page.html().to_owned(),
        None => PAGE.replace(STATUS, status.as_str()),
    };
    let length = HeaderValue::from(text.len());
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, length);
    answer
}

/// Whether JSON is named, and HTML is not: browsers name HTML for pages, and take anything for the rest.
fn wants_json(asked: &HeaderMap) -> bool {
    let ranges = asked.get_all(ACCEPT).into_iter();
    let ranges = ranges
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let kinds: Vec<String> = ranges
        .filter_map(|range| range.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .collect();
    let json = |kind: &String| kind.ends_with("/json") || kind.ends_with("+json");
    let html = |kind: &String| matches!(kind.as_str(), "text/html" | "application/xhtml+xml");
    kinds.iter().any(json) && !kinds.iter().any(html)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn shown(accept: &'static str, page: Option<&ErrorPage>) -> (Response<()>, String) {
        let asked = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        let answer = unavailable(
            StatusCode::BAD_GATEWAY,
            "the site does not answer",
            (&asked, page),
        );
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        (Response::from_parts(head, ()), text)
    }

    #[tokio::test]
    async fn people_are_shown_a_page_that_nobody_keeps() {
        let (head, text) = shown("text/html,application/xhtml+xml,*/*;q=0.8", None).await;
        assert_eq!(head.status(), 502);
        assert_eq!(head.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(head.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(head.headers()[RETRY_AFTER], "10");
        assert_eq!(head.headers()[CONTENT_LENGTH], text.len().to_string().as_str());
        assert!(text.contains("Error 502") && !text.contains("{{"), "{text}");
    }

    #[tokio::test]
    async fn the_page_fetches_nothing_and_runs_nothing() {
        let (_, text) = shown("*/*", None).await;
        for outside in [
            "http:", "https:", "//", "<script", "<link", "<img", "url(", "@import",
        ] {
            assert!(!text.contains(outside), "{outside}");
        }
    }

    #[tokio::test]
    async fn programs_are_told_a_problem() {
        for accept in [
            "application/json",
            "application/problem+json, */*;q=0.1",
            "application/json;q=0.9",
        ] {
            let (head, text) = shown(accept, None).await;
            assert_eq!(
                head.headers()[CONTENT_TYPE],
                "application/problem+json",
                "{accept}"
            );
            assert_eq!(head.headers()[RETRY_AFTER], "10");
            assert!(
                text.contains("the site does not answer") && text.contains("502"),
                "{text}"
            );
        }
        for accept in [
            "*/*",
            "text/html, application/json",
            "image/*",
            "",
            "application/jsonp",
        ] {
            let (head, _) = shown(accept, None).await;
            assert_eq!(
                head.headers()[CONTENT_TYPE],
                "text/html; charset=utf-8",
                "{accept}"
            );
        }
    }

    #[tokio::test]
    async fn the_makers_page_is_shown_as_it_is() {
        let page = ErrorPage::new("<!doctype html><title>Soon {{status}}</title>");
        let (head, text) = shown("text/html", Some(&page)).await;
        assert_eq!((head.status().as_u16(), text.as_str()), (502, page.html()));
    }
}
