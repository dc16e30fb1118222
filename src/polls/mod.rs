//! Polls: votes counted exactly once, and everyone watching sees them move.
//!
//! A vote is parsed into a ballot, cast in the store, and answered once it is durable. A stream wakes on its poll's
//! topic, reads the newest standing from memory and sends one frame to all its clients.
//!
//! Nothing here decides whether a vote counts: that holds inside the store's transaction.

mod admin;
mod describe;
mod edit;
mod results;
mod script;
mod sent;
mod signature;
mod stream;
mod timeline;
mod vote;

pub use sent::understands;
pub use stream::{Streams, encode_frame};

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::clock::Clock;
use crate::config::Secret;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::model::address::AddressToken;
use crate::runtime::{Shutdown, Tasks};
use crate::store::Store;
use crate::web::Peer;
use crate::web::auth::Auth;
use crate::web::front::Front;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Polls {
    parts: Arc<Parts>,
}

/// What polls need of the rest.
pub struct Parts {
    /// Where votes are.
    pub store: Store,
    /// Who says that standings have changed.
    pub live: Live,
    /// Client addresses and limits.
    pub front: Arc<Front>,
    /// Keys.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// Where streams run.
    pub tasks: Tasks,
    /// When they end.
    pub shutdown: Shutdown,
    /// What signs voters' tokens; polls with `voter: "signed"` refuse every vote without it.
    pub voter_secret: RwLock<Option<Secret>>,
    /// The streams that are open.
    pub streams: Streams,
}

impl FromRef<Polls> for Auth {
    fn from_ref(polls: &Polls) -> Self {
        polls.parts.auth.clone()
    }
}

impl Polls {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// What the public address serves, besides [`Polls::vote`], which is routed by hand.
    pub fn public(&self) -> Router {
        let routes = Router::new()
            .route("/gantry.js", get(script::serve))
            .route("/api/polls/{poll}", get(results::show))
            .route("/api/polls/{poll}/stream", get(stream::open));
        routes.with_state(self.clone())
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/gantry.js", get(script::serve))
            .route("/api/polls", post(admin::create).get(admin::list))
            .route(
                "/api/polls/{poll}",
                get(edit::show).patch(edit::edit).delete(admin::delete),
            )
            .route("/api/polls/{poll}/stream", get(stream::open))
            .route("/api/polls/{poll}/close", post(admin::close))
            .route("/api/polls/{poll}/open", post(edit::open))
            .route("/api/polls/{poll}/timeline", get(timeline::show))
            .route("/api/polls/{poll}/votes", get(admin::votes))
            .route("/api/polls/{poll}/void", post(admin::void));
        routes.with_state(self.clone())
    }

    /// Puts another voter secret in force.
    pub fn replace_voter_secret(&self, secret: Option<Secret>) {
        *self
            .parts
            .voter_secret
            .write()
            .unwrap_or_else(PoisonError::into_inner) = secret;
    }

    fn address(&self, peer: Peer, client: IpAddr) -> Option<AddressToken> {
        (!peer.is_owner()).then(|| self.parts.store.address_token(client))
    }
}
