//! Who asks: a key, or the unix socket.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::client::limit_key;
use super::front::Front;
use super::{ApiError, Peer};
use crate::model::key::{KeySecret, Scope};
use crate::store::Store;

/// Checks keys.
#[derive(Clone)]
pub struct Auth {
    store: Store,
    front: Arc<Front>,
}

/// Somebody who may read.
#[derive(Clone, Debug)]
pub struct Reader(pub Who);

/// Somebody who may change things.
#[derive(Clone, Debug)]
pub struct Admin(pub Who);

/// Who was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The owner of the data file, over the unix socket.
    Socket,
    /// The holder of the key of this name.
    Key(String),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket => f.write_str("the owner"),
            Self::Key(name) => write!(f, "key {name}"),
        }
    }
}

impl Auth {
    /// Checks keys against `store`, and counts failures at `front`.
    #[must_use]
    pub const fn new(store: Store, front: Arc<Front>) -> Self {
        Self { store, front }
    }

    /// Who asks, if they may do what asks for `needed`.
    ///
    /// # Errors
    /// 401 without a key or with a wrong one, 403 where its scope does not reach, 429 after too many failures.
    pub fn require(&self, parts: &Parts, needed: Scope) -> Result<Who, ApiError> {
        let peer = parts.extensions.get::<Peer>().copied();
        self.require_any(peer, &parts.headers, &[needed])
    }

    /// Who asks, if they may do what asks for one of `needed`, of which there is at least one; `peer` is `None` where
    /// it is not known.
    ///
    /// # Errors
    /// As [`Auth::require`].
    pub fn require_any(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        needed: &[Scope],
    ) -> Result<Who, ApiError> {
        if peer == Some(Peer::Socket) {
            return Ok(Who::Socket);
        }
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Err(ApiError::unauthorized(
                "this needs a key: Authorization: Bearer gty_…",
            ));
        };
        let token = header.to_str().ok().and_then(bearer);
        let key = token.and_then(|token| self.store.key(&KeySecret::from_text(token).hash()));
        match key {
            Some(key) if needed.iter().any(|needed| key.scope.allows(*needed)) => {
                Ok(Who::Key(key.name.clone()))
            }
            Some(key) => {
                let has = key.scope.as_str();
                let needs = needed.iter().map(|scope| scope.as_str());
                let needs = needs.collect::<Vec<_>>().join(" or ");
                Err(ApiError::forbidden(format!(
                    "this needs scope {needs}; the key has {has}"
                )))
            }
            None => Err(self.refuse(peer.map(|peer| self.front.client(peer, headers)))),
        }
    }

    fn refuse(&self, client: Option<IpAddr>) -> ApiError {
        let failed = client.map(|client| self.front.limits.check_failed(limit_key(client)));
        match failed {
            Some(decision) if !decision.allowed => decision.refusal(),
            _ => ApiError::unauthorized("no such key"),
        }
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1); the scheme's case does not matter.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl<S> FromRequestParts<S> for Reader
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Auth::from_ref(state).require(parts, Scope::Read).map(Self)
    }
}

impl<S> FromRequestParts<S> for Admin
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Auth::from_ref(state).require(parts, Scope::Admin).map(Self)
    }
}
