//! A hundred starts at once on one file.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Server, new_file};

fn start(data: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gantry"))
        .args([
            "serve",
            "--public",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(data)
        .current_dir(data.parent().unwrap())
        .env("GANTRY_ADMIN_TOKEN", "gty_x")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn of_a_hundred_starts_on_one_file_one_survives_and_the_others_say_who() {
    for there in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("gantry.redb");
        if there {
            new_file(&data).await;
        }
        let begun = Instant::now();
        let mut children: Vec<Child> = (0..100).map(|_| start(&data)).collect();
        let started = begun.elapsed();
        let mut ended = Vec::new();
        while ended.len() < 99 && begun.elapsed() < Duration::from_secs(60) {
            children.retain_mut(|child| match child.try_wait().unwrap() {
                Some(status) => {
                    let mut said = String::new();
                    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
                    ended.push((status.code(), said, begun.elapsed()));
                    false
                }
                None => true,
            });
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut survivors = children.into_iter();
        let mut survivor = survivors.next().expect("one goes on");
        let (pid, more) = (survivor.id(), survivors.next().is_some());
        std::thread::sleep(Duration::from_millis(200));
        let lives = survivor.try_wait().unwrap().is_none();
        survivor.kill().unwrap();
        survivor.wait().unwrap();
        assert!(lives && !more, "one survives");
        for (code, said, _) in &ended {
            assert_eq!(*code, Some(73), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(said.contains(&format!("process {pid};")), "{said}, and not {pid}");
        }
        let last = ended.iter().map(|(.., at)| *at).max().unwrap();
        println!(
            "file there: {there}; 100 started in {started:?}, the last of 99 refused {last:?} after the first start"
        );
        assert_eq!(ended.len(), 99);
        Server::start(&data).stop();
    }
}
