//! Aside: long work that gives way to those who answer requests.
//!
//! It has a thread of its own at a lower priority, and rests as long as it works, by turns of half a millisecond. A lower
//! priority alone would not do: whoever wakes up on a machine of two cores waits until the turn of the one who runs is over
//! (sched(7)), which lasts some milliseconds whatever its priority.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::doubt;
use super::error::Fault;

/// How far it gives way (nice(2)).
const NICE: i32 = 15;
/// After so much work it rests.
const TURN: Duration = Duration::from_micros(500);
/// The longest rest: what took longer than that has waited for the disk.
const REST_MAX: Duration = Duration::from_millis(20);

thread_local! {
    /// Since when this thread has worked without a rest; `None` where it does not rest.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Does long work on a thread of its own.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (reply, done) = oneshot::channel();
    let thread = std::thread::Builder::new().name("gantry-aside".into());
    let spawned = thread.spawn(move || {
        let contradiction = || Err(Fault::file(doubt::CONTRADICTION));
        let done = gently(|| doubt::read(work).unwrap_or_else(contradiction));
        let _ = reply.send(done);
    });
    spawned.map_err(Fault::file)?;
    done.await.map_err(|_| Fault::Closed)?
}

/// Does long work on this thread, whose priority stays lowered.
pub fn gently<T>(work: impl FnOnce() -> T) -> T {
    // nice(2) is a thread's own on Linux.
    let _ = rustix::process::nice(NICE);
    let outer = SINCE.replace(Some(Instant::now()));
    let done = work();
    SINCE.set(outer);
    done
}

/// Rests, if this thread works gently and its turn is over. To be called every few microseconds of work.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread has nothing to wait for but time, and nobody waits for it"
)]
pub(super) fn breathe() {
    let Some(since) = SINCE.get() else {
        return;
    };
    let worked = since.elapsed();
    if worked >= TURN {
        std::thread::sleep(worked.min(REST_MAX));
        SINCE.set(Some(Instant::now()));
    }
}
