//! From a path as it was sent to names in a file system. Whatever could mean another place than it says is refused.

/// The longest path, in bytes as it was sent: what a file system takes (`PATH_MAX`).
const PATH_BYTES: usize = 4_096;
/// The most names in a path.
const NAMES_MOST: usize = 64;
/// The one name with a dot before it that is for visitors (RFC 8615 §3).
const WELL_KNOWN: &str = ".well-known";

/// A path of names, none of which is empty, hidden, or has a meaning to a file system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The names, decoded, with `/` between them; empty for the root.
    pub(super) relative: String,
    /// The path as it was sent, without the slash at its end.
    pub(super) sent: String,
    /// Whether the path ends with a slash: then it is a directory that is asked for.
    pub(super) is_directory: bool,
}

impl Place {
    /// Reads a path; `None` for one that is nobody's.
    ///
    /// Refused are `.` and `..` in every spelling, encoded slashes, backslashes, NUL and other control characters, what is
    /// not UTF-8, a broken escape, empty names (`//`) and names that begin with a dot.
    pub(super) fn of(path: &str) -> Option<Self> {
        let within = path.strip_prefix('/').filter(|_| path.len() <= PATH_BYTES)?;
        let (names, is_directory) = match within.strip_suffix('/') {
            Some(names) => (names, true),
            None => (within, within.is_empty()),
        };
        // The root has no name; anywhere else an empty one is refused.
        let decoded = match within.is_empty() {
            true => Vec::new(),
            false => names.split('/').map(name).collect::<Option<Vec<_>>>()?,
        };
        let hidden = |(at, name): (usize, &String)| name.starts_with('.') && !(at == 0 && name == WELL_KNOWN);
        if decoded.len() > NAMES_MOST || decoded.iter().enumerate().any(hidden) {
            return None;
        }
        Some(Self {
            relative: decoded.join("/"),
            sent: path.strip_suffix('/').unwrap_or(path).to_owned(),
            is_directory,
        })
    }
}

/// One name, decoded (RFC 3986 §2.1).
fn name(sent: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(sent.len());
    let mut rest = sent.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (digit(rest.next()?)? << 4) | digit(rest.next()?)?,
            plain => plain,
        });
    }
    let name = String::from_utf8(bytes).ok()?;
    let means_more = |c: char| c.is_control() || matches!(c, '/' | '\\');
    (!name.is_empty() && !name.contains(means_more)).then_some(name)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(path: &str) -> Option<(String, bool)> {
        Place::of(path).map(|place| (place.relative, place.is_directory))
    }

    #[test]
    fn paths_become_names() {
        let is = |path: &str, names: &str, is_directory| {
            assert_eq!(relative(path), Some((names.to_owned(), is_directory)), "{path}");
        };
        is("/", "", true);
        is("/about", "about", false);
        is("/a/b.html", "a/b.html", false);
        is("/a/", "a", true);
        is("/caf%C3%A9%20noir", "café noir", false);
        is("/.well-known/security.txt", ".well-known/security.txt", false);
        is("/a..b/c...", "a..b/c...", false);
        is("/%2565", "%65", false);
    }

    #[test]
    fn whatever_could_mean_another_place_is_refused() {
        for path in [
            "",
            "about",
            "*",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/../etc/passwd",
            "/a/../b",
            "/a/..",
            "/./a",
            "/%2e%2e/etc/passwd",
            "/%2E./a",
            "/.%2e/a",
            "/a/%2e%2e%2fb",
            "/..%2f..%2fetc",
            "/a%2fb",
            "/a%2Fb",
            "/%2f",
            "/a\\b",
            "/..\\b",
            "/a%5cb",
            "/%5c%5cb",
            "/a%00",
            "/a%00.html",
            "/a%0a",
            "/a%7f",
            "/%ff",
            "/%c0%ae%c0%ae/a",
            "/%c0%af",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/.git/config",
            "/.env",
            "/a/.env",
            "/%2eenv",
            "/a/.well-known/b",
            "/.well-known/.env",
            "/.htaccess",
            "/...",
        ] {
            assert_eq!(relative(path), None, "{path}");
        }
        assert_eq!(relative(&format!("/{}", "a".repeat(4_096))), None);
        assert_eq!(relative(&"/a".repeat(65)), None);
    }

    proptest::proptest! {
        #[test]
        fn no_path_leaves(path in "/[a-z./%0-9A-F\\\\]{0,24}") {
            if let Some(place) = Place::of(&path) {
                let plain = |name: &str| !name.is_empty() && name != "." && name != ".." && !name.contains(['\\', '\0']);
                proptest::prop_assert!(place.relative.is_empty() || place.relative.split('/').all(plain), "{place:?}");
            }
        }
    }
}
