//! What is seen of a launch: looked at once, then asked about each item.

use super::{Launch, Warm};
use crate::metrics::SeriesId;
use crate::model::event::DeliveryStatus;
use crate::model::lane::breaker::BreakerState;
use crate::model::lane::quota::Known;
use crate::model::launch::{Item, Sight};
use crate::model::time::Millis;
use crate::store::{Fault, LaneState, Shortage, Space};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How old a backup may be: a day, and the time that the nightly one takes.
const BACKUP_MOST_MS: i64 = 26 * HOUR_MS;
/// How many of a hundred calls may be found too many.
const LIMITED_MOST: f64 = 0.05;
/// How many of a thousand pages are answered from memory: what the alert of the launch asks for.
const HITS_LEAST_PER_THOUSAND: u64 = 920;
/// Over how many minutes pages are looked at.
const PAGES_MINUTES: u64 = 15;

/// What was seen.
pub(super) struct Scene {
    pub(super) now: Millis,
    pub(super) backup_at: Option<Millis>,
    pub(super) warm: Option<Warm>,
    /// Destinations by name, with what keeps each from being sent to.
    pub(super) destinations: Vec<(String, Option<String>)>,
    /// What receivers said that is left of their quotas, by the names of destinations.
    pub(super) quotas: Vec<(String, Known)>,
    pub(super) dead: u64,
    pub(super) waiting: u64,
    pub(super) next_due: Option<Millis>,
    pub(super) space: Option<Space>,
    pub(super) limited_ratio: f64,
    /// Pages that were asked for lately, and those of them that were answered from memory.
    pub(super) pages: (u64, u64),
}

impl Launch {
    pub(super) async fn look(&self) -> Result<Scene, Fault> {
        let parts = &self.parts;
        let store = &parts.store;
        let now = parts.clock.now();
        let made_at = parts.metrics.backup_made_at().get();
        let backlog = store.backlog().await?;
        let count = |status| backlog.iter().map(|backlog| backlog.of(status)).sum::<u64>();
        let lanes = store.lanes().await?;
        Ok(Scene {
            now,
            backup_at: (made_at > 0).then(|| Millis(made_at.saturating_mul(1_000))),
            warm: (parts.senses.warmth)(),
            quotas: lanes.iter().flat_map(|lane| self.quotas(lane)).collect(),
            destinations: lanes.iter().map(|lane| self.destination(lane)).collect(),
            dead: count(DeliveryStatus::Dead),
            waiting: count(DeliveryStatus::Pending) + count(DeliveryStatus::Retrying),
            next_due: backlog.iter().filter_map(|backlog| backlog.oldest_due).min(),
            space: store.space(),
            limited_ratio: parts.metrics.limited_ratio(),
            pages: self.pages(now).await?,
        })
    }

    /// The name of a lane's destination, and what keeps it from being sent to.
    fn destination(&self, lane: &LaneState) -> (String, Option<String>) {
        let store = &self.parts.store;
        let known = store.destination(lane.destination);
        let (name, paused) =
            known.map_or_else(Default::default, |known| (known.name.to_string(), known.paused));
        let everything = store
            .delivery_paused_since()
            .map(|_| "nothing is sent to anybody".to_owned());
        let broken = match &lane.breaker {
            BreakerState::Open(open) => Some(open.reason.clone()),
            BreakerState::Closed | BreakerState::HalfOpen { .. } => None,
        };
        (name, paused.or(everything).or(broken))
    }

    fn quotas(&self, lane: &LaneState) -> Vec<(String, Known)> {
        let known = self.parts.store.destination(lane.destination);
        let name = known.map_or_else(String::new, |known| known.name.to_string());
        let quotas = lane.quotas.iter();
        quotas.map(|quota| (name.clone(), *quota)).collect()
    }

