//! Pages: the site in front. A shared cache (RFC 9111) and reverse proxy, before an origin or a directory.
//!
//! Flow: whose page is asked for, and under which key (`target`) → what is stored under it (`cache`) → fresh: answered;
//! stale, and allowed so: answered, while another is fetched; else one request to the origin for all who ask (`flight`,
//! `fill`; `waiting` for it), whose answer is read as it comes in (`filling`) and kept if `policy` or a rule allows. What is for one
//! client alone goes through (`pass`). [`directory`] answers as an origin does where the site is files; `unavailable` is
//! what is shown while nothing does. `warm` fetches pages before anybody asks.
//!
//! Invariants: outside `strict` an origin is told nothing of a request whose answer is stored but what is in its key, so nobody
//! writes into others' pages; what is somebody's own (`Set-Cookie`, `private`, `Authorization`) is never stored. Memory is
//! bounded: of the cache, of answers on their way in, of requests to the origin. A visitor who leaves ends nothing for others.
//!
//! It does not know visits, nor the store: whoever listens is told of each page view.

mod answer;
mod cache;
mod cookies;
mod desk;
pub mod directory;
mod fill;
mod filling;
mod flight;
mod nextjs;
mod normal;
mod origin;
mod pass;
mod policy;
mod sitemap;
mod stock;
mod stored;
mod target;
pub mod unavailable;
mod waiting;
mod warm;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{AUTHORIZATION, COOKIE, HeaderName};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::{Semaphore, watch};

use answer::How;
use cache::{Cache, Slot};
use desk::Desk;
pub use desk::warmth::{Cold, WarmedUp, Warmth};
use fill::{Judge, Verdict};
use flight::Flights;
use origin::{Fault, Origin};
use policy::{Directives, Exchange, Reuse, invalidate};
use stored::Stored;
use target::{Mode, Target};
use unavailable::unavailable;
use warm::{Warmer, WarmerParts, Warming};

use crate::clock::Clock;
use crate::config::{self, Launch};
use crate::metrics::{Metrics, PageStatus};
use crate::outbound::{OriginClient, SetupError};
use crate::runtime::{Shutdown, Tasks, Worker};
use crate::web::auth::Auth;
use crate::web::front::Front;
use crate::web::view::{Audience, PageView};
use crate::web::{ApiError, LimitClass, Peer};

/// The most connections that have switched protocols.
const TUNNELS: usize = 1_024;

/// What the pages are made of.
pub struct Parties {
    /// The site, as configured now.
    pub pages: watch::Receiver<Arc<config::Pages>>,
    /// When the launch is, around which pages are kept warm.
    pub launch: watch::Receiver<Launch>,
    /// Keys, for those who purge and warm.
    pub auth: Auth,
    /// Clients and their limits.
    pub front: Arc<Front>,
    /// What is counted.
    pub metrics: Metrics,
    /// People's time.
    pub clock: Clock,
    /// Where flights and tunnels run.
    pub tasks: Tasks,
    /// When tunnels end.
    pub shutdown: Shutdown,
    /// Who is told of page views.
    pub audience: Audience,
    /// The hosts that are served by HTTPS, and by nothing else.
    pub secured: Vec<String>,
}

/// The site in front; clones share it.
#[derive(Clone)]
pub struct Pages(Arc<Inner>);

struct Inner {
    pages: watch::Receiver<Arc<config::Pages>>,
    launch: watch::Receiver<Launch>,
    auth: Auth,
    warming: Warming,
    front: Arc<Front>,
    metrics: Metrics,
    clock: Clock,
    tasks: Tasks,
    shutdown: Shutdown,
    audience: Audience,
    origin: Origin,
    cache: Cache,
    flights: Flights,
    tunnels: Arc<Semaphore>,
    /// The bytes of answers on their way in that are to be kept; no more than the cache may hold.
    coming: AtomicU64,
}

