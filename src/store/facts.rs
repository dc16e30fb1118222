//! Facts: what the journal holds, whatever its kind.

use super::codec;
use super::error::Fault;
use super::event_records::{
    DROPPED, DroppedFact, EVENT_MOVED, EVENT_MOVED_V1, MovedFact, RECORDED, RecordedFact, RevivedFact,
    SETTLED, SWEPT, SettledFact, SweptFact,
};
use super::funnel_records::{CONVERTED, ConvertedFact, WINDOW, WindowFact};
use super::records::{
    POLL_CHANGED, POLL_CLOSED, POLL_CREATED, POLL_DELETED, PollChanged, PollEnded, PollRecord, VOIDED,
    Voided, Voted,
};
use super::spend_records::{SPEND_DELETED, SPENT, SpendDeleted, SpentFact};
use crate::model::time::Millis;

/// One fact.
#[derive(Debug)]
pub(super) enum Fact<'a> {
    Voted(Voted<'a>),
    PollCreated(PollRecord),
    PollClosed(PollEnded),
    PollDeleted(PollEnded),
    PollChanged(PollChanged),
    Voided(Voided),
    Recorded(RecordedFact),
    Settled(SettledFact),
    Moved(MovedFact),
    Revived(RevivedFact),
    Dropped(DroppedFact),
    Swept(SweptFact),
    Window(WindowFact),
    Converted(ConvertedFact),
    Spent(SpentFact),
    SpendDeleted(SpendDeleted),
}

impl<'a> Fact<'a> {
    /// Reads a row of the journal.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (tag, body) = codec::split(bytes)?;
        Ok(match tag {
            tag if Voted::is(tag) => Self::Voted(Voted::read(tag, body)?),
            POLL_CREATED => Self::PollCreated(codec::body(body)?),
            POLL_CLOSED => Self::PollClosed(codec::body(body)?),
            POLL_DELETED => Self::PollDeleted(codec::body(body)?),
            POLL_CHANGED => Self::PollChanged(codec::body(body)?),
            VOIDED => Self::Voided(codec::body(body)?),
            RECORDED => Self::Recorded(codec::body(body)?),
            SETTLED => Self::Settled(codec::body(body)?),
            EVENT_MOVED | EVENT_MOVED_V1 => Self::Moved(MovedFact::read(tag, body)?),
            tag if RevivedFact::is(tag) => Self::Revived(RevivedFact::read(tag, body)?),
            DROPPED => Self::Dropped(codec::body(body)?),
            SWEPT => Self::Swept(codec::body(body)?),
            WINDOW => Self::Window(codec::body(body)?),
            CONVERTED => Self::Converted(codec::body(body)?),
            SPENT => Self::Spent(codec::body(body)?),
            SPEND_DELETED => Self::SpendDeleted(codec::body(body)?),
            tag => return Err(Fault::file(format!("no fact is of kind {tag:?}"))),
        })
    }

    /// When it was made.
    pub(super) fn at(&self) -> Millis {
        Millis(match self {
            Self::Voted(fact) => fact.at,
            Self::PollCreated(fact) => fact.created_at(),
            Self::PollClosed(fact) | Self::PollDeleted(fact) => fact.at,
            Self::PollChanged(fact) => fact.at,
            Self::Voided(fact) => fact.at,
            Self::Recorded(fact) => fact.at,
            Self::Settled(fact) => fact.at,
            Self::Moved(fact) => fact.at,
            Self::Revived(fact) => fact.at,
            Self::Dropped(fact) => fact.at,
            Self::Swept(fact) => fact.at,
            Self::Window(fact) => fact.at,
            Self::Converted(fact) => fact.at,
            Self::Spent(fact) => fact.at,
            Self::SpendDeleted(fact) => fact.at,
        })
    }
}
