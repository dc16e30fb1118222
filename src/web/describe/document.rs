//! The document: operations written as OpenAPI 3.1.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Access, Answer, Content, Operation, Parameter, Place, Sent};
use crate::model::page::MAX_LIMIT;
use crate::web::error::ABOUT_BLANK;

/// The version of the description's language.
pub const API_VERSION: &str = "3.1.1";

const PROBLEM: &str = "application/problem+json";
const SCHEMAS: &str = "#/components/schemas/";

/// What operations belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// Polls and votes.
    Polls,
    /// Events in.
    Events,
    /// Deliveries, dead letters and replays.
    Deliveries,
    /// Destinations.
    Destinations,
    /// Others' webhooks.
    Webhooks,
    /// Events by the clock.
    Schedules,
    /// The site in front.
    Pages,
    /// Visits, conversions, forms.
    Funnel,
    /// What it cost and brought.
    Money,
    /// The launch's checklist.
    Launch,
    /// What goes wrong, and who is told.
    Alerts,
    /// Data out, and gone.
    Data,
    /// Keys and sessions.
    Access,
    /// The data file and the process.
    System,
}

impl Tag {
    const ALL: [Self; 14] = [
        Self::Polls,
        Self::Events,
        Self::Deliveries,
        Self::Destinations,
        Self::Webhooks,
        Self::Schedules,
        Self::Pages,
        Self::Funnel,
        Self::Money,
        Self::Launch,
        Self::Alerts,
        Self::Data,
        Self::Access,
        Self::System,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Polls => "polls",
            Self::Events => "events",
            Self::Deliveries => "deliveries",
            Self::Destinations => "destinations",
            Self::Webhooks => "webhooks",
            Self::Schedules => "schedules",
            Self::Pages => "pages",
            Self::Funnel => "funnel",
            Self::Money => "money",
            Self::Launch => "launch",
            Self::Alerts => "alerts",
            Self::Data => "data",
            Self::Access => "access",
            Self::System => "system",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Polls => "Polls: votes counted exactly once, and results as they move.",
            Self::Events => "Events taken in, once each, and what became of them.",
            Self::Deliveries => "Deliveries of events to destinations: dead letters, retries, replays.",
            Self::Destinations => "Where events go: pauses, breakers, quotas, trials.",
            Self::Webhooks => "Signed webhooks of others, which become events.",
            Self::Schedules => "Events that come by the clock.",
            Self::Pages => "The site in front: what is stored of it, purges and warm-ups.",
            Self::Funnel => "Visits, conversions and forms.",
            Self::Money => "Spend, and what it brought.",
            Self::Launch => "The checklist of the launch.",
            Self::Alerts => "What goes wrong, and who is told.",
            Self::Data => "Rows as CSV and NDJSON, and what is kept of one person.",
            Self::Access => "Who may ask: keys and sessions.",
            Self::System => "The data file, the process, backups.",
        }
    }
}

/// An OpenAPI document.
#[derive(Clone, Debug)]
pub struct Document {
    operations: Vec<Operation>,
}

impl Document {
    /// Of these operations.
    #[must_use]
    pub const fn new(operations: Vec<Operation>) -> Self {
        Self { operations }
    }

    /// As JSON: the same bytes for the same operations.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut writer = Writer::new();
        let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for operation in &self.operations {
            let methods = paths.entry(operation.path).or_default();
            methods.insert(
                operation.method.as_str().to_ascii_lowercase(),
                writer.operation(operation),
            );
        }
        let used = |tag: &Tag| self.operations.iter().any(|operation| operation.tag == *tag);
        let tags: Vec<Value> = Tag::ALL
            .iter()
            .filter(|tag| used(tag))
            .map(|tag| json!({"name": tag.name(), "description": tag.what()}))
            .collect();
        json!({
            "openapi": API_VERSION,
            "info": {
                "title": "Gantry",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": env!("CARGO_PKG_DESCRIPTION"),
                "description": ABOUT,
                "contact": {"name": "Gantry"},
                "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            },
            "servers": [{"url": "/", "description": "The admin address, where this document is."}],
            "tags": tags,
            "paths": paths,
            "components": writer.components(),
        })
    }
}

