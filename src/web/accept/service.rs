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

/// Answers one request: with what the handler says, or for it.
pub(super) async fn answer<F>(
    request: Request<Incoming>,
    watch: Arc<Watch>,
    max_headers: usize,
    handler: impl FnOnce(Request<Arriving>) -> F,
) -> Response<Answer>
where
    F: Future<Output = Response<Body>>,
{
    watch.answering();
    let mut request = request.map(|body| Arriving {
        body,
        ended: false,
        watch: Arc::clone(&watch),
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
    if watch.order() >= Order::Drain {
        // It is the last on its connection, which the client had better know.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response.map(|body| Answer { body, watch })
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
    watch: Arc<Watch>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.watch.answered();
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
