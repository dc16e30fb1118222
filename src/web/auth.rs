//! Who asks: a key, a session of the dashboard, or the unix socket.

pub mod cookie;
mod uses;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use self::cookie::Transport;
pub use self::uses::KeyUses;
use super::acts::Recognised;
use super::client::limit_key;
use super::front::Front;
use super::sessions::{Session, Sessions, Token};
use super::{ApiError, Peer};
use crate::clock::Clock;
use crate::model::key::{ApiKey, KeyHash, KeySecret, Scope};
use crate::store::Store;

/// What the admin address adds to each request: there, and only there, a session counts. (Cookies do not know ports.)
#[derive(Clone, Copy, Debug)]
pub struct AtDesk;

/// Checks keys and sessions; clones share the sessions.
#[derive(Clone)]
pub struct Auth {
    store: Store,
    front: Arc<Front>,
    clock: Clock,
    sessions: Sessions,
    uses: KeyUses,
}

/// What somebody shows who signs in.
#[derive(Debug)]
pub enum Proof {
    /// A key.
    Key(KeySecret),
    /// What stands in a one-time link.
    Link(String),
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
    /// Somebody who signed in with the key of this name.
    Session(String),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket => f.write_str("the owner"),
            Self::Key(name) => write!(f, "key {name}"),
            Self::Session(name) => write!(f, "a session of key {name}"),
        }
    }
}

impl Auth {
    /// Checks keys against `store`, and counts failures at `front`.
    #[must_use]
    pub fn new(store: Store, front: Arc<Front>, clock: Clock) -> Self {
        Self {
            store,
            front,
            clock,
            sessions: Sessions::default(),
            uses: KeyUses::default(),
        }
    }

    /// When keys were used lately.
    #[must_use]
    pub const fn uses(&self) -> &KeyUses {
        &self.uses
    }

    /// Who asks, if they may do what asks for `needed`.
    ///
    /// # Errors
    /// 401 without a key or with a wrong one, 403 where its scope does not reach or a session is used from elsewhere than our
    /// own pages, 429 after too many failures.
    pub fn require(&self, parts: &Parts, needed: Scope) -> Result<Who, ApiError> {
        let found = self.recognise(parts, needed);
        let who = match &found {
            Ok(who) => Some(who.clone()),
            Err(refusal) if refusal.status() == StatusCode::FORBIDDEN => self.shows(&parts.headers),
            Err(_) => None,
        };
        who.into_iter()
            .for_each(|who| Recognised::note(&parts.extensions, who));
        found
    }

    /// Whoever the headers speak of, whatever they may.
    fn shows(&self, headers: &HeaderMap) -> Option<Who> {
        let key = self.shown(headers).map(|key| Who::Key(key.name.clone()));
        let session = || Some(Who::Session(self.session(headers)?.1.name.clone()));
        key.or_else(session)
    }

