//! Standard Webhooks: `{"type", "timestamp", "data"}`, signed
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, "Payload structure").
//!
//! The body is not a template, so that the payload is sent to the letter: no number loses a digit.

use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults::NONE;
