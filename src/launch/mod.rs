//! Launch: the checklist of a launch, with what can be seen of it.
//!
//! What is looked at (`scene`) says of each item whether it holds; the rules of `model/launch` say where the item stands, by its phase;
//! what cannot be seen is ticked by hand and kept in the data file, with what was said when.
//!
//! It does nothing by itself: an item names what its owner may do, and that is done where it belongs. How warm pages are it is told
//! by whoever serves them.

mod describe;
mod http;
mod scene;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::store::Store;
use crate::web::auth::Auth;

/// How warm the pages are that are to be kept warm; `None` where there are none.
pub type Warmth = Arc<dyn Fn() -> Option<Warm> + Send + Sync>;

/// Pages that are to be kept warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warm {
    /// How many there are.
    pub wanted: usize,
    /// How many of them are stored, and fresh.
    pub fresh: usize,
    /// When the last warm-up that somebody asked for ended.
    pub warmed_at: Option<Millis>,
}

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Launch {
    parts: Arc<Parts>,
}

/// What the checklist needs of the rest.
pub struct Parts {
    /// Where ticks are, and what waits.
    pub store: Store,
    /// Keys.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// People's time.
    pub clock: Clock,
    /// When the launch is.
    pub launch: watch::Receiver<config::Launch>,
    /// How warm pages are.
    pub warmth: Warmth,
}

impl FromRef<Launch> for Auth {
    fn from_ref(launch: &Launch) -> Self {
        launch.parts.auth.clone()
    }
}

impl Launch {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/api/launch", get(http::show))
            .route("/api/launch/items/{item}", post(http::tell));
        routes.with_state(self.clone())
    }
}
