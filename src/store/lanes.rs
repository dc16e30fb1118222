//! Lanes: what holds deliveries back besides their due times, in memory and on disk.
//!
//! A claim asks how many may leave and takes their slots; a settlement gives the slots their true end and takes in what
//! the attempt taught. Both write what changed in their own transaction: no restart forgets a window, a quota, a wait or
//! an open breaker. Rules are the configuration's, and are told at every start.

use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable};

use super::desk::Desk;
use super::error::Fault;
use super::lane_records::{self as records, Learned};
use super::tables;
use crate::model::delivery::DestinationNumber;
use crate::model::event::DeliveryId;
use crate::model::lane::breaker::{Breaker, BreakerState};
use crate::model::lane::quota::{Heard, Known, QUOTAS_MAX, Quota};
use crate::model::lane::window::{Slot, Slots, Window};
use crate::model::lane::{Allowance, GroupName, Health, Hold, Lesson, Rules, Why};
use crate::model::time::Millis;

/// What the writer remembers of lanes.
#[derive(Default)]
pub(super) struct Lanes {
    rules: HashMap<DestinationNumber, Rules>,
    breakers: HashMap<DestinationNumber, Breaker>,
    groups: HashMap<GroupName, Group>,
}

/// What destinations share.
#[derive(Default)]
struct Group {
    members: Vec<DestinationNumber>,
    slots: Slots,
    learned: Learned,
    /// Whether some member waits for what is under way to tell more.
    starved: bool,
}

/// Where a lane stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneState {
    /// Whose.
    pub destination: DestinationNumber,
    /// Its breaker.
    pub breaker: BreakerState,
    /// What holds it back, if anything does.
    pub hold: Option<Hold>,
    /// Its windows, and how many calls each holds.
    pub windows: Vec<(Window, usize)>,
    /// Its quotas, as far as they are known.
    pub quotas: Vec<Known>,
}

impl Lanes {
    /// Those of the file.
    pub(super) fn load(txn: &ReadTransaction) -> Result<Self, Fault> {
        let mut lanes = Self::default();
        for row in txn.open_table(tables::BREAKERS)?.iter()? {
            let (number, bytes) = row?;
            let breaker = Breaker::standing(records::breaker_from_row(bytes.value())?);
            lanes.breakers.insert(DestinationNumber(number.value()), breaker);
        }
        for row in txn.open_table(tables::GROUPS)?.iter()? {
            let (name, bytes) = row?;
            let learned = records::learned_from_row(bytes.value())?;
            lanes.group_named(name.value()).learned = learned;
        }
        for row in txn.open_table(tables::SLOTS)?.iter()? {
            let (key, ()) = row.map(|(key, value)| (key, value.value()))?;
            let (name, ended_at, event, destination) = key.value();
            lanes.group_named(name).slots.insert(Slot {
                ended_at: Millis(ended_at),
                event,
                destination: DestinationNumber(destination),
            });
        }
        Ok(lanes)
    }

    fn group_named(&mut self, name: &str) -> &mut Group {
        self.groups.entry(GroupName::stored(name)).or_default()
    }

    /// How many may leave for `to` at `now`.
    fn allow(&self, to: DestinationNumber, now: Millis) -> Allowance {
        let Some(rules) = self.rules.get(&to) else {
            return Allowance::ALL;
        };
        let breaker = self.breakers.get(&to).filter(|_| rules.breaker.is_some());
        let allowed = breaker.map_or(Allowance::ALL, |breaker| breaker.allow(now));
        let Some(group) = self.groups.get(&rules.group) else {
            return allowed;
        };
        let allowed = allowed
            .and(group.learned.wait(now))
            .and(group.slots.allow(&rules.windows, now));
        if rules.quota.is_none() {
            return allowed;
        }
        let under_way = group.slots.under_way(now);
        let quotas = group.learned.quotas.iter();
        let told = match group.learned.quotas.is_empty() {
            true => Quota::Unknown.allow(under_way, now),
            false => quotas.fold(Allowance::ALL, |told, quota| {
                told.and(quota.allow(under_way, now))
            }),
        };
        allowed.and(told.until(group.slots.next_end(now)))
    }
}

