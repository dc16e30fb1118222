//! What was refused, counted together: of an address and who it said it was, the first attempt of a minute is told at once,
//! and when the minute is over, how many more there were.
//!
//! So an address adds two entries a minute, however often it knocks, and all of them together some hundred. A stop within the
//! minute loses the count and not the attempt.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::model::audit::{Act, Actor};
use crate::model::time::Millis;

/// What is counted together, in milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;
/// How many are told apart in a minute. Whoever knocks from more places than that is told of in one entry.
const APART_MOST: usize = 60;
/// What several places did who are not told apart.
const SEVERAL: &str = "several";

/// The attempts of a minute.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    minute: i64,
    seen: HashMap<(Option<IpAddr>, Option<Actor>), Again>,
    /// Attempts of those who are not told apart, and what the last was answered.
    rest: Option<Again>,
}

/// An attempt, and how many came after it.
#[derive(Debug)]
struct Again {
    first: Act,
    times: u32,
}

impl Refusals {
    /// Takes in an attempt from `place`: what is to be kept now.
    pub(super) fn take(&mut self, place: Option<IpAddr>, act: Act, now: Millis) -> Vec<Act> {
        let mut told = self.over(now);
        let whose = (place, act.who.clone());
        if let Some(again) = self.seen.get_mut(&whose) {
            again.times = again.times.saturating_add(1);
        } else if self.seen.len() < APART_MOST {
            told.push(act.clone());
            self.seen.insert(whose, Again { first: act, times: 0 });
        } else {
            let several = Act {
                who: None,
                action: SEVERAL.to_owned(),
                from: None,
                ..act
            };
            let rest = self.rest.get_or_insert(Again {
                first: several,
                times: 0,
            });
            rest.times = rest.times.saturating_add(1);
        }
        told
    }

    /// What is still to be told of the minute before, once `now` is in another.
    pub(super) fn over(&mut self, now: Millis) -> Vec<Act> {
        let minute = now.0.div_euclid(MINUTE_MS);
        if minute == self.minute {
            return Vec::new();
        }
        self.minute = minute;
        let seen = self.seen.drain().map(|(_, again)| again);
        seen.chain(self.rest.take())
            .filter(|again| again.times > 0)
            .map(|again| Act {
                times: again.times,
                ..again.first
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knock(action: &str) -> Act {
        Act {
            who: None,
            action: action.to_owned(),
            target: None,
            outcome: Some(401),
            from: Some(place(1)),
            times: 1,
        }
    }

    fn place(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(n).into()
    }

    #[test]
    fn of_an_address_the_first_attempt_of_a_minute_is_told_at_once_and_the_rest_together() {
        let mut refusals = Refusals::default();
        let now = Millis(90 * MINUTE_MS);
        let first = refusals.take(Some(place(1)), knock("a"), now);
        assert_eq!(first, [knock("a")]);
        for _ in 0..9 {
            assert_eq!(refusals.take(Some(place(1)), knock("b"), now.plus(59_999)), []);
        }
        let told = refusals.take(Some(place(1)), knock("c"), now.plus(60_000));
        let together = Act {
            times: 9,
            ..knock("a")
        };
        assert_eq!(told, [together, knock("c")]);
        assert_eq!(
            refusals.over(now.plus(120_000)),
            [],
            "there was one, and it is told"
        );
    }

    #[test]
    fn a_key_is_told_apart_from_strangers_at_its_address() {
        let mut refusals = Refusals::default();
        let known = Act {
            who: Some(Actor {
                via: crate::model::audit::Via::Key,
                name: "reader".to_owned(),
            }),
            ..knock("a")
        };
        assert_eq!(refusals.take(Some(place(1)), knock("a"), Millis(0)).len(), 1);
        assert_eq!(refusals.take(Some(place(1)), known.clone(), Millis(0)), [known]);
    }

    #[test]
    fn ten_thousand_addresses_add_sixty_entries_and_one() {
        let mut refusals = Refusals::default();
        let now = Millis(90 * MINUTE_MS);
        let told = (0..10_000).flat_map(|n| refusals.take(Some(place(n)), knock("a"), now));
        assert_eq!(told.count(), 60);
        let told = refusals.over(now.plus(MINUTE_MS));
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].times, told[0].action.as_str(), told[0].from),
            (9_940, SEVERAL, None)
        );
    }
}
