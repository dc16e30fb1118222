//! Hostile files: flipped bits, cut and swapped pages, and files that are none of ours. Whatever is refused is left as it
//! was, in one line; whatever is opened holds what it held, or `verify` names what it does not.

use std::fs;
use std::os::unix::fs::symlink;
use std::panic;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gantry::clock::Clock;
use gantry::model::page::PageRequest;
use gantry::store::{Inspection, OpenError, Options, Store};
use sha2::{Digest, Sha256};

use super::contract::long;
use super::disk::Chance;
use super::events::{draft as event, name, routes};
use super::ground::{ballot, draft};

const PAGE: usize = 4_096;

fn options() -> Options {
    Options {
        create: false,
        cache_mib: 4,
        ..Options::default()
    }
}

/// A file with votes and events: as it is when closed in order, and as a kill leaves it.
async fn good(directory: &Path) -> [Vec<u8>; 2] {
    let path = directory.join("good.redb");
    let store = Store::open(&path, &Options::default(), Clock::System).unwrap();
    store.create_poll(draft("best")).await.unwrap();
    store
        .know_destinations(vec![name("crm"), name("log")])
        .await
        .unwrap();
    for user in 0..400 {
        store
            .cast_vote(ballot("best", "a", &format!("u{user}"), "k"))
            .await
            .unwrap();
    }
    store
        .record_events((1..=200).map(event).collect(), routes())
        .await
        .unwrap();
    let killed = fs::read(&path).unwrap();
    store.close().await.unwrap();
    [fs::read(&path).unwrap(), killed]
}

#[derive(Debug, Default)]
struct Seen {
    refused: u32,
    named: u32,
    whole: u32,
}

/// Looks at a file as `verify FILE` does, then opens it to serve. It is as it was wherever it was refused.
async fn look(path: &Path, bytes: &[u8], seen: &mut Seen) {
    fs::write(path, bytes).unwrap();
    let before = Sha256::digest(bytes);
    let begun = Instant::now();
    let looked = Inspection::open(path).and_then(|file| file.verify());
    assert!(
        Sha256::digest(fs::read(path).unwrap()) == before,
        "verify has changed the file"
    );
    match &looked {
        Err(error) => one_line(error),
        Ok(report) if report.is_clean() => seen.whole += 1,
        Ok(_) => seen.named += 1,
    }
    match Store::open(path, &options(), Clock::System) {
        Err(error) => {
            one_line(&error);
            assert!(
                Sha256::digest(fs::read(path).unwrap()) == before,
                "refused and changed: {error}"
            );
        }
        Ok(store) => {
            let votes = store.standing("best").map(|standing| standing.tally.total());
            if let Ok(report) = &looked
                && report.is_clean()
            {
                assert_eq!(votes, Some(400));
            }
            // Whatever it answers, it answers.
            let page = PageRequest {
                after: None,
                limit: 50,
            };
            let _ = store.events(Default::default(), page).await;
            let _ = store.verify().await;
            let _ = store.cast_vote(ballot("best", "a", "another", "k")).await;
            let _ = store.close().await;
        }
    }
    seen.refused += u32::from(looked.is_err());
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        begun.elapsed()
    );
}

fn one_line(error: &OpenError) {
    let text = error.to_string();
    assert_eq!(error.exit_code(), 65, "{text}");
    assert!(!text.contains('\n') && text.contains(';'), "{text}");
}

/// Panics of redb are answers here, and their words are of no use.
fn quiet() {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let known = panic
            .location()
            .is_some_and(|at| gantry::store::is_of_a_damaged_file(at.file()));
        if !known {
            told(panic);
        }
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_files_are_refused_unchanged_or_what_is_wrong_is_named() {
    quiet();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("damaged.redb");
    let mut chance = Chance::new(20_261_123);
    let (flips, cuts, pages) = if long() { (1_000, 200, 200) } else { (250, 60, 50) };
    for (kind, whole) in ["closed", "killed"].into_iter().zip(good(directory.path()).await) {
        let below = |chance: &mut Chance, n: usize| usize::try_from(chance.below(n as u64)).unwrap();
        let mut seen = [(); 4].map(|()| Seen::default());
        for _ in 0..flips / 2 {
            let mut bytes = whole.clone();
            let at = below(&mut chance, whole.len());
            bytes[at] ^= 1 << chance.below(8);
            look(&path, &bytes, &mut seen[0]).await;
        }
        for _ in 0..cuts / 2 {
            let to = 1 + below(&mut chance, whole.len() - 1);
            look(&path, &whole[..to], &mut seen[1]).await;
        }
        let all = whole.len() / PAGE;
        for _ in 0..pages / 2 {
            let at = below(&mut chance, all) * PAGE;
            let mut bytes = whole.clone();
            bytes[at..at + PAGE].fill(0);
            look(&path, &bytes, &mut seen[2]).await;
            let (one, other) = (below(&mut chance, all) * PAGE, below(&mut chance, all) * PAGE);
            let mut bytes = whole.clone();
            bytes[one..one + PAGE].copy_from_slice(&whole[other..other + PAGE]);
            bytes[other..other + PAGE].copy_from_slice(&whole[one..one + PAGE]);
            look(&path, &bytes, &mut seen[3]).await;
        }
        for (what, seen) in ["flipped bits", "cut short", "zeroed pages", "swapped pages"]
            .iter()
            .zip(&seen)
        {
            println!("{kind} ({} pages), {what}: {seen:?}", all);
        }
        assert!(seen[1].refused > 0 && seen[2].refused + seen[2].named > 0);
    }
}

#[test]
fn what_is_no_data_file_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let files: [(&str, Vec<u8>); 5] = [
        ("empty", Vec::new()),
        ("text", b"hello\n".repeat(2_000)),
        ("elf", [&b"\x7fELF\x02\x01\x01"[..], &[0; 8_192]].concat()),
        ("sqlite", [&b"SQLite format 3\0"[..], &[0; 8_192]].concat()),
        ("png", [&b"\x89PNG\r\n\x1a\n"[..], &[7; 8_192]].concat()),
    ];
    let mut paths: Vec<PathBuf> = Vec::new();
    for (name, bytes) in &files {
        fs::write(at(name), bytes).unwrap();
        paths.push(at(name));
    }
    fs::create_dir(at("directory")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(at("fifo"))
        .status()
        .unwrap();
    assert!(fifo.success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for name in ["directory", "fifo"] {
        paths.push(at(name));
        symlink(at(name), at(&format!("{name}-link"))).unwrap();
        paths.push(at(&format!("{name}-link")));
    }
    for path in paths {
        let begun = Instant::now();
        for refused in [
            Store::open(&path, &Options::default(), Clock::System).err(),
            Inspection::open(&path).err(),
        ] {
            one_line(&refused.unwrap_or_else(|| panic!("{} was opened", path.display())));
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
    // A socket cannot be opened at all, which the system says.
    assert_eq!(Inspection::open(&at("socket")).err().unwrap().exit_code(), 74);
    for (name, bytes) in &files {
        assert!(fs::read(at(name)).unwrap() == *bytes, "{name} was changed");
    }
    let names = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(names, 5 + 4 + 1, "something was made beside them");
}
