//! Who was dropped: the user agents whose requests were no visits, and why.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::funnel::Apart;
use crate::model::time::Millis;

/// The most user agents that are remembered at once; when there are more, those with fewest requests are forgotten, down
/// to half.
const REMEMBERED: usize = 256;
/// As much of a user agent and of a path as is remembered, in bytes.
const TEXT_MAX: usize = 256;

/// User agents that were dropped, each with what it asked for.
#[derive(Debug, Default)]
pub(super) struct Dropped(HashMap<(u64, Apart), Agent>);

/// A user agent that was dropped for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) agent: String,
    pub(super) reason: Apart,
    pub(super) requests: u64,
    pub(super) last_at: Millis,
    /// Without its query.
    pub(super) last_path: String,
}

/// A request that was no visit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed<'a> {
    pub(super) at: Millis,
    pub(super) reason: Apart,
    pub(super) agent: &'a [u8],
    pub(super) path: &'a str,
}

impl Dropped {
    /// Counts a request of the user agent of this hash.
    pub(super) fn count(&mut self, hash: u64, passed: &Passed<'_>) {
        let key = (hash, passed.reason);
        if let Some(known) = self.0.get_mut(&key) {
            known.requests += 1;
            known.last_at = known.last_at.max(passed.at);
            known.last_path.clear();
            known.last_path.push_str(beginning(passed.path));
            return;
        }
        if self.0.len() >= REMEMBERED {
            self.forget_half();
        }
        let agent = passed.agent.get(..TEXT_MAX).unwrap_or(passed.agent);
        self.0.insert(
            key,
            Agent {
                agent: String::from_utf8_lossy(agent).into_owned(),
                reason: passed.reason,
                requests: 1,
                last_at: passed.at,
                last_path: beginning(passed.path).to_owned(),
            },
        );
    }

    fn forget_half(&mut self) {
        let mut all: Vec<((u64, Apart), Agent)> = self.0.drain().collect();
        all.sort_unstable_by_key(|(_, agent)| Reverse(agent.rank()));
        all.truncate(REMEMBERED / 2);
        self.0.extend(all);
    }

    /// Adds what another has counted, however many that are.
    pub(super) fn add(&mut self, other: &Self) {
        for (key, agent) in &other.0 {
            match self.0.get_mut(key) {
                None => drop(self.0.insert(*key, agent.clone())),
                Some(known) => {
                    let requests = known.requests + agent.requests;
                    if agent.last_at > known.last_at {
                        known.clone_from(agent);
                    }
                    known.requests = requests;
                }
            }
        }
    }

    /// Those with most requests, most first.
    pub(super) fn most(self, limit: usize) -> Vec<Agent> {
        let mut all: Vec<Agent> = self.0.into_values().collect();
        all.sort_unstable_by(|one, other| {
            let rank = other.rank().cmp(&one.rank());
            rank.then_with(|| one.agent.cmp(&other.agent))
                .then(one.reason.cmp(&other.reason))
        });
        all.truncate(limit);
        all
    }
}

impl Agent {
    /// By which it is kept: how often it came, and how lately.
    const fn rank(&self) -> (u64, i64) {
        (self.requests, self.last_at.0)
    }
}

/// The beginning of a text, to the end of a character.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed<'a>(agent: &'a str, at: i64, path: &'a str) -> Passed<'a> {
        Passed {
            at: Millis(at),
            reason: Apart::Bot,
            agent: agent.as_bytes(),
            path,
        }
    }

    #[test]
    fn an_agent_is_told_once_for_each_reason_with_what_it_asked_for_last() {
        let (mut here, mut there) = (Dropped::default(), Dropped::default());
        here.count(1, &passed("curl/8", 5, "/late"));
        there.count(1, &passed("curl/8", 3, "/early"));
        there.count(2, &passed("Googlebot", 9, "/"));
        there.count(
            2,
            &Passed {
                reason: Apart::Prefetch,
                ..passed("Googlebot", 1, "/")
            },
        );
        here.add(&there);
        let told: Vec<_> = here
            .most(10)
            .into_iter()
            .map(|agent| (agent.agent, agent.reason, agent.requests, agent.last_path))
            .collect();
        let of =
            |agent: &str, reason, requests, path: &str| (agent.to_owned(), reason, requests, path.to_owned());
        assert_eq!(
            told,
            [
                of("curl/8", Apart::Bot, 2, "/late"),
                of("Googlebot", Apart::Bot, 1, "/"),
                of("Googlebot", Apart::Prefetch, 1, "/"),
            ]
        );
    }

    #[test]
    fn a_flood_of_agents_and_long_texts_are_bounded_and_leave_those_that_came_most() {
        let mut dropped = Dropped::default();
        for _ in 0..3 {
            dropped.count(0, &passed("Googlebot", 1, "/"));
        }
        let long = "ü".repeat(TEXT_MAX);
        for number in 1..10 * REMEMBERED {
            let hash = u64::try_from(number).unwrap();
            dropped.count(hash, &passed(&long, 2, &long));
        }
        assert!(dropped.0.len() <= REMEMBERED);
        let most = dropped.most(2);
        assert_eq!((most[0].agent.as_str(), most[0].requests), ("Googlebot", 3));
        assert_eq!(most[1].last_path.len(), TEXT_MAX);
    }
}
