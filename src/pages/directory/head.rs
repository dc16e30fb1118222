//! Heads: what a file is, how it is told from its successor, and how long it lasts.

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName,
    LAST_MODIFIED, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use super::open::{Content, Opened};
use crate::model::time::Millis;
use crate::model::time::http_date;

/// What may change at the next deploy: browsers ask each time, the store in front once in a second.
const CHANGES: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=1, must-revalidate");
/// What has another name when it has another content: a year, the longest that is honoured, without asking (RFC 8246).
const NEVER_CHANGES: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What is not there, or elsewhere, may be there in a moment.
pub(super) const NOT_THERE: HeaderValue =
    HeaderValue::from_static("public, max-age=0, s-maxage=5, must-revalidate");

/// Directories in which frameworks put nothing but files whose names change with their content: Next.js, SvelteKit, Astro,
/// Nuxt.
const OF_FRAMEWORKS: [&str; 4] = ["_next/static/", "_app/immutable/", "_astro/", "_nuxt/"];
/// The shortest hash that is taken for one, in characters: what webpack, Vite and esbuild write is 8 or more.
const HASH_LEAST: usize = 8;

/// How a file may be coded in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Brotli.
    Br,
    /// gzip.
    Gzip,
}

impl Coding {
    /// The smaller first.
    pub(super) const BEST_FIRST: [Self; 2] = [Self::Br, Self::Gzip];

    /// As `Content-Encoding` has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the sibling has behind the file's name.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Gzip => "gz",
        }
    }
}

/// Which codings a client takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accepted {
    br: bool,
    gzip: bool,
}

impl Accepted {
    /// Reads `Accept-Encoding` (RFC 9110 §12.5.3). A star takes none in particular: who wants one names it.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for value in headers.get_all(ACCEPT_ENCODING) {
            for item in value.to_str().unwrap_or_default().split(',') {
                let (name, weight) = item.split_once(';').unwrap_or((item, ""));
                let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
                let takes = weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0);
                match name.trim().to_ascii_lowercase().as_str() {
                    "br" => accepted.br = takes,
                    "gzip" | "x-gzip" => accepted.gzip = takes,
                    _ => {}
                }
            }
        }
        accepted
    }

    /// Whether it takes this one.
    pub(super) const fn takes(self, coding: Coding) -> bool {
        match coding {
            Coding::Br => self.br,
            Coding::Gzip => self.gzip,
        }
    }
}

/// The head of a file, without its length. One that was changed later than `now` is not said to be (RFC 9110 §8.8.2.1).
pub(super) fn of(opened: &Opened, now: Millis) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kind = content_type(&opened.name);
    let lasting = match !kind.starts_with("text/html") && names_its_content(&opened.name) {
        true => NEVER_CHANGES,
        false => CHANGES,
    };
    headers.insert(CACHE_CONTROL, lasting);
    headers.extend(HeaderValue::from_str(&kind).ok().map(|kind| (CONTENT_TYPE, kind)));
    headers.extend(HeaderValue::from_str(&tag(opened)).ok().map(|tag| (ETAG, tag)));
    let changed = Millis(opened.stat.st_mtime.saturating_mul(1_000));
    if changed <= now {
        let date = http_date::write(changed, http_date::Form::Fixdate);
        headers.extend(
            HeaderValue::from_str(&date)
                .ok()
                .map(|date| (LAST_MODIFIED, date)),
        );
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend(no_sniffing());
    headers.extend(
        opened
            .coding
            .map(|coding| (CONTENT_ENCODING, HeaderValue::from_static(coding.name()))),
    );
    if opened.varies {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    headers
}

/// That a browser takes a file for what we say it is, and for nothing else.
pub(super) fn no_sniffing() -> [(HeaderName, HeaderValue); 1] {
    [(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))]
}

