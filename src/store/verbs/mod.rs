//! Verbs: everything that changes the data file, each a value with one atomic effect.
//!
//! A verb reads and refuses first; after its first write only faults are possible, because one verb of a batch
//! cannot be taken back alone. Its outcome is answered once the batch is durable.

pub(super) mod batches;
pub(super) mod certificates;
pub(super) mod conversions;
pub(super) mod deliveries;
pub(super) mod destinations;
pub(super) mod events;
pub(super) mod funnel;
pub(super) mod keys;
pub(super) mod lanes;
pub(super) mod people;
pub(super) mod polls;
pub(super) mod replays;
pub(super) mod schedules;
pub(super) mod series;
pub(super) mod spend;
pub(super) mod sweeping;
pub(super) mod tokens;
pub(super) mod votes;

use tokio::sync::oneshot;

use super::desk::Desk;
use super::engine::Compacted;
use super::error::Fault;
use votes::CastVote;

/// A change to the data file.
pub(super) trait Verb: Send + 'static {
    /// What became of it; a refusal is an outcome.
    type Outcome: Send + 'static;

    /// As how many verbs it counts in a batch.
    fn weight(&self) -> usize {
        1
    }

    /// How many bytes of the disk it may take for good. What takes none goes on in the reserve.
    fn room(&self) -> u64 {
        0
    }

    /// Whether it stops where even the reserve is nearly used up.
    fn yields(&self) -> bool {
        false
    }

    /// Does it within the desk's transaction.
    fn apply(self, desk: &mut Desk<'_>) -> Result<Self::Outcome, Fault>;
}

/// A verb with the place its answer goes to.
pub(super) struct Ask<V: Verb> {
    verb: Option<V>,
    outcome: Option<V::Outcome>,
    reply: oneshot::Sender<Result<V::Outcome, Fault>>,
}

/// What somebody waits for of an [`Ask`].
pub(super) type Reply<V> = oneshot::Receiver<Result<<V as Verb>::Outcome, Fault>>;

impl<V: Verb> Ask<V> {
    pub(super) fn new(verb: V) -> (Self, Reply<V>) {
        let (reply, answer) = oneshot::channel();
        (
            Self {
                verb: Some(verb),
                outcome: None,
                reply,
            },
            answer,
        )
    }

    fn apply(&mut self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        if let Some(verb) = self.verb.take() {
            self.outcome = Some(verb.apply(desk)?);
        }
        Ok(())
    }

    fn answer(self, fault: Option<&Fault>) {
        let answer = match (fault, self.outcome) {
            (None, Some(outcome)) => Ok(outcome),
            (Some(fault), _) => Err(fault.clone()),
            (None, None) => Err(Fault::Closed),
        };
        // Whoever asked may have gone; what was done stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// Any verb but a vote, behind a pointer.
pub(super) trait Rare: Send {
    fn weight(&self) -> usize;
    fn room(&self) -> u64;
    fn yields(&self) -> bool;
    fn apply(&mut self, desk: &mut Desk<'_>) -> Result<(), Fault>;
    fn answer(self: Box<Self>, fault: Option<&Fault>);
}

impl<V: Verb> Rare for Ask<V> {
    fn weight(&self) -> usize {
        self.verb.as_ref().map_or(1, V::weight)
    }

    fn room(&self) -> u64 {
        self.verb.as_ref().map_or(0, V::room)
    }

    fn yields(&self) -> bool {
        self.verb.as_ref().is_some_and(V::yields)
    }

    fn apply(&mut self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        Self::apply(self, desk)
    }

    fn answer(self: Box<Self>, fault: Option<&Fault>) {
        Self::answer(*self, fault);
    }
}

/// What the writer is asked to do.
pub(super) enum Job {
    /// The hot verb, without an allocation of its own.
    Vote(Ask<CastVote>),
    /// Any other verb.
    Rare(Box<dyn Rare>),
    /// Answer once every vote that is in the journal now is folded.
    Settle(oneshot::Sender<Result<(), Fault>>),
    /// Answer with a snapshot of the file and the writer's memory, both of one instant.
    Snapshot(oneshot::Sender<Result<super::verify::Snapshot, Fault>>),
    /// Give the file's free pages back to the disk, and answer what that came to.
    Compact(oneshot::Sender<Result<Compacted, Fault>>),
}

impl Job {
    /// As how many verbs it counts in a batch.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Rare(ask) => ask.weight(),
            Self::Vote(_) | Self::Settle(_) | Self::Snapshot(_) | Self::Compact(_) => 1,
        }
    }

    /// How many bytes of the disk it may take for good.
    pub(super) fn room(&self) -> u64 {
        match self {
            Self::Vote(ask) => ask.room(),
            Self::Rare(ask) => ask.room(),
            Self::Settle(_) | Self::Snapshot(_) | Self::Compact(_) => 0,
        }
    }

    /// Whether it stops where even the reserve is nearly used up. Who waits for a fold would wait for as long.
    pub(super) fn yields(&self) -> bool {
        match self {
            Self::Vote(ask) => ask.yields(),
            Self::Rare(ask) => ask.yields(),
            Self::Settle(_) => true,
            Self::Snapshot(_) | Self::Compact(_) => false,
        }
    }

    pub(super) fn apply(&mut self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        match self {
            Self::Vote(ask) => ask.apply(desk),
            Self::Rare(ask) => ask.apply(desk),
            Self::Settle(_) | Self::Snapshot(_) | Self::Compact(_) => Ok(()),
        }
    }

    pub(super) fn answer(self, fault: Option<&Fault>) {
        match (self, fault) {
            (Self::Vote(ask), _) => ask.answer(fault),
            (Self::Rare(ask), _) => ask.answer(fault),
            (Self::Settle(reply), Some(fault)) => drop(reply.send(Err(fault.clone()))),
            (Self::Snapshot(reply), Some(fault)) => drop(reply.send(Err(fault.clone()))),
            (Self::Compact(reply), Some(fault)) => drop(reply.send(Err(fault.clone()))),
            (Self::Settle(_) | Self::Snapshot(_) | Self::Compact(_), None) => {}
        }
    }
}
