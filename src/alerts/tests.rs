//! Each rule over simulated time: of what is seen it comes to a value, fires, is said once, and is over.

use super::Certificate;
use super::measure::{History, Measured, measure};
use super::sight::{Ending, Seen, Sight};
use super::words::Of;
use crate::metrics::Watched;
use crate::model::alert::{AlertKey, AlertState, Message, Rule, Terms, Word};
use crate::model::delivery::DestinationNumber;
use crate::model::ids::DestinationName;
use crate::model::time::Millis;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn seen(number: u16, name: &str) -> Seen {
    Seen {
        number: DestinationNumber(number),
        name: DestinationName::parse(name).unwrap(),
        waited_ms: Some(0),
        open_ms: 0,
        turns_us_away: false,
    }
}

/// A certificate of ninety days with so much left.
fn ending(name: &str, left_ms: i64) -> Ending {
    Ending {
        name: name.to_owned(),
        left_ms,
        lasts_ms: 90 * DAY,
    }
}

/// All is well, and much is going on.
fn well() -> Sight {
    Sight {
        at: Millis(0),
        watched: Watched::default(),
        destinations: vec![seen(0, "crm"), seen(1, "slack")],
        died: 0,
        dead_leave_ms: None,
        room: Some(10 << 30),
        backup_age_ms: Some(HOUR),
        export_lag_ms: Some(SECOND),
        certificates: vec![
            ending("shop.example", 60 * DAY),
            ending("gantry.shop.example", 30 * DAY),
        ],
        is_launch: true,
    }
}

/// What comes in five seconds, where all is well.
const USUAL: Watched = Watched {
    calls: 10,
    retried: 0,
    failed: 0,
    limited: 0,
    pages: 100,
    hits: 99,
    unsigned: 0,
    worker_errors: 0,
};

/// What breaks a rule: what is seen, and what comes in five seconds.
fn wrong(rule: Rule) -> (Sight, Watched) {
    let mut sight = well();
    let mut grown = USUAL;
    match rule {
        Rule::RetryRatio => grown.retried = 1,
        Rule::ApiErrorRate => grown.failed = 1,
        Rule::RateLimited => grown.limited = 1,
        Rule::HitRatio => grown.hits = 91,
        Rule::SignatureFailures => grown.unsigned = 1,
        Rule::WorkerErrors => grown.worker_errors = 1,
        Rule::Lag => sight.destinations[1].waited_ms = Some(301 * SECOND),
        Rule::DeadLetters => sight.died = 6,
        Rule::DiskFree => sight.room = Some(511 << 20),
        Rule::ExportLag => sight.export_lag_ms = Some(301 * SECOND),
        Rule::BackupAge => sight.backup_age_ms = Some(27 * HOUR),
        Rule::Credentials => sight.destinations[0].turns_us_away = true,
        Rule::BreakerOpen => sight.destinations[0].open_ms = 11 * MINUTE,
        Rule::DeadLettersLeaving => sight.dead_leave_ms = Some((6 * DAY, 180 * DAY)),
        Rule::CertificateExpiry => sight.certificates[1].left_ms = 13 * DAY,
    }
    (sight, grown)
}

/// A rule that is looked at every five seconds.
struct Life {
    rule: Rule,
    terms: Terms,
    now: Millis,
    watched: Watched,
    history: History,
    state: AlertState,
    said: Vec<(i64, String)>,
}

impl Life {
    fn of(rule: Rule) -> Self {
        Self {
            rule,
            terms: rule.terms(),
            now: Millis(1_796_112_060_000),
            watched: Watched::default(),
            history: History::default(),
            state: AlertState::default(),
            said: Vec::new(),
        }
    }

    fn look(&mut self, sight: &Sight) -> Vec<Measured> {
        self.history.note(self.now, self.watched);
        measure((self.rule, &self.terms), sight, &self.history)
    }

    fn run(&mut self, ms: i64, (sight, grown): &(Sight, Watched)) {
        let end = self.now.plus(ms);
        while self.now < end {
            self.now = self.now.plus(5 * SECOND);
            let sum = |one: u64, other: u64| one + other;
            self.watched = Watched {
                calls: sum(self.watched.calls, grown.calls),
                retried: sum(self.watched.retried, grown.retried),
                failed: sum(self.watched.failed, grown.failed),
                limited: sum(self.watched.limited, grown.limited),
                pages: sum(self.watched.pages, grown.pages),
                hits: sum(self.watched.hits, grown.hits),
                unsigned: sum(self.watched.unsigned, grown.unsigned),
                worker_errors: sum(self.watched.worker_errors, grown.worker_errors),
            };
            // What each destination has is looked at for the first.
            let measured = self.look(sight).remove(0);
            let times = (self.now, Some(6 * HOUR));
            let (state, message) = self.state.after((self.rule, &self.terms), measured.value, times);
            self.state = state;
            if let Some(message) = message {
                let of = Of {
                    key: measured.key,
                    destination: measured.destination.as_ref(),
                    certificate: measured.certificate.as_deref(),
                    terms: &self.terms,
                };
                self.said.push((self.now.0, of.notice(&message, times).text));
            }
        }
    }
}

