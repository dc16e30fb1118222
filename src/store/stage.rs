//! The store without its thread, on any backend: for harnesses that cut its power, break its disk or plant bugs.
//!
//! A step is one commit of the production engine. The same verbs run here as in [`super::Store`].

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use redb::StorageBackend;
use tokio::sync::oneshot;

use super::engine::{Engine, Idle};
use super::verbs::batches::{ClaimBatch, SettleCall};
use super::verbs::conversions::{Convert, RecordForm};
use super::verbs::deliveries::{ClaimDue, Discard, ReturnLeases, Revive, Settle};
use super::verbs::destinations::{KnowDestinations, PauseDestination};
use super::verbs::events::{MoveEvent, RecordEvents};
use super::verbs::funnel::{KeepSalts, KnowGoals, RecordWindow, SweepRollups};
use super::verbs::keys::{PutKey, Replace, RevokeKey};
use super::verbs::lanes::{RuleLanes, ShowLanes};
use super::verbs::people::{BeginErasure, StepErasure};
use super::verbs::polls::{ClosePoll, CreatePoll, DeletePoll, EditPoll, OpenPoll};
use super::verbs::replays::{BeginReplay, CancelReplay, StepReplay};
use super::verbs::schedules::{FireSchedule, KnowSchedules};
use super::verbs::series::RecordSeries;
use super::verbs::spend::{DeleteSpend, RecordSpend};
use super::verbs::sweeping::{CutJournal, SweepEvents, TellDead};
use super::verbs::votes::{CastVote, VoidVotes};
use super::verbs::{Ask, Job, Verb};
use super::{
    Compacted, Fault, KeyCreated, LaneState, Moved, OpenError, Options, PollChange, PollCreated, PollEnd,
    Report, Revival, Standing, verify,
};
use super::{dead_groups, funnel, open, people, reads_events, records, replays, spend, vote_minutes};
use crate::model::dead::{DeadGroupCursor, DeadLetters};
use crate::model::delivery::{
    Attempt, CallEnd, Claim, Delivery, DeliveryCursor, DeliveryFilter, DestinationNumber, Ending, Event,
    EventState, EventStory,
};
use crate::model::event::{DeliveryId, EventDraft, EventFilter, EventId, EventPage, Recorded, Route};
use crate::model::funnel::{
    Bearer, Conversion, ConversionDraft, Converted, Dimension, Goals, Label, Level, Totals, Window,
    WindowRecorded,
};
use crate::model::ids::{DestinationName, IdempotencyKey, PollId, ScheduleName};
use crate::model::key::{ApiKey, KeyHash, Scope};
use crate::model::lane::Rules;
use crate::model::lane::batch::Batching;
use crate::model::page::{Page, PageRequest};
use crate::model::person::{Erasure, ErasureBegun, ErasureNumber, Person};
use crate::model::poll::{Ballot, PollDraft, PollEdit, PollNumber, Vote};
use crate::model::replay::{Replay, ReplayBegun, ReplayDraft, ReplayFilter, ReplayLook, ReplayNumber};
use crate::model::retention::{Horizon, Swept};
use crate::model::schedule::{Run, ScheduleState};
use crate::model::spend::{Entry, Noted, Spent};
use crate::model::time::Millis;
use crate::model::time::day::Day;
use crate::model::time::zone::Zone;

/// An open data file whose every step is the caller's.
pub struct Stage {
    engine: Engine,
    published: Arc<super::Published>,
    pending: Vec<Job>,
}

/// Reads any bytes as a fact or a row.
///
/// # Errors
/// They are neither.
pub fn read_record(bytes: &[u8]) -> Result<(), Fault> {
    records::read_any(bytes)
}

/// What will be known of a verb once a step has run; `None` before, and after a cut.
pub struct Promise<T>(oneshot::Receiver<Result<T, Fault>>);

