//! What is to be known of each operation, for `GET /api/openapi.json`.

use serde_json::{Value, json};

use super::People;
use super::http::{ErasureItem, Item};
use crate::web::describe::Access::{Admin, Reader};
use crate::web::describe::{Operation, Tag};

impl People {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![show(), erase(), list(), erasure()]
    }
}

fn of_person(operation: Operation) -> Operation {
    operation
        .query::<String>(
            "email",
            "Whoever has this address. Either this or `userId`.",
            "ada@example.com",
        )
        .query::<String>("userId", "Whoever has this id. Either this or `email`.", "u-7")
}

fn show() -> Operation {
    of_person(Operation::get("/api/people", (Tag::Data, Reader), "listPerson"))
        .says("What is kept of a person", "Votes, events, answers of receivers, notes to spend and conversions that name them.")
        .lists::<Item>(
            "What is kept.",
            json!({
                "kind": "vote", "pollId": "best-feature", "optionId": "dark", "userId": "u-7", "idempotencyKey": "k-1",
                "at": "2026-12-01T08:14:03.512Z", "voided": false,
            }),
        )
}

fn item() -> Value {
    json!({
        "id": "1", "status": "DONE", "progress": 1.0,
        "erased": {"votes": 1, "events": 2, "attempts": 2, "spend": 0, "conversions": 1}, "by": "key admin",
        "createdAt": "2026-12-02T08:14:03.512Z", "updatedAt": "2026-12-02T08:14:03.901Z",
        "remains": ["votes and conversions stay counted"],
    })
}

fn erase() -> Operation {
    of_person(Operation::delete("/api/people", (Tag::Data, Admin), "erasePerson"))
        .says(
            "Erase a person",
            "Takes out of tables and journal alike what names them; what was counted stays counted. A crash in the middle loses nothing of it.",
        )
        .writes()
        .answers::<ErasureItem>(200, "It is done.", item())
        .answers::<ErasureItem>(202, "It goes on; ask for the erasure.", item())
        .refuses(409, "Too many erasures run already.")
}

fn list() -> Operation {
    Operation::get("/api/people/erasures", (Tag::Data, Reader), "listErasures")
        .says("Erasures", "Newest first.")
        .lists::<ErasureItem>("Erasures.", item())
}

fn erasure() -> Operation {
    Operation::get(
        "/api/people/erasures/{erasure}",
        (Tag::Data, Reader),
        "getErasure",
    )
    .says("One erasure", "And how far it is.")
    .path::<String>("erasure", "The erasure's id.", "1")
    .answers::<ErasureItem>(200, "The erasure.", item())
}
