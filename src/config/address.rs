//! Paths and origins: the prefix of our public paths, where visitors reach them, and the origins whose pages may call us.

use std::fmt;
use std::str::FromStr;

use super::fault::{Invalid, shown};

/// The longest prefix, in bytes: it stands before every path in every log and link.
const PREFIX_BYTES: usize = 128;

/// What stands before Gantry's own public paths: empty, or like `/_gantry`, never with a slash at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix as written: `""` or `"/_gantry"`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the prefix in a request's path (`/_gantry/api/vote` → `/api/vote`), with its leading slash; `None`
    /// when the path lies elsewhere, `/_gantryfoo` included.
    #[must_use]
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&self.0).filter(|rest| rest.starts_with('/'))
    }
}

impl FromStr for Prefix {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let segment = |s: &str| {
            !s.is_empty()
                && s != "."
                && s != ".."
                && s.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        let path = |text: &str| {
            text.strip_prefix('/')
                .is_some_and(|rest| rest.split('/').all(segment))
        };
        if text.is_empty() || (text.len() <= PREFIX_BYTES && path(text)) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid(format!(
            r#"{} is not a prefix; write "" or for example "/_gantry", without a slash at its end"#,
            shown(text)
        )))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An origin exactly as browsers send it in `Origin`: `https://example.com`, `http://localhost:5173` (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin, to be compared byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = |why: &str| {
            Err(Invalid(format!(
                r#"{} {why}; write for example "https://example.com" or "http://localhost:5173""#,
                shown(text)
            )))
        };
        let Some((scheme @ ("http" | "https"), authority)) = text.split_once("://") else {
            return refuse("is not an origin");
        };
        let Some((host, port)) = split_port(authority) else {
            return refuse("is not an origin (scheme, host and port, nothing more)");
        };
        if !is_host(host) {
            return refuse("has no host that browsers would send (lower case, punycode)");
        }
        match (scheme, port) {
            (_, None) => Ok(Self(text.to_owned())),
            ("http", Some("80")) | ("https", Some("443")) => {
                refuse("names the default port, which browsers leave out")
            }
            (_, Some(port)) if is_port(port) => Ok(Self(text.to_owned())),
            _ => refuse("has a port that is none"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where visitors reach the public address, as pages and people are told: an origin, perhaps a path, never with a slash at its
/// end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The URL as written, without a slash at its end: `https://launch.example`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let url = text.strip_suffix('/').unwrap_or(text);
        let host = url.find("://").map_or(0, |at| at + "://".len());
        let path = url.get(host..).and_then(|rest| rest.find('/'));
        let (origin, path) = url.split_at(path.map_or(url.len(), |at| host + at));
        if origin.parse::<Origin>().is_ok() && path.parse::<Prefix>().is_ok() {
            return Ok(Self(url.to_owned()));
        }
        Err(Invalid(format!(
            r#"{} is not where visitors could come; write for example "https://launch.example", without a query"#,
            shown(text)
        )))
    }
}

/// Host, brackets of IPv6 included, and port; `None` when neither can be told.
pub(super) fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let (host, rest) = authority.split_at_checked(authority.find(']')? + 1)?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    Some(match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    })
}

/// Whether a text is a host as browsers send it: lower case, punycode, addresses as they are written shortest.
pub(super) fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        let canonical = |ip: std::net::Ipv6Addr| ip.to_string() == inner;
        return inner.parse().is_ok_and(canonical);
    }
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// Whether digits are a port.
pub(super) fn is_port(port: &str) -> bool {
    !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_empty_or_a_plain_path() {
        for text in ["", "/_gantry", "/a/b-c.d~e"] {
            assert!(text.parse::<Prefix>().is_ok(), "{text}");
        }
        for text in [
            "/", "x", "/x/", "//x", "/a//b", "/../x", "/a b", "/ä", "/{x}", "/x?y", "/*",
        ] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
        assert!(format!("/{}", "x".repeat(200)).parse::<Prefix>().is_err());
    }

    #[test]
    fn a_prefix_is_stripped_at_a_segments_end_only() {
        let prefix: Prefix = "/_gantry".parse().expect("a prefix");
        assert_eq!(prefix.strip("/_gantry/api/vote"), Some("/api/vote"));
        assert_eq!(prefix.strip("/_gantryfoo/api/vote"), None);
        assert_eq!(prefix.strip("/_gantry"), None);
        assert_eq!(Prefix::default().strip("/api/vote"), Some("/api/vote"));
    }

    #[test]
    fn visitors_come_to_an_origin_and_perhaps_a_path() {
        for (text, url) in [
            ("https://launch.example", "https://launch.example"),
            ("https://launch.example/", "https://launch.example"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://example.com/launch/2", "https://example.com/launch/2"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().expect(text).as_str(), url);
        }
        for text in [
            "",
            "/",
            "launch.example",
            "//launch.example",
            "ftp://launch.example",
            "https://",
            "https:///launch",
            "https://launch.example//",
            "https://launch.example?utm_source=x",
            "https://launch.example/?",
            "https://launch.example/a#b",
            "https://user:hunter2@launch.example",
            "https://launch.example:443",
            "https://launch.example/a b",
            "https://launch.example/../x",
            "https://Launch.example",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_those_that_browsers_send() {
        for text in [
            "https://example.com",
            "http://localhost:5173",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert!(text.parse::<Origin>().is_ok(), "{text}");
        }
        let wrong = [
            "",
            "*",
            "null",
            "example.com",
            "https://",
            "https://example.com/",
            "https://Example.com",
            "https://example.com:443",
            "http://example.com:80",
            "https://a b",
            "https://example.com:0",
            "https://example.com:99999",
            "https://user@example.com",
            "ftp://example.com",
            "https://*.example.com",
            "http://[::1",
            "http://[0:0::1]",
            "http://[::1]x",
            "https://müller.example",
        ];
        for text in wrong {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
