//! The data file: its owner's alone, on a disk that keeps what it is told to keep, with room.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Access, access, statfs};

use super::Finding;
use crate::cli::show::bytes;
use crate::model::time::Millis;
use crate::store::{Shortage, Space};

const FILE: &str = "data file";
const DISK: &str = "disk";
/// How far the file may have been written ahead of the clock before the clock must have been set back, in milliseconds.
const AHEAD_MOST_MS: i64 = 60_000;

/// File systems by their magic numbers (statfs(2)), and what is wrong with each for a data file.
const UNFIT: &[(u64, &str, &str)] = &[
    (0x0102_1994, "tmpfs", "it is memory, and gone after a restart"),
    (0x8584_58f6, "ramfs", "it is memory, and gone after a restart"),
    (
        0x6969,
        "NFS",
        "locks and syncs over a network are not to be relied on",
    ),
    (
        0xff53_4d42,
        "CIFS",
        "locks and syncs over a network are not to be relied on",
    ),
    (
        0xfe53_4d42,
        "SMB",
        "locks and syncs over a network are not to be relied on",
    ),
];

/// Looks at the data file at `path`, or at where it would be made.
pub(super) fn look(path: &Path, now: Millis) -> Vec<Finding> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    let file = fs::metadata(path).ok();
    let mut findings = vec![of_file(path, directory, file.as_ref())];
    let written = file.as_ref().and_then(|file| file.modified().ok());
    findings.extend(written.and_then(|written| of_clock(written, now)));
    findings.extend(of_file_system(directory));
    findings.extend(of_room(directory, file.as_ref().map_or(0, Metadata::len)));
    findings
}

fn of_file(path: &Path, directory: &Path, file: Option<&Metadata>) -> Finding {
    let shown = path.display();
    if !directory.exists() {
        let found = format!("{shown} is not there, and neither is its directory");
        let remedy = "the service's first start makes its own; before a start by hand, make the directory";
        return Finding::notice(FILE, found, remedy);
    }
    if access(directory, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let found = format!("{} cannot be written to by who asks", directory.display());
        let remedy = "run this as the service's user; or make the directory that user's";
        return Finding::bad(FILE, found, remedy);
    }
    let Some(file) = file else {
        return Finding::good(
            FILE,
            format!("{shown} is not there yet; the first start makes it"),
        );
    };
    if !file.is_file() {
        return Finding::bad(
            FILE,
            format!("{shown} is no file"),
            "name another with store.path",
        );
    }
    if file.permissions().mode() & 0o077 != 0 {
        let found = format!("{shown} is open to others: it holds addresses and keys' hashes");
        return Finding::bad(FILE, found, format!("chmod 600 {shown}"));
    }
    Finding::good(FILE, format!("{shown}, {}, its owner's alone", bytes(file.len())))
}

/// That the clock stands before what was written.
fn of_clock(written: SystemTime, now: Millis) -> Option<Finding> {
    let written = written.duration_since(UNIX_EPOCH).ok()?;
    let ahead_ms = i64::try_from(written.as_millis()).ok()?.saturating_sub(now.0);
    (ahead_ms > AHEAD_MOST_MS).then(|| {
        let found = format!(
            "it is {} s before the last write of the data file",
            ahead_ms / 1_000
        );
        Finding::bad(
            "clock",
            found,
            "set the clock, and let NTP keep it (`timedatectl set-ntp true`)",
        )
    })
}

fn of_file_system(directory: &Path) -> Option<Finding> {
    let found = statfs(directory).ok()?;
    let magic = u64::try_from(found.f_type).ok()?;
    let (_, name, why) = UNFIT.iter().find(|(unfit, ..)| *unfit == magic)?;
    let found = format!("{} is on {name}: {why}", directory.display());
    Some(Finding::bad(
        DISK,
        found,
        "put the data file on a local disk (store.path)",
    ))
}

fn of_room(directory: &Path, file_bytes: u64) -> Option<Finding> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    let space = Space::of(disk.f_bavail.saturating_mul(disk.f_frsize), file_bytes);
    let (free, reserve) = (bytes(space.free), bytes(space.reserve));
    Some(match space.shortage() {
        Shortage::None if space.free < file_bytes.saturating_mul(2) => Finding::notice(
            DISK,
            format!("{free} are free, less than twice the data file"),
            "a backup and a compaction each need as much as the file; make room, or keep backups elsewhere (backup.dir)",
        ),
        Shortage::None => Finding::good(
            DISK,
            format!("{free} are free; below {reserve} nothing is taken in"),
        ),
        Shortage::Tight | Shortage::Wall => Finding::bad(
            DISK,
            format!("{free} are free; below {reserve} nothing is taken in"),
            "make room on that disk: votes and events are refused (507) until then",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    const NOW: Millis = Millis(1_796_112_060_000);

    fn verdicts(path: &Path) -> Vec<(String, Verdict)> {
        let found = look(path, NOW).into_iter();
        found.map(|finding| (finding.subject, finding.verdict)).collect()
    }

    #[test]
    fn a_file_that_others_may_read_is_to_be_mended_and_one_to_come_is_not() {
        // The service's first start makes its directory.
        assert_eq!(verdicts(Path::new("/proc/nowhere/x"))[0].1, Verdict::Notice);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gantry.redb");
        assert_eq!(verdicts(&path)[0], ("data file".into(), Verdict::Good));
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(verdicts(&path)[0], ("data file".into(), Verdict::Bad));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(verdicts(&path)[0], ("data file".into(), Verdict::Good));
    }

    #[test]
    fn a_clock_before_the_last_write_has_been_set_back() {
        let at = |ms: i64| UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(NOW.0 + ms).unwrap());
        assert_eq!(of_clock(at(-1), NOW), None);
        assert_eq!(of_clock(at(AHEAD_MOST_MS), NOW), None);
        let found = of_clock(at(3_600_000), NOW).unwrap();
        assert_eq!(found.verdict, Verdict::Bad);
        assert!(found.found.contains("3600 s"), "{found:?}");
    }

    #[test]
    fn memory_is_no_place_for_what_must_last() {
        // Where there is such a file system, it is told from a disk.
        let told = of_file_system(Path::new("/dev/shm"));
        let is_memory = statfs("/dev/shm").is_ok_and(|found| found.f_type == 0x0102_1994);
        assert_eq!(told.is_some(), is_memory);
        assert_eq!(of_file_system(Path::new("/proc")), None);
    }
}
