//! Mailgun: a message, as a form. The address holds the domain that is sent from, and is elsewhere for the EU.
//!
//! Shape: <https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages/post-v3--domain-name--messages>.
//! It has limits and publishes none (<https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages>).

use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    content_type: Some("application/x-www-form-urlencoded"),
    body: Some(
        "from={{ payload.from }}
&to={{ payload.to | default(payload.email) }}
&subject={{ payload.subject | default(type) }}
&text={{ payload.text | default(payload | tojson) }}
{% if payload.html is defined %}&html={{ payload.html }}{% endif %}",
    ),
    ..Defaults::NONE
};
