//! What a request asks for: whose page, by which name it is kept, and what its origin is asked.
//!
//! Outside `strict` the origin of a page that is kept is told nothing but what is in its key, so that nobody can write into
//! a page that others get.

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Uri};

use super::cookies;
use super::nextjs;
use super::normal;
use crate::config::{PageRule, Pages};

/// The longest host that is taken, in bytes: a name and a port (RFC 1035 §2.3.4).
const HOST_BYTES: usize = 253 + 6;

/// By which rules a page is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode<'p> {
    /// By RFC 9111 alone.
    Strict,
    /// By a rule of the maker's.
    Ruled(&'p PageRule),
    /// By what its origin says of it, if that is plain.
    Open,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Target<'p> {
    pub(super) mode: Mode<'p>,
    /// The host with its port, if that is not the usual one: in lower case, as it is sent on.
    pub(super) authority: String,
    /// What the origin is asked for, in a request that is nobody's in particular.
    pub(super) path_and_query: String,
    /// The cookie that makes another page, as `name=value`.
    pub(super) variant: Option<String>,
    /// What it is kept under.
    pub(super) key: String,
    /// Whether the path is one that two servers may read in two ways; such a page is never kept.
    pub(super) odd: bool,
}

/// Why it is not clear whose page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadHost {
    /// There is none.
    Missing,
    /// There is more than one.
    Several,
    /// It is none.
    Malformed,
}

impl<'p> Target<'p> {
    /// What `request` asks for.
    ///
    /// # Errors
    /// [`BadHost`].
    pub(super) fn of<B>(request: &Request<B>, pages: &'p Pages) -> Result<Self, BadHost> {
        let authority = authority(request.uri(), request.headers())?;
        let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let path = request.uri().path();
        if pages.strict {
            return Ok(Self::as_it_came(Mode::Strict, authority, asked));
        }
        let Some(plain) = normal::path(path) else {
            let target = Self::as_it_came(Mode::Open, authority, asked);
            return Ok(Self { odd: true, ..target });
        };
        let Some(rule) = pages.rule(&plain) else {
            return Ok(Self::as_it_came(Mode::Open, authority, asked));
        };
        let mut path_and_query = plain.into_owned();
        let listed = nextjs::parameters(&rule.query, request.headers());
        normal::push_query(&mut path_and_query, request.uri().query(), &listed);
        let variant = cookies::variant(request.headers(), &rule.variants);
        let mut key = key(&authority, &path_and_query);
        if let Some(variant) = &variant {
            key.push('\n');
            key.push_str(variant);
        }
        Ok(Self {
            mode: Mode::Ruled(rule),
            authority,
            path_and_query,
            variant,
            key,
            odd: false,
        })
    }

    fn as_it_came(mode: Mode<'p>, authority: String, asked: &str) -> Self {
        Self {
            mode,
            key: key(&authority, asked),
            authority,
            path_and_query: asked.to_owned(),
            variant: None,
            odd: false,
        }
    }

    /// The host without its port, by which its origin is found.
    pub(super) fn host(&self) -> &str {
        host_of(&self.authority)
    }
}

/// What a page is kept under, before what makes another page of it.
pub(super) fn key(authority: &str, path_and_query: &str) -> String {
    let mut key = String::with_capacity(authority.len() + path_and_query.len());
    key.push_str(authority);
    key.push_str(path_and_query);
    key
}

/// A host without its port.
pub(super) fn host_of(authority: &str) -> &str {
    let after = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(after..).and_then(|rest| rest.rfind(':')) {
        Some(colon) => authority.get(..after + colon).unwrap_or(authority),
        None => authority,
    }
}

/// The host that is asked: the target's own goes before `Host` (RFC 9112 §3.2.2), of which there is one (§3.2).
fn authority(uri: &Uri, headers: &HeaderMap) -> Result<String, BadHost> {
    let mut lines = headers.get_all(HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Err(BadHost::Several);
    }
    let text = match (uri.authority(), line) {
        (Some(authority), _) => authority.as_str(),
        (None, Some(line)) => line.to_str().map_err(|_| BadHost::Malformed)?,
        (None, None) => return Err(BadHost::Missing),
    };
    clean_authority(text).ok_or(BadHost::Malformed)
}

/// In lower case, without a dot at the end and without the usual port; `None` for what is no host.
pub(super) fn clean_authority(text: &str) -> Option<String> {
    let is_clean = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if text.is_empty() || text.len() > HOST_BYTES || !text.bytes().all(is_clean) {
        return None;
    }
    let mut lower = text.to_ascii_lowercase();
    let host = host_of(&lower);
    let port = lower.get(host.len()..).unwrap_or_default();
    let bare = host.strip_suffix('.').unwrap_or(host);
    let is_literal = bare.starts_with('[') && bare.ends_with(']') && bare.matches(['[', ']']).count() == 2;
    let is_name = !bare.contains(['[', ']', ':']) && !bare.starts_with('.') && !bare.ends_with('.');
    let has_port = port
        .strip_prefix(':')
        .is_none_or(|digits| digits.parse::<u16>().is_ok());
    if bare.is_empty() || bare.contains("..") || !(is_literal || is_name) || !has_port {
        return None;
    }
    let kept = match port {
        ":80" | ":443" => bare.len(),
        _ => lower.len(),
    };
    lower.replace_range(bare.len()..host.len(), "");
    lower.truncate(kept);
    Some(lower)
}

#[cfg(test)]
mod tests;
