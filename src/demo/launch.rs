//! The launch that is played: its poll, what its voters prefer, and how many come when. Pure.

pub(super) mod events;

use std::time::Duration;

use crate::model::ids::{OptionId, PollId};
use crate::model::poll::{PollDraft, PollOption, VoterMode};

/// The poll's id, as the demo page names it.
pub(super) const POLL: &str = "launch-day";
/// The poll's options: id, label, and how much voters like it at first and later on, in parts of any whole.
const OPTIONS: [(&str, &str, [u32; 2]); 4] = [
    ("dark-mode", "Dark mode", [42, 30]),
    ("offline", "Works offline", [24, 33]),
    ("api", "A public API", [13, 22]),
    ("mobile", "A mobile app", [21, 15]),
];
/// Over how many seconds the taste moves from one end to the other.
const TASTE_TURNS: f64 = 45.0;

/// Of a thousand voters, how many send their vote twice, and how many try to vote again.
const SENT_TWICE: u64 = 40;
const TRY_AGAIN: u64 = 20;

/// Voters come in waves of this length, between the two rates, in votes a second.
const WAVE_SECONDS: f64 = 16.0;
const LOW: f64 = 1_200.0;
const HIGH: f64 = 4_500.0;
/// Once per this many seconds a newsletter goes out: for two seconds voters come as fast as they are answered.
const SPIKE_EVERY: f64 = 20.0;
const SPIKE_FROM: f64 = 6.0;
const SPIKE_SECONDS: f64 = 2.0;

/// Without an end, the site is gone once per this many seconds, from and for how many.
const SITE_TURN: f64 = 20.0;
const SITE_DOWN_FROM: f64 = 9.0;
const SITE_DOWN_SECONDS: f64 = 5.0;
/// Of a launch with an end, from when and until when it is gone, in parts of the whole.
const SITE_DOWN_PART: (f64, f64) = (0.4, 0.8);
/// Of a launch with an end, at most so many seconds count for that: a longer one has its outages in turn.
const SITE_ENDS_WITHIN: u64 = 20;

/// A visitor in so many signs up.
const VISITORS_A_SIGNUP: u64 = 8;

/// What a voter does beside voting once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Nothing.
    Plain,
    /// Sends the same vote again, as after a lost answer.
    SendsTwice,
    /// Votes again, with another key.
    TriesAgain,
}

/// How many voters come at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Crowd {
    /// So many a second.
    Wave(f64),
    /// As fast as they are answered.
    Spike,
}

/// The poll.
pub(super) fn draft() -> anyhow::Result<PollDraft> {
    let mut options = Vec::new();
    for (id, label, _) in OPTIONS {
        options.push(PollOption {
            id: OptionId::parse(id)?,
            label: label.to_owned(),
        });
    }
    Ok(PollDraft {
        id: PollId::parse(POLL)?,
        question: "What should ship first?".to_owned(),
        options,
        opens_at: None,
        closes_at: None,
        voter: VoterMode::Open,
        per_address: None,
    }
    .checked()?)
}

/// The id of the option numbered `option`.
pub(super) fn option_id(option: u8) -> &'static str {
    OPTIONS.get(usize::from(option)).map_or("", |(id, ..)| id)
}

/// What the user with this `chance` votes for when `elapsed` has passed.
pub(super) fn preference(chance: u64, elapsed: Duration) -> u8 {
    let later = (elapsed.as_secs_f64() / TASTE_TURNS).min(1.0);
    let weights =
        OPTIONS.map(|(.., [first, then])| f64::from(first) * (1.0 - later) + f64::from(then) * later);
    let mut left =
        weights.iter().sum::<f64>() * f64::from(u32::try_from(chance >> 32).unwrap_or(0)) / 4_294_967_296.0;
    let mut option = 0;
    for weight in weights.iter().take(OPTIONS.len() - 1) {
        left -= weight;
        option += u8::from(left >= 0.0);
    }
    option
}

