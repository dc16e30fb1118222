//! Destinations: whom events are delivered to, and at what pace.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use url::Url;

use super::auth::{self, Auth, Way};
use super::duration::{self, Bounds};
use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::mail::{self, MailTemplates};
use super::pacing::{self, QuotaProfile};
use super::preset::Preset;
use super::rate::Rate;
use super::secret::SecretRef;
use super::signing::{self, SigningKey};
use super::sources::Sources;
use super::text::TemplateText;
use super::transport::{self, Transport};
use super::written::{Refusal, Written};
use super::{batch, header, url as address};
use crate::model::ids::DestinationName;
use crate::model::lane::batch::Batching;
use crate::model::lane::breaker::BreakerPolicy;
use crate::model::lane::window::Window;
use crate::model::retry::RetryPolicy;

/// The keys of `[[destination]]`, in the order of the packaged file.
pub(super) const KEYS: [&str; 23] = [
    "name",
    "preset",
    "url",
    "method",
    "headers",
    "auth",
    "body",
    "mail",
    "batch",
    "rate",
    "pace_jitter",
    "window",
    "quota",
    "quota_group",
    "concurrency",
    "timeout",
    "http_version",
    "tls_ca",
    "tls_cert",
    "tls_key",
    "retry",
    "breaker",
    "signing_secret",
];
/// The keys that a letter has nothing for.
const KEYS_OF_HTTP: [&str; 5] = ["method", "headers", "body", "http_version", "signing_secret"];
/// The keys of `retry`.
const RETRY_KEYS: [&str; 5] = ["for", "base", "cap", "jitter", "attempts"];

/// Spacing between sends varies by this share when nothing is written.
const DEFAULT_PACE_JITTER: f64 = 0.2;
/// The most it can vary by either way: at a half, the widest spacing is three times the narrowest.
pub const PACE_JITTER_MOST: f64 = 0.5;
/// Calls at once when nothing is written.
const DEFAULT_CONCURRENCY: NonZeroU16 = NonZeroU16::new(8).expect("not zero");
/// The most calls at once to one receiver: what its connections cost stays bounded.
const CONCURRENCY_MOST: i64 = 256;
/// The most attempts that can be asked for; at the longest wait they take six weeks.
const ATTEMPTS_MOST: i64 = 1_000;
/// The time for one call when nothing is written.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

const TIMEOUT: Bounds = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_secs(120),
    words: "from 1ms to 120s",
};
const RETRY_FOR: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(30 * 86_400),
    words: "from 0s to 30d",
};
const RETRY_WAIT: Bounds = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_secs(86_400),
    words: "from 1ms to 24h",
};

/// Whom events are delivered to. Printing one shows neither header values nor more of the URL than its origin.
#[derive(Clone, PartialEq)]
pub struct Destination {
    /// Its name, unlike every other's: letters, digits, `-`, `_` and `.`.
    pub name: DestinationName,
    /// Whose API it is: what is not written is as its preset says, and so its answers are judged.
    pub preset: Preset,
    /// Where it listens: http or https, smtp or smtps with `mail`; without user, password and fragment.
    pub url: Url,
    /// Path and query, where they are made of the event; then `url` is no more than the origin.
    pub target: Option<TemplateText>,
    /// How it is called.
    pub method: Method,
    /// Sent with every call; those that are secrets are marked sensitive.
    pub headers: HeaderMap,
    /// Those that are made of the event; no name of `headers` among them.
    pub header_templates: Vec<(HeaderName, TemplateText)>,
    /// What is sent; `None`: the whole event as JSON, in the shape of the preset.
    pub body: Option<TemplateText>,
    /// How else every call says who we are: never beside a header `Authorization`, and to a mail server by
    /// [`Auth::Basic`] alone.
    pub auth: Option<Auth>,
    /// What a letter is written of, where it is a mail server; nothing of HTTP holds then.
    pub mail: Option<MailTemplates>,
    /// How several deliveries share a call, if they do; templates are then of several events.
    pub batch: Option<Batching>,
    /// How often it may be called.
    pub rate: Rate,
    /// By which share of its mean the spacing between calls varies either way, 0 to [`PACE_JITTER_MOST`].
    pub pace_jitter: f64,
    /// How many calls any span of a length may hold; at most four.
    pub windows: Vec<Window>,
    /// How its answers speak of a quota, if they are listened to.
    pub quota: Option<QuotaProfile>,
    /// With whom it shares rate, windows and quota: destinations of the same group.
    pub quota_group: Option<String>,
    /// How many calls may be under way at once, at most 256.
    pub concurrency: NonZeroU16,
    /// The time one call may take, from 1 ms to 120 s.
    pub timeout: Duration,
    /// How it is reached.
    pub transport: Transport,
    /// What follows a failed call.
    pub retry: RetryPolicy,
    /// When calls stop because they fail; `None`: never.
    pub breaker: Option<BreakerPolicy>,
    /// What every call is signed with; nothing: it is not signed.
    pub signing_keys: Vec<SigningKey>,
}

