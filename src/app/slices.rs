//! The slices, each made of what they share.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::reload::Followed;
use super::{hands, senses};
use crate::alerts::{self, Alerts, ExportLag};
use crate::audit::{self, Audit};
use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::config::Config;
use crate::dashboard::{self, Dashboard};
use crate::data::{self, Data};
use crate::delivery::{self, Delivery};
use crate::events::{self, Events};
use crate::export::{self, Export, Target};
use crate::funnel::{self, Funnel};
use crate::launch::{self, Hands, Launch, Senses};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::notice::Notices;
use crate::outbound::SetupError;
use crate::pages::{self, Pages};
use crate::people::{self, People};
use crate::polls::{self, Polls};
use crate::producthunt::{self, ProductHunt};
use crate::report::{self, Report};
use crate::runtime::{Shutdown, Tasks, Worker, Workers};
use crate::schedules::{self, Schedules};
use crate::spend::{self, Spend};
use crate::store::Store;
use crate::traces::{Exporter, Outlet, Tracer};
use crate::upkeep::{
    self, Addresses, Backups, Compactor, DiskWatch, Nightly, NightlyParts, RecentSampler, SeriesRecorder,
    Sweeper, Upkeep, UsesKeeper,
};
use crate::web::Audience;
use crate::web::auth::Auth;
use crate::web::front::Front;
use crate::web::limits::LimitsSweeper;
use crate::webhooks::{self, Webhooks};

/// What slices share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) live: Live,
    pub(super) front: Arc<Front>,
    pub(super) auth: Auth,
    pub(super) metrics: Metrics,
    pub(super) tracer: Tracer,
    /// Where spans leave, if anybody is told.
    pub(super) spans: Option<Arc<Outlet>>,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) shutdown: Shutdown,
    pub(super) workers: Workers,
    pub(super) followed: Followed,
    pub(super) backups: Backups,
    pub(super) addresses: Addresses,
    pub(super) exported_to: Option<Arc<Target>>,
    pub(super) certificates: Certificates,
}

/// Every slice that has addresses.
pub(super) struct Slices {
    pub(super) polls: Polls,
    pub(super) events: Events,
    pub(super) delivery: Delivery,
    pub(super) upkeep: Upkeep,
    pub(super) webhooks: Webhooks,
    pub(super) schedules: Schedules,
    pub(super) spend: Spend,
    pub(super) people: People,
    pub(super) export: Export,
    pub(super) data: Data,
    pub(super) report: Report,
    pub(super) pages: Pages,
    pub(super) funnel: Funnel,
    pub(super) launch: Launch,
    pub(super) dashboard: Dashboard,
    pub(super) audit: Audit,
    pub(super) alerts: Alerts,
    pub(super) hunt: ProductHunt,
}

impl Slices {
    pub(super) fn new(shared: &Shared, config: &Config, started_at: Millis) -> Result<Self, SetupError> {
        let funnel = shared.funnel(config);
        let pages = shared.pages(funnel.audience(), config.server.domains.clone())?;
        let (delivery, webhooks) = (shared.delivery(), shared.webhooks(config));
        let hunt = shared.hunt();
        let senses = senses::of(senses::Known {
            pages: &pages,
            delivery: &delivery,
            webhooks: &webhooks,
            certificates: &shared.certificates,
            hunt: &hunt,
        });
        let (report, upkeep) = (shared.report(), shared.upkeep(started_at, &hunt));
        let hands = hands::of(&pages, &report, &upkeep, shared.followed.secrets.subscribe());
        Ok(Self {
            polls: shared.polls(config),
            events: shared.events(),
            delivery,
            upkeep,
            webhooks,
            schedules: shared.schedules(),
            launch: shared.launch(senses, hands),
            pages,
            spend: shared.spend(),
            people: shared.people(),
            export: shared.export(config),
            data: shared.data(),
            report,
            dashboard: shared.dashboard(),
            audit: shared.audit(),
            alerts: shared.alerts(),
            hunt,
            funnel,
        })
    }
}

