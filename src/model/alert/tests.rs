//! Alerts over simulated time: begun, said once, repeated seldom, over, and over too early.

use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const REMIND: i64 = 6 * HOUR;

/// One alert, by a clock that only the test moves.
struct Watched {
    rule: Rule,
    terms: Terms,
    state: AlertState,
    now: i64,
    said: Vec<(i64, Word)>,
}

impl Watched {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            terms: rule.terms(),
            state: AlertState::default(),
            now: 0,
            said: Vec::new(),
        }
    }

    fn wrong(&self) -> f64 {
        match self.rule.side() {
            Side::Above => self.terms.limit + 1.0,
            Side::Below => self.terms.limit - 0.1,
        }
    }

    fn look(&mut self, reading: Option<f64>) {
        let (state, message) = self.state.after(
            (self.rule, &self.terms),
            reading,
            (Millis(self.now), Some(REMIND)),
        );
        self.state = state;
        self.said.extend(message.map(|message| (self.now, message.word)));
    }

    /// Looks every five seconds for so long.
    fn run(&mut self, ms: i64, reading: Option<f64>) {
        let end = self.now + ms;
        while self.now < end {
            self.look(reading);
            self.now += 5_000;
        }
    }
}

#[test]
fn every_rule_fires_once_after_its_time_and_is_over_once_after_its_quiet() {
    for rule in Rule::ALL {
        let mut watched = Watched::new(*rule);
        let (wrong, right) = (Some(watched.wrong()), Some(watched.terms.limit));
        watched.run(HOUR, right);
        assert!(watched.state.is_nothing(), "{}", rule.as_str());
        watched.run(2 * HOUR, wrong);
        assert_eq!(
            watched.said,
            [(HOUR + watched.terms.for_ms, Word::Firing)],
            "{}",
            rule.as_str()
        );
        watched.run(HOUR / 2, right);
        let quiet = QUIET_MS.0.max(watched.terms.for_ms);
        assert_eq!(watched.said[1..], [(3 * HOUR + quiet, Word::Resolved)]);
        watched.run(2 * HOUR, right);
        assert_eq!(watched.said.len(), 2);
        assert!(watched.state.is_nothing(), "it is forgotten");
    }
}

#[test]
fn what_is_wrong_for_too_short_a_time_is_never_said() {
    let mut watched = Watched::new(Rule::RetryRatio);
    for _ in 0..10 {
        watched.run(4 * MINUTE, Some(0.9));
        assert_eq!(watched.state.stand.as_str(), "pending");
        watched.run(MINUTE, Some(0.05));
        assert_eq!(watched.state.stand.as_str(), "ok");
    }
    watched.run(4 * MINUTE, Some(0.9));
    watched.run(MINUTE, None);
    assert_eq!(watched.said, []);
}

#[test]
fn reminders_come_seldom_and_what_cannot_be_measured_any_more_is_over() {
    let mut watched = Watched::new(Rule::Lag);
    watched.run(13 * HOUR, Some(301.0));
    let words: Vec<Word> = watched.said.iter().map(|(_, word)| *word).collect();
    assert_eq!(
        words,
        [Word::Firing, Word::Reminder { nth: 1 }, Word::Reminder { nth: 2 }]
    );
    assert_eq!(watched.said[1].0, REMIND);
    watched.run(2 * MINUTE, None);
    assert_eq!(watched.said[3], (13 * HOUR + MINUTE, Word::Resolved));
}

#[test]
fn what_comes_and_goes_is_said_to_be_over_later_and_later() {
    let mut watched = Watched::new(Rule::Lag);
    for _ in 0..60 {
        watched.run(MINUTE, Some(301.0));
        watched.run(3 * MINUTE, Some(0.0));
    }
    // Quiet of one, two and four minutes: from then on three minutes of quiet are no end.
    let words: Vec<&str> = watched.said.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(words, ["firing", "resolved", "firing", "resolved", "firing"]);
    watched.run(HOUR, Some(0.0));
    assert_eq!(watched.said.len(), 6);
    // An hour later it is a matter of its own.
    watched.run(2 * HOUR, Some(0.0));
    watched.run(MINUTE, Some(301.0));
    assert_eq!(watched.state.again, 0);
}

