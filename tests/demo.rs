//! The demonstration, as a person runs it.

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

    let file = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Data file"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    let directory = std::path::Path::new(file).parent().unwrap();
    assert!(!directory.exists(), "{} is still there", directory.display());
}
