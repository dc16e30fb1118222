//! The view: a reading as lines of text. Pure.

use std::time::Duration;

use super::meter::whole;
use super::reading::{COURSE_SECONDS, Reading, to_float};

/// The column where values begin.
const LABEL_WIDTH: usize = 14;
/// Narrower terminals get clipped lines.
const MIN_WIDTH: usize = 60;

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

    fn link(self, text: &str) -> String {
        self.paint("4;36", text)
    }

    fn bar(self, text: &str) -> String {
        self.paint("36", text)
    }
}

/// Everything, for a terminal of `width` columns.
pub(super) fn picture(reading: &Reading, width: usize, style: Style) -> Vec<String> {
    let width = width.max(MIN_WIDTH) - 2;
    let mut lines = vec![header(reading, width, style), String::new()];
    lines.extend(addresses(reading, style));
    lines.push(String::new());
    lines.extend(standing(reading, width, style));
    lines.push(String::new());
    lines.extend(figures(reading, style));
    lines.push(String::new());
    lines.push(format!(
        "  {}",
        style.soft("Ctrl-C ends the launch and audits it.")
    ));
    lines
}

/// Where to look.
pub(super) fn addresses(reading: &Reading, style: Style) -> Vec<String> {
    let row = |label: &str, value: &str, note: &str| labelled(label, &format!("{value}{note}"), style);
    vec![
        row(
            "Open",
            &style.link(&format!("http://{}/", reading.public)),
            &style.soft("   vote, and watch it move"),
        ),
        row(
            "Metrics",
            &style.link(&format!("http://{}/metrics", reading.admin)),
            "",
        ),
        row(
            "Data file",
            &reading.data.display().to_string(),
            &style.soft("   removed at the end"),
        ),
    ]
}

/// How it goes, in one line.
pub(super) fn line(reading: &Reading) -> String {
    let [p50, p99] = reading.answered_in.map(millis);
    let [_, shown] = reading.shown_in.map(millis);
    format!(
        "{:>4} s {:>11} votes {:>8}/s   p50 {p50}  p99 {p99}  {:>5} commits/s  {:>9}  shown p99 {shown}",
        reading.elapsed.as_secs(),
        grouped(reading.acknowledged),
        grouped(whole(reading.rate)),
        grouped(whole(reading.commits)),
        bytes(reading.file_bytes),
    )
}

fn header(reading: &Reading, width: usize, style: Style) -> String {
    let elapsed = clock(reading.elapsed.as_secs());
    let right = match reading.seconds {
        Some(seconds) => format!("{elapsed} of {}", clock(seconds)),
        None => elapsed,
    };
    let left = "Gantry demo";
    let gap = width.saturating_sub(2 + left.len() + right.len());
    format!("  {}{}{}", style.strong(left), " ".repeat(gap), right)
}

/// The poll: a bar for each option.
fn standing(reading: &Reading, width: usize, style: Style) -> Vec<String> {
    let total: u64 = reading.options.iter().map(|(_, votes)| votes).sum();
    let most = reading
        .options
        .iter()
        .map(|(_, votes)| *votes)
        .max()
        .unwrap_or(0)
        .max(1);
    let room = width.saturating_sub(2 + LABEL_WIDTH + 20);
    let question = "What should ship first?";
    let votes = format!("{} votes", grouped(total));
    let gap = width.saturating_sub(2 + question.len() + votes.len());
    let mut lines = vec![format!(
        "  {}{}{}",
        style.strong(question),
        " ".repeat(gap),
        style.strong(&votes)
    )];
    for (label, votes) in &reading.options {
        let bar = bar(to_float(*votes) / to_float(most), room);
        let blank = " ".repeat(room.saturating_sub(bar.chars().count()));
        let share = 100.0 * to_float(*votes) / to_float(total.max(1));
        lines.push(format!(
            "  {label:LABEL_WIDTH$}{}{blank} {:>5} {:>12}",
            style.bar(&bar),
            format!("{} %", whole(share)),
            grouped(*votes)
        ));
    }
    lines
}

fn figures(reading: &Reading, style: Style) -> Vec<String> {
    let [p50, p99] = reading.answered_in.map(millis);
    let [shown50, shown99] = reading.shown_in.map(millis);
    let soft = |text: &str| style.soft(text);
    vec![
        labelled(
            "Votes",
            &format!(
                "{} {}   {}",
                style.strong(&format!("{:>7}", grouped(whole(reading.rate)))),
                soft("per second; most"),
                grouped(whole(reading.peak))
            ),
            style,
        ),
        labelled("", &style.bar(&course(&reading.course)), style),
        labelled(
            "Answered in",
            &format!(
                "{} {p50}  {} {p99}  {}",
                soft("p50"),
                soft("p99"),
                soft("each vote synced to disk before")
            ),
            style,
        ),
        labelled(
            "Commits",
            &format!(
                "{:>7} {} {:>5.1} {} {}",
                grouped(whole(reading.commits)),
                soft("per second,"),
                reading.votes_per_commit,
                soft("votes in each, taking"),
                millis(Some(reading.commit_took)).trim_start()
            ),
            style,
        ),
        labelled(
            "Shown in",
            &format!(
                "{} {shown50}  {} {shown99}  {} {} {}",
                soft("p50"),
                soft("p99"),
                soft("from answer to frame,"),
                reading.streams,
                soft("streams")
            ),
            style,
        ),
        labelled(
            "Repeats",
            &format!(
                "{:>7} {} {} {}",
                grouped(reading.replayed),
                soft("sent twice, counted once;"),
                grouped(reading.refused),
                soft("second votes refused")
            ),
            style,
        ),
        labelled("File", &format!("{:>10}", bytes(reading.file_bytes)), style),
    ]
}

fn labelled(label: &str, value: &str, style: Style) -> String {
    format!("  {}{value}", style.soft(&format!("{label:LABEL_WIDTH$}")))
}

/// A bar of `share` of `room` columns, to an eighth of a column.
fn bar(share: f64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let room = u32::try_from(room).unwrap_or(0);
    let eighths = usize::try_from(whole(share.clamp(0.0, 1.0) * f64::from(room) * 8.0)).unwrap_or(0);
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{part}", "█".repeat(eighths / 8))
}

/// One column for each second, the highest filling it.
fn course(seconds: &[f64]) -> String {
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

/// Milliseconds, ten columns wide with their unit.
pub(super) fn millis(duration: Option<Duration>) -> String {
    match duration.map(|d| d.as_secs_f64() * 1e3) {
        None => format!("{:>8}", "–"),
        Some(ms) if ms < 9.95 => format!("{ms:>5.1} ms"),
        Some(ms) => format!("{ms:>5.0} ms"),
    }
}

/// Bytes in MB.
pub(super) fn bytes(bytes: u64) -> String {
    format!("{:.1} MB", to_float(bytes) / 1e6)
}

/// `12:34`
fn clock(seconds: u64) -> String {
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
    fn bars_are_drawn_to_an_eighth() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 3), "█▌");
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
