//! Opening the data file, or making it; refusing, without a trace, what is not ours to write.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, ReadableDatabase, StorageBackend, StorageError};
use rustix::fs::OFlags;

use super::backup::Draft;
use super::book::Published;
use super::desk::Memory;
use super::engine::Engine;
use super::error::{Fault, OpenError};
use super::handle::Handle;
use super::probation::Probation;
use super::{Options, doubt, recover, space, tables, upgrade};
use crate::model::address::AddressSalt;

/// The first bytes of every redb file.
const MAGIC: &[u8; 9] = b"redb\x1A\x0A\xA9\x0D\x0A";
const APPLICATION: &[u8] = b"gantry";

/// What opening gives: the engine, what readers share with it, and the file's salt.
pub(super) struct Opened {
    pub(super) engine: Engine,
    pub(super) published: Arc<Published>,
    pub(super) salt: AddressSalt,
}

/// Opens the file at `path`; makes it first where there is none and `options.create` says so.
pub(super) fn open(path: &Path, options: &Options) -> Result<Opened, OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => {
            refuse_at_a_glance(path, &file)?;
            let backend = FileBackend::new(file).map_err(|e| refusal(path, e))?;
            let options = Options {
                space: options.space.clone().or_else(|| Some(space::gauge(path))),
                ..options.clone()
            };
            let keep = |found| upgrade::keep_old(path, found).map_err(io);
            open_with(path, Box::new(backend), (&options, &keep))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && options.create => {
            make(path, options)?;
            open(
                path,
                &Options {
                    create: false,
                    ..options.clone()
                },
            )
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::Missing(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err(OpenError::Foreign(path.to_owned())),
        Err(error) => Err(io(error)),
    }
}

/// What can be told without reading more than the first bytes.
fn refuse_at_a_glance(path: &Path, mut file: &File) -> Result<(), OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if meta.len() == 0 {
        return Err(OpenError::Empty(path.to_owned()));
    }
    let mut head = Vec::with_capacity(MAGIC.len());
    file.by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(io)?;
    if head == MAGIC {
        Ok(())
    } else {
        Err(OpenError::Foreign(path.to_owned()))
    }
}

/// Opens what `backend` holds, on probation until it has proved to be ours. An empty backend becomes a new file.
pub(super) fn open_backend(
    path: &Path,
    backend: Box<dyn StorageBackend>,
    options: &Options,
) -> Result<Opened, OpenError> {
    open_with(path, backend, (options, &|_| Ok(())))
}

/// What is done with the format a file had, before anything in it changes.
type Keep<'k> = &'k dyn Fn(u32) -> Result<(), OpenError>;

fn open_with(
    path: &Path,
    backend: Box<dyn StorageBackend>,
    (options, keep): (&Options, Keep<'_>),
) -> Result<Opened, OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    let new = backend.len().map_err(io)? == 0;
    let backend = Probation::new(backend);
    if new {
        backend.release().map_err(io)?;
    }
    let Looked {
        db,
        salt,
        memory,
        format,
    } = look(path, &backend, (new, options))?;
    if !new {
        keep(format)?;
        backend.release().map_err(io)?;
    }
    let published = Arc::new(Published::default());
    let mut engine = Engine {
        db: Arc::new(Handle::new(db)),
        backend,
        memory,
        published: published.clone(),
        settling: Vec::new(),
        fault: None,
        observer: options.observer.clone(),
        listener: options.listener.clone(),
        space: options.space.clone(),
    };
    engine.memory.book.publish(&published);
    published.replace_keys(&engine.memory.keys);
    published.replace_destinations(&engine.memory);
    Ok(Opened {
        engine,
        published,
        salt,
    })
}

/// Opens a file to be read and nothing else: whatever its repair or upgrade would write stays in memory.
pub(super) fn open_to_read(path: &Path, options: &Options) -> Result<(Database, Memory), OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    // Without the flag, a FIFO would be waited for.
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let opened = OpenOptions::new().read(true).custom_flags(nonblock).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Missing(path.to_owned()));
        }
        Err(error) => return Err(io(error)),
    };
    refuse_at_a_glance(path, &file)?;
    let backend = FileBackend::new(file).map_err(|e| refusal(path, e))?;
    let backend = Probation::to_read(Box::new(backend));
    let looked = look(path, &backend, (false, options))?;
    Ok((looked.db, looked.memory))
}

/// What a look at a file gives.
struct Looked {
    db: Database,
    salt: AddressSalt,
    memory: Memory,
    /// The format that it has on disk.
    format: u32,
}

