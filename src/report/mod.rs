//! Report: what a launch brought, in one page.
//!
//! The store's tables → [`data::ReportData`], plain values of a range of time → a page of HTML that needs nothing else, JSON,
//! or a terminal's lines (`cli`). It reads and never writes.
//!
//! It does not know how anything was counted, and reckons by the rules of `model/roi` alone.

pub mod data;
mod describe;
pub mod figures;
mod gather;
pub mod html;
mod http;
mod json;
mod summary;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{Funnel, Launch};
use crate::store::Store;
use crate::web::auth::Auth;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Report {
    parts: Arc<Parts>,
}

/// What a report needs of the rest.
pub struct Parts {
    /// Where everything is.
    pub store: Store,
    /// Keys, for those who read it.
    pub auth: Auth,
    /// The time.
    pub clock: Clock,
    /// What is reckoned with.
    pub funnel: watch::Receiver<Funnel>,
    /// By whose days.
    pub launch: watch::Receiver<Launch>,
}

impl FromRef<Report> for Auth {
    fn from_ref(report: &Report) -> Self {
        report.parts.auth.clone()
    }
}

impl Report {
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
            .route("/api/roi", get(http::roi))
            .route("/api/report", get(http::page));
        routes.with_state(self.clone())
    }
}
