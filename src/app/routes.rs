//! Which request goes where.
//!
//! The paths of votes and events are matched by hand, before the router: they are asked for thousands of times a second. So
//! are those of webhooks, which are ours only where their source is configured.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use http::header::{ALLOW, ORIGIN};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, Uri};
use tower::ServiceExt;

use super::openapi;
use super::served::Served;
use super::slices::Slices;
use crate::audit;
use crate::config::Prefix;
use crate::events::Events;
use crate::metrics::{Counter, Metrics, RouteMetrics};
use crate::model::key::Scope;
use crate::pages::Pages;
use crate::polls::Polls;
use crate::traces::Tracer;
use crate::web::accept::Arriving;
use crate::web::auth::AtDesk;
use crate::web::auth::Auth;
use crate::web::front::Front;
use crate::web::idempotency::once::{Once, once};
use crate::web::{ApiError, Peer, etag, guard};
use crate::webhooks::{Inlet, Webhooks};

const VOTE: &str = "/api/vote";
const EVENT: &str = "/api/events";
const BATCH: &str = "/api/events/batch";
const WEBHOOK: &str = "/api/webhooks/{source}";
/// The routes whose durations are told apart; any other is `other`.
const ROUTES: &[&str] = &[
    "/api/audit",
    "/api/convert",
    "/api/view",
    "/api/forms/{name}",
    "/api/funnel",
    "/api/funnel/apart",
    "/api/polls",
    "/api/polls/{poll}",
    "/api/polls/{poll}/stream",
    "/api/polls/{poll}/close",
    "/api/polls/{poll}/open",
    "/api/polls/{poll}/timeline",
    "/api/polls/{poll}/votes",
    "/api/polls/{poll}/void",
    EVENT,
    BATCH,
    "/api/events/{id}",
    "/api/events/{id}/cancel",
    "/api/events/{id}/reschedule",
    "/api/deliveries",
    "/api/deliveries/groups",
    "/api/deliveries/retry",
    "/api/deliveries/discard",
    "/api/deliveries/{delivery}",
    "/api/deliveries/{delivery}/retry",
    "/api/deliveries/{delivery}/discard",
    "/api/destinations",
    "/api/destinations/{destination}/pause",
    "/api/destinations/{destination}/resume",
    "/api/delivery/pause",
    "/api/delivery/resume",
    WEBHOOK,
    "/api/webhooks",
    "/api/webhooks/{source}/test",
    "/api/schedules",
    "/api/pages",
    "/api/pages/purge",
    "/api/pages/warm",
    "/api/launch",
    "/api/launch/items/{item}",
    "/api/launch/steps/{step}",
    "/api/preflight",
    "/api/alerts",
    "/api/alerts/test",
    "/api/producthunt",
    "/api/spend",
    "/api/spend/{entry}",
    "/api/export/{what}",
    "/api/postgres",
    "/api/postgres/aside",
    "/api/postgres/init",
    "/api/postgres/backfill",
    "/api/people",
    "/api/people/erasures",
    "/api/people/erasures/{erasure}",
    "/api/roi",
    "/api/report",
    "/api/backup",
    "/api/backups",
    "/api/backups/{name}/verify",
    "/api/compact",
    "/api/destinations/{destination}",
    "/api/destinations/{destination}/test",
    "/api/replay",
    "/api/replays",
    "/api/replays/{replay}",
    "/api/replays/{replay}/cancel",
    "/api/keys",
    "/api/keys/{name}",
    "/api/keys/admin/reset",
    "/api/session",
    "/api/session/links",
    "/api/series",
    "/api/stream",
    "/api/status",
    "/api/verify",
    "/api/openapi.json",
    "/gantry.js",
    "/healthz",
    "/readyz",
    "/metrics",
    VOTE,
    "other",
];

/// What stands around the slices' routes.
pub(super) struct Around {
    pub(super) front: Arc<Front>,
    pub(super) metrics: Metrics,
    pub(super) tracer: Tracer,
    pub(super) once: Once,
    pub(super) prefix: Prefix,
    pub(super) site: Option<Site>,
    pub(super) auth: Auth,
}

/// Whatever answers what is not ours.
#[derive(Clone)]
pub(super) enum Site {
    /// The pages in front of the maker's site.
    Pages(Pages),
    /// A site within this process.
    Within(Router),
}

/// The routes of both addresses.
pub(super) struct Routes {
    public: Arc<Address>,
    admin: Arc<Address>,
}

/// Who comes to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Everybody.
    Public,
    /// The owner.
    Admin,
}

