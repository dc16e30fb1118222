//! A layer that does once what is asked twice (draft-ietf-httpapi-idempotency-key-header-07 §2): the same key, path and body are
//! given the same answer again; anything else under the key is refused, and so is a repeat while the first is under way.
//!
//! It stands around what makes something and has no key of its own. (Events, spend, replays and conversions know their keys
//! in the transaction that records them.) What was asked under a key is done to its end although nobody waits any more, and
//! its answer is in the data file before it is given. Only what was done is kept: a refusal has left no trace, and may be tried again.
//!
//! A crash between the act and its answer's commit forgets the key. Asked again, the act meets what it has made: the same poll is
//! there (200), the key's name is taken (409), the item says so already; pages are warmed, a backup is made, or a test of alerts is sent, once more.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::oneshot;

use super::{IDEMPOTENT_REPLAYED, idempotency_key};
use crate::model::key::Scope;
use crate::model::repeat::{Asked, KeptAnswer, Known, RepeatKey};
use crate::runtime::Tasks;
use crate::store::Store;
use crate::web::ApiError;
use crate::web::acts::{KeptAs, NothingDone};
use crate::web::auth::{Auth, Who};
use crate::web::body::{self, BODY_DEADLINE};

/// What makes something, asked with `POST`.
pub(in crate::web) const MAKES: [&str; 6] = [
    "/api/polls",
    "/api/keys",
    "/api/backups",
    "/api/pages/warm",
    "/api/launch/items/{item}",
    "/api/alerts/test",
];
/// The largest body, in bytes: that of a poll.
const MAX_BODY: usize = 64 << 10;
/// The largest answer that is kept, in bytes: a poll with all it was made of, twice.
const ANSWER_MOST: u64 = 128 << 10;

/// What the layer works with; clones share what is under way.
#[derive(Clone)]
pub struct Once {
    store: Store,
    auth: Auth,
    tasks: Tasks,
    under_way: Arc<Mutex<HashSet<RepeatKey>>>,
}

impl Once {
    /// Keeps answers in `store`, for those whom `auth` knows.
    #[must_use]
    pub fn new(store: Store, auth: Auth, tasks: Tasks) -> Self {
        Self {
            store,
            auth,
            tasks,
            under_way: Arc::default(),
        }
    }

    /// A place among what is under way; `None` where the key has one.
    fn begin(&self, key: RepeatKey) -> Option<UnderWay> {
        let mut keys = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key).then(|| UnderWay {
            keys: Arc::clone(&self.under_way),
            key,
        })
    }
}

/// A key that is under way until this is dropped.
struct UnderWay {
    keys: Arc<Mutex<HashSet<RepeatKey>>>,
    key: RepeatKey,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

/// Does what is asked under a key once, and everything else as ever.
pub async fn once(
    State(once): State<Once>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response<Body> {
    let makes = request.method() == Method::POST && MAKES.contains(&route.as_str());
    if !makes || !request.headers().contains_key("idempotency-key") {
        return next.run(request).await;
    }
    once.answer(request, next)
        .await
        .unwrap_or_else(ApiError::into_response)
}

impl Once {
    async fn answer(self, request: Request, next: Next) -> Result<Response<Body>, ApiError> {
        let (parts, content) = request.into_parts();
        // Whoever may not do it is told nothing of what others did.
        let who = self.auth.require(&parts, Scope::Admin)?;
        let Some(key) = idempotency_key(&parts.headers)? else {
            return Ok(next.run(Request::from_parts(parts, content)).await);
        };
        let bytes = body::read(content, MAX_BODY, BODY_DEADLINE).await?;
        let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let asked = Asked::of(parts.method.as_str(), target, &bytes);
        let key = RepeatKey::of(&whose(&who), &key);
        let Some(place) = self.begin(key) else {
            return Err(ApiError::conflict(
                "a request with this `Idempotency-Key` is still under way",
            ));
        };
        match self.store.kept_answer(key, asked).await? {
            Known::Same(kept) => Ok(again(kept)),
            Known::Other => Err(ApiError::unprocessable(
                "",
                "this `Idempotency-Key` was used for another request; another request needs another key",
            )),
            Known::No => {
                let request = Request::from_parts(parts, Body::from(bytes));
                self.act((place, asked), request, next).await
            }
        }
    }

    /// Does it to its end, whoever waits.
    async fn act(
        self,
        (place, asked): (UnderWay, Asked),
        request: Request,
        next: Next,
    ) -> Result<Response<Body>, ApiError> {
        let (reply, answer) = oneshot::channel();
        let tasks = self.tasks.clone();
        tasks.spawn("request", async move {
            let answer = next.run(request).await;
            let answer = self.keep((place.key, asked), answer).await;
            drop(place);
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        });
        let gone = |_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "something failed on our side");
        answer.await.map_err(gone)?
    }

    /// The answer, once it is kept, where it is one to keep.
    async fn keep(
        &self,
        (key, asked): (RepeatKey, Asked),
        answer: Response<Body>,
    ) -> Result<Response<Body>, ApiError> {
        let size = http_body::Body::size_hint(answer.body()).exact();
        let fits = size.is_some_and(|size| size <= ANSWER_MOST);
        let is_done = answer.status().is_success() && answer.extensions().get::<NothingDone>().is_none();
        if !fits || !is_done {
            return Ok(answer);
        }
        let (mut head, content) = answer.into_parts();
        let bytes = content.collect().await.map_err(ApiError::internal)?.to_bytes();
        let shown = head.extensions.remove::<KeptAs>();
        let kept = KeptAnswer {
            status: head.status.as_u16(),
            content_type: head
                .headers
                .get(CONTENT_TYPE)
                .and_then(|kind| Some(kind.to_str().ok()?.to_owned())),
            body: shown.map_or_else(|| bytes.to_vec(), |KeptAs(body)| body),
        };
        self.store.keep_answer(key, asked, kept).await?;
        Ok(Response::from_parts(head, Body::from(bytes)))
    }
}

/// Whose keys these are: a session's are its key's.
fn whose(who: &Who) -> String {
    match who {
        Who::Socket => "socket".to_owned(),
        Who::Key(name) | Who::Session(name) => format!("key {name}"),
    }
}

/// An answer that was given before. Nothing was done for this one.
fn again(kept: KeptAnswer) -> Response<Body> {
    let mut answer = Response::new(Body::from(kept.body));
    *answer.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let kind = kept.content_type.and_then(|kind| kind.try_into().ok());
    if let Some(kind) = kind {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    let replayed = HeaderValue::from_static("true");
    answer.headers_mut().insert(IDEMPOTENT_REPLAYED, replayed);
    NothingDone::mark(answer)
}
