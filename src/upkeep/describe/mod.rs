//! What is to be known of each operation, for `GET /api/openapi.json`: of keys here, of the rest in a file of its own.

mod system;

use serde_json::json;

use super::Upkeep;
use super::keys::{KeyItem, NewKey, Wanted};
use crate::web::answer::List;
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

impl Upkeep {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        let mut all = vec![list(), create(), revoke(), reset()];
        all.extend(system::operations());
        all
    }
}

const KEY: &str = "gty_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn list() -> Operation {
    Operation::get("/api/keys", (Tag::Access, Reader), "listKeys")
        .says("Keys", "Without what proves them, which nobody has but who was shown it.")
        .paged()
        .answers::<List<KeyItem>>(
            200,
            "Keys.",
            json!({
                "items": [{"name": "landing-page", "scope": "ingest", "createdAt": "2026-11-30T18:00:00.000Z", "lastUsedAt": "2026-12-01T08:14:00.000Z"}],
                "next": null,
            }),
        )
}

fn create() -> Operation {
    Operation::post("/api/keys", (Tag::Access, Admin), "createKey")
        .says("Create a key", "It is shown in this answer, and never again.")
        .writes()
        .takes::<Wanted>(json!({"name": "landing-page", "scope": "ingest"}))
        .answers::<NewKey<'static>>(
            201,
            "The key.",
            json!({"name": "landing-page", "scope": "ingest", "key": KEY}),
        )
        .refuses(
            409,
            "Another key has this name, or there are as many keys as there may be.",
        )
}

fn revoke() -> Operation {
    Operation::delete("/api/keys/{name}", (Tag::Access, Admin), "revokeKey")
        .says(
            "Revoke a key",
            "It is refused from now on, and sessions that it began are over.",
        )
        .path::<String>("name", "The key's name.", "landing-page")
        .writes()
        .is_empty(204, "It is gone.")
}

fn reset() -> Operation {
    Operation::post("/api/keys/admin/reset", (Tag::Access, Admin), "resetAdminToken")
        .says("Another admin token", "The one before is refused from now on.")
        .writes()
        .answers::<NewKey<'static>>(
            200,
            "The token.",
            json!({"name": "admin", "scope": "admin", "key": KEY}),
        )
}
