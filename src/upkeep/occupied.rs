//! What takes up the data file and the disk, how fast it grows, and when the disk will be full.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::Upkeep;
use crate::metrics::SeriesId;
use crate::model::time::Millis;
use crate::store::{Fault, Occupancy};

/// How long what was found by walking the file is shown, before it is walked again behind an answer. A walk reads all of it through
/// the cache of the store, which then has what nobody asks for.
const FRESH: Duration = Duration::from_secs(3_600);
/// A file that is walked so quickly is walked for each answer.
const QUICK: Duration = Duration::from_millis(25);
/// Growth is reckoned over so many minutes at most, and at least.
const MINUTES: (u64, u64) = (7 * 24 * 60, 60);
const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: f64 = 1_440.0;
/// Further ahead nothing is foretold, in days.
const FORETOLD: f64 = 3_650.0;

/// What was found when the file was walked last; clones share it.
#[derive(Clone, Default)]
pub(super) struct Walked {
    known: Arc<Mutex<Option<Walk>>>,
    /// Held by who walks.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone)]
struct Walk {
    at: Instant,
    took: Duration,
    found: Occupancy,
}

impl Walked {
    fn known(&self) -> Option<Walk> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The members of `/api/status` that tell it.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Occupied {
    store: InFile,
    disk: Option<Disk>,
    tables: Vec<Table>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FileUse")]
struct InFile {
    used_bytes: u64,
    free_bytes: u64,
    /// `null` before there is an hour of figures.
    growth_bytes_per_day: Option<i64>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DiskUse")]
struct Disk {
    #[schemars(extend("enum" = ["ok", "tight", "full"]))]
    state: &'static str,
    free_bytes: u64,
    reserve_bytes: u64,
    /// When nothing is taken in any more, as the file grows now; `null` where it does not.
    full_at: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TableUse")]
struct Table {
    name: String,
    rows: u64,
    used_bytes: u64,
}

impl Upkeep {
    /// What takes up file and disk; what is found by walking a file that is not small is of the last time somebody asked, or
    /// up to an hour old.
    ///
    /// # Errors
    /// A fault of the file.
    pub(super) async fn occupied(&self) -> Result<Occupied, Fault> {
        let store = &self.parts.store;
        let occupancy = self.walked().await?;
        let now = self.parts.clock.now();
        let last = u64::try_from(now.0.div_euclid(MINUTE_MS)).unwrap_or(0);
        let minutes = last.saturating_sub(MINUTES.0)..last + 1;
        let growth = growth(&store.series(SeriesId::StoreFileBytes.id(), minutes).await?);
        let file = std::fs::metadata(store.path()).map_or(0, |file| file.len());
        let disk = store.space().map(|space| Disk {
            state: space.shortage().as_str(),
            free_bytes: space.free,
            reserve_bytes: space.reserve,
            full_at: growth
                .and_then(|growth| full_at(now, space.free.saturating_sub(space.reserve), growth))
                .map(|at| at.to_string()),
        });
        let used = occupancy.used().min(file);
        let mut tables: Vec<Table> = occupancy
            .tables
            .into_iter()
            .filter(|table| table.rows > 0)
            .map(|table| Table {
                name: table.name,
                rows: table.rows,
                used_bytes: table.bytes,
            })
            .collect();
        tables.sort_by_key(|table| std::cmp::Reverse(table.used_bytes));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "bytes of a day are far below 2^63"
        )]
        let growth_bytes_per_day = growth.map(|growth| growth as i64);
        Ok(Occupied {
            store: InFile {
                used_bytes: used,
                free_bytes: file - used,
                growth_bytes_per_day,
            },
            disk,
            tables,
        })
    }

    /// Walks the file once, so that nobody has to wait for it who asks later.
    pub fn look_ahead(&self) {
        self.walk_behind();
    }

    async fn walked(&self) -> Result<Occupancy, Fault> {
        match self.walked.known() {
            Some(walk) if walk.took > QUICK => {
                if walk.at.elapsed() >= FRESH {
                    self.walk_behind();
                }
                Ok(walk.found)
            }
            _ => {
                let _turn = self.walked.turn.lock().await;
                // Whoever had it may have found that the file is not small.
                match self.walked.known().filter(|walk| walk.took > QUICK) {
                    Some(walk) => Ok(walk.found),
                    None => self.walk().await,
                }
            }
        }
    }

    /// Walks the file, unless somebody does.
    fn walk_behind(&self) {
        let Ok(turn) = Arc::clone(&self.walked.turn).try_lock_owned() else {
            return;
        };
        let upkeep = self.clone();
        self.parts.tasks.spawn("occupancy", async move {
            if let Err(fault) = upkeep.walk().await {
                tracing::debug!(error = %fault, "the data file was not walked");
            }
            drop(turn);
        });
    }

    async fn walk(&self) -> Result<Occupancy, Fault> {
        let at = Instant::now();
        let found = self.parts.store.occupancy().await?;
        let walk = Walk {
            at,
            took: at.elapsed(),
            found: found.clone(),
        };
        *self.walked.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(walk);
        Ok(found)
    }
}

/// Bytes a day, by least squares over (minute, length of the file); `None` where there is less than an hour of it.
fn growth(samples: &[(u64, f64)]) -> Option<f64> {
    let (first, last) = (samples.first()?.0, samples.last()?.0);
    if last - first < MINUTES.1 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "there are at most 10,080 minutes")]
    let points = samples
        .iter()
        .map(|(minute, bytes)| ((minute - first) as f64, *bytes));
    let (mut n, mut x, mut y) = (0.0, 0.0, 0.0);
    points.clone().for_each(|(minute, bytes)| {
        n += 1.0;
        x += minute;
        y += bytes;
    });
    let (x, y) = (x / n, y / n);
    let (over, under) = points.fold((0.0, 0.0), |(over, under), (minute, bytes)| {
        (over + (minute - x) * (bytes - y), under + (minute - x).powi(2))
    });
    Some(over / under * DAY_MINUTES)
}

/// When `room` bytes are used up at `growth` bytes a day; `None` where that is not in sight.
fn full_at(now: Millis, room: u64, growth: f64) -> Option<Millis> {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let days = room as f64 / growth;
    #[expect(clippy::cast_possible_truncation, reason = "ten years of milliseconds")]
    let ms = (days * DAY_MINUTES * 60_000.0) as i64;
    (growth > 0.0 && days < FORETOLD).then(|| now.plus(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_the_slope_and_needs_an_hour() {
        let mib = f64::from(1 << 20);
        let samples: Vec<(u64, f64)> = (0..120)
            .map(|m| (1_000 + m, 50.0 * mib + f64::from(u32::try_from(m).unwrap()) * mib))
            .collect();
        let per_day = growth(&samples).unwrap();
        assert!((per_day / (1_440.0 * mib) - 1.0).abs() < 1e-9, "{per_day}");
        assert_eq!(growth(&samples[..60]), None);
        assert_eq!(growth(&[]), None);
        let flat: Vec<(u64, f64)> = (0..90).map(|m| (m, 7.0)).collect();
        assert_eq!(growth(&flat), Some(0.0));
    }

    #[test]
    fn the_disk_is_full_when_its_room_is_grown_into() {
        let now = Millis::parse_rfc3339("2026-11-23T00:00:00Z").unwrap();
        let at = full_at(now, 72_000, 1_000.0).unwrap();
        assert_eq!(at.to_string(), "2027-02-03T00:00:00.000Z");
        assert_eq!(full_at(now, 72_000, 0.0), None);
        assert_eq!(full_at(now, 72_000, -5.0), None);
        assert_eq!(full_at(now, u64::MAX, 1.0), None);
    }
}
