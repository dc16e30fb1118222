//! The front: what a reload may change of how requests are received, for every slice alike.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderMap, Request, Response};

use super::client::{Trusted, limit_key};
use super::cors::Cors;
use super::limits::{Decision, LimitClass, Limits};
use super::{ApiError, Peer};

/// Client addresses, limits and CORS, as configured now.
#[derive(Debug)]
pub struct Front {
    /// The limits per client address.
    pub limits: Arc<Limits>,
    shared: RwLock<Arc<Settled>>,
}

#[derive(Debug)]
struct Settled {
    trusted: Trusted,
    cors: Cors,
}

impl Front {
    /// A front with these settings.
    #[must_use]
    pub fn new(limits: Limits, trusted: Trusted, cors: Cors) -> Self {
        Self {
            limits: Arc::new(limits),
            shared: RwLock::new(Arc::new(Settled { trusted, cors })),
        }
    }

    /// Puts other settings in force. Limits are replaced at [`Limits::replace`].
    pub fn replace(&self, trusted: Trusted, cors: Cors) {
        let settled = Arc::new(Settled { trusted, cors });
        *self.shared.write().unwrap_or_else(PoisonError::into_inner) = settled;
    }

    /// The address of the client behind `peer`.
    #[must_use]
    pub fn client(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        self.settled().trusted.client(peer.ip(), headers)
    }

    /// Whether `peer` is a proxy that is believed.
    #[must_use]
    pub fn is_proxy(&self, peer: Peer) -> bool {
        self.settled().trusted.contains(peer.ip().to_canonical())
    }

    /// Takes one token of `class` for this client; the unix socket is not limited.
    ///
    /// # Errors
    /// 429 with the headers that say until when.
    pub fn admit(&self, class: LimitClass, peer: Peer, client: IpAddr) -> Result<Option<Decision>, ApiError> {
        if peer.is_owner() {
            return Ok(None);
        }
        let decision = self.limits.check(class, limit_key(client));
        if decision.allowed {
            Ok(Some(decision))
        } else {
            Err(decision.refusal())
        }
    }

    /// Answers a request within its client's limit of `class`: with what `then` makes of it, and with what is left of the limit.
    pub async fn within(
        &self,
        class: LimitClass,
        (peer, request): (Peer, Request<Body>),
        then: impl AsyncFnOnce(IpAddr, Request<Body>) -> Result<Response<Body>, ApiError>,
    ) -> Response<Body> {
        let client = self.client(peer, request.headers());
        let decision = match self.admit(class, peer, client) {
            Ok(decision) => decision,
            Err(refusal) => return refusal.into_response(),
        };
        let mut answer = match then(client, request).await {
            Ok(answer) => answer,
            Err(refusal) => refusal.into_response(),
        };
        if let Some(decision) = decision {
            decision.apply(answer.headers_mut());
        }
        answer
    }

    /// The answer to a CORS preflight, if this is one.
    #[must_use]
    pub fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        self.settled().cors.preflight(request.method(), request.headers())
    }

    /// Lets the page the request came from read the answer, where it may.
    pub fn apply_cors(&self, origin: Option<&http::HeaderValue>, answer: &mut HeaderMap) {
        self.settled().cors.apply(origin, answer);
    }

    fn settled(&self) -> Arc<Settled> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
