//! Reloading: another configuration, put in force while the appliance runs.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use super::slices::Slices;
use super::{CHECKS, cors, rates, trusted};
use crate::certificates::Certificates;
use crate::config::{
    self, Alerts, Backup, Config, Faults, Form, Funnel, Launch, Overrides, Pages, Retention, Schedule,
    SourceError, Sources,
};
use crate::delivery::{self, NoPlans, Ways};
use crate::model::event::Route;
use crate::outbound::{Egress, SetupError};
use crate::runtime::logs::LogHandle;
use crate::runtime::notify;
use crate::store::Fault;
use crate::web::front::Front;
use crate::webhooks;

/// What puts another configuration in force; clones share it.
#[derive(Clone)]
pub struct Reload(Arc<Shared>);

struct Shared {
    slices: Slices,
    front: Arc<Front>,
    certificates: Certificates,
    followed: Followed,
    logs: Option<LogHandle>,
    in_force: Mutex<InForce>,
}

struct InForce {
    config: Config,
    ways: Ways,
}

/// What slices and workers follow while they run.
#[derive(Clone)]
pub(super) struct Followed {
    /// Where events go, for all who record some. The store knows their destinations.
    pub(super) routes: watch::Sender<Arc<Vec<Route>>>,
    /// Forms, for who takes them.
    pub(super) forms: watch::Sender<Arc<Vec<Form>>>,
    /// Events that come by the clock, for who keeps the time.
    pub(super) schedules: watch::Sender<Arc<Vec<Schedule>>>,
    /// What visits and conversions are reckoned with, for who reckons.
    pub(super) funnel: watch::Sender<Funnel>,
    /// Which secrets are used, for who says which are to be changed.
    pub(super) secrets: watch::Sender<Arc<Vec<String>>>,
    /// When the launch is and by whose clocks, for who tells days apart.
    pub(super) launch: watch::Sender<Launch>,
    /// The site in front, for who serves it.
    pub(super) pages: watch::Sender<Arc<Pages>>,
    /// What is watched and who is told, for who watches.
    pub(super) alerts: watch::Sender<Arc<Alerts>>,
    /// The post at Product Hunt, for who asks for it.
    pub(super) producthunt: watch::Sender<Arc<config::ProductHunt>>,
    /// Where calls may go, for whoever makes some besides destinations.
    pub(super) egress: watch::Sender<config::Egress>,
    /// How long things are kept, for those who sweep.
    pub(super) retention: watch::Sender<Retention>,
    /// When backups are made, for who makes them.
    pub(super) backup: watch::Sender<Backup>,
}

impl Followed {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            routes: watch::Sender::new(Arc::new(config.routes.clone())),
            forms: watch::Sender::new(Arc::new(config.forms.clone())),
            schedules: watch::Sender::new(Arc::new(config.schedules.clone())),
            funnel: watch::Sender::new(config.funnel.clone()),
            secrets: watch::Sender::new(Arc::new(config.secrets.clone())),
            launch: watch::Sender::new(config.launch.clone()),
            pages: watch::Sender::new(Arc::new(config.pages.clone())),
            alerts: watch::Sender::new(Arc::new(config.alerts.clone())),
            producthunt: watch::Sender::new(Arc::new(config.producthunt.clone())),
            egress: watch::Sender::new(config.egress.clone()),
            retention: watch::Sender::new(config.retention),
            backup: watch::Sender::new(config.backup.clone()),
        }
    }

    fn replace(&self, config: &Config) {
        self.routes.send_replace(Arc::new(config.routes.clone()));
        self.forms.send_replace(Arc::new(config.forms.clone()));
        self.schedules.send_replace(Arc::new(config.schedules.clone()));
        self.funnel.send_replace(config.funnel.clone());
        self.pages.send_replace(Arc::new(config.pages.clone()));
        // First where calls may go: who is called is told to look again by the other.
        self.egress.send_replace(config.egress.clone());
        self.alerts.send_replace(Arc::new(config.alerts.clone()));
        self.producthunt
            .send_replace(Arc::new(config.producthunt.clone()));
        self.retention.send_replace(config.retention);
        self.backup.send_replace(config.backup.clone());
        self.secrets.send_replace(Arc::new(config.secrets.clone()));
        self.launch.send_if_modified(|launch| {
            let next = Launch {
                // Days that are counted stay what they are.
                timezone: launch.timezone.clone(),
                ..config.launch.clone()
            };
            let is_changed = *launch != next;
            *launch = next;
            is_changed
        });
    }
}

/// Why a reload changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotReloaded {
    /// The file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is wrong.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// Nothing could be sent by it.
    #[error(transparent)]
    Outbound(#[from] SetupError),
    /// The data file failed, which ends the process.
    #[error(transparent)]
    Store(#[from] Fault),
}

impl From<NoPlans> for NotReloaded {
    fn from(error: NoPlans) -> Self {
        match error {
            NoPlans::Faults(faults) => faults.into(),
            NoPlans::Outbound(error) => error.into(),
        }
    }
}

impl Reload {
    pub(super) fn new(
        config: Config,
        (ways, logs): (Ways, Option<LogHandle>),
        (slices, front, certificates): (Slices, Arc<Front>, Certificates),
        followed: Followed,
    ) -> Self {
        Self(Arc::new(Shared {
            slices,
            front,
            certificates,
            followed,
            logs,
            in_force: Mutex::new(InForce { config, ways }),
        }))
    }

    /// Reads the configuration again and puts it in force; says in the log what came of it.
    pub(super) async fn run(&self, path: Option<PathBuf>, overrides: Overrides) {
        notify::reloading();
        let reloaded = match read(path, overrides) {
            Ok(config) => self.apply(config).await,
            Err(error) => Err(error),
        };
        if let Err(error) = reloaded {
            tracing::error!(%error, "the configuration is refused; the one before stays in force");
        }
        notify::ready();
    }

    /// Puts `config` in force, as far as that goes without a restart.
    ///
    /// # Errors
    /// [`NotReloaded`]: the configuration before stays in force.
    pub async fn apply(&self, config: Config) -> Result<(), NotReloaded> {
        let Shared {
            slices,
            front,
            certificates,
            followed,
            logs,
            in_force,
        } = &*self.0;
        let mut in_force = in_force.lock().await;
        let difference = config::reload_difference(&in_force.config, &config);
        let ways = match config.egress == in_force.config.egress {
            true => in_force.ways.clone(),
            // Connections that were opened under other rules are not used again.
            false => in_force.ways.within(Egress::new(config.egress.allow.clone())),
        };
        let plans = delivery::plans(&config.destinations, &ways)?;
        let inlets = webhooks::plans(&config.webhooks)?;
        // What can fail comes first, and destinations before the routes that name them.
        slices.delivery.put_in_force(plans).await?;
        slices.funnel.put_in_force(config.funnel.goals.clone()).await?;
        followed.replace(&config);
        slices.webhooks.put_in_force(inlets);
        front.limits.replace(&rates(&config));
        front.replace(trusted(&config), cors(&config));
        certificates.look_again();
        slices
            .polls
            .replace_voter_secret(config.polls.voter_secret.clone());
        if let Some(logs) = logs {
            logs.set_level(config.telemetry.level);
        }
        tracing::info!(applied = ?difference.applied, needs_restart = ?difference.needs_restart, "configuration read again");
        *in_force = InForce { config, ways };
        Ok(())
    }
}

fn read(path: Option<PathBuf>, overrides: Overrides) -> Result<Config, NotReloaded> {
    let sources = Sources::from_process(path, overrides)?;
    Ok(config::load_checked(&sources, &CHECKS)?)
}
