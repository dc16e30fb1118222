//! Assets: files that are part of the program, compressed once, as they are sent.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::answer;
use super::pack::{self, Coding, Packed};

/// A file as it is sent.
#[derive(Clone, Debug)]
pub struct Asset {
    plain: Bytes,
    packed: Packed,
    kind: &'static str,
    /// Strong, in quotes.
    tag: String,
}

impl Asset {
    /// A file of the media type `kind`.
    #[must_use]
    pub fn new(content: Vec<u8>, kind: &'static str) -> Self {
        let tag = format!("\"{}\"", digest(&content));
        Self {
            packed: Packed::of(&content),
            plain: content.into(),
            kind,
            tag,
        }
    }

    /// The answer to a request for it, in the coding its client likes best, to be kept as `cached` says; 304 where the client
    /// has it (RFC 9110 §13.1.2). Tags are weak, as one version stands for several codings.
    #[must_use]
    pub fn answer(&self, asked: &HeaderMap, cached: &'static str) -> Response<Body> {
        let is_known = answer::is_known(asked, &self.tag);
        let (body, coding) = match pack::best(asked, &self.packed) {
            Coding::Brotli => (self.packed.brotli.as_ref(), "br"),
            Coding::Gzip => (self.packed.gzip.as_ref(), "gzip"),
            Coding::Identity => (None, ""),
        };
        let mut answer = match is_known {
            true => answer::empty(StatusCode::NOT_MODIFIED),
            false => Response::new(Body::from(body.unwrap_or(&self.plain).clone())),
        };
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if body.is_some() && !is_known {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        if let Ok(tag) = HeaderValue::from_str(&format!("W/{}", self.tag)) {
            headers.insert(ETAG, tag);
        }
        answer
    }

    /// The file as it is.
    #[must_use]
    pub const fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// Its bytes as they travel to a browser.
    #[must_use]
    pub fn gzipped(&self) -> usize {
        self.packed.gzip.as_ref().map_or(self.plain.len(), Bytes::len)
    }
}

/// The first 64 bits of a file's SHA-256, in hexadecimal.
#[must_use]
pub fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    fn asked(lines: &[(http::HeaderName, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_file_goes_out_in_the_coding_that_is_taken_and_only_once() {
        let asset = Asset::new(b"body { color: red }\n".repeat(200), "text/css");
        let coding = |accepted: &str| {
            let answer = asset.answer(&asked(&[(ACCEPT_ENCODING, accepted)]), "no-cache");
            let coding = answer.headers().get(CONTENT_ENCODING).cloned();
            coding.map(|coding| coding.to_str().unwrap().to_owned())
        };
        assert_eq!(coding("gzip, br").as_deref(), Some("br"));
        assert_eq!(coding("gzip").as_deref(), Some("gzip"));
        assert_eq!(coding("identity"), None);
        let first = asset.answer(&HeaderMap::new(), "no-cache");
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = asset.answer(&asked(&[(IF_NONE_MATCH, &tag)]), "no-cache");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
