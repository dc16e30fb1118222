//! Audit: what is done on the admin address and over the socket, kept before it is answered.
//!
//! One layer stands around every route of that address. A request that may change something is let through; whoever
//! recognises who asks leaves word of it; what came of it goes into the data file, and only then the answer goes out. Where
//! whoever asked is gone before there is an answer, that is kept too.
//!
//! A dry run changes nothing and is no act, nor is what visitors and senders of events do. Of a request nothing is kept but
//! who, when, from where, method, route, path and status: no query, no body, no header, and no path that names a person.
//! What is refused is kept apart and counted together (`refusals`), so that nobody fills the file by knocking.
//!
//! It does not know what any route does.

mod describe;
mod http;
mod layer;
mod refusals;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Launch;
use crate::runtime::Tasks;
use crate::store::Store;
use crate::web::auth::Auth;
use crate::web::front::Front;
pub use layer::keep;
use refusals::Refusals;
pub use worker::Teller;

/// The slice. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    parts: Arc<Parts>,
    refusals: Arc<Mutex<Refusals>>,
}

/// What the slice is made of.
pub struct Parts {
    /// Where acts are kept.
    pub store: Store,
    /// Keys, for those who ask.
    pub auth: Auth,
    /// Whose addresses are believed.
    pub front: Arc<Front>,
    /// The time.
    pub clock: Clock,
    /// In whose zone days begin.
    pub launch: watch::Receiver<Launch>,
    /// Where what nobody waits for is done.
    pub tasks: Tasks,
}

impl FromRef<Audit> for Auth {
    fn from_ref(audit: &Audit) -> Self {
        audit.parts.auth.clone()
    }
}

impl Audit {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            refusals: Arc::default(),
        }
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/audit", get(http::list))
            .with_state(self.clone())
    }

    /// The worker that tells of what was refused once its minute is over.
    #[must_use]
    pub fn teller(&self) -> Teller {
        Teller::new(self.clone())
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
