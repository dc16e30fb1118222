//! Counting: every vote the file lists, held against the ledger. Pure.

use crate::demo::ledger::{self, Entry, Fate};
use crate::model::poll::CountedVote;

/// The count in the making.
pub(super) struct Count {
    pages: Vec<Vec<(Entry, u32)>>,
    found: Found,
}

/// What the count found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Votes by option, as listed.
    pub(super) counts: Vec<u64>,
    /// Votes that were acknowledged.
    pub(super) acknowledged: u64,
    /// Of them, those that are not listed.
    pub(super) lost: u64,
    /// Users who are listed more than once.
    pub(super) twice: u64,
    /// Votes listed for another option than was voted for, or of users who never voted.
    pub(super) altered: u64,
    /// Votes listed although their answer said that they do not count.
    pub(super) refused: u64,
    /// Votes without an answer, and those of them that are listed.
    pub(super) unknown: u64,
    pub(super) landed: u64,
    /// Votes by somebody else, such as whoever has the page open.
    pub(super) visitors: u64,
}

impl Count {
    pub(super) fn new(pages: Vec<Vec<Entry>>, options: usize) -> Self {
        let pages = pages.into_iter();
        Self {
            pages: pages
                .map(|page| page.into_iter().map(|entry| (entry, 0)).collect())
                .collect(),
            found: Found {
                counts: vec![0; options],
                ..Found::default()
            },
        }
    }

    /// Counts one vote of the file's list.
    pub(super) fn see(&mut self, vote: &CountedVote) {
        if let Some(count) = self.found.counts.get_mut(usize::from(vote.option)) {
            *count += 1;
        }
        let Some((voter, user)) = ledger::place(vote.user.as_str()) else {
            self.found.visitors += 1;
            return;
        };
        match self.pages.get_mut(voter).and_then(|page| page.get_mut(user)) {
            Some((entry, times)) => {
                *times += 1;
                self.found.altered += u64::from(u16::from(entry.option) != vote.option);
            }
            None => self.found.altered += 1,
        }
    }

    /// What was found, once every vote has been seen.
    pub(super) fn found(self) -> Found {
        let mut found = self.found;
        for (entry, times) in self.pages.into_iter().flatten() {
            found.twice += u64::from(times > 1);
            match (entry.fate, times) {
                (Fate::Acknowledged, _) => {
                    found.acknowledged += 1;
                    found.lost += u64::from(times == 0);
                }
                (Fate::Unknown, _) => {
                    found.unknown += 1;
                    found.landed += u64::from(times > 0);
                }
                (Fate::Refused, _) => found.refused += u64::from(times > 0),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{IdempotencyKey, UserId};
    use crate::model::time::Millis;

    fn vote(user: &str, option: u16) -> CountedVote {
        CountedVote {
            position: 0,
            user: UserId::parse(user).unwrap(),
            option,
            key: IdempotencyKey::parse("k").unwrap(),
            at: Millis(0),
            client_time: None,
            address: None,
            voided_at: None,
        }
    }

    /// What is found when a ledger of these fates, each for option 1, meets these votes.
    fn found(fates: &[Fate], votes: &[(&str, u16)]) -> Found {
        let page = fates
            .iter()
            .map(|fate| Entry {
                option: 1,
                fate: *fate,
            })
            .collect();
        let mut count = Count::new(vec![page], 2);
        votes
            .iter()
            .for_each(|(user, option)| count.see(&vote(user, *option)));
        count.found()
    }

    #[test]
    fn votes_that_are_where_they_belong_are_found() {
        let fates = [Fate::Acknowledged, Fate::Unknown, Fate::Unknown];
        let found = found(&fates, &[("demo:0:0", 1), ("demo:0:2", 1), ("somebody", 0)]);
        let expected = Found {
            counts: vec![1, 2],
            acknowledged: 1,
            unknown: 2,
            landed: 1,
            visitors: 1,
            ..Found::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_lost_vote_is_noticed() {
        assert_eq!(found(&[Fate::Acknowledged], &[]).lost, 1);
    }

    #[test]
    fn a_vote_counted_twice_is_noticed() {
        assert_eq!(
            found(&[Fate::Acknowledged], &[("demo:0:0", 1), ("demo:0:0", 1)]).twice,
            1
        );
    }

    #[test]
    fn a_vote_for_another_option_or_by_nobody_is_noticed() {
        assert_eq!(found(&[Fate::Acknowledged], &[("demo:0:0", 0)]).altered, 1);
        assert_eq!(found(&[], &[("demo:0:7", 0)]).altered, 1);
    }

    #[test]
    fn a_vote_that_was_refused_and_counted_is_noticed() {
        assert_eq!(found(&[Fate::Refused], &[("demo:0:0", 1)]).refused, 1);
    }
}
