//! Charts, drawn as SVG in place: a plot that stretches with the page, and words that do not.

use super::markup::{Attributes, Markup};
use super::scale::{Scale, UNITS, percent, share};
use crate::report::figures;

/// A chart's height, the room for words above its topmost line, and for those below the plot, in pixels.
const HEIGHT: u64 = 216;
const ABOVE: u64 = 20;
const BELOW: u64 = 24;
const PLOT: u64 = HEIGHT - ABOVE - BELOW;
/// How wide a horizontal bar is drawn at least, in units: what is more than nothing is seen.
const LEAST_SEEN: u64 = 60;

/// What a chart is called, and what it says to those who cannot see it.
pub(super) struct Words<'a> {
    /// Unique in the page.
    pub(super) id: &'static str,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
}

/// One line or area: its class, and a value for each window; `None` where there is none.
pub(super) struct Series<'a> {
    pub(super) class: &'static str,
    pub(super) values: &'a [Option<u64>],
}

/// Areas over time, one in front of the other, from nothing up.
pub(super) fn areas(page: &mut Markup, words: &Words<'_>, labels: &[&str], series: &[Series<'_>]) {
    let values = series.iter().flat_map(|one| one.values.iter().flatten());
    let scale = Scale::up_to(values.copied().max().unwrap_or(0));
    chart(page, words, |page| {
        lines(page, scale, figures::count);
        plot(page, |page| {
            for one in series {
                for run in runs(one.values) {
                    let edge = path(&run, one.values.len(), scale);
                    let (first, last) = ends(&run, one.values.len());
                    let area = format!("M{first} {UNITS} L{edge} L{last} {UNITS} Z");
                    page.empty("path", &[("class", &format!("area {}", one.class)), ("d", &area)]);
                }
            }
        });
        labels_below(page, labels);
    });
}

/// A line over time, of shares from nothing to all, and a mark to compare it with, in hundredths.
pub(super) fn shares(page: &mut Markup, words: &Words<'_>, labels: &[&str], (line, mark): (Series<'_>, u64)) {
    let scale = Scale::up_to(100);
    chart(page, words, |page| {
        lines(page, scale, |value| format!("{value} %"));
        let y = (ABOVE + PLOT - PLOT * mark / 100).to_string();
        page.empty(
            "line",
            &[
                ("class", "mark"),
                ("x1", "0"),
                ("x2", "100%"),
                ("y1", &y),
                ("y2", &y),
            ],
        );
        plot(page, |page| {
            for run in runs(line.values) {
                let edge = path(&run, line.values.len(), scale);
                // A run of one window is a dot, which a line without length draws with its round ends.
                let edge = if run.len() == 1 {
                    format!("{edge} {edge}")
                } else {
                    edge
                };
                page.empty(
                    "path",
                    &[
                        ("class", &format!("line {}", line.class)),
                        ("d", &format!("M{edge}")),
                    ],
                );
            }
        });
        labels_below(page, labels);
    });
}

/// Columns side by side for each of a few days, with the words of the scale made by `written`.
pub(super) fn columns(
    page: &mut Markup,
    words: &Words<'_>,
    labels: &[&str],
    (series, written): (&[Series<'_>], fn(u64) -> String),
) {
    let values = series.iter().flat_map(|one| one.values.iter().flatten());
    let scale = Scale::up_to(values.copied().max().unwrap_or(0));
    let group = UNITS / (labels.len() as u64).max(1);
    let (gap, count) = (group / 5, (series.len() as u64).max(1));
    let width = (group - gap) / count;
    chart(page, words, |page| {
        lines(page, scale, written);
        for (nth, one) in (0_u64..).zip(series) {
            for (place, value) in (0_u64..).zip(one.values) {
                let height = scale.up(value.unwrap_or(0)) * PLOT / UNITS;
                let attributes: Attributes<'_> = &[
                    ("class", &format!("column {}", one.class)),
                    ("x", &percent(place * group + gap / 2 + nth * width)),
                    ("y", &(ABOVE + PLOT - height).to_string()),
                    ("width", &percent(width)),
                    ("height", &height.to_string()),
                ];
                page.empty("rect", attributes);
            }
        }
        columns_below(page, labels, group);
    });
}

/// A bar from the left within a cell: parts one after the other, of `whole`.
pub(super) fn bar(page: &mut Markup, parts: &[(&'static str, u64)], whole: u64) {
    page.element("svg", &[("class", "bar"), ("aria-hidden", "true")], |page| {
        let mut from = 0;
        for (class, value) in parts.iter().filter(|(_, value)| *value > 0) {
            let width = share(*value, whole).max(LEAST_SEEN);
            let attributes: Attributes<'_> = &[
                ("class", class),
                ("x", &percent(from)),
                ("width", &percent(width)),
                ("height", "100%"),
            ];
            page.empty("rect", attributes);
            from += width;
        }
    });
}

fn chart(page: &mut Markup, words: &Words<'_>, inner: impl FnOnce(&mut Markup)) {
    let (title, description) = (format!("{}-title", words.id), format!("{}-words", words.id));
    let labelled = format!("{title} {description}");
    let attributes: Attributes<'_> = &[
        ("class", "chart"),
        ("height", &HEIGHT.to_string()),
        ("role", "img"),
        ("aria-labelledby", &labelled),
    ];
    page.element("svg", attributes, |page| {
        page.line("title", &[("id", &title)], words.title);
        page.line("desc", &[("id", &description)], words.description);
        inner(page);
    });
}

/// The lines of a scale, with what each stands for above it, and the ground line.
fn lines(page: &mut Markup, scale: Scale, written: impl Fn(u64) -> String) {
    let line = |page: &mut Markup, class: &'static str, y: u64| {
        let y = y.to_string();
        page.empty(
            "line",
            &[
                ("class", class),
                ("x1", "0"),
                ("x2", "100%"),
                ("y1", &y),
                ("y2", &y),
            ],
        );
    };
    for value in scale.lines() {
        let y = ABOVE + PLOT - scale.up(value) * PLOT / UNITS;
        line(page, "grid", y);
        page.line(
            "text",
            &[("class", "tick"), ("y", &(y - 5).to_string())],
            &written(value),
        );
    }
    line(page, "ground", ABOVE + PLOT);
}

