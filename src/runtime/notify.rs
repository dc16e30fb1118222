//! What the service manager is told (`sd_notify(3)`). Outside systemd every call does nothing.

use std::future::Future;
use std::time::Duration;

use sd_notify::NotifyState;

use super::{Shutdown, Tasks};

/// Says that the service answers: `READY=1`. Also ends a reload.
pub fn ready() {
    send(&[NotifyState::Ready]);
}

/// Says that the service is stopping: `STOPPING=1`.
pub fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// Says that a reload has begun: `RELOADING=1` with the monotonic time systemd 253 asks for. [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// One line for `systemctl status`.
pub fn status(line: &str) {
    send(&[NotifyState::Status(line)]);
}

/// Keeps the watchdog content for as long as `probe` succeeds; does nothing where no watchdog is set.
///
/// Pings at half the interval systemd asks for, each one only after `probe` said yes: a probe that hangs or says no lets
/// the watchdog run out. Goes on while draining, until the deadline.
pub fn watchdog<P, F>(tasks: &Tasks, shutdown: Shutdown, probe: P)
where
    P: Fn() -> F + Send + 'static,
    F: Future<Output = bool> + Send,
{
    let Some(interval) = sd_notify::watchdog_enabled() else {
        return;
    };
    let every = (interval / 2).max(Duration::from_millis(10));
    tasks.spawn("watchdog", async move {
        tokio::select! {
            () = shutdown.deadline() => {}
            () = ping(every, probe, || send(&[NotifyState::Watchdog])) => {}
        }
    });
}

async fn ping<P, F>(every: Duration, probe: P, pong: impl Fn())
where
    P: Fn() -> F,
    F: Future<Output = bool>,
{
    loop {
        if probe().await {
            pong();
        } else {
            tracing::error!("the watchdog probe failed; the service manager is not told that all is well");
        }
        tokio::time::sleep(every).await;
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn only_a_probe_that_succeeds_is_reported() {
        let (probes, pongs) = (AtomicU32::new(0), AtomicU32::new(0));
        let probe = async || probes.fetch_add(1, Ordering::SeqCst) % 2 == 0;
        let run = ping(Duration::from_millis(1), probe, || {
            pongs.fetch_add(1, Ordering::SeqCst);
        });
        let enough = async {
            while pongs.load(Ordering::SeqCst) < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { () = run => {}, () = enough => {} }
        assert!(probes.load(Ordering::SeqCst) >= 5);
    }
}
