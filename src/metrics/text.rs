//! The text format, version 0.0.4: families with help and type, samples with labels.

use std::fmt::{Display, Write};
use std::time::Duration;

use super::numbers::Snapshot;

/// Labels of a sample, by name and value.
pub(super) type Labels<'l> = &'l [(&'l str, &'l str)];

/// A page of metrics in the making.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Begins a family. `help` is one line without backslashes.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.put(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// One sample.
    pub(super) fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl Display) {
        self.put(format_args!("{name}"));
        for (n, (label, text)) in labels.iter().enumerate() {
            let opening = if n == 0 { '{' } else { ',' };
            self.put(format_args!("{opening}{label}=\"{}\"", escaped(text)));
        }
        let closing = if labels.is_empty() { "" } else { "}" };
        self.put(format_args!("{closing} {value}\n"));
    }

    /// A histogram of nanoseconds, shown in seconds.
    pub(super) fn durations(&mut self, name: &str, labels: Labels<'_>, snapshot: &Snapshot) {
        self.histogram(
            name,
            labels,
            (snapshot, |ns| Duration::from_nanos(ns).as_secs_f64()),
        );
    }

    /// A histogram of amounts.
    pub(super) fn amounts(&mut self, name: &str, labels: Labels<'_>, snapshot: &Snapshot) {
        self.histogram(name, labels, (snapshot, |amount| amount));
    }

    /// Cumulative buckets, sum and count.
    fn histogram<T: Display>(&mut self, name: &str, labels: Labels<'_>, values: (&Snapshot, fn(u64) -> T)) {
        let (snapshot, shown) = values;
        let bounds = snapshot.bounds.iter().map(|bound| shown(*bound).to_string());
        let mut below = 0;
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&snapshot.counts) {
            below += count;
            let mut with_bound = labels.to_vec();
            with_bound.push(("le", &bound));
            self.sample(&format!("{name}_bucket"), &with_bound, below);
        }
        self.sample(&format!("{name}_sum"), labels, shown(snapshot.sum));
        self.sample(&format!("{name}_count"), labels, below);
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(text);
    }
}

/// A label's value with backslash, quote and newline escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_their_labels_in_braces_and_escaped() {
        let mut text = Text::default();
        text.sample("a", &[], 1);
        text.sample("b", &[("x", "1"), ("y", "\"\\\n")], 2.5);
        assert_eq!(text.finish(), "a 1\nb{x=\"1\",y=\"\\\"\\\\\\n\"} 2.5\n");
    }

    #[test]
    fn buckets_are_cumulative() {
        let mut text = Text::default();
        let snapshot = Snapshot {
            bounds: &[100_000, 1_000_000_000],
            counts: vec![2, 1, 1],
            sum: 2_500_000_000,
        };
        text.durations("t", &[("k", "v")], &snapshot);
        let expected = "t_bucket{k=\"v\",le=\"0.0001\"} 2\nt_bucket{k=\"v\",le=\"1\"} 3\n\
            t_bucket{k=\"v\",le=\"+Inf\"} 4\nt_sum{k=\"v\"} 2.5\nt_count{k=\"v\"} 4\n";
        assert_eq!(text.finish(), expected);
    }
}
