//! The stage: a temporary directory, and the appliance in it.

use std::fs::DirBuilder;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use ipnet::IpNet;
use url::Url;

use super::launch::events::{Kind, To};
use super::{launch, receiver, visitors};
use crate::app::{self, Launch, Running, Stopped};
use crate::config::{
    Config, Destination, Origins, Overrides, PageRule, Pages, PathPattern, Place, Site, TemplateText,
};
use crate::model::event::{Pattern, Route};
use crate::model::funnel::{Goal, ReachedBy};
use crate::model::ids::{DestinationName, GoalName};
use crate::model::key::{KeySecret, Scope};
use crate::model::lane::breaker::BreakerPolicy;
use crate::model::retry::RetryPolicy;
use crate::runtime::Inherited;
use crate::store::{KeyCreated, PollCreated, Store};

/// Where temporary files outlive a restart: on a disk, so that syncing them costs what it costs.
const ON_DISK: &str = "/var/tmp";
/// How fast each destination is called, which is more than the CRM takes, and with how many calls at once.
const RATE: &str = "400/s burst 40";
const CONCURRENCY: NonZeroU16 = NonZeroU16::new(32).expect("not zero");
/// Failed calls are tried again soon, so that a launch of seconds sees them arrive.
const RETRY_BASE_MS: i64 = 200;
const RETRY_CAP_MS: i64 = 2_000;
/// How often a service that is down is looked after, likewise.
const BREAKER_OPEN_MS: i64 = 1_000;
/// What the mailer is sent.
const MAIL: &str = r#"{"key": {{ idempotencyKey | tojson }}, "to": {{ payload.email | tojson }}}"#;
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long the page is fresh, how long it is shown while a newer one is made, and how long while there is none.
const FRESH: Duration = Duration::from_secs(1);
const STALE: Duration = Duration::from_secs(10);
const STALE_WITHOUT_ORIGIN: Duration = Duration::from_secs(600);

/// Who the appliance has to do with.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// The maker's own site, which it stands in front of.
    pub(super) origin: SocketAddr,
    /// Where everything that happens goes.
    pub(super) receiver: SocketAddr,
}

/// The running appliance and where it lives.
pub(super) struct Stage {
    running: Running,
    directory: Directory,
    admin_key: KeySecret,
    ingest_key: KeySecret,
}

impl Stage {
    /// Starts the appliance on a file of its own, in the midst of what is `around` it, and opens the poll.
    pub(super) async fn set(around: Around) -> anyhow::Result<Self> {
        let usual = Config::default().server;
        let stage = match Self::start([preferred(usual.public), preferred(usual.admin)], around).await {
            // Somebody took the port between our look and our listening.
            Err(error) if is_listen_fault(&error) => Self::start([ANY_PORT; 2], around).await,
            other => other,
        }?;
        let (name, hash) = ("sources".to_owned(), stage.ingest_key.hash());
        match stage.store().create_key(name, Scope::Ingest, hash).await? {
            KeyCreated::New => {}
            other => bail!("the key could not be made: {other:?}"),
        }
        match stage.store().create_poll(launch::draft()?).await? {
            PollCreated::New => Ok(stage),
            other => bail!("the poll could not be opened: {other:?}"),
        }
    }

    async fn start([public, admin]: [SocketAddr; 2], around: Around) -> anyhow::Result<Self> {
        let Around { origin, receiver } = around;
        let directory = Directory::make()?;
        let mut config = Config::default();
        config.store.path = directory.data();
        config.server.public = public;
        config.server.admin = admin;
        // All voters come from one address.
        config.limits.vote = None;
        config.limits.page = None;
        config.limits.convert = None;
        config.pages = pages(origin)?;
        config.funnel.goals.push(Goal {
            name: GoalName::parse(visitors::GOAL)?,
            reached_by: ReachedBy::Telling,
        });
        config.egress.allow = vec![IpNet::from(receiver.ip())];
        for to in To::ALL {
            config.destinations.push(destination(to, receiver)?);
        }
        for kind in Kind::ALL {
            config.routes.push(route(kind)?);
        }
        let [admin_key, ingest_key] = [random_key()?, random_key()?];
        let running = app::start(Launch {
            config,
            config_path: None,
            overrides: Overrides::default(),
            logs: None,
            admin_token: Some(admin_key.clone()),
            site: None,
            inherited: Inherited::default(),
        })
        .await?;
        Ok(Self {
            running,
            directory,
            admin_key,
            ingest_key,
        })
    }

