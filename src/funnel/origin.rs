//! Where a visit came from: what its query and its referrer say.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::model::funnel::{Label, Origin};

/// So many parameters of a query are looked at.
const PARAMETERS_MOST: usize = 100;

/// Parameters that advertisers add to a click, and who they are.
const CLICK_IDS: [(&str, &str); 17] = [
    ("gclid", "google"),
    ("gbraid", "google"),
    ("wbraid", "google"),
    ("dclid", "google"),
    ("fbclid", "facebook"),
    ("msclkid", "bing"),
    ("ttclid", "tiktok"),
    ("twclid", "x"),
    ("li_fat_id", "linkedin"),
    ("igshid", "instagram"),
    ("igsh", "instagram"),
    ("rdt_cid", "reddit"),
    ("sccid", "snapchat"),
    ("epik", "pinterest"),
    ("yclid", "yandex"),
    ("mc_eid", "mailchimp"),
    ("_kx", "klaviyo"),
];

/// What a visit says of where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// The address of the page before.
    pub(super) referrer: Option<&'a str>,
    pub(super) variant: Option<&'a str>,
}

impl Said<'_> {
    /// Where it came from: `utm_source`, else whose click it was, else `ref`, else the referrer's domain, else nobody.
    pub(super) fn origin(&self) -> Origin {
        let found = self.query.map(Found::of).unwrap_or_default();
        let referrer = self.referrer.and_then(domain);
        let referrer = referrer.filter(|domain| *domain != bare(self.host));
        let referrer = referrer.and_then(|domain| Label::named(&domain));
        let click = found.click.and_then(Label::named);
        let source = found
            .source
            .or(click)
            .or(found.named)
            .or_else(|| referrer.clone());
        Origin {
            source: source.unwrap_or_else(Label::direct),
            campaign: found.campaign.unwrap_or_else(Label::none),
            referrer: referrer.unwrap_or_else(Label::none),
            path: Label::exact(self.path).unwrap_or_else(Label::other),
            variant: self.variant.and_then(Label::exact).unwrap_or_else(Label::none),
        }
    }
}

/// What a query says. Of a parameter that stands twice the first counts.
#[derive(Default)]
struct Found {
    source: Option<Label>,
    campaign: Option<Label>,
    click: Option<&'static str>,
    named: Option<Label>,
}

impl Found {
    fn of(query: &str) -> Self {
        let mut found = Self::default();
        let first = |label: &mut Option<Label>, value: Cow<'_, str>| {
            if label.is_none() {
                *label = Label::named(&value);
            }
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MOST) {
            match name.to_ascii_lowercase().as_str() {
                "utm_source" => first(&mut found.source, value),
                "utm_campaign" => first(&mut found.campaign, value),
                "ref" => first(&mut found.named, value),
                name if found.click.is_none() && !value.is_empty() => {
                    let id = CLICK_IDS.iter().find(|(known, _)| *known == name);
                    found.click = id.map(|(_, whose)| *whose);
                }
                _ => {}
            }
        }
        found
    }
}

/// The domain of an address, without `www.` and port, in small letters.
fn domain(address: &str) -> Option<String> {
    let (_, behind) = address.split_once("://")?;
    let authority = behind.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = bare(host);
    (!host.is_empty()).then_some(host)
}

/// A host without `www.` and port, in small letters.
fn bare(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("www.").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(query: &str, referrer: Option<&str>) -> [String; 3] {
        let said = Said {
            host: "www.shop.example:8080",
            path: "/launch",
            query: Some(query),
            referrer,
            variant: None,
        };
        let origin = said.origin();
        [origin.source, origin.campaign, origin.referrer].map(|label| label.to_string())
    }

    #[test]
    fn the_first_that_says_where_a_visit_came_from_counts() {
        let news = Some("https://News.Example/item?id=1");
        let cases = [
            (
                "utm_source=PH&utm_campaign=Launch+Day&gclid=x&ref=y",
                news,
                ["ph", "launch day", "news.example"],
            ),
            ("gclid=x&ref=y", news, ["google", "none", "news.example"]),
            ("fbclid=x", None, ["facebook", "none", "none"]),
            ("ref=hn", news, ["hn", "none", "news.example"]),
            ("", news, ["news.example", "none", "news.example"]),
            ("utm_source=&gclid=", None, ["direct", "none", "none"]),
            ("UTM_SOURCE=a%20b&utm_source=c", None, ["a b", "none", "none"]),
            ("utm_source=a%00b", None, ["other", "none", "none"]),
            (
                "",
                Some("http://shop.example/pricing"),
                ["direct", "none", "none"],
            ),
            (
                "",
                Some("https://user@www.google.com:443"),
                ["google.com", "none", "google.com"],
            ),
            (
                "",
                Some("android-app://com.slack/"),
                ["com.slack", "none", "com.slack"],
            ),
            ("", Some("nonsense"), ["direct", "none", "none"]),
        ];
        for (query, referrer, expected) in cases {
            assert_eq!(
                origin(query, referrer),
                expected.map(str::to_owned),
                "{query} {referrer:?}"
            );
        }
    }

    #[test]
    fn a_query_of_nonsense_is_looked_at_as_far_as_it_goes() {
        let many: String = (0..PARAMETERS_MOST).map(|n| format!("p{n}=1&")).collect();
        assert_eq!(origin(&format!("{many}utm_source=late"), None)[0], "direct");
        assert_eq!(origin("%%%&=&&&utm_source", None)[0], "direct");
    }
}