const ABOUT: &str = "Everything a product launch stands on. Bodies are JSON in UTF-8, members in camelCase. Instants are \
RFC 3339, UTC, with milliseconds; amounts of money are decimals in quotes. A list is `{\"items\": […], \"next\": \"…\"|null}`; what \
stands in `next` is the `cursor` of the next page, and only `null` ends a list: a page of a list that is filtered may be short, \
or empty. Whatever goes wrong is a problem (RFC 9457), `application/problem+json`. Every answer has `X-Request-Id`, the request's \
own if it had one. Operations of everybody, of senders and of events are on the public address too, below its prefix if one is \
configured.";

/// Writes operations, and gathers the schemas that they name.
struct Writer {
    /// Of what is answered.
    out: SchemaGenerator,
    /// Of what is taken.
    taken: SchemaGenerator,
    /// The refusals that operations have in common, as far as one has them.
    refusals: BTreeSet<StatusCode>,
}

impl Writer {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.transforms.push(Box::new(objects));
        });
        let mut out = settings
            .clone()
            .for_serialize()
            .with_transform(instants)
            .into_generator();
        // Named by the answers to what is refused, which are written by hand.
        let _ = out.subschema_for::<crate::web::error::Problem>();
        Self {
            out,
            taken: settings.for_deserialize().into_generator(),
            refusals: BTreeSet::new(),
        }
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
        put("operationId", operation.id.into());
        put("summary", operation.summary.into());
        put("description", operation.detail.into());
        put("tags", json!([operation.tag.name()]));
        put("security", security(operation.access));
        if operation.is_public() {
            put(
                "servers",
                json!([
                    {"url": "http://127.0.0.1:8080", "description": "The public address, where none is configured."},
                    {"url": "/", "description": "The admin address."},
                ]),
            );
        }
        let mut parameters: Vec<Value> = operation
            .parameters
            .iter()
            .map(|parameter| self.parameter(parameter))
            .collect();
        let shared = |name| json!({"$ref": format!("#/components/parameters/{name}")});
        if operation.pages {
            parameters.extend(["limit", "cursor"].map(shared));
        }
        if operation.is_tagged() {
            parameters.push(shared("ifNoneMatch"));
        }
        if operation.makes() {
            parameters.push(shared("idempotencyKey"));
        }
        if !parameters.is_empty() {
            put("parameters", parameters.into());
        }
        if let Some(sent) = &operation.sent {
            put("requestBody", self.sent(sent));
        }
        put("responses", self.responses(operation).into());
        written.into()
    }

    fn parameter(&mut self, parameter: &Parameter) -> Value {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        };
        json!({
            "name": parameter.name,
            "in": place,
            "required": parameter.place == Place::Path,
            "description": parameter.what,
            "schema": (parameter.shape)(&mut self.taken),
            "example": parameter.example,
        })
    }

    fn sent(&mut self, sent: &Sent) -> Value {
        json!({
            "required": sent.required,
            "content": content(&sent.contents, &mut self.taken),
        })
    }

    fn answer(&mut self, answer: &Answer) -> Map<String, Value> {
        let mut written = Map::new();
        written.insert("description".to_owned(), answer.what.into());
        if !answer.contents.is_empty() {
            written.insert("content".to_owned(), content(&answer.contents, &mut self.out));
        }
        if !answer.headers.is_empty() {
            let header = |(name, what): &(&str, &str)| {
                let schema = json!({"type": "string"});
                ((*name).to_owned(), json!({"description": what, "schema": schema}))
            };
            let headers: Map<String, Value> = answer.headers.iter().map(header).collect();
            written.insert("headers".to_owned(), headers.into());
        }
        written
    }

    /// Every answer, by status.
    fn responses(&mut self, operation: &Operation) -> Map<String, Value> {
        let mut responses = Map::new();
        for answer in &operation.answers {
            let mut answer = answer.clone();
            if operation.makes() {
                answer.headers.push(REPLAYED);
            }
            if operation.is_tagged() {
                answer.headers.push(("ETag", "A digest of the answer."));
            }
            responses.insert(answer.status.as_str().to_owned(), self.answer(&answer).into());
        }
        if operation.is_tagged() {
            responses.insert(
                "304".to_owned(),
                json!({"$ref": "#/components/responses/NotModified"}),
            );
        }
        for (status, why) in operation.problems() {
            let name = status.as_str().to_owned();
            // A status may be answered in two ways, to a browser and to a script.
            if let Some(contents) = responses
                .get_mut(&name)
                .and_then(|answer| answer.get_mut("content"))
            {
                if let Value::Object(contents) = contents {
                    contents.insert(
                        PROBLEM.to_owned(),
                        problem_content(status, why.unwrap_or_default()),
                    );
                }
                continue;
            }
            let problem = match why {
                Some(why) => problem(status, why),
                None => {
                    self.refusals.insert(status);
                    json!({"$ref": format!("#/components/responses/{}", name_of(status))})
                }
            };
            responses.insert(name, problem);
        }
        responses
    }

    fn components(mut self) -> Value {
        let mut schemas = self.taken.take_definitions(true);
        schemas.append(&mut self.out.take_definitions(true));
        let mut responses: Map<String, Value> = REFUSALS
            .iter()
            .filter(|(status, _)| self.refusals.contains(status))
            .map(|(status, why)| (name_of(*status), problem(*status, why)))
            .collect();
        responses.insert(
            "NotModified".to_owned(),
            json!({"description": "It is still what `If-None-Match` names."}),
        );
        json!({
            "schemas": schemas,
            "responses": responses,
            "parameters": {
                "limit": {
                    "name": "limit", "in": "query", "required": false,
                    "description": "How many items at most; 50, if it is left out.",
                    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
                    "example": 50,
                },
                "cursor": {
                    "name": "cursor", "in": "query", "required": false,
                    "description": "The `next` of the page before. What it holds is no one's business.",
                    "schema": {"type": "string"},
                },
                "ifNoneMatch": {
                    "name": "If-None-Match", "in": "header", "required": false,
                    "description": "The `ETag` of an answer that is known.",
                    "schema": {"type": "string"},
                },
                "idempotencyKey": {
                    "name": "Idempotency-Key", "in": "header", "required": false,
                    "description": "What is asked again under the same key within a day is given the same answer again, and is not done \
        again. Quoted or bare.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
                    "example": "k-1",
                },
            },
            "securitySchemes": {
                KEY: {
                    "type": "http", "scheme": "bearer", "bearerFormat": "gty_…",
                    "description": "A key, as `gantry key create` makes them. Its scope is `ingest`, `read` or `admin`; each operation \
        names the least that is enough.",
                },
                SESSION: {
                    "type": "apiKey", "in": "cookie", "name": "gantry_session",
                    "description": "A session of the dashboard, begun by `POST /api/session`; under TLS the cookie is \
        `__Host-gantry`. It may do what its key may. What changes anything needs an `Origin` or `Sec-Fetch-Site` of this very origin.",
                },
            },
        })
    }
}

