//! Cache directives: what a request or an answer says of caching (RFC 9111 §5.2, RFC 5861, RFC 9213).

mod targeted;

use std::time::Duration;

use http::header::{CACHE_CONTROL, PRAGMA};
use http::{HeaderMap, HeaderName};

use super::list::{self, Quotes};

/// What stands for every number of seconds above it: 2³¹ (RFC 9111 §1.2.2), 68 years.
const SECONDS_MAX: u64 = 1 << 31;
/// The field for caches that the owner of the origin controls, which goes before `Cache-Control` (RFC 9213 §3).
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// A time that a directive gives, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Delta {
    /// So long, at most 2³¹ seconds.
    Of(Duration),
    /// No number of seconds, or two that differ: what depends on it is taken for stale (RFC 9111 §4.2.1).
    Unclear,
}

impl Delta {
    /// The time that is sure: none where it is unclear.
    #[must_use]
    pub(in crate::pages) const fn or_none(self) -> Duration {
        match self {
            Self::Of(time) => time,
            Self::Unclear => Duration::ZERO,
        }
    }

    /// Digits and nothing else (RFC 9111 §1.2.2).
    fn read(text: &[u8]) -> Self {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return Self::Unclear;
        }
        let add = |sum: u64, digit: &u8| {
            let ten = sum.saturating_mul(10);
            ten.saturating_add(u64::from(digit - b'0')).min(SECONDS_MAX)
        };
        Self::Of(Duration::from_secs(text.iter().fold(0, add)))
    }

    /// This, after another directive of the same name: the same, or unclear.
    fn after(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier != self => Self::Unclear,
            _ => self,
        }
    }
}

/// A directive that may hold for the whole answer, or for some of its fields (RFC 9111 §5.2.2.4, §5.2.2.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) enum Extent {
    /// It is not there.
    #[default]
    Nothing,
    /// It holds for these fields.
    Fields(Vec<HeaderName>),
    /// It holds for everything.
    All,
}

impl Extent {
    /// Whether it holds for everything.
    #[must_use]
    pub(in crate::pages) fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// The fields it holds for, where it does not hold for everything.
    #[must_use]
    pub(in crate::pages) fn fields(&self) -> &[HeaderName] {
        match self {
            Self::Fields(names) => names,
            Self::Nothing | Self::All => &[],
        }
    }

    fn widen(&mut self, by: Self) {
        match (self, by) {
            (Self::All, _) | (_, Self::Nothing) => {}
            (Self::Fields(names), Self::Fields(more)) => names.extend(more),
            (own, by) => *own = by,
        }
    }
}

/// Where an answer's directives are from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) enum Source {
    /// `Cache-Control`, beside which `Expires` and heuristics count.
    #[default]
    CacheControl,
    /// A field targeted at caches like this one, which alone counts (RFC 9213 §2.2).
    Targeted,
}

/// Everything that is said of caching. What is not known is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) struct Directives {
    /// Which field said so.
    pub(in crate::pages) source: Source,
    /// `max-age`, of answers and requests.
    pub(in crate::pages) max_age: Option<Delta>,
    /// `s-maxage`: `max-age` for caches that are shared.
    pub(in crate::pages) s_maxage: Option<Delta>,
    /// `max-stale` of requests; without an argument, any age.
    pub(in crate::pages) max_stale: Option<Delta>,
    /// `min-fresh` of requests.
    pub(in crate::pages) min_fresh: Option<Delta>,
    /// `stale-while-revalidate` (RFC 5861 §3).
    pub(in crate::pages) stale_while_revalidate: Option<Delta>,
    /// `stale-if-error`, of answers and requests (RFC 5861 §4).
    pub(in crate::pages) stale_if_error: Option<Delta>,
    /// `no-cache`; of requests it is for everything or not there.
    pub(in crate::pages) no_cache: Extent,
    /// `private`.
    pub(in crate::pages) private: Extent,
    /// `no-store`.
    pub(in crate::pages) no_store: bool,
    /// `public`.
    pub(in crate::pages) public: bool,
    /// `must-revalidate`.
    pub(in crate::pages) must_revalidate: bool,
    /// `proxy-revalidate`.
    pub(in crate::pages) proxy_revalidate: bool,
    /// `must-understand`.
    pub(in crate::pages) must_understand: bool,
    /// `no-transform`.
    pub(in crate::pages) no_transform: bool,
    /// `only-if-cached` of requests.
    pub(in crate::pages) only_if_cached: bool,
}

