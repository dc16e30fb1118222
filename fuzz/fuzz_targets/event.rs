//! Any bytes as the body of an event: a draft, or a refusal, never a panic. What was taken keeps its fingerprint when the
//! payload that was kept is sent again.
#![no_main]

use gantry::events::intake::{Arrival, draft};
use gantry::model::event::EventId;
use gantry::model::ids::IdempotencyKey;
use gantry::model::time::Millis;
use libfuzzer_sys::fuzz_target;

fn arrival() -> Arrival {
    Arrival {
        id: EventId(1 << 16),
        now: Millis(1_796_112_000_000),
        key: IdempotencyKey::parse("k").ok(),
        trace: None,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(first) = draft(bytes, arrival()) else {
        return;
    };
    let text = |text: &str| format!("{text:?}");
    // Names without what JSON and Rust escape differently.
    if !first.kind.as_str().is_ascii() || !first.source.as_str().is_ascii() {
        return;
    }
    let again = format!(
        r#"{{"type":{},"source":{},"payload":{}}}"#,
        text(first.kind.as_str()),
        text(first.source.as_str()),
        first.payload
    );
    match draft(again.as_bytes(), arrival()) {
        Ok(second) => assert_eq!(first.fingerprint, second.fingerprint),
        // The kept form may be longer than what a body may be.
        Err(refused) => assert_eq!(refused.status().as_u16(), 413, "{refused}"),
    }
});
