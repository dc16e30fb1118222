//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::json;

use super::Export;
use super::http::{AsideItem, BackfillItem, Init, Item, SchemaItem};
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

/// Why nothing can be asked of it.
const OFF: &str = "Nothing is exported: no database is configured.";

impl Export {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![show(), aside(), init(), backfill()]
    }
}

fn show() -> Operation {
    Operation::get("/api/postgres", (Tag::Data, Reader), "getExport")
        .says(
            "How the export to PostgreSQL stands",
            "And why nothing goes, if nothing does.",
        )
        .answers::<Item>(
            200,
            "How it stands.",
            json!({
                "state": "current", "lagSeconds": 1.204, "waiting": 3, "rows": 48_211,
                "lastExportedAt": "2026-12-01T08:14:03.512Z", "backfill": null, "setAside": 0,
                "lost": {"windows": 0, "events": 0, "polls": 0}, "failure": null,
            }),
        )
}

fn aside() -> Operation {
    Operation::get("/api/postgres/aside", (Tag::Data, Reader), "listSetAside")
        .says(
            "Rows that PostgreSQL refuses",
            "Each by itself, whatever stands beside it. They go when they change, or with the next backfill, once the database takes them.",
        )
        .lists::<AsideItem>(
            "Rows that were set aside.",
            json!({
                "table": "marketing_events", "name": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                "reason": "new row for relation \"marketing_events\" violates check constraint \"known_source\" (23514)",
                "at": "2026-12-01T08:14:03.512Z",
            }),
        )
}

fn init() -> Operation {
    Operation::post("/api/postgres/init", (Tag::Data, Admin), "initExport")
        .says(
            "Make the tables",
            "Or bring them to the version that is written to. They hold what one data file has: those of another are left alone, unless they are to be taken over.",
        )
        .may_take::<Init>(json!({"takeOver": false}))
        .answers::<SchemaItem>(200, "They are there.", json!({"version": 1, "before": 0}))
        .refuses(409, OFF)
        .refuses(502, "The database cannot be reached, does not allow it, or has the tables of another data file.")
}

fn backfill() -> Operation {
    Operation::post("/api/postgres/backfill", (Tag::Data, Admin), "backfillExport")
        .says(
            "Export everything again",
            "All that the data file holds; rows that are the same stay as they are.",
        )
        .answers::<BackfillItem>(
            202,
            "It is begun; the export's status says how far it is.",
            json!({"begunAt": "2026-12-01T08:14:03.512Z", "done": 0, "of": 48_000}),
        )
        .refuses(409, OFF)
}
