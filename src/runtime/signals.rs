//! Signals: stop, stop now, and read the configuration again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{Shutdown, Tasks};

/// Announces wishes to reload: the value counts them, so that several in a row are one change.
pub type Reloads = watch::Receiver<u64>;

/// Listens from now on: the first SIGTERM or SIGINT begins draining, a second one ends the wait; each SIGHUP moves the
/// returned counter.
///
/// # Errors
/// The system refused a handler.
pub fn listen(tasks: &Tasks, shutdown: Shutdown) -> io::Result<Reloads> {
    let signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hangup: signal(SignalKind::hangup())?,
    };
    let (reload, reloads) = watch::channel(0);
    tasks.spawn("signals", signals.run(shutdown, reload));
    Ok(reloads)
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    async fn run(mut self, shutdown: Shutdown, reload: watch::Sender<u64>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => stop(&shutdown, "SIGTERM"),
                _ = self.interrupt.recv() => stop(&shutdown, "SIGINT"),
                Some(()) = self.hangup.recv() => reload.send_modify(|count| *count = count.saturating_add(1)),
                () = shutdown.deadline() => return,
            }
        }
    }
}

fn stop(shutdown: &Shutdown, signal: &'static str) {
    if shutdown.is_draining() {
        tracing::warn!(signal.name = signal, "asked again to stop: stopping at once");
        shutdown.cut();
    } else {
        tracing::info!(signal.name = signal, "asked to stop: finishing what was begun");
        shutdown.drain();
    }
}
