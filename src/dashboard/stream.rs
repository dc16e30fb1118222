//! `GET /api/stream`: how things stand, once a second, for every dashboard that is open.
//!
//! A frame holds two events: `now`, and `changed`, which marks the state of each topic; whoever sees a mark that they have not
//! seen last asks for the topic's data anew. So a client that misses frames misses nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::pulse::Pulse;
use super::{Dashboard, Parts};
use crate::metrics::Stream;
use crate::model::key::Scope;
use crate::web::{ApiError, sse};

/// How often a frame is made.
const EVERY: Duration = Duration::from_secs(1);
/// The most dashboards at once: tabs of a team.
const STREAMS_MAX: usize = 200;

/// The frames that are made now, if anybody looks; clones share them.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<Option<watch::Sender<Bytes>>>>);

impl Streams {
    fn open(&self) -> MutexGuard<'_, Option<watch::Sender<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /api/stream`
pub(super) async fn open(
    State(dashboard): State<Dashboard>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let parts = &dashboard.parts;
    let (asked, _) = request.into_parts();
    let who = parts.auth.require(&asked, Scope::Read)?;
    if parts.shutdown.is_draining() {
        return Err(ApiError::unavailable(2));
    }
    let frames = dashboard.subscribe()?;
    let counted = parts.metrics.sse_clients(Stream::Dashboard).hold();
    let may = parts.auth.lasting(&asked.headers, &who);
    Ok(sse::answer(frames, counted, may))
}

impl Dashboard {
    /// Joins those who look, and begins to make frames for the first of them.
    fn subscribe(&self) -> Result<watch::Receiver<Bytes>, ApiError> {
        let mut open = self.streams.open();
        if let Some(frames) = open.as_ref() {
            if frames.receiver_count() >= STREAMS_MAX {
                return Err(ApiError::unavailable(10));
            }
            return Ok(frames.subscribe());
        }
        let (frames, client) = watch::channel(Bytes::new());
        *open = Some(frames.clone());
        drop(open);
        let making = make(Arc::clone(&self.parts), self.streams.clone(), frames);
        self.parts.tasks.spawn("dashboard-stream", making);
        Ok(client)
    }
}

/// Makes a frame a second until nobody looks or we stop; with the last sender the clients' streams end.
async fn make(parts: Arc<Parts>, streams: Streams, frames: watch::Sender<Bytes>) {
    let mut pulse = Pulse::new(&parts);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = parts.shutdown.draining() => break,
        }
        {
            let mut open = streams.open();
            if frames.receiver_count() == 0 {
                *open = None;
                return;
            }
        }
        match pulse.frame(&parts).await {
            Ok(frame) => drop(frames.send_replace(frame)),
            Err(fault) => {
                tracing::error!(error = %fault, "the dashboard does not see the store");
                break;
            }
        }
    }
    *streams.open() = None;
}
