//! Tables that may stand several times: `[[destination]]`, `[[route]]`, `[[webhook]]`, `[[schedule]]`, `[[pages.rule]]`,
//! `[[form]]`. No variable reaches into them.

use std::collections::HashMap;

use super::fault::{Fault, Place};
use super::sources::Sources;
use super::written::Written;
use super::{Checks, Config, Destination, destination, form, pages, route, schedule, webhook};
use crate::model::ids::{DestinationName, Source};

/// The most tables of one kind.
const TABLES_MOST: usize = 1_000;

/// A kind of table.
pub(super) struct Kind {
    /// Its name: `destination`; with its section before it, where it stands in one: `pages.rule`.
    pub(super) name: &'static str,
    /// Its keys.
    pub(super) keys: &'static [&'static str],
    /// Whether two configurations agree on all of its tables. A running process takes up what is new.
    pub(super) same: fn(&Config, &Config) -> bool,
}

/// Every kind, in the order of the packaged file.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "destination",
        keys: &destination::KEYS,
        same: |a, b| a.destinations == b.destinations,
    },
    Kind {
        name: "route",
        keys: &route::KEYS,
        same: |a, b| a.routes == b.routes,
    },
    Kind {
        name: "webhook",
        keys: &webhook::KEYS,
        same: |a, b| a.webhooks == b.webhooks,
    },
    Kind {
        name: "schedule",
        keys: &schedule::KEYS,
        same: |a, b| a.schedules == b.schedules,
    },
    Kind {
        name: pages::RULE,
        keys: &pages::RULE_KEYS,
        same: |a, b| a.pages.rules == b.pages.rules,
    },
    Kind {
        name: "form",
        keys: &form::KEYS,
        same: |a, b| a.forms == b.forms,
    },
];

/// One table as it was written.
#[derive(Debug)]
pub(super) struct Block {
    /// Its kind's name.
    pub(super) kind: &'static str,
    pub(super) place: Place,
    pub(super) entries: Vec<(String, Written)>,
}

impl Block {
    fn parts(&self) -> (&Place, &[(String, Written)]) {
        (&self.place, &self.entries)
    }

    fn fault(&self, key: &str, message: String) -> Fault {
        Fault {
            place: self.place.clone(),
            key: Some(key.to_owned()),
            message,
        }
    }
}

/// Reads every table into `config`; faults come back. `checks` say what else is wrong.
pub(super) fn read(config: &mut Config, blocks: &[Block], sources: &Sources, checks: &Checks) -> Vec<Fault> {
    let mut faults = Vec::new();
    for kind in KINDS {
        let too_many = blocks
            .iter()
            .filter(|block| block.kind == kind.name)
            .nth(TABLES_MOST);
        faults.extend(
            too_many.map(|block| block.fault(kind.name, format!("there are more than {TABLES_MOST}"))),
        );
    }
    let of_kind = |kind: &'static str| {
        blocks
            .iter()
            .filter(move |block| block.kind == kind)
            .take(TABLES_MOST)
    };
    let mut names: Vec<(DestinationName, &Place)> = Vec::new();
    for block in of_kind("destination") {
        let (read, wrong) = destination::read(block.parts(), sources);
        faults.extend(wrong);
        config
            .destinations
            .extend(read.inspect(|read| faults.extend((checks.destination)(read))));
        let written = block.entries.iter().find(|(key, _)| key == "name");
        let Some((name, at)) =
            written.and_then(|(_, w)| Some((w.one(destination::parse_name).ok()?, &w.place)))
        else {
            continue;
        };
        match names.iter().find(|(known, _)| *known == name) {
            Some((_, first)) => faults.push(Fault {
                place: at.clone(),
                key: Some("destination.name".to_owned()),
                message: format!("{name} is the name of the destination at {first}; use another"),
            }),
            None => names.push((name, at)),
        }
    }
    faults.extend(groups_agree(&config.destinations, of_kind("destination")));
    // Those with other faults are known by name too: a route to them is not wrong.
    let known: Vec<DestinationName> = names.into_iter().map(|(name, _)| name).collect();
    for block in of_kind("route") {
        let (read, wrong) = route::read(block.parts(), &known);
        config.routes.extend(read);
        faults.extend(wrong);
    }
    faults.extend(webhooks(config, of_kind("webhook"), (sources, checks)));
    for block in of_kind("schedule") {
        let (read, wrong) = schedule::read(block.parts());
        faults.extend(wrong);
        config.schedules.extend(read);
    }
    faults.extend(written_once(("schedule", "name"), of_kind("schedule")));
    for block in of_kind(pages::RULE) {
        let (read, wrong) = pages::read_rule(block.parts());
        faults.extend(wrong);
        config.pages.rules.extend(read);
    }
    config.pages.rules.sort_by_key(|rule| rule.path.rank());
    faults.extend(written_once((pages::RULE, "path"), of_kind(pages::RULE)));
    for block in of_kind("form") {
        let (read, wrong) = form::read(block.parts());
        faults.extend(wrong);
        config.forms.extend(read);
    }
    faults.extend(written_once(("form", "name"), of_kind("form")));
    faults
}