#[test]
fn every_rule_fires_is_said_once_and_is_over_on_what_is_really_seen() {
    for rule in Rule::ALL {
        let name = rule.as_str();
        let mut life = Life::of(*rule);
        life.run(HOUR, &(well(), USUAL));
        assert!(life.said.is_empty(), "{name}: {:?}", life.said);
        let begun = life.now.0;
        life.run(3 * HOUR, &wrong(*rule));
        let [(at, text)] = &life.said[..] else {
            panic!("{name}: {:?}", life.said);
        };
        // It takes its time, and until so much has come that the share is wrong.
        let earliest = begun + life.terms.for_ms;
        let latest = earliest + life.terms.over_ms + 10 * SECOND;
        assert!(
            (earliest..=latest).contains(at),
            "{name}: after {} ms",
            at - begun
        );
        assert!(text.starts_with(&format!("Alert: {name}")), "{text}");
        life.run(2 * HOUR, &(well(), USUAL));
        assert_eq!(life.said.len(), 2, "{name}: {:?}", life.said);
        assert!(
            life.said[1].1.starts_with(&format!("Resolved: {name}")),
            "{:?}",
            life.said
        );
        assert!(life.state.is_nothing());
    }
}

#[test]
fn one_of_one_is_no_share_and_a_restart_is_no_breach() {
    for rule in [
        Rule::RetryRatio,
        Rule::ApiErrorRate,
        Rule::RateLimited,
        Rule::HitRatio,
    ] {
        let mut life = Life::of(rule);
        let few = Watched {
            calls: rule.samples_least() - 1,
            retried: rule.samples_least() - 1,
            failed: rule.samples_least() - 1,
            limited: rule.samples_least() - 1,
            pages: rule.samples_least() - 1,
            ..Watched::default()
        };
        life.look(&well());
        life.watched = few;
        life.now = life.now.plus(5 * SECOND);
        assert_eq!(life.look(&well())[0].value, None, "{}", rule.as_str());
        life.watched.calls += 1;
        life.watched.pages += 1;
        life.now = life.now.plus(5 * SECOND);
        assert!(life.look(&well())[0].value.is_some(), "{}", rule.as_str());
        // What was counted before the first look is nobody's news.
        let mut begun = Life::of(rule);
        begun.watched = few;
        begun.watched.calls += 1_000;
        assert_eq!(begun.look(&well())[0].value, None);
    }
}

#[test]
fn what_is_not_there_is_not_measured() {
    let nothing = Sight {
        destinations: Vec::new(),
        room: None,
        backup_age_ms: None,
        export_lag_ms: None,
        certificates: Vec::new(),
        is_launch: false,
        ..well()
    };
    for rule in Rule::ALL {
        let mut life = Life::of(*rule);
        life.look(&nothing);
        life.now = life.now.plus(5 * SECOND);
        life.watched.pages = 10_000;
        let measured = life.look(&nothing);
        let none = measured
            .iter()
            .all(|one| one.value.is_none_or(|value| value == 0.0));
        assert!(none, "{}: {measured:?}", rule.as_str());
    }
    // Where dead letters are kept for eight days, some always leave within seven.
    let mut short = Life::of(Rule::DeadLettersLeaving);
    let kept = Sight {
        dead_leave_ms: Some((6 * DAY, 8 * DAY)),
        ..well()
    };
    assert_eq!(short.look(&kept)[0].value, None);
}

