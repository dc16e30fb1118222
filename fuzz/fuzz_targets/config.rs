//! Any text as a configuration: faults, never a panic, and every fault has a place.
#![no_main]

use std::path::PathBuf;

use gantry::config::{ConfigFile, Sources, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::none();
    sources.file = Some(ConfigFile { path: PathBuf::from("gantry.toml"), bytes: bytes.to_vec() });
    if let Err(faults) = load(&sources) {
        assert!(faults.len() > 0);
        assert_eq!(faults.to_string().lines().count(), faults.len());
    }
});
