//! Store: everything remembered, as verbs on one data file.
//!
//! A verb goes to the writer's queue, is applied in a batch within one transaction, and is answered when that
//! transaction is on disk. Its outcome is a fact in the journal; tables are folded from facts. Votes fold behind: the
//! mirror holds those that have not, and with the tables answers who has voted. Standings of polls are read from
//! memory, as of the last durable commit; lists are read from snapshots of the file.
//!
//! Invariants: an answer is durable; a refusal leaves no trace; a verb is atomic; no transaction, guard or table
//! leaves this room; after a fault nothing is read, written or synced again; a file that is refused is not changed.
//!
//! Primitives have one place each: the journal (`desk`), counters (`fold`: tallies, addresses), dedupe sets (ballots, event
//! keys), series (`verbs/series`), the queue (`queue`). This room alone knows redb and bincode, and it knows
//! nothing of HTTP, of configuration, or of who asks.

mod alerts;
mod aside;
mod audit;
mod backup;
mod book;
mod calls;
mod certificates;
mod checkpoint;
mod codec;
mod dead_groups;
mod desk;
mod doubt;
mod engine;
mod error;
mod event_blocks;
mod event_bodies;
mod event_records;
mod event_tables;
mod events;
mod export;
mod export_kept;
mod export_reads;
mod export_records;
mod facts;
mod filler;
mod fold;
mod fold_events;
mod fold_funnel;
mod funnel;
mod funnel_records;
mod handle;
mod inspect;
mod key_uses;
mod lane_records;
mod lanes;
mod launch;
mod launch_steps;
mod mirror;
mod occupancy;
mod open;
mod people;
mod people_payload;
mod people_records;
mod probation;
mod queue;
mod reads;
mod reads_events;
mod records;
mod recover;
mod repeats;
mod replay_records;
mod replays;
mod sabotage;
mod schedule_records;
mod schedules;
mod space;
mod spend;
mod spend_records;
pub mod stage;
mod tables;
mod tokens;
mod upgrade;
mod verbs;
mod verify;
mod verify_checkpoint;
mod verify_events;
mod verify_funnel;
mod verify_rows;
mod vote_minutes;
mod writer;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use backup::{
    BackupError, Draft, Manifest, Progress, Proof, TableSums, Watch, prove_backup, sweep_drafts,
};
pub use book::{MAX_POLLS, Standing};
pub use doubt::is_of_a_damaged_file;
pub use engine::{Changes, Commit, Compacted, Listener, Observer};
pub use error::{Fault, OpenError};
pub use funnel::FunnelCursor;
pub use inspect::Inspection;
pub use lanes::LaneState;
pub use occupancy::{Occupancy, TableSize};
pub use sabotage::Sabotage;
pub use space::{Gauge, Shortage, Space};
pub use tables::FORMAT;
pub use verbs::deliveries::Revival;
pub use verbs::events::Moved;
pub use verbs::keys::{KeyCreated, MAX_KEYS};
pub use verbs::polls::{PollChange, PollCreated, PollEnd};
pub use verify::{Check, Report};

use crate::clock::{Clock, Steady};
use crate::model::address::{AddressSalt, AddressToken};
use crate::model::ids::PollId;
use crate::model::key::{ApiKey, KeyHash, Scope};
use crate::model::page::{Page, PageRequest};
use crate::model::poll::{Ballot, CountedVote, Poll, PollDraft, PollEdit, PollNumber, Vote, VoteFilter};
use crate::model::time::Millis;
use aside::aside;
pub use aside::gently;
use book::Published;
use handle::Handle;
use verbs::keys::{PutKey, Replace, RevokeKey};
use verbs::polls::{ClosePoll, CreatePoll, DeletePoll, EditPoll, OpenPoll};
use verbs::series::{Probe, RecordSeries};
use verbs::votes::{CastVote, MAX_VOIDS, VoidVotes};
use verbs::{Job, Verb};
use writer::Writer;

/// How often and how many times a compaction waits for readers.
const COMPACT_EVERY: Duration = Duration::from_millis(100);
const COMPACT_TRIES: u32 = 100;