#[test]
fn the_certificate_that_ends_first_is_named_and_one_of_a_few_days_is_not_always_late() {
    let look = |certificates: Vec<Ending>| {
        let sight = Sight {
            certificates,
            ..well()
        };
        let measured = Life::of(Rule::CertificateExpiry).look(&sight).remove(0);
        (measured.certificate, measured.value)
    };
    let short = |left_ms| Ending {
        lasts_ms: 6 * DAY,
        ..ending("short.example", left_ms)
    };
    assert_eq!(
        look(vec![short(2 * DAY), ending("a.example", 16 * DAY)]),
        (None, None)
    );
    assert_eq!(
        look(vec![
            ending("a.example", 9 * DAY),
            short(DAY),
            ending("b.example", 15 * DAY)
        ]),
        (Some("short.example".into()), Some(86_400.0))
    );
    let now = Millis(1_796_112_060_000);
    let of = |validity| {
        let name = "new.example".to_owned();
        Ending::of(Certificate { name, validity }, now)
    };
    for gone in [of(None), of(Some((now.plus(-90 * DAY), now.plus(-DAY))))] {
        assert_eq!(look(vec![gone]), (Some("new.example".into()), Some(0.0)));
    }
    let half = of(Some((now.plus(-45 * DAY), now.plus(45 * DAY))));
    assert_eq!((half.left_ms, half.lasts_ms), (45 * DAY, 90 * DAY));
}

#[test]
fn a_paused_destination_does_not_lag_and_each_has_its_own_breaker() {
    let mut sight = well();
    sight.destinations[0].waited_ms = None;
    sight.destinations[1].waited_ms = Some(90 * SECOND);
    sight.destinations[1].open_ms = 11 * MINUTE;
    let lag = Life::of(Rule::Lag).look(&sight);
    assert_eq!(lag[0].value, Some(90.0));
    assert_eq!(
        lag[0].destination.as_ref().map(|name| name.as_str()),
        Some("slack")
    );
    let open: Vec<_> = Life::of(Rule::BreakerOpen)
        .look(&sight)
        .into_iter()
        .map(|one| (one.key.destination, one.value))
        .collect();
    let number = |n| Some(DestinationNumber(n));
    assert_eq!(open, [(number(0), Some(0.0)), (number(1), Some(660.0))]);
}

#[test]
fn messages_are_sentences_for_people_and_members_for_machines() {
    let name = DestinationName::parse("crm").unwrap();
    let since = Millis(1_796_112_060_000);
    let said = |rule: Rule, word, value| {
        let of = Of {
            key: AlertKey {
                rule,
                destination: rule.is_of_each_destination().then_some(DestinationNumber(0)),
            },
            destination: rule.is_of_each_destination().then_some(&name),
            certificate: (rule == Rule::CertificateExpiry).then_some("shop.example"),
            terms: &rule.terms(),
        };
        let message = Message { word, since, value };
        of.notice(&message, (since.plus(12 * MINUTE), Some(6 * HOUR)))
    };
    let firing = said(Rule::RetryRatio, Word::Firing, Some(0.12));
    assert_eq!(
        firing.text,
        "Alert: retry_ratio. The share of calls to destinations that are made again within 5 min is 12.0 %, above 5.0 % for 5 min."
    );
    let details = serde_json::Value::Object(firing.details);
    assert_eq!(
        details,
        serde_json::json!({
            "rule": "retry_ratio", "state": "firing", "value": 0.12, "threshold": 0.05, "terms": "> 0.05 for 5m",
            "since": "2026-12-01T08:01:00.000Z",
        })
    );
    assert_eq!((firing.about, firing.expires_at), (None, None));
    assert_eq!(
        said(Rule::DeadLetters, Word::Firing, Some(7.0)).text,
        "Alert: dead_letters. Deliveries that became dead letters within 60 s: 7, above 5."
    );
    let expiring = said(Rule::CertificateExpiry, Word::Firing, Some(518_400.0));
    assert_eq!(
        expiring.text,
        "Alert: certificate_expiry (shop.example). How long until the first certificate expires is 6 d, below 14 d for 15 min."
    );
    assert_eq!(expiring.details["certificate"], "shop.example");
    let paused = said(Rule::Credentials, Word::Firing, Some(1.0));
    assert_eq!(
        paused.text,
        "Alert: credentials (crm). crm refuses our credentials or is gone for good, and is paused: nothing is sent to it."
    );
    assert_eq!(paused.about, Some(name.clone()), "it is not told of itself");
    let still = said(Rule::BreakerOpen, Word::Reminder { nth: 2 }, Some(780.0));
    assert_eq!(
        still.text,
        "Still: breaker_open (crm), for 12 min now. How long a destination's breaker has been open is 13 min, above 10 min."
    );
    assert_eq!(still.expires_at, Some(since.plus(12 * MINUTE + 6 * HOUR)));
    assert_eq!(
        said(Rule::Lag, Word::Resolved, Some(4.0)).text,
        "Resolved: lag, after 12 min. It is 4 s now."
    );
    assert_eq!(
        said(Rule::Lag, Word::Resolved, None).text,
        "Resolved: lag, after 12 min."
    );
}
