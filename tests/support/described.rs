//! Real answers, held against what the API's description says of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::{HeaderMap, Method};
use jsonschema::Validator;
use serde_json::{Value, json};

/// What is described.
static DOCUMENT: LazyLock<Value> = LazyLock::new(gantry::app::describe);
/// What was needed of it so far, by method, path, status and media type.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Methods by path, with the names in their braces.
pub(crate) fn paths() -> Vec<(&'static str, Vec<String>)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let methods = |of: &Value| {
        of.as_object()
            .expect("methods")
            .keys()
            .map(|name| name.to_uppercase())
            .collect()
    };
    paths.map(|(path, of)| (path.as_str(), methods(of))).collect()
}

/// Fails where an operation that is described answers what is not. What is asked for elsewhere is left alone.
#[track_caller]
pub(crate) fn check(method: &Method, target: &str, (status, headers, body): (u16, &HeaderMap, &[u8])) {
    let path = target.split('?').next().unwrap_or(target);
    let Some((pattern, operation)) = operation(method, path) else {
        return;
    };
    let name = format!("{method} {pattern}: {status}");
    let told = String::from_utf8_lossy(body);
    if is_elsewhere(pattern, (status, headers), &told) {
        return;
    }
    let response = &operation["responses"][status.to_string()];
    assert!(!response.is_null(), "{name} is not described: {told}");
    let response = resolved(response);
    let Some(content) = response["content"].as_object() else {
        assert!(body.is_empty(), "{name} has a body: {told}");
        return;
    };
    let media_type = headers.get("content-type").and_then(|value| value.to_str().ok());
    let media_type = media_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let described = content.get(media_type);
    let described =
        described.unwrap_or_else(|| panic!("{name} is {media_type:?}, which is not described: {told}"));
    if media_type.ends_with("json") && !media_type.contains("ndjson") {
        let value: Value =
            serde_json::from_slice(body).unwrap_or_else(|error| panic!("{name}: {error}: {told}"));
        let validator = validator(format!("{name} {media_type}"), &described["schema"]);
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?} in {value}");
    }
}

/// Whether this path is not the API's on the address that was asked: nothing is there, or the tests' site, which answers in plain text.
fn is_elsewhere(pattern: &str, (status, headers): (u16, &HeaderMap), told: &str) -> bool {
    let is_plain = headers
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_site = is_plain && !["/healthz", "/readyz"].contains(&pattern);
    is_site || status == 405 || (status == 404 && told.contains("no such page"))
}

fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let method = method.as_str().to_ascii_lowercase();
    let paths = DOCUMENT["paths"].as_object()?.iter();
    let mut found: Vec<_> = paths.filter(|(pattern, _)| matches(pattern, path)).collect();
    // What is written out goes before what stands in braces.
    found.sort_by_key(|(pattern, _)| pattern.matches('{').count());
    let (pattern, methods) = found.first()?;
    Some((pattern.as_str(), methods.get(&method)?))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern
            .zip(path)
            .all(|(named, segment)| named == segment || (named.starts_with('{') && !segment.is_empty()))
}

fn resolved(response: &'static Value) -> &'static Value {
    let pointer = response["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'));
    match pointer {
        Some(pointer) => DOCUMENT.pointer(pointer).expect("a component"),
        None => response,
    }
}

fn validator(name: String, schema: &Value) -> Arc<Validator> {
    let mut made = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut schema =
            json!({"allOf": [schema], "components": {"schemas": DOCUMENT["components"]["schemas"]}});
        closed(&mut schema);
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(options.build(&schema).expect("a schema"))
    };
    Arc::clone(made.entry(name).or_insert_with(make))
}

/// Objects with members that are named have no others: what is answered and not described is found.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "object")
                && members.contains_key("properties")
                && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}
