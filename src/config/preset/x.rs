//! X: a post.
//!
//! Shape: <https://docs.x.com/x-api/posts/create-post>. Window and quota: <https://docs.x.com/x-api/fundamentals/rate-limits>,
//! 100 posts of a user in 15 minutes, `x-rate-limit-*` with the reset in seconds since the epoch.

use super::super::pacing::QuotaProfile;
use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults {
    url: Some("https://api.x.com/2/tweets"),
    body: Some(r#"{"text": {{ payload.text | tojson }}}"#),
    windows: &["100/15m"],
    quota: || Some(QuotaProfile::X),
    ..Defaults::NONE
};