impl Place {
    /// Whose keys may send events. The admin's token need not leave the admin address.
    const fn senders(self) -> &'static [Scope] {
        match self {
            Self::Public => &[Scope::Ingest],
            Self::Admin => &[Scope::Ingest, Scope::Admin],
        }
    }
}

/// Everything one address serves.
struct Address {
    place: Place,
    polls: Polls,
    events: Events,
    webhooks: Webhooks,
    router: Router,
    site: Option<Site>,
    /// Whose pages may call; nobody's, where there is none.
    cross_origin: Option<Arc<Front>>,
    prefix: Prefix,
    /// Of the paths that are matched by hand, in the order of [`ByHand`].
    by_hand: [RouteMetrics; 4],
    timed: HashMap<&'static str, RouteMetrics>,
    /// With which segment a path of ours begins; the site's pages need not be looked for among the rest.
    own: HashSet<&'static str>,
    other: RouteMetrics,
    acts: Counter,
    tracer: Tracer,
}

/// A path that is matched by hand, for `POST`.
enum ByHand {
    Vote,
    Event,
    Batch,
    Webhook(Arc<Inlet>),
}

impl ByHand {
    fn of(path: &str, webhooks: &Webhooks) -> Option<Self> {
        match path {
            VOTE => Some(Self::Vote),
            EVENT => Some(Self::Event),
            BATCH => Some(Self::Batch),
            _ => webhooks.of_path(path).map(Self::Webhook),
        }
    }

    /// Its place in [`Address::by_hand`].
    fn index(&self) -> usize {
        match self {
            Self::Vote => 0,
            Self::Event => 1,
            Self::Batch => 2,
            Self::Webhook(_) => 3,
        }
    }
}

/// An answer that pages of other origins are told nothing about by us: the site's, or one to a preflight.
#[derive(Clone)]
struct AsItIs;

/// The request's target as it came, where a prefix was taken off.
#[derive(Clone)]
struct AsItCame(Uri);

pub(super) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

impl Routes {
    pub(super) fn new(slices: &Slices, around: &Around) -> Self {
        let Slices {
            polls,
            events,
            delivery,
            upkeep,
            webhooks,
            schedules,
            spend,
            people,
            export,
            data,
            report,
            pages,
            funnel,
            launch,
            dashboard,
            audit,
            alerts,
            hunt,
        } = slices;
        let public = Router::new()
            .merge(polls.public())
            .merge(funnel.public())
            .merge(upkeep.public());
        let admin = Router::new()
            .merge(polls.admin())
            .merge(events.admin())
            .merge(delivery.admin())
            .merge(webhooks.admin())
            .merge(schedules.admin())
            .merge(pages.admin())
            .merge(spend.admin())
            .merge(people.admin())
            .merge(export.admin())
            .merge(data.admin())
            .merge(report.admin())
            .merge(launch.admin())
            .merge(alerts.admin())
            .merge(hunt.admin())
            .merge(dashboard.admin())
            .merge(openapi::routes(around.auth.clone()))
            .merge(funnel.public())
            .merge(funnel.admin())
            .merge(upkeep.public())
            .merge(upkeep.admin())
            .merge(audit.admin())
            .route_layer(from_fn(etag::tag))
            .route_layer(from_fn_with_state(around.once.clone(), once))
            // Around it: who is refused by it is refused.
            .route_layer(from_fn_with_state(audit.clone(), audit::keep));
        let address =
            |router: Router, (prefix, place), site: Option<Site>, cross_origin: Option<Arc<Front>>| {
                Arc::new(Address {
                    place,
                    polls: polls.clone(),
                    events: events.clone(),
                    webhooks: webhooks.clone(),
                    router: whole(router, site.clone(), cross_origin.clone()),
                    site,
                    cross_origin,
                    prefix,
                    by_hand: [VOTE, EVENT, BATCH, WEBHOOK].map(|route| around.metrics.route(route)),
                    timed: ROUTES
                        .iter()
                        .map(|route| (*route, around.metrics.route(route)))
                        .collect(),
                    own: ROUTES.iter().map(|route| first_segment(route)).collect(),
                    other: around.metrics.route("other"),
                    acts: around.metrics.admin_acts().clone(),
                    tracer: around.tracer.clone(),
                })
            };
        Self {
            public: address(
                public,
                (around.prefix.clone(), Place::Public),
                around.site.clone(),
                Some(around.front.clone()),
            ),
            admin: address(admin, (Prefix::default(), Place::Admin), None, None),
        }
    }

