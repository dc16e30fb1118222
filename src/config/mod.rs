//! Config: what the maker wrote, made into types that cannot be wrong.
//!
//! Flow: [`Sources`] are gathered (file, environment, flags) → every written value is found and named by its place →
//! the schema reads each into a [`Config`] → secrets are fetched → a configuration, or [`Faults`]: all of them at once.
//! Order of precedence: default < file < environment < flag.
//!
//! Invariants: a `Config` that exists is valid. A value that was written and not understood is never skipped. No
//! message repeats a secret. This room alone reads the environment.
//!
//! It does not know what a value is for: slices are handed their section and nothing else.

mod address;
mod alerts;
mod auth;
mod backup;
mod batch;
mod destination;
mod duration;
mod export;
mod fault;
mod fields;
mod file;
mod form;
mod funnel;
mod goal;
mod header;
mod https;
mod json;
mod launch;
mod load;
mod mail;
mod named;
mod nearest;
mod otlp;
mod pacing;
mod pages;
mod preset;
mod producthunt;
mod proxies;
mod rate;
mod reload;
mod retention;
mod route;
mod schedule;
mod schema;
mod secret;
mod signing;
mod sources;
mod tables;
mod text;
mod transport;
mod twice;
mod url;
mod webhook;
mod written;

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

use crate::model::event::Route;
use ipnet::IpNet;

pub use address::{Origin, Prefix, PublicUrl};
pub use alerts::{AlertRules, Alerts, Heartbeat, Hours};
pub use auth::{Auth, Basic, ClientAuth, OAuth1, OAuth2};
pub use backup::Backup;
pub use destination::{Destination, Method, PACE_JITTER_MOST};
pub use export::{Export, Postgres};
pub use fault::{Fault, Faults, Invalid, Place};
pub use form::{FieldKind, Form, FormField, Need};
pub use funnel::Funnel;
pub use https::{Acme, CertificateFiles, PemFile, PlainHttp};
pub use launch::Launch;
pub use load::{Checks, load, load_checked};
pub use mail::MailTemplates;
pub use otlp::{Compression, Otlp};
pub use pacing::{QuotaFields, QuotaProfile, ResetUnit};
pub use pages::{ErrorPage, Origins, PageRule, PageVariant, Pages, PathPattern, Site};
pub use preset::Preset;
pub use producthunt::{Post, ProductHunt};
pub use proxies::TrustedProxies;
pub use rate::Rate;
pub use reload::{Reload, reload_difference};
pub use retention::Retention;
pub use schedule::{Schedule, ScheduledEvent};
pub use schema::keys;
pub use secret::Secret;
pub use signing::SigningKey;
pub use sources::{ConfigFile, DEFAULT_PATH, Overrides, ReadSecret, SourceError, Sources};
pub use text::TemplateText;
pub use transport::{HttpVersion, Identity, Pem, Transport};
pub use webhook::{
    Encoding, HmacAlgorithm, HmacScheme, SignedPart, TimestampHeader, VerifyingKey, Webhook, WebhookPreset,
    WebhookScheme,
};

/// The configuration a user receives: every key at its default, with its comment. Reads as [`Config::default`].
pub const DEFAULT_TOML: &str = include_str!("../../packaging/gantry.toml");

/// The whole configuration; one struct per slice. `default()` is what runs when nothing is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: Store,
    /// `[limits]`
    pub limits: Limits,
    /// `[polls]`
    pub polls: Polls,
    /// `[pages]`
    pub pages: Pages,
    /// `[funnel]`
    pub funnel: Funnel,
    /// `[launch]`
    pub launch: Launch,
    /// `[producthunt]`
    pub producthunt: ProductHunt,
    /// `[egress]`
    pub egress: Egress,
    /// `[alerts]`
    pub alerts: Alerts,
    /// `[backup]`
    pub backup: Backup,
    /// `[retention]`
    pub retention: Retention,
    /// `[export.postgres]`
    pub export: Export,
    /// `[telemetry]`
    pub telemetry: Telemetry,
    /// `[[destination]]`, in the order of the file; no two of one name.
    pub destinations: Vec<Destination>,
    /// `[[route]]`, in the order of the file; to destinations that exist.
    pub routes: Vec<Route>,
    /// `[[webhook]]`, in the order of the file; no two of one source.
    pub webhooks: Vec<Webhook>,
    /// `[[schedule]]`, in the order of the file; no two of one name.
    pub schedules: Vec<Schedule>,
    /// `[[form]]`, in the order of the file; no two of one name.
    pub forms: Vec<Form>,
    /// Which secrets are used, as they are written (`env:NAME`), in the order of the alphabet, each once. Never what they are.
    pub secrets: Vec<String>,
}

