//! `[launch]`: when it is, and by whose clocks.

use std::time::Duration;

use super::duration::Bounds;
use super::fault::{Invalid, shown};
use super::nearest;
use super::written::{Refusal, Written};
use crate::model::launch::plan::Step;
use crate::model::time::Millis;
use crate::model::time::zone::{LocalTime, Zone};

/// When the launch is, and by whose clocks its days are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// When it begins; `None`: that is not known.
    pub at: Option<Millis>,
    /// The zone whose days are the days of everything that is counted.
    pub timezone: Zone,
    /// How long before it pages are made ready.
    pub warm_before: Duration,
    /// The steps of its plan that its owner does; each once, in the order of the plan.
    pub by_hand: Vec<Step>,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            at: None,
            timezone: Zone::default(),
            warm_before: Duration::from_secs(2 * 3_600),
            by_hand: Vec::new(),
        }
    }
}

/// Whose midnight begins the day of a launch: Product Hunt's.
const PACIFIC: &str = "America/Los_Angeles";
/// Longer than a week would keep pages warm that are still being written.
pub(super) const WARM_BEFORE: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(7 * 86_400),
    words: "from 0s to 7d",
};

/// When the launch is, as it is written: the zone may be written after it.
#[derive(Clone, Debug)]
pub(super) enum Time {
    /// An instant, whatever the zone.
    Instant(Millis),
    /// What clocks of the launch's zone show.
    Local(LocalTime),
}

impl Time {
    /// RFC 3339 with an offset, or a local time.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let instant = Millis::parse_rfc3339(text).map(Self::Instant);
        let time = instant.or_else(|| LocalTime::parse(text).map(Self::Local));
        time.ok_or_else(|| {
            Invalid(format!(
                r#"{} is no time; write for example "2026-12-01T00:01:00", or with an offset "2026-12-01T00:01:00-08:00""#,
                shown(text)
            ))
        })
    }

    /// The zone that is meant where none is written: clocks of the Pacific coast, by which the day of a launch begins; no clocks at
    /// all where an instant is written.
    pub(super) fn zone(&self) -> Zone {
        match self {
            Self::Instant(_) => Zone::default(),
            Self::Local(_) => Zone::parse(PACIFIC).unwrap_or_default(),
        }
    }

    /// The instant that it means by the clocks of `zone`; `None` beyond the years that can be written.
    pub(super) fn instant(&self, zone: &Zone) -> Option<Millis> {
        match self {
            Self::Instant(at) => Some(*at),
            Self::Local(time) => zone.instant(*time),
        }
    }
}

/// The steps that their owner does.
pub(super) fn by_hand(written: &Written) -> Result<Vec<Step>, Vec<Refusal>> {
    let step = |text: &str| {
        Step::parse(text.trim()).ok_or_else(|| {
            let names: Vec<String> = Step::ALL.iter().map(|step| step.as_str().to_owned()).collect();
            let hint = nearest::hint(text, &names);
            Invalid(format!("{} is no step of the plan; {hint}", shown(text)))
        })
    };
    let mut steps = written.each(step)?;
    steps.sort_unstable();
    steps.dedup();
    Ok(steps)
}

/// The zone of an IANA name.
pub(super) fn zone(text: &str) -> Result<Zone, Invalid> {
    Zone::parse(text).map_err(|_| {
        let example = r#"write for example "America/Los_Angeles" or "UTC""#;
        Invalid(format!(
            "{} is not the IANA name of a zone; {example}",
            shown(text)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, file, read, with_variables};
    use super::*;

    fn of(text: &str) -> Launch {
        read(&file(&format!("[launch]\n{text}"))).launch
    }

    #[test]
    fn a_time_without_a_zone_is_one_of_the_pacific_coast() {
        let midnight = of("at = \"2026-12-01T00:01:00\"");
        assert_eq!(midnight.at, Millis::parse_rfc3339("2026-12-01T08:01:00Z"));
        assert_eq!(midnight.timezone.name(), PACIFIC);
        let berlin = of("at = \"2026-12-01T00:01:00\"\ntimezone = \"Europe/Berlin\"");
        assert_eq!(berlin.at, Millis::parse_rfc3339("2026-11-30T23:01:00Z"));
        let instant = of("at = \"2026-12-01T00:01:00-08:00\"");
        assert_eq!((instant.at, instant.timezone), (midnight.at, Zone::default()));
        assert_eq!(of("").timezone, Zone::default());
    }

    #[test]
    fn steps_by_hand_are_steps_of_the_plan_each_once() {
        let launch = of("by_hand = [\"archive\", \"warm\", \"warm\"]");
        assert_eq!(launch.by_hand, [Step::Warm, Step::Archive]);
        let variable = with_variables(file(""), &[("GANTRY_LAUNCH__BY_HAND", "report,warm")]);
        assert_eq!(read(&variable).launch.by_hand, [Step::Warm, Step::Report]);
        assert_eq!(
            faults(&file("[launch]\n\nby_hand = [\"nothing\", \"warn\"]")),
            "gantry.toml:3: launch.by_hand: \"nothing\" is no step of the plan; known are preflight-72h, preflight-24h, warm, \
             dead-letters, report, archive\n\
             gantry.toml:3: launch.by_hand: \"warn\" is no step of the plan; did you mean warm?"
        );
    }
}
