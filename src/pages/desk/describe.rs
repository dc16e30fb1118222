//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::{Value, json};

use super::purge::{Purged, Wanted as PurgeWanted};
use super::view::{Sort, View};
use super::warm::{JobItem, Wanted as WarmWanted};
use crate::pages::Pages;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

impl Pages {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![list(), purge(), warm(), job()]
    }
}

fn list() -> Operation {
    Operation::get("/api/pages", (Tag::Pages, Reader), "listPages")
        .says(
            "What is stored of the site",
            "Stored pages by host and path, or the first by how often they were an answer, by size or by age, with what holds for all of them.",
        )
        .query::<String>("prefix", "Whose paths begin so.", "/launch")
        .query::<Sort>("sort", "In which order; any but `path` is of the first pages alone, and has no `cursor`.", "hits")
        .paged()
        .answers::<View>(
            200,
            "Pages.",
            json!({
                "site": "origin", "root": null,
                "origins": [{"host": null, "url": "http://127.0.0.1:3000", "state": "up", "lastError": null}],
                "strict": false, "entries": 1, "bytes": 30_720, "capacityBytes": 67_108_864,
                "requests": {"hit": 4180, "miss": 12}, "hitRatio": 0.997,
                "rules": [{
                    "path": "/launch/*", "ttlSeconds": 60.0, "staleWhileRevalidateSeconds": 30.0, "staleIfErrorSeconds": 600.0,
                    "downstreamTtlSeconds": 0.0, "query": [], "variants": [{"cookie": "ab", "values": ["a", "b"]}], "warm": ["/launch"],
                }],
                "warmUp": null,
                "items": [{
                    "host": "launch.example", "path": "/launch", "variant": null, "status": 200, "bytes": 30_720, "ageSeconds": 12,
                    "freshForSeconds": 48, "hits": 4180, "tags": ["launch"],
                }],
                "next": null,
            }),
        )
}

fn purge() -> Operation {
    Operation::post("/api/pages/purge", (Tag::Pages, Admin), "purgePages")
        .says(
            "Purge pages",
            "Those of one `path`, those below a `prefix`, those of a `tag`, or `all`: one of the four. With `soft` they are stale from now \
             on, and not gone.",
        )
        .takes::<PurgeWanted>(json!({"prefix": "/launch", "soft": true}))
        .answers::<Purged>(200, "How many.", json!({"purged": 3, "soft": true}))
}

fn warm() -> Operation {
    Operation::post("/api/pages/warm", (Tag::Pages, Admin), "warmPages")
        .says(
            "Warm pages",
            "Fetches pages before anybody asks for them: `paths`, those of a `sitemap`, or without either those that rules keep warm.",
        )
        .may_take::<WarmWanted>(json!({"paths": ["/launch", "/launch/pricing"]}))
        .answers::<JobItem>(202, "The warm-up, begun.", job_item())
        .refuses(409, "One is under way.")
}

fn job() -> Operation {
    Operation::get("/api/pages/warm", (Tag::Pages, Reader), "getWarmUp")
        .says("The warm-up", "That is under way, or the last.")
        .answers::<JobItem>(200, "How far it is.", job_item())
        .refuses(404, "There was none since the server began.")
}

fn job_item() -> Value {
    json!({
        "id": 1, "begunAt": "2026-12-01T06:00:00.000Z", "endedAt": null, "total": 2, "done": 1, "stored": 1, "notStored": 0,
        "failed": 0, "leftOut": 0, "troubles": [{"page": "launch.example/old", "detail": "the origin answered 404"}],
    })
}
