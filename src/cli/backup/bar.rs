//! Bars: how far a copy has come, on a terminal, and nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::store::Progress;

/// A bar on standard error, which is hidden where that is no terminal; gone when it is dropped.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A spinner that says what is done.
    pub(super) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says something else.
    pub(super) fn says(&self, what: &'static str) {
        self.0.set_length(0);
        self.0.set_style(ProgressStyle::default_spinner());
        self.0.set_message(what);
    }

    /// So many bytes of `whole` have come.
    pub(super) fn sent(&self, whole: Option<u64>, bytes: usize) {
        if self.0.length().is_none() {
            self.0.set_length(whole.unwrap_or(0));
            self.show("{bar:32} {binary_bytes} of {binary_total_bytes}, {eta} left");
        }
        self.0.inc(bytes as u64);
    }

    /// So many rows are copied: whether to go on.
    pub(super) fn copied(&self, progress: Progress) -> bool {
        if self.0.length().is_none() {
            self.0.set_length(progress.of);
            self.show("{bar:32} {human_pos} of {human_len} rows, {eta} left");
        }
        self.0.set_position(progress.rows);
        true
    }

    /// Takes it away.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }

    fn show(&self, template: &str) {
        // A template that is wrong leaves the bar as it was.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.done();
    }
}
