//! The screen: standard output, drawn in place on a terminal and written line by line elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::reading::Reading;
use super::text::{self, Style};
use super::view;

/// Size where the terminal does not say.
const USUAL: (usize, usize) = (80, 24);
/// How often a line is written where nothing can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(1);
/// Wider lines are harder to read.
const MAX_WIDTH: usize = 100;

/// Where the demonstration is shown.
pub(super) struct Screen {
    mode: Mode,
    style: Style,
}

enum Mode {
    /// A terminal, and how many lines were drawn last.
    Live(usize),
    /// A pipe or a file, and when its next line is due.
    Plain(Duration),
}

impl Screen {
    pub(super) fn new() -> Self {
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let live = io::stdout().is_terminal() && !is_dumb;
        let colour = live && variable("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            mode: if live {
                Mode::Live(0)
            } else {
                Mode::Plain(LINE_EVERY)
            },
            style: if colour { Style::Colour } else { Style::Plain },
        }
    }

    pub(super) const fn is_live(&self) -> bool {
        matches!(self.mode, Mode::Live(_))
    }

    pub(super) const fn style(&self) -> Style {
        self.style
    }

    /// Begins: where to look.
    pub(super) fn open(&mut self, reading: &Reading) {
        match self.mode {
            Mode::Live(_) => put("\x1b[?25l\n"),
            Mode::Plain(_) => {
                for line in view::addresses(reading, Style::Plain) {
                    self.say(&line);
                }
                self.say("");
            }
        }
    }

    /// Draws everything, over what was drawn before, with a `hint` below.
    pub(super) fn draw(&mut self, reading: &Reading, hint: &str) {
        let Mode::Live(drawn) = &mut self.mode else { return };
        let (width, height) = size();
        let mut lines = view::picture(reading, hint, width.min(MAX_WIDTH), self.style);
        // What does not fit would scroll away and be drawn again and again.
        lines.truncate(height.saturating_sub(2));
        // Shown at once where the terminal knows how (synchronised output).
        let mut text = String::from("\x1b[?2026h\r");
        if *drawn > 0 {
            text.push_str(&format!("\x1b[{drawn}A"));
        }
        for line in &lines {
            text.push_str(&text::clipped(line, width));
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J\x1b[?2026l");
        *drawn = lines.len();
        put(&text);
    }

    /// Draws how it goes, or writes it as one `line` every second.
    pub(super) fn follow(&mut self, reading: &Reading, hint: &str, line: fn(&Reading) -> String) {
        match &mut self.mode {
            Mode::Live(_) => self.draw(reading, hint),
            Mode::Plain(next) if reading.elapsed >= *next => {
                *next += LINE_EVERY;
                self.say(&line(reading));
            }
            Mode::Plain(_) => {}
        }
    }

    /// Writes a line below everything else.
    pub(super) fn say(&self, line: &str) {
        put(&format!("{line}\n"));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.is_live() {
            put("\x1b[?25h");
        }
    }
}

/// Writes to standard output. Whoever closed it does not want to see more.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Columns and rows.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            (usize::from(size.ws_col), usize::from(size.ws_row))
        }
        _ => USUAL,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "TERM and NO_COLOR are between the terminal and whoever writes to it; they configure nothing"
)]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
