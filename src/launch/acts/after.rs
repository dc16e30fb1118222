//! After the launch: dead letters, the report, the archive.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use serde_json::{Value, json};

use crate::config;
use crate::launch::Launch;
use crate::launch::words::{Came, Said, lines};
use crate::model::delivery::DestinationNumber;
use crate::model::launch::plan::Step;
use crate::model::page::{MAX_LIMIT, PageRequest};
use crate::model::time::Millis;
use crate::store::Fault;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How many pages of groups are read: what comes after them is few of many kinds.
const PAGES_MOST: usize = 20;
/// How many keys and how many secrets are named for machines: a message has 64 KiB at most.
const NAMES_MOST: usize = 100;
/// What stands for the class of dead letters that nobody was called for.
const NO_CALL: &str = "without a call";

/// Dead letters of a destination: of each class how many.
type ByClass = BTreeMap<&'static str, u64>;

pub(super) async fn dead_letters(launch: &Launch) -> Result<Came, String> {
    let (by_destination, total) = count(launch).await.map_err(words)?;
    let title = Step::DeadLetters.title();
    if total == 0 {
        return Ok(Came {
            detail: "there are none".to_owned(),
            said: Some(Said::new(
                format!("{title}: there are none."),
                json!({ "total": 0 }),
            )),
        });
    }
    let mut text = format!("{title}: there are {total}.");
    let line = |(name, classes): (&String, &ByClass)| {
        let count: u64 = classes.values().sum();
        let of: Vec<String> = classes
            .iter()
            .map(|(class, count)| format!("{count} {class}"))
            .collect();
        format!(
            "{name}: {count} ({}). gantry delivery groups --destination {name}; gantry delivery retry --destination {name} --status dead",
            of.join(", ")
        )
    };
    lines(&mut text, by_destination.iter().map(line));
    let detail = format!("there are {total}, of {} destinations", by_destination.len());
    let said = Said::new(text, json!({ "total": total, "byDestination": by_destination }));
    Ok(Came {
        detail,
        said: Some(said),
    })
}

