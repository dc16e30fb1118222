//! `POST /api/backup`, `/api/backups`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::BytesMut;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

use super::make::{NotMade, Workshop};
use super::{keep, make};
use crate::store::{self, BackupError, OpenError, Proof, Store};
use crate::upkeep::Upkeep;
use crate::upkeep::http::CheckItem;
use crate::web::ApiError;
use crate::web::answer::{self, Named, Query};
use crate::web::auth::{Admin, Reader};

/// How much is read and sent at once, in bytes.
const PIECE: usize = 256 << 10;

/// Says that whoever waited has gone.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// `POST /api/backup`: a backup of the data file, made and verified before the first byte of it is sent.
pub(in crate::upkeep) async fn take(
    State(upkeep): State<Upkeep>,
    Admin(who): Admin,
) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let busy = |_| ApiError::conflict("another backup is being made; try again when it is done");
    let place = Arc::clone(&parts.backups.sending)
        .try_lock_owned()
        .map_err(busy)?;
    let path = hidden(&parts.store);
    // Of a process of the same number that was killed.
    let _ = fs::remove_file(&path);
    let called_off = Arc::new(AtomicBool::new(false));
    let (gone, off) = (Gone(Arc::clone(&called_off)), called_off);
    let begun = parts.clock.now();
    let made = parts
        .store
        .back_up(path.clone(), move |_| !off.load(Ordering::Relaxed))
        .await;
    drop(gone);
    let manifest = made.map_err(|error| refusal(&error))?;
    let file = take_away(&path).map_err(ApiError::internal)?;
    let bytes = file.metadata().map_err(ApiError::internal)?.len();
    tracing::info!(by = %who, bytes, position = manifest.position, "a backup is sent");
    let file = tokio::fs::File::from_std(file);
    // The place is kept until all of it is sent, or nobody reads on.
    let pieces = stream::try_unfold((file, place), |(mut file, place)| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await? {
            0 => Ok::<_, std::io::Error>(None),
            _ => Ok(Some((piece.freeze(), (file, place)))),
        }
    });
    let mut answer = Response::new(Body::from_stream(pieces));
    describe(answer.headers_mut(), &keep::name(begun), bytes);
    Ok(answer)
}

fn describe(headers: &mut HeaderMap, name: &str, bytes: u64) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
}

/// A name beside the data file that no one else has, and that is swept at a start as other drafts are.
fn hidden(store: &Store) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(store.path().file_name().unwrap_or_default());
    name.push(format!(".sent.{:08x}.new", std::process::id()));
    store.path().with_file_name(name)
}

/// Opens a file and removes its name: it is gone when it is closed.
fn take_away(path: &Path) -> std::io::Result<File> {
    let file = File::open(path);
    fs::remove_file(path)?;
    file
}

fn refusal(error: &BackupError) -> ApiError {
    match error {
        BackupError::NoRoom { needed, free, .. } => ApiError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            format!(
                "a backup is made on the disk of the data file: it needs {needed} bytes there, and {free} are free"
            ),
        ),
        BackupError::CalledOff => ApiError::unavailable(2),
        error => ApiError::internal(error),
    }
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BackupList")]
pub(in crate::upkeep) struct List {
    directory: String,
    items: Vec<Item>,
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<LastItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BackupItem")]
pub(in crate::upkeep) struct Item {
    name: String,
    made_at: String,
    bytes: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LastBackup")]
struct LastItem {
    at: String,
    name: Option<String>,
    error: Option<String>,
    after_error: Option<String>,
}

/// `POST /api/backups`: one is made into the directory now. It is, also if whoever asked has gone.
pub(in crate::upkeep) async fn make_one(
    State(upkeep): State<Upkeep>,
    Admin(who): Admin,
) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let busy = || ApiError::conflict("another backup is being made; try again when it is done");
    let turn = parts.backups.turn().ok_or_else(busy)?;
    let workshop = Workshop {
        store: parts.store.clone(),
        metrics: parts.metrics.clone(),
        shutdown: parts.shutdown.clone(),
        backups: parts.backups.clone(),
    };
    let (policy, now) = (parts.backup.borrow().clone(), parts.clock.now());
    let (reply, done) = oneshot::channel();
    tracing::info!(by = %who, "a backup is made");
    parts.tasks.spawn("backup", async move {
        let made = workshop.make(&policy, now).await;
        let there = made.as_ref().ok().cloned();
        // Whoever asked may have gone.
        let _ = reply.send(made);
        if let Some(made) = there {
            workshop.see_off(&policy, made).await;
        }
        drop(turn);
    });
    let made = done.await.map_err(ApiError::internal)?;
    let made = made.map_err(|error| match error {
        NotMade::Backup(BackupError::Exists(_)) => ApiError::conflict("one was made this very second"),
        NotMade::Backup(error) => refusal(&error),
        error @ NotMade::Directory(_) => ApiError::internal(error),
    })?;
    let item = Item {
        name: made.name,
        made_at: made.at.to_string(),
        bytes: made.bytes,
    };
    Ok(answer::json(StatusCode::CREATED, &item))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "BackupProof")]
