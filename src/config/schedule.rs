//! Schedules: events that come by the clock.

use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::json;
use super::launch;
use super::written::{Refusal, Written};
use crate::model::event::Priority;
use crate::model::ids::{EventType, ScheduleName, Source};
use crate::model::time::cron::{Cron, Timetable};

/// The keys of `[[schedule]]`, in the order of the packaged file.
pub(super) const KEYS: [&str; 4] = ["name", "cron", "timezone", "event"];
/// The keys of `event`.
const EVENT_KEYS: [&str; 4] = ["type", "source", "payload", "priority"];
/// Where a schedule's events come from when nothing is written.
const DEFAULT_SOURCE: &str = "schedule";

/// An event that comes again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name; no two of one name.
    pub name: ScheduleName,
    /// When it is due. It has a next occurrence.
    pub timetable: Timetable,
    /// What comes then.
    pub event: ScheduledEvent,
}

/// What every run of a schedule records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledEvent {
    /// What happened.
    pub kind: EventType,
    /// Where.
    pub source: Source,
    /// An object in JSON.
    pub payload: String,
    /// How urgent.
    pub priority: Priority,
}

/// Reads one `[[schedule]]`.
pub(super) fn read(table: (&Place, &[(String, Written)])) -> (Option<Schedule>, Vec<Fault>) {
    let mut fields = Fields::open("schedule", &KEYS, table);
    let name = fields.required("name", |written| written.one(parse_name));
    let cron = fields.required("cron", |written| written.one(cron));
    let zone = fields.required("timezone", |written| written.one(launch::zone));
    let event = fields.required("event", event);
    let schedule = name.zip(cron).zip(zone).zip(event);
    let schedule = schedule.map(|(((name, cron), zone), event)| Schedule {
        name,
        timetable: Timetable::new(cron, zone),
        event,
    });
    (schedule, fields.faults())
}

/// A name stands in the keys of its events.
pub(super) fn parse_name(text: &str) -> Result<ScheduleName, Invalid> {
    ScheduleName::parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text))))
}

fn cron(text: &str) -> Result<Cron, Invalid> {
    let example = r#"write for example "0 9 * * MON-FRI""#;
    text.parse()
        .map_err(|bad| Invalid(format!("{} {bad}; {example}", shown(text))))
}

fn event(written: &Written) -> Result<ScheduledEvent, Vec<Refusal>> {
    let mut fields = Fields::open("schedule.event", &EVENT_KEYS, (&written.place, written.table()?));
    let kind = fields.required("type", |written| written.one(named(EventType::parse)));
    let source = fields.optional("source", |written| written.one(named(Source::parse)));
    let payload = fields.optional("payload", json::object);
    let priority = fields.optional("priority", |written| {
        written.integer(0..=i64::from(Priority::MAX))
    });
    let priority = priority.and_then(|level| Priority::new(u8::try_from(level).ok()?));
    let source = source.or_else(|| Source::parse(DEFAULT_SOURCE).ok());
    let event = kind.zip(source).map(|(kind, source)| ScheduledEvent {
        kind,
        source,
        payload: payload.unwrap_or_else(|| "{}".to_owned()),
        priority: priority.unwrap_or_default(),
    });
    fields.into_refusals()?;
    event.ok_or_else(Vec::new)
}

fn named<T, E: std::fmt::Display>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&str) -> Result<T, Invalid> {
    move |text| parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text))))
}
