//! Paths of pages, and patterns that take several of them.

use std::fmt;
use std::str::FromStr;

use super::super::fault::{Invalid, shown};

/// The longest path or pattern, in bytes.
const PATH_BYTES: usize = 1_024;

/// Which paths a rule holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// `/launch`: this one.
    Exact(String),
    /// `/launch/*`: `/launch` itself, and all that lies below it; kept without what follows `/launch`.
    Below(String),
    /// `/launch*`: all that begin so; kept without the star.
    Prefix(String),
}

impl PathPattern {
    /// Whether it takes a path, which has no query.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Below(base) => path
                .strip_prefix(base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
        }
    }

    /// Sorts the narrower before the wider: exact paths, then by how much is fixed.
    pub(in super::super) fn rank(&self) -> (u8, usize, u8) {
        let length = |text: &str| PATH_BYTES.saturating_sub(text.len());
        match self {
            Self::Exact(_) => (0, 0, 0),
            Self::Below(base) => (1, length(base), 0),
            Self::Prefix(prefix) => (1, length(prefix), 1),
        }
    }
}

impl FromStr for PathPattern {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (fixed, star) = match text.strip_suffix('*') {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        check(fixed)?;
        if fixed.contains('*') {
            return Err(refuse(text, "has a star that is not at its end"));
        }
        Ok(match (star, fixed.strip_suffix('/')) {
            (false, _) => Self::Exact(fixed.to_owned()),
            (true, Some(base)) => Self::Below(base.to_owned()),
            (true, None) => Self::Prefix(fixed.to_owned()),
        })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::Below(base) => write!(f, "{base}/*"),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// That a text is a path as requests have it: what a browser would write in another way is refused, for it would never come.
pub(super) fn check(path: &str) -> Result<(), Invalid> {
    if !path.starts_with('/') {
        return Err(refuse(path, "does not begin with /"));
    }
    if path.len() > PATH_BYTES {
        return Err(refuse(path, "is longer than 1 KiB"));
    }
    if path.contains(['?', '#']) {
        return Err(refuse(path, "has a query or a fragment, which no path has"));
    }
    let sent = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    if !path.bytes().all(sent) {
        return Err(refuse(
            path,
            "has a character that browsers encode; write it as they do, as in /caf%C3%A9",
        ));
    }
    if path.contains("//") || path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(refuse(
            path,
            "has an empty, a \".\" or a \"..\" part, which never comes",
        ));
    }
    Ok(())
}

fn refuse(path: &str, why: &str) -> Invalid {
    Invalid(format!("{} {why}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PathPattern {
        text.parse().expect(text)
    }

    #[test]
    fn a_pattern_takes_what_it_says() {
        let takes = |text: &str, path: &str| pattern(text).takes(path);
        assert!(takes("/launch", "/launch"));
        assert!(!takes("/launch", "/launch/") && !takes("/launch", "/launched"));
        for path in ["/launch", "/launch/", "/launch/a/b"] {
            assert!(takes("/launch/*", path), "{path}");
        }
        assert!(!takes("/launch/*", "/launched") && !takes("/launch/*", "/"));
        assert!(takes("/launch*", "/launched") && takes("/launch*", "/launch/a"));
        assert!(takes("/*", "/") && takes("/*", "/a/b"));
        assert!(takes("/", "/") && !takes("/", "/a"));
    }

    #[test]
    fn a_pattern_is_written_as_it_is_read() {
        for text in [
            "/",
            "/*",
            "/launch",
            "/launch/*",
            "/launch*",
            "/caf%C3%A9/*",
            "/@a/~b;c=d",
        ] {
            assert_eq!(pattern(text).to_string(), text);
        }
    }

    #[test]
    fn what_never_comes_is_refused() {
        for text in [
            "",
            "*",
            "launch",
            "/a*b",
            "/**",
            "/a/*/b",
            "/a?b=c",
            "/a#b",
            "/a b",
            "/é",
            "//a",
            "/a//*",
            "/./a",
            "/a/..",
            "/a\\b",
            "/\"",
            "https://a.example/",
        ] {
            assert!(text.parse::<PathPattern>().is_err(), "{text}");
        }
        assert!(format!("/{}", "x".repeat(1_024)).parse::<PathPattern>().is_err());
    }

    #[test]
    fn the_narrower_pattern_comes_first() {
        let mut patterns = ["/*", "/a*", "/a/*", "/a/b/*", "/a", "/a/b/c"].map(pattern);
        patterns.sort_by_key(PathPattern::rank);
        let sorted = patterns.map(|pattern| pattern.to_string());
        assert_eq!(sorted, ["/a", "/a/b/c", "/a/b/*", "/a/*", "/a*", "/*"]);
    }
}
