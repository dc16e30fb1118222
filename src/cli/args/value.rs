//! Values that several commands take, checked here, so that a slip is wrong usage.

use std::num::NonZeroUsize;

use crate::model::dead::DeadGroup;
use crate::model::delivery::AttemptClass;
use crate::model::event::{DeliveryId, DeliveryStatus, EventId, EventStatus, Pattern};
use crate::model::ids::{BadName, DestinationName, EventType, IdempotencyKey, Source};
use crate::model::money::Money;
use crate::model::replay::Selection;
use crate::model::time::Millis;
use crate::model::time::day::Day;
use crate::model::time::zone::{LocalTime, Zone};

/// The most items that are held in memory for one table.
const MOST_ITEMS: usize = 10_000;

/// How many items to list.
pub(super) fn limit(text: &str) -> Result<NonZeroUsize, String> {
    let read: Option<NonZeroUsize> = text.parse().ok();
    read.filter(|n| n.get() <= MOST_ITEMS)
        .ok_or_else(|| format!("a number from 1 to {MOST_ITEMS}"))
}

/// An instant by itself.
pub(super) fn instant(text: &str) -> Result<String, String> {
    let read = Millis::parse_rfc3339(text);
    read.map(|at| at.to_string())
        .ok_or_else(|| "write an instant with its offset, such as 2026-12-01T08:01:00Z or …-08:00".to_owned())
}

/// An instant, or a local time, as it was written: the server says which instant it is.
pub(super) fn when(text: &str) -> Result<String, String> {
    let known = Millis::parse_rfc3339(text).is_some() || LocalTime::parse(text).is_some();
    known.then(|| text.to_owned()).ok_or_else(|| {
        "write an instant such as 2026-12-01T08:01:00Z, or a local time such as 2026-12-01T00:01 with --timezone"
            .to_owned()
    })
}

/// A group of dead letters, as they are listed.
pub(super) fn group(text: &str) -> Result<String, String> {
    let known = DeadGroup::parse(text);
    known
        .map(|group| group.to_string())
        .ok_or_else(|| "write a group as `gantry delivery groups` lists it".to_owned())
}

