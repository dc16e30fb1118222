//! Planted bugs, for the harness that must catch them. Without the feature `sabotage` none of them can be chosen.

use super::error::Fault;
use super::event_tables::EventTables;
use crate::model::delivery::Delivery;

/// A bug to plant in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// The store as it is.
    #[default]
    None,
    /// Answers are given before the commit that makes them true.
    #[cfg(feature = "sabotage")]
    AnswerBeforeCommit,
    /// A fold counts votes in a transaction after the one that indexes their voters.
    #[cfg(feature = "sabotage")]
    CounterApart,
    /// Votes are committed without waiting for the disk.
    #[cfg(feature = "sabotage")]
    NonDurableVotes,
    /// The fold's cursor moves in a transaction before the one that folds.
    #[cfg(feature = "sabotage")]
    CursorApart,
    /// An event's key enters the dedupe set after the transaction that records the event, and from nowhere else.
    #[cfg(feature = "sabotage")]
    KeyApart,
    /// A lease is written in the transaction after the one that hands it out.
    #[cfg(feature = "sabotage")]
    LeaseApart,
}

/// What a planted bug leaves for the next transaction.
#[derive(Default)]
pub(super) struct Owed {
    /// Leases, as (event, the delivery before, the delivery leased).
    pub(super) leases: Vec<(u64, Delivery, Delivery)>,
}

impl Owed {
    /// Writes what is owed. True where there was something.
    pub(super) fn pay(&mut self, tables: &mut EventTables<'_>) -> Result<bool, Fault> {
        let owed = !self.leases.is_empty();
        for (event, before, leased) in self.leases.drain(..) {
            tables.queue.take_out(event, &before)?;
            tables.queue.put(event, &leased)?;
        }
        Ok(owed)
    }
}

macro_rules! planted {
    ($($name:ident $bug:ident),+ $(,)?) => {
        impl Sabotage {
            $(pub(super) const fn $name(self) -> bool {
                #[cfg(feature = "sabotage")]
                return matches!(self, Self::$bug);
                #[cfg(not(feature = "sabotage"))]
                return false;
            })+
        }
    };
}

planted!(
    answers_before_commit AnswerBeforeCommit,
    counts_apart CounterApart,
    commits_without_sync NonDurableVotes,
    moves_cursor_apart CursorApart,
    keeps_keys_apart KeyApart,
    keeps_leases_apart LeaseApart,
);
