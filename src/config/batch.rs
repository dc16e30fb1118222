//! `batch`: several deliveries in one call.

use std::time::Duration;

use super::duration::{self, Bounds};
use super::fault::Invalid;
use super::fields::Fields;
use super::preset::Preset;
use super::written::{Refusal, Written};
use crate::model::lane::batch::{BATCH_LEAST, BATCH_MOST, Batching};

/// The keys of `batch`.
const KEYS: [&str; 2] = ["max", "wait"];
/// How long the first waits for others when nothing is written, in milliseconds.
const DEFAULT_WAIT_MS: i64 = 1_000;

const WAIT: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(60),
    words: "from 0s to 60s",
};

/// Reads a table of max and wait; nothing where it is empty. What a preset sends is made of one event, so that where it has
/// a shape of its own, a body must be written.
pub(super) fn read(
    written: &Written,
    (preset, has_body): (Preset, bool),
) -> Result<Option<Batching>, Vec<Refusal>> {
    let entries = written.table()?;
    if entries.is_empty() {
        return Ok(None);
    }
    let of_one = preset.body().is_some() || preset == Preset::StandardWebhooks;
    if preset == Preset::Smtp {
        let why = Invalid("a letter is written of one event; leave it out".to_owned());
        return Err(vec![(written.place.clone(), why)]);
    }
    if of_one && !has_body {
        let why = format!(
            "what the preset {} sends is made of one event; write a body made of `events`",
            preset.as_str()
        );
        return Err(vec![(written.place.clone(), Invalid(why))]);
    }
    let mut fields = Fields::open("destination.batch", &KEYS, (&written.place, entries));
    let bound = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let bounds = bound(BATCH_LEAST)..=bound(BATCH_MOST);
    let most = fields.required("max", |written| written.integer(bounds));
    let wait = fields.optional("wait", |written| written.one(|text| duration::parse(text, WAIT)));
    fields.into_refusals()?;
    let most = most.and_then(|most| usize::try_from(most).ok());
    let wait_ms = wait.and_then(|wait| i64::try_from(wait.as_millis()).ok());
    Ok(most.map(|most| Batching {
        most,
        wait_ms: wait_ms.unwrap_or(DEFAULT_WAIT_MS),
    }))
}
