//! Presets: what a vendor's API is known to want, for whatever a destination does not say itself.
//!
//! One file a vendor: an address where there is one for everybody, the shape of the body, the quota its answers speak of,
//! and the rate or window it publishes, each from the page the file names. What is written wins, key by key. How a
//! vendor's answers are judged is not here but where answers are.
//!
//! `README.md` beside this file shows a configuration and an event for each; a test reads it.

mod hubspot;
mod mailgun;
mod producthunt;
mod sendgrid;
mod slack;
mod smtp;
mod standard_webhooks;
mod x;

use std::str::FromStr;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::fault::{Invalid, Place, shown};
use super::pacing::{self, QuotaProfile};
use super::rate::Rate;
use super::text::TemplateText;
use crate::model::lane::window::Window;

/// Whose API a destination is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Anybody's: the whole event as JSON, judged as HTTP says.
    #[default]
    Http,
    /// Slack's incoming webhooks.
    Slack,
    /// Mailgun's messages.
    Mailgun,
    /// SendGrid's mail.
    SendGrid,
    /// A mail server.
    Smtp,
    /// Posts on X.
    X,
    /// Product Hunt's GraphQL.
    ProductHunt,
    /// HubSpot's contacts.
    HubSpot,
    /// Whoever takes Standard Webhooks.
    StandardWebhooks,
}

/// What holds where nothing is written.
pub(super) struct Defaults {
    /// The address, where it is the same for everybody.
    url: Option<&'static str>,
    /// The type of the body, where it is not JSON.
    content_type: Option<&'static str>,
    /// A template of the body.
    body: Option<&'static str>,
    /// The rate that is published, as it would be written.
    rate: Option<&'static str>,
    /// The windows that are published, as they would be written.
    windows: &'static [&'static str],
    /// How answers speak of a quota.
    quota: fn() -> Option<QuotaProfile>,
}

impl Defaults {
    /// Those of every destination.
    const NONE: Self = Self {
        url: None,
        content_type: None,
        body: None,
        rate: None,
        windows: &[],
        quota: || None,
    };
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 9] = [
        Self::Http,
        Self::Slack,
        Self::Mailgun,
        Self::SendGrid,
        Self::Smtp,
        Self::X,
        Self::ProductHunt,
        Self::HubSpot,
        Self::StandardWebhooks,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Slack => "slack",
            Self::Mailgun => "mailgun",
            Self::SendGrid => "sendgrid",
            Self::Smtp => "smtp",
            Self::X => "x",
            Self::ProductHunt => "producthunt",
            Self::HubSpot => "hubspot",
            Self::StandardWebhooks => "standard-webhooks",
        }
    }

    const fn defaults(self) -> &'static Defaults {
        match self {
            Self::Http => &Defaults::NONE,
            Self::Slack => &slack::DEFAULTS,
            Self::Mailgun => &mailgun::DEFAULTS,
            Self::SendGrid => &sendgrid::DEFAULTS,
            Self::Smtp => &smtp::DEFAULTS,
            Self::X => &x::DEFAULTS,
            Self::ProductHunt => &producthunt::DEFAULTS,
            Self::HubSpot => &hubspot::DEFAULTS,
            Self::StandardWebhooks => &standard_webhooks::DEFAULTS,
        }
    }

    pub(super) fn url(self) -> Option<Url> {
        self.defaults().url?.parse().ok()
    }

    pub(super) fn body(self) -> Option<TemplateText> {
        let text = self.defaults().body?;
        Some(TemplateText::new("destination.body", text, Place::Default))
    }

    pub(super) fn rate(self) -> Option<Rate> {
        self.defaults().rate?.parse().ok()
    }

    pub(super) fn windows(self) -> Vec<Window> {
        let written = self.defaults().windows.iter();
        written.filter_map(|text| pacing::window(text).ok()).collect()
    }

    pub(super) fn quota(self) -> Option<QuotaProfile> {
        (self.defaults().quota)()
    }

    /// Adds the type of the body, unless there is one.
    pub(super) fn complete(self, headers: &mut HeaderMap) {
        if let Some(content_type) = self.defaults().content_type {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(content_type));
        }
    }
}

impl FromStr for Preset {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|preset| preset.as_str() == text);
        found.ok_or_else(|| {
            let names: Vec<String> = Self::ALL
                .iter()
                .map(|preset| format!("{:?}", preset.as_str()))
                .collect();
            Invalid(format!(
                "{} is not a preset; write {}",
                shown(text),
                names.join(", ")
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_preset_holds_can_be_read() {
        for preset in Preset::ALL {
            assert_eq!(preset.as_str().parse(), Ok(preset));
            let defaults = preset.defaults();
            assert_eq!(preset.url().is_some(), defaults.url.is_some(), "{preset:?}");
            assert_eq!(preset.rate().is_some(), defaults.rate.is_some(), "{preset:?}");
            assert_eq!(preset.windows().len(), defaults.windows.len(), "{preset:?}");
        }
        let refused = "sendgird".parse::<Preset>().unwrap_err().to_string();
        assert!(
            refused.starts_with(r#""sendgird" is not a preset; write "http", "slack","#),
            "{refused}"
        );
    }
}
