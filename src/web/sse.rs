//! Streams of server-sent events (HTML standard, §9.2), each frame encoded once for all clients.
//!
//! A client that is slow sees the newest frame and none of those between; one that does not read at all is cut by its
//! connection's deadline.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::metrics::Held;

/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Clients come back after a cut within this span, each at its own time.
const RETRY_FROM_MS: u32 = 1_000;
const RETRY_SPREAD_MS: u32 = 4_000;

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A stream of the newest of `frames`, beginning with the one that is there; it ends with their sender, or before the frame for
/// which `may` says no. `counted` counts its client while it lasts.
#[must_use]
pub fn answer<F>(frames: watch::Receiver<Bytes>, counted: Held, may: F) -> Response<Body>
where
    F: Fn() -> bool + Send + 'static,
{
    let client = Client::new(frames, counted, may);
    let mut answer = Response::new(Body::from_stream(stream::unfold(client, Client::next)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    answer
}

/// One client's stream.
struct Client<F> {
    may: F,
    frames: Pin<Box<watch::Receiver<Bytes>>>,
    heartbeat: tokio::time::Interval,
    greeted: bool,
    _counted: Held,
}

impl<F: Fn() -> bool> Client<F> {
    fn new(mut frames: watch::Receiver<Bytes>, counted: Held, may: F) -> Self {
        frames.mark_changed();
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            may,
            frames: Box::pin(frames),
            heartbeat,
            greeted: false,
            _counted: counted,
        }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if !self.greeted {
            self.greeted = true;
            return Some((Ok(greeting()), self));
        }
        let bytes = tokio::select! {
            changed = self.frames.changed() => match changed {
                Ok(()) => self.frames.borrow_and_update().clone(),
                Err(_) => return None,
            },
            _ = self.heartbeat.tick() => Bytes::from_static(b":\n\n"),
        };
        (self.may)().then_some((Ok(bytes), self))
    }
}

/// Tells the client when to come back should the stream break: each another time, so that they do not all come at once.
fn greeting() -> Bytes {
    let mut chance = [0; 4];
    // Without chance every client is told the same, which is worse only under load.
    let _ = getrandom::fill(&mut chance);
    let retry = RETRY_FROM_MS + u32::from_le_bytes(chance) % RETRY_SPREAD_MS;
    Bytes::from(format!("retry: {retry}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Metrics, Stream};

    #[tokio::test]
    async fn a_silent_stream_shows_that_it_is_alive() {
        let (_frames, client) = watch::channel(Bytes::from_static(b"data: 1\n\n"));
        let mut client = Client::new(
            client,
            Metrics::new("test").sse_clients(Stream::Poll).hold(),
            || true,
        );
        assert_eq!(client.heartbeat.period(), Duration::from_secs(15));
        client.heartbeat = tokio::time::interval(Duration::from_millis(1));
        let mut seen = Vec::new();
        for _ in 0..4 {
            let (Ok(bytes), rest) = client.next().await.unwrap();
            client = rest;
            seen.push(bytes);
        }
        assert!(seen[0].starts_with(b"retry: "));
        assert_eq!(seen.iter().filter(|bytes| *bytes == "data: 1\n\n").count(), 1);
        assert_eq!(seen.iter().filter(|bytes| *bytes == ":\n\n").count(), 2);
    }
}
