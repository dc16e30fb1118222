//! The description of the API: what every slice says of its operations, in one document.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::alerts::Alerts;
use crate::audit::Audit;
use crate::dashboard::Dashboard;
use crate::data::Data;
use crate::delivery::Delivery;
use crate::events::Events;
use crate::export::Export;
use crate::funnel::Funnel;
use crate::launch::Launch;
use crate::pages::Pages;
use crate::people::People;
use crate::polls::Polls;
use crate::producthunt::ProductHunt;
use crate::report::Report;
use crate::schedules::Schedules;
use crate::spend::Spend;
use crate::upkeep::Upkeep;
use crate::web::answer;
use crate::web::auth::{Auth, Reader};
use crate::web::describe::{Access, Document, Operation, Tag};
use crate::webhooks::Webhooks;

/// The document as it is served, and its tag. It is the same for every appliance of this version, so it is made once.
static SERVED: LazyLock<(Bytes, String)> = LazyLock::new(|| {
    let bytes = serde_json::to_vec(&document()).unwrap_or_default();
    let digest = Sha256::digest(&bytes);
    let tag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    (bytes.into(), format!("\"{tag}\""))
});

/// Every operation of the API, as OpenAPI 3.1.
#[must_use]
pub fn document() -> Value {
    Document::new(operations()).to_json()
}

fn operations() -> Vec<Operation> {
    [
        Polls::operations(),
        Events::operations(),
        Delivery::operations(),
        Webhooks::operations(),
        Schedules::operations(),
        Pages::operations(),
        Funnel::operations(),
        Spend::operations(),
        Report::operations(),
        Launch::operations(),
        Alerts::operations(),
        ProductHunt::operations(),
        Data::operations(),
        Export::operations(),
        People::operations(),
        Dashboard::operations(),
        Audit::operations(),
        Upkeep::operations(),
        vec![this()],
    ]
    .concat()
}

fn this() -> Operation {
    Operation::get("/api/openapi.json", (Tag::System, Access::Reader), "getOpenApi")
        .says(
            "This document",
            "OpenAPI 3.1, of the version that answers. `gantry openapi` writes the same.",
        )
        .answers::<serde_json::Map<String, Value>>(
            200,
            "The document.",
            json!({"openapi": "3.1.1", "info": {"title": "Gantry", "version": "0.1.0"}, "paths": {}}),
        )
}

/// Where it is served.
pub(super) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/api/openapi.json", get(serve))
        .with_state(auth)
}

/// `GET /api/openapi.json`
async fn serve(State(_): State<Auth>, _: Reader, headers: HeaderMap) -> Response<Body> {
    let (bytes, tag) = &*SERVED;
    answer::tagged(&headers, tag, || bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Every operation, by its method and path.
    fn each(document: &Value) -> Vec<(String, &Value)> {
        let paths = document["paths"].as_object().unwrap().iter();
        let methods = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
        });
        methods.collect()
    }

    /// What a body must be, with the components that it names.
    fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
        let schema = json!({"allOf": [schema], "components": document["components"]});
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).unwrap()
    }

    #[test]
    fn every_example_is_what_its_schema_says() {
        let document = document();
        let (mut looked_at, mut faults) = (0, Vec::new());
        for (name, operation) in each(&document) {
            let answers = operation["responses"].as_object().unwrap().values();
            let bodies = answers.chain([&operation["requestBody"]]);
            let contents = bodies.filter_map(|body| body["content"].as_object());
            let examples = contents.flat_map(|content| content.values());
            let parameters = operation["parameters"].as_array();
            let parameters = parameters.into_iter().flatten();
            for said in examples.chain(parameters.filter(|parameter| parameter.get("schema").is_some())) {
                let validator = validator(&document, &said["schema"]);
                let wrong = validator.iter_errors(&said["example"]);
                faults.extend(wrong.map(|error| format!("{name}: {error} in {}", said["example"])));
                looked_at += 1;
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(looked_at > 150, "{looked_at} examples");
    }

    #[test]
    fn every_operation_says_what_it_is_and_what_its_path_holds() {
        let document = document();
        let mut ids = HashSet::new();
        for (name, operation) in each(&document) {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}");
            for said in ["summary", "description"] {
                assert!(!operation[said].as_str().unwrap().is_empty(), "{name}: {said}");
            }
            let in_path: HashSet<&str> = name
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split('}').next())
                .collect();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let said = parameters.filter(|parameter| parameter["in"] == "path");
            let said: HashSet<&str> = said
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(in_path, said, "{name}");
            let statuses = operation["responses"].as_object().unwrap();
            assert!(statuses.keys().any(|status| status.starts_with('2')), "{name}");
        }
    }

    #[test]
    fn no_two_types_have_one_name() {
        let document = document();
        // A second type of a name gets a number behind it.
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let numbered: Vec<&String> = schemas
            .keys()
            .filter(|name| name.ends_with(|last: char| last.is_ascii_digit()))
            .collect();
        assert!(numbered.is_empty(), "{numbered:?}");
    }

    #[test]
    fn the_document_is_the_same_each_time() {
        assert_eq!(document().to_string(), document().to_string());
    }
}