/// An amount of money.
pub(super) fn amount(text: &str) -> Result<String, String> {
    let read = Money::parse(text).map_err(|bad| bad.to_string())?;
    match read == Money::ZERO {
        true => Err("is nothing".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// A day of the calendar.
pub(super) fn day(text: &str) -> Result<String, String> {
    let read = Day::parse(text).map(|day| day.to_string());
    read.ok_or_else(|| "write a day, such as 2026-12-01".to_owned())
}

/// A day, or an instant by itself.
pub(super) fn day_or_instant(text: &str) -> Result<String, String> {
    let wrong = |_| "write a day such as 2026-12-01, or an instant such as 2026-12-01T08:01:00Z".to_owned();
    day(text).or_else(|_| instant(text)).map_err(wrong)
}

/// A time zone's name.
pub(super) fn zone(text: &str) -> Result<String, String> {
    let wrong = |_| "write an IANA name, such as America/Los_Angeles".to_owned();
    Zone::parse(text).map(|_| text.to_owned()).map_err(wrong)
}

/// An event's id.
pub(super) fn event_id(text: &str) -> Result<String, String> {
    let read = EventId::parse(text).map(|id| id.to_string());
    read.ok_or_else(|| "an event's id is a UUID, as `gantry event list` shows it".to_owned())
}

/// A delivery's id.
pub(super) fn delivery_id(text: &str) -> Result<String, String> {
    let read = DeliveryId::parse(text).map(|id| id.to_string());
    read.ok_or_else(|| "a delivery's id is a UUID, as `gantry delivery list` shows it".to_owned())
}

/// An event's type.
pub(super) fn event_type(text: &str) -> Result<String, String> {
    named("a type", text, EventType::parse)
}

/// Where an event comes from.
pub(super) fn source(text: &str) -> Result<String, String> {
    named("a source", text, Source::parse)
}

/// An idempotency key.
pub(super) fn key(text: &str) -> Result<String, String> {
    named("a key", text, IdempotencyKey::parse)
}

/// A destination's name.
pub(super) fn destination(text: &str) -> Result<String, String> {
    named("a destination's name", text, DestinationName::parse)
}

fn named<T>(what: &str, text: &str, parse: fn(&str) -> Result<T, BadName>) -> Result<String, String> {
    parse(text)
        .map(|_| text.to_owned())
        .map_err(|bad| format!("{what} {bad}"))
}

/// Where an event stands, in either case.
pub(super) fn event_status(text: &str) -> Result<String, String> {
    let known = EventStatus::ALL.iter().map(|status| status.as_str());
    one_of(known, &text.to_ascii_uppercase())
}

/// Where a delivery stands, in either case.
pub(super) fn delivery_status(text: &str) -> Result<String, String> {
    let known = DeliveryStatus::ALL.iter().map(|status| status.as_str());
    one_of(known, &text.to_ascii_uppercase())
}

/// One type or source, or the beginning of some and a star.
pub(super) fn pattern(text: &str) -> Result<String, String> {
    let read = Pattern::parse(text).map(|pattern| pattern.to_string());
    read.ok_or_else(|| "write one value, or the beginning of some and a star, such as 'LEAD_*'".to_owned())
}

/// Which deliveries a replay sends, in either case.
pub(super) fn selection(text: &str) -> Result<String, String> {
    let known = Selection::ALL.iter().map(|selection| selection.as_str());
    one_of(known, &text.to_ascii_uppercase())
}

/// A replay's id.
pub(super) fn replay_id(text: &str) -> Result<String, String> {
    let read: Result<u64, _> = text.parse();
    read.map(|id| id.to_string())
        .map_err(|_| "a replay's id is a number, as `gantry event replays` shows it".to_owned())
}

/// What deliveries must be like: `destination=crm,class=5xx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Where(pub(in crate::cli) Vec<(&'static str, String)>);

type Check = fn(&str) -> Result<String, String>;

/// What can be asked of deliveries, by the API's names.
const CONDITIONS: [(&str, Check); 8] = [
    ("destination", destination),
    ("status", delivery_status),
    ("class", class),
    ("errorClass", class),
    ("type", pattern),
    ("source", pattern),
    ("from", instant),
    ("to", instant),
];

/// Reads conditions joined by commas.
pub(super) fn conditions(text: &str) -> Result<Where, String> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for condition in text.split(',') {
        let (name, value) = condition
            .split_once('=')
            .ok_or_else(|| format!("`{condition}` is no NAME=VALUE"))?;
        let known = CONDITIONS.into_iter().find(|(known, _)| *known == name.trim());
        let names = || CONDITIONS.map(|(name, _)| name).join(", ");
        let (name, check) = known.ok_or_else(|| format!("`{}` is none of {}", name.trim(), names()))?;
        if all.iter().any(|(given, _)| *given == name) {
            return Err(format!("`{name}` is there twice"));
        }
        all.push((name, check(value.trim()).map_err(|why| format!("{name}: {why}"))?));
    }
    Ok(Where(all))
}

/// What an attempt came to.
pub(super) fn class(text: &str) -> Result<String, String> {
    let known = AttemptClass::ALL.iter().map(|class| class.as_str());
    one_of(known, &text.to_ascii_lowercase())
}

fn one_of(known: impl Iterator<Item = &'static str> + Clone, text: &str) -> Result<String, String> {
    let found = known.clone().find(|name| *name == text);
    let list = || format!("one of {}", known.collect::<Vec<_>>().join(", "));
    found.map(str::to_owned).ok_or_else(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_need_an_offset_and_become_utc() {
        assert_eq!(
            instant("2026-12-01T00:01:00-08:00").unwrap(),
            "2026-12-01T08:01:00.000Z"
        );
        assert!(instant("2026-12-01T00:01:00").is_err());
    }

    #[test]
    fn a_time_to_send_at_may_be_local_and_stays_as_it_is() {
        for text in ["2026-12-01T00:01", "2026-12-01T00:01:00-08:00"] {
            assert_eq!(when(text).unwrap(), text);
        }
        assert!(when("tomorrow").is_err());
        assert!(zone("America/Los_Angeles").is_ok() && zone("Mars/Base").is_err());
    }

    #[test]
    fn conditions_are_named_checked_and_given_once() {
        let read = conditions("destination=crm, class=5XX,type=LEAD_*").unwrap();
        let expected = [("destination", "crm"), ("class", "5xx"), ("type", "LEAD_*")];
        assert_eq!(read.0, expected.map(|(name, value)| (name, value.to_owned())));
        for (wrong, why) in [
            ("crm", "NAME=VALUE"),
            ("to=crm", "offset"),
            ("dest=crm", "none of destination"),
            ("status=dead,status=dead", "twice"),
            ("type=A*B", "star"),
        ] {
            let told = conditions(wrong).unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
    }

    #[test]
    fn names_of_states_are_found_in_either_case() {
        assert_eq!(delivery_status("dead").unwrap(), "DEAD");
        assert_eq!(event_status("Pending").unwrap(), "PENDING");
        assert_eq!(class("5XX").unwrap(), "5xx");
        assert!(event_status("DEAD").unwrap_err().contains("PENDING, PROCESSING"));
    }
}
