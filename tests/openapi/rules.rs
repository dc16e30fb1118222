//! Spectral reads the description.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::{here, part, run};

/// Whether Spectral finds nothing, not even a hint; and what it says.
fn is_clean(directory: &Path, document: &Value) -> (bool, String) {
    let file = directory.join("openapi.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let mut spectral = Command::new(part("node_modules/.bin/spectral"));
    spectral.args(["lint", "--fail-severity=hint", "--ruleset"]);
    run(spectral.arg(here().join("spectral.yaml")).arg(&file))
}

#[test]
fn spectral_finds_nothing_in_the_description_and_finds_what_is_planted() {
    let directory = tempfile::tempdir().unwrap();
    let mut document = gantry::app::describe();
    let (clean, said) = is_clean(directory.path(), &document);
    assert!(clean, "{said}");

    document["info"]["contact"] = Value::Null;
    document["paths"]["/api/status"]["get"]["description"] = json!("");
    document["paths"]["/api/status"]["get"]["security"] = json!([{ "nobody": [] }]);
    document["paths"]["/api/polls"]["get"]["operationId"] = json!("getStatus");
    document["components"]["schemas"]["Nobodys"] = json!({ "type": "object" });
    document["components"]["parameters"]["limit"]["example"] = json!("many");
    let (clean, said) = is_clean(directory.path(), &document);
    assert!(!clean, "{said}");
    for rule in [
        "info-contact",
        "operation-description",
        "schemes-are-defined",
        "operation-operationId-unique",
        "oas3-unused-component",
        "oas3-valid-media-example",
    ] {
        assert!(said.contains(rule), "{rule} is not among: {said}");
    }
}
