//! Live results: server-sent events (HTML standard, §9.2), encoded once for all clients of a poll.
//!
//! Each watched poll has one task. It wakes when the poll's topic is touched or the poll opens or closes by time,
//! reads the newest standing, writes one frame and shows it to every client; then it rests, so that a busy poll sends
//! at most ten frames a second. A client that is slow sees the newest frame and none of those between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Parts, Polls, results};
use crate::live::Topic;
use crate::metrics::Stream;
use crate::model::ids::PollId;
use crate::model::time::Millis;
use crate::store::Standing;
use crate::web::answer::Named;
use crate::web::{ApiError, LimitClass, Peer, sse};

/// The shortest time between two frames of a poll.
const PACE: Duration = Duration::from_millis(100);
/// What every client adds to it: 10,000 clients get five frames a second.
const PACE_PER_CLIENT: Duration = Duration::from_micros(20);
/// The newest frame of a poll.
type Frames = watch::Sender<Bytes>;

/// The polls that are being watched.
#[derive(Default)]
pub struct Streams {
    open: Mutex<HashMap<String, Frames>>,
}

impl Streams {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Frames>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /api/polls/{poll}/stream`
pub(super) async fn open(
    State(polls): State<Polls>,
    Extension(peer): Extension<Peer>,
    Named(poll): Named,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    let parts = &polls.parts;
    parts
        .front
        .admit(LimitClass::Page, peer, parts.front.client(peer, &headers))?;
    if parts.shutdown.is_draining() {
        return Err(ApiError::unavailable(2));
    }
    let frames = subscribe(parts, &poll).ok_or_else(|| ApiError::not_found("poll"))?;
    let counted = parts.metrics.sse_clients(Stream::Poll).hold();
    Ok(sse::answer(frames, counted, || true))
}

/// Joins the poll's clients, starting its task for the first of them. `None`: there is no such poll.
fn subscribe(parts: &Arc<Parts>, poll: &str) -> Option<watch::Receiver<Bytes>> {
    let mut open = parts.streams.open();
    if let Some(frames) = open.get(poll) {
        return Some(frames.subscribe());
    }
    let first = frame(parts, poll)?;
    let (frames, client) = watch::channel(first);
    let id = parts.store.standing(poll)?.poll.draft.id.clone();
    open.insert(poll.to_owned(), frames.clone());
    drop(open);
    parts
        .tasks
        .spawn("poll-stream", broadcast(parts.clone(), id, frames));
    Some(client)
}

async fn broadcast(parts: Arc<Parts>, id: PollId, frames: Frames) {
    let mut watcher = parts.live.watch(Topic::Poll(id.clone()));
    let poll = id.as_str();
    // What changed between the first frame and the watch is in this one.
    let mut newest = frame(&parts, poll);
    while let Some(bytes) = newest {
        if *frames.borrow() != bytes {
            frames.send_replace(bytes);
        }
        let clients = u32::try_from(frames.receiver_count()).unwrap_or(u32::MAX);
        sleep(PACE.max(PACE_PER_CLIENT.saturating_mul(clients))).await;
        tokio::select! {
            () = watcher.changed() => {}
            () = turn(&parts, poll) => {}
            () = frames.closed() => {
                let mut open = parts.streams.open();
                if frames.receiver_count() == 0 {
                    open.remove(poll);
                    return;
                }
            }
            () = parts.shutdown.draining() => break,
        }
        newest = frame(&parts, poll);
    }
    // The poll is gone, or we are: with the last sender the clients' streams end.
    parts.streams.open().remove(poll);
}

/// Resolves when the poll opens or closes by itself; never, if it will not.
async fn turn(parts: &Parts, poll: &str) {
    let now = parts.clock.now();
    let at = parts
        .store
        .standing(poll)
        .and_then(|standing| standing.poll.next_turn(now));
    match at {
        Some(Millis(at)) => sleep(Duration::from_millis(u64::try_from(at - now.0).unwrap_or(0))).await,
        None => std::future::pending().await,
    }
}

/// The poll's newest frame; `None` when it is gone.
fn frame(parts: &Parts, poll: &str) -> Option<Bytes> {
    parts
        .store
        .standing(poll)
        .map(|standing| encode_frame(&standing, parts.clock.now()))
}

/// A standing as clients get it: an event `results` whose id is the standing's version.
#[must_use]
pub fn encode_frame(standing: &Standing, now: Millis) -> Bytes {
    let mut frame = format!("event: results\nid: {}\ndata: ", standing.tally.version).into_bytes();
    frame.extend_from_slice(&results::written(standing, now));
    frame.extend_from_slice(b"\n\n");
    frame.into()
}
