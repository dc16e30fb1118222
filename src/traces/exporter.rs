//! The exporter: from the queue to the collector, by OTLP over HTTP.
//!
//! What is answered follows "OTLP/HTTP Response": 2xx, of which a part may have been rejected; 429, 502, 503 and 504, or no
//! answer, after which the same spans are sent again; anything else, after which they are not.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use flate2::write::GzEncoder;
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use tokio::time::{Instant, timeout_at};

use super::queue::Queue;
use super::span::Span;
use super::tracer::Tracer;
use super::wire;
use crate::clock::Clock;
use crate::config::{Compression, Otlp};
use crate::metrics::{Counter, Metrics};
use crate::outbound::{Answer, Egress, Request, SendError, Sender, Senders, SetupError, Transport};
use crate::runtime::{Next, Shutdown, Worker};

/// Spans of one request: what OpenTelemetry's own libraries send ("Batching processor"), and far below what a collector takes.
const TOGETHER: usize = 512;
/// How long spans gather, unless there are enough before.
const GATHER: Duration = Duration::from_secs(1);
/// The longest wait that a collector may ask for: what waits meanwhile is lost sooner or later.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// How much of a collector's reason is logged, in characters.
const WHY_CHARS: usize = 300;
/// What stopping may take longer, for the spans that are left.
const LAST_MAX: Duration = Duration::from_secs(1);

/// Where spans leave.
pub struct Outlet {
    queue: Arc<Queue>,
    sender: Sender,
    otlp: Otlp,
    exported: Counter,
    /// Whether the last request was taken, or there was none.
    well: AtomicBool,
}

/// What came of a request to the collector.
enum Sent {
    /// It took the spans.
    Taken,
    /// It may take them later.
    NotNow(anyhow::Error, Option<Duration>),
    /// It will not.
    Never(anyhow::Error),
}

impl Outlet {
    /// Where spans leave, and where they are handed in, by `otlp`. There is an outlet only where there is a collector.
    ///
    /// # Errors
    /// TLS could not be set up.
    pub fn open(
        otlp: Option<&Otlp>,
        (metrics, clock): (&Metrics, &Clock),
    ) -> Result<(Tracer, Option<Arc<Self>>), SetupError> {
        let Some(otlp) = otlp else {
            return Ok((Tracer::default(), None));
        };
        let queue = Arc::new(Queue::new(TOGETHER, metrics.spans_dropped().clone()));
        let tracer = Tracer::new(Arc::clone(&queue), otlp.sampler, clock.clone());
        let outlet = Self {
            queue,
            sender: Senders::new(Egress::anywhere()).sender(&Transport::default())?,
            otlp: otlp.clone(),
            exported: metrics.spans_exported().clone(),
            well: AtomicBool::new(true),
        };
        Ok((tracer, Some(Arc::new(outlet))))
    }

    /// Sends what is left, when nothing comes any more: for a second at most, and not to a collector that is not there.
    pub async fn finish(&self) {
        let until = Instant::now() + LAST_MAX;
        while self.queue.len() > 0 && self.well.load(Ordering::Relaxed) {
            let spans = self.queue.take();
            if !matches!(timeout_at(until, self.send(&spans)).await, Ok(Sent::Taken)) {
                self.queue.give_up(spans.len());
                break;
            }
        }
        self.queue.give_up(self.queue.len());
    }

    /// Sends spans, and counts those that were taken.
    async fn send(&self, spans: &[Span]) -> Sent {
        let sent = match self.request(spans) {
            Ok(request) => self.heard(self.sender.send(request).await, spans.len()),
            Err(error) => Sent::Never(error),
        };
        self.well.store(matches!(sent, Sent::Taken), Ordering::Relaxed);
        sent
    }

