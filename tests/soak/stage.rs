//! A launch's day on one machine: the binary as a process, its caches full, PostgreSQL, the maker's site and a receiver.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::crowd::{Public, page_path};
use crate::judge::Look;
use crate::others::{Arrived, Other, PAGE_BYTES, receiver, site};
use crate::postgres::{self, Database};
use crate::process::{Server, Start, grow, size};
use crate::watch::Watched;

/// No pause may last longer: connections that nobody uses are closed within.
const BOUND: Duration = Duration::from_secs(90);
const ASK_EVERY: Duration = Duration::from_millis(250);
/// At rest, as many descriptors are open for so long.
const STILL: Duration = Duration::from_secs(3);

/// Memory for pages of the file: the default, or less so that two minutes fill it.
fn cache_mib() -> u64 {
    size(16, 64)
}

/// Memory for pages of the site.
fn pages_mib() -> u64 {
    size(4, 16)
}

pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) postgres: postgres::Server,
    pub(crate) arrived: Arrived,
    pub(crate) public: Public,
    /// How many had voted before.
    pub(crate) voters: u64,
    receiver: Other,
    site: Other,
    directory: TempDir,
}

impl Stage {
    /// With a file larger than the memory for its pages, and the memory for the site's pages full.
    pub(crate) async fn start() -> Self {
        let postgres = postgres::Server::start().await;
        let (receiver, arrived) = receiver().await;
        let site = site().await;
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("gantry.redb");
        let voters = grow(&data, 4 * (cache_mib() << 20), 0).await;
        let url = directory.path().join("url");
        fs::write(&url, postgres.url()).unwrap();
        let config = directory.path().join("gantry.toml");
        fs::write(&config, settings((site.at, receiver.at), &url)).unwrap();
        let server = start(&data, &config);
        let made = server.admin("POST /api/postgres/init", "").await;
        assert_eq!(made.status, 200, "{made:?}");
        let key = server
            .admin("POST /api/keys", r#"{"name":"site","scope":"ingest"}"#)
            .await;
        assert_eq!(key.status, 201, "{key:?}");
        let public = Public {
            at: server.public,
            key: key.json()["key"].as_str().unwrap().into(),
        };
        let stage = Self {
            server,
            postgres,
            arrived,
            public,
            voters,
            receiver,
            site,
            directory,
        };
        stage.fill_pages().await;
        stage
    }

    pub(crate) fn watched(&self) -> Watched {
        Watched {
            pid: self.server.pid(),
            data: self.directory.path().join("gantry.redb"),
        }
    }

    /// Waits until nothing is under way (all is delivered and exported, and nobody is connected who is not needed), and looks.
    pub(crate) async fn at_rest(&self) -> Look {
        let begun = Instant::now();
        let (mut descriptors, mut since) = (0, begun);
        loop {
            let look = self.watched().look(begun.elapsed());
            let is_idle = self.site.open() + self.receiver.open() == 0;
            if look.descriptors != descriptors || !is_idle || !self.is_settled().await {
                (descriptors, since) = (look.descriptors, Instant::now());
            }
            if since.elapsed() > STILL {
                return look;
            }
            assert!(begun.elapsed() < BOUND, "no rest within {BOUND:?}");
            sleep(ASK_EVERY).await;
        }
    }

    pub(crate) async fn ask(&self, what: &str) -> Value {
        let answer = self.server.admin(what, "").await;
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn database(&self) -> Database {
        self.postgres.superuser("launch").await
    }

    /// Stops it in order, and checks its file, however long that takes: after an hour it has millions of rows.
    pub(crate) fn end(self) {
        let data = self.watched().data;
        self.server.stop();
        let verified = Command::new(env!("CARGO_BIN_EXE_gantry"))
            .arg("verify")
            .arg(data)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            verified.status.success(),
            "{}",
            String::from_utf8_lossy(&verified.stdout)
        );
    }

    async fn is_settled(&self) -> bool {
        let crm = self.ask("GET /api/destinations/crm").await;
        let export = self.ask("GET /api/postgres").await;
        let under_way = ["pending", "leased", "retrying"];
        under_way.iter().all(|state| crm[state] == 0)
            && export["state"] == "current"
            && export["waiting"] == 0
    }

    /// Visits pages until those that were kept first have gone.
    async fn fill_pages(&self) {
        let most = (pages_mib() << 20) / PAGE_BYTES as u64;
        let mut line = self.public.open().await;
        for number in 0..most * 5 / 4 {
            let page = line.get(&page_path(number), number).await;
            assert_eq!(page.status, 200, "{page:?}");
        }
    }
}

fn settings((site, receiver): (SocketAddr, SocketAddr), url: &Path) -> String {
    format!(
        r#"
        [server]
        trusted_proxies = ["loopback"]
        [store]
        cache_mib = {cache}
        [egress]
        allow = ["127.0.0.0/8"]
        [pages]
        origin = "http://{site}"
        capacity_mib = {pages}
        [[pages.rule]]
        path = "/launch/*"
        ttl = "60s"
        stale_while_revalidate = "30s"
        stale_if_error = "10m"
        [funnel]
        currency = "USD"
        cost_per_visit = "0.10"
        ltv = "48.00"
        goals = [{{ name = "signup" }}]
        [[destination]]
        name = "crm"
        url = "http://{receiver}/hook"
        rate = "200/s burst 100"
        [[route]]
        type = "LEAD_*"
        to = ["crm"]
        [export.postgres]
        url = "file:{url}"
        "#,
        cache = cache_mib(),
        pages = pages_mib(),
        url = url.display(),
    )
}

/// With the limits that every appliance has.
fn start(data: &Path, config: &Path) -> Server {
    Start::new(data)
        .arg("--config")
        .arg(config)
        .variable("GANTRY_LIMITS__VOTE", "10/s burst 20")
        .variable("GANTRY_LIMITS__PAGE", "500/min burst 200")
        .run()
        .unwrap_or_else(|ended| panic!("it does not start: {ended:?}"))
}