    async fn pages(&self, now: Millis) -> Result<(u64, u64), Fault> {
        let last = u64::try_from(now.0.div_euclid(MINUTE_MS)).unwrap_or(0);
        let minutes = last.saturating_sub(PAGES_MINUTES)..last + 1;
        let store = &self.parts.store;
        let requests = store
            .series(SeriesId::PagesRequests.id(), minutes.clone())
            .await?;
        let hits = store.series(SeriesId::PagesHits.id(), minutes).await?;
        Ok((sum(&requests), sum(&hits)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of fifteen minutes, never negative"
)]
fn sum(samples: &[(u64, f64)]) -> u64 {
    samples.iter().map(|(_, count)| *count as u64).sum()
}

impl Scene {
    /// What is seen of an item, and in words; `None` where it is not seen whether it is so.
    pub(super) fn of(&self, item: Item) -> Option<(Sight, String)> {
        let seen = |holds: bool, words: String| {
            let sight = match holds {
                true => Sight::Holds,
                false => Sight::Fails,
            };
            Some((sight, words))
        };
        match item {
            Item::Backup => match self.backup_at.map(|at| self.now.0.saturating_sub(at.0)) {
                Some(age) => seen(age <= BACKUP_MOST_MS, format!("the newest is {} old", span(age))),
                None => seen(false, "there is none".to_owned()),
            },
            Item::Warm | Item::WarmAgain => self.warm.and_then(|warm| {
                let words = match warm.wanted {
                    Some(wanted) => format!("{} of {wanted} are fresh in memory", warm.fresh),
                    None => "it is not known for which host: warm_hosts below [pages] says so".to_owned(),
                };
                seen(warm.wanted == Some(warm.fresh), words)
            }),
            Item::Destinations => self.of_destinations(),
            Item::DeadLetters | Item::DeadLettersAfter => match self.dead {
                0 => seen(true, "there are none".to_owned()),
                dead => seen(false, format!("there are {dead}")),
            },
            Item::Disk => self.space.and_then(|space| {
                let words = format!("{} MiB are free", space.free >> 20);
                seen(space.shortage() == Shortage::None, words)
            }),
            Item::Refusals => {
                let words = format!(
                    "{:.1} % of the last five minutes' calls were answered 429",
                    self.limited_ratio * 100.0
                );
                seen(self.limited_ratio <= LIMITED_MOST, words)
            }
            Item::HitRatio => self.of_pages(),
            Item::Limits
            | Item::Signatures
            | Item::Queue
            | Item::Memory
            | Item::Figures
            | Item::Tokens
            | Item::Compact
            | Item::Lessons => None,
        }
    }

    fn of_destinations(&self) -> Option<(Sight, String)> {
        let troubled = |(name, why): &(String, Option<String>)| Some(format!("{name}: {}", why.as_ref()?));
        let troubles: Vec<String> = self.destinations.iter().filter_map(troubled).collect();
        match (troubles.first(), self.destinations.len()) {
            (_, 0) => None,
            (None, all) => Some((Sight::Holds, format!("all {all} are"))),
            (Some(first), _) => {
                let more = troubles.len() - 1;
                let words = match more {
                    0 => first.clone(),
                    _ => format!("{first}; and {more} more"),
                };
                Some((Sight::Fails, words))
            }
        }
    }

    fn of_pages(&self) -> Option<(Sight, String)> {
        self.warm?;
        let (requests, hits) = self.pages;
        if requests == 0 {
            return Some((Sight::Holds, "nobody has asked for a page lately".to_owned()));
        }
        let per_thousand = hits.min(requests).saturating_mul(1_000) / requests;
        let words = format!(
            "{}.{} % of the last {PAGES_MINUTES} minutes' {requests} pages were",
            per_thousand / 10,
            per_thousand % 10
        );
        match per_thousand >= HITS_LEAST_PER_THOUSAND {
            true => Some((Sight::Holds, words)),
            false => Some((Sight::Fails, words)),
        }
    }

    /// Whether an item belongs to this launch: what is not there cannot be warm, nor open.
    pub(super) fn has(&self, item: Item) -> bool {
        match item {
            Item::Warm | Item::WarmAgain | Item::HitRatio => self.warm.is_some(),
            Item::Destinations | Item::Refusals => !self.destinations.is_empty(),
            Item::Disk => self.space.is_some(),
            _ => true,
        }
    }

    /// What there is to say of an item that is ticked by hand.
    pub(super) fn beside(&self, item: Item) -> Option<String> {
        let queue = |due: Millis| {
            let ahead = due.0.saturating_sub(self.now.0);
            match ahead > 0 {
                true => format!("{} wait, the first for another {}", self.waiting, span(ahead)),
                false => format!("{} wait, the first is due", self.waiting),
            }
        };
        match item {
            Item::Queue => Some(self.next_due.map_or_else(|| "nothing waits".to_owned(), queue)),
            _ => None,
        }
    }
}

/// A span of time for people: `12 min`, `3 h`, `2 d`.
pub(super) fn span(ms: i64) -> String {
    match ms {
        ..HOUR_MS => format!("{} min", ms.max(0) / MINUTE_MS),
        HOUR_MS..DAY_MS => format!("{} h", ms / HOUR_MS),
        _ => format!("{} d", ms / DAY_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        Scene {
            now: Millis(100 * DAY_MS),
            backup_at: Some(Millis(99 * DAY_MS)),
            warm: Some(Warm {
                wanted: Some(4),
                fresh: 4,
                warmed_at: None,
            }),
            destinations: vec![("crm".into(), None)],
            quotas: Vec::new(),
            dead: 0,
            waiting: 3,
            next_due: Some(Millis(100 * DAY_MS + 5 * HOUR_MS)),
            space: Some(Space::of(1 << 40, 1 << 20)),
            limited_ratio: 0.05,
            pages: (1_000, 920),
        }
    }

    #[test]
    fn what_is_as_it_should_be_holds_and_is_told_in_words() {
        for item in Item::ALL {
            let seen = scene().of(*item);
            assert!(
                seen.is_none_or(|(sight, _)| sight == Sight::Holds),
                "{}",
                item.as_str()
            );
            assert!(scene().has(*item));
        }
        assert_eq!(
            scene().of(Item::Backup).map(|seen| seen.1),
            Some("the newest is 1 d old".into())
        );
        assert_eq!(
            scene().beside(Item::Queue),
            Some("3 wait, the first for another 5 h".into())
        );
    }

    #[test]
    fn what_is_not_as_it_should_be_fails_and_what_is_not_there_is_left_out() {
        let wrong = Scene {
            backup_at: None,
            warm: Some(Warm {
                wanted: Some(4),
                fresh: 3,
                warmed_at: None,
            }),
            destinations: vec![
                ("a".into(), None),
                ("b".into(), Some("it answered 503".into())),
                ("c".into(), Some("paused by hand".into())),
            ],
            dead: 2,
            space: Some(Space::of(1, 1 << 20)),
            limited_ratio: 0.051,
            pages: (1_000, 919),
            ..scene()
        };
        for (item, words) in [
            (Item::Backup, "there is none"),
            (Item::Warm, "3 of 4 are fresh in memory"),
            (Item::Destinations, "b: it answered 503; and 1 more"),
            (Item::DeadLetters, "there are 2"),
            (Item::Disk, "0 MiB are free"),
            (
                Item::Refusals,
                "5.1 % of the last five minutes' calls were answered 429",
            ),
            (Item::HitRatio, "91.9 % of the last 15 minutes' 1000 pages were"),
        ] {
            assert_eq!(wrong.of(item), Some((Sight::Fails, words.to_owned())));
        }
        let nowhere = Scene {
            warm: Some(Warm {
                wanted: None,
                fresh: 0,
                warmed_at: None,
            }),
            ..scene()
        };
        let (sight, words) = nowhere.of(Item::Warm).unwrap();
        assert_eq!(sight, Sight::Fails);
        assert!(words.contains("warm_hosts"), "{words}");
        let bare = Scene {
            warm: None,
            destinations: Vec::new(),
            space: None,
            ..scene()
        };
        let left_out = [
            Item::Warm,
            Item::WarmAgain,
            Item::HitRatio,
            Item::Destinations,
            Item::Refusals,
            Item::Disk,
        ];
        for item in Item::ALL {
            assert_eq!(bare.has(*item), !left_out.contains(item), "{}", item.as_str());
        }
    }
}
