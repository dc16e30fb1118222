//! SendGrid: a mail, v3.
//!
//! Shape: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>. Quota:
//! <https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits>, the reset in seconds
//! since the epoch; it publishes no rate for mail.

use http::HeaderName;

use super::super::pacing::{QuotaFields, QuotaProfile, ResetUnit};
use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    url: Some("https://api.sendgrid.com/v3/mail/send"),
    body: Some(
        r#"{
  "personalizations": [{"to": [{"email": {{ payload.to | default(payload.email) | tojson }}}]}],
  "from": {"email": {{ payload.from | tojson }}},
  "subject": {{ payload.subject | default(type) | tojson }},
  "content": [{"type": "text/plain", "value": {{ payload.text | default(payload | tojson) | tojson }}}
    {%- if payload.html is defined %}, {"type": "text/html", "value": {{ payload.html | tojson }}}{% endif %}]
}"#,
    ),
    quota: || {
        Some(QuotaProfile::Custom(QuotaFields {
            limit: Some(HeaderName::from_static("x-ratelimit-limit")),
            remaining: HeaderName::from_static("x-ratelimit-remaining"),
            reset: HeaderName::from_static("x-ratelimit-reset"),
            unit: ResetUnit::EpochSeconds,
        }))
    },
    ..Defaults::NONE
};
