//! Plans: which of the rules' warm pages are due, purely.

use std::collections::HashMap;
use std::time::Duration;

use super::{Refreshed, WarmPage, with_variants};
use crate::config::{Launch, Pages, Site};
use crate::model::time::Millis;

/// How long after the launch pages are kept warm.
const AFTER_LAUNCH: Duration = Duration::from_secs(6 * 3_600);
/// The longest before it expires that a page is refreshed; a fifth of its time, where that is less.
const MARGIN_MOST: Duration = Duration::from_secs(10);
/// The least time between two fetches of one page.
const BETWEEN: Duration = Duration::from_secs(1);
/// The wait after a fetch that failed; it doubles, up to the longest.
const AFTER_FAILURE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));
/// The wait after an answer that may not be stored, while pages are kept warm.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);
/// The longest until the next look: clocks may be set.
const LOOK_MOST: Duration = Duration::from_secs(600);

/// What came of the last fetch of a page.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: Millis,
    came: Refreshed,
    failures: u32,
}

/// What is known of the warm pages.
#[derive(Debug, Default)]
pub(super) struct Plan {
    last: HashMap<WarmPage, Last>,
}

/// A warm page, and how long it lasts when it is fresh.
pub(in crate::pages) struct Wanted {
    pub(in crate::pages) page: WarmPage,
    pub(super) ttl: Duration,
}

impl Plan {
    /// Whether a page is due at `now`: it has not been fetched since the start, or its fetch failed a while ago; or it is to be
    /// kept warm (`kept`) and will not be fresh for long, or is not at all.
    pub(super) fn is_due(&self, wanted: &Wanted, now: Millis, kept: Option<Option<Duration>>) -> bool {
        let Some(last) = self.last.get(&wanted.page) else {
            return true;
        };
        let since = elapsed(last.at, now);
        match (last.came, kept) {
            (Refreshed::Failed, _) => since >= after_failures(last.failures),
            (_, None) => false,
            (Refreshed::NotStored(_), Some(_)) => since >= AFTER_REFUSAL,
            (Refreshed::Stored, Some(fresh_for)) => {
                let margin = (wanted.ttl / 5).min(MARGIN_MOST);
                since >= BETWEEN && fresh_for.is_none_or(|left| left <= margin)
            }
        }
    }

    /// Whether the last fetch of a page failed.
    pub(super) fn has_failed(&self, page: &WarmPage) -> bool {
        self.last
            .get(page)
            .is_some_and(|last| last.came == Refreshed::Failed)
    }

    /// Notes what came of a page.
    pub(super) fn note(&mut self, page: WarmPage, came: Refreshed, at: Millis) {
        let failures = match came {
            Refreshed::Failed => self
                .last
                .get(&page)
                .map_or(0, |last| last.failures)
                .saturating_add(1),
            Refreshed::Stored | Refreshed::NotStored(_) => 0,
        };
        self.last.insert(page, Last { at, came, failures });
    }

    /// Forgets pages that are wanted no more.
    pub(super) fn keep(&mut self, wanted: &[Wanted]) {
        if self.last.len() > wanted.len() {
            self.last
                .retain(|page, _| wanted.iter().any(|wanted| wanted.page == *page));
        }
    }
}

/// Whether rules name pages that are to be kept warm.
pub(in crate::pages) fn is_wanted(pages: &Pages) -> bool {
    let is_warm = |rule: &crate::config::PageRule| !rule.warm.is_empty();
    !pages.strict && pages.site.is_some() && pages.rules.iter().any(is_warm)
}

/// Every warm page of the rules, for every host that they are kept warm for.
pub(in crate::pages) fn wanted(pages: &Pages, seen: impl FnOnce() -> Vec<String>) -> Vec<Wanted> {
    if !is_wanted(pages) {
        return Vec::new();
    }
    let hosts = hosts(pages, seen);
    let of_rule = |rule: &crate::config::PageRule| {
        let (ttl, warm) = (rule.ttl, rule.warm.clone());
        warm.into_iter()
            .map(move |target| (target, ttl))
            .collect::<Vec<_>>()
    };
    let targets: Vec<(String, Duration)> = pages.rules.iter().flat_map(of_rule).collect();
    let of_host = |host: &String| {
        let pages = targets.iter().flat_map(|(target, ttl)| {
            let variants = with_variants(pages, host, target).into_iter();
            variants.map(|page| Wanted { page, ttl: *ttl })
        });
        pages.collect::<Vec<_>>()
    };
    hosts.iter().flat_map(of_host).collect()
}

/// The hosts for which pages are kept warm.
pub(in crate::pages) fn hosts(pages: &Pages, seen: impl FnOnce() -> Vec<String>) -> Vec<String> {
    if !pages.warm_hosts.is_empty() {
        return pages.warm_hosts.clone();
    }
    let named = match &pages.site {
        Some(Site::Origins(origins)) => origins.hosts.keys().cloned().collect(),
        Some(Site::Root(_)) | None => Vec::new(),
    };
    match named.is_empty() {
        true => seen(),
        false => named,
    }
}

/// Whether pages are kept warm at `now`.
pub(super) fn keeps(launch: &Launch, now: Millis) -> bool {
    launch.at.is_some_and(|at| {
        let begins = at.0.saturating_sub(millis(launch.warm_before));
        let ends = at.0.saturating_add(millis(AFTER_LAUNCH));
        (begins..ends).contains(&now.0)
    })
}

/// How long until pages are begun to be kept warm, if that is to come.
pub(super) fn until_kept(launch: &Launch, now: Millis) -> Option<Duration> {
    let begins = launch.at?.0.saturating_sub(millis(launch.warm_before));
    let left = u64::try_from(begins.saturating_sub(now.0)).ok()?;
    Some(Duration::from_millis(left).min(LOOK_MOST))
}

fn elapsed(from: Millis, to: Millis) -> Duration {
    Duration::from_millis(u64::try_from(to.0.saturating_sub(from.0)).unwrap_or_default())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn after_failures(failures: u32) -> Duration {
    let (first, most) = AFTER_FAILURE;
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    first.saturating_mul(doubled).min(most)
}
