//! What is to be known of each operation, for `GET /api/openapi.json`.

use super::Data;
use super::http::EXPORTS;
use super::write::Format;
use crate::model::funnel::{Dimension, Level};
use crate::web::describe::Access::Reader;
use crate::web::describe::{Names, OneOf, Operation, Tag, Text};

impl Names for Format {
    const NAME: &'static str = "RowFormat";

    fn names() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

/// What can be exported.
struct What;

impl Names for What {
    const NAME: &'static str = "Export";

    fn names() -> Vec<&'static str> {
        EXPORTS.to_vec()
    }
}

impl Data {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![export()]
    }
}

fn export() -> Operation {
    Operation::get("/api/export/{what}", (Tag::Data, Reader), "exportRows")
        .says(
            "Rows as CSV or NDJSON",
            "Streamed, whatever the length. In CSV, what people wrote begins with `'` where a spreadsheet would take it for a formula. An \
             answer that breaks off was not whole.",
        )
        .path::<OneOf<What>>("what", "What is exported.", "leads")
        .query::<OneOf<Format>>("format", "How rows are written; CSV, where nothing is said.", "csv")
        .query::<String>("from", "Where the range begins: an instant, a local time of the launch's zone, or a day.", "2026-12-01")
        .query::<String>("to", "Where it ends.", "2026-12-02")
        .query::<String>("type", "Of events, those of this type.", "LEAD_CAPTURE")
        .query::<String>("poll", "Of votes and results, those of this poll.", "best-feature")
        .query::<OneOf<Level>>("every", "Of the funnel, how long windows are.", "1h")
        .query::<OneOf<Dimension>>("by", "Of the funnel, what they are told apart by.", "source")
        .answers_as::<Text>((200, "text/csv"), "The rows.", "id,createdAt,email\r\n".into())
        .answers_as::<Text>((200, "application/x-ndjson"), "The rows.", "{\"email\":\"ada@example.com\"}\n".into())
        .with_header("Content-Disposition", "The name of a file for them.")
        .refuses(404, "There is no such export, or no such poll.")
}
