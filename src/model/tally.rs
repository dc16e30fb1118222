//! A poll's standing: how many votes each option has.

use super::time::Millis;

/// The votes of one poll by option, at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Votes by option, in the poll's option order.
    pub counts: Vec<u64>,
    /// The journal position behind the newest change; never decreases, also across restarts.
    pub version: u64,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Tally {
    /// An empty tally for `options` options.
    #[must_use]
    pub fn empty(options: usize, version: u64, at: Millis) -> Self {
        Self {
            counts: vec![0; options],
            version,
            updated_at: at,
        }
    }

    /// The sum over all options.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Counts one vote for the option numbered `option`.
    pub fn add(&mut self, option: u16) {
        if let Some(count) = self.counts.get_mut(usize::from(option)) {
            *count += 1;
        }
    }

    /// Takes one vote back from the option numbered `option`.
    pub fn take(&mut self, option: u16) {
        if let Some(count) = self.counts.get_mut(usize::from(option)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Notes that the fact at journal `position` changed this tally at `at`.
    pub fn touched(&mut self, position: u64, at: Millis) {
        self.version = self.version.max(position);
        self.updated_at = self.updated_at.max(at);
    }
}
