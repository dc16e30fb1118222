//! Signing in and out: by a key, or by a one-time link.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dashboard, Parts};
use crate::model::key::{KeySecret, Scope};
use crate::model::time::Millis;
use crate::web::acts::Recognised;
use crate::web::answer;
use crate::web::auth::cookie::Transport;
use crate::web::auth::{Admin, Proof, Who};
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::describe::OneOf;
use crate::web::sessions::{LINK_MS, Session};
use crate::web::{ApiError, Peer};

/// The key that the owner's links stand for.
pub(super) const ADMIN: &str = "admin";
/// The largest body of these requests, in bytes.
const MAX_BODY: usize = 4 * 1024;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SignIn")]
pub(super) struct Shown {
    token: Option<String>,
    link: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Session")]
pub(super) struct SessionItem {
    /// The name of the key.
    who: String,
    #[schemars(with = "OneOf<Scope>")]
    scope: &'static str,
    /// `null`: whoever asks has no session, but the key itself.
    idle_ends_at: Option<String>,
    ends_at: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SignInLink")]
pub(super) struct LinkItem {
    url: String,
    ends_at: String,
}

/// `POST /api/session`: `{token}` or `{link}`.
pub(super) async fn begin(
    State(dashboard): State<Dashboard>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let (parts, content) = request.into_parts();
    let bytes = body::read(content, MAX_BODY, BODY_DEADLINE).await?;
    let shown: Shown = body::json(&bytes)?;
    let proof = match shown {
        Shown {
            token: Some(token),
            link: None,
        } => Proof::Key(KeySecret::from_text(token.trim())),
        Shown {
            token: None,
            link: Some(link),
        } => Proof::Link(link),
        _ => {
            return Err(ApiError::unprocessable(
                "token",
                "one signs in with `token` or with `link`",
            ));
        }
    };
    let peer = parts.extensions.get::<Peer>().copied();
    let asked = (peer, &parts.method, &parts.headers);
    let (cookie, session) = dashboard.parts.auth.sign_in(asked, &proof)?;
    let key = dashboard.parts.store.key(&session.key);
    let name = key.map(|key| key.name.clone()).unwrap_or_default();
    tracing::info!(key.name = %name, "somebody signed in");
    Recognised::note(&parts.extensions, Who::Session(name));
    Ok(with_cookie(StatusCode::NO_CONTENT, cookie))
}

/// `GET /api/session`: who asks, and for how long yet.
pub(super) async fn show(
    State(dashboard): State<Dashboard>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let (parts, _) = request.into_parts();
    let auth = &dashboard.parts.auth;
    let who = auth.require(&parts, Scope::Read)?;
    let session = auth.session(&parts.headers).map(|(session, _)| session);
    let item = match &who {
        Who::Socket => SessionItem::of("the owner", Scope::Admin, None),
        Who::Key(name) => SessionItem::of(name, dashboard.parts.scope(name), None),
        Who::Session(name) => SessionItem::of(name, dashboard.parts.scope(name), session.as_ref()),
    };
    let mut answer = answer::json(StatusCode::OK, &item);
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// `DELETE /api/session`
pub(super) async fn end(
    State(dashboard): State<Dashboard>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let (parts, _) = request.into_parts();
    let auth = &dashboard.parts.auth;
    auth.require(&parts, Scope::Read)?;
    let peer = parts.extensions.get::<Peer>().copied();
    Ok(with_cookie(
        StatusCode::NO_CONTENT,
        auth.sign_out(peer, &parts.headers),
    ))
}

/// `POST /api/session/links`: a link that signs in once, in the name of whoever asks.
pub(super) async fn link(
    State(dashboard): State<Dashboard>,
    Admin(who): Admin,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    let peer = peer.map(|Extension(peer)| peer);
    let parts = &dashboard.parts;
    // Who came by the network comes back the same way.
    let asked = headers.get(HOST).and_then(|host| host.to_str().ok());
    let asked = asked.map(|host| match parts.auth.transport(peer, &headers) {
        Transport::Tls => format!("https://{host}"),
        Transport::Plain => format!("http://{host}"),
    });
    let (at, key) = match &who {
        Who::Socket => (None, ADMIN),
        Who::Key(name) | Who::Session(name) => (asked, name.as_str()),
    };
    let item = LinkItem {
        url: parts.link(at.as_ref().unwrap_or(&parts.at), key)?,
        ends_at: Millis(parts.clock.now().0.saturating_add(LINK_MS)).to_string(),
    };
    Ok(answer::json(StatusCode::CREATED, &item))
}

impl Parts {
    /// The link stands behind `#`: a browser keeps that to itself, so that no log ever has it.
    pub(super) fn link(&self, at: &str, key: &str) -> Result<String, ApiError> {
        let token = self.auth.link(key)?;
        let at = at.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
        Ok(format!("{at}/sign-in#link={}", token.expose()))
    }

    fn scope(&self, name: &str) -> Scope {
        let keys = self.store.keys();
        let key = keys.iter().find(|key| key.name == name);
        key.map_or(Scope::Read, |key| key.scope)
    }
}

impl SessionItem {
    fn of(who: &str, scope: Scope, session: Option<&Session>) -> Self {
        Self {
            who: who.to_owned(),
            scope: scope.as_str(),
            idle_ends_at: session.map(|session| session.idle_ends_at().to_string()),
            ends_at: session.map(|session| session.ends_at().to_string()),
        }
    }
}

fn with_cookie(status: StatusCode, cookie: HeaderValue) -> Response<Body> {
    let mut answer = answer::empty(status);
    let headers = answer.headers_mut();
    headers.insert(SET_COOKIE, cookie);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
