//! Replays on the command line: nothing is sent again that nobody has seen and agreed to.

use super::ground::{Scripted, directory, gantry, stderr, stdout};

const LOOK: &str = r#"{"dryRun":true,"count":1200,"complete":true,"passedOver":7,"sends":"dead letters; nothing that was delivered",
    "destinations":[{"destination":"crm","count":1200}],
    "examples":[{"id":"d-1","eventId":"e-1","type":"LEAD_CAPTURE","createdAt":"t1","destination":"crm","status":"DEAD"},
                {"id":"d-2","eventId":"e-2","type":"LEAD_CAPTURE","createdAt":"t2","destination":"crm","status":null}]}"#;
const NOTHING: &str = r#"{"dryRun":true,"count":0,"complete":true,"passedOver":7,"sends":"dead letters","destinations":[],"examples":[]}"#;
const RUNNING: &str = r#"{"id":"7","status":"RUNNING","filter":{"type":"LEAD_*","source":null,"destination":"crm","status":"DEAD",
    "errorClass":"5xx","from":"t1","to":"t2"},"count":1200,"done":400,"passedOver":2,"progress":0.4,"by":"the owner","createdAt":"t3","updatedAt":"t4"}"#;
const DONE: &str = r#"{"id":"7","status":"DONE","filter":{"type":"LEAD_*","source":null,"destination":"crm","status":"DEAD",
    "errorClass":"5xx","from":"t1","to":"t2"},"count":1200,"done":1200,"passedOver":7,"progress":1.0,"by":"the owner","createdAt":"t3","updatedAt":"t5"}"#;

const REPLAY: [&str; 12] = [
    "event",
    "replay",
    "--type",
    "LEAD_*",
    "--from",
    "2026-12-01T00:00:00-08:00",
    "--to",
    "2026-12-02T08:00:00Z",
    "--status",
    "dead",
    "--error-class",
    "5xx",
];
const FILTER: &str = r#""filter":{"errorClass":"5xx","from":"2026-12-01T08:00:00.000Z","status":"DEAD","to":"2026-12-02T08:00:00.000Z","type":"LEAD_*"}"#;

fn with<'a>(words: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [words, more].concat()
}

#[test]
fn a_dry_run_shows_what_would_go_where_and_by_which_rule() {
    let server = Scripted::new(&[(200, LOOK), (200, LOOK)]);
    let told = stdout(&server.gantry(&with(&REPLAY, &["--dry-run"])).code(0));
    for line in [
        "d-1       LEAD_CAPTURE  t1       crm          DEAD\n",
        "d-2       LEAD_CAPTURE  t2       crm          missing\n",
        "crm               1,200\n",
        "It sends dead letters; nothing that was delivered. 7 are left as they are.\n",
        "1,200 would be sent; nothing was changed\n",
    ] {
        assert!(told.contains(line), "{line:?} in\n{told}");
    }
    let json = stdout(&server.gantry(&with(&REPLAY, &["--dry-run", "--json"])).code(0));
    let facts: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(facts["count"], 1_200);
    let asked = format!(r#"POST /api/replay {{"dryRun":true,{FILTER}}}"#);
    assert_eq!(server.asked(), [asked.clone(), asked]);
}

#[test]
fn nothing_is_sent_before_somebody_agrees_and_then_it_is_followed_to_its_end() {
    let server = Scripted::new(&[
        (200, LOOK),
        (200, LOOK),
        (202, RUNNING),
        (200, RUNNING),
        (200, DONE),
        (200, NOTHING),
    ]);
    let unasked = server.gantry(&REPLAY).code(2);
    assert!(stderr(&unasked).contains("--yes"), "{}", stderr(&unasked));
    assert!(stderr(&unasked).contains("nothing that was delivered"));
    let told = stdout(&server.gantry(&with(&REPLAY, &["--yes"])).code(0));
    assert_eq!(
        told,
        "replay 7 is done: 1,200 are in the queue again, 7 were left as they are\n"
    );
    let told = stdout(&server.gantry(&with(&REPLAY, &["--yes"])).code(0));
    assert!(told.ends_with("0 would be sent; nothing was changed\n"), "{told}");
    let of = |dry: bool| format!(r#"POST /api/replay {{"dryRun":{dry},{FILTER}}}"#);
    let at = || "GET /api/replays/7".to_owned();
    assert_eq!(
        server.asked(),
        [of(true), of(true), of(false), at(), at(), of(true)]
    );
}

#[test]
fn replays_are_listed_and_ended() {
    const LIST: &str = "{\"items\":[{\"id\":\"7\",\"status\":\"RUNNING\",\"filter\":{\"type\":\"LEAD_*\",\"source\":null,\
        \"destination\":null,\"status\":\"ALL\",\"errorClass\":null,\"from\":\"t1\",\"to\":\"t2\"},\"count\":1200,\"done\":400,\
        \"passedOver\":2,\"progress\":0.4,\"by\":\"key admin\",\"createdAt\":\"t3\",\"updatedAt\":\"t4\"}],\"next\":null}";
    const CANCELLED: &str = r#"{"id":"7","status":"CANCELLED","filter":{"status":"ALL"},"count":1200,"done":400,"passedOver":2,
        "progress":0.4,"by":"key admin","createdAt":"t3","updatedAt":"t4"}"#;
    let server = Scripted::new(&[(200, LIST), (200, CANCELLED)]);
    let told = stdout(&server.gantry(&["event", "replays"]).code(0));
    let row = "7       RUNNING      40 %     400  1,200  type=LEAD_* status=ALL  key admin  t3\n";
    assert!(told.contains(row), "{told}");
    let told = stdout(&server.gantry(&["event", "cancel-replay", "7"]).code(0));
    assert!(told.starts_with("replay 7 is cancelled: 400 are"), "{told}");
    assert_eq!(
        server.asked(),
        ["GET /api/replays?limit=50", "POST /api/replays/7/cancel {}"]
    );
}

#[test]
fn a_replay_without_its_time_or_with_a_slip_is_wrong_usage() {
    let at = directory();
    let time = ["--from", "2026-12-01T00:00:00Z", "--to", "2026-12-02T00:00:00Z"];
    for wrong in [
        with(&["event", "replay"], &time[..2]),
        with(&["event", "replay"], &time[2..]),
        with(&["event", "replay", "--status", "leased"], &time),
        with(&["event", "replay", "--type", "*X"], &time),
        vec!["event", "cancel-replay", "x"],
        vec!["delivery", "retry", "--where", "crm"],
    ] {
        gantry(at.path(), &wrong).code(2);
    }
}

#[test]
fn deliveries_are_retried_by_conditions_in_one_word() {
    const OUTCOME: &str = r#"{"matched":2,"done":2,"dryRun":false,"examples":[]}"#;
    let server = Scripted::new(&[(200, OUTCOME)]);
    let conditions = "destination=crm,class=5xx,type=LEAD_*,from=2026-12-01T00:00:00-08:00";
    let told = server
        .gantry(&["delivery", "retry", "--where", conditions])
        .code(0);
    assert_eq!(stdout(&told), "2 matched, 2 to be tried again\n");
    let filter = r#"{"class":"5xx","destination":"crm","from":"2026-12-01T08:00:00.000Z","type":"LEAD_*"}"#;
    assert_eq!(
        server.asked(),
        [format!(
            r#"POST /api/deliveries/retry {{"dryRun":false,"filter":{filter}}}"#
        )]
    );
}
