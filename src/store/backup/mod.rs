//! Backups: a snapshot of the data file, copied into a fresh file, and proved there.
//!
//! Tables are copied in order of their keys and appended, in transactions of a quarter of a MiB, each synced: so what the disk has
//! yet to write stays little, and commits of the live file do not wait behind it. All of it is done aside (`aside`), in short
//! turns. The copy is read again from the disk before it is
//! given its name: every invariant, and every table against the digest reckoned while it was copied.
//!
//! A backup is a data file like any other, with a manifest in it. Nothing half-made ever has its final name.

mod draft;
mod manifest;

use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Database, Key, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, Value};
use sha2::{Digest, Sha256};

use super::aside::{aside, breathe};
use super::error::{Fault, OpenError};
use super::inspect::Inspection;
use super::tables::{self, Visitor};
use super::verify::{Check, Report, Snapshot};
use super::{space, upgrade};
use crate::model::time::Millis;
pub use draft::{Draft, sweep_drafts};
pub use manifest::{Manifest, TableSums};

/// How much is copied in one transaction, in bytes.
const CHUNK: u64 = 256 << 10;
/// Memory for pages of the copy, in bytes.
const CACHE: usize = 8 << 20;
/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows copied.
    pub rows: u64,
    /// Rows in all.
    pub of: u64,
}

/// Told of the progress of a copy; false calls it off.
pub type Watch<'w> = &'w (dyn Fn(Progress) -> bool + Send + Sync);

/// Why there is no copy. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk has not the room.
    #[error("{} has {free} bytes free, and {needed} are needed", directory.display())]
    NoRoom {
        /// Where the copy was to be.
        directory: PathBuf,
        /// Bytes the copy may take, and the reserve beside them.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// There is a file already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The system refused.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The copy.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file that was to be copied cannot be read.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// The store gives no snapshot.
    #[error(transparent)]
    Store(#[from] Fault),
    /// What was written is not what was read, or breaks an invariant.
    #[error("the copy is not whole: {0}")]
    NotWhole(String),
    /// It was called off.
    #[error("the copy was called off")]
    CalledOff,
}

/// What becomes of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is kept as it is.
    Backup,
    /// It is served from: nothing of it is sent before somebody says so.
    Restore,
}

/// What is to be copied, and how large it is.
pub(super) struct Source<'s> {
    pub(super) txn: &'s ReadTransaction,
    /// The length of its file, in bytes.
    pub(super) bytes: u64,
    /// The present.
    pub(super) at: Millis,
}

/// Copies the snapshot to `to`, where nothing may be; `replace` puts it in the place of what is there.
pub(super) fn copy(
    source: &Source<'_>,
    to: &Path,
    (purpose, replace): (Purpose, bool),
    watch: Watch<'_>,
) -> Result<Manifest, BackupError> {
    let unwritten = |source| BackupError::Io {
        path: to.to_owned(),
        source,
    };
    if !replace && to.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let draft = Draft::beside(to).map_err(unwritten)?;
    let free = space::free_bytes(draft.directory()).map_err(unwritten)?;
    let needed = space::room_for_copy(source.bytes);
    if free < needed {
        return Err(BackupError::NoRoom {
            directory: draft.directory().to_owned(),
            needed,
            free,
        });
    }
    let file = draft.file().map_err(unwritten)?;
    let db = FileBackend::new(file)
        .and_then(|file| {
            Database::builder()
                .set_cache_size(CACHE)
                .create_with_backend(file)
        })
        .map_err(|error| unwritten(io::Error::other(error)))?;
    let manifest = fill(&db, source, purpose, watch)?;
    db.close().map_err(|error| unwritten(io::Error::other(error)))?;
    draft.sync().map_err(unwritten)?;
    // A restored copy differs in its pause.
    let differs: &[&str] = match purpose {
        Purpose::Backup => &[],
        Purpose::Restore => &[tables::CURSORS_NAME],
    };
    prove(draft.path(), &manifest, differs)?;
    match draft.keep(to, replace) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(to.to_owned())),
        kept => kept.map_err(unwritten),
    }?;
    Ok(manifest)
}

fn fill(
    db: &Database,
    source: &Source<'_>,
    purpose: Purpose,
    watch: Watch<'_>,
) -> Result<Manifest, BackupError> {
    let mut counter = Counter {
        txn: source.txn,
        tables: 0,
        rows: 0,
    };
    tables::each(&mut counter)?;
    let mut copier = Copier {
        from: source.txn,
        to: db,
        watch,
        progress: Progress {
            rows: 0,
            of: counter.rows,
        },
        called_off: false,
        sums: Vec::new(),
    };
    let copied = tables::each(&mut copier);
    if copier.called_off {
        return Err(BackupError::CalledOff);
    }
    copied?;
    let manifest = Manifest {
        made_at: source.at,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: upgrade::format(source.txn)?,
        position: manifest::position(source.txn)?,
        tables: copier.sums,
    };
    seal(db, source, (purpose, &manifest))?;
    Ok(manifest)
}

