//! What is to be known of each operation, for `GET /api/openapi.json`.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Polls;
use super::admin::{NewPoll, Void, Voided, VoteItem};
use super::edit::Edit;
use super::results::{Details, Results, voter_name};
use super::timeline::Timeline;
use crate::model::poll::VoterMode;
use crate::web::describe::Access::{Admin, Anyone, Reader};
use crate::web::describe::{Instant, Names, OneOf, Operation, Tag, Text};

impl Names for VoterMode {
    const NAME: &'static str = "VoterMode";

    fn names() -> Vec<&'static str> {
        [Self::Open, Self::Signed].map(voter_name).to_vec()
    }
}

/// A vote. Its fields are read by hand, in the order in which they are judged; this is their shape.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewVote")]
#[expect(dead_code, reason = "only its shape is asked for")]
struct NewVote {
    poll_id: String,
    option_id: String,
    #[schemars(length(min = 1, max = 64))]
    user_id: String,
    /// The same at every try of the same vote.
    #[schemars(length(min = 1, max = 64))]
    idempotency_key: String,
    /// When the voter chose, in epoch milliseconds or RFC 3339: kept, never trusted.
    timestamp: Option<Moment>,
    /// Of polls whose voters are signed: hex(HMAC-SHA256(voter_secret, pollId + "\n" + userId)).
    voter_token: Option<String>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Moment {
    Milliseconds(i64),
    Written(#[schemars(with = "Instant")] String),
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its shape is asked for")]
struct VoteAccepted {
    #[schemars(extend("enum" = ["accepted"]))]
    status: String,
    poll_id: String,
    total_votes: u64,
}

/// What `GET /api/polls/{poll}` shows: more to the poll's maker.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is asked for")]
enum Shown {
    Maker(Details<'static>),
    Anybody(Results<'static>),
}

const POLL: (&str, &str, &str) = ("poll", "The poll's id.", "best-feature");

impl Polls {
    /// Every operation of the slice.
    #[must_use]
    pub fn operations() -> Vec<Operation> {
        vec![
            vote(),
            show(),
            stream(),
            script(),
            list(),
            create(),
            edit(),
            close(),
            open(),
            delete(),
            timeline(),
            votes(),
            void(),
        ]
    }
}

fn details() -> Value {
    let mut details = results();
    let more = json!({
        "createdAt": "2026-11-30T18:00:00.000Z", "opensAt": null, "closesAt": "2026-12-02T08:00:00.000Z", "closedAt": null,
        "voter": "open", "perAddress": 5,
    });
    if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
        details.extend(more);
    }
    details
}

fn results() -> Value {
    json!({
        "pollId": "best-feature", "question": "What should ship first?", "options": {"dark": 41, "api": 12},
        "labels": {"dark": "Dark mode", "api": "A public API"}, "totalVotes": 53,
        "lastUpdated": "2026-12-01T08:14:03.512Z", "open": true,
    })
}

fn vote_item() -> Value {
    json!({
        "position": 17, "userId": "ada", "optionId": "dark", "idempotencyKey": "k-1", "at": "2026-12-01T08:14:03.512Z",
        "timestamp": null, "address": "5f1d7a84db00d2f6", "voidedAt": null,
    })
}

fn of_poll(operation: Operation) -> Operation {
    let (name, what, example) = POLL;
    operation.path::<String>(name, what, example)
}

fn vote() -> Operation {
    Operation::post("/api/vote", (Tag::Polls, Anyone), "vote")
        .says(
            "Vote",
            "Counts a vote exactly once, on disk before it is answered. The same vote again (user, option and key are the same) is \
             answered as it was the first time, with `Idempotent-Replayed: true`, and counts nothing, even after the poll has closed.",
        )
        .limited()
        .writes()
        .takes::<NewVote>(json!({"pollId": "best-feature", "optionId": "dark", "userId": "ada", "idempotencyKey": "k-1"}))
        .answers::<VoteAccepted>(
            202,
            "It is counted, now or before.",
            json!({"status": "accepted", "pollId": "best-feature", "totalVotes": 53}),
        )
        .with_header("Idempotent-Replayed", "`true`: it was counted before.")
        .refuses(401, "The poll's voters are signed, and `voterToken` does not vouch for this one.")
        .refuses(403, "The poll is not open, or this address has cast as many votes as the poll allows.")
        .refuses(404, "There is no such poll, or it has no such option.")
        .refuses(409, "This user has voted otherwise; `error` is `Duplicate vote`.")
}

fn show() -> Operation {
    of_poll(Operation::get("/api/polls/{poll}", (Tag::Polls, Anyone), "getPoll"))
        .says(
            "Results of a poll",
            "On the admin address, with a key that may read, it is the poll as `listPolls` shows it; else its results.",
        )
        .limited()
        .header("If-None-Match", "The `ETag` of the results that are known.", "\"53-1\"")
        .answers::<Shown>(200, "Its results.", details())
        .with_header("ETag", "The version of the results.")
        .is_empty(304, "They are still those of `If-None-Match`.")
}

fn stream() -> Operation {
    of_poll(Operation::get("/api/polls/{poll}/stream", (Tag::Polls, Anyone), "streamPoll"))
        .says(
            "Results as they move",
            "Server-sent events: `results`, whose data are the results as JSON and whose id never decreases. The first comes at once; \
             then the newest, at most ten a second.",
        )
        .limited()
        .answers_as::<Text>(
            (200, "text/event-stream"),
            "The stream.",
            format!("event: results\nid: 53\ndata: {}\n\n", results()).into(),
        )
}

fn script() -> Operation {
    Operation::get("/gantry.js", (Tag::Polls, Anyone), "getScript")
        .says(
            "The script of a maker's page",
            "`<gantry-poll>`, page views and `gantry.convert`, in less than 4 KB as it travels.",
        )
        .header(
            "If-None-Match",
            "The `ETag` of the script that is known.",
            "\"5d41402abc4b2a76\"",
        )
        .answers_as::<Text>((200, "text/javascript"), "The script.", "export {}".into())
        .with_header("ETag", "Its version.")
        .is_empty(304, "It is still that of `If-None-Match`.")
}

fn list() -> Operation {
    Operation::get("/api/polls", (Tag::Polls, Admin), "listPolls")
        .says("Every poll", "Newest first.")
        .lists::<Details<'static>>("Polls.", details())
}

fn create() -> Operation {
    Operation::post("/api/polls", (Tag::Polls, Admin), "createPoll")
        .says(
            "Create a poll",
            "A poll that is there already, and is the same, is answered with 200.",
        )
        .writes()
        .takes::<NewPoll>(json!({
            "pollId": "best-feature", "question": "What should ship first?",
            "options": [{"id": "dark", "label": "Dark mode"}, {"id": "api", "label": "A public API"}],
            "closesAt": "2026-12-02T08:00:00Z", "voter": "open", "perAddress": 5,
        }))
        .answers::<Details<'static>>(201, "The poll, created.", details())
        .answers::<Details<'static>>(200, "The same poll was there already.", details())
        .refuses(
            409,
            "Another poll has this id, or there are as many polls as there may be.",
        )
}

fn edit() -> Operation {
    of_poll(Operation::patch(
        "/api/polls/{poll}",
        (Tag::Polls, Admin),
        "editPoll",
    ))
    .says(
        "Edit a poll",
        "What is left out stays as it is; `null` takes a time away. Options are neither added nor removed.",
    )
    .writes()
    .takes::<Edit>(json!({"question": "What ships first?", "labels": {"api": "An API"}, "closesAt": null}))
    .answers::<Details<'static>>(200, "The poll as it is now.", details())
}

fn close() -> Operation {
    of_poll(Operation::post(
        "/api/polls/{poll}/close",
        (Tag::Polls, Admin),
        "closePoll",
    ))
    .says(
        "Close a poll",
        "No vote is taken from now on. One that is closed stays so.",
    )
    .writes()
    .answers::<Details<'static>>(200, "The poll, closed.", details())
}

fn open() -> Operation {
    of_poll(Operation::post("/api/polls/{poll}/open", (Tag::Polls, Admin), "openPoll"))
        .says(
            "Open a poll",
            "Now, whatever has closed it: a time of opening that is to come and one of closing that has passed are taken away.",
        )
        .writes()
        .answers::<Details<'static>>(200, "The poll, open.", details())
        .refuses(422, "It cannot be opened.")
}

fn delete() -> Operation {
    of_poll(Operation::delete(
        "/api/polls/{poll}",
        (Tag::Polls, Admin),
        "deletePoll",
    ))
    .says("Delete a poll", "With all its votes, for good.")
    .writes()
    .is_empty(204, "It is gone.")
}

fn timeline() -> Operation {
    of_poll(Operation::get("/api/polls/{poll}/timeline", (Tag::Polls, Reader), "getPollTimeline"))
        .says(
            "A poll's votes over time",
            "By windows; those without votes are left out, and voided votes are not counted. Without a range, from the first vote to now.",
        )
        .query::<Every>("every", "How long windows are; without it, so long that there are at most 240.", "5m")
        .query::<Instant>("from", "Where the range begins.", "2026-12-01T08:00:00Z")
        .query::<Instant>("to", "Where it ends.", "2026-12-01T12:00:00Z")
        .paged()
    .answers::<Timeline<'static>>(
            200,
            "Its windows.",
            json!({
                "pollId": "best-feature", "every": "5m", "from": "2026-12-01T08:00:00.000Z", "to": "2026-12-01T12:00:00.000Z",
                "options": ["dark", "api"],
                "items": [{"start": "2026-12-01T08:10:00.000Z", "total": 4, "votes": {"dark": 3, "api": 1}}],
                "next": null,
            }),
        )
}

fn votes() -> Operation {
    of_poll(Operation::get(
        "/api/polls/{poll}/votes",
        (Tag::Polls, Admin),
        "listVotes",
    ))
    .says("A poll's votes, one by one", "Oldest first.")
    .query::<String>("optionId", "For this option.", "dark")
    .query::<String>("userId", "Of this user.", "ada")
    .query::<String>("userPrefix", "Of users whose ids begin so.", "bot-")
    .query::<String>(
        "address",
        "From this address, as votes are listed.",
        "5f1d7a84db00d2f6",
    )
    .query::<Instant>("from", "Cast at this instant or later.", "2026-12-01T08:00:00Z")
    .query::<Instant>("to", "Cast before this instant.", "2026-12-01T12:00:00Z")
    .lists::<VoteItem>("Votes.", vote_item())
}

fn void() -> Operation {
    of_poll(Operation::post(
        "/api/polls/{poll}/void",
        (Tag::Polls, Admin),
        "voidVotes",
    ))
    .says(
        "Void votes",
        "Votes that the filter takes are counted no more; who cast them cannot vote again.",
    )
    .writes()
    .takes::<Void>(json!({"filter": {"userPrefix": "bot-"}, "dryRun": true}))
    .answers::<Voided>(
        200,
        "How many there are, and how many were voided.",
        json!({"matched": 1, "voided": 0, "dryRun": true, "examples": [vote_item()]}),
    )
}

/// The windows of a timeline.
struct EveryName;
type Every = OneOf<EveryName>;

impl Names for EveryName {
    const NAME: &'static str = "TimelineWindow";

    fn names() -> Vec<&'static str> {
        super::timeline::EVERY.map(|(name, _)| name).to_vec()
    }
}
