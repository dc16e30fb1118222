//! The desk: what is stored, as the owner looks at it, clears it and has it fetched.
//!
//! It knows of the store no more than [`Stock`] says, and of warming no more than how a job is begun.

mod describe;
mod purge;
mod view;
mod warm;
pub(in crate::pages) mod warmth;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use super::warm::Warming;
use crate::clock::Clock;
use crate::config::Pages;
use crate::web::auth::Auth;

/// The largest body, in bytes: a thousand paths of sixty.
const MAX_BODY: usize = 64 << 10;

/// A stored page, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Entry {
    /// The host it was asked of, with its port if that is not the usual one.
    pub(in crate::pages) authority: String,
    /// Path and query.
    pub(in crate::pages) target: String,
    /// What makes it another page of the same path: cookies of a rule, headers by which it varies.
    pub(in crate::pages) variant: Option<String>,
    pub(in crate::pages) status: u16,
    /// What it takes of the memory.
    pub(in crate::pages) bytes: u64,
    /// Since its origin made it.
    pub(in crate::pages) age: Duration,
    /// For how long it is fresh; `Err`: since when it is not.
    pub(in crate::pages) fresh_for: Result<Duration, Duration>,
    /// How often it was an answer.
    pub(in crate::pages) hits: u64,
    /// What its origin has marked it with.
    pub(in crate::pages) tags: Vec<String>,
}

/// Which pages are purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Which {
    /// Those of one path, whatever their host, query and variant.
    Path(String),
    /// Those whose path begins so.
    Prefix(String),
    /// Those that their origin has marked so.
    Tag(String),
    /// Every one.
    All,
}

/// What is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Purge {
    /// They are gone.
    Hard,
    /// They are stale from now on, and are shown as such.
    Soft,
}

impl Which {
    /// Whether a page of this path and query, with these marks, is among them.
    pub(in crate::pages) fn takes<'t>(&self, target: &str, mut tags: impl Iterator<Item = &'t str>) -> bool {
        let path = target.split('?').next().unwrap_or(target);
        match self {
            Self::Path(wanted) => path == wanted,
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Self::Tag(wanted) => tags.any(|tag| tag == wanted),
            Self::All => true,
        }
    }
}

/// How an origin is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct OriginState {
    /// `None`: every host that is not named.
    pub(in crate::pages) host: Option<String>,
    pub(in crate::pages) url: String,
    /// `None`: it has not been asked. `Err` says why it did not answer the last time.
    pub(in crate::pages) last: Option<Result<(), String>>,
}

/// Where pages are kept.
pub(in crate::pages) trait Stock: Clone + Send + Sync + 'static {
    /// Every page, in no order.
    fn entries(&self) -> Vec<Entry>;
    /// How many pages there are, and their bytes.
    fn totals(&self) -> (u64, u64);
    /// Requests by how they were answered, in the words of the metrics.
    fn requests(&self) -> Vec<(&'static str, u64)>;
    /// How many requests the store answered, and how many pages were asked for in all.
    fn hits(&self) -> (u64, u64);
    /// How the origins are.
    fn origins(&self) -> Vec<OriginState>;
    /// Purges pages; how many.
    fn purge(&self, which: &Which, purge: Purge) -> u64;
    /// The hosts that are served by HTTPS; where none is, those that visitors ask for most.
    fn hosts(&self) -> Vec<String>;
}

/// What the desk works with; clones share it.
#[derive(Clone)]
pub(in crate::pages) struct Desk<S> {
    pub(in crate::pages) stock: S,
    pub(in crate::pages) warming: Warming,
    pub(in crate::pages) pages: watch::Receiver<Arc<Pages>>,
    pub(in crate::pages) auth: Auth,
    pub(in crate::pages) clock: Clock,
}

impl<S> FromRef<Desk<S>> for Auth {
    fn from_ref(desk: &Desk<S>) -> Self {
        desk.auth.clone()
    }
}

impl<S: Stock> Desk<S> {
    /// What the admin address serves of it.
    pub(in crate::pages) fn routes(self) -> Router {
        Router::new()
            .route("/api/pages", get(view::list::<S>))
            .route("/api/pages/purge", post(purge::purge::<S>))
            .route("/api/pages/warm", get(warm::job::<S>).post(warm::begin::<S>))
            .with_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_takes_what_it_says() {
        let takes = |which: Which, target: &str| which.takes(target, ["shop", "news"].into_iter());
        assert!(takes(Which::Path("/a".to_owned()), "/a?b=c"));
        assert!(!takes(Which::Path("/a".to_owned()), "/a/b"));
        assert!(takes(Which::Prefix("/a".to_owned()), "/a/b?c"));
        assert!(!takes(Which::Prefix("/a/".to_owned()), "/a"));
        assert!(takes(Which::Tag("news".to_owned()), "/"));
        assert!(!takes(Which::Tag("new".to_owned()), "/"));
        assert!(takes(Which::All, "/"));
    }
}