pub(in crate::upkeep) struct Proved {
    name: String,
    clean: bool,
    tables: usize,
    rows: u64,
    checks: Vec<CheckItem>,
}

/// `POST /api/backups/{name}/verify`: one is read again, as a whole.
pub(in crate::upkeep) async fn verify(
    State(upkeep): State<Upkeep>,
    _: Reader,
    Named(name): Named,
) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let missing = || ApiError::not_found("backup");
    keep::made_at(&name).ok_or_else(missing)?;
    let busy = |_| ApiError::conflict("another backup is being verified; try again when it is done");
    let _turn = Arc::clone(&parts.backups.proving)
        .try_lock_owned()
        .map_err(busy)?;
    let directory = make::directory(&parts.store, &parts.backup.borrow());
    let proof = match store::prove_backup(directory.join(&name)).await? {
        Err(OpenError::Missing(_)) => return Err(missing()),
        Err(error @ (OpenError::InUse { .. } | OpenError::Io { .. })) => {
            return Err(ApiError::conflict(error.to_string()));
        }
        proof => Proved::of(name, proof),
    };
    Ok(answer::json(StatusCode::OK, &proof))
}

impl Proved {
    /// What was found; a file that cannot be read breaks the one rule that it can be.
    fn of(name: String, proof: Result<Proof, OpenError>) -> Self {
        match proof {
            Ok(Proof { report, tables, rows }) => Self {
                name,
                clean: report.is_clean(),
                tables,
                rows,
                checks: report.checks.into_iter().map(CheckItem::of).collect(),
            },
            Err(error) => Self {
                name,
                clean: false,
                tables: 0,
                rows: 0,
                checks: vec![CheckItem::unreadable(&error)],
            },
        }
    }
}

/// `GET /api/backups`: those in the directory, newest first. Each was verified when it was made.
pub(in crate::upkeep) async fn list(
    State(upkeep): State<Upkeep>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let parts = &upkeep.parts;
    let directory = make::directory(&parts.store, &parts.backup.borrow());
    let looked = directory.clone();
    let items = tokio::task::spawn_blocking(move || {
        let item = |(at, name): (crate::model::time::Millis, String)| Item {
            bytes: fs::metadata(looked.join(&name)).map_or(0, |file| file.len()),
            made_at: at.to_string(),
            name,
        };
        keep::found(&looked).into_iter().map(item).collect()
    });
    let last = parts.backups.last().map(|last| {
        let (name, error) = match last.made {
            Ok(name) => (Some(name), None),
            Err(error) => (None, Some(error)),
        };
        LastItem {
            at: last.at.to_string(),
            name,
            error,
            after_error: last.after,
        }
    });
    let items = items.await.map_err(ApiError::internal)?;
    let answer::List { items, next } = query.part(items, |item: &Item| &item.name)?;
    let list = List {
        directory: directory.display().to_string(),
        items,
        next,
        last,
    };
    Ok(answer::json(StatusCode::OK, &list))
}