const KEY: &str = "key";
const SESSION: &str = "session";

/// Which keys are enough; an empty list: none is needed.
fn security(access: Access) -> Value {
    match access {
        Access::Anyone | Access::Stranger | Access::Signed => json!([]),
        Access::Sender => json!([{KEY: ["ingest"]}]),
        Access::Reader => json!([{KEY: ["read"]}, {SESSION: []}]),
        Access::Admin => json!([{KEY: ["admin"]}, {SESSION: []}]),
    }
}

fn content(contents: &[Content], generator: &mut SchemaGenerator) -> Value {
    let one = |content: &Content| {
        let mut schema = (content.shape)(generator);
        schema.ensure_object();
        let written = json!({"schema": schema, "example": content.example});
        (content.media_type.to_owned(), written)
    };
    contents.iter().map(one).collect::<Map<_, _>>().into()
}

const REPLAYED: (&str, &str) = ("Idempotent-Replayed", "`true`: it was done before.");

/// Why requests are refused, where nothing more exact is said.
const REFUSALS: [(StatusCode, &str); 12] = [
    (
        StatusCode::BAD_REQUEST,
        "It cannot be understood: no JSON, or no query.",
    ),
    (StatusCode::UNAUTHORIZED, "There is no key, or a wrong one."),
    (StatusCode::FORBIDDEN, "The key's scope does not reach so far."),
    (StatusCode::NOT_FOUND, "There is nothing of this name."),
    (
        StatusCode::CONFLICT,
        "What was asked under this key is under way.",
    ),
    (StatusCode::REQUEST_TIMEOUT, "The body did not come in time."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "It is well formed, but a field does not hold what it must; `field` says which.",
    ),
    (
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests, or too many wrong keys, from this address.",
    ),
    (StatusCode::INTERNAL_SERVER_ERROR, "Something failed on our side."),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "Not available just now; nothing was done, or it is not known: ask again.",
    ),
    (
        StatusCode::INSUFFICIENT_STORAGE,
        "The disk has no room to record this.",
    ),
];

