//! Visitors without cookies: a keyed hash that holds for a day, and that nobody can make again once the day is over.

use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::funnel::{Span, Visitor};
use crate::model::time::Millis;

/// As much of a host's name as enters the hash, in bytes: no name of the DNS is longer.
const HOST_BYTES_MOST: usize = 255;

/// The days of which visitors can be told apart: today, and tomorrow when that is near.
#[derive(Debug, Default)]
pub(super) struct Days(RwLock<Vec<Day>>);

#[derive(Debug)]
struct Day {
    span: Span,
    keyed: Hmac<Sha256>,
}

/// Who is told from another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a> {
    pub(super) client: IpAddr,
    pub(super) host: &'a str,
    pub(super) agent: &'a [u8],
}

impl Days {
    /// Tells visitors apart on these days, by their salts, and on no others.
    pub(super) fn put(&self, days: impl IntoIterator<Item = (Span, [u8; 16])>) {
        let keyed = |(span, salt): (Span, [u8; 16])| {
            // HMAC takes keys of every length.
            let keyed = Hmac::<Sha256>::new_from_slice(&salt).ok()?;
            Some(Day { span, keyed })
        };
        let days = days.into_iter().filter_map(keyed).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = days;
    }

    /// Whether `at` is on one of the days.
    pub(super) fn know(&self, at: Millis) -> bool {
        self.day(at).is_some()
    }

    /// When the day of `at` begins.
    pub(super) fn day(&self, at: Millis) -> Option<Millis> {
        let days = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let day = days.iter().find(|day| holds(day.span, at))?;
        Some(day.span.starts)
    }

    /// Who it is; `None` on a day that is not known.
    pub(super) fn visitor(&self, who: &Who<'_>, at: Millis) -> Option<Visitor> {
        let days = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let day = days.iter().find(|day| holds(day.span, at))?;
        let (starts, mut hash) = (day.span.starts, day.keyed.clone());
        drop(days);
        match who.client.to_canonical() {
            IpAddr::V4(address) => hash.update(&address.octets()),
            IpAddr::V6(address) => hash.update(&address.octets()),
        }
        let mut name = [0; HOST_BYTES_MOST];
        hash.update(b"\n");
        hash.update(host(who.host, &mut name));
        hash.update(b"\n");
        hash.update(who.agent);
        let digest = hash.finalize().into_bytes();
        let first = digest.iter().take(16);
        Some(Visitor {
            day: starts,
            hash: first.fold(0, |hash, byte| (hash << 8) | u128::from(*byte)),
        })
    }
}

fn holds(span: Span, at: Millis) -> bool {
    (span.starts..span.ends).contains(&at)
}

/// A host's name without its port, in small letters.
fn host<'n>(host: &str, name: &'n mut [u8; HOST_BYTES_MOST]) -> &'n [u8] {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => host,
    };
    let length = bare.len().min(HOST_BYTES_MOST);
    for (to, byte) in name.iter_mut().zip(bare.bytes()) {
        *to = byte.to_ascii_lowercase();
    }
    name.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Days {
        let days = Days::default();
        let day = |n: i64| Span {
            starts: Millis(n * 100),
            ends: Millis(n * 100 + 100),
        };
        days.put([(day(0), [1; 16]), (day(1), [2; 16])]);
        days
    }

    fn who<'a>(client: &str, host: &'a str, agent: &'a str) -> Who<'a> {
        Who {
            client: client.parse().unwrap(),
            host,
            agent: agent.as_bytes(),
        }
    }

    #[test]
    fn a_visitor_is_the_same_all_day_and_another_the_next() {
        let days = days();
        let anna = who("192.0.2.1", "Shop.example:443", "Firefox");
        let of = |who: &Who<'_>, at| days.visitor(who, Millis(at)).unwrap();
        assert_eq!(
            of(&anna, 0),
            of(&who("::ffff:192.0.2.1", "shop.example", "Firefox"), 99)
        );
        assert_eq!(of(&anna, 0).day, Millis(0));
        for other in [
            who("192.0.2.2", "shop.example", "Firefox"),
            who("192.0.2.1", "blog.example", "Firefox"),
            who("192.0.2.1", "shop.example", "Safari"),
        ] {
            assert_ne!(of(&anna, 0).hash, of(&other, 0).hash, "{other:?}");
        }
        assert_ne!(of(&anna, 0).hash, of(&anna, 100).hash);
        assert_eq!(days.visitor(&anna, Millis(200)), None);
        assert!(days.know(Millis(199)) && !days.know(Millis(200)));
    }
}
