//! An appliance as a process, in front of a site that is not to be trusted.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::client::{Page, Visitor};
use crate::origin::Origin;
use crate::process::{Server, Start};

/// However slow the machine is, what is waited for comes within.
const BOUND: Duration = Duration::from_secs(60);
/// How often is asked for what nobody tells.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// What every site here is configured with.
const LIMITS: &str = r#"
[limits]
page = "off"
convert = "off"
form = "off"
"#;

/// Pages under `/launch` have a rule.
pub(crate) const RULED: &str = r#"
[[pages.rule]]
path = "/launch/*"
ttl = "60s"
stale_while_revalidate = "30s"
stale_if_error = "30m"
query = ["page"]
"#;

/// The origin, the appliance in front of it, and the directory of its file.
pub(crate) struct Site {
    pub(crate) origin: Origin,
    pub(crate) server: Server,
    directory: TempDir,
}

impl Site {
    /// With a rule for `/launch/*`.
    pub(crate) async fn ruled() -> Self {
        Self::with("", RULED).await
    }

    /// With keys of `[pages]`, and whatever else follows.
    pub(crate) async fn with(pages: &str, more: &str) -> Self {
        let origin = Origin::start().await;
        let directory = tempfile::tempdir().expect("a directory");
        let config = format!(
            "{LIMITS}[pages]\norigin = \"http://{}\"\n{pages}\n{more}",
            origin.at
        );
        std::fs::write(directory.path().join("gantry.toml"), config).expect("it can be written");
        let server = start(directory.path().join("gantry.redb"));
        Self {
            origin,
            server,
            directory,
        }
    }

    /// Kills the appliance and starts it again on its file.
    pub(crate) fn kill_and_start(self) -> Self {
        let Self {
            origin,
            server,
            directory,
        } = self;
        server.kill();
        let server = start(directory.path().join("gantry.redb"));
        Self {
            origin,
            server,
            directory,
        }
    }

    pub(crate) async fn visitor(&self) -> Visitor {
        Visitor::open(self.server.public).await.expect("it listens")
    }

    /// A page, asked for on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.get_with(path, "").await
    }

    pub(crate) async fn get_with(&self, path: &str, more: &str) -> Page {
        let mut visitor = self.visitor().await;
        visitor.get_with(path, more).await.expect("it answers")
    }

    /// The page out of the cache, at the latest when it was asked for three times: the first time it may be for whoever asks, and of the
    /// second it is known only when it has come that it may be kept.
    pub(crate) async fn kept(&self, path: &str) -> Page {
        for _ in 0..3 {
            let page = self.get(path).await;
            if page.cache() == "HIT" {
                return page;
            }
            assert_eq!(page.cache(), "MISS", "{page:?}");
        }
        let page = self.get(path).await;
        assert_eq!(page.cache(), "HIT", "{page:?}");
        page
    }

    /// Sends a request as it is written here.
    pub(crate) async fn ask(&self, request: &str) -> Page {
        let mut visitor = self.visitor().await;
        visitor.ask(request.as_bytes()).await.expect("it answers")
    }

    /// What the admin address answers, as JSON.
    pub(crate) async fn admin(&self, what: &str, body: &str) -> Value {
        let answer = self.server.admin(what, body).await;
        assert!(answer.status < 300, "{what}: {answer:?}");
        match answer.body.is_empty() {
            true => Value::Null,
            false => answer.json(),
        }
    }

    /// The metrics, by name and labels as they are written.
    pub(crate) async fn metrics(&self) -> HashMap<String, f64> {
        let answer = self.server.admin("GET /metrics", "").await;
        let text = String::from_utf8(answer.body).expect("it is text");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect()
    }

    /// The sum of a metric's series, whatever their labels.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let metrics = self.metrics().await;
        let of_it = |series: &str| series.split('{').next() == Some(name);
        metrics
            .iter()
            .filter(|(series, _)| of_it(series))
            .map(|(_, value)| value)
            .sum()
    }

    /// The funnel's rows of all time, by a dimension.
    pub(crate) async fn funnel(&self, by: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .admin(
                    &format!("GET /api/funnel?every=1d&limit=1000&by={by}{cursor}"),
                    "",
                )
                .await;
            let items = page["items"].as_array().expect("a list");
            rows.extend(items.iter().map(Row::read));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Waits until what a funnel counts is what is wanted, as windows close after a while.
    pub(crate) async fn until_funnel(&self, by: &str, wanted: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let until = Instant::now() + BOUND;
        loop {
            let rows = self.funnel(by).await;
            if wanted(&rows) {
                return rows;
            }
            assert!(Instant::now() < until, "by {by}: {rows:#?}");
            sleep(ASK_EVERY).await;
        }
    }
}

/// A row of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) visits: u64,
    pub(crate) conversions: u64,
}

impl Row {
    fn read(row: &Value) -> Self {
        let count = |name: &str| row[name].as_u64().unwrap_or_else(|| panic!("{name} of {row}"));
        Self {
            key: row["key"].as_str().unwrap_or_default().to_owned(),
            visits: count("visits"),
            conversions: count("conversions"),
        }
    }
}

/// How many visits there are in all.
pub(crate) fn visits(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.visits).sum()
}

fn start(data: PathBuf) -> Server {
    let config = data.with_file_name("gantry.toml");
    Start::new(&data)
        .arg("--config")
        .arg(config)
        .run()
        .unwrap_or_else(|ended| panic!("it does not start: {ended:?}"))
}

/// Waits until something holds, by asking again and again.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < BOUND, "{what}: not within {BOUND:?}");
        sleep(ASK_EVERY).await;
    }
}