/// What components call the answer of this status: `NotFound`.
fn name_of(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Error");
    reason.split_whitespace().collect()
}

/// The headers that clients act on, by status, and what they say.
fn header_of(status: StatusCode) -> Option<(&'static str, Value)> {
    let (name, what, schema) = match status {
        StatusCode::UNAUTHORIZED => ("WWW-Authenticate", "What is needed.", json!({"type": "string"})),
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::INSUFFICIENT_STORAGE => {
            let schema = json!({"type": "integer", "minimum": 0});
            ("Retry-After", "When to ask again, in seconds.", schema)
        }
        _ => return None,
    };
    Some((name, json!({"description": what, "schema": schema})))
}

fn problem(status: StatusCode, why: &str) -> Value {
    let headers: Map<String, Value> = header_of(status)
        .into_iter()
        .map(|(name, header)| (name.to_owned(), header))
        .collect();
    json!({
        "description": why,
        "headers": headers,
        "content": {PROBLEM: problem_content(status, why)},
    })
}

fn problem_content(status: StatusCode, why: &str) -> Value {
    let example = json!({
        "type": ABOUT_BLANK,
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": why,
    });
    json!({"schema": {"$ref": format!("{SCHEMAS}Problem")}, "example": example})
}

/// What may be anything is `{}` and not `true`, which says the same and which half of the tools cannot read. That there are no
/// other members is `false`, which all of them know.
fn objects(schema: &mut Schema) {
    const OTHERS: &str = "additionalProperties";
    let has_no_others = schema
        .get(OTHERS)
        .is_some_and(|others| *others == Value::Bool(false));
    schema.ensure_object();
    transform_subschemas(&mut (objects as fn(&mut Schema)), schema);
    if has_no_others {
        schema.insert(OTHERS.to_owned(), false.into());
    }
}

/// Members that are instants say so: their names tell, as they do to people.
fn instants(schema: &mut Schema) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let texts = properties
            .iter_mut()
            .filter(|(name, member)| is_instant(name) && is_plain_text(member));
        for (_, member) in texts {
            if let Value::Object(member) = member {
                member.insert("format".to_owned(), "date-time".into());
            }
        }
    }
    transform_subschemas(&mut (instants as fn(&mut Schema)), schema);
}

fn is_instant(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "at",
        "deliveryPausedSince",
        "due",
        "from",
        "lastUpdated",
        "newest",
        "nextProbe",
        "oldest",
        "oldestDue",
        "pausedSince",
        "reached",
        "since",
        "start",
        "to",
    ];
    NAMES.contains(&name) || name == "until" || name.ends_with("At")
}

fn is_plain_text(member: &Value) -> bool {
    let is_text = match member.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().all(|kind| kind == "string" || kind == "null"),
        _ => false,
    };
    is_text
        && ["format", "pattern", "enum"]
            .iter()
            .all(|more| member.get(more).is_none())
}