/// A request, and what is known of it.
struct Asking<'r> {
    parts: &'r Parts,
    target: &'r Target<'r>,
    pages: &'r Arc<config::Pages>,
    peer: Peer,
    client: IpAddr,
}

impl Pages {
    /// The site of a configuration; its capacity stays what it is now.
    ///
    /// # Errors
    /// TLS could not be set up.
    pub fn new(parties: Parties) -> Result<Self, SetupError> {
        let pages = parties.pages.borrow().clone();
        let origin = Origin::new(
            OriginClient::new()?,
            (parties.clock.clone(), parties.metrics.clone()),
            parties.secured,
        );
        Ok(Self(Arc::new(Inner {
            cache: Cache::new(pages.capacity_bytes(), parties.metrics.pages_bytes().clone()),
            pages: parties.pages,
            launch: parties.launch,
            auth: parties.auth,
            warming: Warming::default(),
            front: parties.front,
            metrics: parties.metrics,
            clock: parties.clock,
            tasks: parties.tasks,
            shutdown: parties.shutdown,
            audience: parties.audience,
            origin,
            flights: Flights::default(),
            tunnels: Arc::new(Semaphore::new(TUNNELS)),
            coming: AtomicU64::new(0),
        })))
    }

    /// What the admin address serves of them.
    pub fn admin(&self) -> Router {
        let desk = Desk {
            stock: self.clone(),
            warming: self.0.warming.clone(),
            pages: self.0.pages.clone(),
            auth: self.0.auth.clone(),
            clock: self.0.clock.clone(),
        };
        desk.routes()
    }

    /// What fetches pages before anybody asks.
    pub fn warmer(&self) -> impl Worker {
        Warmer::new(WarmerParts {
            source: self.clone(),
            warming: self.0.warming.clone(),
            pages: self.0.pages.clone(),
            launch: self.0.launch.clone(),
            clock: self.0.clock.clone(),
        })
    }

    /// Answers a request for whatever is not ours.
    pub async fn answer(&self, request: Request<Body>, peer: Peer) -> Response<Body> {
        let inner = &self.0;
        let client = inner.front.client(peer, request.headers());
        if let Err(refusal) = inner.front.admit(LimitClass::Page, peer, client) {
            inner.metrics.pages_requests(PageStatus::Limited).inc();
            return refusal.into_response();
        }
        let pages = inner.pages.borrow().clone();
        if pages.site.is_none() {
            return ApiError::not_found("page").into_response();
        }
        let Ok(target) = Target::of(&request, &pages) else {
            inner.metrics.pages_requests(PageStatus::Refused).inc();
            return ApiError::bad_request("one `Host` that names a host is needed").into_response();
        };
        let (parts, body) = request.into_parts();
        let asking = Asking {
            parts: &parts,
            target: &target,
            pages: &pages,
            peer,
            client,
        };
        let (answer, status) = inner.answer(&asking, body).await;
        inner.metrics.pages_requests(status).inc();
        inner.tell_audience(&asking, &answer);
        answer
    }
}

type Answered = (Response<Body>, PageStatus);

impl Inner {
    async fn answer(self: &Arc<Self>, asking: &Asking<'_>, body: Body) -> Answered {
        if pass::is_a_loop(&self.origin, asking.parts) {
            let detail = "the origin of this site leads back to it";
            return (
                ApiError::new(StatusCode::LOOP_DETECTED, detail).into_response(),
                PageStatus::Refused,
            );
        }
        if pass::is_upgrade(asking.parts) {
            let answer = Box::pin(self.tunnel(asking, asking.parts.clone())).await;
            return self.by_origin(asking, answer, How::Bypass);
        }
        let is_read = matches!(asking.parts.method, Method::GET | Method::HEAD);
        let is_strict = asking.target.mode == Mode::Strict;
        let is_own = !is_strict && asking.parts.headers.contains_key(AUTHORIZATION);
        if !is_read || is_own || asking.target.odd || !http_body::Body::is_end_stream(&body) {
            return Box::pin(self.change(asking, body)).await;
        }
        self.look(asking).await
    }

