//! What a browser is told about answers of the admin address, so that other pages can do nothing with them.

use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

/// Scripts, styles and requests of our own alone, in no frame (CSP Level 3). Pictures may stand within a style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

const FIELDS: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (REFERRER_POLICY, "no-referrer"),
];
const FIELDS_OF_A_PAGE: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Guards an answer.
pub fn answer(headers: &mut HeaderMap) {
    for (name, value) in &FIELDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Guards a page.
pub fn page(headers: &mut HeaderMap) {
    for (name, value) in &FIELDS_OF_A_PAGE {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