/// The method of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

impl Destination {
    /// A destination with every default: 10/s, eight calls at once, ten seconds each, retried for a day.
    #[must_use]
    pub fn new(name: DestinationName, url: Url) -> Self {
        Self {
            name,
            preset: Preset::default(),
            url,
            target: None,
            method: Method::default(),
            headers: HeaderMap::new(),
            header_templates: Vec::new(),
            body: None,
            auth: None,
            mail: None,
            batch: None,
            rate: default_rate(),
            pace_jitter: DEFAULT_PACE_JITTER,
            windows: Vec::new(),
            quota: None,
            quota_group: None,
            concurrency: DEFAULT_CONCURRENCY,
            timeout: DEFAULT_TIMEOUT,
            transport: Transport::default(),
            retry: RetryPolicy::default(),
            breaker: Some(BreakerPolicy::default()),
            signing_keys: Vec::new(),
        }
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination")
            .field("name", &self.name.as_str())
            .field("preset", &self.preset)
            .field("url", &address::origin(&self.url))
            .field("target", &self.target.is_some())
            .field("method", &self.method)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("header_templates", &names(&self.header_templates))
            .field("body", &self.body.is_some())
            .field("auth", &self.auth)
            .field("mail", &self.mail.is_some())
            .field("batch", &self.batch)
            .field("rate", &self.rate)
            .field("pace_jitter", &self.pace_jitter)
            .field("windows", &self.windows)
            .field("quota", &self.quota)
            .field("quota_group", &self.quota_group)
            .field("concurrency", &self.concurrency)
            .field("timeout", &self.timeout)
            .field("transport", &self.transport)
            .field("retry", &self.retry)
            .field("breaker", &self.breaker)
            .field("signing_keys", &self.signing_keys)
            .finish()
    }
}

fn names(templates: &[(HeaderName, TemplateText)]) -> Vec<&HeaderName> {
    templates.iter().map(|(name, _)| name).collect()
}

impl Method {
    /// As it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl FromStr for Method {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let all = [Self::Post, Self::Put, Self::Patch];
        all.into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| {
                Invalid(format!(
                    r#"{} is not a method of deliveries; write "POST", "PUT" or "PATCH""#,
                    shown(text)
                ))
            })
    }
}

/// Reads one `[[destination]]`; nothing comes back where name or URL are missing or wrong.
pub(super) fn read(
    table: (&Place, &[(String, Written)]),
    sources: &Sources,
) -> (Option<Destination>, Vec<Fault>) {
    let mut fields = Fields::open("destination", &KEYS, table);
    let name = fields.required("name", |written| written.one(parse_name));
    let preset: Preset = fields
        .optional("preset", |written| written.one(str::parse))
        .unwrap_or_default();
    let url = read_url(&mut fields, preset, sources);
    let method = fields.optional("method", |written| written.one(str::parse));
    let headers = fields.optional("headers", |written| header::read(written, sources));
    let body = fields.optional("body", |written| TemplateText::read("destination.body", written));
    let auth = fields.optional("auth", |written| {
        let written_headers = headers.as_ref().map(|(headers, _)| headers);
        let way = match preset {
            Preset::Smtp => Way::Mail,
            _ => Way::Http(written_headers),
        };
        auth::read(written, &way, sources)
    });
    let mail = read_mail(&mut fields, preset);
    let batch = fields.optional("batch", |written| batch::read(written, (preset, body.is_some())));
    let rate = fields.optional("rate", |written| written.one(str::parse));
    let pace_jitter = fields.optional("pace_jitter", read_pace_jitter);
    let windows = fields.optional("window", pacing::windows);
    let quota = fields.optional("quota", pacing::quota);
    let quota_group = fields.optional("quota_group", pacing::group);
    let concurrency = fields.optional("concurrency", |written| written.integer(1..=CONCURRENCY_MOST));
    let timeout = fields.optional("timeout", |written| {
        written.one(|text| duration::parse(text, TIMEOUT))
    });
    let transport = transport::read(&mut fields, url.as_ref().map(|(url, _)| url), sources);
    let retry = fields.optional("retry", read_retry);
    let breaker = fields.optional("breaker", pacing::breaker);
    let signing_keys = match preset {
        Preset::StandardWebhooks => fields.required("signing_secret", |w| signing::keys(w, sources)),
        _ => fields.optional("signing_secret", |w| signing::keys(w, sources)),
    };
    let (mut headers, header_templates) = headers.unwrap_or_default();
    preset.complete(&mut headers);
    let read = name.zip(url).map(|(name, (url, target))| Destination {
        preset,
        target,
        method: method.unwrap_or_default(),
        headers,
        header_templates,
        body: body.or_else(|| preset.body()),
        auth: auth.flatten(),
        mail,
        batch: batch.flatten(),
        rate: rate.or_else(|| preset.rate()).unwrap_or_else(default_rate),
        pace_jitter: pace_jitter.unwrap_or(DEFAULT_PACE_JITTER),
        windows: windows.unwrap_or_else(|| preset.windows()),
        quota: quota.unwrap_or_else(|| preset.quota()),
        quota_group: quota_group.flatten(),
        concurrency: concurrency
            .and_then(|n| u16::try_from(n).ok().and_then(NonZeroU16::new))
            .unwrap_or(DEFAULT_CONCURRENCY),
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
        transport,
        retry: retry.unwrap_or_default(),
        breaker: breaker.unwrap_or(Some(BreakerPolicy::default())),
        signing_keys: signing_keys.unwrap_or_default(),
        ..Destination::new(name, url)
    });
    (read, fields.faults())
}