/// What stretches: a square of [`UNITS`], with nothing at its bottom.
fn plot(page: &mut Markup, inner: impl FnOnce(&mut Markup)) {
    let square = format!("0 0 {UNITS} {UNITS}");
    let attributes: Attributes<'_> = &[
        ("y", &ABOVE.to_string()),
        ("width", "100%"),
        ("height", &PLOT.to_string()),
        ("viewBox", &square),
        ("preserveAspectRatio", "none"),
    ];
    page.element("svg", attributes, inner);
}

/// A few of the labels, those at the ends among them: as many as a phone has room for, and one between any two of them
/// where there is more.
fn labels_below(page: &mut Markup, labels: &[&str]) {
    const PARTS: usize = 4;
    let Some(last) = labels.len().checked_sub(1) else {
        return;
    };
    let parts = PARTS.min(last).max(1);
    let mut shown = None;
    for part in 0..=parts {
        let place = last * part / parts;
        if shown.replace(place) == Some(place) {
            continue;
        }
        let anchor = match place {
            0 => "start",
            _ if place == last => "end",
            _ => "middle",
        };
        let is_minor = parts == PARTS && part % 2 == 1;
        let x = percent(share(place as u64, last.max(1) as u64));
        label(
            page,
            (anchor, if is_minor { "tick minor" } else { "tick" }),
            &x,
            labels.get(place),
        );
    }
}

/// The labels of columns, each in the middle below its own, as many as there is room for.
fn columns_below(page: &mut Markup, labels: &[&str], group: u64) {
    const MOST: usize = 5;
    const MOST_ON_A_PHONE: usize = 5;
    let every = labels.len().div_ceil(2 * MOST).max(1);
    let every_on_a_phone = labels
        .len()
        .div_ceil(MOST_ON_A_PHONE)
        .max(1)
        .next_multiple_of(every);
    for (place, text) in labels.iter().enumerate().step_by(every) {
        let class = if place % every_on_a_phone == 0 {
            "tick"
        } else {
            "tick minor"
        };
        let x = percent(place as u64 * group + group / 2);
        label(page, ("middle", class), &x, Some(text));
    }
}

fn label(page: &mut Markup, (anchor, class): (&str, &str), x: &str, text: Option<&&str>) {
    let y = (HEIGHT - 6).to_string();
    let attributes: Attributes<'_> = &[("class", class), ("x", x), ("y", &y), ("text-anchor", anchor)];
    page.line("text", attributes, text.copied().unwrap_or_default());
}

/// The runs of values that have none missing between them, each value with its place.
fn runs(values: &[Option<u64>]) -> Vec<Vec<(usize, u64)>> {
    let mut runs: Vec<Vec<(usize, u64)>> = Vec::new();
    let mut was_missing = true;
    for (place, value) in values.iter().enumerate() {
        if let Some(value) = value {
            match runs.last_mut().filter(|_| !was_missing) {
                Some(run) => run.push((place, *value)),
                None => runs.push(vec![(place, *value)]),
            }
        }
        was_missing = value.is_none();
    }
    runs
}

/// A run's points, without the letter that begins a path.
fn path(run: &[(usize, u64)], of: usize, scale: Scale) -> String {
    let point =
        |(place, value): &(usize, u64)| format!("{} {}", across(*place, of), UNITS - scale.up(*value));
    run.iter().map(point).collect::<Vec<_>>().join(" L")
}

fn ends(run: &[(usize, u64)], of: usize) -> (u64, u64) {
    let end = |point: Option<&(usize, u64)>| point.map_or(0, |(place, _)| across(*place, of));
    (end(run.first()), end(run.last()))
}

fn across(place: usize, of: usize) -> u64 {
    share(place as u64, of.saturating_sub(1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_without_a_value_break_a_line() {
        let values = [None, Some(1), Some(2), None, Some(3)];
        assert_eq!(runs(&values), [vec![(1, 1), (2, 2)], vec![(4, 3)]]);
    }

    #[test]
    fn charts_of_nothing_and_of_one_window_are_drawn() {
        let words = Words {
            id: "a",
            title: "t",
            description: "d",
        };
        for values in [&[][..], &[Some(0)], &[None], &[Some(u64::MAX), Some(0)]] {
            let mut page = Markup::default();
            let labels = vec!["x"; values.len()];
            let one = || Series { class: "a", values };
            areas(&mut page, &words, &labels, &[one()]);
            shares(&mut page, &words, &labels, (one(), 92));
            columns(&mut page, &words, &labels, (&[one()], figures::count));
            bar(&mut page, &[("a", values.len() as u64)], 0);
            let text = page.into_document();
            assert!(text.contains("role=\"img\"") && !text.contains("NaN"), "{text}");
        }
    }
}