/// Dead letters by the names of their destinations and by class; and how many there are.
async fn count(launch: &Launch) -> Result<(BTreeMap<String, ByClass>, u64), Fault> {
    let store = &launch.parts.store;
    let mut by_destination: BTreeMap<String, ByClass> = BTreeMap::new();
    let (mut after, mut all) = (None, 0);
    for _ in 0..PAGES_MOST {
        let request = PageRequest {
            after,
            limit: MAX_LIMIT,
        };
        let (page, total) = store.dead_groups(None, request).await?;
        all = total;
        for letters in page.items {
            let name = name(launch, letters.group.destination);
            let class = letters.group.class().map_or(NO_CALL, |class| class.as_str());
            *by_destination.entry(name).or_default().entry(class).or_default() += letters.count;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok((by_destination, all))
}

pub(super) async fn report(launch: &Launch, (config, at): (&config::Launch, Millis)) -> Result<Came, String> {
    let range = first_day(config, at);
    let figures = (launch.parts.hands.reckon)(range.clone()).await.map_err(words)?;
    let keys = keys_used(launch, at).await.map_err(words)?;
    let secrets = (launch.parts.hands.secrets)();
    let day = config.timezone.reading(at);
    let mut text = format!("The report of the launch of {day} ({}):", config.timezone.name());
    lines(
        &mut text,
        figures.iter().map(|(name, figure)| format!("{name}: {figure}")),
    );
    text.push_str("\nThe whole: gantry report, or the dashboard.");
    if !keys.is_empty() {
        text.push_str("\nKeys used since three days before it, to be changed (gantry key create, revoke; reset for the admin's):");
        lines(&mut text, keys.iter().map(|key| format!("- {key}")));
    }
    if !secrets.is_empty() {
        text.push_str("\nSecrets in use, to be changed where many hands have had them:");
        lines(&mut text, secrets.iter().map(|secret| format!("- {secret}")));
    }
    let members: serde_json::Map<String, Value> = figures
        .iter()
        .map(|(name, figure)| ((*name).to_owned(), figure.as_str().into()))
        .collect();
    let details = json!({
        "from": range.start.to_string(), "to": range.end.to_string(), "figures": members,
        "keys": keys.iter().take(NAMES_MOST).collect::<Vec<_>>(),
        "secrets": secrets.iter().take(NAMES_MOST).collect::<Vec<_>>(),
    });
    Ok(Came {
        detail: format!(
            "made; keys to be changed: {}, secrets: {}",
            keys.len(),
            secrets.len()
        ),
        said: Some(Said::new(text, details)),
    })
}

/// The first day of a launch: from the beginning of the day it is on, by its clocks, to the end of that, or, of a launch that
/// is not at the day's beginning, for 24 hours after it. Spend is of days: one that begins a minute too early is not asked for.
fn first_day(config: &config::Launch, at: Millis) -> Range<Millis> {
    let (begins, ends) = config.timezone.day(at).unwrap_or((at, at.plus(DAY_MS)));
    let is_early = at.0 - begins.0 <= HOUR_MS;
    begins..if is_early { ends } else { at.plus(DAY_MS) }
}

/// The names of keys that were used since three days before the launch, in the order of the alphabet.
async fn keys_used(launch: &Launch, at: Millis) -> Result<Vec<String>, Fault> {
    let store = &launch.parts.store;
    let since = at.plus(-3 * DAY_MS);
    let uses = store.key_uses().await?;
    let is_used = |hash| uses.iter().any(|(of, used)| *of == hash && *used >= since);
    let keys = store.keys().into_iter().filter(|key| is_used(key.hash));
    let named = keys.map(|key| format!("{} ({})", key.name, key.scope.as_str()));
    Ok(named.collect())
}

pub(super) async fn archive(
    launch: &Launch,
    (config, at): (&config::Launch, Millis),
) -> Result<Came, String> {
    let name = format!("launch-{}.redb", config.timezone.reading(at).replace(':', ""));
    let archived = (launch.parts.hands.archive)(name).await?;
    let limits = limits(launch, at).await.map_err(words)?;
    let (path, bytes) = (archived.path.display(), archived.bytes);
    let (before, after) = archived.file;
    let mut text = format!(
        "{}: {path} ({} MiB, verified) is kept; the data file was compacted from {} to {} MiB.",
        Step::Archive.title(),
        bytes >> 20,
        before >> 20,
        after >> 20,
    );
    if limits.is_empty() {
        text.push_str("\nNobody was called since three days before the launch.");
    } else {
        text.push_str("\nLimits met since three days before the launch:");
        lines(
            &mut text,
            limits
                .iter()
                .map(|(name, met)| format!("- {name}: {}", met.told())),
        );
    }
    let met: Vec<Value> = limits.iter().map(|(name, met)| met.json(name)).collect();
    let details = json!({
        "backup": path.to_string(), "bytes": bytes, "fileBefore": before, "fileAfter": after, "limits": met,
    });
    Ok(Came {
        detail: format!("{path} is kept, and the data file compacted"),
        said: Some(Said::new(text, details)),
    })
}

/// What a destination let us know of its limits.
struct Met {
    made: u64,
    limited: u64,
    /// What is left of its quotas, as it said, and of how many.
    quotas: Vec<(i64, Option<u64>)>,
}

impl Met {
    fn told(&self) -> String {
        let mut told = format!(
            "{} of {} attempts were one too many (429)",
            self.limited, self.made
        );
        for (left, limit) in &self.quotas {
            let of = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
            let _ = write!(told, "; {}{of} left of a quota", left.max(&0));
        }
        told
    }

    fn json(&self, name: &str) -> Value {
        let quotas: Vec<Value> = self
            .quotas
            .iter()
            .map(|(left, limit)| json!({ "remaining": left.max(&0), "limit": limit }))
            .collect();
        json!({ "destination": name, "attempts": self.made, "limited": self.limited, "quotas": quotas })
    }
}

/// The limits of each destination that was called since three days before the launch, by its name.
async fn limits(launch: &Launch, at: Millis) -> Result<BTreeMap<String, Met>, Fault> {
    let store = &launch.parts.store;
    let lanes = store.lanes().await?;
    let calls = store.calls_since(at.plus(-3 * DAY_MS)).await?;
    let met = calls.into_iter().map(|calls| {
        let lane = lanes.iter().find(|lane| lane.destination == calls.destination);
        let quotas = lane.map_or_else(Vec::new, |lane| {
            lane.quotas
                .iter()
                .map(|quota| (quota.remaining, quota.limit))
                .collect()
        });
        let met = Met {
            made: calls.made,
            limited: calls.limited,
            quotas,
        };
        (name(launch, calls.destination), met)
    });
    Ok(met.collect())
}

/// The name of a destination, whether it is configured or not.
fn name(launch: &Launch, number: DestinationNumber) -> String {
    let known = launch.parts.store.destination(number);
    known.map_or_else(
        || format!("destination {}", number.0),
        |known| known.name.to_string(),
    )
}

fn words(fault: Fault) -> String {
    fault.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::zone::Zone;

    fn at(text: &str) -> Millis {
        Millis::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn the_first_day_of_a_launch_is_its_day_or_the_24_hours_after_it() {
        let config = config::Launch {
            timezone: Zone::parse("America/Los_Angeles").unwrap(),
            ..config::Launch::default()
        };
        let midnight = first_day(&config, at("2026-12-01T08:01:00Z"));
        assert_eq!(midnight, at("2026-12-01T08:00:00Z")..at("2026-12-02T08:00:00Z"));
        let morning = first_day(&config, at("2026-12-01T17:00:00Z"));
        assert_eq!(morning, at("2026-12-01T08:00:00Z")..at("2026-12-02T17:00:00Z"));
        // A day of 25 hours.
        let autumn = first_day(&config, at("2026-11-01T07:01:00Z"));
        assert_eq!(autumn, at("2026-11-01T07:00:00Z")..at("2026-11-02T08:00:00Z"));
    }

    #[test]
    fn limits_are_told_with_what_is_left_of_quotas() {
        let met = Met {
            made: 3_400,
            limited: 12,
            quotas: vec![(-2, Some(50))],
        };
        assert_eq!(
            met.told(),
            "12 of 3400 attempts were one too many (429); 0 of 50 left of a quota"
        );
    }
}
