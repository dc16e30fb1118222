//! How warm the pages are that the rules keep warm.

use crate::model::time::Millis;
use crate::pages::Pages;
use crate::pages::warm::{Source, wanted};

/// Pages that are to be kept warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warmth {
    /// How many there are.
    pub wanted: usize,
    /// How many of them are stored, and fresh.
    pub fresh: usize,
    /// When the last warm-up that the owner asked for ended.
    pub warmed_at: Option<Millis>,
}

impl Pages {
    /// How warm they are; `None` where none are to be kept warm.
    #[must_use]
    pub fn warmth(&self) -> Option<Warmth> {
        let pages = self.0.pages.borrow().clone();
        let wanted = wanted(&pages, || Source::hosts(self));
        if wanted.is_empty() {
            return None;
        }
        let is_fresh = |page| self.fresh_for(page).is_some();
        Some(Warmth {
            wanted: wanted.len(),
            fresh: wanted.iter().filter(|wanted| is_fresh(&wanted.page)).count(),
            warmed_at: self.0.warming.job().and_then(|job| job.ended_at),
        })
    }
}