    pub(super) const fn public(&self) -> SocketAddr {
        self.running.public
    }

    pub(super) const fn admin(&self) -> SocketAddr {
        self.running.admin
    }

    /// The key that may read everything.
    pub(super) const fn admin_key(&self) -> &KeySecret {
        &self.admin_key
    }

    /// The key that events are sent with.
    pub(super) const fn ingest_key(&self) -> &KeySecret {
        &self.ingest_key
    }

    pub(super) const fn store(&self) -> &Store {
        &self.running.store
    }

    pub(super) const fn running(&self) -> &Running {
        &self.running
    }

    /// Stops the appliance in order; the file stays as long as the directory is held.
    pub(super) async fn close(self) -> anyhow::Result<Directory> {
        self.running.stop();
        self.running
            .wait()
            .await
            .context("the appliance did not stop in order")?;
        Ok(self.directory)
    }
}

/// A directory of our own, removed with everything in it when dropped.
pub(super) struct Directory(PathBuf);

impl Directory {
    fn make() -> anyhow::Result<Self> {
        let mut chance = [0; 4];
        getrandom::fill(&mut chance)?;
        let name = format!("gantry-demo-{:08x}", u32::from_le_bytes(chance));
        let mut failed = None;
        for parent in [PathBuf::from(ON_DISK), std::env::temp_dir()] {
            let path = parent.join(&name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) => failed = Some(anyhow::Error::new(error).context(path.display().to_string())),
            }
        }
        Err(failed
            .unwrap_or_else(|| anyhow::anyhow!("nowhere to write"))
            .context("cannot make a temporary directory"))
    }

    /// The data file.
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("gantry.redb")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed now is left to whoever clears temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The site in front: every page is kept, for a moment while its origin is well and for long while it is not.
fn pages(origin: SocketAddr) -> anyhow::Result<Pages> {
    let path = "/*".parse::<PathPattern>();
    let rule = PageRule {
        path: path.map_err(|bad| anyhow::anyhow!(bad.to_string()))?,
        ttl: FRESH,
        stale_while_revalidate: STALE,
        stale_if_error: STALE_WITHOUT_ORIGIN,
        downstream_ttl: Duration::ZERO,
        query: Vec::new(),
        variants: Vec::new(),
        warm: vec!["/".to_owned()],
    };
    Ok(Pages {
        site: Some(Site::Origins(Origins {
            any: Some(Url::parse(&format!("http://{origin}/"))?),
            ..Origins::default()
        })),
        rules: vec![rule],
        ..Config::default().pages
    })
}

fn destination(to: To, receiver: SocketAddr) -> anyhow::Result<Destination> {
    let url = Url::parse(&format!("http://{receiver}/{}", to.name()))?;
    let mut destination = Destination::new(DestinationName::parse(to.name())?, url);
    destination.rate = RATE.parse()?;
    destination.concurrency = CONCURRENCY;
    destination.timeout = receiver::TIMEOUT;
    destination.retry = RetryPolicy {
        base_ms: RETRY_BASE_MS,
        cap_ms: RETRY_CAP_MS,
        ..RetryPolicy::default()
    };
    destination.breaker = Some(BreakerPolicy {
        open_for_ms: BREAKER_OPEN_MS,
        ..BreakerPolicy::default()
    });
    destination.body = match to {
        To::Crm => None,
        To::Mailer => Some(TemplateText::new("destination.body", MAIL, Place::Default)),
    };
    Ok(destination)
}

fn route(kind: Kind) -> anyhow::Result<Route> {
    let to = kind.to().iter().map(|to| DestinationName::parse(to.name()));
    Ok(Route {
        kind: Pattern::Exact(kind.name().to_owned()),
        source: Pattern::Any,
        to: to.collect::<Result<_, _>>()?,
    })
}

/// The address itself if it is free, else any port.
fn preferred(address: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(address) {
        Ok(_) => address,
        Err(_) => ANY_PORT,
    }
}

fn is_listen_fault(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Stopped::Listen { .. }))
}

/// A key nobody else is told: the socket beside the file needs none.
fn random_key() -> anyhow::Result<KeySecret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(KeySecret::from_random(bytes))
}
