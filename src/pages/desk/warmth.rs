//! How warm the pages are that the rules keep warm.

use crate::model::time::Millis;
use crate::pages::Pages;
use crate::pages::warm::{self, Errand, Source, is_wanted, wanted};

/// Pages that are to be kept warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warmth {
    /// How many there are; `None`: it is not known for which host.
    pub wanted: Option<usize>,
    /// How many of them are stored, and fresh.
    pub fresh: usize,
    /// When the last warm-up that the owner asked for ended.
    pub warmed_at: Option<Millis>,
}

/// What came of fetching them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmedUp {
    /// How many there are.
    pub wanted: usize,
    /// How many of them are stored.
    pub stored: usize,
    /// How many could not be fetched.
    pub failed: usize,
}

/// Why pages are not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cold {
    /// A warm-up that the owner asked for is under way.
    #[error("another warm-up is under way")]
    Busy,
    /// The process ends.
    #[error("it was broken off by the end of the process")]
    Ending,
    /// Nobody has said for which host, and no visitor has asked for a page.
    #[error("it is not known for which host: write warm_hosts below [pages]")]
    NoHost,
}

impl Pages {
    /// Fetches the pages that are to be kept warm, fresh or not, and waits for the last; `None` where there are none.
    ///
    /// # Errors
    /// [`Cold`].
    pub async fn warm_up(&self) -> Result<Option<WarmedUp>, Cold> {
        let pages = self.0.pages.borrow().clone();
        if !is_wanted(&pages) {
            return Ok(None);
        }
        let wanted = wanted(&pages, || Source::hosts(self));
        if wanted.is_empty() {
            return Err(Cold::NoHost);
        }
        let errands = wanted.into_iter().map(|wanted| Errand::Page(wanted.page));
        let warming = &self.0.warming;
        let begun = warming.begin(errands.collect(), self.0.clock.now());
        let job = begun.map_err(|warm::Busy| Cold::Busy)?;
        let job = tokio::select! {
            job = warming.ended(job.id) => job,
            () = self.0.shutdown.draining() => None,
        };
        let job = job.ok_or(Cold::Ending)?;
        Ok(Some(WarmedUp {
            wanted: job.total,
            stored: job.stored,
            failed: job.failed,
        }))
    }

    /// How warm they are; `None` where none are to be kept warm.
    #[must_use]
    pub fn warmth(&self) -> Option<Warmth> {
        let pages = self.0.pages.borrow().clone();
        if !is_wanted(&pages) {
            return None;
        }
        let wanted = wanted(&pages, || Source::hosts(self));
        let is_fresh = |page| self.fresh_for(page).is_some();
        Some(Warmth {
            wanted: (!wanted.is_empty()).then_some(wanted.len()),
            fresh: wanted.iter().filter(|wanted| is_fresh(&wanted.page)).count(),
            warmed_at: self.0.warming.job().and_then(|job| job.ended_at),
        })
    }
}
