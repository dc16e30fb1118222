//! Product Hunt: a query of its GraphQL API.
//!
//! Quota: <https://api.producthunt.com/v2/docs/rate_limits/headers>, 6,250 points of complexity in 15 minutes, the reset in
//! seconds from now. What a query costs is learned, so no window in calls is set.

use super::super::pacing::QuotaProfile;
use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    url: Some("https://api.producthunt.com/v2/api/graphql"),
    body: Some(
        r#"{"query": {{ payload.query | tojson }}, "variables": {{ payload.variables | default({}) | tojson }}}"#,
    ),
    quota: || Some(QuotaProfile::ProductHunt),
    ..Defaults::NONE
};