/// How to open a data file.
#[derive(Clone)]
pub struct Options {
    /// Whether to make the file where there is none.
    pub create: bool,
    /// Memory for pages of the file, in MiB.
    pub cache_mib: usize,
    /// How many votes one slice of folding takes.
    pub fold_slice: usize,
    /// Told of every commit.
    pub observer: Option<Observer>,
    /// Told what each commit has changed.
    pub listener: Option<Listener>,
    /// Tells how much room the disk has; `None` asks the system about the file's own.
    pub space: Option<Gauge>,
    /// A bug to plant, in tests of the harness.
    pub sabotage: Sabotage,
}

impl Default for Options {
    /// Makes the file where there is none; 64 MiB of cache; slices small enough that the commit carrying one stays quick.
    fn default() -> Self {
        Self {
            create: true,
            cache_mib: 64,
            fold_slice: 512,
            observer: None,
            listener: None,
            space: None,
            sabotage: Sabotage::None,
        }
    }
}

/// The store. Cheap to clone; every clone speaks to the one writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    clock: Arc<Steady>,
    published: Arc<Published>,
    db: Arc<Handle>,
    salt: AddressSalt,
    path: PathBuf,
}

impl Store {
    /// Opens the data file at `path` and starts its writer.
    ///
    /// # Errors
    /// [`OpenError`] says why not; the file is then unchanged.
    pub fn open(path: &Path, options: &Options, clock: Clock) -> Result<Self, OpenError> {
        let opened = open::open(path, options)?;
        let db = Arc::clone(&opened.engine.db);
        let clock = Arc::new(Steady::new(clock, opened.engine.memory.last_stamp));
        let writer = Writer::start(opened.engine, Arc::clone(&clock)).map_err(|source| OpenError::Io {
            path: path.to_owned(),
            source,
        })?;
        let (published, salt) = (opened.published, opened.salt);
        Ok(Self {
            inner: Arc::new(Inner {
                writer,
                clock,
                published,
                db,
                salt,
                path: path.to_owned(),
            }),
        })
    }

    /// Counts a ballot once.
    ///
    /// # Errors
    /// A fault: whether the vote counts is then unknown until the file is opened again.
    pub async fn cast_vote(&self, ballot: Ballot) -> Result<Vote, Fault> {
        let digest = ballot.user.digest();
        let vote = CastVote { ballot, digest };
        self.admit(vote.room())?;
        self.inner.writer.ask(vote, Job::Vote).await
    }

