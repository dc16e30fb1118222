//! Planted bugs, for the harness that must catch them. Without the feature `sabotage` none of them can be chosen.

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
);