impl Directives {
    /// What a request says. Without `Cache-Control`, `Pragma: no-cache` says the same there (RFC 9111 §5.4).
    #[must_use]
    pub(in crate::pages) fn of_request(headers: &HeaderMap) -> Self {
        let mut directives = Self::of_cache_control(headers);
        let says_no_cache = |member: &[u8]| member.eq_ignore_ascii_case(b"no-cache");
        if !headers.contains_key(CACHE_CONTROL) && list::members(headers, &PRAGMA).any(says_no_cache) {
            directives.no_cache = Extent::All;
        }
        directives
    }

    /// What an answer says to this cache: in `CDN-Cache-Control` where that is there and can be read, else in
    /// `Cache-Control`.
    #[must_use]
    pub(in crate::pages) fn of_response(headers: &HeaderMap) -> Self {
        targeted::read(headers, &CDN_CACHE_CONTROL).unwrap_or_else(|| Self::of_cache_control(headers))
    }

    fn of_cache_control(headers: &HeaderMap) -> Self {
        let mut directives = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            let bytes = line.as_bytes();
            list::split(bytes, b',').for_each(|member| directives.take_member(member));
            if is_left_open(bytes) {
                directives.take("max-age", Argument::Of(Vec::new()));
            }
        }
        directives
    }

    /// Takes in `name`, `name=value` or `name="value"`. Whitespace beside the `=` is not allowed (RFC 9111 §5.2): it
    /// makes the value unclear, and the name is still heeded.
    fn take_member(&mut self, member: &[u8]) {
        let mut parts = member.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next());
        let Ok(name_text) = std::str::from_utf8(name.trim_ascii()) else {
            return;
        };
        let is_tight = name.trim_ascii_end() == name && value.is_none_or(|value| value.trim_ascii() == value);
        let argument = match value {
            None => Argument::Absent,
            Some(value) if is_tight => Argument::Of(list::unquoted(value).unwrap_or_default()),
            Some(_) => Argument::Of(Vec::new()),
        };
        self.take(&name_text.to_ascii_lowercase(), argument);
    }

    /// Takes in one directive, its name in lower case. What forbids is heeded whatever its argument, what permits only
    /// without one.
    fn take(&mut self, name: &str, argument: Argument) {
        match name {
            "max-age" => argument.set(&mut self.max_age),
            "s-maxage" => argument.set(&mut self.s_maxage),
            "max-stale" if argument == Argument::Absent => {
                self.max_stale = Some(Delta::Of(Duration::from_secs(SECONDS_MAX)));
            }
            "max-stale" => argument.set(&mut self.max_stale),
            "min-fresh" => argument.set(&mut self.min_fresh),
            "stale-while-revalidate" => argument.set(&mut self.stale_while_revalidate),
            "stale-if-error" => argument.set(&mut self.stale_if_error),
            "no-cache" => self.no_cache.widen(argument.extent()),
            "private" => self.private.widen(argument.extent()),
            "no-store" => self.no_store = true,
            "must-revalidate" => self.must_revalidate = true,
            "proxy-revalidate" => self.proxy_revalidate = true,
            "no-transform" => self.no_transform = true,
            "only-if-cached" => self.only_if_cached = true,
            "public" => self.public |= argument == Argument::Absent,
            "must-understand" => self.must_understand |= argument == Argument::Absent,
            _ => {}
        }
    }
}

/// What stands behind a directive's name. An argument that cannot be read is an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Absent,
    Of(Vec<u8>),
}

impl Argument {
    fn set(&self, delta: &mut Option<Delta>) {
        let found = match self {
            Self::Absent => Delta::Unclear,
            Self::Of(text) => Delta::read(text),
        };
        *delta = Some(found.after(*delta));
    }

    /// What a directive holds for: the fields it lists, or everything, also where one of them cannot be read.
    fn extent(&self) -> Extent {
        let Self::Of(text) = self else {
            return Extent::All;
        };
        let names: Result<Vec<_>, _> = list::split(text, b',').map(HeaderName::from_bytes).collect();
        match names {
            Ok(names) if !names.is_empty() => Extent::Fields(names),
            _ => Extent::All,
        }
    }
}

/// Whether a quoted string does not end in the line. What it hides is not known, so how long the answer is fresh is not.
fn is_left_open(line: &[u8]) -> bool {
    let mut quotes = Quotes::default();
    for byte in line {
        quotes.covers(*byte);
    }
    quotes.is_open()
}
