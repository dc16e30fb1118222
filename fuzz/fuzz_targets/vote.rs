//! Any bytes as the body of a vote: understood, or refused, never a panic.
#![no_main]

use gantry::polls::understands;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = understands(bytes);
});
