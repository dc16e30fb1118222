//! Probation: a data file is read, and if need be repaired, without a byte of it changing until it has proved to be
//! ours and of a format we know.
//!
//! Until [`Probation::release`], writes are kept in memory, in order and with the syncs between them. Release replays
//! them so, which makes a cut during release no different from a cut during the repair itself. A file that is refused
//! is therefore left as it was found, also one that needed repair.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

const PAGE: usize = 4096;

/// A backend on probation in front of the real one. Clones share one state.
#[derive(Clone)]
pub(super) struct Probation {
    shared: Arc<Shared>,
}

struct Shared {
    inner: Box<dyn StorageBackend>,
    /// Whether it is never released: then the locks of a reader will do.
    to_read: bool,
    released: AtomicBool,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    operations: Vec<Operation>,
    pages: BTreeMap<u64, Box<[u8]>>,
    len: Option<u64>,
    /// What the file held before is visible below this length only: the shortest it has been.
    floor: Option<u64>,
}

enum Operation {
    Write(u64, Box<[u8]>),
    SetLen(u64),
    Sync,
}

impl Probation {
    pub(super) fn new(inner: Box<dyn StorageBackend>) -> Self {
        Self::of(inner, false)
    }

    /// Of a file that is open for reading only.
    pub(super) fn to_read(inner: Box<dyn StorageBackend>) -> Self {
        Self::of(inner, true)
    }

    fn of(inner: Box<dyn StorageBackend>, to_read: bool) -> Self {
        let shared = Shared {
            inner,
            to_read,
            released: AtomicBool::new(false),
            held: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Lets everything held go to the real backend, in order, and every later operation straight through.
    pub(super) fn release(&self) -> io::Result<()> {
        let mut held = self.held();
        for operation in held.operations.drain(..) {
            match operation {
                Operation::Write(offset, data) => self.shared.inner.write(offset, &data)?,
                Operation::SetLen(len) => self.shared.inner.set_len(len)?,
                Operation::Sync => self.shared.inner.sync_data()?,
            }
        }
        held.pages.clear();
        self.shared.released.store(true, Ordering::Release);
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.shared.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn released(&self) -> bool {
        self.shared.released.load(Ordering::Acquire)
    }
}

impl Held {
    fn read(&self, inner: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset + out.len() as u64;
        if end > self.len.map_or_else(|| inner.len(), Ok)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut at = offset;
        let mut rest = out;
        while !rest.is_empty() {
            let (page, within) = place(at);
            let n = rest.len().min(PAGE - within);
            let (head, tail) = rest.split_at_mut(n);
            match self
                .pages
                .get(&page)
                .and_then(|bytes| bytes.get(within..within + n))
            {
                Some(bytes) => head.copy_from_slice(bytes),
                None => self.read_existing(inner, at, head)?,
            }
            rest = tail;
            at += n as u64;
        }
        Ok(())
    }

    fn write(&mut self, inner: &dyn StorageBackend, offset: u64, data: &[u8]) -> io::Result<()> {
        self.operations.push(Operation::Write(offset, data.into()));
        let mut at = offset;
        let mut rest = data;
        while !rest.is_empty() {
            let (page, within) = place(at);
            let n = rest.len().min(PAGE - within);
            let (head, tail) = rest.split_at(n);
            if !self.pages.contains_key(&page) {
                let mut bytes = vec![0; PAGE].into_boxed_slice();
                self.read_existing(inner, page * PAGE as u64, &mut bytes)?;
                self.pages.insert(page, bytes);
            }
            if let Some(bytes) = self
                .pages
                .get_mut(&page)
                .and_then(|b| b.get_mut(within..within + n))
            {
                bytes.copy_from_slice(head);
            }
            rest = tail;
            at += n as u64;
        }
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        self.operations.push(Operation::SetLen(len));
        self.len = Some(len);
        self.floor = Some(self.floor.map_or(len, |floor| floor.min(len)));
        self.pages.retain(|page, _| page * (PAGE as u64) < len);
    }

    /// Reads what the file held at `offset` before; what lies past its end is zero.
    fn read_existing(&self, inner: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let visible = inner.len()?.min(self.floor.unwrap_or(u64::MAX));
        let there = visible.saturating_sub(offset).min(out.len() as u64);
        let there = usize::try_from(there).unwrap_or(usize::MAX);
        let (head, tail) = out.split_at_mut(there);
        tail.fill(0);
        if head.is_empty() {
            Ok(())
        } else {
            inner.read(offset, head)
        }
    }
}

/// The page that `offset` lies on, and where on it.
fn place(offset: u64) -> (u64, usize) {
    let page = PAGE as u64;
    (offset / page, usize::try_from(offset % page).unwrap_or(0))
}

impl fmt::Debug for Probation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probation")
            .field("inner", &self.shared.inner)
            .finish_non_exhaustive()
    }
}

impl StorageBackend for Probation {
    fn len(&self) -> io::Result<u64> {
        match self.released() {
            true => self.shared.inner.len(),
            false => self.held().len.map_or_else(|| self.shared.inner.len(), Ok),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match self.released() {
            true => self.shared.inner.read(offset, out),
            false => self.held().read(&*self.shared.inner, offset, out),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if self.released() {
            return self.shared.inner.set_len(len);
        }
        self.held().set_len(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.released() {
            return self.shared.inner.sync_data();
        }
        self.held().operations.push(Operation::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match self.released() {
            true => self.shared.inner.write(offset, data),
            false => self.held().write(&*self.shared.inner, offset, data),
        }
    }

    fn close(&self) -> io::Result<()> {
        self.shared.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match self.shared.to_read {
            true => self.shared.inner.try_lock_shared_range(start, end),
            false => self.shared.inner.try_lock_range(start, end),
        }
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.shared.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match self.shared.to_read {
            true => self.shared.inner.lock_shared_range(start, end),
            false => self.shared.inner.lock_range(start, end),
        }
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.shared.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.shared.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.shared.inner.query_lock_range(start, end)
    }
}
