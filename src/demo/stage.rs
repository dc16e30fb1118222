//! The stage: a temporary directory, and the appliance in it.

use std::fs::DirBuilder;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::{launch, site};
use crate::app::{self, Launch, Running, Stopped};
use crate::config::{Config, Overrides};
use crate::model::key::KeySecret;
use crate::store::{PollCreated, Store};

/// Where temporary files outlive a restart: on a disk, so that syncing them costs what it costs.
const ON_DISK: &str = "/var/tmp";
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The running appliance and where it lives.
pub(super) struct Stage {
    running: Running,
    directory: Directory,
}

impl Stage {
    /// Starts the appliance on a file of its own and opens the poll.
    pub(super) async fn set() -> anyhow::Result<Self> {
        let usual = Config::default().server;
        let stage = match Self::start([preferred(usual.public), preferred(usual.admin)]).await {
            // Somebody took the port between our look and our listening.
            Err(error) if is_listen_fault(&error) => Self::start([ANY_PORT; 2]).await,
            other => other,
        }?;
        match stage.store().create_poll(launch::draft()?).await? {
            PollCreated::New => Ok(stage),
            other => bail!("the poll could not be opened: {other:?}"),
        }
    }

    async fn start([public, admin]: [SocketAddr; 2]) -> anyhow::Result<Self> {
        let directory = Directory::make()?;
        let mut config = Config::default();
        config.store.path = directory.data();
        config.server.public = public;
        config.server.admin = admin;
        // All voters come from one address.
        config.limits.vote = None;
        config.limits.page = None;
        let running = app::start(Launch {
            config,
            config_path: None,
            overrides: Overrides::default(),
            logs: None,
            admin_token: Some(token()?),
            site: Some(site::router()),
        })
        .await?;
        Ok(Self { running, directory })
    }

    pub(super) const fn public(&self) -> SocketAddr {
        self.running.public
    }

    pub(super) const fn admin(&self) -> SocketAddr {
        self.running.admin
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

/// An admin token nobody is told: the socket beside the file needs none.
fn token() -> anyhow::Result<KeySecret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(KeySecret::from_random(bytes))
}
