//! The schema: every key there is, how it is read, and whether a running process can take a new value.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use super::alerts::{self, AlertsDraft};
use super::backup;
use super::duration;
use super::export::{self, PostgresDraft};
use super::fault::{Invalid, Place, shown};
use super::funnel;
use super::goal;
use super::https;
use super::launch;
use super::otlp::{Otlp, OtlpDraft};
use super::pages::SiteDraft;
use super::producthunt::{self, PostDraft};
use super::proxies::{TrustedProxies, parse_network};
use super::rate::Rate;
use super::retention;
use super::secret::SecretRef;
use super::written::{Refusal, Written};
use super::{Config, LogFormat, LogLevel, Post, pages, url};
use crate::model::alert::Rule;
use crate::model::time::zone::Zone;

/// Memory for the store's page cache when nothing is written, in MiB.
pub(super) const DEFAULT_CACHE_MIB: NonZeroU16 = NonZeroU16::new(64).expect("not zero");

/// What is said of a wrong network in `egress.allow`.
const EGRESS_EXAMPLES: &str = r#""127.0.0.0/8", "10.1.2.3" or "fd00::/8""#;

/// A configuration in the making: typed values, and secrets that are named but not fetched.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) config: Config,
    pub(super) voter_secret: (Place, SecretRef),
    pub(super) origin_secret: (Place, SecretRef),
    pub(super) site: SiteDraft,
    pub(super) otlp: OtlpDraft,
    pub(super) alerts: AlertsDraft,
    pub(super) postgres: PostgresDraft,
    pub(super) https: https::HttpsDraft,
    pub(super) post: PostDraft,
    /// When the launch is, until its zone is known.
    pub(super) launch_at: Option<(Place, launch::Time)>,
    /// The launch's zone, where one is written.
    pub(super) launch_zone: Option<Zone>,
    /// Places of the two addresses, for the fault of writing the same twice.
    pub(super) public_at: Place,
    pub(super) admin_at: Place,
}

impl Draft {
    /// All defaults.
    pub(super) fn new() -> Self {
        Self {
            config: Config::default(),
            voter_secret: (Place::Default, SecretRef::Variable("VOTER_SECRET".to_owned())),
            origin_secret: (Place::Default, SecretRef::Variable("ORIGIN_SECRET".to_owned())),
            site: SiteDraft::default(),
            otlp: OtlpDraft::default(),
            alerts: AlertsDraft::default(),
            postgres: PostgresDraft::default(),
            https: https::HttpsDraft::default(),
            post: PostDraft::default(),
            launch_at: None,
            launch_zone: None,
            public_at: Place::Default,
            admin_at: Place::Default,
        }
    }
}

/// What a running process can do about a changed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Takes effect at once.
    Applies,
    /// Takes effect at the next start.
    NeedsRestart,
}

/// One key.
pub(super) struct Key {
    /// Its section and name: `limits.vote`.
    pub(super) name: &'static str,
    pub(super) change: Change,
    /// Reads a written value into the draft.
    pub(super) set: fn(&mut Draft, &Written) -> Result<(), Vec<Refusal>>,
    /// Whether two configurations agree on it.
    pub(super) same: fn(&Config, &Config) -> bool,
}

/// `section.key` on a configuration: the key's entry in [`KEYS`].
macro_rules! key {
    ($section:ident . $field:ident, $change:ident, $set:expr) => {
        Key {
            name: concat!(stringify!($section), ".", stringify!($field)),
            change: Change::$change,
            set: $set,
            same: |a, b| a.$section.$field == b.$section.$field,
        }
    };
}

/// The key of a rule of alerts.
macro_rules! rule {
    ($name:literal, $rule:ident) => {
        Key {
            name: concat!("alerts.rules.", $name),
            change: Change::Applies,
            set: |draft, written| alerts::set_rule(draft, Rule::$rule, written),
            same: |a, b| a.alerts.rules.of(Rule::$rule) == b.alerts.rules.of(Rule::$rule),
        }
    };
}