    fn request(&self, spans: &[Span]) -> anyhow::Result<Request> {
        let mut headers = self.otlp.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let body = wire::request(&self.otlp.resource, spans);
        let body = match self.otlp.compression {
            Compression::None => body,
            Compression::Gzip => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(&body).context("the spans are not packed")?;
                packed.finish().context("the spans are not packed")?
            }
        };
        Ok(Request {
            method: Method::POST,
            url: self.otlp.url.clone(),
            headers,
            body: Bytes::from(body),
            timeout: self.otlp.timeout,
        })
    }

    fn heard(&self, sent: Result<Answer, SendError>, spans: usize) -> Sent {
        let at = self.otlp.url.origin().ascii_serialization();
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                return Sent::NotNow(anyhow!("the collector at {at} does not answer: {error}"), None);
            }
        };
        let error = || {
            anyhow!(
                "the collector at {at} answered {}: {}",
                answer.status,
                answer.excerpt
            )
        };
        match answer.status {
            200..=299 => {
                self.count(spans, wire::rejected(&answer.body));
                Sent::Taken
            }
            429 | 502 | 503 | 504 => Sent::NotNow(error(), retry_after(&answer)),
            _ => Sent::Never(error()),
        }
    }

    fn count(&self, spans: usize, (rejected, why): (usize, String)) {
        let rejected = rejected.min(spans);
        if rejected > 0 {
            let why: String = why.chars().take(WHY_CHARS).collect();
            tracing::warn!(spans.rejected = rejected, reason = %why, "the collector did not take some spans");
        }
        self.queue.give_up(rejected);
        let taken = u64::try_from(spans - rejected).unwrap_or(u64::MAX);
        self.exported.add(taken);
    }
}

/// How long the collector asks us to wait, in the seconds of RFC 9110 §10.2.3; no collector is known to send a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    let wait = Duration::from_secs(text.trim().parse().ok()?);
    Some(wait.min(RETRY_AFTER_MAX))
}

/// The worker that takes spans to the collector as they gather.
pub struct Exporter {
    outlet: Arc<Outlet>,
    shutdown: Shutdown,
    /// Since when spans have been gathering.
    since: Option<Instant>,
    /// The collector wants nothing before.
    not_before: Option<Instant>,
}

impl Exporter {
    /// Of this outlet.
    #[must_use]
    pub fn new(outlet: Arc<Outlet>, shutdown: Shutdown) -> Self {
        Self {
            outlet,
            shutdown,
            since: None,
            not_before: None,
        }
    }

    /// What to wait for before the next request, if anything.
    fn early(&mut self, now: Instant) -> Option<Next> {
        let waiting = self.outlet.queue.len();
        if waiting == 0 {
            self.since = None;
            return Some(Next::Wait);
        }
        let gathered = *self.since.get_or_insert(now) + GATHER;
        let ready = if waiting < TOGETHER { gathered } else { now };
        let ready = self.not_before.map_or(ready, |at| ready.max(at));
        (ready > now).then(|| Next::After(ready - now))
    }
}

impl Worker for Exporter {
    fn name(&self) -> Cow<'static, str> {
        "spans".into()
    }

    /// Never longer than a request, which stopping cuts off: [`Outlet::finish`] sends its spans again.
    async fn work(&mut self) -> anyhow::Result<Next> {
        if let Some(next) = self.early(Instant::now()) {
            return Ok(next);
        }
        self.since = None;
        let Outlet { queue, .. } = &*self.outlet;
        let spans = queue.take();
        let sent = tokio::select! {
            sent = self.outlet.send(&spans) => sent,
            () = self.shutdown.draining() => {
                queue.put_back(spans);
                return Ok(Next::Done);
            }
        };
        match sent {
            Sent::Taken => Ok(Next::Again),
            Sent::NotNow(error, wait) => {
                queue.put_back(spans);
                self.not_before = wait.map(|wait| Instant::now() + wait);
                Err(error)
            }
            Sent::Never(error) => {
                queue.give_up(spans.len());
                Err(error)
            }
        }
    }

    async fn wait(&mut self) {
        self.outlet.queue.came().await;
    }
}
