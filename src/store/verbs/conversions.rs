//! Conversions: told of, or reached by an event, each counted once.

use std::sync::Arc;

use redb::ReadableTable;
use serde::Deserialize;

use super::Verb;
use super::events::{key_digest, record_borne};
use crate::model::event::{EventDraft, Recorded, Route};
use crate::model::funnel::{
    Bearer, Conversion, ConversionDraft, Converted, Level, Sameness, Touches, Visitor,
};
use crate::model::ids::{GoalName, IdempotencyKey};
use crate::model::money::Money;
use crate::model::person::Person;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::fold;
use crate::store::funnel_records::{CONVERTED, ConvertedFact, conversion_to_row, touches_from_row};
use crate::store::tables;

/// How many bytes of the disk a conversion takes at most, with its fact and its key.
const ROOM: u64 = 4_096;

/// Count a conversion, once.
pub(crate) struct Convert {
    pub(crate) draft: ConversionDraft,
}

impl Verb for Convert {
    type Outcome = Converted;

    fn room(&self) -> u64 {
        ROOM
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Converted, Fault> {
        let ConversionDraft {
            goal,
            value,
            sameness,
            bearer,
        } = self.draft;
        let key = digest(&goal, &sameness);
        convert(desk, (goal, value, key), Whose::Known(bearer))
    }
}

/// What stands for what tells a conversion of a goal from its repeat. No name has a line break, so no two are written alike.
fn digest(goal: &GoalName, sameness: &Sameness) -> Option<u128> {
    let text = match sameness {
        Sameness::Key(key) => format!("key\n{goal}\n{key}"),
        Sameness::Person(person) => format!("person\n{goal}\n{person}"),
        Sameness::Visitor(visitor) => format!("visitor\n{goal}\n{visitor}"),
        Sameness::None => return None,
    };
    Some(key_digest(&text))
}

/// The same for one that the event of this key is.
pub(in crate::store) fn borne_digest(goal: &GoalName, key: &IdempotencyKey) -> u128 {
    key_digest(&format!("event\n{goal}\n{key}"))
}

/// What stands for the conversions of a goal that were told of as this person's.
pub(in crate::store) fn told_digests(goal: &GoalName, person: &Person) -> Vec<u128> {
    let name = IdempotencyKey::parse(person.as_str()).ok();
    let told = name.map(|name| [Sameness::Person(name.clone()), Sameness::Key(name)]);
    let told = told.iter().flatten();
    told.filter_map(|sameness| digest(goal, sameness)).collect()
}

/// Whose conversion it is.
#[derive(Clone)]
enum Whose {
    /// Somebody whose touches were looked for in memory.
    Known(Bearer),
    /// Somebody whom an event names: their touches may not be written yet.
    Named(Option<Visitor>),
}

fn convert(
    desk: &mut Desk<'_>,
    (goal, value, key): (GoalName, Option<Money>, Option<u128>),
    whose: Whose,
) -> Result<Converted, Fault> {
    let mut keys = desk.txn.open_table(tables::CONVERSION_KEYS)?;
    if let Some(key) = key
        && keys.get(key)?.is_some()
    {
        return Ok(Converted::Replayed);
    }
    let (touches, awaited) = match whose {
        Whose::Known(Bearer { visitor, touches }) => {
            let kept = visitor
                .map(|visitor| kept_touches(desk, visitor))
                .transpose()?
                .flatten();
            (both(kept, touches), None)
        }
        Whose::Named(None) => (None, None),
        Whose::Named(Some(visitor)) => match kept_touches(desk, visitor)? {
            None => (None, Some(visitor)),
            kept => (kept, None),
        },
    };
    let conversion = Conversion {
        touches,
        at: desk.wall(),
        goal,
        value,
    };
    let fact = ConvertedFact {
        at: desk.stamp.0,
        goal: conversion.goal.as_str().to_owned(),
        value: conversion.value.map(|value| value.0),
        key,
    };
    let position = desk.append(CONVERTED, &fact)?;
    desk.txn
        .open_table(tables::CONVERSIONS)?
        .insert(position, conversion_to_row(&conversion, awaited)?.as_slice())?;
    if let Some(key) = key {
        keys.insert(key, position)?;
    }
    Ok(Converted::Counted)
}

/// A visitor's touches, as far as they are written.
pub(super) fn kept_touches(desk: &Desk<'_>, visitor: Visitor) -> Result<Option<Touches>, Fault> {
    let table = desk.txn.open_table(tables::VISITOR_TOUCHES)?;
    let row = table.get((visitor.day.0, visitor.hash))?;
    row.map(|row| touches_from_row(row.value())).transpose()
}

fn both(kept: Option<Touches>, seen: Option<Touches>) -> Option<Touches> {
    match (kept, seen) {
        (Some(kept), Some(seen)) => Some(kept.and(seen)),
        (kept, seen) => kept.or(seen),
    }
}

/// Record the event of a form, with the goals that it reaches.
pub(crate) struct RecordForm {
    pub(crate) draft: EventDraft,
    /// The routes in force, evaluated within the transaction.
    pub(crate) routes: Arc<Vec<Route>>,
    pub(crate) bearer: Bearer,
}

impl Verb for RecordForm {
    type Outcome = Recorded;

    fn room(&self) -> u64 {
        ROOM + 2 * self.draft.payload.len() as u64 + 4_096
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Recorded, Fault> {
        if desk.mirror_is_full() {
            fold::make_room(desk)?;
        }
        let Self {
            draft,
            routes,
            bearer,
        } = self;
        desk.with_events(|desk, tables| record_borne(desk, tables, (&draft, &routes), &bearer))
    }
}

/// Counts the goals that an event of this type reaches, now that it is recorded: once each, for the event is new.
pub(super) fn of_event(desk: &mut Desk<'_>, draft: &EventDraft, bearer: &Bearer) -> Result<(), Fault> {
    let goals: Vec<GoalName> = desk.memory.goals.of_event(&draft.kind).cloned().collect();
    for goal in goals {
        let key = borne_digest(&goal, &draft.key);
        let whose = match bearer.visitor {
            Some(_) => Whose::Known(bearer.clone()),
            None => Whose::Named(named(desk, draft)),
        };
        convert(desk, (goal, None, Some(key)), whose)?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Naming {
    visitor_id: Option<String>,
}

/// The visitor whom an event's payload names, if it does.
fn named(desk: &Desk<'_>, draft: &EventDraft) -> Option<Visitor> {
    let naming: Naming = serde_json::from_str(&draft.payload).ok()?;
    let day = Level::Day.span(desk.wall(), &desk.memory.goals.zone).starts;
    Visitor::parse(&naming.visitor_id?, day)
}
