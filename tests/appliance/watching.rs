//! What is given to those who watch it with Prometheus and Grafana: read by Prometheus's own tool, and about metrics that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::Appliance;

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

/// Has promtool do something, which must succeed.
fn promtool(words: [&str; 2], file: &Path) {
    let output = Command::new("promtool").args(words).arg(file).output();
    let output = output.expect("promtool is installed (Debian's package `prometheus`)");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// Every expression of a dashboard's panels.
fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array());
    let expression = |target: &Value| target["expr"].as_str().expect("an expression").to_owned();
    targets.flatten().map(expression).collect()
}

fn dashboard() -> Value {
    let text = std::fs::read_to_string(packaging("grafana/gantry.json")).expect("it is there");
    serde_json::from_str(&text).expect("JSON")
}

/// The metrics of ours that a text names, by their families.
fn named(text: &str) -> BTreeSet<String> {
    let parts = [
        "gantry_",
        "marketing_event_",
        "worker_retry_",
        "api_error_",
        "event_processing_",
    ];
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| *word == "queue_depth" || parts.iter().any(|part| word.starts_with(part)))
        .map(|word| {
            let ends = ["_bucket", "_sum", "_count"];
            let family = ends.iter().find_map(|end| word.strip_suffix(end));
            family.unwrap_or(word).to_owned()
        })
        .collect()
}

#[test]
fn prometheus_own_tool_takes_the_rules_and_each_fires_when_it_has_to() {
    promtool(["check", "rules"], &packaging("prometheus/gantry.rules.yml"));
    promtool(["test", "rules"], &packaging("prometheus/gantry.test.yml"));
    let rules = std::fs::read_to_string(packaging("prometheus/gantry.rules.yml")).unwrap();
    let tests = std::fs::read_to_string(packaging("prometheus/gantry.test.yml")).unwrap();
    for alert in rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        let fires = format!("alertname: {alert}\n        exp_alerts:");
        assert!(tests.contains(&fires), "no test has {alert} fire");
    }
}

#[test]
fn prometheus_own_tool_takes_every_expression_of_the_dashboard() {
    let mut rules = "groups:\n  - name: panels\n    rules:\n".to_owned();
    for (number, expression) in expressions(&dashboard()).into_iter().enumerate() {
        // Which Grafana writes in their places.
        let expression = expression
            .replace("$__rate_interval", "1m")
            .replace("$job", "gantry");
        rules += &format!(
            "      - record: panel_{number}\n        expr: {}\n",
            Value::String(expression)
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("panels.yml");
    std::fs::write(&file, rules).unwrap();
    promtool(["check", "rules"], &file);
}

#[test]
fn the_dashboard_is_one_by_the_types_that_grafana_publishes() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .arg(tree.join("tests/grafana/check.js"))
        .arg(tree.join("target/grafana"))
        .arg(packaging("grafana/gantry.json"))
        .output();
    let said = output.expect("node, and what tests/run fetches").stderr;
    assert_eq!(String::from_utf8_lossy(&said), "");
}

#[tokio::test]
async fn every_metric_that_rules_and_dashboard_name_is_there() {
    let appliance = Appliance::start().await;
    let page = appliance.stranger.get("/metrics").await.text();
    let rules = std::fs::read_to_string(packaging("prometheus/gantry.rules.yml")).unwrap();
    let in_dashboard = named(&expressions(&dashboard()).join("\n"));
    assert!(in_dashboard.len() > 20, "{in_dashboard:?}");
    for name in named(&rules).union(&in_dashboard) {
        assert!(page.contains(&format!("# TYPE {name} ")), "there is no {name}");
    }
    // And whatever is counted is shown.
    let families = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for family in families.filter_map(|rest| rest.split(' ').next()) {
        assert!(in_dashboard.contains(family), "no panel shows {family}");
    }
}

#[test]
fn panels_have_numbers_of_their_own_and_do_not_cover_one_another() {
    let dashboard = dashboard();
    let mut numbers = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        assert!(numbers.insert(panel["id"].as_u64()), "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a place"));
        assert!(x + w <= 24, "{panel}");
        for place in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(place), "{panel} covers another");
        }
    }
}