/// Where we listen and whom we believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address for visitors, votes and keyed intake. Port 0 takes any free port.
    pub public: SocketAddr,
    /// Address for dashboard, admin API and metrics. Never the same as `public`.
    pub admin: SocketAddr,
    /// What stands before our public paths.
    pub prefix: Prefix,
    /// Where visitors reach the public address; `None`: where it is bound.
    pub public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Origins whose pages may call the public address.
    pub cors_origins: Vec<Origin>,
    /// Names of the site. With one or more, the public address speaks HTTPS.
    pub domains: Vec<String>,
    /// The dashboard's own name: by HTTPS, on both addresses. Never one of `domains`.
    pub admin_domain: Option<String>,
    /// Where plain HTTP is answered with the way to HTTPS.
    pub http: PlainHttp,
    /// The certificate for all those names; `None`: each gets its own from an authority.
    pub files: Option<CertificateFiles>,
    /// That authority.
    pub acme: Acme,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            public: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin: SocketAddr::from(([127, 0, 0, 1], 8081)),
            prefix: Prefix::default(),
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            cors_origins: Vec::new(),
            domains: Vec::new(),
            admin_domain: None,
            http: PlainHttp::default(),
            files: None,
            acme: Acme::default(),
        }
    }
}

/// The data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Path of the data file; relative paths start at the working directory. Never empty.
    pub path: PathBuf,
    /// Memory for the store's page cache, in MiB.
    pub cache_mib: NonZeroU16,
}

impl Store {
    /// The page cache in bytes.
    #[must_use]
    pub fn cache_bytes(&self) -> usize {
        usize::from(self.cache_mib.get()) << 20
    }
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: PathBuf::from("gantry.redb"),
            cache_mib: schema::DEFAULT_CACHE_MIB,
        }
    }
}

/// Limits per client address; `None` is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `POST /api/vote`.
    pub vote: Option<Rate>,
    /// `POST /api/convert` and `POST /api/view`.
    pub convert: Option<Rate>,
    /// `POST /api/forms/{name}`.
    pub form: Option<Rate>,
    /// Pages and reads on the public address.
    pub page: Option<Rate>,
    /// Webhooks.
    pub webhook: Option<Rate>,
    /// Events of clients with a key.
    pub ingest: Option<Rate>,
    /// Failed attempts to authenticate.
    pub auth: Option<Rate>,
}

impl Default for Limits {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        let rate = |count: u32, per, burst: u32| {
            let count = NonZeroU32::new(count)?;
            let burst = NonZeroU32::new(burst)?;
            Some(Rate { count, per, burst })
        };
        Self {
            vote: rate(10, SECOND, 20),
            convert: rate(10, SECOND, 20),
            form: rate(5, 60 * SECOND, 5),
            page: rate(500, 60 * SECOND, 200),
            webhook: rate(50, SECOND, 100),
            ingest: None,
            auth: rate(1, 300 * SECOND, 3),
        }
    }
}

/// Live polls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polls {
    /// Key of the HMAC that proves a voter in polls with signed voters; `None`: such polls cannot be voted in.
    pub voter_secret: Option<Secret>,
}

/// Where deliveries may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Egress {
    /// Networks that destinations may reach although they are private.
    pub allow: Vec<IpNet>,
}

/// What the process says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// Form of the log.
    pub log: LogFormat,
    /// The least severe level that is logged.
    pub level: LogLevel,
    /// Where spans go; `None`: there are none.
    pub otlp: Option<Otlp>,
}

/// Form of the log on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The least severe level that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what may become a failure.
    Warn,
    /// And what an operator wants to know.
    #[default]
    Info,
    /// And what a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

#[cfg(test)]
mod tests;
