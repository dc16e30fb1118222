//! Product Hunt: how many votes and comments a post there has, asked now and then, and shown beside what it brings.
//!
//! Flow: the [`Asker`] sends one query (`query`), reads what came of it, keeps the two numbers in the data file as series of the
//! minute in which they were said, and rests (`rest`) for as long as the configuration, the API's limit and failures ask for. What is
//! known stands on a board, for whoever looks.
//!
//! Invariants: after an answer no call is closer than the configuration says, also across a restart, unless another post, token or
//! address is written; none is made before the API said that it has room, as far as this process has heard;
//! what is wrong is said once in the log, and stands on the board until it is right.
//!
//! It does not know what becomes of visitors who come from there.

mod asker;
mod describe;
mod http;
mod query;
mod rest;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{self, Egress, Retention};
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::outbound::{self, Senders, SetupError, Transport};
use crate::runtime::Shutdown;
use crate::store::Store;
use crate::web::auth::Auth;
pub use asker::Asker;
use query::Said;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct ProductHunt {
    parts: Arc<Parts>,
    board: Board,
}

/// What it needs of the rest.
pub struct Parts {
    /// Where the numbers are kept.
    pub store: Store,
    /// Keys, for those who look.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// When a call is broken off.
    pub shutdown: Shutdown,
    /// Which post.
    pub post: watch::Receiver<Arc<config::ProductHunt>>,
    /// Where calls may go.
    pub egress: watch::Receiver<Egress>,
    /// How long numbers by the minute are kept.
    pub retention: watch::Receiver<Retention>,
}

/// What is known of the post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Which one.
    pub slug: String,
    /// Its votes and comments, and when they were so.
    pub figures: Option<(Figures, Millis)>,
    /// When it is asked next.
    pub next_at: Option<Millis>,
    /// Why nothing newer is known.
    pub trouble: Option<Trouble>,
    /// What the API said that is left of its limit.
    pub quota: Option<Quota>,
}

/// The two numbers of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Votes.
    pub votes: u64,
    /// Comments.
    pub comments: u64,
}

/// Why the numbers are not known, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such post. Before a launch that is as it should be: whoever may ask may do so.
    NoPost(String),
    /// Anything else.
    Other(String),
}

impl Trouble {
    /// In words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::NoPost(text) | Self::Other(text) => text,
        }
    }
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Points that there are in every span, if that was said.
    pub limit: Option<u64>,
    /// Points that are left.
    pub remaining: i64,
    /// When the next span begins.
    pub reset_at: Millis,
}

/// What is known, behind a lock; clones share it. `None`: no post is configured.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Option<Standing>>>);

impl Board {
    fn lock(&self) -> MutexGuard<'_, Option<Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromRef<ProductHunt> for Auth {
    fn from_ref(hunt: &ProductHunt) -> Self {
        hunt.parts.auth.clone()
    }
}

impl ProductHunt {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            board: Board::default(),
        }
    }

    /// The worker that asks.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker::new(self)
    }

    /// What is known of the post; `None` where none is configured.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.board.lock().clone()
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/producthunt", get(http::show))
            .with_state(self.clone())
    }
}

/// Asks once, for whoever wants to know whether it can be asked; nothing is kept. A query changes nothing over there.
///
/// # Errors
/// TLS could not be set up.
pub async fn look(
    config: &config::ProductHunt,
    egress: &Egress,
    now: Millis,
) -> Result<Option<Result<Figures, Trouble>>, SetupError> {
    let Some(post) = &config.post else {
        return Ok(None);
    };
    let senders = Senders::new(outbound::Egress::new(egress.allow.clone()));
    let sender = senders.sender(&Transport::default())?;
    let request = query::request(post, &config.url);
    let heard = query::heard(sender.send(request.clone()).await, (&request, post), now);
    Ok(Some(match heard.said {
        Said::Figures(figures) => Ok(figures),
        Said::TooMuch(text) | Said::Trouble(text) => Err(Trouble::Other(text)),
        Said::NoPost(text) => Err(Trouble::NoPost(text)),
    }))
}
