//! What is stored: an answer of the origin's, whole, with the terms on which it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, EXPIRES,
    HeaderName, LAST_MODIFIED, PRAGMA, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::answer::{self, How};
use super::policy::{Directives, Terms, Varied, Vary, hop, update};
use crate::web::pack::{self, Packed};

/// Names by which pages are purged together, which are for caches alone and not shown (Fastly, Cloudflare).
const TAGS: [HeaderName; 2] = [
    HeaderName::from_static("surrogate-key"),
    HeaderName::from_static("cache-tag"),
];
/// The most names of one page.
const TAGS_MAX: usize = 128;
/// What an entry takes besides its bytes, about.
const OVERHEAD: usize = 512;

/// The head of an answer that may be shared.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) status: StatusCode,
    /// As clients get them, but for age, length, and what the cache says of itself.
    pub(super) headers: HeaderMap,
    /// What it says that it depends on, and what its origin was told of a request besides.
    pub(super) vary: Vary,
    /// What its request said in the fields of `vary`.
    pub(super) varied: Varied,
    /// `None`: it is shared with those who wait for it, and not stored.
    pub(super) terms: Option<Terms>,
    pub(super) tags: Vec<Box<str>>,
    /// How long its body is, where that was said.
    pub(super) length: Option<u64>,
    /// Its body may be sent in another coding.
    pub(super) may_pack: bool,
    /// What browsers are told by a rule, in seconds.
    pub(super) downstream_s: Option<u64>,
}

/// What an answer was made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct MadeFor<'a> {
    /// What the origin was asked.
    pub(super) asked: &'a HeaderMap,
    /// The fields among it that are one client's: the answer may depend on them, though it does not say so.
    pub(super) told: &'a [HeaderName],
    pub(super) terms: Option<&'a Terms>,
    /// What browsers are told by a rule, in seconds; `None`: what the origin says.
    pub(super) downstream_s: Option<u64>,
    /// Nothing but RFC 9111 decides: the body stays as it is.
    pub(super) strict: bool,
}

impl Draft {
    /// The head of an answer with these headers.
    pub(super) fn new(status: StatusCode, answered: &HeaderMap, made_for: MadeFor<'_>) -> Self {
        let says = Directives::of_response(answered);
        let vary = Vary::of(answered).and(made_for.told);
        let mut headers = answered.clone();
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|text| text.to_str().ok()?.parse().ok());
        hop::strip(&mut headers);
        headers.remove(CONTENT_LENGTH);
        headers.remove(AGE);
        for name in says.private.fields().iter().chain(says.no_cache.fields()) {
            headers.remove(name);
        }
        let tags = take_tags(&mut headers);
        if let Some(seconds) = made_for.downstream_s {
            tell_downstream(&mut headers, seconds);
        }
        let may_pack = !made_for.strict
            && status == StatusCode::OK
            && !says.no_transform
            && !headers.contains_key(CONTENT_ENCODING)
            && pack::is_worth_it(&headers, usize::MAX);
        if may_pack && !vary.fields().contains(&ACCEPT_ENCODING) {
            headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        let mut varied = vary.of_request(made_for.asked);
        if !made_for.strict {
            // Who asked in nobody's name asked for no coding: each client gets its own from us.
            varied.retain(|(name, _)| *name != ACCEPT_ENCODING);
        }
        Self {
            status,
            headers,
            vary,
            varied,
            terms: made_for.terms.cloned(),
            tags,
            length,
            may_pack,
            downstream_s: made_for.downstream_s,
        }
    }
}

/// Whether an answer's body is HTML.
pub(super) fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is = |name: &[u8]| {
        kind.and_then(|kind| kind.get(..name.len()))
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    is(b"text/html") || is(b"application/xhtml+xml")
}

fn take_tags(headers: &mut HeaderMap) -> Vec<Box<str>> {
    let mut tags = Vec::new();
    for name in &TAGS {
        for line in headers.get_all(name) {
            let words = line.to_str().unwrap_or_default().split([' ', ',']);
            tags.extend(words.filter(|word| !word.is_empty()).map(Box::from));
        }
        headers.remove(name);
    }
    tags.truncate(TAGS_MAX);
    tags
}

