//! The origin: who is asked, with which request, and what is heard of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT_ENCODING, COOKIE, HOST, HeaderName, USER_AGENT, VIA};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::directory::Directory;
use super::target::{Target, host_of};
use crate::clock::Clock;
use crate::config::{Pages, Site};
use crate::metrics::{Metrics, OriginClass};
use crate::model::time::Millis;
use crate::outbound::{OriginClient, OriginError};

/// How long an origin may take to begin its answer: nginx's `proxy_read_timeout`.
const HEAD_MAX: Duration = Duration::from_secs(60);
/// The most requests to origins at once.
const PLACES: usize = 1_024;
/// How long a request waits for a place.
const PLACE_WAIT: Duration = Duration::from_secs(5);
/// How long an origin that failed is taken for down, in milliseconds: those who can be shown something old do not wait for it.
const DOWN_MS: i64 = 1_000;

/// The header by which an origin knows its own front; one from outside is removed.
pub(super) const X_INTERNAL_REQUEST: HeaderName = HeaderName::from_static("x-internal-request");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(super) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Who we say we are where nobody in particular asks.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("gantry/", env!("CARGO_PKG_VERSION")));

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No origin has this host.
    NoOrigin,
    /// It cannot be reached, or what it sends is no answer: 502.
    Unreachable,
    /// It took too long: 504.
    TimedOut,
    /// Too many wait for it already: 503.
    Crowded,
}

impl Fault {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::NoOrigin => StatusCode::MISDIRECTED_REQUEST,
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Asks the site's origins; clones share places and what is heard.
#[derive(Clone, Debug)]
pub(super) struct Origin(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    client: OriginClient,
    clock: Clock,
    metrics: Metrics,
    places: Semaphore,
    /// An origin failed, and until then is not waited for.
    down_until: AtomicI64,
    /// What came of the last request to each server, by its address.
    heard: Mutex<HashMap<String, Result<(), String>>>,
    /// The hosts that are served by HTTPS.
    secured: Vec<String>,
    /// This process, among the proxies a request has come through (RFC 9110 §7.6.3).
    pseudonym: String,
}

impl Origin {
    pub(super) fn new(
        client: OriginClient,
        (clock, metrics): (Clock, Metrics),
        secured: Vec<String>,
    ) -> Self {
        let own = getrandom::u32().unwrap_or_default();
        Self(Arc::new(Parts {
            client,
            clock,
            metrics,
            places: Semaphore::new(PLACES),
            down_until: AtomicI64::new(i64::MIN),
            heard: Mutex::default(),
            secured,
            pseudonym: format!("gantry-{own:08x}"),
        }))
    }

    /// Whether an origin has failed just now.
    pub(super) fn is_down(&self, now: Millis) -> bool {
        now.0 < self.0.down_until.load(Relaxed)
    }

    /// Notes whether the origin works.
    pub(super) fn note(&self, works: bool, now: Millis) {
        let until = if works {
            i64::MIN
        } else {
            now.0.saturating_add(DOWN_MS)
        };
        self.0.down_until.store(until, Relaxed);
    }

    /// What came of the last request to a server; `None`: there was none.
    pub(super) fn heard(&self, server: &str) -> Option<Result<(), String>> {
        self.0.heard().get(server).cloned()
    }

    /// A server that fails is one that does not answer, or with a fault of its own.
    fn hear(&self, server: &str, answer: &Result<Response<Body>, Fault>) {
        let came = match answer {
            Ok(answer) if answer.status().is_server_error() => Err(format!("it answers {}", answer.status())),
            Ok(_) => Ok(()),
            Err(Fault::TimedOut) => Err("it does not answer in time".to_owned()),
            Err(_) => Err("it cannot be reached, or its answer is broken".to_owned()),
        };
        let mut heard = self.0.heard();
        match heard.get_mut(server) {
            Some(last) => *last = came,
            None => drop(heard.insert(server.to_owned(), came)),
        }
    }

    /// Whether a request has been here before: an origin that leads back to us.
    pub(super) fn is_a_loop(&self, asked: &HeaderMap) -> bool {
        let lines = asked.get_all(VIA).iter().filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split([' ', ',']))
            .any(|word| word == self.0.pseudonym)
    }

    /// Sends a request and gives the answer once its head is there. A request without a body is sent again where a
    /// connection that had rested was closed under it (RFC 9112 §9.5).
    pub(super) async fn ask(&self, pages: &Pages, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let place = timeout(PLACE_WAIT, self.0.places.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(Fault::Crowded);
        };
        let server = server(pages, &request);
        let answer = match timeout(HEAD_MAX, self.exchange(pages, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::TimedOut),
        };
        if let Some(server) = server {
            self.hear(server, &answer);
        }
        let class = match answer.as_ref().map(|answer| answer.status().as_u16() / 100) {
            Ok(1) => OriginClass::Informational,
            Ok(2) => OriginClass::Success,
            Ok(3) => OriginClass::Redirect,
            Ok(4) => OriginClass::Refused,
            Ok(_) => OriginClass::ServerError,
            Err(_) => OriginClass::Network,
        };
        self.0.metrics.origin_requests(class).inc();
        answer
    }

