//! HubSpot: a contact, made or brought up to date by its address, so that a repeat is no conflict.
//!
//! Shape: <https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/batch/post-crm-v3-objects-contacts-batch-upsert>.
//! Window: <https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>, 100 calls in 10 seconds for the
//! smallest accounts. Its headers tell a span and no reset, so they are not read.

use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    url: Some("https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert"),
    body: Some(
        r#"{"inputs": [{"idProperty": "email", "id": {{ payload.email | tojson }},
  "properties": {{ payload.properties | default({"email": payload.email}) | tojson }}}]}"#,
    ),
    windows: &["100/10s"],
    ..Defaults::NONE
};
