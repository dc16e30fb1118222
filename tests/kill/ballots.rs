//! Voters, and their own log of what they were told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::process::{Chance, Connection, Results, Vote, option_of};

/// What the clients know of each vote they sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Sent, and no answer came.
    Unknown,
    /// Answered with 202.
    Acknowledged,
}

/// The clients' own log.
pub(crate) struct Ledger {
    /// Voters below this number voted before the first kill.
    grown: u64,
    fates: Mutex<Vec<Fate>>,
}

impl Ledger {
    pub(crate) fn new(grown: u64) -> Self {
        Self {
            grown,
            fates: Mutex::default(),
        }
    }

    /// A voter who has not voted, and is now about to.
    fn next(&self) -> Vote {
        let mut fates = self.fates.lock().unwrap();
        fates.push(Fate::Unknown);
        Vote(self.grown + fates.len() as u64 - 1)
    }

    /// Someone who is about to vote, or has.
    pub(crate) fn any(&self, chance: &mut Chance) -> (Vote, Fate) {
        let voter = chance.below(self.grown + self.fates.lock().unwrap().len() as u64);
        (Vote(voter), self.fate(voter))
    }

    fn fate(&self, voter: u64) -> Fate {
        match voter.checked_sub(self.grown) {
            Some(index) => self.fates.lock().unwrap()[usize::try_from(index).unwrap()],
            None => Fate::Acknowledged,
        }
    }

    pub(crate) fn acknowledge(&self, vote: Vote) {
        if let Some(index) = vote.0.checked_sub(self.grown) {
            self.fates.lock().unwrap()[usize::try_from(index).unwrap()] = Fate::Acknowledged;
        }
    }

    pub(crate) fn unknown(&self) -> Vec<Vote> {
        let fates = self.fates.lock().unwrap();
        let voters = self.grown..;
        voters
            .zip(fates.iter())
            .filter(|(_, fate)| **fate == Fate::Unknown)
            .map(|(voter, _)| Vote(voter))
            .collect()
    }

    /// What must be counted at least: every vote that was acknowledged.
    pub(crate) fn acknowledged(&self) -> Results {
        let mut by_option = [0; 3];
        let all = self.grown + self.fates.lock().unwrap().len() as u64;
        for voter in (0..all).filter(|voter| self.fate(*voter) == Fate::Acknowledged) {
            by_option[option_of(voter)] += 1;
        }
        let total = by_option.iter().sum();
        Results { total, by_option }
    }

    /// How many votes were sent.
    pub(crate) fn sent(&self) -> usize {
        self.fates.lock().unwrap().len()
    }

    /// Nothing acknowledged is missing, and nothing is there that was never sent.
    pub(crate) fn check(&self, counted: &Results) {
        let sure = self.acknowledged();
        let mut open = [0; 3];
        for vote in self.unknown() {
            open[option_of(vote.0)] += 1;
        }
        for ((least, found), open) in sure.by_option.iter().zip(counted.by_option).zip(open) {
            assert!(found >= *least, "lost: {found} of at least {least}");
            let most = least + open;
            assert!(found <= most, "double or phantom: {found} of at most {most}");
        }
    }
}

/// Votes until the server is gone: new voters, the same again, the same with another key, those without an answer.
pub(crate) async fn vote_until_killed(to: SocketAddr, ledger: Arc<Ledger>, mut chance: Chance) {
    let Ok(mut connection) = Connection::open(to).await else {
        return;
    };
    loop {
        let sort = chance.below(10);
        let (vote, fate) = match sort {
            0..7 => (ledger.next(), Fate::Unknown),
            _ => ledger.any(&mut chance),
        };
        let other_key = sort == 9 && fate == Fate::Acknowledged;
        let answered = match other_key {
            true => vote.cast_with_key(&mut connection, "another-key").await,
            false => vote.cast(&mut connection).await,
        };
        let Ok(answer) = answered else { return };
        if other_key {
            assert_eq!(answer.status, 409, "{vote:?} again: {answer:?}");
            continue;
        }
        assert_eq!(answer.status, 202, "{vote:?}: {answer:?}");
        if fate == Fate::Acknowledged {
            assert!(answer.is_replayed(), "{vote:?} counted twice: {answer:?}");
        }
        ledger.acknowledge(vote);
    }
}