    /// Answers whoever asks for the site.
    pub(super) fn answer_visitor(&self, request: Request<Arriving>, peer: Peer) -> Answering {
        Arc::clone(&self.public).answer(request, peer)
    }

    /// Answers whoever asks for the dashboard.
    pub(super) fn answer_owner(&self, request: Request<Arriving>, peer: Peer) -> Answering {
        Arc::clone(&self.admin).answer(request, peer)
    }

    pub(super) fn public(
        &self,
    ) -> impl Fn(Request<Arriving>, Peer) -> Answering + Clone + Send + Sync + 'static {
        handler(self.public.clone())
    }

    pub(super) fn admin(
        &self,
    ) -> impl Fn(Request<Arriving>, Peer) -> Answering + Clone + Send + Sync + 'static {
        handler(self.admin.clone())
    }
}

fn handler(
    address: Arc<Address>,
) -> impl Fn(Request<Arriving>, Peer) -> Answering + Clone + Send + Sync + 'static {
    move |request, peer| Arc::clone(&address).answer(request, peer)
}

impl Address {
    /// Each way has a future of its own, so that the shortest do not carry what the longest need.
    fn answer(self: Arc<Self>, request: Request<Arriving>, peer: Peer) -> Answering {
        let begun = Instant::now();
        let Some(ours) = self.prefix.strip(request.uri().path()) else {
            return Box::pin(async move { self.site(request, peer).await });
        };
        if let Some(path) = ByHand::of(ours, &self.webhooks) {
            if request.method() == Method::POST {
                return Box::pin(async move { self.by_hand(path, (request, peer), begun).await });
            }
            let webhook = matches!(path, ByHand::Webhook(_));
            // No page sends webhooks.
            let crossed = self.cross_origin.as_ref().filter(|_| !webhook);
            if let Some(answer) = preflight(crossed, &request) {
                return Box::pin(std::future::ready(answer));
            }
            // What is not posted is the site's, where there is one; the owner finds the list of events where they are taken in.
            let is_elsewhere = self.site.is_some() || matches!(path, ByHand::Event);
            if webhook || !is_elsewhere {
                return Box::pin(std::future::ready(wrong_method(Some("POST"))));
            }
        }
        if self.site.is_some() && !self.own.contains(first_segment(ours)) {
            return Box::pin(async move {
                let answer = self.site(request, peer).await;
                self.other.observe(answer.status().as_u16(), begun.elapsed());
                answer
            });
        }
        Box::pin(async move { self.by_router(request, peer, begun).await })
    }

    async fn by_hand(
        &self,
        path: ByHand,
        (mut request, peer): (Request<Arriving>, Peer),
        begun: Instant,
    ) -> Response<Body> {
        let origin = request.headers().get(ORIGIN).cloned();
        let served = Served::begin(&self.tracer, &mut request, peer);
        let mut answer = match &path {
            ByHand::Vote => self.polls.vote(peer, request).await,
            ByHand::Event => self.events.take(self.place.senders(), peer, request).await,
            // Apart from the others, which need not carry what it needs.
            ByHand::Batch => Box::pin(self.events.take_batch(self.place.senders(), peer, request)).await,
            ByHand::Webhook(inlet) => Box::pin(self.webhooks.take(inlet, peer, request)).await,
        };
        self.apply_cors(origin.as_ref(), &mut answer);
        if let Some(timed) = self.by_hand.get(path.index()) {
            let status = answer.status().as_u16();
            timed.observe(status, begun.elapsed());
            if let Some(served) = served {
                served.end(timed.name(), status);
            }
        }
        answer
    }

    async fn by_router(&self, mut request: Request<Arriving>, peer: Peer, begun: Instant) -> Response<Body> {
        let origin = request.headers().get(ORIGIN).cloned();
        // Reads are many, and nothing comes of them elsewhere.
        let served = match request.method().is_safe() {
            true => None,
            false => Served::begin(&self.tracer, &mut request, peer),
        };
        let mut request = self.without_prefix(request);
        request.extensions_mut().insert(peer);
        let mut answer = match self.place {
            Place::Public => self.routed(request).await,
            Place::Admin => self.at_desk(request, peer).await,
        };
        if answer.extensions().get::<AsItIs>().is_none() {
            self.apply_cors(origin.as_ref(), &mut answer);
        }
        let route = answer.extensions_mut().remove::<MatchedPath>();
        let timed = route.and_then(|route| self.timed.get(route.as_str()));
        let status = answer.status().as_u16();
        timed.unwrap_or(&self.other).observe(status, begun.elapsed());
        // What is none of ours is not told of: its path is the site's.
        if let Some((served, timed)) = served.zip(timed) {
            served.end(timed.name(), status);
        }
        answer
    }

