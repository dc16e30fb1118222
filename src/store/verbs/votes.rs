//! Casting a vote, and voiding votes that were stuffed.

use redb::ReadableTable;

use super::Verb;
use crate::model::poll::{Ballot, Vote};
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::fold;
use crate::store::records::{VOIDED, Voided, Voted};
use crate::store::tables;

/// The most votes one [`VoidVotes`] takes.
pub(crate) const MAX_VOIDS: usize = 1_000;

/// Count a ballot, once.
pub(crate) struct CastVote {
    pub(crate) ballot: Ballot,
    /// [`crate::model::ids::UserId::digest`] of its user, reckoned before the writer's turn.
    pub(crate) digest: u128,
}

impl Verb for CastVote {
    type Outcome = Vote;

    /// The fact, the vote and the voter, with what pages leave empty.
    fn room(&self) -> u64 {
        1_024
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vote, Fault> {
        let Self { ballot, digest } = self;
        let Some(entry) = desk.memory.book.find(ballot.poll.as_str()) else {
            return Ok(Vote::NoPoll);
        };
        let Some(option) = entry.poll.option_number(ballot.option.as_str()) else {
            return Ok(Vote::NoOption);
        };
        let (number, cap, total) = (
            entry.poll.number.0,
            entry.poll.draft.per_address,
            entry.tally.total(),
        );
        let admitted = entry.poll.admits(desk.stamp);

        if let Some(same) = earlier_vote_is_same(desk, (number, digest), option, &ballot)? {
            return Ok(if same {
                Vote::Replayed { total }
            } else {
                Vote::Duplicate
            });
        }
        if let Err(reason) = admitted {
            return Ok(Vote::NotOpen(reason));
        }
        if let (Some(cap), Some(address)) = (cap, ballot.address)
            && votes_from(desk, number, address.0)? >= cap.get()
        {
            return Ok(Vote::AddressFull);
        }

        let voted = Voted {
            poll: number,
            option,
            at: desk.stamp.0,
            user: ballot.user.as_str(),
            key: ballot.key.as_str(),
            client_time: ballot.client_time.map(|t| t.0),
            address: ballot.address.map(|a| a.0),
            erased: None,
        };
        if desk.mirror_is_full() {
            fold::make_room(desk)?;
        }
        let stamp = desk.stamp;
        let position = desk.append_vote(&voted, digest, cap.is_some())?;
        let Some(entry) = desk.memory.book.change(number) else {
            return Ok(Vote::NoPoll);
        };
        entry.tally.add(option);
        entry.tally.touched(position, stamp);
        Ok(Vote::Accepted { total: total + 1 })
    }
}

/// `None`: this voter has not voted. Otherwise whether it was this very vote, which nobody can say once they were erased.
fn earlier_vote_is_same(
    desk: &Desk<'_>,
    voter: (u32, u128),
    option: u16,
    ballot: &Ballot,
) -> Result<Option<bool>, Fault> {
    let same = |record: &[u8]| -> Result<bool, Fault> {
        let voted = Voted::from_row(record)?;
        Ok(voted.option == option && voted.user == ballot.user.as_str() && voted.key == ballot.key.as_str())
    };
    if let Some(record) = desk.memory.mirror.find(voter) {
        return same(record).map(Some);
    }
    let Some(position) = desk.ballots.get(voter)?.map(|p| p.value()) else {
        return Ok(None);
    };
    let votes = desk.txn.open_table(tables::VOTES)?;
    let record = votes.get((voter.0, position))?;
    let record = record.ok_or_else(|| Fault::file(format!("the vote at position {position} is missing")))?;
    same(record.value()).map(Some)
}

fn votes_from(desk: &Desk<'_>, poll: u32, address: u64) -> Result<u32, Fault> {
    let folded = desk
        .txn
        .open_table(tables::ADDRESSES)?
        .get((poll, address))?
        .map_or(0, |n| n.value());
    Ok(folded + desk.memory.mirror.count_of_address(poll, address))
}

/// Take back votes that should not have counted. Their voters have still voted.
pub(crate) struct VoidVotes {
    pub(crate) poll: u32,
    /// Positions of folded votes, at most [`MAX_VOIDS`]; those not there, or voided already, are passed over.
    pub(crate) positions: Vec<u64>,
}

impl Verb for VoidVotes {
    /// How many votes were voided now.
    type Outcome = u64;

    fn apply(self, desk: &mut Desk<'_>) -> Result<u64, Fault> {
        if desk.memory.book.get(self.poll).is_none() {
            return Ok(0);
        }
        let mut positions = self.positions;
        {
            let votes = desk.txn.open_table(tables::VOTES)?;
            let voids = desk.txn.open_table(tables::VOIDS)?;
            let folded = fold::cursor(desk.txn)?;
            let mut kept = Vec::with_capacity(positions.len());
            for position in positions.drain(..).take(MAX_VOIDS) {
                let place = (self.poll, position);
                if position < folded && votes.get(place)?.is_some() && voids.get(place)?.is_none() {
                    kept.push(position);
                }
            }
            kept.sort_unstable();
            kept.dedup();
            positions = kept;
        }
        if positions.is_empty() {
            return Ok(0);
        }
        let voided = Voided {
            poll: self.poll,
            at: desk.stamp.0,
            positions,
        };
        let position = desk.append(VOIDED, &voided)?;
        fold::voided(desk, position, &voided)?;
        Ok(voided.positions.len() as u64)
    }
}
