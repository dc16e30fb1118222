//! The configured prefix, under which our public paths live when the site needs the plain ones.

use http::Uri;
use http::uri::PathAndQuery;

/// A path prefix without a trailing slash; empty means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Reads a prefix as configured: empty, or `/` and at least one character; a trailing slash is dropped. `None` for
    /// anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let sound = text.is_empty() || (text.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic()));
        (sound && !text.contains(['?', '#', '%'])).then(|| Self(text.to_owned()))
    }

    /// As configured, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below the prefix, with its slash; `None` when the path is not ours.
    #[must_use]
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.0.as_str())
            .filter(|rest| rest.starts_with('/'))
    }

    /// Takes the prefix off a request's target; false when the path is not ours, and nothing is changed.
    pub fn strip_uri(&self, uri: &mut Uri) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(target) = uri.path_and_query().and_then(|p| self.strip(p.as_str())) else {
            return false;
        };
        let Ok(target) = target.parse::<PathAndQuery>() else {
            return false;
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).map(|stripped| *uri = stripped).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_under_the_prefix_are_ours() {
        let prefix = Prefix::parse("/_gantry/").expect("a prefix");
        assert_eq!(prefix.strip("/_gantry/api/vote"), Some("/api/vote"));
        assert_eq!(prefix.strip("/_gantryx/api/vote"), None);
        assert_eq!(prefix.strip("/api/vote"), None);
        assert_eq!(prefix.strip("/_gantry"), None);
        let mut uri: Uri = "/_gantry/api/polls/p?x=1".parse().expect("a URI");
        assert!(prefix.strip_uri(&mut uri));
        assert_eq!(uri, "/api/polls/p?x=1");
        assert!(!prefix.strip_uri(&mut uri));
    }

    #[test]
    fn no_prefix_leaves_everything_as_it_is() {
        let prefix = Prefix::default();
        let mut uri: Uri = "/api/vote?a".parse().expect("a URI");
        assert!(prefix.strip_uri(&mut uri));
        assert_eq!(uri, "/api/vote?a");
        assert_eq!(Prefix::parse("gantry"), None);
        assert_eq!(Prefix::parse("/a b"), None);
        assert_eq!(Prefix::parse("/"), Some(Prefix::default()));
    }
}