    /// Passes what is never stored, and makes invalid what it may have changed (RFC 9111 §4.4).
    async fn change(&self, asking: &Asking<'_>, body: Body) -> Answered {
        let answer = self.pass(asking, body).await;
        if let (Ok(answer), true) = (&answer, invalidate::is_unsafe(&asking.parts.method)) {
            let authority = asking.target.authority.as_str();
            let target = (authority, asking.target.path_and_query.as_str());
            for target in invalidate::targets(target, answer.status(), answer.headers()) {
                self.invalidate(asking.pages, (authority, &target));
            }
        }
        self.by_origin(asking, answer, How::Bypass)
    }

    /// Takes out what is stored of a target, for whichever cookies.
    fn invalidate(&self, pages: &config::Pages, (authority, target): (&str, &str)) {
        for page in warm::with_variants(pages, authority, target) {
            let mut key = target::key(authority, target);
            if let Some(cookie) = &page.cookie {
                key.push('\n');
                key.push_str(cookie);
            }
            self.cache.forget(&key);
        }
    }

    /// Looks for what is stored, and else asks: in futures of their own, which a hit does not carry.
    async fn look(self: &Arc<Self>, asking: &Asking<'_>) -> Answered {
        let now = self.clock.now();
        let asks = match asking.target.mode {
            Mode::Strict => Directives::of_request(&asking.parts.headers),
            // A visitor who reloads does not send a launch's traffic to its origin.
            Mode::Ruled(_) | Mode::Open => Directives::default(),
        };
        let slot = self.cache.get(&asking.target.key);
        let stored = slot.as_ref().and_then(|slot| slot.of(&asking.parts.headers));
        let Some(stored) = stored.filter(|stored| is_for(asking, stored)) else {
            return Box::pin(self.fetch(asking, (slot.as_deref(), &asks))).await;
        };
        let Some(terms) = stored.terms() else {
            return Box::pin(self.fetch(asking, (None, &asks))).await;
        };
        let reuse = match policy::reuse(terms, &asks, now) {
            Reuse::Fresh if stored.is_stale() => Reuse::WhileRevalidating,
            reuse => reuse,
        };
        match reuse {
            Reuse::Fresh => {
                stored.hit();
                (
                    answer::from_stored(stored, asking.parts, (now, How::Hit)),
                    PageStatus::Hit,
                )
            }
            Reuse::WhileRevalidating => {
                stored.hit();
                self.refresh(asking, stored);
                self.stale(asking, stored)
            }
            Reuse::Revalidate if asks.only_if_cached => only_if_cached(),
            Reuse::Revalidate => {
                if self.origin.is_down(now) && policy::may_answer_on_error(terms, &asks, now) {
                    self.refresh(asking, stored);
                    return self.stale(asking, stored);
                }
                Box::pin(self.wait(asking, Some(Arc::clone(stored)), &asks)).await
            }
        }
    }

    fn stale(&self, asking: &Asking<'_>, stored: &Stored) -> Answered {
        let told = (self.clock.now(), How::Stale);
        (answer::from_stored(stored, asking.parts, told), PageStatus::Stale)
    }

    /// Asks the origin for what is not stored: for all who want it, or for this client alone.
    async fn fetch(
        self: &Arc<Self>,
        asking: &Asking<'_>,
        (slot, asks): (Option<&Slot>, &Directives),
    ) -> Answered {
        if asks.only_if_cached {
            return only_if_cached();
        }
        let now = self.clock.now();
        let is_alone = slot.is_some_and(|slot| slot.is_alone(now));
        let is_for_one = match asking.target.mode {
            Mode::Strict => asking.parts.method == Method::HEAD || asks.no_store,
            Mode::Ruled(_) => is_alone || is_told_apart(asking, slot),
            Mode::Open => {
                let may_be_shared = match slot {
                    Some(slot) => slot.is_promising || !slot.stored().is_empty(),
                    None => normal::is_of_an_asset(asking.parts.uri.path()),
                };
                let is_read = asking.parts.method == Method::GET;
                is_alone || is_told_apart(asking, slot) || !is_read || !may_be_shared
            }
        };
        if is_for_one {
            return self.alone(asking).await;
        }
        self.wait(asking, None, asks).await
    }

