//! A poll's results as bars.

use super::{Paint, Tone, grouped, printable};
use crate::cli::answer::Poll;

/// The longest label that keeps its whole text, in characters.
const LABEL_CHARS: usize = 40;
/// The widest and narrowest bar, in columns.
const BAR_COLUMNS: (usize, usize) = (8, 50);
/// What stands beside label and bar at most: gaps, a percentage, a count.
const BESIDE_COLUMNS: usize = 26;

/// A poll's question, one bar for each option, and what else there is to know about it.
pub(in crate::cli) fn results(poll: &Poll, paint: Paint, columns: usize) -> String {
    let rows: Vec<(String, u64)> = poll
        .by_option()
        .map(|(label, votes)| (short(label), votes))
        .collect();
    let label_width = rows
        .iter()
        .map(|(label, _)| label.chars().count())
        .max()
        .unwrap_or(0);
    let bar_width = columns
        .saturating_sub(label_width + BESIDE_COLUMNS)
        .clamp(BAR_COLUMNS.0, BAR_COLUMNS.1);
    let most = rows.iter().map(|(_, votes)| *votes).max().unwrap_or(0);
    let count_width = grouped(most).chars().count();
    let mut text = format!("{}\n\n", paint.paint(Tone::Strong, &printable(&poll.question)));
    for (label, votes) in &rows {
        let tone = if *votes == most && most > 0 {
            Tone::Good
        } else {
            Tone::Normal
        };
        let space = " ".repeat(label_width - label.chars().count());
        let bar = bar(*votes, poll.total_votes, bar_width);
        let share = share(*votes, poll.total_votes);
        text.push_str(&format!(
            "  {label}{space}  {}  {share:>7}  {:>count_width$}\n",
            paint.paint(tone, &bar),
            grouped(*votes)
        ));
    }
    text.push_str(&format!("\n{}\n", paint.paint(Tone::Quiet, &remarks(poll))));
    text
}

/// What is to be known besides the numbers.
fn remarks(poll: &Poll) -> String {
    let mut remarks = vec![poll.poll_id.clone(), poll.state().to_owned()];
    let noun = if poll.total_votes == 1 { "vote" } else { "votes" };
    remarks.push(format!("{} {noun}", grouped(poll.total_votes)));
    let instants = [
        ("opens", &poll.opens_at),
        ("closes", &poll.closes_at),
        ("closed", &poll.closed_at),
    ];
    for (name, at) in instants {
        remarks.extend(at.iter().map(|at| format!("{name} {at}")));
    }
    if poll.voter.as_deref() == Some("signed") {
        remarks.push("signed voters".to_owned());
    }
    remarks.extend(poll.per_address.map(|n| format!("{n} per address")));
    printable(&remarks.join(" · "))
}

fn short(label: &str) -> String {
    let label = printable(label);
    match label.char_indices().nth(LABEL_CHARS) {
        Some((at, _)) => format!("{}…", label.get(..at).unwrap_or_default()),
        None => label,
    }
}

/// A bar of `votes` out of `total`, in eighths of a column, as wide as `width`.
pub(in crate::cli) fn bar(votes: u64, total: u64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(votes) * (width as u128) * 8 / u128::from(total.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0).min(width * 8);
    let part = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    let drawn = format!("{}{part}", "█".repeat(eighths / 8));
    let space = " ".repeat(width.saturating_sub(drawn.chars().count()));
    format!("{drawn}{space}")
}

/// `62.5 %`; nothing where there is nothing to share.
pub(in crate::cli) fn share(votes: u64, total: u64) -> String {
    if total == 0 {
        return String::new();
    }
    let tenths = (u128::from(votes) * 1_000 + u128::from(total) / 2) / u128::from(total);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(json: &str) -> Poll {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn results_keep_the_polls_order_and_share_the_votes() {
        let poll = poll(
            r#"{"pollId":"best","question":"What first?","options":{"web":1,"api":3},
                "labels":{"web":"Web","api":"The API"},"totalVotes":4,"open":true,"closesAt":"2026-12-01T08:00:00.000Z"}"#,
        );
        let expected = [
            "What first?",
            "",
            "  Web      ██▊           25.0 %  1",
            "  The API  ████████▎     75.0 %  3",
            "",
            "best · open · 4 votes · closes 2026-12-01T08:00:00.000Z",
            "",
        ];
        assert_eq!(results(&poll, Paint::Plain, 44), expected.join("\n"));
    }

    #[test]
    fn a_poll_without_votes_has_empty_bars() {
        let poll =
            poll(r#"{"pollId":"p","question":"Q","options":{"a":0,"b":0},"totalVotes":0,"open":false}"#);
        let text = results(&poll, Paint::Plain, 80);
        assert!(text.contains("\n  a  "), "{text}");
        assert!(!text.contains('%') && !text.contains('█'), "{text}");
        assert!(text.ends_with("p · not open · 0 votes\n"), "{text}");
    }
}
