//! Doubt: reading a file that may be damaged. redb trusts what it reads, and panics where pages contradict one another;
//! here that becomes a value.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is said of such a file.
pub(super) const CONTRADICTION: &str = "its pages contradict one another";

thread_local! {
    static DOUBTFUL: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread in the source file `at` says that a data file is damaged, which is answered as that.
#[must_use]
pub fn is_of_a_damaged_file(at: &str) -> bool {
    DOUBTFUL.get() && at.contains("redb-")
}

/// Reads; `None` where the file's pages contradict one another.
pub(super) fn read<T>(read: impl FnOnce() -> T) -> Option<T> {
    let outer = DOUBTFUL.replace(true);
    let done = catch_unwind(AssertUnwindSafe(read));
    DOUBTFUL.set(outer);
    done.ok()
}
