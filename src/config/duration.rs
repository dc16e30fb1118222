//! Durations as people write them: `500ms`, `5s`, `15m`, `1h`, `7d`.

use std::time::Duration;

use super::fault::{Invalid, shown};

/// Units: as written, and in milliseconds. `min` is read as rates write it.
const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// The bounds of one key, with the words that name them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) least: Duration,
    pub(super) most: Duration,
    /// For example `from 1ms to 120s`.
    pub(super) words: &'static str,
}

/// Reads a duration within its bounds.
pub(super) fn parse(text: &str, bounds: Bounds) -> Result<Duration, Invalid> {
    let Some(read) = read(text) else {
        return Err(Invalid(format!(
            r#"{} is not a duration; write for example "500ms", "5s", "15m" or "24h""#,
            shown(text)
        )));
    };
    if (bounds.least..=bounds.most).contains(&read) {
        return Ok(read);
    }
    Err(Invalid(format!("{} is not {}", shown(text), bounds.words)))
}

/// A whole number and a unit, nothing between them.
fn read(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let ms = number.parse::<u64>().ok()?.checked_mul(*unit_ms)?;
    Some(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let ms = |text: &str| read(text).map(|duration| duration.as_millis());
        assert_eq!(ms("500ms"), Some(500));
        assert_eq!(ms(" 5s "), Some(5_000));
        assert_eq!(ms("15m"), Some(900_000));
        assert_eq!(ms("15min"), Some(900_000));
        assert_eq!(ms("1h"), Some(3_600_000));
        assert_eq!(ms("7d"), Some(604_800_000));
        for wrong in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "1.5s",
            "5 s",
            "5S",
            "5w",
            "1h30m",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert_eq!(ms(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_duration_out_of_bounds_is_told_them() {
        let bounds = Bounds {
            least: Duration::from_millis(1),
            most: Duration::from_secs(120),
            words: "from 1ms to 120s",
        };
        assert_eq!(parse("2m", bounds), Ok(Duration::from_secs(120)));
        let refused = parse("3m", bounds).expect_err("refused").to_string();
        assert_eq!(refused, r#""3m" is not from 1ms to 120s"#);
        assert!(parse("0s", bounds).is_err());
    }
}