/// The names of all destinations, also of those that cannot be read otherwise.
pub(super) fn destination_names(blocks: &[Block]) -> Vec<DestinationName> {
    let of = |block: &Block| {
        let (_, written) = block.entries.iter().find(|(key, _)| key == "name")?;
        written.one(destination::parse_name).ok()
    };
    let destinations = blocks.iter().filter(|block| block.kind == "destination");
    destinations.filter_map(of).collect()
}

/// Reads every `[[webhook]]`; no two are of one source.
fn webhooks<'b>(
    config: &mut Config,
    blocks: impl Iterator<Item = &'b Block>,
    (sources, checks): (&Sources, &Checks),
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut known: Vec<(Source, &Place)> = Vec::new();
    for block in blocks {
        let (read, wrong) = webhook::read(block.parts(), sources);
        faults.extend(wrong);
        config
            .webhooks
            .extend(read.inspect(|read| faults.extend((checks.webhook)(read))));
        let written = block.entries.iter().find(|(key, _)| key == "source");
        let Some((source, at)) =
            written.and_then(|(_, w)| Some((w.one(webhook::parse_source).ok()?, &w.place)))
        else {
            continue;
        };
        match known.iter().find(|(known, _)| *known == source) {
            Some((_, first)) => faults.push(Fault {
                place: at.clone(),
                key: Some("webhook.source".to_owned()),
                message: format!("{source} is the source of the webhook at {first}; use another"),
            }),
            None => known.push((source, at)),
        }
    }
    faults
}

/// No two tables of a kind have the same text in `key`.
fn written_once<'b>((kind, key): (&str, &str), blocks: impl Iterator<Item = &'b Block>) -> Vec<Fault> {
    let mut first: HashMap<String, &Place> = HashMap::new();
    let mut faults = Vec::new();
    for block in blocks {
        let Some((_, written)) = block.entries.iter().find(|(name, _)| name == key) else {
            continue;
        };
        let Ok(name) = written.one(|text| Ok(text.to_owned())) else {
            continue;
        };
        if let Some(at) = first.get(&name) {
            faults.push(Fault {
                place: written.place.clone(),
                key: Some(format!("{kind}.{key}")),
                message: format!("{name} is the {key} of the {kind} at {at}; use another"),
            });
        } else {
            first.insert(name, &written.place);
        }
    }
    faults
}

/// Destinations of one `quota_group` share one bucket, one set of windows and one quota: they say the same of them.
fn groups_agree<'b>(destinations: &[Destination], blocks: impl Iterator<Item = &'b Block>) -> Vec<Fault> {
    let blocks: Vec<&Block> = blocks.collect();
    let block_of = |name: &DestinationName| {
        blocks.iter().find(|block| {
            let named = |(key, written): &(String, Written)| {
                key == "name"
                    && written
                        .one(destination::parse_name)
                        .is_ok_and(|found| found == *name)
            };
            block.entries.iter().any(named)
        })
    };
    let mut faults = Vec::new();
    for (index, one) in destinations.iter().enumerate() {
        let mut before = destinations.iter().take(index);
        let shared = before.find(|other| other.quota_group.is_some() && other.quota_group == one.quota_group);
        let Some((first, block)) = shared.zip(block_of(&one.name)) else {
            continue;
        };
        for (key, same) in [
            ("rate", one.rate == first.rate),
            (
                "pace_jitter",
                one.pace_jitter.to_bits() == first.pace_jitter.to_bits(),
            ),
            ("window", one.windows == first.windows),
            ("quota", one.quota == first.quota),
        ] {
            let written = block.entries.iter().find(|(name, _)| name == key);
            faults.extend((!same).then(|| {
                Fault {
                    place: written
                        .map_or(&block.place, |(_, written)| &written.place)
                        .clone(),
                    key: Some(format!("destination.{key}")),
                    message: format!(
                        "differs from that of {}, which shares the quota_group; write the same",
                        first.name
                    ),
                }
            }));
        }
    }
    faults
}

#[cfg(test)]
mod tests;