impl Learned {
    fn wait(&self, now: Millis) -> Allowance {
        match self.held_until {
            Some(until) if until > now => Allowance::None(Hold {
                why: Why::RetryAfter,
                until: Some(until),
            }),
            _ => Allowance::ALL,
        }
    }

    /// Takes in what a lesson says of waits and quotas. True where something changed.
    fn take_in(&mut self, lesson: &Lesson, rules: &Rules, now: Millis) -> bool {
        let before = self.clone();
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
        }
        self.held_until = self
            .held_until
            .max(lesson.hold_until.filter(|until| *until > now));
        if let Some(cost) = rules.quota
            && !lesson.unsent
        {
            let said: &[Option<_>] = match &lesson.heard {
                Heard::Nothing => &[],
                Heard::Answer(said) => said,
            };
            let count = self.quotas.len().max(said.len()).clamp(1, QUOTAS_MAX);
            self.quotas.resize(count, Quota::default());
            let answered = lesson.heard != Heard::Nothing;
            for (index, quota) in self.quotas.iter_mut().enumerate() {
                let said = said.get(index).copied().flatten();
                quota.learn(answered.then_some(said), cost, now);
            }
        }
        *self != before
    }
}

/// Puts rules in force in the place of those before.
pub(super) fn rule(desk: &mut Desk<'_>, rules: Vec<(DestinationNumber, Rules)>) -> Result<(), Fault> {
    let lanes = &mut desk.memory.lanes;
    lanes.groups.values_mut().for_each(|group| group.members.clear());
    for (number, rules) in &rules {
        let group = lanes.groups.entry(rules.group.clone()).or_default();
        group.members.push(*number);
    }
    lanes.rules = rules.into_iter().collect();
    let unguarded = lanes.rules.iter().filter(|(_, rules)| rules.breaker.is_none());
    let unguarded: Vec<DestinationNumber> = unguarded.map(|(number, _)| *number).collect();
    for number in unguarded {
        if desk.memory.lanes.breakers.remove(&number).is_some() {
            write_breaker(desk, number)?;
        }
    }
    desk.memory
        .stirred
        .extend(desk.memory.lanes.rules.keys().copied());
    Ok(())
}

/// How many may leave for `to` now.
pub(super) fn allow(desk: &Desk<'_>, to: DestinationNumber) -> Allowance {
    desk.memory.lanes.allow(to, desk.stamp)
}

/// Notes that nothing more leaves for `to` because of `hold`: what is learned meanwhile is to wake its lane.
pub(super) fn starve(desk: &mut Desk<'_>, to: DestinationNumber, hold: Hold) {
    let lanes = &mut desk.memory.lanes;
    let group = lanes
        .rules
        .get(&to)
        .and_then(|rules| lanes.groups.get_mut(&rules.group));
    if let Some(group) = group
        && hold.why == Why::Quota
    {
        group.starved = true;
    }
}

/// Frees the slots that no window holds any more.
pub(super) fn forget(desk: &mut Desk<'_>, to: DestinationNumber) -> Result<(), Fault> {
    let lanes = &mut desk.memory.lanes;
    let Some(rules) = lanes.rules.get(&to) else {
        return Ok(());
    };
    let Some(group) = lanes.groups.get_mut(&rules.group) else {
        return Ok(());
    };
    let gone = group.slots.forget(&rules.windows, desk.stamp);
    if gone.is_empty() {
        return Ok(());
    }
    let mut slots = desk.txn.open_table(tables::SLOTS)?;
    for slot in gone {
        slots.remove(key(&rules.group, slot))?;
    }
    drop(slots);
    desk.wrote();
    Ok(())
}

fn key(group: &GroupName, slot: Slot) -> (&str, i64, u64, u16) {
    (group.as_str(), slot.ended_at.0, slot.event, slot.destination.0)
}

/// A delivery that is called: its event's position, its id and attempt, and when its lease ends. Of several in one call,
/// the first stands for all of them: it has their slot, and is the probe.
pub(super) struct Call {
    pub(super) to: DestinationNumber,
    pub(super) event: u64,
    pub(super) id: DeliveryId,
    pub(super) attempt: u32,
    pub(super) lease_ends: Millis,
}

