//! The receiver: what stands for other people's services. It answers as they do, well and badly, and notes every call.

mod behaviour;
mod log;

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::launch::events::{self, Place, To};
use super::listening::Listening;
use super::text::grouped;
use crate::clock::Clock;
use crate::model::event::DeliveryId;
use behaviour::{Act, Crm, Mailer};
use log::Visit;
pub(super) use log::{Arrival, Log};

/// How long one call may take before Gantry gives it up.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// How long the slow answers take.
const SLOW: Duration = Duration::from_secs(3);
/// The largest body, in bytes.
const MAX_BODY: usize = 128 * 1024;

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
struct HangUp;

/// Listens until it is closed.
pub(super) struct Receiver {
    listening: Listening,
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    begun: Instant,
    outage: Range<Duration>,
    crm: Mutex<Crm>,
    mailer: Mutex<Mailer>,
    log: Mutex<Log>,
    counts: Counts,
}

/// What it counts.
#[derive(Default)]
pub(super) struct Counts {
    /// Deliveries that were taken, each once.
    pub(super) taken: AtomicU64,
    /// Calls that were not a delivery's first.
    pub(super) again: AtomicU64,
    /// Calls that were too many.
    pub(super) limited: AtomicU64,
    /// Calls that failed otherwise.
    pub(super) failed: AtomicU64,
}

impl Counts {
    /// For whoever opens it in a browser.
    fn told(&self) -> String {
        let [taken, again, limited, failed] =
            [&self.taken, &self.again, &self.limited, &self.failed].map(|n| grouped(n.load(Relaxed)));
        format!("{taken} deliveries taken\n{limited} calls limited, {failed} failed, {again} made again\n")
    }
}

impl Receiver {
    /// Listens on any port, in a launch of so many `seconds`.
    pub(super) async fn open(seconds: Option<u64>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            clock: Clock::System,
            begun: Instant::now(),
            outage: events::outage(seconds),
            crm: Mutex::default(),
            mailer: Mutex::default(),
            log: Mutex::default(),
            counts: Counts::default(),
        });
        let served = Arc::clone(&shared);
        let serve = move |stream| {
            let served = Arc::clone(&served);
            async move { served.connection(stream).await }
        };
        let listening = Listening::open("demo-receiver", serve).await?;
        Ok(Self { listening, shared })
    }

    /// Where it listens.
    pub(super) const fn at(&self) -> SocketAddr {
        self.listening.at()
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Everything it noted.
    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.shared.log)
    }

    /// Ends every connection.
    pub(super) async fn close(&self) {
        self.listening.close().await;
    }
}

impl Shared {
    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| self.serve(request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // How it ended shows in what comes again.
        let _ = connection.await;
    }

    async fn serve(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HangUp> {
        let at = self.clock.now();
        let (head, body) = request.into_parts();
        let to = To::ALL
            .into_iter()
            .find(|to| head.uri.path().strip_prefix('/') == Some(to.name()));
        let Some(to) = to else {
            return Ok(Response::new(Full::from(self.counts.told())));
        };
        let body = Limited::new(body, MAX_BODY).collect().await;
        let body = body.map_err(|_| HangUp)?.to_bytes();
        let Some((id, place)) = read(&head.headers, &body) else {
            lock(&self.log).garbled += 1;
            return Ok(answer(400, None));
        };
        let act = match to {
            To::Crm => lock(&self.crm).act(at),
            To::Mailer if self.outage.contains(&self.begun.elapsed()) => Act::HangUp,
            To::Mailer => lock(&self.mailer).act(at),
        };
        self.note(Visit {
            id,
            to,
            place,
            at,
            act: &act,
        });
        match act {
            Act::Take => Ok(answer(200, None)),
            Act::TakeSlowly => {
                sleep(SLOW).await;
                Ok(answer(200, None))
            }
            Act::Refuse { status, retry_after } => Ok(answer(status, retry_after.map(|(text, _)| text))),
            Act::TakeAndHangUp | Act::HangUp => Err(HangUp),
        }
    }

    fn note(&self, visit: Visit<'_>) {
        let Counts {
            taken,
            again,
            limited,
            failed,
        } = &self.counts;
        match visit.act {
            Act::Take => {}
            Act::Refuse { status: 429, .. } => drop(limited.fetch_add(1, Relaxed)),
            _ => drop(failed.fetch_add(1, Relaxed)),
        }
        let noted = lock(&self.log).note(&visit);
        taken.fetch_add(u64::from(noted.taken_first), Relaxed);
        again.fetch_add(u64::from(noted.came_before), Relaxed);
    }
}

/// Whose call it is: the delivery's id, which both headers say, and the event it is about, if that is one of ours. `None`
/// where it is not to be understood.
fn read(headers: &HeaderMap, body: &[u8]) -> Option<(DeliveryId, Option<Place>)> {
    let id = |name: HeaderName| DeliveryId::parse(headers.get(name)?.to_str().ok()?);
    let key = id(HeaderName::from_static("idempotency-key"))?;
    if id(HeaderName::from_static("x-request-id")) != Some(key) {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    // The whole event, or what the mailer's template makes of it.
    let event = text("/idempotencyKey").or_else(|| text("/key"))?;
    let Some(place) = events::place(event) else {
        return Some((key, None));
    };
    let email = text("/payload/email").or_else(|| text("/to"))?;
    (email == events::email(place)).then_some((key, Some(place)))
}

fn answer(status: u16, retry_after: Option<String>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    if let Ok(status) = status.try_into() {
        *answer.status_mut() = status;
    }
    if let Some(value) = retry_after.and_then(|text| text.try_into().ok()) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
