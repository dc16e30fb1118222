//! Planted faults: the checker catches what it is for, and nothing else.

use super::faults;

/// Asserts that `code`, as the file at `path`, has one fault, and that it says `expected`.
#[track_caller]
fn caught(path: &str, code: &str, expected: &str) {
    let faults = faults(path, &format!("//! A file.\n{code}\n"));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults.concat().contains(expected),
        "{faults:?} does not say {expected:?}"
    );
}

/// Asserts that `code`, as the file at `path`, has no fault.
#[track_caller]
fn passes(path: &str, code: &str) {
    let faults = faults(path, &format!("//! A file.\n{code}\n"));
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn a_slice_that_names_a_slice_is_caught_however_it_is_written() {
    caught(
        "src/polls/http.rs",
        "use crate::upkeep::Sweep;",
        "src/polls/http.rs:2 `polls` names `upkeep`",
    );
    caught(
        "src/polls/http.rs",
        "use crate::{model::{poll, time}, upkeep};",
        "names `upkeep`",
    );
    caught(
        "src/polls/http.rs",
        "use crate::{\n  store::Store,\n  upkeep::{self},\n};",
        ":4 `polls` names `upkeep`",
    );
    caught(
        "src/polls/http.rs",
        "fn f() { crate::upkeep::sweep() }",
        "names `upkeep`",
    );
    caught("src/polls/http.rs", "use super::super::upkeep;", "names `upkeep`");
    caught(
        "src/polls/http.rs",
        "use self::super::super::upkeep;",
        "names `upkeep`",
    );
    caught(
        "src/polls/mod.rs",
        "use super::{upkeep, store};",
        "names `upkeep`",
    );
    caught(
        "src/polls/mod.rs",
        "mod tests { use super::super::upkeep; }",
        "names `upkeep`",
    );
    caught(
        "src/polls/http.rs",
        "pub(in crate::upkeep) struct X;",
        "names `upkeep`",
    );
}

#[test]
fn the_direction_of_the_house_is_kept() {
    caught(
        "src/model/poll.rs",
        "use crate::clock::Clock;",
        "`model` names `clock`",
    );
    caught(
        "src/store/mod.rs",
        "use crate::metrics::Metrics;",
        "`store` names `metrics`",
    );
    caught(
        "src/web/mod.rs",
        "use crate::polls::router;",
        "`web` names `polls`",
    );
    caught("src/app.rs", "use crate::cli::run;", "`app` names `cli`");
    caught("src/main.rs", "use gantry::store::Store;", "`main` names `store`");
    caught("src/polls/mod.rs", "use crate::*;", "`polls` names `*`");
    caught("src/polls/mod.rs", "use crate as root;", "`polls` names `crate`");
    caught("src/novelty/mod.rs", "", "the room `novelty` is not in the table");
}

#[test]
fn a_room_names_itself_and_what_stands_below() {
    passes(
        "src/polls/http.rs",
        "use super::Polls; use crate::{polls::vote, store::Store, web::{ApiError}};",
    );
    passes("src/polls/mod.rs", "mod tests { use super::*; }");
    passes("src/main.rs", "fn main() -> ExitCode { gantry::cli::run() }");
    passes(
        "src/store/mod.rs",
        "pub(crate) struct Store; pub(super) fn f() {}",
    );
}

#[test]
fn a_crate_outside_its_fence_is_caught() {
    caught(
        "src/polls/http.rs",
        "use redb::Database;",
        ":2 names the crate `redb`",
    );
    caught("src/polls/http.rs", "use {redb::Database, std::fmt};", "`redb`");
    caught("src/polls/http.rs", "use redb;", "`redb`");
    caught("src/polls/http.rs", "use ::redb::Database;", "`redb`");
    caught(
        "src/polls/http.rs",
        "fn f() -> Result<(), redb::Error> { g() }",
        "`redb`",
    );
    caught("src/app.rs", "#[derive(clap::Parser)] struct Args;", "`clap`");
    caught("src/store/mod.rs", "use axum::Json;", "`axum`");
    caught(
        "src/model/poll.rs",
        "fn f() { jiff::Timestamp::UNIX_EPOCH; }",
        "`jiff`",
    );
    caught("src/web/mod.rs", "extern crate reqwest;", "`reqwest`");
    passes("src/store/tables.rs", "use redb::Database; use bincode::config;");
    passes("src/model/time.rs", "use jiff::Timestamp;");
    passes("src/model/time/zone.rs", "use jiff::Timestamp;");
    passes(
        "src/cli/mod.rs",
        "fn f(toml: &str) { self.toml(); crate::config::toml::parse(toml) }",
    );
}

#[test]
fn comments_and_literals_name_nothing() {
    passes(
        "src/polls/mod.rs",
        "// crate::upkeep, redb::Database\n/* crate::upkeep /* redb::X */ crate::cli */",
    );
    passes(
        "src/polls/mod.rs",
        r##"const A: &str = "crate::upkeep \" redb::X"; const B: &str = r#"crate::cli""#;"##,
    );
    passes(
        "src/polls/mod.rs",
        "const Q: char = '\"'; const N: char = '\\''; // crate::upkeep\nfn f<'a>() {}",
    );
    caught(
        "src/polls/mod.rs",
        "const Q: char = '\"'; use crate::upkeep; const P: char = '\"';",
        "`upkeep`",
    );
    caught(
        "src/polls/mod.rs",
        "fn f<'a>(r#type: &'a str) { crate::upkeep::g(r#type) }",
        "`upkeep`",
    );
}

#[test]
fn the_shape_of_a_file_is_kept() {
    assert_eq!(
        faults("src/polls/mod.rs", "use std::fmt;\n").len(),
        1,
        "a room without `//!`"
    );
    assert_eq!(
        faults("src/app.rs", "\n//! Late.\n").len(),
        1,
        "a top-level file without `//!`"
    );
    assert!(
        faults("src/polls/http.rs", "use std::fmt;\n").is_empty(),
        "inner files may open as they like"
    );
    assert!(faults("src/polls/http.rs", &"//\n".repeat(600)).is_empty());
    assert_eq!(
        faults("src/polls/http.rs", &"//\n".repeat(601)).len(),
        1,
        "a file of 601 lines"
    );
    caught(
        "tests/kill.rs",
        "#[test]\n#[ignore]\nfn f() {}",
        "tests/kill.rs:3 ignores a test",
    );
    caught(
        "tests/kill.rs",
        "#[ignore = \"slow\"] #[test] fn f() {}",
        "ignores a test",
    );
    caught(
        "src/polls/mod.rs",
        "#[cfg_attr(debug_assertions, ignore)] fn f() {}",
        "ignores a test",
    );
    passes(
        "tests/kill.rs",
        "fn f(ignore: bool) -> [bool; 1] { let ignore = [ignore]; ignore }",
    );
}
