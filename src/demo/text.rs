//! Text: colours, bars and numbers as people read them. Pure.

use std::time::Duration;

use super::meter::whole;
use super::reading::{COURSE_SECONDS, to_float};

/// Whether lines carry colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Colour,
    Plain,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::Plain => text.to_owned(),
        }
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn soft(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(super) fn link(self, text: &str) -> String {
        self.paint("4;36", text)
    }

    pub(super) fn bar(self, text: &str) -> String {
        self.paint("36", text)
    }
}

/// A bar of `share` of `room` columns, to half a column.
pub(super) fn bar(share: f64, room: usize) -> String {
    let room = u32::try_from(room).unwrap_or(0);
    let halves = usize::try_from(whole(share.clamp(0.0, 1.0) * f64::from(room) * 2.0)).unwrap_or(0);
    let rest = if halves % 2 == 1 { "╸" } else { "" };
    format!("{}{rest}", "━".repeat(halves / 2))
}

/// One column for each second, the highest filling it.
pub(super) fn course(seconds: &[f64]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = seconds.iter().copied().fold(1.0, f64::max);
    let shown = seconds.iter().skip(seconds.len().saturating_sub(COURSE_SECONDS));
    shown
        .filter_map(|rate| LEVELS.get(usize::try_from(whole(rate / most * 7.0)).ok()?))
        .collect()
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds with their unit.
pub(super) fn millis(duration: Option<Duration>) -> String {
    match duration.map(|d| d.as_secs_f64() * 1e3) {
        None => "– ms".to_owned(),
        Some(ms) if ms < 9.95 => format!("{ms:.1} ms"),
        Some(ms) => format!("{ms:.0} ms"),
    }
}

/// Bytes in millions.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", to_float(bytes) / 1e6)
}

/// `12:34`
pub(super) fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// The first `width` columns of a line, escape sequences not counted.
pub(super) fn clipped(line: &str, width: usize) -> String {
    let mut text = String::new();
    let mut columns = 0;
    let mut in_escape = false;
    for c in line.chars() {
        let begins = c == '\x1b';
        if !in_escape && !begins {
            columns += 1;
            if columns > width {
                continue;
            }
        }
        text.push(c);
        in_escape = begins || (in_escape && !c.is_ascii_alphabetic());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_to_half_a_column() {
        assert_eq!(bar(1.0, 4), "━━━━");
        assert_eq!(bar(0.5, 3), "━╸");
        assert_eq!(bar(0.0, 4), "");
    }

    #[test]
    fn the_course_rises_to_its_highest_second() {
        assert_eq!(course(&[0.0, 50.0, 100.0]), "▁▅█");
        assert_eq!(course(&[]), "");
    }

    #[test]
    fn a_clipped_line_keeps_its_escape_sequences() {
        assert_eq!(clipped("\x1b[1mabc\x1b[0mdef", 4), "\x1b[1mabc\x1b[0md");
        assert_eq!(clipped("\x1b[1mabcdef\x1b[0m", 2), "\x1b[1mab\x1b[0m");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
