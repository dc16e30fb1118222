//! Watchers: clients of the poll's event stream, who note what they saw last and how long after its answer a vote
//! showed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::launch::POLL;
use super::meter::Times;
use crate::runtime::Tasks;

/// How many watch.
pub(super) const WATCHERS: usize = 20;
/// How many answered votes a watcher may be behind with before it skips some.
const PROBES: usize = 4_096;
/// The pause before a stream that broke is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);
/// The largest unfinished frame, in bytes.
const MAX_FRAME: usize = 64 * 1024;

/// A vote that was answered: the poll's total with it, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub(super) total: u64,
    pub(super) answered: Instant,
}

/// What a watcher saw last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The results' version.
    pub(super) version: u64,
    /// The poll's total.
    pub(super) total: u64,
}

/// All watchers.
pub(super) struct Watchers {
    shared: Arc<Shared>,
    probes: broadcast::Sender<Probe>,
}

struct Shared {
    to: SocketAddr,
    seen: Vec<Mutex<Seen>>,
    lags: Times,
    frames: AtomicU64,
    backwards: AtomicU64,
}

impl Watchers {
    /// Watches until `stop`.
    pub(super) fn start(tasks: &Tasks, to: SocketAddr, stop: &CancellationToken) -> Self {
        let (probes, _) = broadcast::channel(PROBES);
        let shared = Arc::new(Shared {
            to,
            seen: (0..WATCHERS).map(|_| Mutex::default()).collect(),
            lags: Times::default(),
            frames: AtomicU64::new(0),
            backwards: AtomicU64::new(0),
        });
        for number in 0..WATCHERS {
            let mut watcher = Watcher {
                number,
                shared: shared.clone(),
                probes: probes.subscribe(),
                pending: Vec::new(),
                last: None,
                tasks: tasks.clone(),
            };
            let stop = stop.clone();
            tasks.spawn("demo-watcher", async move {
                tokio::select! {
                    () = watcher.run() => {}
                    () = stop.cancelled() => {}
                }
            });
        }
        Self { shared, probes }
    }

    /// Where voters say when they were answered.
    pub(super) fn probes(&self) -> broadcast::Sender<Probe> {
        self.probes.clone()
    }

    /// What each saw last.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let seen = self.shared.seen.iter();
        seen.map(|seen| *seen.lock().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }

    pub(super) fn lags(&self) -> &Times {
        &self.shared.lags
    }

    /// How many frames all of them saw.
    pub(super) fn frames(&self) -> u64 {
        self.shared.frames.load(Relaxed)
    }

    /// How many frames went back behind one that was seen before.
    pub(super) fn backwards(&self) -> u64 {
        self.shared.backwards.load(Relaxed)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    total_votes: u64,
}

struct Watcher {
    number: usize,
    shared: Arc<Shared>,
    probes: broadcast::Receiver<Probe>,
    /// Answered votes that no frame has shown yet.
    pending: Vec<Probe>,
    last: Option<(Seen, Instant)>,
    tasks: Tasks,
}

impl Watcher {
    async fn run(&mut self) {
        loop {
            // A stream that breaks is opened again; what counts is what is seen in the end.
            let _ = self.watch().await;
            sleep(REOPEN_PAUSE).await;
        }
    }

    async fn watch(&mut self) -> anyhow::Result<()> {
        let stream = TcpStream::connect(self.shared.to).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        self.tasks.spawn("demo-stream", async move {
            // How it ended shows in the body.
            let _ = connection.await;
        });
        let request = Request::get(format!("/api/polls/{POLL}/stream"))
            .header("host", self.shared.to.to_string())
            .header("accept", "text/event-stream")
            .body(Empty::<Bytes>::new())?;
        let mut body = sender.send_request(request).await?.into_body();
        let mut text = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            text.extend_from_slice(&data);
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                if let Some(seen) = read(&event)? {
                    self.note(seen);
                }
            }
            anyhow::ensure!(text.len() <= MAX_FRAME, "a frame without an end");
        }
        Ok(())
    }

    fn note(&mut self, seen: Seen) {
        let now = Instant::now();
        self.shared.frames.fetch_add(1, Relaxed);
        if self.last.is_some_and(|(last, _)| seen.version < last.version) {
            self.shared.backwards.fetch_add(1, Relaxed);
        }
        loop {
            match self.probes.try_recv() {
                Ok(probe) => self.pending.push(probe),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
        let (last, lags) = (self.last, &self.shared.lags);
        self.pending.retain(|probe| {
            // The frame may have been quicker than the answer.
            let shown = match last {
                Some((earlier, at)) if probe.total <= earlier.total => at,
                _ => now,
            };
            let is_shown = probe.total <= seen.total;
            if is_shown {
                lags.add(shown.saturating_duration_since(probe.answered));
            }
            !is_shown
        });
        self.last = Some((seen, now));
        if let Some(place) = self.shared.seen.get(self.number) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        }
    }
}

/// Reads an event; `None` is a comment or `retry:`.
fn read(event: &[u8]) -> anyhow::Result<Option<Seen>> {
    let text = std::str::from_utf8(event)?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let Some(data) = field("data") else {
        return Ok(None);
    };
    let results: Results = serde_json::from_str(data)?;
    let version = field("id").context("a frame without an id")?.parse()?;
    Ok(Some(Seen {
        version,
        total: results.total_votes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_version_and_total() {
        let event = b"event: results\nid: 17\ndata: {\"pollId\":\"p\",\"totalVotes\":4}\n\n";
        assert_eq!(
            read(event).unwrap(),
            Some(Seen {
                version: 17,
                total: 4
            })
        );
        assert_eq!(read(b"retry: 2000\n\n").unwrap(), None);
        assert_eq!(read(b":\n\n").unwrap(), None);
    }
}
