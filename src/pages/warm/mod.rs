//! Warming: pages are fetched before anybody asks for them.
//!
//! Two things ask for it. The owner does, with a list or a sitemap: that is a [`Job`], one at a time. And the rules do: each of
//! their warm paths is fetched at every start, and refreshed before it expires from `warm_before` the launch to six hours
//! after it ([`plan`]). One worker does both, a few pages at a time ([`worker`]).
//!
//! What is fetched is what a visitor would be given, by the same way; but no visit is counted. A page is fetched from the
//! site's own origin and from nowhere else, whatever host a sitemap names.

mod plan;
mod worker;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use super::sitemap;
use crate::config::Pages;
use crate::model::time::Millis;

pub(super) use plan::{hosts, is_wanted, wanted};
pub(super) use worker::{Warmer, WarmerParts};

/// The most pages of one job: more would push one another out.
const JOB_PAGES_MOST: usize = 10_000;
/// The most sitemaps of one job.
const JOB_SITEMAPS_MOST: usize = 100;
/// How many troubles of a job are told in words.
const TROUBLES_SHOWN: usize = 20;

/// A page to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WarmPage {
    /// The host that is asked, with its port if that is not the usual one.
    pub(super) authority: String,
    /// Path and query.
    pub(super) target: String,
    /// The cookies that make it another page, as a browser sends them.
    pub(super) cookie: Option<String>,
}

/// What became of a page that was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// It is stored.
    Stored,
    /// The origin answered something that is not stored, with this status.
    NotStored(u16),
    /// The origin did not answer, or with a fault of its own.
    Failed,
}

/// Where pages come from, and where they are kept.
pub(super) trait Source: Clone + Send + Sync + 'static {
    /// Fetches a page from its origin, fresh or not, and stores it if it may be stored.
    fn refresh(&self, page: WarmPage) -> impl Future<Output = Refreshed> + Send;
    /// Fetches a document of at most so many bytes; what is wrong comes back in words.
    fn document(
        &self,
        page: WarmPage,
        most: usize,
    ) -> impl Future<Output = Result<Bytes, &'static str>> + Send;
    /// For how long a page is fresh as it is stored; `None` where it is not.
    fn fresh_for(&self, page: &WarmPage) -> Option<Duration>;
    /// The hosts that are served by HTTPS; where none is, those that visitors ask for most.
    fn hosts(&self) -> Vec<String>;
}

/// Pages that the owner wants to be warm, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) begun_at: Millis,
    /// `None`: it goes on.
    pub(super) ended_at: Option<Millis>,
    /// Pages and sitemaps known so far.
    pub(super) total: usize,
    /// Those that are through.
    pub(super) done: usize,
    /// Pages that are stored.
    pub(super) stored: usize,
    /// Pages that the origin answered and that may not be stored.
    pub(super) not_stored: usize,
    /// Pages and sitemaps that could not be fetched.
    pub(super) failed: usize,
    /// Addresses of sitemaps that are left out: of no page, or beyond the bound.
    pub(super) left_out: usize,
    /// The first troubles: of which page, and what.
    pub(super) troubles: Vec<(String, String)>,
}

/// Something a job has to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// A page.
    Page(WarmPage),
    /// A sitemap that the owner named.
    Sitemap(WarmPage),
    /// A sitemap that another listed; one that it lists itself is left out.
    ListedSitemap(WarmPage),
}

impl Errand {
    fn page(&self) -> &WarmPage {
        match self {
            Self::Page(page) | Self::Sitemap(page) | Self::ListedSitemap(page) => page,
        }
    }
}

/// A job is under way already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// The jobs; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Warming(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    begun: Notify,
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    job: Option<Job>,
    errands: VecDeque<Errand>,
    known: HashSet<WarmPage>,
    sitemaps: usize,
    last_id: u64,
}

impl Warming {
    /// Begins a job.
    ///
    /// # Errors
    /// [`Busy`]: one is under way.
    pub(super) fn begin(&self, errands: Vec<Errand>, now: Millis) -> Result<Job, Busy> {
        let mut state = self.state();
        if state.job.as_ref().is_some_and(|job| job.ended_at.is_none()) {
            return Err(Busy);
        }
        let id = state.last_id.saturating_add(1);
        let mut job = Job {
            id,
            begun_at: now,
            ended_at: None,
            total: 0,
            done: 0,
            stored: 0,
            not_stored: 0,
            failed: 0,
            left_out: 0,
            troubles: Vec::new(),
        };
        *state = State {
            last_id: id,
            ..State::default()
        };
        for errand in errands {
            state.add(&mut job, errand);
        }
        if state.errands.is_empty() {
            job.ended_at = Some(now);
        }
        state.job = Some(job.clone());
        drop(state);
        self.0.begun.notify_one();
        Ok(job)
    }

