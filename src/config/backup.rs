//! `[backup]`: scheduled backups.

use std::path::PathBuf;

use super::fault::{Invalid, shown};

/// When backups are made by themselves, where, and which of them are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Minutes after midnight, UTC; `None`: none are made.
    pub at: Option<u16>,
    /// The directory; a relative one begins at the data file's.
    pub dir: PathBuf,
    /// Of how many days the newest is kept.
    pub keep_days: u16,
    /// Of how many weeks the newest is kept.
    pub keep_weeks: u16,
    /// A command of the shell that is run with each new backup; empty for none.
    pub after: String,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            at: Some(3 * 60 + 30),
            dir: PathBuf::from("backups"),
            keep_days: 7,
            keep_weeks: 4,
            after: String::new(),
        }
    }
}

/// Reads `HH:MM`, or "off".
pub(super) fn time_of_day(text: &str) -> Result<Option<u16>, Invalid> {
    let text = text.trim();
    if text == "off" {
        return Ok(None);
    }
    let two = |part: &str, below: u16| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|n| digits && *n < below)
    };
    let read = text
        .split_once(':')
        .and_then(|(hours, minutes)| Some(two(hours, 24)? * 60 + two(minutes, 60)?));
    read.map(Some).ok_or_else(|| {
        Invalid(format!(
            r#"{} is not a time of day; write for example "03:30", or "off""#,
            shown(text)
        ))
    })
}

/// Reads the path of a directory.
pub(super) fn directory(text: &str) -> Result<PathBuf, Invalid> {
    match text.trim().is_empty() || text.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        true => Err(Invalid(format!("{} is not the path of a directory", shown(text)))),
        false => Ok(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_two_pairs_of_digits() {
        assert_eq!(time_of_day("03:30"), Ok(Some(210)));
        assert_eq!(time_of_day("23:59"), Ok(Some(1_439)));
        assert_eq!(time_of_day("off"), Ok(None));
        for wrong in ["", "3:30", "24:00", "03:60", "03:30:00", "+3:30", "noon"] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