/// What the user with this `chance` does beside voting once.
pub(super) const fn habit(chance: u64) -> Habit {
    const SENT_TWICE_OR_TRY_AGAIN: u64 = SENT_TWICE + TRY_AGAIN;
    match (chance & 0xffff_ffff) % 1_000 {
        0..SENT_TWICE => Habit::SendsTwice,
        SENT_TWICE..SENT_TWICE_OR_TRY_AGAIN => Habit::TriesAgain,
        _ => Habit::Plain,
    }
}

/// How many voters come when `elapsed` has passed.
pub(super) fn crowd(elapsed: Duration) -> Crowd {
    let at = elapsed.as_secs_f64();
    let in_turn = at % SPIKE_EVERY;
    if (SPIKE_FROM..SPIKE_FROM + SPIKE_SECONDS).contains(&in_turn) {
        return Crowd::Spike;
    }
    let wave = 0.5 - 0.5 * (at / WAVE_SECONDS * std::f64::consts::TAU).cos();
    Crowd::Wave(LOW + (HIGH - LOW) * wave)
}

/// Whether the maker's own site is gone when `elapsed` has passed, in a launch of so many seconds.
pub(super) fn site_is_down(elapsed: Duration, seconds: Option<u64>) -> bool {
    let at = elapsed.as_secs_f64();
    match seconds {
        Some(seconds) if seconds <= SITE_ENDS_WITHIN => {
            let whole = Duration::from_secs(seconds).as_secs_f64();
            (whole * SITE_DOWN_PART.0..whole * SITE_DOWN_PART.1).contains(&at)
        }
        _ => (SITE_DOWN_FROM..SITE_DOWN_FROM + SITE_DOWN_SECONDS).contains(&(at % SITE_TURN)),
    }
}

/// Whether the visitor of this number signs up.
pub(super) const fn signs_up(visitor: u64) -> bool {
    visitor.is_multiple_of(VISITORS_A_SIGNUP)
}

/// A number that looks drawn by lot and is always the same for the same user: SplitMix64's finaliser.
pub(super) const fn chance(voter: u64, user: u64) -> u64 {
    let mut x = (voter << 40 ^ user).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tastes_follow_their_weights_and_turn() {
        let count = |elapsed| {
            let mut counts = [0_u32; 4];
            for user in 0..100_000 {
                counts[usize::from(preference(chance(7, user), elapsed))] += 1;
            }
            counts.map(|votes| votes / 1_000)
        };
        let near = |a: [u32; 4], b: [u32; 4]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1);
        assert!(near(count(Duration::ZERO), [42, 24, 13, 21]));
        assert!(near(count(Duration::from_secs(600)), [30, 33, 22, 15]));
    }

    #[test]
    fn some_users_repeat_themselves_and_most_do_not() {
        let habits: Vec<Habit> = (0..10_000).map(|user| habit(chance(1, user))).collect();
        let count = |habit| habits.iter().filter(|h| **h == habit).count();
        assert!((300..500).contains(&count(Habit::SendsTwice)));
        assert!((120..280).contains(&count(Habit::TriesAgain)));
    }

    #[test]
    fn the_site_falls_over_within_every_launch_and_comes_back() {
        for seconds in [Some(1), Some(3), Some(20), Some(600), None] {
            let end = Duration::from_secs(seconds.unwrap_or(60));
            let down: Vec<bool> = (0..1_000)
                .map(|n| site_is_down(end.mul_f64(f64::from(n) / 1_000.0), seconds))
                .collect();
            assert!(down.iter().any(|down| *down), "{seconds:?}");
            assert!(!down[0] && !down[999], "{seconds:?}");
        }
    }

    #[test]
    fn voters_come_in_waves_and_sometimes_all_at_once() {
        assert_eq!(crowd(Duration::ZERO), Crowd::Wave(LOW));
        assert_eq!(crowd(Duration::from_secs(7)), Crowd::Spike);
        assert_eq!(crowd(Duration::from_secs(27)), Crowd::Spike);
        assert!(matches!(crowd(Duration::from_secs(24)), Crowd::Wave(rate) if rate > HIGH - 1.0));
    }
}
