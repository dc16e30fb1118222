//! The data file and the process.

use serde_json::json;

use super::super::backup::{BackupItem, BackupList, Proved};
use super::super::compact::Done;
use super::super::http::{Status, Verified};
use crate::metrics::CONTENT_TYPE;
use crate::web::describe::Access::{Admin, Anyone, Reader};
use crate::web::describe::{Bytes, Operation, Tag, Text};

pub(super) fn operations() -> [Operation; 10] {
    [
        health(),
        ready(),
        metrics(),
        status(),
        verify(),
        backup(),
        backups(),
        make_backup(),
        verify_backup(),
        compact(),
    ]
}

fn health() -> Operation {
    Operation::get("/healthz", (Tag::System, Anyone), "getHealth")
        .says("Whether the process answers", "On both addresses.")
        .answers_as::<Text>((200, "text/plain"), "It does.", "ok\n".into())
}

fn ready() -> Operation {
    Operation::get("/readyz", (Tag::System, Anyone), "getReadiness")
        .says(
            "Whether it takes requests",
            "It answers, and its data file takes writes.",
        )
        .answers_as::<Text>((200, "text/plain"), "It does.", "ready\n".into())
        .refuses(503, "Its data file takes no writes.")
}

fn metrics() -> Operation {
    let media_type = CONTENT_TYPE
        .split_once(';')
        .map_or(CONTENT_TYPE, |(media_type, _)| media_type);
    Operation::get("/metrics", (Tag::System, Reader), "getMetrics")
        .says(
            "Metrics",
            "Prometheus text. From a loopback address, and not through a proxy, no key is needed.",
        )
        .answers_as::<Text>(
            (200, media_type),
            "Every metric.",
            "gantry_visits_total 12400\n".into(),
        )
}

fn status() -> Operation {
    Operation::get("/api/status", (Tag::System, Reader), "getStatus")
        .says("How the process and its data file are", "What takes up a file that is not small was found when somebody asked before, or up to an hour ago.")
        .answers::<Status>(
            200,
            "How they are.",
            json!({
                "version": "0.1.0", "format": 7, "publicUrl": "http://127.0.0.1:8080", "adminUrl": "http://127.0.0.1:8081",
                "memoryBytes": 94_371_840, "commits": {"count": 81_422, "p50Micros": 1_180, "p95Micros": 2_430, "p99Micros": 4_700, "batchP50": 3},
                "zoneData": {"version": "2026a", "source": "bundled"}, "exportLagSeconds": null,
                "startedAt": "2026-11-30T18:00:00.000Z", "uptimeSeconds": 51_243, "dataFile": "gantry.redb",
                "fileBytes": 71_303_168, "store": {"usedBytes": 60_817_408, "freeBytes": 10_485_760, "growthBytesPerDay": 1_048_576},
                "disk": {"state": "ok", "freeBytes": 21_474_836_480_u64, "reserveBytes": 67_108_864, "fullAt": null},
                "tables": [{"name": "journal", "rows": 530_000, "usedBytes": 33_554_432}],
                "deliveryPausedSince": null, "polls": 1, "waiting": 0, "rows": {"journal": 530_000},
                "workers": [{"name": "series", "state": "idle", "errors": 0, "lastError": null}],
                "certificates": [{
                    "name": "shop.example", "state": "ok", "issuer": "Let's Encrypt R11", "expiresAt": "2027-02-24T18:00:00.000Z",
                    "nextTryAt": "2027-01-25T18:00:00.000Z", "lastError": null,
                }],
                "productHunt": {"slug": "my-product", "votes": 412, "comments": 57, "asOf": "2026-12-01T08:10:00.000Z", "lastError": null},
            }),
        )
}

fn verify() -> Operation {
    Operation::post("/api/verify", (Tag::System, Reader), "verify")
        .says("Check every invariant", "Over every row of the data file, as of one instant; it goes on meanwhile.")
        .answers::<Verified>(
            200,
            "What was checked, and whether all of it holds.",
            json!({
                "clean": true,
                "checks": [{"name": "tallies", "rule": "tallies are what the votes add up to", "rows": 53, "broken": 0, "examples": []}],
            }),
        )
}

fn backup() -> Operation {
    Operation::post("/api/backup", (Tag::System, Admin), "streamBackup")
        .says(
            "A backup, sent",
            "Made and verified before its first byte is sent, while everything goes on.",
        )
        .answers_as::<Bytes>((200, "application/octet-stream"), "The data file.", "…".into())
        .with_header("Content-Disposition", "The name of a file for it.")
        .refuses(409, "Another backup is being made.")
        .refuses(507, "The disk has no room for a copy.")
}

fn backups() -> Operation {
    Operation::get("/api/backups", (Tag::System, Reader), "listBackups")
        .says("Backups", "Those in the directory of backups, newest first; each was verified when it was made.")
        .paged()
        .answers::<BackupList>(
            200,
            "Backups, and how the last one that made itself went.",
            json!({
                "directory": "backups",
                "items": [{"name": "gantry-20261201-033000.redb", "madeAt": "2026-12-01T03:30:00.000Z", "bytes": 60_817_408}],
                "next": null,
                "last": {
                    "at": "2026-12-01T03:30:00.000Z", "name": "gantry-20261201-033000.redb", "error": null, "afterError": null,
                },
            }),
        )
}

fn make_backup() -> Operation {
    Operation::post("/api/backups", (Tag::System, Admin), "makeBackup")
        .says(
            "A backup, made",
            "Into the directory of backups, as the nightly ones are, and verified; old ones go by the same rule. It is made also if nobody \
             waits for it.",
        )
        .writes()
        .answers::<BackupItem>(
            201,
            "It is there.",
            json!({"name": "gantry-2026-12-01T081403Z.redb", "madeAt": "2026-12-01T08:14:03.000Z", "bytes": 60_817_408}),
        )
        .refuses(409, "Another backup is being made.")
}

fn verify_backup() -> Operation {
    Operation::post("/api/backups/{name}/verify", (Tag::System, Reader), "verifyBackup")
        .says(
            "Read a backup again",
            "As a whole: every invariant, and every table as it was when the backup was made.",
        )
        .path::<String>("name", "The backup's name.", "gantry-2026-12-01T081403Z.redb")
        .answers::<Proved>(
            200,
            "What was checked, and whether all of it holds.",
            json!({
                "name": "gantry-2026-12-01T081403Z.redb", "clean": true, "tables": 58, "rows": 530_000,
                "checks": [{"name": "tallies", "rule": "tallies are what the votes add up to", "rows": 53, "broken": 0, "examples": []}],
            }),
        )
        .refuses(409, "Another backup is being verified.")
}

fn compact() -> Operation {
    Operation::post("/api/compact", (Tag::System, Admin), "compact")
        .says(
            "Give free room back to the disk",
            "Meanwhile votes and events are told to come back (503).",
        )
        .answers::<Done>(
            200,
            "What it came to.",
            json!({"beforeBytes": 71_303_168, "afterBytes": 60_817_408, "tookMs": 812}),
        )
        .refuses(409, "The data file is busy with something else.")
}