impl<T> Promise<T> {
    /// The answer, if it was given.
    pub fn answer(&mut self) -> Option<Result<T, Fault>> {
        self.0.try_recv().ok()
    }
}

impl Stage {
    /// Opens what `backend` holds; an empty one becomes a new file.
    ///
    /// # Errors
    /// As [`super::Store::open`].
    pub fn open(backend: impl StorageBackend, options: &Options) -> Result<Self, OpenError> {
        let opened = open::open_backend(Path::new("stage.redb"), Box::new(backend), options)?;
        Ok(Self {
            engine: opened.engine,
            published: opened.published,
            pending: Vec::new(),
        })
    }

    /// Puts a ballot into the next step.
    pub fn cast_vote(&mut self, ballot: Ballot) -> Promise<Vote> {
        let digest = ballot.user.digest();
        let (ask, answer) = Ask::new(CastVote { ballot, digest });
        self.pending.push(Job::Vote(ask));
        Promise(answer)
    }

    /// Puts a new poll into the next step.
    pub fn create_poll(&mut self, draft: PollDraft) -> Promise<PollCreated> {
        self.rare(CreatePoll { draft })
    }

    /// Puts a poll's closing into the next step.
    pub fn close_poll(&mut self, id: PollId) -> Promise<PollEnd> {
        self.rare(ClosePoll { id })
    }

    /// Puts the change of a poll into the next step.
    pub fn edit_poll(&mut self, id: PollId, edit: PollEdit) -> Promise<PollChange> {
        self.rare(EditPoll { id, edit })
    }

    /// Puts a poll's opening into the next step.
    pub fn open_poll(&mut self, id: PollId) -> Promise<PollChange> {
        self.rare(OpenPoll { id })
    }

    /// Puts a poll's deletion into the next step.
    pub fn delete_poll(&mut self, id: PollId) -> Promise<PollEnd> {
        self.rare(DeletePoll { id })
    }

    /// Puts the voiding of votes into the next step.
    pub fn void_votes(&mut self, poll: PollNumber, positions: Vec<u64>) -> Promise<u64> {
        self.rare(VoidVotes {
            poll: poll.0,
            positions,
        })
    }

    /// Puts a key into the next step.
    pub fn create_key(&mut self, name: String, scope: Scope, hash: KeyHash) -> Promise<KeyCreated> {
        self.rare(PutKey {
            name,
            scope,
            hash,
            replace: Replace::No,
        })
    }

    /// Puts a key's end into the next step.
    pub fn revoke_key(&mut self, name: String) -> Promise<bool> {
        self.rare(RevokeKey { name })
    }

    /// Puts a minute's samples into the next step.
    pub fn record_series(&mut self, minute: u64, samples: Vec<(u16, f64)>) -> Promise<()> {
        self.rare(RecordSeries {
            minute,
            samples,
            keep_minutes: 60,
        })
    }

    /// Puts the numbering of destinations into the next step.
    pub fn know_destinations(&mut self, names: Vec<DestinationName>) -> Promise<()> {
        self.rare(KnowDestinations { names })
    }

    /// Puts events into the next step.
    pub fn record_events(
        &mut self,
        drafts: Vec<EventDraft>,
        routes: &Arc<Vec<Route>>,
    ) -> Promise<Vec<Recorded>> {
        self.rare(RecordEvents {
            drafts,
            routes: routes.clone(),
        })
    }

    /// Puts an event's new time, or its calling off, into the next step.
    pub fn move_event(&mut self, id: EventId, to: Option<Millis>) -> Promise<Moved> {
        self.rare(MoveEvent { id, to })
    }

    /// Puts a claim into the next step.
    pub fn claim(&mut self, to: DestinationNumber, limit: usize, lease_ms: i64) -> Promise<Claim> {
        self.rare(ClaimDue { to, limit, lease_ms })
    }

    /// Puts a claim for one call into the next step.
    pub fn claim_batch(
        &mut self,
        to: DestinationNumber,
        batching: Batching,
        lease_ms: i64,
    ) -> Promise<Claim> {
        self.rare(ClaimBatch {
            to,
            batching,
            lease_ms,
        })
    }

