//! Commands that need no server: they work on files, or say that nobody answers.

use std::fs;

use super::ground::{directory, gantry, stderr, stdout};

#[test]
fn help_names_every_command_and_wrong_usage_is_2() {
    let at = directory();
    let help = stdout(&gantry(at.path(), &["--help"]).code(0));
    for command in [
        "serve",
        "demo",
        "init",
        "check",
        "doctor",
        "preflight",
        "launch",
        "verify",
        "status",
        "poll",
        "key",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} in {help}");
    }
    for wrong in [
        &["lunch"][..],
        &[],
        &["poll"],
        &["serve", "--public", "here"],
        &["poll", "show", "a/b"],
    ] {
        let told = stderr(&gantry(at.path(), wrong).code(2));
        assert!(!told.is_empty(), "{wrong:?}");
    }
}

#[test]
fn check_names_every_fault_in_a_line_of_its_own() {
    let at = directory();
    let text = "[server]\npublic = \"here\"\n[limits]\nvote = \"much\"\n[stroe]\npath = \"x\"\n";
    fs::write(at.path().join("gantry.toml"), text).expect("written");
    let told = stderr(&gantry(at.path(), &["check"]).code(78));
    let starts: Vec<_> = told
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(
        starts,
        ["gantry.toml:2:", "gantry.toml:4:", "gantry.toml:5:"],
        "{told}"
    );
    let json = stdout(&gantry(at.path(), &["check", "--json"]).code(78));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["valid"], false);
    assert_eq!(json["faults"].as_array().map(Vec::len), Some(3), "{json}");
    assert_eq!(stderr(&gantry(at.path(), &["serve"]).code(78)), told);
}

#[test]
fn a_template_that_cannot_be_read_is_a_fault_with_its_line() {
    let at = directory();
    let text = r#"[[destination]]
name = "crm"
url = "https://crm.example/hooks"
body = '''{
  "email": {{ payload.email | to_json }}
}'''
[[destination]]
name = "chat"
url = "https://chat.example/hooks"
headers = { Content-Type = "text/plain" }
body = "{{ payolad.email }}"
"#;
    fs::write(at.path().join("gantry.toml"), text).expect("written");
    let told = stderr(&gantry(at.path(), &["check"]).code(78));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(
        lines[0].starts_with("gantry.toml:5: destination.body: "),
        "{told}"
    );
    assert!(
        lines[1].starts_with("gantry.toml:11: destination.body: `payolad` is unknown"),
        "{told}"
    );
    assert_eq!(stderr(&gantry(at.path(), &["serve"]).code(78)), told);
    let right = text.replace("to_json", "tojson").replace("payolad", "payload");
    fs::write(at.path().join("gantry.toml"), right).expect("written");
    assert_eq!(
        stdout(&gantry(at.path(), &["check"]).code(0)),
        "gantry.toml is valid\n"
    );
}

#[test]
fn a_named_configuration_that_is_missing_is_66_and_none_at_all_is_valid() {
    let at = directory();
    let told = stderr(&gantry(at.path(), &["check", "--config", "none.toml"]).code(66));
    assert_eq!(told, "gantry: there is no configuration file none.toml\n");
    gantry(at.path(), &["serve", "--config", "none.toml"]).code(66);
    let told = stdout(&gantry(at.path(), &["check"]).code(0));
    assert_eq!(told, "there is no gantry.toml here; the defaults are valid\n");
}

#[test]
fn files_that_are_not_ours_are_refused_by_their_codes_and_unchanged() {
    let at = directory();
    fs::write(at.path().join("rubbish"), "not a data file").expect("written");
    fs::write(at.path().join("empty"), "").expect("written");
    gantry(at.path(), &["verify", "rubbish"]).code(65);
    gantry(at.path(), &["verify", "empty"]).code(65);
    let told = stderr(&gantry(at.path(), &["verify", "missing"]).code(66));
    assert_eq!(told, "gantry: missing does not exist\n");
    assert!(!at.path().join("missing").exists());
    assert_eq!(
        fs::read(at.path().join("rubbish")).expect("read"),
        b"not a data file"
    );
}

#[test]
fn where_no_server_runs_a_line_says_so() {
    let at = directory();
    for command in [&["status"][..], &["verify"], &["poll", "list"], &["key", "list"]] {
        let told = stderr(&gantry(at.path(), command).code(66));
        let expected =
            "gantry: no server is running on gantry.redb (gantry.redb.sock): start one with `gantry serve`";
        assert!(told.starts_with(expected) && told.lines().count() == 1, "{told}");
    }
    let told = stderr(&gantry(at.path(), &["status", "--data", "other.redb"]).code(66));
    assert!(told.contains("other.redb.sock"), "{told}");
    let told = stderr(&gantry(at.path(), &["status", "--url", "ftp://box.example"]).code(2));
    assert!(told.contains("https://"), "{told}");
}

#[test]
fn key_reset_works_on_the_file_where_no_server_runs() {
    let at = directory();
    gantry(at.path(), &["key", "reset"]).code(66);
    gantry(at.path(), &["init"]).code(0);
    let first = stdout(&gantry(at.path(), &["key", "reset"]).code(0));
    let second = stdout(&gantry(at.path(), &["key", "reset"]).code(0));
    assert!(first.starts_with("gty_") && first.lines().count() == 1, "{first}");
    assert_ne!(first, second);
    gantry(at.path(), &["verify", "gantry.redb"]).code(0);
}

#[test]
fn void_needs_a_filter() {
    let at = directory();
    let told = stderr(&gantry(at.path(), &["poll", "void", "best", "--yes"]).code(2));
    assert!(told.contains("--user-prefix"), "{told}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let at = directory();
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&gantry(at.path(), &["completions", shell]).code(0));
        assert!(script.contains("gantry") && script.contains("verify"), "{shell}");
    }
    let page = stdout(&gantry(at.path(), &["man"]).code(0));
    assert!(page.contains(".TH gantry 1"), "{page}");
    gantry(at.path(), &["man", "--out", "pages"]).code(0);
    assert!(at.path().join("pages/gantry-poll-create.1").exists());
}
