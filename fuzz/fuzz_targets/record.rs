//! Any bytes as a record of the data file: read, or refused, never a panic.
#![no_main]

use gantry::store::stage::read_record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_record(bytes);
});
