//! An answer of the origin's on its way in: kept as it comes, and read by everybody who waits for it.
//!
//! While it may still be kept, all of it is held. An answer that turns out to be too large is not kept: then those who read
//! it share a window of [`WINDOW`] bytes, whoever comes later does not join, and a reader that holds the others up for
//! [`PATIENCE`] is let go.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::stored::Draft;

/// What is held of an answer that is not kept, in bytes.
const WINDOW: usize = 1 << 20;
/// How long a reader may hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer on its way in.
#[derive(Debug)]
pub(super) struct Filling {
    /// Its head.
    pub(super) draft: Arc<Draft>,
    state: Mutex<State>,
    /// There is more to read, or the end.
    grown: Notify,
    /// Somebody has read.
    read: Notify,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Bytes>,
    /// How many chunks went before the first that is held.
    gone: usize,
    /// The bytes that are held.
    held: usize,
    /// Nobody else may join, as the beginning may be gone.
    passing: bool,
    end: Option<End>,
    /// By reader, the chunk that it reads next.
    readers: HashMap<u64, usize>,
    next_reader: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
}

/// The answer broke off.
#[derive(Debug, thiserror::Error)]
#[error("the origin's answer broke off")]
pub(super) struct BrokenOff;

impl Filling {
    pub(super) fn new(draft: Arc<Draft>) -> Arc<Self> {
        Arc::new(Self {
            draft,
            state: Mutex::default(),
            grown: Notify::new(),
            read: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A body that reads it from the beginning; `None` once that may be gone.
    pub(super) fn reader(self: &Arc<Self>) -> Option<Body> {
        let mut state = self.state();
        if state.passing {
            return None;
        }
        let id = state.next_reader;
        state.next_reader += 1;
        state.readers.insert(id, 0);
        drop(state);
        let reader = Reader {
            filling: Arc::clone(self),
            id,
        };
        Some(Body::from_stream(unfold(reader, |reader| async {
            let next = reader.next().await?;
            Some((next, reader))
        })))
    }

    /// From now on it passes through, and is not kept.
    pub(super) fn pass(&self) {
        self.state().passing = true;
    }

    /// Adds what has come; waits for readers where it is not kept. Returns whether anybody still wants it.
    pub(super) async fn push(&self, chunk: Bytes) -> bool {
        loop {
            let read = self.read.notified();
            {
                let mut state = self.state();
                state.forget_what_was_read();
                if !state.passing || state.held < WINDOW {
                    state.held += chunk.len();
                    state.chunks.push_back(chunk);
                    let wanted = !state.passing || !state.readers.is_empty();
                    drop(state);
                    self.grown.notify_waiters();
                    return wanted;
                }
            }
            if timeout(PATIENCE, read).await.is_err() {
                self.state().let_the_slowest_go();
                self.grown.notify_waiters();
            }
        }
    }

    /// It is all there: its whole body, where it was kept.
    pub(super) fn finish(&self) -> Option<Bytes> {
        let whole = {
            let mut state = self.state();
            state.end = Some(End::Whole);
            (!state.passing).then(|| joined(&state.chunks, state.held))
        };
        self.grown.notify_waiters();
        whole
    }

    /// It broke off.
    pub(super) fn break_off(&self) {
        self.state().end.get_or_insert(End::Broken);
        self.grown.notify_waiters();
    }
}

fn joined(chunks: &VecDeque<Bytes>, bytes: usize) -> Bytes {
    if let (Some(only), 1) = (chunks.front(), chunks.len()) {
        return only.clone();
    }
    let mut whole = BytesMut::with_capacity(bytes);
    for chunk in chunks {
        whole.extend_from_slice(chunk);
    }
    whole.freeze()
}

impl State {
    fn forget_what_was_read(&mut self) {
        if !self.passing {
            return;
        }
        let next = self.readers.values().min().copied();
        let all = self.gone + self.chunks.len();
        while self.gone < next.unwrap_or(all) {
            let Some(chunk) = self.chunks.pop_front() else {
                break;
            };
            self.gone += 1;
            self.held -= chunk.len();
        }
    }

    fn let_the_slowest_go(&mut self) {
        let slowest = self.readers.values().min().copied();
        self.readers.retain(|_, next| Some(*next) != slowest);
    }
}

struct Reader {
    filling: Arc<Filling>,
    id: u64,
}

impl Reader {
    async fn next(&self) -> Option<Result<Bytes, BrokenOff>> {
        loop {
            let grown = self.filling.grown.notified();
            let mut grown = std::pin::pin!(grown);
            // Before the look, so that nothing is missed between it and the wait.
            grown.as_mut().enable();
            {
                let mut state = self.filling.state();
                let Some(next) = state.readers.get(&self.id).copied() else {
                    return Some(Err(BrokenOff));
                };
                if let Some(chunk) = state.chunks.get(next.saturating_sub(state.gone)).cloned() {
                    state.readers.insert(self.id, next + 1);
                    let passing = state.passing;
                    drop(state);
                    if passing {
                        self.filling.read.notify_one();
                    }
                    return Some(Ok(chunk));
                }
                match state.end {
                    Some(End::Whole) => return None,
                    Some(End::Broken) => {
                        // Said once; after it the stream is over.
                        state.readers.remove(&self.id);
                        return Some(Err(BrokenOff));
                    }
                    None => {}
                }
            }
            grown.await;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.filling.state().readers.remove(&self.id);
        self.filling.read.notify_one();
    }
}
