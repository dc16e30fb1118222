//! The pages for users, as the blocks of code in them, and what becomes of each.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use Fate::{Browser, Configuration, Event, Household, Json, Next, NotHere, Program, Session};

/// What becomes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Run by bash, one after another with all such of its page, beside a server of its own.
    Session,
    /// Run by bash, where everything is that the README speaks of.
    Household,
    /// A whole file, which the name in its first line says: run by Python or Node.
    Program,
    /// A whole file of a site, which is built and served by Next.js.
    Next,
    /// Shown, or run, in Chromium.
    Browser,
    /// Read by `gantry check`.
    Configuration,
    /// Sent as an event.
    Event,
    /// Read as JSON.
    Json,
    /// Not run by these tests, for this reason.
    NotHere(&'static str),
}

/// By page, heading and language. `*` is whatever has no row of its own before.
#[rustfmt::skip]
const FATES: &[(&str, &str, &str, Fate)] = &[
    ("README.md", "Gantry", "sh", NotHere("the demonstration, which tests/demo.rs runs, and the tests themselves")),
    ("README.md", "Installing", "sh", NotHere("a Debian of its own, in which tests/package runs it")),
    ("README.md", "Five minutes", "sh", Session),
    ("README.md", "PostgreSQL", "sh", NotHere("they need a database; tests/export runs each of them beside one")),
    ("README.md", "*", "sh", Household),
    ("README.md", "*", "toml", Configuration),
    ("README.md", "*", "html", Browser),
    ("README.md", "*", "js", Browser),
    ("README.md", "Events in", "json", Event),
    ("README.md", "*", "json", Json),
    ("README.md", "Deliveries out", "http", NotHere("what a receiver is sent, which tests/delivery reads as one")),
    ("README.md", "In TypeScript", "ts", NotHere("tests/openapi compiles it with the types that are shipped")),
    ("src/config/preset/README.md", "*", "toml", NotHere("src/delivery/plan/tests.rs reads each of them")),
    ("src/config/preset/README.md", "*", "json", NotHere("src/delivery/plan/tests.rs renders each of them")),
    ("src/polls/EMBEDDING.md", "*", "html", Browser),
    ("src/polls/EMBEDDING.md", "*", "toml", Configuration),
    ("src/polls/EMBEDDING.md", "*", "sh", Session),
    ("src/polls/EMBEDDING.md", "*", "js", Program),
    ("src/polls/EMBEDDING.md", "*", "python", Program),
    ("src/events/SENDING.md", "*", "sh", Session),
    ("src/events/SENDING.md", "*", "python", Program),
    // Its first is a program as well: tests/docs/programs.rs runs it without a site.
    ("src/events/SENDING.md", "*", "js", Next),
    ("src/delivery/DESTINATIONS.md", "*", "toml", Configuration),
    ("src/delivery/DESTINATIONS.md", "*", "sh", Session),
    ("src/funnel/READING.md", "*", "sh", Session),
    ("src/funnel/READING.md", "*", "json", Json),
    ("src/funnel/READING.md", "*", "python", Program),
    ("src/pages/NEXTJS.md", "*", "toml", Configuration),
    ("src/pages/NEXTJS.md", "*", "js", Next),
    ("src/pages/NEXTJS.md", "*", "jsx", Next),
];

/// A block of code between fences.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) page: String,
    /// Of the opening fence, from 1.
    line: usize,
    heading: String,
    language: String,
    pub(crate) text: String,
}

impl Block {
    /// The file that it is, as its first line says: `// app/page.jsx`.
    pub(crate) fn file(&self) -> &str {
        let first = self.text.lines().next().unwrap_or_default();
        let name = first.strip_prefix("// ").or_else(|| first.strip_prefix("# "));
        name.unwrap_or_else(|| panic!("{self}: the first line does not say which file it is"))
    }

    /// Its row among the fates.
    fn row(&self) -> Option<usize> {
        FATES.iter().position(|(page, heading, language, _)| {
            *page == self.page && (*heading == "*" || *heading == self.heading) && *language == self.language
        })
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            page,
            line,
            heading,
            language,
            ..
        } = self;
        write!(f, "{page}:{line} ({language} under \"{heading}\")")
    }
}

/// All blocks with this fate, in the order of their pages.
pub(crate) fn blocks(fate: Fate) -> Vec<Block> {
    let meant = |block: &Block| block.row().is_some_and(|row| FATES[row].3 == fate);
    every_block().into_iter().filter(meant).collect()
}

/// Those of one page.
pub(crate) fn blocks_of(page: &str, fate: Fate) -> Vec<Block> {
    let mut blocks = blocks(fate);
    blocks.retain(|block| block.page == page);
    assert!(!blocks.is_empty(), "{page} has none");
    blocks
}

/// The file of this name.
pub(crate) fn file(fate: Fate, name: &str) -> Block {
    let mut found = blocks(fate).into_iter().filter(|block| block.file() == name);
    found.next().unwrap_or_else(|| panic!("no page has {name}"))
}

#[test]
fn every_block_of_code_is_tried_or_says_why_not() {
    let blocks = every_block();
    let lost: Vec<String> = blocks
        .iter()
        .filter(|block| block.row().is_none())
        .map(Block::to_string)
        .collect();
    assert!(
        lost.is_empty(),
        "these need a row in tests/docs/book.rs:\n{}",
        lost.join("\n")
    );
    let is_idle = |row: &usize| !blocks.iter().any(|block| block.row() == Some(*row));
    let idle: Vec<_> = (0..FATES.len()).filter(is_idle).map(|row| FATES[row]).collect();
    assert!(idle.is_empty(), "no block has these: {idle:#?}");
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_a_heading() {
    for page in pages() {
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let to = match path {
                "" => root().join(&page),
                path => root().join(&page).with_file_name("").join(path),
            };
            assert!(to.exists(), "{page} links to {link}, which is not there");
            let leads = heading.is_empty()
                || headings(&fs::read_to_string(&to).unwrap()).contains(&heading.to_owned());
            assert!(leads, "{page} links to {link}, which has no such heading");
        }
    }
}

/// The names by which a page's headings are linked to.
fn headings(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(name)
        .collect()
}

/// The README, and what stands beside the sources.
fn pages() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    let mut waiting = vec![root().join("src")];
    while let Some(path) = waiting.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(root()).unwrap();
            found.push(name.to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

fn every_block() -> Vec<Block> {
    pages()
        .iter()
        .flat_map(|page| blocks_in(page, &read(page)))
        .collect()
}

fn blocks_in(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let within = lines
                .by_ref()
                .map(|(line, _)| line)
                .take_while(|line| *line != "```");
            let text: String = within.flat_map(|line| [line, "\n"]).collect();
            blocks.push(Block {
                page: page.to_owned(),
                line: number,
                heading: heading.clone(),
                language: language.to_owned(),
                text,
            });
        } else if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
        }
    }
    blocks
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// The top of the tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