impl Call {
    fn slot(&self, ended_at: Millis) -> Slot {
        Slot {
            ended_at,
            event: self.event,
            destination: self.to,
        }
    }
}

/// Whether the next call to `to` is the probe of an open breaker.
pub(super) fn would_probe(desk: &Desk<'_>, to: DestinationNumber) -> bool {
    let lanes = &desk.memory.lanes;
    let guarded = lanes.rules.get(&to).is_some_and(|rules| rules.breaker.is_some());
    let breaker = lanes.breakers.get(&to).filter(|_| guarded);
    breaker.is_some_and(|breaker| breaker.state != BreakerState::Closed)
}

/// Takes slots for calls that begin, until their leases end; one to an open breaker is its probe.
pub(super) fn begun(desk: &mut Desk<'_>, calls: &[Call]) -> Result<(), Fault> {
    for call in calls {
        let lanes = &mut desk.memory.lanes;
        let breaker = lanes.breakers.get_mut(&call.to);
        if breaker.is_some_and(|breaker| breaker.begun(call.id, call.attempt)) {
            write_breaker(desk, call.to)?;
        }
    }
    take_slots(desk, calls)
}

/// Takes slots for calls to one destination, until their leases end.
pub(super) fn take_slots(desk: &mut Desk<'_>, calls: &[Call]) -> Result<(), Fault> {
    let lanes = &mut desk.memory.lanes;
    let to = calls.first().map(|call| call.to);
    let rules = to.and_then(|to| lanes.rules.get(&to));
    let Some(rules) = rules.filter(|rules| !rules.windows.is_empty() || rules.quota.is_some()) else {
        return Ok(());
    };
    let Some(group) = lanes.groups.get_mut(&rules.group) else {
        return Ok(());
    };
    let mut slots = desk.txn.open_table(tables::SLOTS)?;
    for call in calls {
        let slot = call.slot(call.lease_ends);
        group.slots.insert(slot);
        slots.insert(key(&rules.group, slot), ())?;
    }
    Ok(())
}

/// Takes in what a call taught that has ended now, with the deliveries in it.
pub(super) fn ended(desk: &mut Desk<'_>, calls: &[Call], lesson: &Lesson) -> Result<(), Fault> {
    let Some(first) = calls.first() else {
        return Ok(());
    };
    for call in calls {
        end_slot(desk, call, lesson)?;
    }
    take_in(desk, first.to, lesson)?;
    note_health(desk, first, &lesson.health)
}

/// Gives a call's slot its true end, or frees it where nothing was sent.
fn end_slot(desk: &mut Desk<'_>, call: &Call, lesson: &Lesson) -> Result<(), Fault> {
    let now = desk.stamp;
    let lanes = &mut desk.memory.lanes;
    let rules = lanes.rules.get(&call.to);
    let found = rules.and_then(|rules| Some((rules, lanes.groups.get_mut(&rules.group)?)));
    let Some((rules, group)) = found else {
        return Ok(());
    };
    let until_lease = call.slot(call.lease_ends);
    if group.slots.remove(until_lease) {
        let mut slots = desk.txn.open_table(tables::SLOTS)?;
        slots.remove(key(&rules.group, until_lease))?;
        if !lesson.unsent {
            let true_end = call.slot(now);
            group.slots.insert(true_end);
            slots.insert(key(&rules.group, true_end), ())?;
        }
    }
    Ok(())
}

/// Notes that a lease ended without a word: whether the receiver was reached is not known.
pub(super) fn lapsed(desk: &mut Desk<'_>, call: &Call) -> Result<(), Fault> {
    // Its slot stays where the lease ended, and a quota is taken to have counted the call: of several deliveries in one,
    // that which has the slot tells so.
    if has_slot(desk, call) {
        take_in(desk, call.to, &Lesson::default())?;
    }
    let breaker = desk.memory.lanes.breakers.get(&call.to);
    let is_probe = breaker.is_some_and(
        |breaker| matches!(&breaker.state, BreakerState::HalfOpen { probe, .. } if *probe == (call.id, call.attempt)),
    );
    match is_probe {
        true => note_health(desk, call, &Health::Ill("the probe was cut off".to_owned())),
        false => Ok(()),
    }
}

