//! Spend: what the maker paid for visitors, entry by entry.
//!
//! An entry is checked, recorded once by its key in one transaction, and never changed: a mistake is put right by another
//! entry of an amount below nothing, or the entry is deleted, with its key. Days are days of the launch's zone.
//!
//! It does not know what came of the money.

mod describe;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{delete, get};
use tokio::sync::watch;

use crate::config::Launch;
use crate::store::Store;
use crate::web::auth::Auth;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Spend {
    parts: Arc<Parts>,
}

/// What spend needs of the rest.
pub struct Parts {
    /// Where entries are.
    pub store: Store,
    /// Keys, for those who look at spend or record it.
    pub auth: Auth,
    /// By whose days.
    pub launch: watch::Receiver<Launch>,
}

impl FromRef<Spend> for Auth {
    fn from_ref(spend: &Spend) -> Self {
        spend.parts.auth.clone()
    }
}

impl Spend {
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
            .route("/api/spend", get(http::list).post(http::record))
            .route("/api/spend/{entry}", delete(http::delete));
        routes.with_state(self.clone())
    }
}
