//! Looks at a process from outside, once a second, and writes them down where people can draw them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::judge::Look;

const EVERY: Duration = Duration::from_secs(1);

/// Who is looked at.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) pid: u32,
    pub(crate) data: PathBuf,
}

impl Watched {
    pub(crate) fn look(&self, at: Duration) -> Look {
        let (resident, anonymous) = memory(self.pid);
        Look {
            at,
            resident,
            anonymous,
            descriptors: descriptors(self.pid),
            file: fs::metadata(&self.data).unwrap().len(),
        }
    }

    /// Looks until it is dropped or `lasts` is over, and keeps what it saw in `record` too, a line a look.
    pub(crate) async fn watch(self, lasts: Duration, record: PathBuf) -> Vec<Look> {
        let mut written = File::create(record).unwrap();
        writeln!(written, "second,resident,anonymous,descriptors,file").unwrap();
        let begun = Instant::now();
        let mut looks = Vec::new();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while begun.elapsed() < lasts {
            ticks.tick().await;
            let look = self.look(begun.elapsed());
            let second = look.at.as_secs_f64();
            writeln!(
                written,
                "{second:.1},{},{},{},{}",
                look.resident, look.anonymous, look.descriptors, look.file
            )
            .unwrap();
            looks.push(look);
        }
        looks
    }
}

/// Where looks are written down, beside what else tests leave for people.
pub(crate) fn record(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak");
    fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

/// Memory in use, and what of it is no page of a file, in bytes; counted page by page (proc_pid_smaps(5)): what `status` says is off
/// by some pages for each thread.
fn memory(pid: u32) -> (u64, u64) {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("the process lives");
    let of = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
        kib.expect("the kernel says it").trim().parse::<u64>().unwrap() * 1_024
    };
    (of("Rss:"), of("Anonymous:"))
}

fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("the process lives")
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Connection, Server, new_file};

    /// So many connections are opened and not closed.
    const HELD: usize = 10;
    /// What is closed at the other end is closed here within this.
    const REST: Duration = Duration::from_millis(300);

    /// The descriptors, once they stay as many: the server was asked whether it is ready a moment ago.
    async fn at_rest(watched: &Watched) -> usize {
        let look = || watched.look(Duration::ZERO).descriptors;
        for _ in 0..50 {
            let before = look();
            tokio::time::sleep(REST).await;
            if look() == before {
                return before;
            }
        }
        panic!("no rest");
    }

    #[tokio::test]
    async fn what_is_held_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("gantry.redb");
        new_file(&data).await;
        let server = Server::start(&data);
        let watched = Watched {
            pid: server.pid(),
            data,
        };
        let before = at_rest(&watched).await;
        let mut held = Vec::new();
        for _ in 0..HELD {
            let mut connection = Connection::open(server.public).await.unwrap();
            assert_eq!(connection.get("/readyz").await.unwrap().status, 200);
            held.push(connection);
        }
        assert_eq!(at_rest(&watched).await, before + HELD);
        drop(held);
    }
}
