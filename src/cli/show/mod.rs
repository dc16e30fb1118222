//! Showing: how facts look to people. Pure: values in, text out.

mod bars;
mod numbers;
mod spark;
mod table;

pub(super) use bars::{bar, results, share};
pub(super) use numbers::{bytes, duration, grouped, words};
pub(super) use spark::spark;
pub(super) use table::{Column, Table};

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// No.
    Plain,
    /// By the terminal's own sixteen colours, so that its theme decides how they look.
    Colour,
}

/// What a piece of text means to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    Normal,
    /// A heading.
    Strong,
    /// Beside the point.
    Quiet,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
}

impl Paint {
    /// `text` in the colours of `tone`.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let sequence = match tone {
            Tone::Normal => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{sequence}m{text}\u{1b}[0m"),
        }
    }
}

/// What the status of an event or a delivery means to its reader.
pub(super) fn tone_of(status: &str) -> Tone {
    match status {
        "COMPLETED" | "DELIVERED" => Tone::Good,
        "FAILED" | "DEAD" => Tone::Bad,
        "CANCELLED" | "EXPIRED" => Tone::Quiet,
        _ => Tone::Normal,
    }
}

/// `text` with its control characters made visible, so that what strangers wrote cannot steer a terminal.
pub(super) fn printable(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(visible).collect()
}