/// Writes what makes the copy a data file: last, so that half a copy is none.
fn seal(db: &Database, source: &Source<'_>, (purpose, manifest): (Purpose, &Manifest)) -> Result<(), Fault> {
    let txn = db.begin_write()?;
    {
        let from = source.txn.open_table(tables::META)?;
        let mut meta = txn.open_table(tables::META)?;
        for row in from.iter()? {
            let (name, value) = row?;
            if name.value() != manifest::ROW {
                meta.insert(name.value(), value.value())?;
            }
        }
        match purpose {
            Purpose::Backup => {
                meta.insert(manifest::ROW, manifest.to_row()?.as_slice())?;
            }
            Purpose::Restore => {
                let since = u64::try_from(source.at.0).unwrap_or(0);
                txn.open_table(tables::CURSORS)?
                    .insert(tables::DELIVERY_PAUSED, since)?;
            }
        }
    }
    txn.commit()?;
    Ok(())
}

/// Reads the copy at `path` as anybody would, and compares it with what went into it.
fn prove(path: &Path, manifest: &Manifest, differs: &[&str]) -> Result<(), BackupError> {
    let copy = Inspection::open(path).map_err(|error| BackupError::NotWhole(error.to_string()))?;
    copy.compare(manifest, differs).map_err(BackupError::NotWhole)?;
    let report = copy
        .verify()
        .map_err(|error| BackupError::NotWhole(error.to_string()))?;
    match report.checks.iter().find(|check| check.broken > 0) {
        Some(broken) => Err(BackupError::NotWhole(format!(
            "{} ({})",
            broken.rule,
            broken.examples.join("; ")
        ))),
        None => Ok(()),
    }
}

impl Inspection {
    /// The manifest that the file was given when it was made as a backup.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn manifest(&self) -> Result<Option<Manifest>, OpenError> {
        self.read(|snapshot| manifest::of(&snapshot.txn))
    }

    /// Compares every table that the manifest names with it; the tables `but` may differ in what a restore changes.
    ///
    /// # Errors
    /// The first difference.
    pub(super) fn compare(&self, manifest: &Manifest, but: &[&str]) -> Result<(), String> {
        let found = self.read(sums).map_err(|error| error.to_string())?;
        for told in manifest
            .tables
            .iter()
            .filter(|told| !but.contains(&told.name.as_str()))
        {
            match found.iter().find(|sums| sums.name == told.name) {
                Some(found) if found == told => {}
                Some(found) => {
                    return Err(format!(
                        "table {} has {} rows and another digest than the {} that were copied",
                        told.name, found.rows, told.rows
                    ));
                }
                None => return Err(format!("table {} is missing", told.name)),
            }
        }
        Ok(())
    }

    /// Whether the file is what its manifest says, if it has one, and breaks no invariant.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn prove(&self) -> Result<(), OpenError> {
        let damaged = |reason| OpenError::Damaged {
            path: self.path().to_owned(),
            reason,
        };
        if let Some(manifest) = self.manifest()? {
            // An upgrade, which happens in memory alone, adds tables and sums.
            self.compare(&manifest, &[]).map_err(damaged)?;
        }
        let report = self.verify()?;
        match report.checks.iter().find(|check| check.broken > 0) {
            Some(broken) => Err(damaged(format!(
                "{}: {}",
                broken.name,
                broken.examples.join("; ")
            ))),
            None => Ok(()),
        }
    }

    /// As [`Inspection::verify`], and whether the file is what its manifest says, if it has one.
    ///
    /// # Errors
    /// As [`Inspection::verify`].
    pub fn verify_backup(&self) -> Result<Report, OpenError> {
        let mut report = self.verify()?;
        if let Some(manifest) = self.manifest()? {
            let mut check = Check::new(
                "manifest",
                "every table is what was copied when the backup was made",
            );
            let differs = self.compare(&manifest, &[]).err();
            check.see(differs.is_none(), || differs.clone().unwrap_or_default());
            report.checks.insert(0, check);
        }
        Ok(report)
    }

    /// Makes a backup of the file at `to`, in the place of what is there if `replace` says so.
    ///
    /// # Errors
    /// [`BackupError`]; nothing is left of the copy.
    pub fn back_up(
        &self,
        to: &Path,
        (at, replace): (Millis, bool),
        watch: Watch<'_>,
    ) -> Result<Manifest, BackupError> {
        self.copied(to, (at, (Purpose::Backup, replace)), watch)
    }

    /// Makes a data file of the backup at `to`, where nothing may be. Its delivery is paused.
    ///
    /// # Errors
    /// [`BackupError`]; nothing is left of the copy.
    pub fn restore(&self, to: &Path, at: Millis, watch: Watch<'_>) -> Result<Manifest, BackupError> {
        self.copied(to, (at, (Purpose::Restore, false)), watch)
    }

    fn copied(
        &self,
        to: &Path,
        (at, purpose): (Millis, (Purpose, bool)),
        watch: Watch<'_>,
    ) -> Result<Manifest, BackupError> {
        let bytes = std::fs::metadata(self.path()).map_or(0, |file| file.len());
        let made = self.read(|snapshot| {
            let source = Source {
                txn: &snapshot.txn,
                bytes,
                at,
            };
            Ok(copy(&source, to, purpose, watch))
        });
        made?
    }
}

