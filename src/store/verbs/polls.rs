//! Creating, closing and deleting polls.

use super::Verb;
use crate::model::ids::PollId;
use crate::model::poll::{BadEdit, Poll, PollDraft, PollEdit, PollNumber};
use crate::store::book::MAX_POLLS;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::records::{
    POLL_CHANGED, POLL_CLOSED, POLL_CREATED, POLL_DELETED, PollChanged, PollEnded, PollRecord,
};
use crate::store::{export_kept, fold};

/// What became of a new poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollCreated {
    /// It is there now.
    New,
    /// The very same poll was there.
    Same,
    /// Another poll has this id.
    Different,
    /// The file holds as many polls as it may.
    TooMany,
}

/// What became of a poll that was to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollEnd {
    /// It has ended now.
    Done,
    /// It had ended before.
    Already,
    /// There is no such poll.
    NoPoll,
}

/// Make a poll.
pub(crate) struct CreatePoll {
    pub(crate) draft: PollDraft,
}

impl Verb for CreatePoll {
    type Outcome = PollCreated;

    fn room(&self) -> u64 {
        64 << 10
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<PollCreated, Fault> {
        if let Some(entry) = desk.memory.book.find(self.draft.id.as_str()) {
            let same = entry.poll.draft == self.draft;
            return Ok(if same {
                PollCreated::Same
            } else {
                PollCreated::Different
            });
        }
        if desk.memory.book.len() >= MAX_POLLS {
            return Ok(PollCreated::TooMany);
        }
        let number = PollNumber(desk.memory.next_poll);
        desk.memory.next_poll += 1;
        let poll = Poll {
            number,
            draft: self.draft,
            created_at: desk.stamp,
            closed_at: None,
        };
        let record = PollRecord::of(&poll, None);
        let position = desk.append(POLL_CREATED, &record)?;
        fold::poll_created(desk, position, poll)?;
        Ok(PollCreated::New)
    }
}

/// Take no more votes.
pub(crate) struct ClosePoll {
    pub(crate) id: PollId,
}

impl Verb for ClosePoll {
    type Outcome = PollEnd;

    fn apply(self, desk: &mut Desk<'_>) -> Result<PollEnd, Fault> {
        let Some(entry) = desk.memory.book.find(self.id.as_str()) else {
            return Ok(PollEnd::NoPoll);
        };
        if entry.poll.closed_at.is_some() {
            return Ok(PollEnd::Already);
        }
        let ended = PollEnded {
            poll: entry.poll.number.0,
            at: desk.stamp.0,
        };
        let position = desk.append(POLL_CLOSED, &ended)?;
        fold::poll_closed(desk, position, ended)?;
        Ok(PollEnd::Done)
    }
}

/// What became of a poll that was to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollChange {
    /// It is so now.
    Done,
    /// It would be no poll.
    Bad(BadEdit),
    /// There is no such poll.
    NoPoll,
}

/// Change what voters read of a poll, and when it is open.
pub(crate) struct EditPoll {
    pub(crate) id: PollId,
    pub(crate) edit: PollEdit,
}

impl Verb for EditPoll {
    type Outcome = PollChange;

    fn room(&self) -> u64 {
        64 << 10
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<PollChange, Fault> {
        let Some(entry) = desk.memory.book.find(self.id.as_str()) else {
            return Ok(PollChange::NoPoll);
        };
        match entry.poll.draft.edited(&self.edit) {
            Ok(draft) => {
                let poll = Poll {
                    draft,
                    ..Poll::clone(&entry.poll)
                };
                change(desk, poll)
            }
            Err(bad) => Ok(PollChange::Bad(bad)),
        }
    }
}

/// Take votes again, from now on.
pub(crate) struct OpenPoll {
    pub(crate) id: PollId,
}

impl Verb for OpenPoll {
    type Outcome = PollChange;

    fn room(&self) -> u64 {
        64 << 10
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<PollChange, Fault> {
        let Some(entry) = desk.memory.book.find(self.id.as_str()) else {
            return Ok(PollChange::NoPoll);
        };
        // By the time by which votes are admitted.
        let poll = entry.poll.opened(desk.stamp);
        change(desk, poll)
    }
}

/// Makes it `poll`, where it is not so already.
fn change(desk: &mut Desk<'_>, poll: Poll) -> Result<PollChange, Fault> {
    let same = desk
        .memory
        .book
        .get(poll.number.0)
        .is_some_and(|entry| *entry.poll == poll);
    if !same {
        let at = desk.stamp;
        let fact = PollChanged {
            at: at.0,
            poll: PollRecord::of(&poll, None),
        };
        let position = desk.append(POLL_CHANGED, &fact)?;
        fold::poll_changed(desk, position, (poll, at))?;
    }
    Ok(PollChange::Done)
}

/// Forget a poll: at once for everyone, and its votes slice by slice behind.
pub(crate) struct DeletePoll {
    pub(crate) id: PollId,
}

impl Verb for DeletePoll {
    type Outcome = PollEnd;

    fn apply(self, desk: &mut Desk<'_>) -> Result<PollEnd, Fault> {
        let Some(entry) = desk.memory.book.find(self.id.as_str()) else {
            return Ok(PollEnd::NoPoll);
        };
        let ended = PollEnded {
            poll: entry.poll.number.0,
            at: desk.stamp.0,
        };
        export_kept::keep_results(desk, ended.poll)?;
        desk.append(POLL_DELETED, &ended)?;
        fold::poll_deleted(desk, ended)?;
        Ok(PollEnd::Done)
    }
}
