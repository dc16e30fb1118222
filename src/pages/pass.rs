//! Passing: a request that is answered for who sent it alone, by the origin, in a stream.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::time::{Instant, Sleep, sleep};

use super::origin::{Fault, Origin, X_FORWARDED_PROTO};
use super::policy::hop;
use super::{Asking, Inner};
use crate::web::client::X_FORWARDED_FOR;

/// How long a body may stand still, either way: nginx's `client_body_timeout` and more, for streams that beat slowly.
const STILL_MAX: Duration = Duration::from_secs(300);

/// A body that breaks off when nothing of it comes for [`STILL_MAX`].
pub(super) struct Moving {
    body: Body,
    timer: Pin<Box<Sleep>>,
    moved: bool,
}

impl Moving {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body,
            timer: Box::pin(sleep(STILL_MAX)),
            moved: false,
        }
    }
}

impl http_body::Body for Moving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.moved = true;
            return Poll::Ready(frame);
        }
        if std::mem::take(&mut self.moved) {
            self.timer.as_mut().reset(Instant::now() + STILL_MAX);
        }
        match self.timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new("nothing came for five minutes")))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Inner {
    /// Sends the request on as it is, but for what is of the connection and what a front says of itself.
    pub(super) async fn pass(&self, asking: &Asking<'_>, body: Body) -> Result<Response<Body>, Fault> {
        let mut request = Request::new(match http_body::Body::is_end_stream(&body) {
            true => Body::empty(),
            false => Body::new(Moving::new(body)),
        });
        *request.method_mut() = asking.parts.method.clone();
        *request.uri_mut() = asking.parts.uri.clone();
        *request.headers_mut() = self.forwarded(asking);
        let now = self.clock.now();
        let answer = self.origin.ask(asking.pages, request).await;
        if answer.is_err() {
            self.origin.note(false, now);
        }
        let mut answer = answer?;
        hop::strip(answer.headers_mut());
        Ok(answer.map(|body| Body::new(Moving::new(body))))
    }

    fn forwarded(&self, asking: &Asking<'_>) -> HeaderMap {
        let mut headers = asking.parts.headers.clone();
        hop::strip(&mut headers);
        self.tell_of_client(asking, &mut headers);
        self.origin
            .introduce(asking.pages, &asking.target.authority, &mut headers);
        headers
    }

    /// What the client says of itself as a proxy would is believed only from a proxy we trust.
    fn tell_of_client(&self, asking: &Asking<'_>, headers: &mut HeaderMap) {
        let protocol = headers.get(X_FORWARDED_PROTO).cloned();
        strip_of_a_proxy(headers);
        if let Some(protocol) = protocol.filter(|_| self.front.is_proxy(asking.peer)) {
            headers.insert(X_FORWARDED_PROTO, protocol);
        }
        if let Ok(client) = HeaderValue::from_str(&asking.client.to_string()) {
            headers.insert(X_FORWARDED_FOR, client);
        }
    }

    /// Switches protocols (RFC 9110 §7.8): from then on bytes go both ways until one side ends.
    pub(super) async fn tunnel(
        &self,
        asking: &Asking<'_>,
        mut parts: Parts,
    ) -> Result<Response<Body>, Fault> {
        let protocol = parts.headers.get(UPGRADE).cloned();
        let theirs = parts.extensions.remove::<OnUpgrade>();
        let mut request = Request::new(Body::empty());
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = self.forwarded(asking);
        request
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("upgrade"));
        if let Some(protocol) = protocol {
            request.headers_mut().insert(UPGRADE, protocol);
        }
        let mut answer = self.origin.ask(asking.pages, request).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            hop::strip(answer.headers_mut());
            return Ok(answer);
        }
        let (Some(theirs), Ok(place)) = (theirs, self.tunnels.clone().try_acquire_owned()) else {
            return Err(Fault::Crowded);
        };
        let ours = hyper::upgrade::on(&mut answer);
        let shutdown = self.shutdown.clone();
        self.tasks.spawn("tunnel", async move {
            let _place = place;
            let (Ok(client), Ok(server)) = tokio::join!(theirs, ours) else {
                return;
            };
            let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
            tokio::select! {
                // However it ends, both sides are closed.
                _ = copy_bidirectional(&mut client, &mut server) => {}
                () = shutdown.draining() => {}
            }
        });
        Ok(answer)
    }
}

/// Takes out the fields by which proxies speak of a client or of a request, and by which a request asks to be taken for another.
pub(super) fn strip_of_a_proxy(headers: &mut HeaderMap) {
    // CGI and its heirs read both signs as one.
    let foreign = |name: &&HeaderName| is_of_a_proxy(&name.as_str().replace('_', "-"));
    let foreign: Vec<HeaderName> = headers.keys().filter(foreign).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
}

fn is_of_a_proxy(name: &str) -> bool {
    // The first are the words of proxies in general and of some content networks, the next those that frameworks and servers take
    // for the request itself, the last those that Next.js and its hosts say among themselves.
    name.starts_with("x-forwarded")
        || name.starts_with("x-invoke-")
        || name.starts_with("x-middleware-")
        || matches!(
            name,
            "forwarded"
                | "forwarded-for"
                | "x-real-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "x-originating-ip"
                | "x-remote-ip"
                | "x-remote-addr"
                | "x-proxyuser-ip"
                | "x-custom-ip-authorization"
                | "client-ip"
                | "true-client-ip"
                | "cf-connecting-ip"
                | "fastly-client-ip"
                | "front-end-https"
                | "x-timer"
                | "x-url-scheme"
        )
        || matches!(
            name,
            "x-host"
                | "x-http-host-override"
                | "x-original-host"
                | "x-original-url"
                | "x-original-uri"
                | "x-rewrite-url"
                | "x-proxy-url"
                | "request-uri"
                | "base-url"
                | "x-http-method-override"
                | "x-http-method"
                | "x-method-override"
                | "x-wap-profile"
        )
        || matches!(name, "x-matched-path" | "x-now-route-matches")
}

/// Whether a request asks to switch protocols.
pub(super) fn is_upgrade(parts: &Parts) -> bool {
    parts.headers.contains_key(UPGRADE) && parts.extensions.get::<OnUpgrade>().is_some()
}

/// Whether a request that leads back to us is told so.
pub(super) fn is_a_loop(origin: &Origin, parts: &Parts) -> bool {
    origin.is_a_loop(&parts.headers)
}