    /// What the owner asks for: there a session counts, and a browser lets no other page have the answer.
    async fn at_desk(&self, mut request: Request<Body>, peer: Peer) -> Response<Body> {
        let changes = !request.method().is_safe();
        if !peer.is_owner() {
            request.extensions_mut().insert(AtDesk);
        }
        let mut answer = self.routed(request).await;
        guard::answer(answer.headers_mut());
        if changes && answer.status().is_success() {
            self.acts.inc();
        }
        answer
    }

    fn apply_cors(&self, origin: Option<&HeaderValue>, answer: &mut Response<Body>) {
        if let Some(front) = &self.cross_origin {
            front.apply_cors(origin, answer.headers_mut());
        }
    }

    async fn routed(&self, request: Request<Body>) -> Response<Body> {
        let answer: Result<Response<Body>, Infallible> = self.router.clone().oneshot(request).await;
        let Ok(answer) = answer;
        answer
    }

    /// What is not ours belongs to the site.
    async fn site(&self, request: Request<Arriving>, peer: Peer) -> Response<Body> {
        let mut request = request.map(whatever_comes);
        request.extensions_mut().insert(peer);
        elsewhere(self.site.as_ref(), request).await
    }

    fn without_prefix(&self, request: Request<Arriving>) -> Request<Body> {
        let mut request = request.map(whatever_comes);
        if self.prefix.as_str().is_empty() {
            return request;
        }
        let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        if let Some(uri) = self
            .prefix
            .strip(target)
            .and_then(|rest| rest.parse::<Uri>().ok())
        {
            let came = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(AsItCame(came));
        }
        request
    }
}

/// A request's body, which most requests do not have.
fn whatever_comes(body: Arriving) -> Body {
    match http_body::Body::is_end_stream(&body) {
        true => Body::empty(),
        false => Body::new(body),
    }
}

/// The part of a path between its first two slashes.
fn first_segment(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').next().unwrap_or(path)
}

/// Our routes, and behind them the site.
fn whole(router: Router, site: Option<Site>, cross_origin: Option<Arc<Front>>) -> Router {
    let wrong_method = move |request: Request<Body>| {
        let answer = preflight(cross_origin.as_ref(), &request);
        let allowed = (request.uri().path() == EVENT).then_some("GET,HEAD,POST");
        async move { answer.unwrap_or_else(|| wrong_method(allowed)) }
    };
    router
        .method_not_allowed_fallback(wrong_method)
        .route_layer(from_fn(note_route))
        .fallback(move |request: Request<Body>| {
            let site = site.clone();
            async move { elsewhere(site.as_ref(), request).await }
        })
}

/// The answer to a preflight on a path of ours, if this is one.
fn preflight<B>(cross_origin: Option<&Arc<Front>>, request: &Request<B>) -> Option<Response<Body>> {
    let mut answer = cross_origin?.preflight(request)?;
    answer.extensions_mut().insert(AsItIs);
    Some(answer)
}

/// The site's answer, to the request as it came.
async fn elsewhere(site: Option<&Site>, mut request: Request<Body>) -> Response<Body> {
    let Some(site) = site else {
        return ApiError::not_found("page").into_response();
    };
    if let Some(AsItCame(uri)) = request.extensions_mut().remove() {
        *request.uri_mut() = uri;
    }
    let mut answer = match site {
        Site::Pages(pages) => {
            let peer = request
                .extensions_mut()
                .remove::<Peer>()
                .unwrap_or(Peer::Socket(None));
            pages.answer(request, peer).await
        }
        Site::Within(router) => {
            let answer: Result<Response<Body>, Infallible> = router.clone().oneshot(request).await;
            let Ok(answer) = answer;
            answer
        }
    };
    answer.extensions_mut().insert(AsItIs);
    answer
}

/// Leaves the route's pattern with the answer, for the metrics.
async fn note_route(
    route: MatchedPath,
    request: axum::extract::Request,
    next: Next,
) -> axum::response::Response {
    let mut answer = next.run(request).await;
    answer.extensions_mut().insert(route);
    answer
}

/// The refusal of a method, with those that the path has (RFC 9110, section 15.5.6) where the router does not know them all.
fn wrong_method(allowed: Option<&'static str>) -> Response<Body> {
    let refusal = ApiError::new(
        http::StatusCode::METHOD_NOT_ALLOWED,
        "this path is not served with this method",
    );
    let mut answer = refusal.into_response();
    if let Some(allowed) = allowed {
        answer
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(allowed));
    }
    answer
}
