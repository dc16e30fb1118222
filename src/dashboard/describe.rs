//! What is to be known of each operation, for `GET /api/openapi.json`. (The pages of the dashboard are no operations.)

use serde_json::{Value, json};

use super::Dashboard;
use super::series::Answer;
use super::session::{LinkItem, SessionItem, Shown};
use crate::web::describe::Access::{Admin, Reader, Stranger};
use crate::web::describe::{Operation, Tag, Text};

impl Dashboard {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![sign_in(), session(), sign_out(), link(), series(), stream()]
    }
}

fn sign_in() -> Operation {
    Operation::post("/api/session", (Tag::Access, Stranger), "signIn")
        .says("Sign in", "With a key as `token`, or once with the `link` that `gantry key link` shows: one of the two. The session is a cookie.")
        .limited()
        .takes::<Shown>(json!({"token": "gty_…"}))
        .is_empty(204, "Signed in.")
        .with_header("Set-Cookie", "The session.")
        .refuses(401, "There is no such key, or the link was used or is too old.")
        .refuses(403, "The request comes from another origin, or the key may only send events.")
}

fn session() -> Operation {
    Operation::get("/api/session", (Tag::Access, Reader), "getSession")
        .says("Who asks", "And for how long yet.")
        .unstored()
        .answers::<SessionItem>(
            200,
            "Who it is.",
            json!({
                "who": "admin", "scope": "admin", "idleEndsAt": "2026-12-01T08:34:03.512Z", "endsAt": "2026-12-01T20:14:03.512Z",
            }),
        )
}

fn sign_out() -> Operation {
    Operation::delete("/api/session", (Tag::Access, Reader), "signOut")
        .says("Sign out", "The session is over.")
        .is_empty(204, "Signed out.")
        .with_header("Set-Cookie", "The cookie, taken back.")
}

fn link() -> Operation {
    Operation::post("/api/session/links", (Tag::Access, Admin), "createSignInLink")
        .says("A link that signs in once", "In the name of whoever asks. What signs in stands behind `#`, which no log ever has.")
        .answers::<LinkItem>(
            201,
            "The link.",
            json!({"url": "http://127.0.0.1:8081/sign-in#link=5f1d7a84", "endsAt": "2026-12-01T08:29:03.512Z"}),
        )
}

fn series() -> Operation {
    Operation::get("/api/series", (Tag::System, Reader), "listSeries")
        .says("Numbers by the minute", "Those of the last hour, where no range is said; a week at most. There is no point for a minute in which the server was down.")
        .query::<String>("names", "Which, with commas between; all, where nothing is said.", "votes_accepted,commit_p99_micros")
        .query::<String>("from", "Where the range begins: an instant, or a day of UTC.", "2026-12-01T08:00:00Z")
        .query::<String>("to", "Where it ends.", "2026-12-01T09:00:00Z")
        .answers::<Answer>(
            200,
            "The series.",
            json!({
                "every": "1m",
                "series": [{"name": "votes_accepted", "points": [{"start": "2026-12-01T08:14:00.000Z", "value": 118.0}]}],
            }),
        )
}

fn stream() -> Operation {
    let now: Value = json!({"at": "2026-12-01T08:14:03.512Z", "state": {"level": "ok", "text": "All well"}});
    Operation::get("/api/stream", (Tag::System, Reader), "streamNow")
        .says(
            "How things stand, once a second",
            "Server-sent events: `now`, and `changed`, which marks the state of each topic. What changed is asked for anew.",
        )
        .answers_as::<Text>((200, "text/event-stream"), "The stream.", format!("event: now\ndata: {now}\n\n").into())
}