/// A name stands in addresses, on command lines and in metrics.
pub(super) fn parse_name(text: &str) -> Result<DestinationName, Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let refuse = |why: &str| Invalid(format!("{} {why}", shown(text)));
    let name = DestinationName::parse(text).map_err(|bad| refuse(&bad.to_string()))?;
    if !text.chars().all(plain) || text == "." || text == ".." {
        return Err(refuse("may only contain letters, digits, '-', '_' and '.'"));
    }
    Ok(name)
}

/// The address and the template of its path and query. A preset may have an address of its own.
fn read_url(
    fields: &mut Fields<'_>,
    preset: Preset,
    sources: &Sources,
) -> Option<(Url, Option<TemplateText>)> {
    let read = |written: &Written| {
        let (url, target) = written.one(|text| match preset {
            Preset::Smtp => address::mail_server(text).map(|url| (url, None)),
            _ => parse_url(text, sources),
        })?;
        let place = written.text_place.clone();
        Ok((
            url,
            target.map(|text| TemplateText::new("destination.url", text, place)),
        ))
    };
    match preset.url() {
        Some(url) => fields.optional_or("url", read, || (url, None)),
        None => fields.required("url", read),
    }
}

/// A mail server is sent letters and nothing else, and nobody else is sent one.
fn read_mail(fields: &mut Fields<'_>, preset: Preset) -> Option<MailTemplates> {
    if preset != Preset::Smtp {
        fields.forbid("mail", r#"is for preset = "smtp" alone"#);
        return None;
    }
    for key in KEYS_OF_HTTP {
        fields.forbid(key, "is nothing that a letter has; write it in mail");
    }
    fields.required("mail", mail::read)
}

/// A URL, or the secret that holds one: a chat's webhook is known by its path alone.
fn parse_url(text: &str, sources: &Sources) -> Result<(Url, Option<String>), Invalid> {
    if !SecretRef::is_written_as_one(text) {
        return address::read(text);
    }
    let secret = text.parse::<SecretRef>()?.resolve(sources)?;
    address::read(secret.expose()).map_err(|Invalid(why)| Invalid(format!("the URL it names {why}")))
}

fn read_pace_jitter(written: &Written) -> Result<f64, Vec<Refusal>> {
    match written.fraction()? {
        share if share <= PACE_JITTER_MOST => Ok(share),
        share => {
            let why = Invalid(format!("{share} is not a number from 0 to {PACE_JITTER_MOST}"));
            Err(vec![(written.place.clone(), why)])
        }
    }
}

fn read_retry(written: &Written) -> Result<RetryPolicy, Vec<Refusal>> {
    let mut fields = Fields::open(
        "destination.retry",
        &RETRY_KEYS,
        (&written.place, written.table()?),
    );
    let default = RetryPolicy::default();
    let mut ms = |name, bounds, default| {
        let read = fields.optional(name, |written| written.one(|text| duration::parse(text, bounds)));
        read.map_or(default, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    };
    let keep_trying_ms = ms("for", RETRY_FOR, default.keep_trying_ms);
    let base_ms = ms("base", RETRY_WAIT, default.base_ms);
    let cap_ms = ms("cap", RETRY_WAIT, default.cap_ms);
    let jitter = fields.optional("jitter", |written| written.fraction());
    let attempts = fields.optional("attempts", |written| written.integer(1..=ATTEMPTS_MOST));
    if base_ms > cap_ms {
        let why = Invalid("is longer than cap, the longest wait".to_owned());
        fields.refuse("base", vec![(written.place.clone(), why)]);
    }
    fields.into_refusals().map(|()| RetryPolicy {
        keep_trying_ms,
        attempts: attempts.and_then(|n| u32::try_from(n).ok()),
        base_ms,
        cap_ms,
        jitter: jitter.unwrap_or(default.jitter),
    })
}

/// Ten calls a second, one at a time.
fn default_rate() -> Rate {
    Rate {
        count: NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN),
        per: Duration::from_secs(1),
        burst: NonZeroU32::MIN,
    }
}
