//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::json;

use super::ProductHunt;
use super::http::Shown;
use crate::web::describe::Access::Reader;
use crate::web::describe::{Operation, Tag};

impl ProductHunt {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![show()]
    }
}

fn show() -> Operation {
    Operation::get("/api/producthunt", (Tag::Funnel, Reader), "getProductHunt")
        .says(
            "The post at Product Hunt",
            "Its votes and comments as they were said last, and why nothing newer is known, if that is so. How they grew is in `/api/series` as \
             `producthunt_votes` and `producthunt_comments`.",
        )
        .answers::<Shown>(
            200,
            "What is known.",
            json!({"post": {
                "slug": "my-product", "votes": 412, "comments": 57, "asOf": "2026-12-01T08:10:00.000Z", "nextAt": "2026-12-01T08:15:00.000Z",
                "lastError": null, "quota": {"limit": 6250, "remaining": 6190, "resetAt": "2026-12-01T08:20:00.000Z"},
            }}),
        )
}
