//! `[alerts]`: what is watched and when it is too much, who is told of it, and the sign of life.

use std::fmt;
use std::time::Duration;

use url::Url;

use super::duration::{self, Bounds};
use super::fault::{Fault, Invalid, Place, shown};
use super::schema::Draft;
use super::sources::Sources;
use super::tables::{self, Block};
use super::written::{Refusal, Value, Written};
use super::{destination, nearest, retention, url as address};
use crate::model::alert::{Rule, Side, Terms, Unit};
use crate::model::ids::DestinationName;

/// The most destinations that are told.
const TOLD_MOST: usize = 10;

/// What is watched, and who is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Alerts {
    /// Who is told, in the order of the file; destinations that exist, each once.
    pub to: Vec<DestinationName>,
    /// What is called every minute as long as all is well here.
    pub heartbeat: Option<Heartbeat>,
    /// How often what goes on is said again; `None`: never.
    pub remind_every: Option<Duration>,
    /// What the bounds and times of rules are multiplied with during the launch, from 0.1 to 1.
    pub launch_factor: f64,
    /// The terms of each rule.
    pub rules: AlertRules,
}

impl Alerts {
    /// The terms of each rule that is not off, as they hold while it is a launch's first hours, or is not.
    #[must_use]
    pub fn in_force(&self, hours: Hours) -> AlertRules {
        match hours {
            Hours::Usual => self.rules.clone(),
            Hours::OfTheLaunch => {
                let closer =
                    |(rule, terms): (Rule, Terms)| (rule, terms.during_launch(rule, self.launch_factor));
                AlertRules(self.rules.iter().map(closer).collect())
            }
        }
    }
}

/// Which hours it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// From a launch until six hours after it.
    OfTheLaunch,
    /// Any other.
    Usual,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            heartbeat: None,
            remind_every: Some(Duration::from_secs(6 * 3_600)),
            launch_factor: 0.5,
            rules: AlertRules::default(),
        }
    }
}

/// Where the sign of life goes. Its path is what tells one sender from another, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Heartbeat(pub Url);

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(address::origin(&self.0))
    }
}

/// The terms of each rule that is not turned off.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRules(Vec<(Rule, Terms)>);

impl Default for AlertRules {
    fn default() -> Self {
        Self(Rule::ALL.iter().map(|rule| (*rule, rule.terms())).collect())
    }
}

impl AlertRules {
    /// The terms of a rule; `None`: it is off.
    #[must_use]
    pub fn of(&self, rule: Rule) -> Option<Terms> {
        let found = self.0.iter().find(|(known, _)| *known == rule);
        found.map(|(_, terms)| *terms)
    }

    /// Every rule that is not off, in the order of [`Rule::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Rule, Terms)> {
        self.0.iter().copied()
    }

    /// These rules, one of which has other terms or is off.
    #[must_use]
    pub fn with(mut self, rule: Rule, terms: Option<Terms>) -> Self {
        self.0.retain(|(known, _)| *known != rule);
        self.0.extend(terms.map(|terms| (rule, terms)));
        self.0.sort_by_key(|(rule, _)| *rule);
        self
    }
}

/// What is written of `[alerts]` and can be read only once the rest is.
#[derive(Debug, Default)]
pub(super) struct AlertsDraft {
    to: Option<(Place, Vec<DestinationName>)>,
    heartbeat: Option<(Place, String)>,
}

/// Once a minute would be no reminder but a din.
pub(super) const REMIND_EVERY: Bounds = Bounds {
    least: Duration::from_secs(600),
    most: Duration::from_secs(7 * 86_400),
    words: "from 10m to 7d",
};
/// Longer than it is looked at, and not longer than counts are remembered.
const OVER: Bounds = Bounds {
    least: Duration::from_secs(10),
    most: Duration::from_secs(3_600),
    words: "from 10s to 1h, over which is measured",
};
const FOR: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(86_400),
    words: "from 0s to 24h, for which it must be so",
};
const SPAN: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(3_660 * 86_400),
    words: "from 1s to 3660d",
};

impl AlertsDraft {
    pub(super) fn set_to(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let mut to: Vec<DestinationName> = Vec::new();
        for name in written.each(destination::parse_name)? {
            if !to.contains(&name) {
                to.push(name);
            }
        }
        if to.len() > TOLD_MOST {
            let why = Invalid(format!("names more than {TOLD_MOST} destinations"));
            return Err(vec![(written.place.clone(), why)]);
        }
        self.to = Some((written.place.clone(), to));
        Ok(())
    }

    pub(super) fn set_heartbeat(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let text = written.one(|text| Ok(text.trim().to_owned()))?;
        self.heartbeat = (!text.is_empty()).then(|| (written.place.clone(), text));
        Ok(())
    }
}

