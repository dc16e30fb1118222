//! Launch: the checklist of a launch, with what can be seen of it.
//!
//! What is looked at (`scene`) says of each item whether it holds; the rules of `model/launch` say where the item stands, by its phase;
//! what cannot be seen is ticked by hand and kept in the data file, with what was said when.
//!
//! The preflight (`preflight`) looks once at all that a launch needs, and says go or no-go, with reasons.
//!
//! The plan (`model/launch/plan`) is what it does by itself: the [`Runner`] takes each step at its time (`acts`), tells of it
//! (`words`), and writes down how it ended together with the event of what is said, in one transaction. So each step is
//! told of once, wherever the process is killed; what a step does besides that is safe to be done again.
//!
//! Invariants: a step that is over is never taken again; what was missed is written down and not made up for; an item of the checklist
//! names what its owner may do, and that is done where it belongs.
//!
//! It does not know how warm pages are, whether destinations take connections and webhooks their samples, until when certificates hold
//! ([`Senses`]), nor how pages are warmed, returns reckoned and files archived ([`Hands`]): it is told, and asks those who do.

mod acts;
mod certificate;
mod describe;
mod http;
mod preflight;
mod runner;
mod scene;
mod steps;
mod words;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::notice::Notices;
use crate::store::{Fault, Store};
use crate::web::auth::Auth;
pub use runner::Runner;

/// How warm the pages are that are to be kept warm; `None` where there are none.
pub type Warmth = Arc<dyn Fn() -> Option<Warm> + Send + Sync>;

/// Of each by its name, what is well with it, or what is not.
pub type Tried = Vec<(String, Result<String, String>)>;

/// What others know, and are asked for.
#[derive(Clone)]
pub struct Senses {
    /// How warm pages are.
    pub warmth: Warmth,
    /// Which destinations take connections: they are called on, and told nothing.
    pub reach: Arc<dyn Fn() -> BoxFuture<'static, Tried> + Send + Sync>,
    /// Which sources of webhooks take a sample that is signed as their sender would.
    pub rehearse: Arc<dyn Fn() -> Tried + Send + Sync>,
    /// How it stands with the certificate of each name that is served by HTTPS.
    pub certificates: Arc<dyn Fn() -> Vec<Certificate> + Send + Sync>,
    /// Whether the post at Product Hunt can be read, by its slug, once it was asked for.
    pub hunted: Arc<dyn Fn() -> Tried + Send + Sync>,
}

/// How it stands with the certificate of one name.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The name.
    pub name: String,
    /// Until when it holds; `None`: there is none.
    pub expires_at: Option<Millis>,
    /// When the next is asked for, where an authority makes them.
    pub next_try_at: Option<Millis>,
    /// Why there is no newer one.
    pub last_error: Option<String>,
}

/// What others do for the plan when they are asked, and may be asked again.
#[derive(Clone)]
pub struct Hands {
    /// Fetches the pages that are to be kept warm; `None` where there are none.
    pub warm: Arc<dyn Fn() -> BoxFuture<'static, Result<Option<WarmedUp>, String>> + Send + Sync>,
    /// What a range cost and brought in: figures by their names, as people read them.
    pub reckon: Reckon,
    /// Which secrets are used, as the configuration names them.
    pub secrets: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// Makes a backup of this name to be kept, or finds it there, and compacts the data file.
    pub archive: Arc<dyn Fn(String) -> BoxFuture<'static, Result<Archived, String>> + Send + Sync>,
}

/// Reckons what a range cost and brought in.
pub type Reckon = Arc<dyn Fn(Range<Millis>) -> BoxFuture<'static, Result<Figures, Fault>> + Send + Sync>;

/// Figures by their names, as people read them.
pub type Figures = Vec<(&'static str, String)>;

/// What came of warming pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmedUp {
    /// How many there are.
    pub wanted: usize,
    /// How many of them are stored.
    pub stored: usize,
    /// How many could not be fetched.
    pub failed: usize,
}

/// What was archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// The backup.
    pub path: PathBuf,
    /// Its size, in bytes.
    pub bytes: u64,
    /// How long the data file was, and how long it is now, in bytes.
    pub file: (u64, u64),
}

/// Pages that are to be kept warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warm {
    /// How many there are; `None`: it is not known for which host.
    pub wanted: Option<usize>,
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
    /// What others know.
    pub senses: Senses,
    /// What others do.
    pub hands: Hands,
    /// Whom the plan tells.
    pub notices: Notices,
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

    /// The worker that goes by the plan.
    #[must_use]
    pub fn runner(&self) -> Runner {
        Runner::new(self)
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/api/launch", get(http::show))
            .route("/api/preflight", get(preflight::show))
            .route("/api/launch/items/{item}", post(http::tell))
            .route("/api/launch/steps/{step}", post(steps::tell));
        routes.with_state(self.clone())
    }
}