    async fn exchange(&self, pages: &Pages, mut request: Request<Body>) -> Result<Response<Body>, Fault> {
        if let Some(Site::Root(root)) = &pages.site {
            let directory = Directory::new(root.clone(), self.0.clock.clone());
            let (parts, _) = request.into_parts();
            return Ok(directory.answer(&parts.method, &parts.uri, &parts.headers).await);
        }
        *request.uri_mut() = address(pages, &request)?;
        let again = is_repeatable(&request).then(|| copy(&request));
        let first = self.0.client.send(request).await;
        let answer = match (first, again) {
            (Err(OriginError::Closed), Some(again)) => self.0.client.send(again).await,
            (first, _) => first,
        };
        answer.map(|answer| answer.map(Body::new)).map_err(|error| {
            tracing::debug!(%error, "the origin gave no answer");
            Fault::Unreachable
        })
    }

    /// A request that is nobody's in particular: it says nothing but what is in the key of `target`, and what the last answer
    /// under it varied by. Its target is a path; [`Origin::ask`] finds the server.
    pub(super) fn plain_request(&self, pages: &Pages, target: &Target<'_>, varied: &HeaderMap) -> HeaderMap {
        let mut headers = varied.clone();
        for private in [COOKIE, http::header::AUTHORIZATION, X_INTERNAL_REQUEST, HOST, VIA] {
            headers.remove(private);
        }
        headers.entry(USER_AGENT).or_insert(AGENT);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(variant) = target
            .variant
            .as_deref()
            .and_then(|text| HeaderValue::from_str(text).ok())
        {
            headers.insert(COOKIE, variant);
        }
        self.introduce(pages, &target.authority, &mut headers);
        headers
    }

    /// The hosts that are served by HTTPS.
    pub(super) fn secured(&self) -> &[String] {
        &self.0.secured
    }

    /// What every request to an origin says of us.
    pub(super) fn introduce(&self, pages: &Pages, authority: &str, headers: &mut HeaderMap) {
        if let Ok(host) = HeaderValue::from_str(authority) {
            headers.insert(HOST, host.clone());
            headers.insert(X_FORWARDED_HOST, host);
        }
        // Of the host and not of the visitor, so that a page that is kept is the same for all.
        let protocol = match self.0.secured.iter().any(|host| host == host_of(authority)) {
            true => HeaderValue::from_static("https"),
            false => HeaderValue::from_static("http"),
        };
        headers.entry(X_FORWARDED_PROTO).or_insert(protocol);
        headers.remove(X_INTERNAL_REQUEST);
        let secret = pages
            .origin_secret
            .as_ref()
            .map(|secret| HeaderValue::from_str(secret.expose()));
        if let Some(Ok(mut secret)) = secret {
            secret.set_sensitive(true);
            headers.insert(X_INTERNAL_REQUEST, secret);
        }
        if let Ok(via) = HeaderValue::from_str(&format!("1.1 {}", self.0.pseudonym)) {
            headers.append(VIA, via);
        }
    }
}

impl Parts {
    fn heard(&self) -> MutexGuard<'_, HashMap<String, Result<(), String>>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_repeatable(request: &Request<Body>) -> bool {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    is_safe && http_body::Body::is_end_stream(request.body())
}

fn copy(request: &Request<Body>) -> Request<Body> {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// The server that a request's host belongs to: scheme, host and port.
fn server<'p>(pages: &'p Pages, request: &Request<Body>) -> Option<&'p str> {
    let Some(Site::Origins(origins)) = &pages.site else {
        return None;
    };
    let host = request.headers().get(HOST)?.to_str().ok()?;
    origins
        .of(host_of(host))
        .map(|url| &url[..url::Position::BeforePath])
}

/// The absolute address of a request's target, at the server that its host belongs to.
fn address(pages: &Pages, request: &Request<Body>) -> Result<Uri, Fault> {
    let Some(Site::Origins(origins)) = &pages.site else {
        return Err(Fault::NoOrigin);
    };
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let url = origins.of(host_of(host)).ok_or(Fault::NoOrigin)?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    Uri::builder()
        .scheme(url.scheme())
        .authority(authority)
        .path_and_query(path)
        .build()
        .map_err(|_| Fault::Unreachable)
}
