//! Slack: incoming webhooks, one message each. The address is the secret.
//!
//! Shape: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>. Pace:
//! <https://docs.slack.dev/apis/web-api/rate-limits>, "no more than one message per second", short bursts let pass.

use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    body: Some(r#"{"text": {{ payload.text | default(type ~ " from " ~ source) | tojson }}}"#),
    rate: Some("1/s"),
    ..Defaults::NONE
};
