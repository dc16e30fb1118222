//! Any bytes as a receiver's `Retry-After`: a wait of at most a day, or none, never a panic and never the past.
#![no_main]

use gantry::delivery::retry_after::{WAIT_MAX_MS, not_before};
use gantry::model::time::Millis;
use libfuzzer_sys::fuzz_target;

const NOW: Millis = Millis(1_796_112_000_000);

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = http::HeaderValue::from_bytes(bytes) else {
        return;
    };
    let headers = http::HeaderMap::from_iter([(http::header::RETRY_AFTER, value)]);
    if let Some(at) = not_before(&headers, NOW) {
        assert!(at > NOW && at <= NOW.plus(WAIT_MAX_MS));
    }
});
