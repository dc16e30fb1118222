//! People: what is kept of one person, shown, and taken out for good.
//!
//! Asked about by an e-mail address or by the id that a maker's page gave them → looked for in the whole file, a part to a
//! page. Asked to be erased → a row of the data file → gone through by the [`Eraser`], a step at a time with a rest after
//! each; the answer waits for that a while, and otherwise says how far it is.
//!
//! A step and how far it came are one transaction, so nothing is passed over, whatever is cut off; a start goes on where the
//! last step ended. What was counted stays counted. Who is erased is named by the row only until they are.
//!
//! It does not know where in the file somebody may be named.

mod describe;
mod http;
mod worker;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::{Notify, watch};

use crate::store::Store;
use crate::web::auth::Auth;
pub use worker::Eraser;

/// The slice. Cheap to clone.
#[derive(Clone)]
pub struct People {
    parts: Arc<Parts>,
    /// Told when an erasure begins.
    begun: Arc<Notify>,
    /// The number of the last erasure that ended; they end in order.
    ended: watch::Sender<u64>,
}

/// What the slice is made of.
pub struct Parts {
    /// Where people are named.
    pub store: Store,
    /// Keys, for those who ask.
    pub auth: Auth,
}

impl FromRef<People> for Auth {
    fn from_ref(people: &People) -> Self {
        people.parts.auth.clone()
    }
}

impl People {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            begun: Arc::default(),
            ended: watch::Sender::new(0),
        }
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/people", get(http::show).delete(http::erase))
            .route("/api/people/erasures", get(http::list))
            .route("/api/people/erasures/{erasure}", get(http::erasure))
            .with_state(self.clone())
    }

    /// The worker that goes through erasures.
    #[must_use]
    pub fn eraser(&self) -> Eraser {
        Eraser::new(self.clone())
    }
}