    /// Resolves when the job of this number has ended: with what came of it. `None`: another has begun since.
    pub(super) async fn ended(&self, id: u64) -> Option<Job> {
        loop {
            // Who is to be told is told of what ends from here on.
            let ended = self.0.ended.notified();
            let job = self.job().filter(|job| job.id == id)?;
            if job.ended_at.is_some() {
                return Some(job);
            }
            ended.await;
        }
    }

    /// The job under way, or the last that was.
    pub(super) fn job(&self) -> Option<Job> {
        self.state().job.clone()
    }

    /// Resolves when a job has begun.
    async fn begun(&self) {
        self.0.begun.notified().await;
    }

    /// The next errand of the job under way.
    fn take(&self) -> Option<Errand> {
        self.state().errands.pop_front()
    }

    /// A page of the job is through.
    fn page_done(&self, page: &WarmPage, came: Refreshed, now: Millis) {
        self.settle(now, |job| match came {
            Refreshed::Stored => job.stored += 1,
            Refreshed::NotStored(status) => {
                job.not_stored += 1;
                job.tell(page, format!("answered {status}, and may not be stored"));
            }
            Refreshed::Failed => {
                job.failed += 1;
                job.tell(page, "the origin does not answer".to_owned());
            }
        });
    }

    /// A sitemap of the job is through: what it lists is added.
    fn sitemap_done(&self, errand: &Errand, read: Result<Vec<Errand>, String>, now: Millis) {
        let mut state = self.state();
        let Some(mut job) = state.job.take() else {
            return;
        };
        match read {
            Ok(listed) => {
                for errand in listed {
                    state.add(&mut job, errand);
                }
            }
            Err(why) => {
                job.failed += 1;
                job.tell(errand.page(), why);
            }
        }
        state.job = Some(job);
        drop(state);
        self.settle(now, |_| {});
    }

    fn settle(&self, now: Millis, note: impl FnOnce(&mut Job)) {
        let mut state = self.state();
        let Some(job) = state.job.as_mut() else {
            return;
        };
        job.done += 1;
        note(job);
        if job.done >= job.total {
            job.ended_at = Some(now);
            self.0.ended.notify_waiters();
            tracing::info!(
                warm.stored = job.stored,
                warm.not_stored = job.not_stored,
                warm.failed = job.failed,
                "a warm-up has ended"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds an errand once, as far as the bounds allow.
    fn add(&mut self, job: &mut Job, errand: Errand) {
        let is_page = matches!(errand, Errand::Page(_));
        let room = match is_page {
            true => self.known.len() < JOB_PAGES_MOST,
            false => self.sitemaps < JOB_SITEMAPS_MOST,
        };
        if !room {
            job.left_out += 1;
            return;
        }
        if !self.known.insert(errand.page().clone()) {
            return;
        }
        self.sitemaps += usize::from(!is_page);
        job.total += 1;
        self.errands.push_back(errand);
    }
}

impl Job {
    fn tell(&mut self, page: &WarmPage, why: String) {
        if self.troubles.len() < TROUBLES_SHOWN {
            self.troubles
                .push((format!("{}{}", page.authority, page.target), why));
        }
    }
}

/// A page and each of its variants, by the rule that holds for it.
pub(super) fn with_variants(pages: &Pages, authority: &str, target: &str) -> Vec<WarmPage> {
    let path = target.split('?').next().unwrap_or(target);
    let mut cookies = vec![String::new()];
    for variant in pages.rule(path).into_iter().flat_map(|rule| &rule.variants) {
        let with = |cookie: &String, value: &String| {
            let and = if cookie.is_empty() { "" } else { "; " };
            format!("{cookie}{and}{}={value}", variant.cookie)
        };
        let more: Vec<String> = cookies
            .iter()
            .flat_map(|cookie| variant.values.iter().map(move |value| with(cookie, value)))
            .collect();
        cookies.extend(more);
    }
    let page = |cookie: String| WarmPage {
        authority: authority.to_owned(),
        target: target.to_owned(),
        cookie: (!cookie.is_empty()).then_some(cookie),
    };
    cookies.into_iter().map(page).collect()
}

/// What a sitemap lists, as errands; what is no page's address is none.
fn listed(pages: &Pages, errand: &Errand, bytes: &[u8]) -> Result<Vec<Errand>, String> {
    let named = matches!(errand, Errand::Sitemap(_));
    match sitemap::read(bytes).map_err(|why| why.to_string())? {
        sitemap::Sitemap::Pages(addresses) => {
            let split = addresses.iter().filter_map(|address| sitemap::split(address));
            let pages = split.flat_map(|(authority, target)| with_variants(pages, &authority, &target));
            Ok(pages.map(Errand::Page).collect())
        }
        sitemap::Sitemap::Index(addresses) if named => {
            let split = addresses.iter().filter_map(|address| sitemap::split(address));
            let listed = split.map(|(authority, target)| WarmPage {
                authority,
                target,
                cookie: None,
            });
            Ok(listed.map(Errand::ListedSitemap).collect())
        }
        sitemap::Sitemap::Index(_) => {
            Err("is an index within an index, which the protocol does not know".to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