#[test]
fn a_clock_that_is_set_back_repeats_nothing() {
    let mut watched = Watched::new(Rule::RetryRatio);
    watched.now = 10 * HOUR;
    watched.run(6 * MINUTE, Some(0.9));
    assert_eq!(watched.said.len(), 1);
    watched.now = HOUR;
    watched.run(HOUR, Some(0.9));
    assert_eq!(watched.said.len(), 1);
    watched.run(6 * MINUTE, Some(0.0));
    assert_eq!(watched.said.len(), 2);

    let mut begun = Watched::new(Rule::RetryRatio);
    begun.now = 10 * HOUR;
    begun.run(MINUTE, Some(0.9));
    begun.now = 0;
    begun.run(6 * MINUTE, Some(0.9));
    assert_eq!(begun.said, [(5 * MINUTE, Word::Firing)], "it waits its time anew");
}

#[test]
fn keys_of_messages_fit_and_tell_rule_destination_beginning_and_word_apart() {
    let mut keys = std::collections::HashSet::new();
    for rule in Rule::ALL {
        assert!(rule.as_str().len() <= 20 && Rule::parse(rule.as_str()) == Some(*rule));
        for destination in [None, Some(DestinationNumber(0)), Some(DestinationNumber(65_534))] {
            for since in [0, 253_402_300_799_999] {
                for word in [
                    Word::Firing,
                    Word::Resolved,
                    Word::Reminder { nth: 1 },
                    Word::Reminder { nth: u32::MAX },
                ] {
                    let key = AlertKey {
                        rule: *rule,
                        destination,
                    };
                    assert!(keys.insert(key.message(Millis(since), word).as_str().to_owned()));
                }
            }
        }
    }
}

proptest! {
    /// Whatever is read: every message but the first follows from the one before, nothing fires before its time, and what is
    /// remembered has its times in order.
    #[test]
    fn messages_alternate_and_never_come_early(
        steps in proptest::collection::vec((0_i64..900_000, proptest::option::weighted(0.9, 0.0_f64..0.1)), 1..400),
        for_ms in 0_i64..600_000,
    ) {
        let mut watched = Watched::new(Rule::RetryRatio);
        watched.terms.for_ms = for_ms;
        let mut broken_since = None;
        for (wait, reading) in steps {
            watched.now += wait;
            let is_broken = reading.is_some_and(|value| value > watched.terms.limit);
            broken_since = match is_broken {
                true => broken_since.or(Some(watched.now)),
                false => None,
            };
            let before = watched.said.len();
            let was_firing = watched.state.is_firing();
            watched.look(reading);
            for (_, word) in &watched.said[before..] {
                match word {
                    Word::Firing => {
                        prop_assert!(!was_firing && is_broken);
                        prop_assert!(watched.now - broken_since.unwrap() >= for_ms);
                    }
                    Word::Reminder { .. } => prop_assert!(was_firing && is_broken),
                    Word::Resolved => prop_assert!(was_firing && !is_broken),
                }
            }
            prop_assert!(watched.said.len() <= before + 1);
            if let Stand::Firing { since, told_at, .. } = watched.state.stand {
                prop_assert!(since <= told_at && told_at.0 <= watched.now);
            }
        }
        let told: Vec<i64> = watched.said.iter().map(|(at, _)| *at).collect();
        for (pair, at) in watched.said.windows(2).zip(told.windows(2)) {
            match (pair[0].1, pair[1].1) {
                (Word::Firing | Word::Reminder { .. }, Word::Reminder { .. }) => prop_assert!(at[1] - at[0] >= REMIND),
                (Word::Firing | Word::Reminder { .. }, Word::Resolved) => prop_assert!(at[1] - at[0] >= QUIET_MS.0),
                (Word::Resolved, Word::Firing) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    /// Comings and goings are bounded: of an hour that goes up and down as often as it may, no more than a few messages.
    #[test]
    fn however_it_flaps_an_hour_has_few_messages(turns in proptest::collection::vec(5_000_i64..600_000, 400)) {
        let mut watched = Watched::new(Rule::Lag);
        for (n, ms) in turns.into_iter().enumerate() {
            watched.run(ms, Some(if n % 2 == 0 { 301.0 } else { 0.0 }));
        }
        let hours = watched.now / HOUR + 1;
        // Seven doublings are at most fourteen messages; after that, quiet of an hour for each pair.
        prop_assert!(i64::try_from(watched.said.len()).unwrap() <= 14 + 2 * hours, "{} in {hours} h", watched.said.len());
    }
}
