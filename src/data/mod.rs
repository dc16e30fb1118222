//! Data: what the file holds, as rows for spreadsheets (CSV) and for programs (NDJSON).
//!
//! Asked for → read a page at a time, each of a snapshot of its own, the next when the one before is on its way → written row
//! by row. So an answer of any length takes the memory of a page, and holds no snapshot while a slow reader reads.
//!
//! The answer begins once the first page is read; a fault after that breaks it off, so that it does not look whole.
//!
//! It does not know how anything is counted, and keeps nothing.

mod describe;
mod http;
mod pages;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Launch;
use crate::store::Store;
use crate::web::auth::Auth;

/// The slice. Cheap to clone.
#[derive(Clone)]
pub struct Data {
    parts: Arc<Parts>,
}

/// What the slice is made of.
pub struct Parts {
    /// What is read.
    pub store: Store,
    /// Keys, for those who ask.
    pub auth: Auth,
    /// The end of ranges that name none.
    pub clock: Clock,
    /// By whose days and hours.
    pub launch: watch::Receiver<Launch>,
}

impl FromRef<Data> for Auth {
    fn from_ref(data: &Data) -> Self {
        data.parts.auth.clone()
    }
}

impl Data {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/export/{what}", get(http::export))
            .with_state(self.clone())
    }
}
