//! The worker that fetches pages, a few at a time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::timeout;

use super::plan::{self, Plan};
use super::{Errand, Refreshed, Source, WarmPage, Warming, listed};
use crate::clock::Clock;
use crate::config::{Launch, Pages};
use crate::pages::sitemap::SITEMAP_BYTES;
use crate::runtime::{Next, Worker};

/// How many pages are fetched at a time: a launch's origin has other things to do.
const AT_ONCE: usize = 4;
/// The longest a unit waits for a page; what is under way then goes on in the next.
const UNIT: Duration = Duration::from_millis(500);
/// How often it is looked whether a page is due, while pages are kept warm or nobody has come.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type UnderWay = Pin<Box<dyn Future<Output = Came> + Send>>;

/// What came of a fetch.
enum Came {
    /// A page that a rule wants warm.
    OfRule(WarmPage, Refreshed),
    /// A page of a job.
    OfJob(WarmPage, Refreshed),
    /// A sitemap of a job.
    Sitemap(Errand, Result<Bytes, &'static str>),
}

/// What the warmer is made of.
pub(in crate::pages) struct WarmerParts<S> {
    pub(in crate::pages) source: S,
    pub(in crate::pages) warming: Warming,
    pub(in crate::pages) pages: watch::Receiver<Arc<Pages>>,
    pub(in crate::pages) launch: watch::Receiver<Launch>,
    pub(in crate::pages) clock: Clock,
}

/// Fetches what is to be warm.
pub(in crate::pages) struct Warmer<S> {
    parts: WarmerParts<S>,
    plan: Plan,
    under_way: FuturesUnordered<UnderWay>,
    /// Pages of rules that are being fetched.
    fetched: HashSet<WarmPage>,
}

impl<S: Source> Warmer<S> {
    pub(in crate::pages) fn new(parts: WarmerParts<S>) -> Self {
        Self {
            parts,
            plan: Plan::default(),
            under_way: FuturesUnordered::new(),
            fetched: HashSet::new(),
        }
    }

    /// Starts as many fetches as there is room for; says how long until one of the rules' pages may be due.
    fn start(&mut self) -> Option<Duration> {
        while self.under_way.len() < AT_ONCE
            && let Some(errand) = self.parts.warming.take()
        {
            self.under_way.push(self.of_job(errand));
        }
        let now = self.parts.clock.now();
        let pages = Arc::clone(&self.parts.pages.borrow_and_update());
        let launch = self.parts.launch.borrow_and_update().clone();
        let kept = plan::keeps(&launch, now);
        let wanted = plan::wanted(&pages, || self.parts.source.hosts());
        self.plan.keep(&wanted);
        let mut waits = wanted.is_empty();
        for wanted in wanted {
            let fresh_for = kept.then(|| self.parts.source.fresh_for(&wanted.page));
            let is_due = !self.fetched.contains(&wanted.page) && self.plan.is_due(&wanted, now, fresh_for);
            if is_due && self.under_way.len() < AT_ONCE {
                self.fetched.insert(wanted.page.clone());
                self.under_way.push(self.of_rule(wanted.page.clone()));
            }
            waits |= is_due || self.plan.has_failed(&wanted.page);
        }
        let has_warm = pages.rules.iter().any(|rule| !rule.warm.is_empty());
        match has_warm && pages.site.is_some() {
            true if waits || kept => Some(LOOK_EVERY),
            true => plan::until_kept(&launch, now),
            false => None,
        }
    }

    fn of_rule(&self, page: WarmPage) -> UnderWay {
        let source = self.parts.source.clone();
        Box::pin(async move {
            let came = source.refresh(page.clone()).await;
            Came::OfRule(page, came)
        })
    }

    fn of_job(&self, errand: Errand) -> UnderWay {
        let source = self.parts.source.clone();
        Box::pin(async move {
            match errand {
                Errand::Page(page) => {
                    let came = source.refresh(page.clone()).await;
                    Came::OfJob(page, came)
                }
                Errand::Sitemap(ref page) | Errand::ListedSitemap(ref page) => {
                    let document = source.document(page.clone(), SITEMAP_BYTES).await;
                    Came::Sitemap(errand, document)
                }
            }
        })
    }

    fn settle(&mut self, came: Came) {
        let now = self.parts.clock.now();
        match came {
            Came::OfRule(page, came) => {
                self.fetched.remove(&page);
                tracing::debug!(pages.path = page.target, ?came, "a page was warmed");
                self.plan.note(page, came, now);
            }
            Came::OfJob(page, came) => self.parts.warming.page_done(&page, came, now),
            Came::Sitemap(errand, document) => {
                let pages = Arc::clone(&self.parts.pages.borrow());
                let read = document.map_err(str::to_owned);
                let read = read.and_then(|bytes| listed(&pages, &errand, &bytes));
                self.parts.warming.sitemap_done(&errand, read, now);
            }
        }
    }
}

impl<S: Source> Worker for Warmer<S> {
    fn name(&self) -> Cow<'static, str> {
        "warm".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let look = self.start();
        if self.under_way.is_empty() {
            return Ok(look.map_or(Next::Wait, Next::After));
        }
        if let Ok(Some(came)) = timeout(UNIT, self.under_way.next()).await {
            self.settle(came);
        }
        Ok(Next::Again)
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.parts.warming.begun() => {}
            Ok(()) = self.parts.pages.changed() => {}
            Ok(()) = self.parts.launch.changed() => {}
            else => std::future::pending().await,
        }
    }
}
