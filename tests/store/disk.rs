//! A disk in memory that keeps what was not synced apart, and can lose power or break at any operation.

use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

const SECTOR: usize = 512;

/// Numbers from a seed (xorshift64*), so that a failing run can be run again.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What goes wrong, and when. Operations are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// From this operation on nothing is done any more.
    PowerOffAt(u64),
    /// This operation fails with this `errno`; those after it too if `for_good`.
    ErrorAt {
        operation: u64,
        errno: i32,
        for_good: bool,
    },
}

#[derive(Clone, Debug)]
enum Unsynced {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

#[derive(Debug)]
struct State {
    /// What a cut cannot take.
    synced: Vec<u8>,
    unsynced: Vec<Unsynced>,
    /// What reads see.
    seen: Vec<u8>,
    operations: u64,
    trouble: Trouble,
    lies: bool,
    sync_failed: bool,
    synced_after_failure: bool,
    touched_after_failure: bool,
}

/// The disk; clones are the same disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk(Arc<Mutex<State>>);

impl Disk {
    pub(crate) fn new() -> Self {
        Self::holding(Vec::new())
    }

    fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State {
            synced: bytes.clone(),
            unsynced: Vec::new(),
            seen: bytes,
            operations: 0,
            trouble: Trouble::None,
            lies: false,
            sync_failed: false,
            synced_after_failure: false,
            touched_after_failure: false,
        })))
    }

    /// Counts operations anew and lets `trouble` come.
    pub(crate) fn expect(&self, trouble: Trouble) {
        let mut state = self.0.lock().unwrap();
        state.operations = 0;
        state.trouble = trouble;
    }

    /// From now on a sync says it is done and does nothing.
    #[cfg(feature = "sabotage")]
    pub(crate) fn lie(&self) {
        self.0.lock().unwrap().lies = true;
    }

    /// Whether a sync was asked for after one had failed.
    pub(crate) fn was_synced_after_failure(&self) -> bool {
        self.0.lock().unwrap().synced_after_failure
    }

    /// Whether anything was written after an operation had failed.
    pub(crate) fn was_written_after_failure(&self) -> bool {
        self.0.lock().unwrap().touched_after_failure
    }

    /// The disk as the next start finds it: every write that was not synced is there, is not, or is torn.
    pub(crate) fn after_power_cut(&self, chance: &mut Chance) -> Self {
        let state = self.0.lock().unwrap();
        let mut bytes = state.synced.clone();
        for operation in &state.unsynced {
            match (operation, chance.below(3)) {
                (_, 0) => {}
                (Unsynced::SetLen(len), _) => bytes.resize(usize::try_from(*len).unwrap(), 0),
                (Unsynced::Write(offset, data), 1) => put(&mut bytes, *offset, data),
                (Unsynced::Write(offset, data), _) => {
                    for (i, sector) in data.chunks(SECTOR).enumerate() {
                        if chance.one_in(2) {
                            put(&mut bytes, offset + (i * SECTOR) as u64, sector);
                        }
                    }
                }
            }
        }
        let lies = state.lies;
        drop(state);
        let disk = Self::holding(bytes);
        disk.0.lock().unwrap().lies = lies;
        disk
    }

    /// The disk as the next start finds it after a process died and the machine went on.
    pub(crate) fn after_exit(&self) -> Self {
        Self::holding(self.0.lock().unwrap().seen.clone())
    }
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let offset = usize::try_from(offset).unwrap();
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}

impl State {
    /// Counts one operation that changes the disk; fails it if its time has come.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        let now = self.operations;
        match self.trouble {
            Trouble::PowerOffAt(at) if now >= at => Err(io::Error::other("the power is off")),
            Trouble::ErrorAt {
                operation,
                errno,
                for_good,
            } if now == operation || (for_good && now > operation) => {
                Err(io::Error::from_raw_os_error(errno))
            }
            Trouble::ErrorAt { operation, .. } if now > operation => {
                self.touched_after_failure = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let bytes = state
            .seen
            .get(start..start + out.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.operate()?;
        state.seen.resize(usize::try_from(len).unwrap(), 0);
        state.unsynced.push(Unsynced::SetLen(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.sync_failed {
            state.synced_after_failure = true;
        }
        if let Err(error) = state.operate() {
            state.sync_failed = true;
            return Err(error);
        }
        if !state.lies {
            let seen = state.seen.clone();
            state.synced = seen;
            state.unsynced.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.operate()?;
        put(&mut state.seen, offset, data);
        state.unsynced.push(Unsynced::Write(offset, data.to_vec()));
        Ok(())
    }
}