/// Reads what bounds are multiplied with during the launch, as a number or in quotes.
pub(super) fn launch_factor(written: &Written) -> Result<f64, Vec<Refusal>> {
    let factor = match &written.value {
        Value::Fraction(number) => Some(*number),
        Value::Integer(Some(1)) => Some(1.0),
        Value::Text(text) | Value::Variable(text) => text.trim().parse().ok(),
        _ => None,
    };
    factor.filter(|factor| (0.1..=1.0).contains(factor)).ok_or_else(|| {
        let why = "is not a number from 0.1 to 1; write for example 0.5, or 1 to watch no closer than on other days";
        vec![(written.place.clone(), Invalid(why.to_owned()))]
    })
}

/// Reads the terms of one rule into the configuration.
pub(super) fn set_rule(draft: &mut Draft, rule: Rule, written: &Written) -> Result<(), Vec<Refusal>> {
    let terms = written.one(|text| terms(rule, text))?;
    let rules = std::mem::take(&mut draft.config.alerts.rules);
    draft.config.alerts.rules = rules.with(rule, terms);
    Ok(())
}

/// Takes up what had to wait for the destinations, and for where secrets are.
pub(super) fn finish(draft: &mut Draft, sources: &Sources, blocks: &[Block]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let fault = |place: &Place, key: &str, message: String| Fault {
        place: place.clone(),
        key: Some(key.to_owned()),
        message,
    };
    let written = std::mem::take(&mut draft.alerts);
    if let Some((place, to)) = written.to {
        // Those with other faults are known by name too: to tell them is not wrong.
        let known = tables::destination_names(blocks);
        for name in to.iter().filter(|name| !known.contains(name)) {
            let names: Vec<String> = known.iter().map(ToString::to_string).collect();
            let hint = match names.is_empty() {
                true => "there is none; write a [[destination]]".to_owned(),
                false => nearest::hint(name.as_str(), &names),
            };
            faults.push(fault(
                &place,
                "alerts.to",
                format!("{name} is no destination; {hint}"),
            ));
        }
        draft.config.alerts.to = to;
    }
    if let Some((place, text)) = written.heartbeat {
        match address::parse_or_secret(&text, sources) {
            Ok(url) => draft.config.alerts.heartbeat = Some(Heartbeat(url)),
            Err(Invalid(why)) => faults.push(fault(&place, "alerts.heartbeat", why)),
        }
    }
    faults
}

/// Reads `> 0.05 for 5m`, `> 5 in 60s` or `on`; `None` for `off`.
fn terms(rule: Rule, text: &str) -> Result<Option<Terms>, Invalid> {
    let text = text.trim();
    if text == "off" {
        return Ok(None);
    }
    let own = rule.terms();
    let (limit, rest) = match rule.unit() {
        Unit::Flag => (
            own.limit,
            text.strip_prefix("on").ok_or_else(|| no_terms(rule, text))?,
        ),
        unit => limit(rule, unit, text)?,
    };
    let mut terms = Terms {
        limit,
        over_ms: own.over_ms,
        for_ms: 0,
    };
    let mut said = [false; 2];
    let mut words = rest.split_whitespace();
    while let Some(word) = words.next() {
        let (place, at, bounds) = match word {
            "in" if rule.is_over_a_span() => (&mut terms.over_ms, 0, OVER),
            "for" => (&mut terms.for_ms, 1, FOR),
            _ => return Err(no_terms(rule, text)),
        };
        let twice = said.get_mut(at).is_none_or(|said| std::mem::replace(said, true));
        let Some(length) = words.next().filter(|_| !twice) else {
            return Err(no_terms(rule, text));
        };
        *place = millis(duration::parse(length, bounds)?);
    }
    Ok(Some(terms))
}

/// The bound behind its sign, and what follows it.
fn limit(rule: Rule, unit: Unit, text: &str) -> Result<(f64, &str), Invalid> {
    let sign = rule.side().as_str();
    let behind = text.strip_prefix(sign).map(str::trim_start);
    let behind = behind.ok_or_else(|| no_terms(rule, text))?;
    let (number, rest) = behind.split_once(char::is_whitespace).unwrap_or((behind, ""));
    let limit = match unit {
        Unit::Share => share(number),
        Unit::Count | Unit::Flag => number.parse::<u32>().ok().map(f64::from),
        Unit::Size => number
            .strip_suffix("MiB")
            .and_then(|mib| mib.parse::<u32>().ok())
            .map(f64::from),
        Unit::Span => return Ok((duration::parse(number, SPAN)?.as_secs_f64(), rest)),
    };
    let limit = limit.ok_or_else(|| no_terms(rule, text))?;
    Ok((limit, rest))
}

fn share(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let share = text.parse::<f64>().ok().filter(|_| plain)?;
    (0.0..=1.0).contains(&share).then_some(share)
}

