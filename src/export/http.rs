//! `/api/postgres`: how the export stands, and what its owner does with it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{Taking, VERSION};
use super::session::Session;
use super::{Export, Failing};
use crate::model::export::{Backfill, ExportKey, ExportStanding, SetAside};
use crate::web::ApiError;
use crate::web::answer::{self, List, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::{self, BODY_DEADLINE};

/// How the export stands.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportStatus")]
pub(super) struct Item {
    /// `off`: no database is configured. `current`: nothing waits for longer than a moment. `behind`: something does.
    /// `failing`: the last attempt to write failed.
    #[schemars(extend("enum" = ["off", "current", "behind", "failing"]))]
    state: &'static str,
    /// How long the oldest change has waited.
    lag_seconds: f64,
    /// Facts of the journal that have not been looked at; thousands of votes are one row.
    waiting: u64,
    /// Rows written since the export began.
    rows: u64,
    last_exported_at: Option<String>,
    backfill: Option<BackfillItem>,
    /// Rows that the database refuses.
    set_aside: u64,
    lost: LostItem,
    failure: Option<FailureItem>,
}

/// What was forgotten before it was exported, because the database was away for too long.
#[derive(Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportLost")]
struct LostItem {
    /// Windows of five seconds.
    windows: u64,
    /// Events, or the last that happened to them.
    events: u64,
    /// Polls whose last results are not there.
    polls: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportBackfill")]
pub(super) struct BackfillItem {
    begun_at: String,
    /// Events that have gone.
    done: u64,
    /// Events that there were when it began.
    of: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportFailure")]
struct FailureItem {
    since: String,
    last_at: String,
    message: String,
}

/// A row that the database refuses.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SetAsideRow")]
pub(super) struct AsideItem {
    #[schemars(extend("enum" = ["launch_metrics", "poll_results", "marketing_events"]))]
    table: &'static str,
    /// The id of an event or poll, or when a window begins.
    name: String,
    reason: String,
    at: String,
}

/// What became of the tables.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportSchema")]
pub(super) struct SchemaItem {
    /// The version of the tables now.
    version: i32,
    /// The version they had; 0: there were none.
    before: i32,
}

/// Whose the tables are to be.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ExportInit")]
pub(super) struct Init {
    /// Take tables over that another data file is written to. What it has written stays.
    #[serde(default)]
    take_over: bool,
}

/// The longest body of a request, in bytes.
const MAX_BODY: usize = 1024;

/// How long something may wait before the export is called behind, beyond its own rhythm, in milliseconds.
const MOMENT_MS: i64 = 10_000;

/// `GET /api/postgres`
pub(super) async fn show(State(export): State<Export>, _: Reader) -> Result<Response<Body>, ApiError> {
    let standing = export.parts.store.export_standing().await?;
    let item = standing.map_or_else(Item::off, |standing| Item::of(&export, &standing));
    Ok(answer::json(StatusCode::OK, &item))
}

/// `GET /api/postgres/aside`
pub(super) async fn aside(
    State(export): State<Export>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let cursor = |text: &str| {
        let (kind, which) = text.split_once('.')?;
        Some((kind.parse::<u8>().ok()?, which.parse::<u64>().ok()?))
    };
    let page = export.parts.store.set_aside(query.page(cursor)?).await?;
    let list = List {
        items: page.items.into_iter().map(AsideItem::of).collect(),
        next: page.next.map(|(kind, which)| format!("{kind}.{which}")),
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// `POST /api/postgres/init`
pub(super) async fn init(
    State(export): State<Export>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let bytes = body::read(request.into_body(), MAX_BODY, BODY_DEADLINE).await?;
    let asked = match bytes.is_empty() {
        true => Init::default(),
        false => body::json(&bytes)?,
    };
    let taking = match asked.take_over {
        true => Taking::Over,
        false => Taking::IfFree,
    };
    let target = export.parts.target.clone().ok_or_else(off)?;
    let owner = export.parts.store.identity();
    let _alone = export.changing.lock().await;
    let changed = async {
        let mut session = Session::open(&target).await?;
        session.migrate(&owner, taking).await
    };
    let before = changed
        .await
        .map_err(|failure| ApiError::new(StatusCode::BAD_GATEWAY, failure.to_string()))?;
    export.stirred.notify_one();
    tracing::info!(
        export.version = VERSION,
        export.before = before,
        "the export's tables are made"
    );
    let item = SchemaItem {
        version: VERSION,
        before,
    };
    Ok(answer::json(StatusCode::OK, &item))
}

/// `POST /api/postgres/backfill`
pub(super) async fn backfill(State(export): State<Export>, _: Admin) -> Result<Response<Body>, ApiError> {
    let begun = export.parts.store.begin_backfill().await?.ok_or_else(off)?;
    export.stirred.notify_one();
    Ok(answer::json(StatusCode::ACCEPTED, &BackfillItem::of(begun)))
}

fn off() -> ApiError {
    ApiError::conflict("nothing is exported: export.postgres.url is not configured")
}

impl Item {
    fn off() -> Self {
        Self {
            state: "off",
            lag_seconds: 0.0,
            waiting: 0,
            rows: 0,
            last_exported_at: None,
            backfill: None,
            set_aside: 0,
            lost: LostItem::default(),
            failure: None,
        }
    }

    fn of(export: &Export, standing: &ExportStanding) -> Self {
        let now = export.parts.store.now();
        let lag_ms = standing.waits_since.map_or(0, |since| (now.0 - since.0).max(0));
        let failing = export.failing();
        let rhythm = i64::try_from(export.parts.every.as_millis()).unwrap_or(i64::MAX);
        let state = match (&failing, lag_ms > rhythm.saturating_add(MOMENT_MS)) {
            (Some(_), _) => "failing",
            (None, true) => "behind",
            (None, false) => "current",
        };
        Self {
            state,
            lag_seconds: seconds(lag_ms),
            waiting: standing.end.saturating_sub(standing.cursor) + standing.stirred,
            rows: standing.rows,
            last_exported_at: standing.last_at.map(|at| at.to_string()),
            backfill: standing.backfill.map(BackfillItem::of),
            set_aside: standing.aside,
            lost: LostItem {
                windows: standing.lost.windows,
                events: standing.lost.events,
                polls: standing.lost.polls,
            },
            failure: failing.map(FailureItem::of),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a lag, shown to people"
)]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

impl BackfillItem {
    fn of(backfill: Backfill) -> Self {
        Self {
            begun_at: backfill.begun_at.to_string(),
            done: backfill.done,
            of: backfill.of,
        }
    }
}

impl FailureItem {
    fn of(failing: Failing) -> Self {
        Self {
            since: failing.since.to_string(),
            last_at: failing.at.to_string(),
            message: failing.why,
        }
    }
}

impl AsideItem {
    fn of(aside: SetAside) -> Self {
        Self {
            table: match aside.key {
                ExportKey::Window(_) => "launch_metrics",
                ExportKey::Poll(_) => "poll_results",
                ExportKey::Event(_) => "marketing_events",
            },
            name: aside.name,
            reason: aside.reason,
            at: aside.at.to_string(),
        }
    }
}
