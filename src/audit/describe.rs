//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::json;

use super::Audit;
use super::http::Item;
use crate::web::describe::Access::Admin;
use crate::web::describe::{Operation, Tag};

impl Audit {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        let list = Operation::get("/api/audit", (Tag::Access, Admin), "listAudit")
            .says("Who did what", "Every act of the admin address and the socket, newest first. What was refused is counted together.")
            .query::<String>("from", "At this instant, local time or day, or later.", "2026-12-01")
            .query::<String>("to", "Before it.", "2026-12-02")
            .query::<String>("who", "By the key of this name, or by `uid N`.", "admin")
            .lists::<Item>(
                "Acts.",
                json!({
                    "id": "1796112843512-1", "at": "2026-12-01T08:14:03.512Z", "who": "admin", "via": "session",
                    "action": "POST /api/polls/{poll}/close", "target": "/api/polls/best-feature/close", "outcome": 200,
                    "from": "127.0.0.1", "times": 1,
                }),
            );
        vec![list]
    }
}