/// Writes what browsers and CDNs are told in the place of what the origin said.
fn tell_downstream(headers: &mut HeaderMap, seconds: u64) {
    headers.remove(EXPIRES);
    headers.remove(PRAGMA);
    headers.remove("cdn-cache-control");
    let text = match seconds {
        0 => "public, max-age=0, must-revalidate".to_owned(),
        seconds => format!("public, max-age={seconds}"),
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(CACHE_CONTROL, value);
    }
}

/// An answer that is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) draft: Arc<Draft>,
    /// The head of a hit, made once: most answers are one.
    pub(super) head: HeaderMap,
    pub(super) body: Bytes,
    pub(super) packed: Packed,
    /// It was purged softly: shown only while another is fetched.
    is_stale: AtomicBool,
    hits: AtomicU64,
}

impl Stored {
    /// An answer with its whole body.
    pub(super) fn new(draft: Arc<Draft>, body: Bytes) -> Self {
        let draft = match draft.downstream_s {
            Some(_) if draft.status == StatusCode::OK => with_tag(draft, &body),
            _ => draft,
        };
        Self {
            head: answer::head(&draft, body.len(), How::Hit),
            draft,
            body,
            packed: Packed::default(),
            is_stale: AtomicBool::new(false),
            hits: AtomicU64::new(0),
        }
    }

    /// This, with its body in other codings as well.
    pub(super) fn packed(&self, packed: Packed) -> Self {
        Self {
            draft: Arc::clone(&self.draft),
            head: self.head.clone(),
            body: self.body.clone(),
            packed,
            is_stale: AtomicBool::new(self.is_stale()),
            hits: AtomicU64::new(self.hits()),
        }
    }

    /// This, as its origin said that it has not changed: with the fields of that answer, on its terms.
    pub(super) fn refreshed(&self, answered: &HeaderMap, made_for: MadeFor<'_>) -> Self {
        let mut headers = self.draft.headers.clone();
        let mut fields = answered.clone();
        hop::strip(&mut fields);
        update::take_in(&mut headers, &fields);
        let draft = Draft {
            may_pack: self.draft.may_pack,
            vary: self.draft.vary.clone(),
            varied: self.draft.varied.clone(),
            tags: self.draft.tags.clone(),
            ..Draft::new(
                self.draft.status,
                &headers,
                MadeFor {
                    strict: true,
                    ..made_for
                },
            )
        };
        Self {
            head: answer::head(&draft, self.body.len(), How::Hit),
            draft: Arc::new(draft),
            body: self.body.clone(),
            packed: self.packed.clone(),
            is_stale: AtomicBool::new(false),
            hits: AtomicU64::new(self.hits()),
        }
    }

    /// The terms; those who are stored have some.
    pub(super) fn terms(&self) -> Option<&Terms> {
        self.draft.terms.as_ref()
    }

    pub(super) fn is_stale(&self) -> bool {
        self.is_stale.load(Relaxed)
    }

    pub(super) fn make_stale(&self) {
        self.is_stale.store(true, Relaxed);
    }

    pub(super) fn hit(&self) {
        self.hits.fetch_add(1, Relaxed);
    }

    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    /// The memory it takes, in bytes, about.
    pub(super) fn weight(&self) -> usize {
        let lines = self.draft.headers.iter().chain(&self.head);
        let headers: usize = lines
            .map(|(name, value)| name.as_str().len() + value.len() + 48)
            .sum();
        let tags: usize = self.draft.tags.iter().map(|tag| tag.len() + 16).sum();
        OVERHEAD + headers + tags + self.body.len() + self.packed.weight()
    }
}

/// A page by whose rule browsers ask each time has something to ask by, whatever its origin.
fn with_tag(draft: Arc<Draft>, body: &[u8]) -> Arc<Draft> {
    if draft.headers.contains_key(ETAG) || draft.headers.contains_key(LAST_MODIFIED) {
        return draft;
    }
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let mut headers = draft.headers.clone();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{hex}\"")) {
        headers.insert(ETAG, tag);
    }
    Arc::new(Draft {
        headers,
        status: draft.status,
        vary: draft.vary.clone(),
        varied: draft.varied.clone(),
        terms: draft.terms.clone(),
        tags: draft.tags.clone(),
        length: draft.length,
        may_pack: draft.may_pack,
        downstream_s: draft.downstream_s,
    })
}
