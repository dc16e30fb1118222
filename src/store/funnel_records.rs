//! Records of the funnel: windows, conversions, touches and roll-ups, as they stand on disk.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::funnel::{Conversion, Dimension, Label, Level, Origin, Totals, Touch, Touches, Visitor};
use crate::model::ids::GoalName;
use crate::model::money::Money;
use crate::model::time::Millis;

/// Facts; those of events end at 11.
pub(super) const WINDOW: Tag = Tag { kind: 12, version: 1 };
pub(super) const CONVERTED: Tag = Tag { kind: 13, version: 1 };

const ROLLUP: Tag = Tag {
    kind: 160,
    version: 1,
};
const CONVERSION: Tag = Tag {
    kind: 161,
    version: 1,
};
const TOUCHES: Tag = Tag {
    kind: 162,
    version: 1,
};
pub(super) const FUNNEL_SUMS: Tag = Tag {
    kind: 163,
    version: 1,
};

/// What was counted entered the roll-ups: the visits of a window, and conversions that had not entered them before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WindowFact {
    pub(super) at: i64,
    /// The first conversion that has not entered the roll-ups after this.
    pub(super) folded: u64,
    /// By window of five seconds.
    pub(super) slices: Vec<Slice>,
}

/// What was counted of one window of five seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slice {
    /// Where the windows begin and end that it lies in, by level.
    pub(super) spans: [(i64, i64); Level::ALL.len()],
    /// By dimension, in order.
    pub(super) rows: Vec<(u8, Vec<Count>)>,
}

/// What was counted under one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) label: String,
    pub(super) visits: u64,
    pub(super) conversions: u64,
    pub(super) value: i64,
}

impl Count {
    pub(super) fn of(label: impl Into<String>, totals: Totals) -> Self {
        Self {
            label: label.into(),
            visits: totals.visits,
            conversions: totals.conversions,
            value: totals.value.0,
        }
    }

    pub(super) const fn totals(&self) -> Totals {
        Totals {
            visits: self.visits,
            conversions: self.conversions,
            value: Money(self.value),
        }
    }
}

/// Adds counts to others, which are in order of their labels and stay so.
pub(super) fn add_counts(to: &mut Vec<Count>, counts: &[Count]) {
    for count in counts {
        match to.binary_search_by(|known| known.label.cmp(&count.label)) {
            Ok(at) => {
                if let Some(known) = to.get_mut(at) {
                    *known = Count::of(count.label.clone(), known.totals().and(count.totals()));
                }
            }
            Err(at) => to.insert(at, count.clone()),
        }
    }
}

/// A conversion was counted. Its row has the fact's own position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ConvertedFact {
    pub(super) at: i64,
    pub(super) goal: String,
    pub(super) value: Option<i64>,
    /// The digest of what tells it from its repeat.
    pub(super) key: Option<u128>,
}

/// What facts of the funnel add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FunnelSums {
    pub(super) visits: u64,
    pub(super) apart: u64,
    /// Those that entered the roll-ups, and what they were worth.
    pub(super) folded: u64,
    pub(super) folded_value: i64,
    /// All that there are.
    pub(super) conversions: u64,
    /// The latest beginning of a window, by level.
    pub(super) latest: [i64; Level::ALL.len()],
}

impl FunnelSums {
    pub(super) fn add_window(&mut self, fact: &WindowFact) {
        for slice in &fact.slices {
            for (latest, (starts, _)) in self.latest.iter_mut().zip(slice.spans) {
                *latest = (*latest).max(starts);
            }
            for (dimension, counts) in &slice.rows {
                for count in counts {
                    if *dimension == dimension_number(Dimension::All) {
                        self.visits += count.visits;
                        self.folded += count.conversions;
                        self.folded_value = self.folded_value.saturating_add(count.value);
                    } else if *dimension == dimension_number(Dimension::Apart) {
                        self.apart += count.visits;
                    }
                }
            }
        }
    }

    pub(super) const fn add_conversion(&mut self, _: &ConvertedFact) {
        self.conversions += 1;
    }
}

/// How a dimension stands on disk: its place among all.
pub(super) fn dimension_number(dimension: Dimension) -> u8 {
    super::event_records::number_of(&Dimension::ALL, &dimension)
}

/// How a level stands on disk.
pub(super) fn level_number(level: Level) -> u8 {
    super::event_records::number_of(&Level::ALL, &level)
}

/// A row of the roll-ups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rollup {
    /// The first instant after its window.
    pub(super) ends: i64,
    /// In order of the labels.
    pub(super) counts: Vec<Count>,
}

