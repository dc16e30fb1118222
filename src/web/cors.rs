//! Cross-origin requests to the public paths, from exactly the configured origins (Fetch standard, "CORS protocol").

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-none-match, last-event-id, x-request-id",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, idempotent-replayed, ratelimit, ratelimit-policy, retry-after, x-event-status, x-request-id",
);
/// How long a browser may keep a preflight's answer, in seconds.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("600");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// The origins whose pages may read our answers. There is no wildcard, and no credentials are allowed.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<HeaderValue>,
}

impl Cors {
    /// Exactly these origins, as browsers write them: `https://shop.example`. None turns CORS off.
    #[must_use]
    pub fn new(origins: Vec<HeaderValue>) -> Self {
        Self { origins }
    }

    /// The answer to a preflight; `None` when the request is not one, or CORS is off.
    ///
    /// A strange origin gets the same 204 without the permission.
    #[must_use]
    pub fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let origin = headers.get(ORIGIN).filter(|_| asks && !self.origins.is_empty())?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        answer.insert(VARY, VARY_ORIGIN);
        if self.origins.contains(origin) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_S);
        }
        Some(response)
    }

    /// Lets the page at `origin` (the request's header) read this answer, if it is one of ours; while CORS is on,
    /// every answer says that it varies by origin.
    pub fn apply(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        answer.append(VARY, VARY_ORIGIN);
        if let Some(origin) = origin.filter(|o| self.origins.contains(o)) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Cors {
        Cors::new(vec![HeaderValue::from_static("https://shop.example")])
    }

    fn asking(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (ORIGIN, HeaderValue::from_static(origin)),
            (ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST")),
        ])
    }

    #[test]
    fn a_preflight_from_a_configured_origin_is_allowed() {
        let answer = shop()
            .preflight(&Method::OPTIONS, &asking("https://shop.example"))
            .expect("an answer");
        assert_eq!(answer.status(), 204);
        assert_eq!(
            answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://shop.example"
        );
        assert_eq!(answer.headers()[VARY], "origin");
    }

    #[test]
    fn a_strange_origin_is_given_no_permission() {
        let strange = asking("https://shop.example.evil.test");
        let answer = shop().preflight(&Method::OPTIONS, &strange).expect("an answer");
        assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        let mut headers = HeaderMap::new();
        shop().apply(strange.get(ORIGIN), &mut headers);
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(headers[VARY], "origin");
    }

    #[test]
    fn without_origins_nothing_is_said() {
        let off = Cors::default();
        assert!(
            off.preflight(&Method::OPTIONS, &asking("https://shop.example"))
                .is_none()
        );
        let mut headers = HeaderMap::new();
        off.apply(
            Some(&HeaderValue::from_static("https://shop.example")),
            &mut headers,
        );
        assert!(headers.is_empty());
    }
}
