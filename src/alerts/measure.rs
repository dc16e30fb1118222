//! What each rule comes to, of what was seen and of how counts have grown.

use std::collections::VecDeque;

use super::sight::{Ending, Seen, Sight};
use crate::metrics::Watched;
use crate::model::alert::{AlertKey, Rule, Terms};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;

/// How long counts are remembered, in milliseconds: the longest span that terms may have, and some looks more.
const REMEMBERED_MS: i64 = 3_600_000 + 60_000;
/// The most looks that are remembered, however often one comes.
const LOOKS_MOST: usize = 1_000;

/// Where counts stood at the last looks, the newest last.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<(Millis, Watched)>);

impl History {
    /// Notes where counts stand.
    pub(super) fn note(&mut self, at: Millis, watched: Watched) {
        self.0.push_back((at, watched));
        let is_old = |(then, _): &(Millis, Watched)| at.0.saturating_sub(then.0) > REMEMBERED_MS;
        while self.0.front().is_some_and(is_old) || self.0.len() > LOOKS_MOST {
            self.0.pop_front();
        }
    }

    /// What came within the last `over_ms`, or since the first look.
    fn within(&self, over_ms: i64) -> Watched {
        let Some((at, now)) = self.0.back() else {
            return Watched::default();
        };
        let begins = at.plus(-over_ms);
        let mut before = self.0.iter().rev().filter(|(then, _)| *then <= begins);
        let then = before.next().or_else(|| self.0.front());
        let then = then.map(|(_, watched)| *watched).unwrap_or_default();
        Watched {
            calls: now.calls.saturating_sub(then.calls),
            retried: now.retried.saturating_sub(then.retried),
            failed: now.failed.saturating_sub(then.failed),
            limited: now.limited.saturating_sub(then.limited),
            pages: now.pages.saturating_sub(then.pages),
            hits: now.hits.saturating_sub(then.hits),
            unsigned: now.unsigned.saturating_sub(then.unsigned),
            worker_errors: now.worker_errors.saturating_sub(then.worker_errors),
        }
    }
}

/// What one alert comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) key: AlertKey,
    /// The destination of the key, or the one that the value is of.
    pub(super) destination: Option<DestinationName>,
    /// The name whose certificate the value is of.
    pub(super) certificate: Option<String>,
    /// In the rule's unit; `None`: there is nothing to measure.
    pub(super) value: Option<f64>,
}

impl Measured {
    /// A rule of the whole, with nothing measured.
    const fn whole(rule: Rule) -> Self {
        Self {
            key: AlertKey {
                rule,
                destination: None,
            },
            destination: None,
            certificate: None,
            value: None,
        }
    }
}

/// Measures a rule: one value, or one for each destination.
pub(super) fn measure((rule, terms): (Rule, &Terms), sight: &Sight, history: &History) -> Vec<Measured> {
    let of_each = |value: fn(&Seen) -> f64| -> Vec<Measured> {
        let measured = |to: &Seen| Measured {
            key: AlertKey {
                rule,
                destination: Some(to.number),
            },
            destination: Some(to.name.clone()),
            certificate: None,
            value: Some(value(to)),
        };
        sight.destinations.iter().map(measured).collect()
    };
    let whole = Measured::whole(rule);
    let measured = match rule {
        Rule::Credentials => return of_each(|to| if to.turns_us_away { 1.0 } else { 0.0 }),
        Rule::BreakerOpen => return of_each(|to| seconds(to.open_ms)),
        Rule::Lag => {
            let waits = |to: &Seen| Some((to.waited_ms?, to.name.clone()));
            let worst = sight
                .destinations
                .iter()
                .filter_map(waits)
                .max_by_key(|(ms, _)| *ms);
            let (ms, name) = worst.unzip();
            Measured {
                value: ms.map(seconds),
                destination: name.filter(|_| ms > Some(0)),
                ..whole
            }
        }
        Rule::CertificateExpiry => ends_first(&sight.certificates).map_or(whole.clone(), |first| Measured {
            value: Some(seconds(first.left_ms)),
            certificate: Some(first.name.clone()),
            ..whole
        }),
        rule => Measured {
            value: of_the_whole(rule, sight, &history.within(terms.over_ms)),
            ..whole
        },
    };
    vec![measured]
}

/// The certificate that ends first, of those that should have been renewed by now: in the last sixth of their time, half of what
/// an authority's have left when they are due. One that holds for days alone is close to its end all the time.
fn ends_first(certificates: &[Ending]) -> Option<&Ending> {
    let late = certificates.iter().filter(|one| one.left_ms <= one.lasts_ms / 6);
    late.min_by_key(|one| one.left_ms)
}

fn of_the_whole(rule: Rule, sight: &Sight, grown: &Watched) -> Option<f64> {
    let share = |part: u64, whole: u64| {
        let enough = whole >= rule.samples_least();
        enough.then(|| number(part) / number(whole))
    };
    match rule {
        Rule::RetryRatio => share(grown.retried, grown.calls),
        Rule::ApiErrorRate => share(grown.failed, grown.calls),
        Rule::RateLimited => share(grown.limited, grown.calls),
        Rule::HitRatio if sight.is_launch => share(grown.hits, grown.pages),
        Rule::DeadLetters => Some(number(sight.died as u64)),
        Rule::SignatureFailures => Some(number(grown.unsigned)),
        Rule::WorkerErrors => Some(number(grown.worker_errors)),
        Rule::DiskFree => sight.room.map(|bytes| number(bytes >> 20)),
        Rule::ExportLag => sight.export_lag_ms.map(seconds),
        Rule::BackupAge => sight.backup_age_ms.map(seconds),
        // Where they are kept for a short time, a short time is left all the time.
        Rule::DeadLettersLeaving => {
            let left = sight.dead_leave_ms.filter(|(left, kept)| *left <= kept / 8);
            left.map(|(left, _)| seconds(left.max(0)))
        }
        Rule::HitRatio | Rule::Credentials | Rule::BreakerOpen | Rule::Lag | Rule::CertificateExpiry => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^53 milliseconds")]
const fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