    /// The key that a request shows, if it is one of ours.
    fn shown(&self, headers: &HeaderMap) -> Option<Arc<ApiKey>> {
        let token = bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)?;
        self.store.key(&KeySecret::from_text(token).hash())
    }

    fn recognise(&self, parts: &Parts, needed: Scope) -> Result<Who, ApiError> {
        let peer = parts.extensions.get::<Peer>().copied();
        let has_key = parts.headers.contains_key(AUTHORIZATION);
        if has_key || peer.is_some_and(Peer::is_owner) || parts.extensions.get::<AtDesk>().is_none() {
            return self.require_any(peer, &parts.headers, &[needed]);
        }
        let Some((_, key)) = self.session(&parts.headers) else {
            return self.require_any(peer, &parts.headers, &[needed]);
        };
        if !cookie::is_from_our_page(&parts.method, &parts.headers) {
            return Err(ApiError::forbidden(
                "a session is used from the pages of the dashboard alone",
            ));
        }
        if !key.scope.allows(needed) {
            return Err(out_of_scope(&key, &[needed]));
        }
        self.uses.note(key.hash, self.clock.now());
        Ok(Who::Session(key.name.clone()))
    }

    /// The session of a browser's cookie, and the key that it stands for; by this it is used.
    #[must_use]
    pub fn session(&self, headers: &HeaderMap) -> Option<(Session, Arc<ApiKey>)> {
        let session = self.sessions.used(cookie::shown(headers)?, self.clock.now())?;
        // A key that was revoked takes its sessions with it.
        Some((session, self.store.key(&session.key)?))
    }

    /// Tells, whenever it is asked, whether `who`, recognised by `headers`, still would be; for what goes on longer than one answer.
    pub fn lasting(&self, headers: &HeaderMap, who: &Who) -> impl Fn() -> bool + Send + use<> {
        let (auth, who) = (self.clone(), who.clone());
        let shown = cookie::shown(headers).map(str::to_owned);
        move || match &who {
            Who::Socket => true,
            Who::Key(name) => auth.store.keys().iter().any(|key| key.name == *name),
            Who::Session(_) => {
                let session = shown
                    .as_deref()
                    .and_then(|shown| auth.sessions.get(shown, auth.clock.now()));
                session.is_some_and(|session| auth.store.key(&session.key).is_some())
            }
        }
    }

    /// Begins a session for whoever proves that they may. What the browser showed before is over, whatever it was.
    ///
    /// # Errors
    /// 401 for what proves nothing, 403 for a key that reads nothing here or from a page of others, 429 after too many failures.
    pub fn sign_in(
        &self,
        (peer, method, headers): (Option<Peer>, &Method, &HeaderMap),
        proof: &Proof,
    ) -> Result<(HeaderValue, Session), ApiError> {
        let says_whence = headers.contains_key("origin") || headers.contains_key("sec-fetch-site");
        if says_whence && !cookie::is_from_our_page(method, headers) {
            return Err(ApiError::forbidden("one signs in on the dashboard's own page"));
        }
        let now = self.clock.now();
        let hash = match proof {
            Proof::Key(secret) => Some(secret.hash()),
            Proof::Link(link) => self.sessions.open(link, now),
        };
        let Some(key) = hash.and_then(|hash| self.store.key(&hash)) else {
            return Err(self.refuse(peer.map(|peer| self.front.client(peer, headers))));
        };
        if !key.scope.allows(Scope::Read) {
            return Err(out_of_scope(&key, &[Scope::Read]));
        }
        if let Some(shown) = cookie::shown(headers) {
            self.sessions.end(shown);
        }
        self.uses.note(key.hash, now);
        let (token, session) = self.sessions.begin(key.hash, now).map_err(ApiError::internal)?;
        let cookie = cookie::set(&token, self.transport(peer, headers));
        let cookie = cookie.ok_or_else(|| ApiError::unavailable(1))?;
        Ok((cookie, session))
    }

    /// Ends a browser's session, if it has one; the cookie that takes its own away.
    pub fn sign_out(&self, peer: Option<Peer>, headers: &HeaderMap) -> HeaderValue {
        if let Some(shown) = cookie::shown(headers) {
            self.sessions.end(shown);
        }
        cookie::clear(self.transport(peer, headers))
    }

    /// Makes a link that signs somebody in once, with the key of this name.
    ///
    /// # Errors
    /// 404 where there is no such key.
    pub fn link(&self, key: &str) -> Result<Token, ApiError> {
        let keys = self.store.keys();
        let key = keys.iter().find(|known| known.name == key);
        let key: KeyHash = key.ok_or_else(|| ApiError::not_found("key"))?.hash;
        self.sessions
            .link(key, self.clock.now())
            .map_err(ApiError::internal)
    }

    /// How a browser came: to us, or as a proxy that is believed says.
    #[must_use]
    pub fn transport(&self, peer: Option<Peer>, headers: &HeaderMap) -> Transport {
        if peer.is_some_and(Peer::is_secured) {
            return Transport::Tls;
        }
        let is_believed = peer.is_some_and(|peer| self.front.is_proxy(peer));
        let said = headers.get("x-forwarded-proto").map(HeaderValue::as_bytes);
        match is_believed && said == Some(b"https") {
            true => Transport::Tls,
            false => Transport::Plain,
        }
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
        if peer.is_some_and(Peer::is_owner) {
            return Ok(Who::Socket);
        }
        if !headers.contains_key(AUTHORIZATION) {
            return Err(ApiError::unauthorized(
                "this needs a key: Authorization: Bearer gty_…",
            ));
        }
        match self.shown(headers) {
            Some(key) if needed.iter().any(|needed| key.scope.allows(*needed)) => {
                self.uses.note(key.hash, self.clock.now());
                Ok(Who::Key(key.name.clone()))
            }
            Some(key) => Err(out_of_scope(&key, needed)),
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

fn out_of_scope(key: &ApiKey, needed: &[Scope]) -> ApiError {
    let has = key.scope.as_str();
    let needs = needed.iter().map(|scope| scope.as_str());
    let needs = needs.collect::<Vec<_>>().join(" or ");
    ApiError::forbidden(format!("this needs scope {needs}; the key has {has}"))
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