fn has_slot(desk: &Desk<'_>, call: &Call) -> bool {
    let lanes = &desk.memory.lanes;
    let rules = lanes.rules.get(&call.to);
    let group = rules.and_then(|rules| lanes.groups.get(&rules.group));
    group.is_some_and(|group| group.slots.contains(call.slot(call.lease_ends)))
}

/// Takes in what is known of waits and quotas, and wakes the lanes that waited for it.
fn take_in(desk: &mut Desk<'_>, to: DestinationNumber, lesson: &Lesson) -> Result<(), Fault> {
    let now = desk.stamp;
    let lanes = &mut desk.memory.lanes;
    let rules = lanes.rules.get(&to);
    let found = rules.and_then(|rules| Some((rules, lanes.groups.get_mut(&rules.group)?)));
    let Some((rules, group)) = found else {
        return Ok(());
    };
    if group.learned.take_in(lesson, rules, now) {
        let row = records::learned_to_row(&group.learned)?;
        let mut groups = desk.txn.open_table(tables::GROUPS)?;
        groups.insert(rules.group.as_str(), row.as_slice())?;
    }
    if std::mem::take(&mut group.starved) {
        desk.memory.stirred.extend(group.members.iter().copied());
    }
    Ok(())
}

fn note_health(desk: &mut Desk<'_>, call: &Call, health: &Health) -> Result<(), Fault> {
    let now = desk.stamp;
    let lanes = &mut desk.memory.lanes;
    let configured = lanes.rules.get(&call.to).and_then(|rules| rules.breaker);
    let known = lanes.breakers.contains_key(&call.to);
    if configured.is_none() && !known {
        return Ok(());
    }
    let policy = configured.unwrap_or_default();
    let breaker = lanes.breakers.entry(call.to).or_default();
    if breaker.ended((call.id, call.attempt), health, (&policy, now)) {
        write_breaker(desk, call.to)?;
        desk.memory.stirred.insert(call.to);
    }
    Ok(())
}

fn write_breaker(desk: &mut Desk<'_>, to: DestinationNumber) -> Result<(), Fault> {
    let state = desk.memory.lanes.breakers.get(&to).map(|breaker| &breaker.state);
    let row = records::breaker_to_row(state.unwrap_or(&BreakerState::Closed))?;
    let mut breakers = desk.txn.open_table(tables::BREAKERS)?;
    match row {
        Some(row) => drop(breakers.insert(to.0, row.as_slice())?),
        None => drop(breakers.remove(to.0)?),
    }
    drop(breakers);
    desk.wrote();
    Ok(())
}

/// Where every lane with rules stands.
pub(super) fn show(desk: &Desk<'_>) -> Vec<LaneState> {
    let lanes = &desk.memory.lanes;
    let mut all = Vec::new();
    for (number, rules) in &lanes.rules {
        let group = lanes.groups.get(&rules.group);
        let used = |window: &Window| group.map_or(0, |group| group.slots.used(window, desk.stamp));
        let quotas = group.map_or(&[][..], |group| &group.learned.quotas);
        let breaker = lanes.breakers.get(number).filter(|_| rules.breaker.is_some());
        all.push(LaneState {
            destination: *number,
            breaker: breaker.map(|breaker| breaker.state.clone()).unwrap_or_default(),
            hold: match allow(desk, *number) {
                Allowance::Some(_) => None,
                Allowance::None(hold) => Some(hold),
            },
            windows: rules
                .windows
                .iter()
                .map(|window| (*window, used(window)))
                .collect(),
            quotas: quotas
                .iter()
                .filter_map(|quota| match quota {
                    Quota::Known(known) => Some(*known),
                    Quota::Unknown | Quota::Silent => None,
                })
                .collect(),
        });
    }
    all.sort_unstable_by_key(|lane| lane.destination);
    all
}