fn no_terms(rule: Rule, text: &str) -> Invalid {
    let example = rule.terms().written(rule);
    let name = rule.as_str();
    let what = match (rule.unit(), rule.side()) {
        (Unit::Flag, _) => "is neither \"on\" nor \"off\"".to_owned(),
        (Unit::Share, side) => format!(
            "is no bound of {name}, a share from 0 to 1 after \"{}\"",
            side.as_str()
        ),
        (_, Side::Above) => format!("is no bound of {name}, which begins with \">\""),
        (_, Side::Below) => format!("is no bound of {name}, which begins with \"<\""),
    };
    Invalid(format!(
        r#"{} {what}; write for example "{example}", or "off""#,
        shown(text)
    ))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Reads how often what goes on is said again, or "off".
pub(super) fn remind_every(text: &str) -> Result<Option<Duration>, Invalid> {
    retention::or_off(text, REMIND_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_people_write_them_and_as_they_are_shown() {
        let read = |rule: Rule, text: &str| terms(rule, text).unwrap_or_else(|why| panic!("{text}: {why}"));
        for rule in Rule::ALL {
            assert_eq!(read(*rule, &rule.terms().written(*rule)), Some(rule.terms()));
            assert_eq!(read(*rule, " off "), None);
        }
        let of = |limit, over_ms, for_ms| {
            Some(Terms {
                limit,
                over_ms,
                for_ms,
            })
        };
        assert_eq!(read(Rule::RetryRatio, ">0.1"), of(0.1, 300_000, 0));
        assert_eq!(
            read(Rule::RetryRatio, "> 0.1 for 1m in 30s"),
            of(0.1, 30_000, 60_000)
        );
        assert_eq!(read(Rule::Lag, "> 300s"), of(300.0, 0, 0));
        assert_eq!(read(Rule::DeadLetters, "> 5 in 60s"), of(5.0, 60_000, 0));
        assert_eq!(read(Rule::DiskFree, "< 2048MiB for 1m"), of(2_048.0, 0, 60_000));
        assert_eq!(read(Rule::Credentials, "on for 30s"), of(0.0, 0, 30_000));
    }

    #[test]
    fn how_much_closer_a_launch_is_watched_is_a_number_from_a_tenth_to_one() {
        use super::super::tests::{faults, file, read, with_variables};
        let of = |written: &str| read(&file(&format!("[alerts]\nlaunch_factor = {written}"))).alerts;
        for (written, factor) in [("0.25", 0.25), ("1", 1.0), ("\"0.1\"", 0.1)] {
            assert!(
                (of(written).launch_factor - factor).abs() < f64::EPSILON,
                "{written}"
            );
        }
        let variable = with_variables(file(""), &[("GANTRY_ALERTS__LAUNCH_FACTOR", "0.75")]);
        assert!((read(&variable).alerts.launch_factor - 0.75).abs() < f64::EPSILON);
        for wrong in ["0", "2", "nan", "\"half\"", "true", "0.09"] {
            let said = faults(&file(&format!("[alerts]\n\nlaunch_factor = {wrong}")));
            assert!(
                said.contains("gantry.toml:3") && said.contains("is not a number from 0.1 to 1"),
                "{said}"
            );
        }
        let usual = of("0.5").in_force(Hours::Usual);
        assert_eq!(usual, AlertRules::default());
        let closer = of("0.5").in_force(Hours::OfTheLaunch);
        assert_eq!(closer.of(Rule::Lag).map(|terms| terms.limit), Some(150.0));
    }

    #[test]
    fn what_is_no_terms_is_told_what_would_be() {
        for (rule, text) in [
            (Rule::RetryRatio, ""),
            (Rule::RetryRatio, "0.05"),
            (Rule::RetryRatio, "< 0.05"),
            (Rule::RetryRatio, "> 5 %"),
            (Rule::RetryRatio, "> 1.1"),
            (Rule::RetryRatio, "> -0.1"),
            (Rule::RetryRatio, "> nan"),
            (Rule::RetryRatio, "> 0.05 for"),
            (Rule::RetryRatio, "> 0.05 for 5m for 6m"),
            (Rule::RetryRatio, "> 0.05 during 5m"),
            (Rule::RetryRatio, "> 0.05 for 25h"),
            (Rule::RetryRatio, "> 0.05 in 5s"),
            (Rule::Lag, "> 300"),
            (Rule::Lag, "> 300s in 5m"),
            (Rule::DeadLetters, "> 0.5"),
            (Rule::DiskFree, "< 512"),
            (Rule::DiskFree, "> 512MiB"),
            (Rule::Credentials, "> 0"),
            (Rule::Credentials, "onwards"),
        ] {
            assert!(terms(rule, text).is_err(), "{text}");
        }
        let refused = terms(Rule::RetryRatio, "0.05").unwrap_err().to_string();
        assert_eq!(
            refused,
            r#""0.05" is no bound of retry_ratio, a share from 0 to 1 after ">"; write for example "> 0.05 for 5m", or "off""#
        );
    }
}