/// Every key, in the order of the packaged file.
pub(super) const KEYS: &[Key] = &[
    key!(server.public, NeedsRestart, |draft, written| {
        draft.config.server.public = written.one(socket)?;
        draft.public_at = written.place.clone();
        Ok(())
    }),
    key!(server.admin, NeedsRestart, |draft, written| {
        draft.config.server.admin = written.one(socket)?;
        draft.admin_at = written.place.clone();
        Ok(())
    }),
    key!(server.prefix, NeedsRestart, |draft, written| {
        draft.config.server.prefix = written.one(str::parse)?;
        Ok(())
    }),
    key!(server.public_url, NeedsRestart, |draft, written| {
        draft.config.server.public_url = Some(written.one(str::parse)?);
        Ok(())
    }),
    key!(server.trusted_proxies, Applies, |draft, written| {
        let entries = written.each(TrustedProxies::parse_entry)?;
        draft.config.server.trusted_proxies = TrustedProxies::join(entries);
        Ok(())
    }),
    key!(server.cors_origins, Applies, |draft, written| {
        draft.config.server.cors_origins = written.each(str::parse)?;
        Ok(())
    }),
    key!(server.domains, NeedsRestart, |draft, written| {
        draft.config.server.domains = https::domains(written)?;
        draft.https.domains_at = Some(written.place.clone());
        Ok(())
    }),
    key!(server.admin_domain, NeedsRestart, |draft, written| {
        draft.config.server.admin_domain = written.one(https::admin_domain)?;
        draft.https.admin_at = Some(written.place.clone());
        Ok(())
    }),
    key!(server.http, NeedsRestart, |draft, written| {
        draft.config.server.http = written.one(https::plain_http)?;
        draft.https.http_at = Some(written.place.clone());
        Ok(())
    }),
    Key {
        name: "server.tls_cert",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.https.certificate = https::pem_file(written)?;
            Ok(())
        },
        same: |a, b| certificate(a) == certificate(b),
    },
    Key {
        name: "server.tls_key",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.https.key = https::pem_file(written)?;
            Ok(())
        },
        same: |a, b| private_key(a) == private_key(b),
    },
    Key {
        name: "server.acme_directory",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.config.server.acme.directory = written.one(https::directory)?;
            Ok(())
        },
        same: |a, b| a.server.acme.directory == b.server.acme.directory,
    },
    Key {
        name: "server.acme_email",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.config.server.acme.email = written.one(https::email)?;
            Ok(())
        },
        same: |a, b| a.server.acme.email == b.server.acme.email,
    },
    Key {
        name: "server.acme_ca",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.https.acme_ca = https::pem_file(written)?;
            Ok(())
        },
        same: |a, b| a.server.acme.ca == b.server.acme.ca,
    },
    key!(store.path, NeedsRestart, |draft, written| {
        draft.config.store.path = written.one(path)?;
        Ok(())
    }),
    key!(store.cache_mib, NeedsRestart, |draft, written| {
        // Less than 4 MiB makes every vote read the disk.
        let mib = u16::try_from(written.integer(4..=32_768)?).ok();
        draft.config.store.cache_mib = mib.and_then(NonZeroU16::new).unwrap_or(DEFAULT_CACHE_MIB);
        Ok(())
    }),
    key!(limits.vote, Applies, |draft, written| {
        draft.config.limits.vote = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.convert, Applies, |draft, written| {
        draft.config.limits.convert = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.form, Applies, |draft, written| {
        draft.config.limits.form = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.page, Applies, |draft, written| {
        draft.config.limits.page = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.webhook, Applies, |draft, written| {
        draft.config.limits.webhook = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.ingest, Applies, |draft, written| {
        draft.config.limits.ingest = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(limits.auth, Applies, |draft, written| {
        draft.config.limits.auth = written.one(Rate::parse_or_off)?;
        Ok(())
    }),
    key!(polls.voter_secret, Applies, |draft, written| {
        draft.voter_secret = (written.place.clone(), written.one(str::parse)?);
        Ok(())
    }),
    Key {
        name: "pages.origin",
        change: Change::Applies,
        set: |draft, written| draft.site.set_origin(written),
        same: |a, b| a.pages.origin() == b.pages.origin(),
    },
    Key {
        name: "pages.hosts",
        change: Change::Applies,
        set: |draft, written| draft.site.set_hosts(written),
        same: |a, b| a.pages.hosts() == b.pages.hosts(),
    },
    Key {
        name: "pages.root",
        change: Change::Applies,
        set: |draft, written| draft.site.set_root(written),
        same: |a, b| a.pages.root() == b.pages.root(),
    },
    key!(pages.capacity_mib, NeedsRestart, |draft, written| {
        let mib = u16::try_from(written.integer(1..=32_768)?).ok();
        draft.config.pages.capacity_mib = mib
            .and_then(NonZeroU16::new)
            .unwrap_or(pages::DEFAULT_CAPACITY_MIB);
        Ok(())
    }),
    key!(pages.origin_secret, Applies, |draft, written| {
        draft.origin_secret = (written.place.clone(), written.one(str::parse)?);
        Ok(())
    }),
    key!(pages.strict, NeedsRestart, |draft, written| {
        draft.config.pages.strict = written.truth()?;
        Ok(())
    }),
    key!(pages.error_page, Applies, |draft, written| draft
        .site
        .set_error_page(written)),
    key!(pages.warm_hosts, Applies, |draft, written| {
        draft.config.pages.warm_hosts = pages::warm_hosts(written)?;
        Ok(())
    }),
    key!(funnel.currency, Applies, |draft, written| {
        draft.config.funnel.currency = Some(written.one(funnel::currency)?);
        Ok(())
    }),
    key!(funnel.cost_per_visit, Applies, |draft, written| {
        draft.config.funnel.cost_per_visit = Some(written.one(funnel::cost)?);
        Ok(())
    }),
    key!(funnel.ltv, Applies, |draft, written| {
        draft.config.funnel.ltv = Some(written.one(funnel::worth)?);
        Ok(())
    }),
    key!(funnel.baseline_rate, Applies, |draft, written| {
        draft.config.funnel.baseline_rate = Some(funnel::rate(written)?);
        Ok(())
    }),
    key!(funnel.goals, Applies, |draft, written| {
        draft.config.funnel.goals = goal::goals(written)?;
        Ok(())
    }),
    key!(launch.at, Applies, |draft, written| {
        draft.launch_at = Some((written.place.clone(), written.one(launch::Time::parse)?));
        Ok(())
    }),
    key!(launch.timezone, NeedsRestart, |draft, written| {
        draft.launch_zone = Some(written.one(launch::zone)?);
        Ok(())
    }),
    key!(launch.warm_before, Applies, |draft, written| {
        draft.config.launch.warm_before = written.one(|text| duration::parse(text, launch::WARM_BEFORE))?;
        Ok(())
    }),
    key!(launch.by_hand, Applies, |draft, written| {
        draft.config.launch.by_hand = launch::by_hand(written)?;
        Ok(())
    }),
    Key {
        name: "producthunt.slug",
        change: Change::Applies,
        set: |draft, written| {
            let slug = written.one(producthunt::slug)?;
            draft.post.slug = slug.map(|slug| (written.place.clone(), slug));
            Ok(())
        },
        same: |a, b| of_post(a, b, |one, other| one.slug == other.slug),
    },
    Key {
        name: "producthunt.token",
        change: Change::Applies,
        set: |draft, written| {
            draft.post.token = Some((written.place.clone(), written.one(str::parse)?));
            Ok(())
        },
        same: |a, b| of_post(a, b, |one, other| one.token == other.token),
    },
    key!(producthunt.every, Applies, |draft, written| {
        draft.config.producthunt.every =
            written.one(|text| duration::parse(text, producthunt::EVERY_BOUNDS))?;
        Ok(())
    }),
    key!(producthunt.url, Applies, |draft, written| {
        draft.config.producthunt.url = written.one(url::parse)?;
        Ok(())
    }),
    key!(egress.allow, Applies, |draft, written| {
        draft.config.egress.allow = written.each(|text| parse_network(text, EGRESS_EXAMPLES))?;
        Ok(())
    }),
    key!(alerts.to, Applies, |draft, written| draft.alerts.set_to(written)),
    key!(alerts.remind_every, Applies, |draft, written| {
        draft.config.alerts.remind_every = written.one(alerts::remind_every)?;
        Ok(())
    }),
    key!(alerts.launch_factor, Applies, |draft, written| {
        draft.config.alerts.launch_factor = alerts::launch_factor(written)?;
        Ok(())
    }),
    key!(alerts.heartbeat, Applies, |draft, written| draft
        .alerts
        .set_heartbeat(written)),
    rule!("retry_ratio", RetryRatio),
    rule!("lag", Lag),
    rule!("api_error_rate", ApiErrorRate),
    rule!("dead_letters", DeadLetters),
    rule!("hit_ratio", HitRatio),
    rule!("signature_failures", SignatureFailures),
    rule!("rate_limited", RateLimited),
    rule!("disk_free", DiskFree),
    rule!("export_lag", ExportLag),
    rule!("backup_age", BackupAge),
    rule!("credentials", Credentials),
    rule!("breaker_open", BreakerOpen),
    rule!("worker_errors", WorkerErrors),
    rule!("dead_letters_leaving", DeadLettersLeaving),
    rule!("certificate_expiry", CertificateExpiry),
    key!(backup.at, Applies, |draft, written| {
        draft.config.backup.at = written.one(backup::time_of_day)?;
        Ok(())
    }),
    key!(backup.dir, Applies, |draft, written| {
        draft.config.backup.dir = written.one(backup::directory)?;
        Ok(())
    }),
    key!(backup.keep_days, Applies, |draft, written| {
        draft.config.backup.keep_days = u16::try_from(written.integer(0..=365)?).unwrap_or_default();
        Ok(())
    }),
    key!(backup.keep_weeks, Applies, |draft, written| {
        draft.config.backup.keep_weeks = u16::try_from(written.integer(0..=520)?).unwrap_or_default();
        Ok(())
    }),
    key!(backup.after, Applies, |draft, written| {
        draft.config.backup.after = written.one(|text| Ok(text.trim().to_owned()))?;
        Ok(())
    }),
    key!(retention.events, Applies, |draft, written| {
        draft.config.retention.events = written.one(|text| retention::or_off(text, retention::EVENTS))?;
        Ok(())
    }),
    key!(retention.polls, Applies, |draft, written| {
        draft.config.retention.polls = written.one(|text| retention::or_off(text, retention::POLLS))?;
        Ok(())
    }),
    key!(retention.dead_letters, Applies, |draft, written| {
        draft.config.retention.dead_letters =
            written.one(|text| retention::or_off(text, retention::EVENTS))?;
        Ok(())
    }),
    key!(retention.metrics_1m, Applies, |draft, written| {
        draft.config.retention.metrics_1m = written.one(|text| duration::parse(text, retention::METRICS))?;
        Ok(())
    }),
    key!(retention.rollups_5s, Applies, |draft, written| {
        draft.config.retention.rollups_5s = written.one(|text| duration::parse(text, retention::ROLLUPS))?;
        Ok(())
    }),
    key!(retention.rollups_1m, Applies, |draft, written| {
        draft.config.retention.rollups_1m = written.one(|text| duration::parse(text, retention::ROLLUPS))?;
        Ok(())
    }),
    key!(retention.rollups_1h, Applies, |draft, written| {
        draft.config.retention.rollups_1h = written.one(|text| duration::parse(text, retention::ROLLUPS))?;
        Ok(())
    }),
    key!(retention.journal, Applies, |draft, written| {
        draft.config.retention.journal = written.one(|text| retention::or_off(text, retention::JOURNAL))?;
        Ok(())
    }),
    Key {
        name: "export.postgres.url",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.postgres.url = Some((written.place.clone(), written.one(str::parse)?));
            Ok(())
        },
        same: |a, b| a.export.postgres == b.export.postgres,
    },
    Key {
        name: "export.postgres.every",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.config.export.every = written.one(|text| duration::parse(text, export::EVERY_BOUNDS))?;
            Ok(())
        },
        same: |a, b| a.export.every == b.export.every,
    },
    Key {
        name: "export.postgres.hold_back",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.config.export.hold_back =
                written.one(|text| duration::parse(text, export::HOLD_BACK_BOUNDS))?;
            Ok(())
        },
        same: |a, b| a.export.hold_back == b.export.hold_back,
    },
    Key {
        name: "export.postgres.tls_ca",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.postgres.ca = Some((written.place.clone(), written.one(export::certificates)?));
            Ok(())
        },
        // Of the database, which is one with its url.
        same: |_, _| true,
    },
    key!(telemetry.log, NeedsRestart, |draft, written| {
        draft.config.telemetry.log = written.one(log_format)?;
        Ok(())
    }),
    key!(telemetry.level, Applies, |draft, written| {
        draft.config.telemetry.level = written.one(log_level)?;
        Ok(())
    }),
    Key {
        name: "telemetry.otlp_endpoint",
        change: Change::NeedsRestart,
        set: |draft, written| draft.otlp.set_endpoint(written),
        same: |a, b| of_otlp(a, b, |one, other| one.url == other.url),
    },
    Key {
        name: "telemetry.otlp_headers",
        change: Change::NeedsRestart,
        set: |draft, written| {
            draft.otlp.set_headers(written);
            Ok(())
        },
        same: |a, b| of_otlp(a, b, |one, other| one.headers == other.headers),
    },
    Key {
        name: "telemetry.otlp_ratio",
        change: Change::NeedsRestart,
        set: |draft, written| draft.otlp.set_ratio(written),
        same: |a, b| of_otlp(a, b, |one, other| one.sampler == other.sampler),
    },
];

/// Whether two configurations agree on a part of the post at Product Hunt.
fn of_post(a: &Config, b: &Config, same: fn(&Post, &Post) -> bool) -> bool {
    match (&a.producthunt.post, &b.producthunt.post) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Whether two configurations agree on a part of where spans go.
fn of_otlp(a: &Config, b: &Config, same: fn(&Otlp, &Otlp) -> bool) -> bool {
    match (&a.telemetry.otlp, &b.telemetry.otlp) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        _ => false,
    }
}

fn certificate(config: &Config) -> Option<&https::PemFile> {
    config.server.files.as_ref().map(|files| &files.certificate)
}

fn private_key(config: &Config) -> Option<&https::PemFile> {
    config.server.files.as_ref().map(|files| &files.key)
}

/// The names of every key, `section.key`, in the order of the packaged file.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.name)
}

/// The key of a name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The variable that overrides a key: `GANTRY_SERVER__PUBLIC`.
pub(super) fn variable_of(name: &str) -> String {
    format!("GANTRY_{}", name.replace('.', "__").to_ascii_uppercase())
}

pub(super) fn socket(text: &str) -> Result<SocketAddr, Invalid> {
    text.trim().parse().map_err(|_| {
        Invalid(format!(
            r#"{} is not an address with a port; write for example "127.0.0.1:8080", "0.0.0.0:8080" or "[::]:8080""#,
            shown(text)
        ))
    })
}

pub(super) fn path(text: &str) -> Result<PathBuf, Invalid> {
    // U+FFFD is what is left of a variable that is not UTF-8.
    let names_a_file = Path::new(text).file_name().is_some() && !text.ends_with('/');
    if !names_a_file || text.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        return Err(Invalid(format!("{} is not the path of a file", shown(text))));
    }
    Ok(PathBuf::from(text))
}

fn log_format(text: &str) -> Result<LogFormat, Invalid> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Invalid(format!(
            r#"{} is not a log format; write "auto", "text" or "json""#,
            shown(text)
        ))),
    }
}

fn log_level(text: &str) -> Result<LogLevel, Invalid> {
    match text {
        "error" => Ok(LogLevel::Error),
        "warn" => Ok(LogLevel::Warn),
        "info" => Ok(LogLevel::Info),
        "debug" => Ok(LogLevel::Debug),
        "trace" => Ok(LogLevel::Trace),
        _ => Err(Invalid(format!(
            r#"{} is not a level; write "error", "warn", "info", "debug" or "trace""#,
            shown(text)
        ))),
    }
}
