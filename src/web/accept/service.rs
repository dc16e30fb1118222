//! One request's way through: its id, its bounds, the handler, and the end of its answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::watch::{Order, Watch};
use crate::runtime::contained;
use crate::web::ApiError;
use crate::web::request_id::{X_REQUEST_ID, take_or_make};

/// The largest piece of an answer that a shared connection is given at once, in bytes.
const PIECE_BYTES: usize = 32 * 1024;

/// Answers one request: with what the handler says, or for it. The answering begins with this call.
pub(super) fn answer<F>(
    request: Request<Incoming>,
    watch: Arc<Watch>,
    max_headers: usize,
    handler: impl FnOnce(Request<Arriving>) -> F,
) -> impl Future<Output = Response<Answer>>
where
    F: Future<Output = Response<Body>>,
{
    let turn = Turn::begin(watch);
    async move {
        let mut request = request.map(|body| Arriving {
            body,
            ended: false,
            watch: Arc::clone(&turn.0),
        });
        let id = take_or_make(request.headers());
        let mut response = if request.headers().len() > max_headers {
            too_many_headers(max_headers)
        } else {
            request.headers_mut().insert(X_REQUEST_ID, id.clone());
            contained(async { handler(request).await })
                .await
                .unwrap_or_else(|panic| panicked(&panic, &id))
        };
        response.headers_mut().insert(X_REQUEST_ID, id);
        if turn.0.order() >= Order::Drain {
            // It is the last on its connection, which the client had better know.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response.map(|body| Answer {
            body,
            rest: Bytes::new(),
            is_handed_over: false,
            turn,
        })
    }
}

/// The time in which a request is answered, whatever ends it.
struct Turn(Arc<Watch>);

impl Turn {
    fn begin(watch: Arc<Watch>) -> Self {
        watch.answering();
        Self(watch)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.answered();
    }
}

fn too_many_headers(max: usize) -> Response<Body> {
    let detail = format!("more than {max} header lines");
    ApiError::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail).into_response()
}

fn panicked(message: &str, id: &HeaderValue) -> Response<Body> {
    tracing::error!(panic.message = message, request.id = ?id, "a handler panicked; the process goes on");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "something failed on our side").into_response()
}

/// A request's body as it comes. Whoever drops it before its end leaves the client sending.
pub struct Arriving {
    body: Incoming,
    /// A body in chunks does not know its end before it has been asked for what follows.
    ended: bool,
    watch: Arc<Watch>,
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !http_body::Body::is_end_stream(self) {
            self.watch.left_unread();
        }
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.ended |= frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body; when it is dropped, the answer has been handed over for writing.
pub(super) struct Answer {
    body: Body,
    /// On a shared connection: what is left of a piece that was too large to be given at once.
    rest: Bytes,
    /// And: a piece was given, and no other asked for yet.
    is_handed_over: bool,
    turn: Turn,
}

impl Answer {
    fn took_it(&mut self) {
        if std::mem::take(&mut self.is_handed_over) {
            self.turn.0.took_it();
        }
    }

    /// On a shared connection the answer goes out in pieces, so that it ends when its client has taken nearly all of it.
    fn piece(&mut self, mut data: Bytes) -> Frame<Bytes> {
        self.is_handed_over = true;
        self.turn.0.handed_over();
        self.rest = data.split_off(data.len().min(PIECE_BYTES));
        Frame::data(data)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.took_it();
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.took_it();
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(self.piece(rest))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if !self.turn.0.is_multiplexed() {
            return Poll::Ready(frame);
        }
        Poll::Ready(frame.map(|frame| {
            let data = frame?.into_data();
            Ok(data.map_or_else(|trailers| trailers, |data| self.piece(data)))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}
