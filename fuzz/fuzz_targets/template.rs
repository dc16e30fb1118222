//! Any text as a template: read, or refused with a line, never a panic; and what it makes has a bound.
#![no_main]

use gantry::delivery::render::NAMES;
use gantry::template::{Format, Template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for format in [Format::Json, Format::Form, Format::Target, Format::Line, Format::Html, Format::Text] {
        if let Err(fault) = Template::compile(text, format, &NAMES) {
            assert!(fault.line >= 1);
        }
    }
});
