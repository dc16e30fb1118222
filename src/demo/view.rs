//! The view: a reading as lines of text. Pure.

use super::meter::whole;
use super::reading::{Front, Reading, Traffic, to_float};
use super::text::{Style, bar, clock, course, grouped, megabytes, millis};

/// The column where values begin.
const LABEL_WIDTH: usize = 14;
/// Narrower terminals get clipped lines.
const MIN_WIDTH: usize = 60;

/// Everything, for a terminal of `width` columns, with a `hint` below.
pub(super) fn picture(reading: &Reading, hint: &str, width: usize, style: Style) -> Vec<String> {
    let width = width.max(MIN_WIDTH) - 2;
    let mut lines = vec![header(reading, width, style)];
    lines.extend(addresses(reading, style));
    lines.push(String::new());
    lines.extend(standing(reading, width, style));
    lines.push(String::new());
    lines.extend(figures(reading, style));
    if !hint.is_empty() {
        lines.push(String::new());
        lines.push(format!("  {}", style.soft(hint)));
    }
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
            "Behind it",
            &format!("http://{}/", reading.origin),
            &style.soft("   the maker's own site: slow, and falls over"),
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
        row(
            "Receiver",
            &format!("http://{}/", reading.receiver),
            &style.soft("   a CRM that limits, a mailer that fails"),
        ),
    ]
}

/// How it goes, in one line.
pub(super) fn line(reading: &Reading) -> String {
    let [_, p99] = reading.answered_in.map(millis);
    let [_, shown] = reading.shown_in.map(millis);
    let traffic = &reading.traffic;
    format!(
        "{:>4} s {:>9} votes {:>7}/s  p99 {p99:>7}  shown p99 {shown:>7} {:>5} visits/s, site {:4} {:>6} events/s {:>6} out/s {:>6} waiting",
        reading.elapsed.as_secs(),
        grouped(reading.acknowledged),
        grouped(whole(reading.rate)),
        grouped(whole(reading.front.visits_rate)),
        if reading.front.is_down { "down" } else { "up" },
        grouped(whole(traffic.events_rate)),
        grouped(whole(traffic.delivered_rate)),
        grouped(traffic.waiting),
    )
}

/// How deliveries go on after everything else, in one line.
pub(super) fn deliveries(reading: &Reading) -> String {
    let traffic = &reading.traffic;
    format!(
        "{:>4} s {:>9} delivered {:>6} out/s {:>6} waiting",
        reading.elapsed.as_secs(),
        grouped(traffic.delivered),
        grouped(whole(traffic.delivered_rate)),
        grouped(traffic.waiting),
    )
}

fn header(reading: &Reading, width: usize, style: Style) -> String {
    let elapsed = reading.elapsed.as_secs();
    let time = match reading.seconds {
        Some(seconds) => format!("{} of {}", clock(elapsed.min(seconds)), clock(seconds)),
        None => clock(elapsed),
    };
    let right = format!("{} MB in the file   {time}", megabytes(reading.file_bytes));
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
    let room = width.saturating_sub(2 + LABEL_WIDTH + 19);
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
    let rate = format!("{:>8}", grouped(whole(reading.rate)));
    let peak = grouped(whole(reading.peak));
    let commits = grouped(whole(reading.commits));
    let synced = millis(Some(reading.commit_took));
    let rows = [
        (
            "Votes",
            format!(
                "{} {}{peak:>8} {}",
                style.strong(&rate),
                soft("a second   "),
                soft("in the busiest")
            ),
        ),
        ("", style.bar(&course(&reading.course))),
        (
            "Answered in",
            format!(
                "{p50:>8} {}{p99:>8} {}",
                soft("p50        "),
                soft("p99   each vote synced before")
            ),
        ),
        (
            "Shown in",
            format!(
                "{shown50:>8} {}{shown99:>8} {}",
                soft("p50        "),
                soft(&format!("p99   on {} streams", reading.streams))
            ),
        ),
        (
            "Commits",
            format!(
                "{commits:>8} {}{:>8.1} {}{synced:>8} {}",
                soft("a second   "),
                reading.verbs_per_commit,
                soft("changes each"),
                soft("with fsync")
            ),
        ),
    ];
    let rows = rows
        .into_iter()
        .chain(front(&reading.front, style))
        .chain(traffic(&reading.traffic, style));
    rows.map(|(label, value)| labelled(label, &value, style))
        .collect()
}

/// The page, and the site behind it.
fn front(front: &Front, style: Style) -> [(&'static str, String); 2] {
    let soft = |text: &str| style.soft(text);
    let number = |number| format!("{:>8}", grouped(number));
    let share = format!("{:>6}.{} %", front.hits_per_mille / 10, front.hits_per_mille % 10);
    let (state, failed) = (if front.is_down { "down" } else { "up" }, number(front.failed));
    let state = format!("{state:>8}");
    [
        (
            "Visits",
            format!(
                "{} {}{} {}{} {}",
                style.strong(&number(whole(front.visits_rate))),
                soft("a second   "),
                number(front.visits),
                soft("in all      "),
                number(front.signups),
                soft("signed up")
            ),
        ),
        (
            "Site behind",
            format!(
                "{} {}{share} {}{} {}",
                if front.is_down {
                    style.bad(&state)
                } else {
                    style.good(&state)
                },
                soft("           "),
                soft("from cache"),
                if front.failed > 0 {
                    style.bad(&failed)
                } else {
                    failed
                },
                soft("pages failed")
            ),
        ),
    ]
}

/// Events in, and deliveries out.
fn traffic(traffic: &Traffic, style: Style) -> [(&'static str, String); 3] {
    let rate = |rate| style.strong(&format!("{:>8}", grouped(whole(rate))));
    let number = |number| format!("{:>8}", grouped(number));
    let cell = |(number, what): &(String, &str)| format!("{number} {}", style.soft(what));
    let row = |cells: &[(String, &str)]| cells.iter().map(cell).collect();
    let a_second = "a second   ";
    [
        (
            "Events",
            row(&[
                (rate(traffic.events_rate), a_second),
                (number(traffic.events), "in all"),
            ]),
        ),
        (
            "Deliveries",
            row(&[
                (rate(traffic.delivered_rate), a_second),
                (number(traffic.delivered), "in all      "),
                (number(traffic.waiting), "waiting"),
            ]),
        ),
        (
            "Receiver",
            row(&[
                (number(traffic.limited), "limited    "),
                (number(traffic.failed), "failed      "),
                (number(traffic.again), "sent again"),
            ]),
        ),
    ]
}

fn labelled(label: &str, value: &str, style: Style) -> String {
    format!("  {}{value}", style.soft(&format!("{label:LABEL_WIDTH$}")))
}
