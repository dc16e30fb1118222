//! A file system of its own, which can be filled up, and whose power can be cut.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::process::{Connection, Vote};

/// ext4 in an image of `mib` MiB, mounted for as long as this lives.
pub(crate) struct Disk {
    image: PathBuf,
    at: PathBuf,
    _directory: TempDir,
}

impl Disk {
    pub(crate) fn new(mib: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (image, at) = (directory.path().join("image"), directory.path().join("mounted"));
        let file = fs::File::create(&image).unwrap();
        file.set_len(mib << 20).unwrap();
        fs::create_dir(&at).unwrap();
        run("mkfs.ext4", &["-q", "-F", "-m", "0"], &[&image]);
        let disk = Self {
            image,
            at,
            _directory: directory,
        };
        disk.mount();
        disk
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.at.join(name)
    }

    fn mount(&self) {
        run("mount", &["-o", "loop"], &[&self.image, &self.at]);
    }

    /// Stops the disk where it stands: what is not on it is lost, also what ext4 has in its journal only
    /// (`EXT4_IOC_SHUTDOWN` with `NOLOGFLUSH`, linux/ext4.h).
    pub(crate) fn cut(&self) {
        let script = r#"open(my $f, "<", $ARGV[0]) or die "$!"; my $how = pack("L", 2); ioctl($f, 0x8004587d, $how) or die "$!""#;
        run("perl", &["-e", script], &[&self.at]);
    }

    /// Removes a file, for good: the next cut does not bring it back.
    pub(crate) fn remove(&self, path: &Path) {
        fs::remove_file(path).unwrap();
        fs::File::open(&self.at).unwrap().sync_all().unwrap();
    }

    /// Power again: what the disk kept is mounted anew.
    pub(crate) fn again(&self) {
        // Whoever had files open may still be on the way out.
        for _ in 0..200 {
            if Command::new("umount")
                .arg(&self.at)
                .output()
                .unwrap()
                .status
                .success()
            {
                return self.mount();
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{} is still in use", self.at.display());
    }

    /// Fills it up but for `left` MiB.
    pub(crate) fn fill(&self, left: u64) -> PathBuf {
        let free = rustix::fs::statvfs(&self.at).unwrap();
        let bytes = (free.f_bavail * free.f_frsize).saturating_sub(left << 20);
        let filler = self.at("filler");
        run("fallocate", &["-l", &bytes.to_string()], &[&filler]);
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).output();
    }
}

fn run(what: &str, arguments: &[&str], paths: &[&Path]) {
    let done = Command::new(what).args(arguments).args(paths).output();
    let done = done.unwrap_or_else(|error| {
        panic!("{what} cannot be run, which needs root and Debian's {what}: {error}")
    });
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{what} (it needs root): {said}");
}

/// Runs `gantry` in the directory of the data file.
pub(crate) fn gantry(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.args(arguments).arg("--data").arg(data);
    command.current_dir("/").output().unwrap()
}

/// Whether the file at `path` is whole, by the command an owner has.
#[track_caller]
pub(crate) fn assert_whole(path: &Path) {
    let verified = Command::new(env!("CARGO_BIN_EXE_gantry"))
        .arg("verify")
        .arg(path)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
    assert_eq!(verified.status.code(), Some(0), "{}: {said}", path.display());
}

/// Voters who vote until they are told to stop, or the server ends.
pub(crate) struct Voters {
    stop: Arc<AtomicBool>,
    next: Arc<AtomicU64>,
    voting: JoinSet<Log>,
}

/// What one of them knows.
#[derive(Default)]
pub(crate) struct Log {
    /// Acknowledged, with the instant of the answer.
    pub(crate) acknowledged: Vec<(Vote, std::time::Instant)>,
    /// Sent, and not answered.
    pub(crate) unknown: Vec<Vote>,
    /// Told that there is no room.
    pub(crate) full: u64,
    /// How long each answer took, in microseconds, with the instant of the answer.
    pub(crate) took: Vec<(std::time::Instant, u64)>,
}

impl Voters {
    /// So many voters, each pausing after every vote.
    pub(crate) fn start(to: std::net::SocketAddr, voters: u64, pause: std::time::Duration) -> Self {
        Self::from(0, (to, voters, pause))
    }

    pub(crate) fn from(
        first: u64,
        (to, voters, pause): (std::net::SocketAddr, u64, std::time::Duration),
    ) -> Self {
        let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(first)));
        let mut voting = JoinSet::new();
        for _ in 0..voters {
            voting.spawn(vote(to, (Arc::clone(&next), Arc::clone(&stop)), pause));
        }
        Self { stop, next, voting }
    }

    pub(crate) fn cast(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    pub(crate) async fn stop(self) -> Vec<Log> {
        self.stop.store(true, Ordering::SeqCst);
        self.voting.join_all().await
    }
}

async fn vote(
    to: std::net::SocketAddr,
    (next, stop): (Arc<AtomicU64>, Arc<AtomicBool>),
    pause: std::time::Duration,
) -> Log {
    let mut log = Log::default();
    let Ok(mut connection) = Connection::open(to).await else {
        return log;
    };
    while !stop.load(Ordering::SeqCst) {
        let vote = Vote(next.fetch_add(1, Ordering::SeqCst));
        let begun = std::time::Instant::now();
        match vote.cast(&mut connection).await {
            Ok(answer) if answer.status == 202 => log.acknowledged.push((vote, std::time::Instant::now())),
            Ok(answer) if answer.status == 507 => log.full += 1,
            Ok(answer) => {
                assert_eq!(answer.status, 503, "{answer:?}");
                log.unknown.push(vote);
            }
            Err(_) => {
                log.unknown.push(vote);
                break;
            }
        }
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap();
        log.took.push((std::time::Instant::now(), took));
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    log
}

/// Sends every acknowledged vote once more: each must be there.
pub(crate) async fn assert_held(to: std::net::SocketAddr, votes: impl Iterator<Item = Vote>) -> u64 {
    let mut connection = Connection::open(to).await.unwrap();
    let mut held = 0;
    for vote in votes {
        let answer = vote.cast(&mut connection).await.unwrap();
        assert!(
            answer.status == 202 && answer.is_replayed(),
            "{vote:?}: {answer:?}"
        );
        held += 1;
    }
    held
}