impl Rollup {
    pub(super) fn to_row(&self) -> Result<Vec<u8>, Fault> {
        codec::encode(ROLLUP, self)
    }

    pub(super) fn from_row(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(ROLLUP, bytes)
    }
}

#[derive(Serialize, Deserialize)]
struct TouchRecord {
    at: i64,
    /// Source, campaign, referrer, path, variant.
    labels: [String; 5],
}

impl TouchRecord {
    fn of(touch: &Touch) -> Self {
        let of = &touch.origin;
        let labels = [&of.source, &of.campaign, &of.referrer, &of.path, &of.variant];
        Self {
            at: touch.at.0,
            labels: labels.map(|label| label.as_str().to_owned()),
        }
    }

    fn touch(self) -> Touch {
        let [source, campaign, referrer, path, variant] = self.labels.map(|label| label_of(&label));
        Touch {
            at: Millis(self.at),
            origin: Origin {
                source,
                campaign,
                referrer,
                path,
                variant,
            },
        }
    }
}

/// A label as it was kept; what could be none is another's.
pub(super) fn label_of(text: &str) -> Label {
    Label::exact(text).unwrap_or_else(Label::other)
}

#[derive(Serialize, Deserialize)]
struct TouchesRecord {
    first: TouchRecord,
    /// `None`: the first.
    last: Option<TouchRecord>,
}

impl TouchesRecord {
    fn of(touches: &Touches) -> Self {
        Self {
            first: TouchRecord::of(&touches.first),
            last: (touches.last != touches.first).then(|| TouchRecord::of(&touches.last)),
        }
    }

    fn touches(self) -> Touches {
        let first = self.first.touch();
        let last = self.last.map_or_else(|| first.clone(), TouchRecord::touch);
        Touches { first, last }
    }
}

pub(super) fn touches_to_row(touches: &Touches) -> Result<Vec<u8>, Fault> {
    codec::encode(TOUCHES, &TouchesRecord::of(touches))
}

pub(super) fn touches_from_row(bytes: &[u8]) -> Result<Touches, Fault> {
    codec::decode::<TouchesRecord>(TOUCHES, bytes).map(TouchesRecord::touches)
}

#[derive(Serialize, Deserialize)]
struct ConversionRecord {
    goal: String,
    at: i64,
    value: Option<i64>,
    touches: Option<TouchesRecord>,
    /// Day and hash of [`Awaiting`].
    awaited: Option<(i64, u128)>,
}

/// A conversion as it is kept, and whose touches it waits for until it enters the roll-ups: they may still be in memory.
pub(super) type Awaiting = (Conversion, Option<Visitor>);

pub(super) fn conversion_to_row(conversion: &Conversion, awaited: Option<Visitor>) -> Result<Vec<u8>, Fault> {
    let record = ConversionRecord {
        awaited: awaited.map(|visitor| (visitor.day.0, visitor.hash)),
        goal: conversion.goal.as_str().to_owned(),
        at: conversion.at.0,
        value: conversion.value.map(|value| value.0),
        touches: conversion.touches.as_ref().map(TouchesRecord::of),
    };
    codec::encode(CONVERSION, &record)
}

pub(super) fn conversion_from_row(bytes: &[u8]) -> Result<Awaiting, Fault> {
    let record: ConversionRecord = codec::decode(CONVERSION, bytes)?;
    let conversion = Conversion {
        goal: GoalName::parse(&record.goal).map_err(Fault::file)?,
        at: Millis(record.at),
        value: record.value.map(Money),
        touches: record.touches.map(TouchesRecord::touches),
    };
    let visitor = |(day, hash)| Visitor {
        day: Millis(day),
        hash,
    };
    Ok((conversion, record.awaited.map(visitor)))
}

/// When the fact of this tag was made; `None` where it is none of the funnel.
pub(super) fn stamp_of(tag: Tag, body: &[u8]) -> Result<Option<Millis>, Fault> {
    Ok(match tag {
        WINDOW => Some(Millis(codec::body::<WindowFact>(body)?.at)),
        CONVERTED => Some(Millis(codec::body::<ConvertedFact>(body)?.at)),
        _ => None,
    })
}

/// Reads a record of the funnel; `None` where its tag is none of its own.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    Some(match tag {
        WINDOW => codec::body::<WindowFact>(body).map(drop),
        CONVERTED => codec::body::<ConvertedFact>(body).map(drop),
        ROLLUP => Rollup::from_row(bytes).map(drop),
        CONVERSION => conversion_from_row(bytes).map(drop),
        TOUCHES => touches_from_row(bytes).map(drop),
        FUNNEL_SUMS => codec::body::<FunnelSums>(body).map(drop),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
