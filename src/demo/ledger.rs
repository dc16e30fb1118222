//! The voters' own record of what they sent and what they were told: what the audit holds against the file.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One user's vote, as its sender knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// For which option, by number.
    pub(super) option: u8,
    /// What is known of it.
    pub(super) fate: Fate,
}

/// What a sender knows of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Sent, and no answer came: it may count or not.
    Unknown,
    /// The answer said that it counts.
    Acknowledged,
    /// The answer said that it does not.
    Refused,
}

/// One page for each voter, its users in the order they voted.
pub(super) struct Ledger {
    pages: Vec<Mutex<Vec<Entry>>>,
}

/// A user's place in the ledger: voter and position.
pub(super) type Place = (usize, usize);

impl Ledger {
    pub(super) fn new(voters: usize) -> Self {
        Self {
            pages: (0..voters).map(|_| Mutex::default()).collect(),
        }
    }

    /// Notes a vote before it is sent.
    pub(super) fn sent(&self, voter: usize, option: u8) {
        if let Some(mut page) = self.page(voter) {
            page.push(Entry {
                option,
                fate: Fate::Unknown,
            });
        }
    }

    /// Notes what a voter's newest vote came to.
    pub(super) fn answered(&self, voter: usize, fate: Fate) {
        if let Some(mut page) = self.page(voter)
            && let Some(entry) = page.last_mut()
        {
            entry.fate = fate;
        }
    }

    /// Every voter's page.
    pub(super) fn pages(&self) -> Vec<Vec<Entry>> {
        let pages = self.pages.iter();
        pages
            .map(|page| page.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    fn page(&self, voter: usize) -> Option<MutexGuard<'_, Vec<Entry>>> {
        Some(
            self.pages
                .get(voter)?
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// What the user at a place is called.
pub(super) fn user((voter, user): Place) -> String {
    format!("demo:{voter}:{user}")
}

/// The key that user votes with.
pub(super) fn key((voter, user): Place) -> String {
    format!("ballot:{voter}:{user}")
}

/// Where the user of this name stands; `None` is somebody else, such as whoever has the page open.
pub(super) fn place(user: &str) -> Option<Place> {
    let (voter, user) = user.strip_prefix("demo:")?.split_once(':')?;
    Some((voter.parse().ok()?, user.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_says_where_it_stands() {
        assert_eq!(place(&user((12, 345))), Some((12, 345)));
        assert_eq!(place("9d0c1f7e-0000"), None);
    }

    #[test]
    fn a_vote_is_unknown_until_it_is_answered() {
        let ledger = Ledger::new(2);
        ledger.sent(1, 3);
        ledger.answered(1, Fate::Acknowledged);
        ledger.sent(1, 2);
        let entry = |option, fate| Entry { option, fate };
        let page = vec![entry(3, Fate::Acknowledged), entry(2, Fate::Unknown)];
        assert_eq!(ledger.pages(), [vec![], page]);
    }
}