/// Reads what `backend` holds, which is on probation unless it is `new`.
fn look(path: &Path, backend: &Probation, (new, options): (bool, &Options)) -> Result<Looked, OpenError> {
    let damaged = |reason: String| OpenError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let builder = |backend: Probation| {
        Database::builder()
            .set_cache_size(options.cache_mib.saturating_mul(1 << 20))
            .create_with_backend(backend)
    };
    // redb trusts a cleanly closed file and may panic on one that was changed since.
    let opened = doubt::read(|| -> Result<_, OpenError> {
        let db = builder(backend.clone()).map_err(|e| refusal(path, e))?;
        if new {
            initialise(&db).map_err(|fault| as_refusal(path, &fault))?;
        }
        let salt = identify(path, &db)?;
        let format = upgrade::upgrade(&db).map_err(|fault| as_refusal(path, &fault))?;
        let memory = recover::memory(&db, options).map_err(|fault| as_refusal(path, &fault))?;
        Ok(Looked {
            db,
            salt,
            memory,
            format,
        })
    });
    opened.unwrap_or_else(|| Err(damaged(doubt::CONTRADICTION.into())))
}

/// Makes a whole new file beside `path` and links it there, so that no half-made one is ever found.
fn make(path: &Path, options: &Options) -> Result<(), OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    let draft = Draft::beside(path).map_err(io)?;
    let file = draft.file().map_err(io)?;
    let backend = FileBackend::new(file).map_err(|e| refusal(path, e))?;
    drop(open_backend(path, Box::new(backend), options)?);
    draft.sync().map_err(io)?;
    match draft.keep(path, false) {
        // Another process was quicker; its file will do.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        kept => kept.map_err(io),
    }
}

/// Writes what makes an empty database ours.
fn initialise(db: &Database) -> Result<(), Fault> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Fault::file)?;
    let txn = db.begin_write()?;
    {
        let mut meta = txn.open_table(tables::META)?;
        meta.insert("application", APPLICATION)?;
        meta.insert("format", tables::FORMAT.to_le_bytes().as_slice())?;
        meta.insert("salt", salt.as_slice())?;
    }
    recover::create_tables(&txn)?;
    txn.commit()?;
    Ok(())
}

/// Whether the file is ours and of a format we know; its salt.
fn identify(path: &Path, db: &Database) -> Result<AddressSalt, OpenError> {
    let foreign = || OpenError::Foreign(path.to_owned());
    let damaged = |what: &str| OpenError::Damaged {
        path: path.to_owned(),
        reason: format!("{what} is missing"),
    };
    let txn = db.begin_read().map_err(|e| as_refusal(path, &e.into()))?;
    let meta = match txn.open_table(tables::META) {
        Ok(meta) => meta,
        Err(redb::TableError::Storage(error)) => return Err(as_refusal(path, &error.into())),
        Err(_) => return Err(foreign()),
    };
    let field = |name: &str| -> Result<Option<Vec<u8>>, OpenError> {
        let value = meta.get(name).map_err(|e| as_refusal(path, &e.into()))?;
        Ok(value.map(|v| v.value().to_vec()))
    };
    if field("application")?.as_deref() != Some(APPLICATION) {
        return Err(foreign());
    }
    let format = field("format")?
        .and_then(|b| b.try_into().ok())
        .map(u32::from_le_bytes);
    let found = format.ok_or_else(|| damaged("its format"))?;
    if found > tables::FORMAT {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: tables::FORMAT,
        });
    }
    let salt = field("salt")?
        .and_then(|b| b.try_into().ok())
        .ok_or_else(|| damaged("its salt"))?;
    Ok(AddressSalt(salt))
}

fn refusal(path: &Path, error: DatabaseError) -> OpenError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            let pid = holder(&path);
            OpenError::InUse { path, pid }
        }
        DatabaseError::UpgradeRequired(found) => OpenError::Damaged {
            path,
            reason: format!("its container has the old version {found}"),
        },
        DatabaseError::Storage(StorageError::Io(source)) => match source.kind() {
            io::ErrorKind::InvalidData => OpenError::Foreign(path),
            io::ErrorKind::UnexpectedEof => OpenError::Damaged {
                path,
                reason: "it is cut short".into(),
            },
            _ => OpenError::Io { path, source },
        },
        DatabaseError::Storage(StorageError::Corrupted(reason)) => OpenError::Damaged { path, reason },
        error => OpenError::Damaged {
            path,
            reason: error.to_string(),
        },
    }
}

fn as_refusal(path: &Path, fault: &Fault) -> OpenError {
    OpenError::Damaged {
        path: path.to_owned(),
        reason: fault.to_string(),
    }
}

/// The process that has a lock on `path`. An owner takes locks of its open file first, which the kernel lists without a
/// process, and the one that names it a moment later: hence some patience.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when the kernel has named it, and the file is not open yet"
)]
fn holder(path: &Path) -> Option<u32> {
    let inode = std::fs::metadata(path).ok()?.ino().to_string();
    (0..50).find_map(|look| {
        if look > 0 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        listed_holder(&inode)
    })
}

/// The process that has a lock on the file of this inode, from the kernel's own list (proc_locks(5)).
fn listed_holder(inode: &str) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, _, pid, place, ..] = fields.as_slice() else {
            return None;
        };
        (place.rsplit(':').next() == Some(inode))
            .then(|| pid.parse().ok())
            .flatten()
    })
}
