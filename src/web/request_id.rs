//! One id per request, taken over from the client if it sent one, in every answer.

use std::cell::Cell;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header the id travels in, both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id taken over, in bytes.
const ID_MAX: usize = 128;

/// The request's id: what came in `X-Request-Id` if it is 1 to 128 visible ASCII characters, else a new one.
#[must_use]
pub fn take_or_make(headers: &HeaderMap) -> HeaderValue {
    match headers.get(X_REQUEST_ID) {
        Some(id) if is_sane(id.as_bytes()) => id.clone(),
        _ => make(),
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

thread_local! {
    /// A random number of this thread's and a counter with a random start: unique, cheap, and not a secret.
    static SOURCE: (u64, Cell<u64>) = (random(), Cell::new(random()));
}

fn random() -> u64 {
    // Without entropy ids are still unique within the thread, which is all that is lost.
    getrandom::u64().unwrap_or_default()
}

/// 32 hex digits: 64 random bits of the thread's, then a scrambled counter.
fn make() -> HeaderValue {
    let (thread, count) = SOURCE.with(|(thread, counter)| {
        let count = counter.get().wrapping_add(1);
        counter.set(count);
        (*thread, scramble(count))
    });
    let mut text = [0_u8; 32];
    let digits = thread.to_be_bytes().into_iter().chain(count.to_be_bytes());
    for (pair, byte) in text.chunks_exact_mut(2).zip(digits) {
        pair.copy_from_slice(&[hex(byte >> 4), hex(byte & 15)]);
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
}

const fn hex(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' + nibble - 10
    }
}

/// The finishing steps of splitmix64: one to one, so that counts that differ give ids that differ.
const fn scramble(count: u64) -> u64 {
    let z = (count ^ (count >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(id).expect("a value"))])
    }

    #[test]
    fn a_sane_id_is_taken_over_and_another_is_replaced() {
        assert_eq!(take_or_make(&with("abc-1")), "abc-1");
        let long = "x".repeat(129);
        for bad in ["", "a b", "a\tb", long.as_str()] {
            assert_eq!(take_or_make(&with(bad)).len(), 32, "{bad:?} is replaced");
        }
    }

    #[test]
    fn made_ids_are_hex_and_differ() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| make()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(
            ids.iter()
                .all(|id| id.as_bytes().iter().all(u8::is_ascii_hexdigit))
        );
    }
}
