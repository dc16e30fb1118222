//! HTTP/2: requests that share a connection.
//!
//! A request reaches its handler as one of HTTP/1.1 would: its target is a path, the host it is for is in `Host`, and its
//! cookies are in one line (RFC 9113 §8.2.3, §8.3.1). So no handler can tell, or be told two hosts.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{COOKIE, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Settings;
use super::connection::Guard;
use super::house::Place;
use super::service::{self, Arriving};
use crate::runtime::Tasks;
use crate::web::ApiError;

/// The most requests under way on one connection: what browsers are used to, and what RFC 9113 §5.1.2 asks for at least.
const STREAMS_MAX: u32 = 100;
/// How much of one request's body, and of all on a connection, may come before it is asked for, in bytes.
const STREAM_WINDOW: u32 = 128 << 10;
const CONNECTION_WINDOW: u32 = 512 << 10;
/// How much of one answer is held for a client that does not take it, in bytes.
const SEND_BUFFER: usize = 64 << 10;
/// The most requests a client may have taken back that we have not heard of yet: it costs it nothing, and us a handler
/// (CVE-2023-44487).
const TAKEN_BACK_MAX: usize = 20;

/// How shared connections are served: the same for every one of a listener.
#[derive(Clone)]
pub(super) struct Streams {
    http: http2::Builder<InTasks>,
    settings: Settings,
}

/// Starts a task for each request.
#[derive(Clone)]
struct InTasks(Tasks);

impl<F> Executor<F> for InTasks
where
    F: Future + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn("stream", async move { drop(future.await) });
    }
}

impl Streams {
    pub(super) fn new(settings: Settings, tasks: Tasks) -> Self {
        let mut http = http2::Builder::new(InTasks(tasks));
        http.max_concurrent_streams(STREAMS_MAX)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_pending_accept_reset_streams(TAKEN_BACK_MAX)
            .max_header_list_size(u32::try_from(settings.max_header_bytes).unwrap_or(u32::MAX));
        Self { http, settings }
    }

    /// Serves a connection until it ends, its time is up, or it is told to end.
    pub(super) async fn serve<T, H, F>(&self, stream: T, place: Place, handler: H)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Fn(Request<Arriving>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        place.watch().multiplexes();
        let (watch, max_headers) = (Arc::clone(place.watch()), self.settings.max_headers);
        let answer = service_fn(move |mut request: Request<Incoming>| {
            let handler = handler.clone();
            let told = as_alone(&mut request);
            let answer = service::answer(request, Arc::clone(&watch), max_headers, |request| async move {
                match told {
                    Ok(()) => handler(request).await,
                    Err(refusal) => refusal.into_response(),
                }
            });
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = pin!(self.http.serve_connection(TokioIo::new(stream), answer));
        let guard = Guard::new(&self.settings, &place);
        guard
            .keep(connection, |connection| connection.graceful_shutdown())
            .await;
    }
}

/// Makes a request what it would be on a connection of its own.
fn as_alone(request: &mut Request<Incoming>) -> Result<(), ApiError> {
    one_cookie_line(request.headers_mut());
    *request.version_mut() = Version::HTTP_11;
    if request.method() == Method::CONNECT {
        let detail = "nothing is tunnelled here";
        return Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, detail));
    }
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = authority.map(HeaderValue::from_str).transpose();
    let host = host.map_err(|_| ApiError::bad_request("`:authority` names no host"))?;
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let target = target
        .parse::<Uri>()
        .map_err(|_| ApiError::bad_request("`:path` is no path"))?;
    let said = request.headers().get_all(HOST).iter();
    if let Some(host) = &host
        && said.into_iter().any(|said| said != host)
    {
        return Err(ApiError::bad_request("`:authority` and `Host` name two hosts"));
    }
    *request.uri_mut() = target;
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
    Ok(())
}

fn one_cookie_line(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(COOKIE).iter();
    let (Some(first), Some(_)) = (lines.next(), lines.next()) else {
        return;
    };
    let mut whole = first.as_bytes().to_vec();
    for line in headers.get_all(COOKIE).iter().skip(1) {
        whole.extend(b"; ");
        whole.extend(line.as_bytes());
    }
    if let Ok(mut whole) = HeaderValue::from_bytes(&whole) {
        whole.set_sensitive(true);
        headers.insert(COOKIE, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crumbs_of_cookies_are_one_line_in_their_order() {
        let mut headers = HeaderMap::new();
        one_cookie_line(&mut headers);
        assert!(headers.is_empty());
        for crumb in ["a=1", "b=2", "c=3"] {
            headers.append(COOKIE, HeaderValue::from_static(crumb));
            one_cookie_line(&mut headers);
        }
        let lines: Vec<_> = headers.get_all(COOKIE).iter().collect();
        assert_eq!(lines, ["a=1; b=2; c=3"]);
    }
}