    /// Makes a poll.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn create_poll(&self, draft: PollDraft) -> Result<PollCreated, Fault> {
        self.rare(CreatePoll { draft }).await
    }

    /// Closes a poll; its votes and results stay.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn close_poll(&self, id: PollId) -> Result<PollEnd, Fault> {
        self.rare(ClosePoll { id }).await
    }

    /// Changes what voters read of a poll, and when it is open.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn edit_poll(&self, id: PollId, edit: PollEdit) -> Result<PollChange, Fault> {
        self.rare(EditPoll { id, edit }).await
    }

    /// Lets a poll take votes again, whatever had closed it, or before it would have opened.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn open_poll(&self, id: PollId) -> Result<PollChange, Fault> {
        self.rare(OpenPoll { id }).await
    }

    /// Votes of a poll by option, in windows of `every_minutes` that begin within `range`, oldest first; windows without votes are left
    /// out. What was counted within the last two seconds may not be among them yet.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn timeline(
        &self,
        poll: PollNumber,
        range: std::ops::Range<Millis>,
        every_minutes: i64,
    ) -> Result<Vec<(Millis, Vec<u64>)>, Fault> {
        self.read(move |db| vote_minutes::timeline(db, poll, (range, every_minutes)))
            .await
    }

    /// The minutes of the first and of the last vote of a poll; `None` where there is none.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn vote_minutes(&self, poll: PollNumber) -> Result<Option<(Millis, Millis)>, Fault> {
        self.read(move |db| vote_minutes::ends(db, poll)).await
    }

    /// Deletes a poll with its votes. Its id is free again at once.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn delete_poll(&self, id: PollId) -> Result<PollEnd, Fault> {
        self.rare(DeletePoll { id }).await
    }

    /// Voids the votes at `positions` of a poll, in atomic steps of 1,000; how many were voided now. Positions that
    /// hold no vote, or a voided one, are passed over, so that the same call can be made again.
    ///
    /// # Errors
    /// A fault of the file; the steps before it stand.
    pub async fn void_votes(&self, poll: PollNumber, positions: &[u64]) -> Result<u64, Fault> {
        let mut voided = 0;
        for step in positions.chunks(MAX_VOIDS) {
            voided += self
                .rare(VoidVotes {
                    poll: poll.0,
                    positions: step.to_vec(),
                })
                .await?;
        }
        Ok(voided)
    }

    /// A poll and its standing, from memory.
    #[must_use]
    pub fn standing(&self, poll: &str) -> Option<Standing> {
        self.inner.published.standing(poll)
    }

    /// Every poll and its standing, in order of creation, newest first.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let mut all = self.inner.published.standings();
        all.sort_unstable_by_key(|s| std::cmp::Reverse(s.poll.number));
        all
    }

    /// One page of a poll's votes that match `filter`, oldest first; the cursor is a position. A page may be short.
    /// Votes counted before the call are all seen.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn votes(
        &self,
        poll: &Poll,
        filter: VoteFilter,
        page: PageRequest<u64>,
    ) -> Result<Page<CountedVote, u64>, Fault> {
        if page.after.is_none() {
            self.settle().await?;
        }
        let number = poll.number;
        self.read(move |db| reads::votes(db, number, &filter, &page))
            .await
    }

    /// The key whose secret has this hash, from memory.
    #[must_use]
    pub fn key(&self, hash: &KeyHash) -> Option<Arc<ApiKey>> {
        self.inner.published.key(hash)
    }

    /// Every key, by name.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<ApiKey>> {
        let mut keys = self.inner.published.keys();
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        keys
    }

    /// Adds a key under a name that is free.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn create_key(&self, name: String, scope: Scope, hash: KeyHash) -> Result<KeyCreated, Fault> {
        self.rare(PutKey {
            name,
            scope,
            hash,
            replace: Replace::No,
        })
        .await
    }

    /// Adds a key in the place of the one of the same name, if there is one.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn replace_key(&self, name: String, scope: Scope, hash: KeyHash) -> Result<KeyCreated, Fault> {
        self.rare(PutKey {
            name,
            scope,
            hash,
            replace: Replace::Yes,
        })
        .await
    }

    /// Takes a key back; false where there is none of this name.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn revoke_key(&self, name: String) -> Result<bool, Fault> {
        self.rare(RevokeKey { name }).await
    }

    /// Keeps one minute's samples, as (series, value); those older than `keep_minutes` go.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn record_series(
        &self,
        minute: u64,
        samples: Vec<(u16, f64)>,
        keep_minutes: u64,
    ) -> Result<(), Fault> {
        self.rare(RecordSeries {
            minute,
            samples,
            keep_minutes,
        })
        .await
    }

    /// One series' samples in a range of minutes since the epoch, as (minute, value), oldest first.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn series(&self, id: u16, minutes: std::ops::Range<u64>) -> Result<Vec<(u64, f64)>, Fault> {
        self.read(move |db| reads::series(db, id, minutes)).await
    }

    /// Checks every invariant on a snapshot; the store goes on meanwhile.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn verify(&self) -> Result<Report, Fault> {
        let snapshot = self.snapshot().await?;
        aside(move || verify::verify(&snapshot)).await
    }

    /// Makes a backup at `to`, where nothing may be, while the store goes on: everything that was answered before the call
    /// is in it. `watch` is told how far it is; where it says no, the backup is called off.
    ///
    /// # Errors
    /// [`BackupError`]; nothing is left of the copy.
    pub async fn back_up(
        &self,
        to: PathBuf,
        watch: impl Fn(Progress) -> bool + Send + Sync + 'static,
    ) -> Result<Manifest, BackupError> {
        let snapshot = self.snapshot().await?;
        let (at, path) = (self.now(), self.inner.path.clone());
        let copy = move || {
            let source = backup::Source {
                txn: &snapshot.txn,
                bytes: std::fs::metadata(path).map_or(0, |file| file.len()),
                at,
            };
            Ok(backup::copy(
                &source,
                &to,
                (backup::Purpose::Backup, false),
                &watch,
            ))
        };
        aside(copy).await?
    }

    /// What takes up the file, of a snapshot: walks all of it.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn occupancy(&self) -> Result<Occupancy, Fault> {
        self.read(|db| occupancy::occupancy(&db.begin_read()?)).await
    }

    /// Gives the file's free pages back to the disk. Meanwhile what is to be taken in is refused as [`Fault::Busy`], and
    /// reads too; the rest waits. A reader that is under way is waited for, ten seconds at most.
    ///
    /// # Errors
    /// [`Fault::Busy`] with a reader, or a fault of the file.
    pub async fn compact(&self) -> Result<Compacted, Fault> {
        let mut tries = 0;
        loop {
            let (reply, answer) = oneshot::channel();
            self.inner.writer.send(Job::Compact(reply)).await?;
            match answer.await.map_err(|_| Fault::Closed)? {
                Err(Fault::Busy(_)) if tries < COMPACT_TRIES => {
                    tries += 1;
                    tokio::time::sleep(COMPACT_EVERY).await;
                }
                done => return done,
            }
        }
    }

    /// Whether the file is being compacted, and the writer with it.
    #[must_use]
    pub fn is_compacting(&self) -> bool {
        self.inner.db.is_taken()
    }

    /// How many rows each table has.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn rows(&self) -> Result<Vec<(&'static str, u64)>, Fault> {
        let snapshot = self.snapshot().await?;
        blocking(move || verify::rows(&snapshot)).await
    }

    /// Waits until every vote counted so far is folded into the tables.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn settle(&self) -> Result<(), Fault> {
        let (reply, done) = oneshot::channel();
        self.inner.writer.send(Job::Settle(reply)).await?;
        done.await.map_err(|_| Fault::Closed)?
    }

    /// Commits next to nothing, durably: a sign of life from the writer and the disk.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn probe(&self) -> Result<(), Fault> {
        self.rare(Probe).await
    }

    /// What tells this file from others, and a copy of it from nothing: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> String {
        self.inner.salt.identity()
    }

    /// The token that stands for a client address in this file.
    #[must_use]
    pub fn address_token(&self, address: IpAddr) -> AddressToken {
        self.inner.salt.token(address)
    }

    /// The present as the writer stamps it, by which everything that is due is due. It never runs back, nor does it stop
    /// when the wall clock is set back.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// What the disk of the data file has left; `None` where the system does not tell.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        let file_bytes = std::fs::metadata(&self.inner.path).ok()?.len();
        let free = space::free_bytes(&self.inner.path).ok()?;
        Some(Space::of(free, file_bytes))
    }

    /// Where the data file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How many verbs wait for the writer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.writer.waiting()
    }

    /// Becomes `Some` when a fault has ended the store.
    #[must_use]
    pub fn fault(&self) -> watch::Receiver<Option<Fault>> {
        self.inner.writer.fault()
    }

    /// Finishes what waits, folds, and closes the file. Every later verb is told that the store is closed.
    ///
    /// # Errors
    /// A fault of the file; everything that was answered is on disk all the same.
    pub async fn close(&self) -> Result<(), Fault> {
        self.inner.writer.close().await
    }

    async fn rare<V: Verb>(&self, verb: V) -> Result<V::Outcome, Fault> {
        self.admit(verb.room())?;
        self.inner.writer.ask(verb, |ask| Job::Rare(Box::new(ask))).await
    }

    /// While the file is compacted nothing is taken in: it would wait, nobody knows how long.
    fn admit(&self, room: u64) -> Result<(), Fault> {
        match room > 0 && self.is_compacting() {
            true => Err(Fault::Busy(handle::COMPACTION)),
            false => Ok(()),
        }
    }

    async fn snapshot(&self) -> Result<verify::Snapshot, Fault> {
        let (reply, answer) = oneshot::channel();
        self.inner.writer.send(Job::Snapshot(reply)).await?;
        answer.await.map_err(|_| Fault::Closed)?
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Handle) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let db = Arc::clone(&self.inner.db);
        blocking(move || read(&db)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(|| doubt::read(work)).await;
    let contradiction = || Err(Fault::file(doubt::CONTRADICTION));
    done.map_or(Err(Fault::Closed), |done| done.unwrap_or_else(contradiction))
}
