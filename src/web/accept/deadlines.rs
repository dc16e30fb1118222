//! When a connection's time is up.

use std::time::Duration;

use tokio::time::Instant;

use super::Settings;
use super::watch::{Phase, Watch};

/// How long a peer may take to finish sending and to read the last answer before a connection closed by us is dropped.
const CLOSING: Duration = Duration::from_secs(2);
/// How long a head may take once draining began, from connecting or from its first byte.
const HEAD_WHILE_DRAINING: Duration = Duration::from_secs(1);

/// Why a connection is ended by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// No complete head in time.
    Head,
    /// It rested too long, or has had its time to read the last answer.
    Rest,
    /// It does not read.
    Stalled,
}

/// Follows a [`Watch`] with a clock. The clock is read only when something changed.
pub(super) struct Deadlines {
    header_read: Duration,
    idle: Duration,
    write_stall: Duration,
    turns: u32,
    since: Instant,
    stalled: Option<(u32, Instant)>,
    /// The bounds themselves have changed.
    moved: bool,
}

impl Deadlines {
    pub(super) fn new(settings: &Settings, now: Instant) -> Self {
        Self {
            header_read: settings.header_read,
            idle: settings.idle,
            write_stall: settings.write_stall,
            turns: 0,
            since: now,
            stalled: None,
            moved: true,
        }
    }

    pub(super) fn drain(&mut self) {
        self.header_read = self.header_read.min(HEAD_WHILE_DRAINING);
        self.moved = true;
    }

    /// The longest time between two looks. No deadline that begins later can pass unnoticed in it, except
    /// [`CLOSING`], for which the timer is moved forward.
    pub(super) fn look_every(&self) -> Duration {
        self.header_read.min(self.write_stall).min(self.idle)
    }

    /// Takes note of what the connection did; true when something changed.
    pub(super) fn follow(&mut self, watch: &Watch, now: impl Fn() -> Instant) -> bool {
        let (turns, blocked) = (watch.turns(), watch.blocked_write());
        if turns == self.turns && blocked == self.stalled.map(|(write, _)| write) {
            return std::mem::take(&mut self.moved);
        }
        let now = now();
        // What is resting begins to rest when the last byte has been written.
        if turns != self.turns || blocked.is_none() {
            self.since = now;
        }
        self.turns = turns;
        self.stalled = match (blocked, self.stalled) {
            (Some(write), Some(stalled)) if stalled.0 == write => Some(stalled),
            (Some(write), _) => Some((write, now)),
            (None, _) => None,
        };
        true
    }

    /// Since when the connection waits without asking for anything.
    pub(super) fn waiting_since(&self, watch: &Watch) -> Option<Instant> {
        let waits = matches!(watch.phase(), Phase::Head | Phase::Idle) && self.stalled.is_none();
        waits.then_some(self.since)
    }

    /// When the present phase must be over, and why; `None` while a request is being answered.
    pub(super) fn next(&self, watch: &Watch) -> Option<(Instant, Overdue)> {
        if let (Some((_, since)), true) = (self.stalled, watch.phase() != Phase::Closing) {
            return Some((since + self.write_stall, Overdue::Stalled));
        }
        match watch.phase() {
            Phase::Head => Some((self.since + self.header_read, Overdue::Head)),
            Phase::Idle => Some((self.since + self.idle, Overdue::Rest)),
            Phase::Closing => Some((self.since + CLOSING, Overdue::Rest)),
            Phase::Busy => None,
        }
    }
}