    /// For this client alone. Where its answer could have been shared, the next is asked for in nobody's name.
    async fn alone(self: &Arc<Self>, asking: &Asking<'_>) -> Answered {
        let asked_at = self.clock.now();
        let answer = self.pass(asking, Body::empty()).await;
        if let (Ok(answer), Mode::Open, &Method::GET) = (&answer, asking.target.mode, &asking.parts.method) {
            let exchange = Exchange {
                method: &Method::GET,
                asked: &HeaderMap::new(),
                status: answer.status(),
                answered: answer.headers(),
            };
            let verdict = Judge::Open.verdict(&exchange, (asked_at, self.clock.now()));
            if matches!(verdict, Verdict::Keep(_)) {
                self.cache.note_promise(&asking.target.key);
            }
        }
        self.by_origin(asking, answer, How::Alone)
    }

    /// An answer of the origin's for this client, or what is shown in its place.
    fn by_origin(&self, asking: &Asking<'_>, answer: Result<Response<Body>, Fault>, how: How) -> Answered {
        match answer {
            Ok(mut answer) => {
                answer::tell(answer.headers_mut(), how);
                let status = match how {
                    How::Bypass => PageStatus::Bypass,
                    _ => PageStatus::Miss,
                };
                (answer, status)
            }
            Err(fault) => self.failed(asking, fault),
        }
    }

    fn failed(&self, asking: &Asking<'_>, fault: Fault) -> Answered {
        let detail = match fault {
            Fault::NoOrigin => "no site has this host",
            Fault::Unreachable => "the site does not answer",
            Fault::TimedOut => "the site took too long to answer",
            Fault::Crowded => "too many wait for the site to answer",
        };
        let shown = (&asking.parts.headers, asking.pages.error_page.as_ref());
        (unavailable(fault.status(), detail, shown), PageStatus::Failed)
    }

    /// Tells who listens of a page that is about to be shown.
    fn tell_audience(&self, asking: &Asking<'_>, answer: &Response<Body>) {
        let is_shown = matches!(answer.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
        if asking.parts.method != Method::GET || !is_shown || !stored::is_html(answer.headers()) {
            return;
        }
        let variant = asking.target.variant.as_deref();
        (self.audience)(&PageView {
            at: self.clock.now(),
            client: asking.client,
            host: asking.target.host(),
            path: asking.parts.uri.path(),
            query: asking.parts.uri.query(),
            headers: &asking.parts.headers,
            variant: variant
                .and_then(|variant| variant.split_once('='))
                .map(|(_, value)| value),
        });
    }
}

/// Whether what is stored is for a request, outside `strict`: one that says who sends it gets only what is for everybody.
fn is_for(asking: &Asking<'_>, stored: &Stored) -> bool {
    match asking.target.mode {
        Mode::Strict | Mode::Ruled(_) => true,
        Mode::Open => {
            let is_for_all = stored.terms().is_some_and(|terms| terms.is_for_all);
            is_for_all || !asking.parts.headers.contains_key(COOKIE)
        }
    }
}

/// Whether the last answer under a key depended on who asks, and this request says that.
fn is_told_apart(asking: &Asking<'_>, slot: Option<&Slot>) -> bool {
    let says =
        |name: &HeaderName| [COOKIE, AUTHORIZATION].contains(name) && asking.parts.headers.contains_key(name);
    slot.is_some_and(|slot| slot.varies_by.iter().any(says))
}

/// RFC 9111 §5.2.1.7.
fn only_if_cached() -> Answered {
    let detail = "nothing is stored for this request, which asks for nothing else";
    (
        ApiError::new(StatusCode::GATEWAY_TIMEOUT, detail).into_response(),
        PageStatus::Failed,
    )
}
