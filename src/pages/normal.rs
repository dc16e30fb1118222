//! Normal forms: many ways of writing a path or a query, and the one by which a page is kept (RFC 3986 §6.2.2).

use std::borrow::Cow;

/// The most parameters of a query that are looked at; those beyond are as if they were not there.
const PARAMETERS_MAX: usize = 256;

/// The path with no escape that is not needed, and those that are in upper case; `None` for one that servers read in
/// different ways: with `.` or `..` as a segment, an empty segment within, a backslash, a parameter of a segment (`;`), an escaped slash, backslash, dot,
/// semicolon, percent, control character or NUL, a damaged escape, or bytes that are not UTF-8.
pub(super) fn path(path: &str) -> Option<Cow<'_, str>> {
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || b"\\;".contains(&byte);
    if !path.starts_with('/') || path.bytes().any(is_odd) || path.contains("//") {
        return None;
    }
    let has_dots = |segment: &str| segment == "." || segment == "..";
    if !path.contains('%') {
        return (!path.split('/').any(has_dots)).then_some(Cow::Borrowed(path));
    }
    let decoded = decoded(path, is_plain_in_path)?;
    (!decoded.split('/').any(has_dots)).then_some(Cow::Owned(decoded))
}

/// Appends the parameters of `query` that are in `listed`, which is sorted: in the order of their names, and of one name
/// in their own. All is written anew, so that no parser finds other parameters in it than this one.
pub(super) fn push_query(to: &mut String, query: Option<&str>, listed: &[String]) {
    let Some(query) = query.filter(|_| !listed.is_empty()) else {
        return;
    };
    let mut kept: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(query.as_bytes())
        .take(PARAMETERS_MAX)
        .filter(|(name, _)| listed.binary_search_by(|known| known.as_str().cmp(name)).is_ok())
        .collect();
    kept.sort_by(|(one, _), (other, _)| one.cmp(other));
    if kept.is_empty() {
        return;
    }
    let mut written = url::form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(kept);
    to.push('?');
    to.push_str(&written.finish());
}

/// Decodes the escapes of characters that need none, and writes the others in upper case.
fn decoded(path: &str, is_plain: impl Fn(u8) -> bool) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    let mut raw = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            raw.push(byte);
            continue;
        }
        let (high, low) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
        let value = (high << 4) | low;
        if value.is_ascii_control() || b"/\\.;%?#".contains(&value) {
            return None;
        }
        raw.push(value);
        if is_plain(value) {
            out.push(value);
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied();
            out.extend([b'%', digit(high)?, digit(low)?]);
        }
    }
    // What the escapes stand for is text.
    std::str::from_utf8(&raw).ok()?;
    String::from_utf8(out).ok()
}

/// RFC 3986 §2.3 but for the dot, of which segments may be made.
fn is_plain_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_~".contains(&byte)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Whether a path is that of what pages are made of, by its ending: what is likely for everybody.
pub(super) fn is_of_an_asset(path: &str) -> bool {
    const ENDINGS: [&str; 20] = [
        "css",
        "js",
        "mjs",
        "map",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "avif",
        "svg",
        "ico",
        "woff",
        "woff2",
        "ttf",
        "otf",
        "mp4",
        "webm",
        "wasm",
        "webmanifest",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_has_one_form() {
        for (written, kept) in [
            ("/", "/"),
            ("/launch", "/launch"),
            ("/launch/", "/launch/"),
            ("/%6caunch", "/launch"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/a.css", "/a.css"),
            ("/...", "/..."),
        ] {
            assert_eq!(path(written).as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn what_servers_read_in_two_ways_has_none() {
        for odd in [
            "/a/../b",
            "/./a",
            "/a/%2e%2e/b",
            "/a%2fb",
            "/a%5cb",
            "/a\\b",
            "/a;b",
            "/a;.css",
            "/a%3bb",
            "/a//b",
            "//a",
            "/a%00",
            "/a%0d%0a",
            "/a%",
            "/a%4",
            "/a%zz",
            "/a%25",
            "/%ff",
            "/a%2ecss",
            "/a%3f",
            "/a%23",
            "*",
            "",
        ] {
            assert_eq!(path(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_pages_are_made_of_is_told_by_its_ending() {
        assert!(is_of_an_asset("/_next/static/app.js") && is_of_an_asset("/a.b.woff2"));
        assert!(
            !is_of_an_asset("/launch") && !is_of_an_asset("/v1.js/launch") && !is_of_an_asset("/page.html")
        );
    }

    fn query(query: &str, listed: &[&str]) -> String {
        let listed: Vec<String> = listed.iter().map(|name| (*name).to_owned()).collect();
        let mut to = String::new();
        push_query(&mut to, Some(query), &listed);
        to
    }

    #[test]
    fn only_what_is_listed_stays_of_a_query_and_in_one_order() {
        assert_eq!(query("utm_source=x&b=2&a=1&fbclid=9", &["a", "b"]), "?a=1&b=2");
        assert_eq!(query("b=2&a=1&b=1", &["a", "b"]), "?a=1&b=2&b=1");
        assert_eq!(query("%61=1", &["a"]), "?a=1");
        assert_eq!(query("a=%31&a", &["a"]), "?a=1&a=");
        assert_eq!(query("utm_source=x", &["a"]), "");
        assert_eq!(query("a=1", &[]), "");
    }

    #[test]
    fn no_parameter_hides_in_another() {
        assert_eq!(query("a=1;b=2&utm_x=1;b=3", &["a", "b"]), "?a=1%3Bb%3D2");
        assert_eq!(query("a=1%26b=2", &["a", "b"]), "?a=1%26b%3D2");
    }
}
