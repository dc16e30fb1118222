//! The demonstration, as a person runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers outside of test functions are test code too"
)]

use std::process::{Command, Stdio};

#[test]
fn a_launch_of_three_seconds_passes_its_audit_and_leaves_nothing_behind() {
    let run = Command::new(env!("CARGO_BIN_EXE_gantry"))
        .args(["demo", "--seconds", "3"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(
        run.status.success(),
        "{}\n{said}\n{}",
        run.status,
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(
        said.contains("Nothing acknowledged was lost, nothing was counted twice."),
        "{said}"
    );
    assert!(!said.contains('✗') && !said.contains('\u{1b}'), "{said}");
    for line in [
        "every acknowledged vote is in the file",
        "every acknowledged event is listed once, as answered",
        "acknowledged events sent again are known by the first id",
        "each has arrived wherever its route names",
    ] {
        let [found, of] = figures(&said, line);
        assert_eq!(found, of, "{line}\n{said}");
        assert!(found > 0, "{line}\n{said}");
    }
    let [contacts_and_more, _] = figures(&said, "every acknowledged event is listed once, as answered");
    assert!(contacts_and_more > 2_000, "the import and some leads\n{said}");

    let file = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Data file"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    let directory = std::path::Path::new(file).parent().unwrap();
    assert!(!directory.exists(), "{} is still there", directory.display());
}

/// The two numbers of a check that is written as `12 of 3,456`.
fn figures(said: &str, line: &str) -> [u64; 2] {
    let rest = said
        .lines()
        .find_map(|all| all.trim().strip_prefix("✓ ")?.strip_prefix(line));
    let (found, of) = rest.and_then(|rest| rest.split_once(" of ")).expect(line);
    [found, of].map(|number| number.trim().replace(',', "").parse().unwrap())
}