impl Shared {
    /// Starts what works without being asked, besides lanes. The destinations of all routes are known by then.
    ///
    /// # Errors
    /// TLS to whoever signs certificates could not be set up.
    pub(super) fn start_workers(&self, slices: &Slices) -> Result<(), SetupError> {
        slices.upkeep.look_ahead();
        slices.dashboard.look_ahead();
        if let Some(keeper) = self.certificates.keeper()? {
            self.start(keeper);
        }
        self.start(slices.delivery.replayer());
        self.start(slices.people.eraser());
        if let Some(exporter) = slices.export.exporter() {
            self.start(exporter);
        }
        self.start(slices.audit.teller());
        self.start(slices.schedules.timekeeper());
        self.start(slices.alerts.watcher());
        self.start(slices.alerts.heartbeat());
        self.start(slices.launch.runner());
        self.start(slices.hunt.asker());
        self.start(slices.funnel.recorder());
        self.start(slices.pages.warmer());
        self.start(LimitsSweeper(self.front.limits.clone()));
        self.start(RecentSampler(self.metrics.clone()));
        self.start(SeriesRecorder::new(
            self.store.clone(),
            &self.metrics,
            self.clock.clone(),
            self.followed.retention.subscribe(),
        ));
        self.start(Compactor::new(
            self.store.clone(),
            self.clock.clone(),
            self.metrics.clone(),
            self.followed.launch.subscribe(),
        ));
        self.start(DiskWatch::new(self.store.clone(), self.metrics.clone()));
        self.start(Nightly::new(NightlyParts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            shutdown: self.shutdown.clone(),
            backups: self.backups.clone(),
            policy: self.followed.backup.subscribe(),
        }));
        if let Some(spans) = &self.spans {
            self.start(Exporter::new(Arc::clone(spans), self.shutdown.clone()));
        }
        self.start(UsesKeeper::new(self.store.clone(), self.auth.uses().clone()));
        self.start(Sweeper::new(
            self.store.clone(),
            self.followed.retention.subscribe(),
        ));
        Ok(())
    }

    /// Starts a worker whose errors are on the metrics from the beginning: a rate needs the zero before the first one.
    fn start<W: Worker>(&self, worker: W) {
        let _ = self.metrics.worker_errors(&worker.name());
        self.workers.start(worker);
    }

    fn polls(&self, config: &Config) -> Polls {
        Polls::new(polls::Parts {
            store: self.store.clone(),
            live: self.live.clone(),
            front: self.front.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
            voter_secret: RwLock::new(config.polls.voter_secret.clone()),
            streams: polls::Streams::default(),
        })
    }

    fn events(&self) -> Events {
        Events::new(events::Parts {
            store: self.store.clone(),
            front: self.front.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            routes: self.followed.routes.subscribe(),
        })
    }

    fn delivery(&self) -> Delivery {
        Delivery::new(delivery::Parts {
            store: self.store.clone(),
            live: self.live.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            tracer: self.tracer.clone(),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
            workers: self.workers.clone(),
            routes: self.followed.routes.subscribe(),
        })
    }

    fn webhooks(&self, config: &Config) -> Webhooks {
        Webhooks::new(webhooks::Parts {
            store: self.store.clone(),
            front: self.front.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            routes: self.followed.routes.subscribe(),
            prefix: config.server.prefix.as_str().to_owned(),
        })
    }

    fn schedules(&self) -> Schedules {
        Schedules::new(schedules::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            tracer: self.tracer.clone(),
            clock: self.clock.clone(),
            schedules: self.followed.schedules.subscribe(),
            routes: self.followed.routes.subscribe(),
        })
    }

    fn spend(&self) -> Spend {
        Spend::new(spend::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            launch: self.followed.launch.subscribe(),
        })
    }

    fn data(&self) -> Data {
        Data::new(data::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            clock: self.clock.clone(),
            launch: self.followed.launch.subscribe(),
        })
    }

    fn dashboard(&self) -> Dashboard {
        Dashboard::new(dashboard::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
            at: self.addresses.admin.clone(),
        })
    }

    fn people(&self) -> People {
        People::new(people::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
        })
    }

    fn export(&self, config: &Config) -> Export {
        Export::new(export::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            shutdown: self.shutdown.clone(),
            funnel: self.followed.funnel.subscribe(),
            every: config.export.every,
            hold_back: config.export.hold_back,
            target: self.exported_to.clone(),
        })
    }

    fn audit(&self) -> Audit {
        Audit::new(audit::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            front: self.front.clone(),
            clock: self.clock.clone(),
            launch: self.followed.launch.subscribe(),
            tasks: self.tasks.clone(),
        })
    }

    fn alerts(&self) -> Alerts {
        Alerts::new(alerts::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            shutdown: self.shutdown.clone(),
            notices: self.notices(),
            alerts: self.followed.alerts.subscribe(),
            egress: self.followed.egress.subscribe(),
            launch: self.followed.launch.subscribe(),
            backup: self.followed.backup.subscribe(),
            retention: self.followed.retention.subscribe(),
            export_lag: self.export_lag(),
            certificates: senses::validities(&self.certificates),
        })
    }

    /// How far the export is behind, as its own metric says.
    fn export_lag(&self) -> ExportLag {
        let (metrics, is_exported) = (self.metrics.clone(), self.exported_to.is_some());
        Arc::new(move || {
            let lag_ms = u64::try_from(metrics.export_lag_ms().get()).unwrap_or(0);
            is_exported.then(|| Duration::from_millis(lag_ms))
        })
    }

    /// What tells the owner's destinations, for whoever has something to tell.
    fn notices(&self) -> Notices {
        Notices::new(
            self.store.clone(),
            self.metrics.clone(),
            self.clock.clone(),
            self.followed.alerts.subscribe(),
        )
    }

    fn hunt(&self) -> ProductHunt {
        ProductHunt::new(producthunt::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            shutdown: self.shutdown.clone(),
            post: self.followed.producthunt.subscribe(),
            egress: self.followed.egress.subscribe(),
            retention: self.followed.retention.subscribe(),
        })
    }

    fn launch(&self, senses: Senses, hands: Hands) -> Launch {
        Launch::new(launch::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            launch: self.followed.launch.subscribe(),
            senses,
            hands,
            notices: self.notices(),
        })
    }

    fn report(&self) -> Report {
        Report::new(report::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            clock: self.clock.clone(),
            funnel: self.followed.funnel.subscribe(),
            launch: self.followed.launch.subscribe(),
        })
    }

    fn pages(&self, audience: Audience, secured: Vec<String>) -> Result<Pages, SetupError> {
        Pages::new(pages::Parties {
            pages: self.followed.pages.subscribe(),
            launch: self.followed.launch.subscribe(),
            auth: self.auth.clone(),
            front: self.front.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
            audience,
            secured,
        })
    }

    fn funnel(&self, config: &Config) -> Funnel {
        Funnel::new(funnel::Parts {
            store: self.store.clone(),
            front: self.front.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            zone: config.launch.timezone.clone(),
            routes: self.followed.routes.subscribe(),
            forms: self.followed.forms.subscribe(),
        })
    }

    fn upkeep(&self, started_at: Millis, hunt: &ProductHunt) -> Upkeep {
        Upkeep::new(upkeep::Parts {
            store: self.store.clone(),
            auth: self.auth.clone(),
            metrics: self.metrics.clone(),
            workers: self.workers.clone(),
            clock: self.clock.clone(),
            backups: self.backups.clone(),
            backup: self.followed.backup.subscribe(),
            started_at,
            addresses: self.addresses.clone(),
            certificates: senses::standings(&self.certificates),
            post: senses::post(hunt),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
        })
    }
}