    /// Puts what a call came to into the next step.
    pub fn settle_call(&mut self, end: CallEnd) -> Promise<Vec<bool>> {
        self.rare(SettleCall { end })
    }

    /// Puts the rules of lanes into the next step.
    pub fn rule_lanes(&mut self, rules: Vec<(DestinationName, Rules)>) -> Promise<()> {
        self.rare(RuleLanes { rules })
    }

    /// Puts the question where every lane stands into the next step.
    pub fn lanes(&mut self) -> Promise<Vec<LaneState>> {
        self.rare(ShowLanes)
    }

    /// Puts the return of every lease into the next step.
    pub fn return_leases(&mut self) -> Promise<u64> {
        self.rare(ReturnLeases)
    }

    /// Puts a destination's pause (a reason), or its end (`None`), into the next step.
    pub fn pause_destination(&mut self, name: DestinationName, reason: Option<String>) -> Promise<bool> {
        self.rare(PauseDestination { name, reason })
    }

    /// Puts what an attempt came to into the next step.
    pub fn settle_delivery(
        &mut self,
        id: DeliveryId,
        attempt: Attempt,
        ending: impl Into<Ending>,
    ) -> Promise<bool> {
        self.rare(Settle {
            id,
            attempt,
            ending: ending.into(),
        })
    }

    /// Puts another try of a dead letter into the next step.
    pub fn revive(&mut self, id: DeliveryId) -> Promise<Revival> {
        self.rare(Revive { id })
    }

    /// Puts the end of a waiting delivery into the next step.
    pub fn discard(&mut self, id: DeliveryId, reason: String) -> Promise<Revival> {
        self.rare(Discard { id, reason })
    }

    /// Puts the word of which schedules there are into the next step.
    pub fn know_schedules(
        &mut self,
        schedules: Vec<(ScheduleName, u128)>,
        now: Millis,
    ) -> Promise<Vec<ScheduleState>> {
        self.rare(KnowSchedules { schedules, now })
    }

    /// Puts a run of a schedule into the next step.
    pub fn fire_schedule(
        &mut self,
        (name, timetable): (ScheduleName, u128),
        run: Run,
        (draft, routes): (EventDraft, &Arc<Vec<Route>>),
    ) -> Promise<Option<Recorded>> {
        self.rare(FireSchedule {
            name,
            timetable,
            run,
            draft,
            routes: Arc::clone(routes),
        })
    }

    /// Puts the word of which goals there are into the next step.
    pub fn know_goals(&mut self, goals: Goals) -> Promise<()> {
        self.rare(KnowGoals { goals })
    }

    /// Puts a window of visits into the next step.
    pub fn record_window(&mut self, window: Option<Window>) -> Promise<WindowRecorded> {
        self.rare(RecordWindow { window })
    }

    /// Puts the salts of days into the next step.
    pub fn keep_salts(&mut self, days: Vec<(Millis, [u8; 16])>) -> Promise<(Vec<[u8; 16]>, bool)> {
        self.rare(KeepSalts { days })
    }

    /// Puts a conversion into the next step.
    pub fn convert(&mut self, draft: ConversionDraft) -> Promise<Converted> {
        self.rare(Convert { draft })
    }

    /// Puts the event of a form into the next step.
    pub fn record_form(
        &mut self,
        draft: EventDraft,
        routes: &Arc<Vec<Route>>,
        bearer: Bearer,
    ) -> Promise<Recorded> {
        self.rare(RecordForm {
            draft,
            routes: Arc::clone(routes),
            bearer,
        })
    }

    /// Puts the sweeping of roll-ups into the next step.
    pub fn sweep_rollups(&mut self, level: Level, before: Millis) -> Promise<bool> {
        self.rare(SweepRollups { level, before })
    }

