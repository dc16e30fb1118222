//! Schemathesis asks a running appliance for everything that is described.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

use crate::process::{TOKEN, size};
use crate::stage::Stage;
use crate::{here, part, run};

/// The same requests each time, but for names that the appliance makes.
const SEED: &str = "20261201";
/// As in `schemathesis.toml`, with its reasons; and what it has asked for to begin with.
const LEFT_OUT: [&str; 6] = [
    "streamPoll",
    "streamNow",
    "streamBackup",
    "compact",
    "resetAdminToken",
    "getOpenApi",
];

/// What there is no database for here; `tests/export` has one.
const REFUSED: [&str; 2] = ["POST /api/postgres/backfill", "POST /api/postgres/init"];

impl Stage {
    /// The description as it is served, with the addresses that are served here.
    async fn description(&self) -> Value {
        let mut document = self.ask("GET /api/openapi.json", Value::Null).await;
        for (_, operation) in operations(&mut document) {
            if operation.get("servers").is_some() {
                operation["servers"] = json!([{ "url": format!("http://{}", self.server.public) }]);
            }
        }
        document
    }

    /// Whether schemathesis, with at most so many cases for an operation and a phase, finds nothing; and what it says.
    async fn is_true(&self, document: &Value, (most, only): (usize, &[&str])) -> (bool, String) {
        let mut schemathesis = Command::new(part("venv/bin/schemathesis"));
        schemathesis
            .arg("--config-file")
            .arg(here().join("schemathesis.toml"))
            .arg("run")
            .arg(format!("http://{}/api/openapi.json", self.server.admin))
            .args(["--seed", SEED, "--max-examples", &most.to_string(), "--no-color"])
            .args(only.iter().flat_map(|id| ["--include-operation-id", id]))
            .current_dir(self.directory.path())
            .env("PYTHONPATH", here())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("GANTRY_TOKEN", TOKEN)
            .env("GANTRY_SENDER", &self.sender)
            .env(
                "GANTRY_DESCRIPTION",
                self.file("openapi.json", &document.to_string()),
            )
            .env("GANTRY_KNOWN", self.file("known.json", &self.known.to_string()))
            .env("GANTRY_MET", self.file("met", ""));
        tokio::task::spawn_blocking(move || run(&mut schemathesis))
            .await
            .unwrap()
    }

    /// Which statuses each operation has answered with, and how often.
    fn met(&self) -> BTreeMap<String, BTreeMap<u16, usize>> {
        let noted = std::fs::read_to_string(self.directory.path().join("met")).unwrap();
        let mut met = BTreeMap::<String, BTreeMap<u16, usize>>::new();
        for line in noted.lines() {
            let (operation, status) = line.split_once('\t').unwrap();
            let statuses = met.entry(operation.to_owned()).or_default();
            *statuses.entry(status.parse().unwrap()).or_default() += 1;
        }
        met
    }
}

/// Every operation, by its method and path.
fn operations(document: &mut Value) -> impl Iterator<Item = (String, &mut Value)> {
    let paths = document["paths"].as_object_mut().unwrap().iter_mut();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object_mut().unwrap().iter_mut();
        methods.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_is_answered_as_it_is_described() {
    let stage = Stage::start().await;
    let mut document = stage.description().await;
    let (is_true, said) = stage.is_true(&document, (size(6, 250), &[])).await;
    let met = stage.met();
    println!("{met:#?}");
    assert!(is_true, "{said}");

    let is_asked = |operation: &Value| LEFT_OUT.iter().all(|id| operation["operationId"] != *id);
    let all: BTreeSet<String> = operations(&mut document)
        .filter(|(_, operation)| is_asked(operation))
        .map(|(name, _)| name)
        .collect();
    let asked = met.keys().cloned().collect();
    let apart: Vec<_> = all.symmetric_difference(&asked).collect();
    assert!(
        apart.is_empty(),
        "described, or asked for, and not both: {apart:?}"
    );
    let is_refused =
        |statuses: &BTreeMap<u16, usize>| !statuses.keys().any(|status| (200..300).contains(status));
    let refused = met.iter().filter(|(_, statuses)| is_refused(statuses));
    let refused: Vec<_> = refused.map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(refused, REFUSED, "never answered with what they are for");
    stage.server.assert_clean().await;
    stage.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_otherwise_than_it_is_described_is_found() {
    let stage = Stage::start().await;
    let mut document = stage.description().await;
    let paths = &mut document["paths"];
    // A status that nobody described, a member that never comes, a type that it never is, a server that fails.
    let status = paths["/api/launch"]["get"]["responses"].as_object_mut().unwrap();
    status.remove("200").unwrap();
    let session = &mut paths["/api/session"]["get"]["responses"]["200"]["content"]["application/json"];
    session["schema"] = json!({ "type": "object", "required": ["nothing"] });
    let health = &mut paths["/healthz"]["get"]["responses"]["200"]["content"];
    *health = json!({ "image/png": { "schema": {} } });
    paths["/readyz"]["get"]["servers"] = json!([{ "url": stage.site }]);

    let planted = ["getLaunch", "getSession", "getHealth", "getReadiness"];
    let (is_true, said) = stage.is_true(&document, (1, &planted)).await;
    assert!(!is_true, "{said}");
    for found in [
        "ST103 Undocumented status code: 1",
        "ST108 Response violates schema: 1",
        "ST105 Undocumented Content-Type: 1",
        "ST101 Server error: 1",
    ] {
        assert!(said.contains(found), "{found} is not among: {said}");
    }
    stage.server.stop();
}