/// What tells a file from its successor: its content, or what the file system says of it where that is too much to read. The
/// time of the last change of the inode is among it, which no deploy sets back.
fn tag(opened: &Opened) -> String {
    let stat = &opened.stat;
    let hash = match &opened.content {
        Content::Whole(bytes) => Sha256::digest(bytes),
        Content::Open(_) => Sha256::digest(format!(
            "{} {} {} {} {}",
            stat.st_size, stat.st_mtime, stat.st_ctime, stat.st_ctime_nsec, stat.st_ino
        )),
    };
    let hex: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// What a file is, by its name; text is UTF-8.
fn content_type(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    // Apple asks for it by a name without an ending, and takes nothing else.
    if file == "apple-app-site-association" {
        return "application/json".to_owned();
    }
    let kind = match mime_guess::from_path(file).first_raw() {
        // The one name of it (RFC 9239 §6).
        Some("application/javascript") => "text/javascript",
        Some(known) => known,
        None => "application/octet-stream",
    };
    match kind.starts_with("text/") {
        true => format!("{kind}; charset=utf-8"),
        false => kind.to_owned(),
    }
}

/// Whether a name has a hash of the content in it: `main.3f2a9c1b.js`, `index-BxQ3zT9k.css`; or lies where frameworks put
/// such files. A name that only might have one does not: what is kept for a year by mistake cannot be called back.
fn names_its_content(name: &str) -> bool {
    let inside = |directory: &&str| name.starts_with(*directory) || name.contains(&format!("/{directory}"));
    if OF_FRAMEWORKS.iter().any(inside) {
        return true;
    }
    let mut names = name.rsplit('/');
    let file = names.next().unwrap_or(name);
    let is_asset = names.next() == Some("assets");
    let mut parts = file.split(['.', '-', '_']);
    // What comes first is the name, and what comes last is the ending.
    parts.next();
    parts.next_back();
    parts.any(|part| is_hex_hash(part) || (is_asset && is_mixed_hash(part)))
}

/// A word in hexadecimal has digits and letters both, or it is a date or a word.
fn is_hex_hash(part: &str) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    part.len() >= HASH_LEAST
        && part.bytes().all(hex)
        && part.bytes().any(|byte| byte.is_ascii_digit())
        && part.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Small letters, capitals and digits so mixed as nobody writes them: four changes of kind in eight characters at least.
fn is_mixed_hash(part: &str) -> bool {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Option<Vec<u8>> = part.bytes().map(kind).collect();
    let kinds = kinds.unwrap_or_default();
    let changes = kinds
        .iter()
        .zip(kinds.iter().skip(1))
        .filter(|(one, next)| one != next);
    kinds.len() >= HASH_LEAST && changes.count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (name, kind) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.CSS", "text/css; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("feed.json", "application/json"),
            ("app.wasm", "application/wasm"),
            ("logo.svg", "image/svg+xml"),
            ("hero.avif", "image/avif"),
            ("hero.webp", "image/webp"),
            ("font.woff2", "font/woff2"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("site.webmanifest", "application/manifest+json"),
            (".well-known/apple-app-site-association", "application/json"),
            ("LICENSE", "application/octet-stream"),
            ("a.b/c", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), kind, "{name}");
        }
    }

    #[test]
    fn only_what_carries_a_hash_is_kept_for_good() {
        for name in [
            "main.3f2a9c1b.js",
            "static/css/main.073c9b0a.chunk.css",
            "assets/index-BxQ3zT9k.js",
            "_next/static/chunks/app.js",
            "docs/_astro/page.css",
            "app-5d41402abc4b2a76b9719d911017c592.js",
        ] {
            assert!(names_its_content(name), "{name}");
        }
        for name in [
            "main.js",
            "photo-20240115.jpg",
            "report.deadbeef.pdf",
            "assets/icon-Section2.svg",
            "assets/Version2Final.png",
            "assets/index-latest12.js",
            "3f2a9c1b.js",
            "next/static/a.js",
            "my_next/static/a.js",
            "x.3f2a9c1b",
        ] {
            assert!(!names_its_content(name), "{name}");
        }
    }

    #[test]
    fn what_is_accepted_is_what_is_named() {
        let takes = |value: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            let accepted = Accepted::of(&headers);
            (accepted.takes(Coding::Br), accepted.takes(Coding::Gzip))
        };
        assert_eq!(takes("gzip, deflate, br"), (true, true));
        assert_eq!(takes("GZIP;q=0.5, br;q=0"), (false, true));
        assert_eq!(takes("br; q=0.000, gzip; q=1"), (false, true));
        assert_eq!(takes("*, identity"), (false, false));
        assert_eq!(takes("brotli, gzipped"), (false, false));
    }
}