    /// Every conversion, as the file has them.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn conversions(&self) -> Result<Vec<Conversion>, Fault> {
        let page = PageRequest {
            limit: usize::MAX,
            after: None,
        };
        funnel::conversions(&self.engine.db, &page).map(|page| page.items)
    }

    /// What was counted in a range by label, as the file has it.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn funnel_sums(
        &self,
        by: Dimension,
        range: Range<Millis>,
        zone: &Zone,
    ) -> Result<Vec<(Label, Totals)>, Fault> {
        funnel::sums(&self.engine.db.begin_read()?, by, (range, zone))
    }

    /// Puts entries of spend into the next step.
    pub fn record_spend(&mut self, entries: Vec<Entry>) -> Promise<Vec<Noted>> {
        self.rare(RecordSpend { entries })
    }

    /// Puts the deletion of an entry of spend into the next step.
    pub fn delete_spend(&mut self, key: IdempotencyKey) -> Promise<bool> {
        self.rare(DeleteSpend { key })
    }

    /// Every entry of spend, as the file has them.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn spend(&self, days: &Range<Day>) -> Result<Vec<Spent>, Fault> {
        let page = PageRequest {
            limit: usize::MAX,
            after: None,
        };
        spend::list(&self.engine.db, days, &page).map(|page| page.items)
    }

    /// Puts the beginning of a replay into the next step.
    pub fn begin_replay(&mut self, draft: ReplayDraft) -> Promise<ReplayBegun> {
        self.rare(BeginReplay { draft })
    }

    /// Puts a part of a replay into the next step.
    pub fn step_replay(&mut self, number: ReplayNumber, routes: &Arc<Vec<Route>>) -> Promise<Option<Replay>> {
        self.rare(StepReplay {
            number,
            routes: routes.clone(),
        })
    }

    /// Puts the end of a replay into the next step.
    pub fn cancel_replay(&mut self, number: ReplayNumber) -> Promise<Option<Replay>> {
        self.rare(CancelReplay { number })
    }

    /// Puts the beginning of an erasure into the next step.
    pub fn begin_erasure(&mut self, person: Person) -> Promise<ErasureBegun> {
        let by = "a test".to_owned();
        self.rare(BeginErasure { person, by })
    }

    /// Looks for what an erasure comes to next, and puts that into the next step; `None` where it does not run.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn step_erasure(&mut self, number: ErasureNumber) -> Result<Option<Promise<Option<Erasure>>>, Fault> {
        let Some((erasure, (places, next))) = people::next(&self.engine.db, number)? else {
            return Ok(None);
        };
        Ok(Some(self.rare(StepErasure {
            number,
            from: erasure.cursor,
            places,
            next,
        })))
    }

    /// An erasure, as it is on disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn erasure(&self, number: ErasureNumber) -> Result<Option<Erasure>, Fault> {
        people::erasure(&self.engine.db, number)
    }

    /// What a replay would send, as the file has it.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn look_at_replay(
        &self,
        filter: &ReplayFilter,
        routes: &[Route],
        (from, now): (Option<u64>, Millis),
    ) -> Result<ReplayLook, Fault> {
        replays::Looker::new(&self.engine.db.begin_read()?, filter, routes)?.look(from, now)
    }

    /// A replay, as it is on disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn replay(&self, number: ReplayNumber) -> Result<Option<Replay>, Fault> {
        replays::replay(&self.engine.db, number)
    }

    /// Puts a cut of the journal into the next step.
    pub fn cut_journal(&mut self, before: Millis, most: u64) -> Promise<usize> {
        self.rare(CutJournal { before, most })
    }

    /// Puts the sweeping of events into the next step.
    pub fn sweep_events(&mut self, positions: Vec<u64>, horizon: Horizon) -> Promise<Swept> {
        self.rare(SweepEvents { positions, horizon })
    }

    /// Puts the announcement of dead letters into the next step.
    pub fn tell_dead_letters(&mut self, upto: Millis) -> Promise<()> {
        self.rare(TellDead { upto })
    }

    /// Events that may be past `horizon`, as the file has them.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn past(&self, horizon: &Horizon, from: u64) -> Result<(Vec<u64>, Option<u64>), Fault> {
        reads_events::past(&self.engine.db, horizon, from)
    }

    /// One page of the events that match `filter`, as they are on disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn events(
        &self,
        filter: &EventFilter,
        page: &PageRequest<u64>,
    ) -> Result<EventPage<(Event, EventState)>, Fault> {
        reads_events::events(&self.engine.db, filter, page)
    }

    /// One page of the deliveries that match `filter`, as they are on disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest<DeliveryCursor>,
    ) -> Result<Page<Delivery, DeliveryCursor>, Fault> {
        reads_events::deliveries(&self.engine.db, filter, page)
    }

    /// One page of the groups of dead letters, and how many dead letters there are.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn dead_groups(
        &self,
        to: Option<DestinationNumber>,
        page: &PageRequest<DeadGroupCursor>,
    ) -> Result<(Page<DeadLetters, DeadGroupCursor>, u64), Fault> {
        dead_groups::list(&self.engine.db, to, page)
    }

    /// The folded votes of a poll by option, in windows of so many minutes.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn timeline(
        &self,
        poll: PollNumber,
        windows: (Range<Millis>, i64),
    ) -> Result<Vec<(Millis, Vec<u64>)>, Fault> {
        vote_minutes::timeline(&self.engine.db, poll, windows)
    }

    /// The minutes of the first and of the last folded vote of a poll.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn vote_minutes(&self, poll: PollNumber) -> Result<Option<(Millis, Millis)>, Fault> {
        vote_minutes::ends(&self.engine.db, poll)
    }

    /// An event's story, as it is on disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn event(&self, id: EventId) -> Result<Option<EventStory>, Fault> {
        reads_events::event(&self.engine.db, id)
    }

    /// Asks the next steps to fold every vote that is in the journal then.
    pub fn settle(&mut self) -> Promise<()> {
        let (reply, answer) = oneshot::channel();
        self.pending.push(Job::Settle(reply));
        Promise(answer)
    }

    /// Asks the next step to give the file's free pages back.
    pub fn compact(&mut self) -> Promise<Compacted> {
        let (reply, answer) = oneshot::channel();
        self.pending.push(Job::Compact(reply));
        Promise(answer)
    }

    /// Runs what was put into this step as one batch.
    ///
    /// # Errors
    /// The fault that ended the store; nothing is done from then on.
    pub fn step(&mut self, now: Millis) -> Result<(), Fault> {
        let jobs = std::mem::take(&mut self.pending);
        self.engine.run(jobs, (now, now))
    }

    /// Whether a step without verbs would fold or sweep something.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.engine.idle() == Idle::Busy
    }

    /// A poll and its standing, as readers see it.
    #[must_use]
    pub fn standing(&self, poll: &str) -> Option<Standing> {
        self.published.standing(poll)
    }

    /// Every key, as readers see them.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<ApiKey>> {
        self.published.keys()
    }

    /// Checks every invariant.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn verify(&mut self, now: Millis) -> Result<Report, Fault> {
        let (reply, mut answer) = oneshot::channel();
        self.engine.run(vec![Job::Snapshot(reply)], (now, now))?;
        let snapshot = answer.try_recv().map_err(|_| Fault::Closed)??;
        verify::verify(&snapshot)
    }

    /// A snapshot of what is committed.
    pub(super) fn read(&self) -> Result<redb::ReadTransaction, Fault> {
        self.engine.db.begin_read()
    }

    pub(super) fn rare<V: Verb>(&mut self, verb: V) -> Promise<V::Outcome> {
        let (ask, answer) = Ask::new(verb);
        self.pending.push(Job::Rare(Box::new(ask)));
        Promise(answer)
    }
}
