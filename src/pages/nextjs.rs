//! What the script of a Next.js page fetches of other pages: the same path, told apart by fields of the request.
//!
//! Such a fetch has the field `RSC`, and in the parameter `_rsc` a digest of the fields by which its answer differs; Next.js
//! answers a digest that does not fit with a redirect that does not say what it depends on
//! (nextjs.org/docs/app/guides/cdn-caching). So both belong to what a page is kept under, whatever its rule lists.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName};

/// The parameter with the digest.
const DIGEST: &str = "_rsc";
/// What tells that it is such a fetch.
const RSC: HeaderName = HeaderName::from_static("rsc");
/// What its answer may depend on.
static FIELDS: [HeaderName; 5] = [
    RSC,
    HeaderName::from_static("next-router-state-tree"),
    HeaderName::from_static("next-router-prefetch"),
    HeaderName::from_static("next-router-segment-prefetch"),
    HeaderName::from_static("next-url"),
];

/// The fields of a request that its origin is told because of this: none, unless it is such a fetch.
pub(super) fn fields(asked: &HeaderMap) -> &'static [HeaderName] {
    match asked.contains_key(RSC) {
        true => &FIELDS,
        false => &[],
    }
}

/// The parameters that make another page, sorted: those that are `listed`, and for such a fetch the digest.
pub(super) fn parameters<'l>(listed: &'l [String], asked: &HeaderMap) -> Cow<'l, [String]> {
    if !asked.contains_key(RSC) {
        return Cow::Borrowed(listed);
    }
    let mut all = listed.to_vec();
    all.push(DIGEST.to_owned());
    all.sort();
    Cow::Owned(all)
}