/// What a backup was found to be.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Every invariant, and the manifest.
    pub report: Report,
    /// How many tables there are.
    pub tables: usize,
    /// How many rows they have.
    pub rows: u64,
}

/// Reads the backup at `path` as a whole, aside.
///
/// # Errors
/// No thread is to be had; within it, why the file cannot be read.
pub async fn prove_backup(path: PathBuf) -> Result<Result<Proof, OpenError>, Fault> {
    let prove = move || {
        let copy = Inspection::open(&path)?;
        let (tables, rows) = copy.read(lengths)?;
        Ok(Proof {
            report: copy.verify_backup()?,
            tables,
            rows,
        })
    };
    aside(move || Ok(prove())).await
}

/// How many tables a snapshot has, and how many rows.
fn lengths(snapshot: &Snapshot) -> Result<(usize, u64), Fault> {
    let mut counter = Counter {
        txn: &snapshot.txn,
        tables: 0,
        rows: 0,
    };
    tables::each(&mut counter)?;
    Ok((counter.tables, counter.rows))
}

/// The sums of every table of a snapshot.
fn sums(snapshot: &Snapshot) -> Result<Vec<TableSums>, Fault> {
    let mut reader = Reader {
        txn: &snapshot.txn,
        sums: Vec::new(),
    };
    tables::each(&mut reader)?;
    Ok(reader.sums)
}

/// Counts tables, and rows of those that are copied.
struct Counter<'c> {
    txn: &'c ReadTransaction,
    tables: usize,
    rows: u64,
}

impl Visitor for Counter<'_> {
    fn visit<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault> {
        self.tables += 1;
        if is_copied(&table) {
            self.rows += self.txn.open_table(table)?.len()?;
        }
        Ok(())
    }
}

/// Whether the rows of a table go into a copy.
fn is_copied(table: &impl redb::TableHandle) -> bool {
    !tables::NOT_COPIED.contains(&table.name())
}

/// Reckons the sums of tables.
struct Reader<'c> {
    txn: &'c ReadTransaction,
    sums: Vec<TableSums>,
}

impl Visitor for Reader<'_> {
    fn visit<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault> {
        let mut sum = Sum::default();
        for row in self.txn.open_table(table)?.iter()? {
            let (key, value) = row?;
            sum.add::<K, V>(&key.value(), &value.value());
        }
        self.sums.push(sum.of(redb::TableHandle::name(&table)));
        Ok(())
    }
}

/// A running digest over rows, each part with its length before it.
#[derive(Default)]
struct Sum {
    rows: u64,
    digest: Sha256,
}

impl Sum {
    /// Adds a row: how many bytes it has.
    fn add<K: Key, V: Value>(&mut self, key: &K::SelfType<'_>, value: &V::SelfType<'_>) -> u64 {
        let (key, value) = (K::as_bytes(key), V::as_bytes(value));
        let mut bytes = 0;
        for part in [key.as_ref(), value.as_ref()] {
            let len = part.len() as u64;
            self.digest.update(len.to_le_bytes());
            self.digest.update(part);
            bytes += len;
        }
        self.rows += 1;
        breathe();
        bytes
    }

    fn of(self, name: &str) -> TableSums {
        TableSums {
            name: name.to_owned(),
            rows: self.rows,
            digest: self.digest.finalize().into(),
        }
    }
}

/// Copies tables.
struct Copier<'c> {
    from: &'c ReadTransaction,
    to: &'c Database,
    watch: Watch<'c>,
    progress: Progress,
    called_off: bool,
    sums: Vec<TableSums>,
}

impl Visitor for Copier<'_> {
    fn visit<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault> {
        let source = self.from.open_table(table)?;
        // A table of which nothing is copied is made all the same, for readers to find.
        let most = if is_copied(&table) { usize::MAX } else { 0 };
        let mut rows = source.iter()?.take(most).peekable();
        let mut sum = Sum::default();
        loop {
            let txn = self.to.begin_write()?;
            let mut into = txn.open_table(table)?;
            let mut end = into.upper_bound_mut(Bound::<K::SelfType<'_>>::Unbounded)?;
            let mut bytes = 0;
            while bytes < CHUNK
                && let Some(row) = rows.next()
            {
                let (key, value) = row?;
                bytes += sum.add::<K, V>(&key.value(), &value.value());
                end.insert_before(key.value(), value.value())?;
                self.progress.rows += 1;
            }
            end.close()?;
            drop(into);
            txn.commit()?;
            if !(self.watch)(self.progress) {
                self.called_off = true;
                return Err(Fault::Closed);
            }
            if rows.peek().is_none() {
                break;
            }
            breathe();
        }
        self.sums.push(sum.of(redb::TableHandle::name(&table)));
        Ok(())
    }
}
