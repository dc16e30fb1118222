//! Dashboard: what the owner opens in a browser, and how they sign in.
//!
//! The shell and its scripts are files of the program (`assets/dashboard`); whatever they show they ask of the same API that
//! everybody with a key has. One stream (`stream`) says how things stand once a second, and what has changed, so that no page
//! asks again and again; it is made by one task for all who look, and by none while nobody does.
//!
//! It names no other slice: what it shows of them comes from the store and from what is counted.

mod describe;
mod pulse;
mod series;
mod session;
mod shell;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::runtime::{Shutdown, Tasks};
use crate::store::Store;
use crate::web::auth::Auth;

/// The slice; clones share it.
#[derive(Clone)]
pub struct Dashboard {
    parts: Arc<Parts>,
    streams: stream::Streams,
}

/// What the dashboard needs of the rest.
pub struct Parts {
    /// The data file.
    pub store: Store,
    /// Keys and sessions.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// Where the stream is made.
    pub tasks: Tasks,
    /// When it ends.
    pub shutdown: Shutdown,
    /// Where the dashboard is served, as a browser names it.
    pub at: String,
}

impl FromRef<Dashboard> for Auth {
    fn from_ref(dashboard: &Dashboard) -> Self {
        dashboard.parts.auth.clone()
    }
}

impl Dashboard {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            streams: stream::Streams::default(),
        }
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let mut routes = Router::new()
            .route("/assets/{build}/{*path}", get(shell::asset))
            .route("/favicon.ico", get(shell::icon))
            .route(
                "/api/session",
                get(session::show).post(session::begin).delete(session::end),
            )
            .route("/api/session/links", post(session::link))
            .route("/api/series", get(series::read))
            .route("/api/stream", get(stream::open));
        for path in shell::PAGES {
            routes = routes.route(path, get(shell::page));
        }
        routes.with_state(self.clone())
    }

    /// Makes the files ready to be sent, so that the first page is not kept waiting for it.
    pub fn look_ahead(&self) {
        self.parts.tasks.spawn("dashboard files", async {
            if let Err(fault) = shell::built().await {
                tracing::warn!(error = %fault.detail(), "the dashboard's files are made ready when they are asked for");
            }
        });
    }

    /// A link that signs the owner in once; `None` where none can be made.
    #[must_use]
    pub fn first_link(&self) -> Option<String> {
        self.parts.link(&self.parts.at, session::ADMIN).ok()
    }
}
