//! What the answer to a call of several deliveries says of each.
//!
//! It is told apart where its body is JSON in one of these shapes, whatever its status:
//! - a list of results, by itself or as `results` or `items` of an object: one for each delivery, in their order, or with an
//!   `id`, the delivery's or the event's, in any;
//! - a list of failures, as `errors` of an object: each with an `index` from 0, or an `id`. What is not in it has not failed.
//!
//! Every member of the list is an object with a `status`, a number as HTTP has them. A list of anything else, or an empty one,
//! tells nothing apart.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::judge::Verdict;
use crate::model::event::DeliveryId;
use crate::outbound::{Answer, BodyEnd};

/// Success and failure of several in one answer (RFC 4918 §11.1).
const MULTI_STATUS: u16 = 207;

/// What is said of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// 100 to 599.
    pub(super) status: u16,
    /// All that is said, as JSON.
    pub(super) said: &'a str,
}

/// What an answer says of each.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told<'a> {
    /// By delivery, in their order.
    pub(super) entries: Vec<Option<Entry<'a>>>,
    /// What holds for those of which nothing is said.
    pub(super) rest: Rest,
}

/// What holds for deliveries of which an answer says nothing by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// What the answer's own status says.
    AsWhole,
    /// Whether they were taken is not known.
    NotKnown,
    /// Nor is it, and the answer was too long to be read: that to fewer is shorter.
    NotRead,
}

impl Rest {
    /// What becomes of them where the whole answer means `whole`. What may not have arrived is sent again, and nothing is a
    /// dead letter because another was refused.
    pub(super) fn verdict(self, whole: Verdict) -> Verdict {
        match (self, whole) {
            (_, Verdict::Retry { .. } | Verdict::GiveBack | Verdict::Gone) => whole,
            (Self::AsWhole, Verdict::Delivered) => whole,
            (Self::NotRead, _) => Verdict::Smaller,
            _ => Verdict::Retry { not_before: None },
        }
    }
}

/// Reads what `answer` says of `deliveries`; `None` where it says the same of all.
pub(super) fn told<'a>(answer: &'a Answer, deliveries: &[DeliveryId]) -> Option<Told<'a>> {
    let lists = Lists::of(answer);
    let whole = lists.is_whole && answer.end == BodyEnd::Whole;
    let not_known = match answer.end {
        BodyEnd::Cut => Rest::NotRead,
        BodyEnd::Whole | BodyEnd::Broken | BodyEnd::Late => Rest::NotKnown,
    };
    if let Some(items) = lists.results.as_deref().and_then(items) {
        let by_order = whole && items.len() == deliveries.len();
        let (entries, _) = placed(&items, deliveries, by_order);
        let rest = not_known;
        return Some(Told { entries, rest });
    }
    if let Some(items) = lists.errors.as_deref().and_then(items) {
        let (entries, all_placed) = placed(&items, deliveries, false);
        let rest = if whole && all_placed {
            Rest::AsWhole
        } else {
            not_known
        };
        return Some(Told { entries, rest });
    }
    // Some failed and some did not, and which is not said, or not in words that are known here.
    let no_failure = whole && lists.errors.is_some_and(|errors| errors.is_empty());
    (answer.status == MULTI_STATUS && !no_failure).then(|| Told {
        entries: vec![None; deliveries.len()],
        rest: not_known,
    })
}

/// One member of a list.
struct Item<'a> {
    entry: Entry<'a>,
    id: Option<u128>,
    index: Option<usize>,
}

/// The members of a list, where it is one of entries.
fn items<'a>(list: &[&'a RawValue]) -> Option<Vec<Item<'a>>> {
    let items: Option<Vec<Item<'a>>> = list.iter().map(|member| Item::read(member)).collect();
    items.filter(|items| !items.is_empty())
}

impl<'a> Item<'a> {
    fn read(member: &'a RawValue) -> Option<Self> {
        let said = member.get();
        let value: serde_json::Value = serde_json::from_str(said).ok()?;
        let status = value.get("status")?.as_u64()?;
        let status = u16::try_from(status)
            .ok()
            .filter(|status| (100..600).contains(status))?;
        let id = value.get("id").and_then(serde_json::Value::as_str);
        let index = value.get("index").and_then(serde_json::Value::as_u64);
        Some(Self {
            entry: Entry { status, said },
            id: id.and_then(DeliveryId::parse).map(|id| id.0),
            index: index.and_then(|index| usize::try_from(index).ok()),
        })
    }
}

/// Gives each delivery its entry, a failure before a success where there are two; and whether every entry is some
/// delivery's.
fn placed<'a>(
    items: &[Item<'a>],
    deliveries: &[DeliveryId],
    by_order: bool,
) -> (Vec<Option<Entry<'a>>>, bool) {
    let mut entries: Vec<Option<Entry<'a>>> = vec![None; deliveries.len()];
    let mut all = true;
    for (order, item) in items.iter().enumerate() {
        let is_its = |id: u128| {
            let mut each = deliveries.iter();
            each.position(|delivery| delivery.0 == id || delivery.event().0 == id)
        };
        let place = item.id.and_then(is_its).or(item.index);
        let place = place.or(by_order.then_some(order));
        match place.and_then(|place| entries.get_mut(place)) {
            Some(Some(known)) if !is_success(known.status) || is_success(item.entry.status) => {}
            Some(entry) => *entry = Some(item.entry),
            None => all = false,
        }
    }
    (entries, all)
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// The lists that an answer holds, as far as it was read.
#[derive(Default)]
struct Lists<'a> {
    results: Option<Vec<&'a RawValue>>,
    errors: Option<Vec<&'a RawValue>>,
    /// Whether the JSON ended as it should.
    is_whole: bool,
}

impl<'a> Lists<'a> {
    fn of(answer: &'a Answer) -> Self {
        let mut lists = Self::default();
        let mut json = serde_json::Deserializer::from_slice(&answer.body);
        let read = Body(&mut lists).deserialize(&mut json);
        lists.is_whole = read.is_ok() && json.end().is_ok();
        lists
    }
}

/// Reads a body, and keeps what was read where it breaks off.
struct Body<'l, 'a>(&'l mut Lists<'a>);

impl<'a> DeserializeSeed<'a> for Body<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Body<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list, or an object with one")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<(), A::Error> {
        collect(seq, self.0.results.insert(Vec::new()))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "results" | "items" => map.next_value_seed(List(&mut self.0.results))?,
                "errors" => map.next_value_seed(List(&mut self.0.errors))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

fn collect<'a, A: SeqAccess<'a>>(mut seq: A, list: &mut Vec<&'a RawValue>) -> Result<(), A::Error> {
    while let Some(member) = seq.next_element()? {
        list.push(member);
    }
    Ok(())
}

/// Reads a list; anything else is passed over.
struct List<'l, 'a>(&'l mut Option<Vec<&'a RawValue>>);

impl<'a> DeserializeSeed<'a> for List<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for List<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<(), A::Error> {
        collect(seq, self.0.insert(Vec::new()))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
