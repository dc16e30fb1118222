//! Commands about events, deliveries and destinations: what they ask, and what they make of the answers.

use super::ground::{Scripted, directory, gantry, stderr, stdout};

const EVENT: &str = "01a2309f-0e60-7fff-bfff-ffffffff0000";
const DELIVERY: &str = "01a2309f-0e60-7fff-bfff-ffffffff0001";
const OTHER: &str = "01a2309f-0e60-7fff-bfff-ffffffff0002";
const SENT: &str = r#"{"id":"01a2309f-0e60-7fff-bfff-ffffffff0000","status":"PENDING","fingerprint":"d956044f464cd40e","scheduledAt":"2096-12-01T08:01:00.000Z"}"#;
const ITEM: &str = r#"{"id":"01a2309f-0e60-7fff-bfff-ffffffff0001","eventId":"01a2309f-0e60-7fff-bfff-ffffffff0000","destination":"crm",
    "status":"RETRYING","attempts":1,"firstAt":null,"due":"2096-12-01T08:01:00.000Z","updatedAt":"2096-12-01T08:00:00.000Z","priority":5,
    "lastClass":"5xx","lastError":"503: down"}"#;
const CRM: &str = r#"{"name":"crm","url":"https://crm.example","paused":{"reason":"401"},"configured":true,"pending":0,"leased":0,
    "retrying":0,"dead":0,"delivered":0,"oldestDue":null}"#;

#[test]
fn an_event_is_sent_as_it_was_said_and_its_payload_to_the_letter() {
    let server = Scripted::new(&[(202, SENT), (200, SENT)]);
    let payload = r#"{"z":12345678901234567890123,"a":1.50,"a":2}"#;
    let words = [
        "event",
        "send",
        "LEAD_CAPTURE",
        "--key",
        "k-1",
        "--payload",
        payload,
    ];
    let more = [
        "--at",
        "2096-12-01T00:01",
        "--timezone",
        "America/Los_Angeles",
        "--priority",
        "9",
        "--expires",
        "2096-12-02T00:00:00Z",
    ];
    let told = stdout(&server.gantry(&[&words[..], &more[..]].concat()).code(0));
    for line in [
        "outcome      accepted\n",
        "scheduled    2096-12-01T08:01:00.000Z\n",
        "key          k-1\n",
    ] {
        assert!(told.contains(line), "{line:?} in\n{told}");
    }
    let json = stdout(
        &server
            .gantry(&["event", "send", "T", "--source", "app", "--key", "k", "--json"])
            .code(0),
    );
    let facts: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&facts["id"], &facts["idempotencyKey"], &facts["outcome"]),
        (&EVENT.into(), &"k".into(), &"duplicate".into())
    );
    let asked = server.asked();
    assert_eq!(
        asked[0],
        format!(
            r#"POST /api/events {{"type":"LEAD_CAPTURE","source":"cli","idempotencyKey":"k-1","payload":{payload},"scheduledAt":"2096-12-01T00:01","timezone":"America/Los_Angeles","priority":9,"expiresAt":"2096-12-02T00:00:00Z"}}"#
        )
    );
    assert_eq!(
        asked[1],
        r#"POST /api/events {"type":"T","source":"app","idempotencyKey":"k","payload":{}}"#
    );
}

#[test]
fn what_became_of_an_event_is_told_to_machines_and_a_conflict_is_1() {
    const CONFLICT: &str =
        r#"{"status":422,"title":"Idempotency conflict","detail":"another event has this key","id":"e"}"#;
    let server = Scripted::new(&[(202, SENT), (422, CONFLICT)]);
    let send = ["event", "send", "T", "--key", "k", "--json"];
    let facts: serde_json::Value =
        serde_json::from_str(&stdout(&server.gantry(&send).code(0))).expect("JSON");
    assert_eq!(facts["outcome"], "accepted");
    let refused = server.gantry(&send).code(1);
    assert_eq!(
        (stdout(&refused), stderr(&refused)),
        (String::new(), "gantry: another event has this key\n".to_owned())
    );
}

#[test]
fn a_key_that_is_made_is_told_and_a_payload_comes_from_a_file() {
    let server = Scripted::new(&[(202, SENT)]);
    let elsewhere = directory();
    let file = elsewhere.path().join("payload.json");
    std::fs::write(&file, " {\"a\": 1}\n").expect("written");
    let file = file.to_str().expect("a path");
    let sent = server
        .gantry(&["event", "send", "T", "--payload-file", file])
        .code(0);
    let told = stderr(&sent);
    let key = told
        .strip_prefix("The same event again: --key ")
        .map(str::trim_end)
        .expect("a key");
    assert!(key.starts_with("cli-") && key.len() == 36, "{key}");
    assert!(stdout(&sent).contains(key));
    let body = format!(r#"{{"type":"T","source":"cli","idempotencyKey":"{key}","payload":{{"a": 1}}}}"#);
    assert_eq!(server.asked(), [format!("POST /api/events {body}")]);
}

#[test]
fn a_slip_is_wrong_usage_before_anything_is_asked() {
    let at = directory();
    for wrong in [
        &["event", "send", "T", "--payload", "{"][..],
        &["event", "send", "T", "--at", "2096-12-01T00:01"],
        &["event", "send", "T", "--at", "tomorrow"],
        &[
            "event",
            "send",
            "T",
            "--at",
            "2096-12-01T00:01",
            "--timezone",
            "Mars/Base",
        ],
        &["event", "send", "T", "--priority", "10"],
        &["event", "send", ""],
        &["event", "show", "7"],
        &["event", "list", "--status", "dead"],
        &["event", "reschedule", EVENT, "2096-12-01T00:01"],
        &["delivery", "list", "--class", "6xx"],
        &["destination", "pause", ""],
    ] {
        let told = stderr(&gantry(at.path(), wrong).code(2));
        assert!(!told.contains("no server"), "{wrong:?}: {told}");
    }
    assert!(
        stderr(&gantry(at.path(), &["event", "send", "T", "--payload-file", "none"]).code(66))
            .contains("none")
    );
}

#[test]
fn events_are_listed_by_what_was_asked() {
    const LIST: &str = r#"{"items":[{"id":"01a2309f-0e60-7fff-bfff-ffffffff0000","type":"LEAD_CAPTURE","source":"web","idempotencyKey":"k",
        "fingerprint":"f","status":"FAILED","priority":5,"scheduledAt":"t1","expiresAt":null,"createdAt":"t0","updatedAt":"t2"}],"next":"41"}"#;
    let server = Scripted::new(&[(200, LIST), (200, r#"{"items":[],"next":null}"#)]);
    let words = [
        "event",
        "list",
        "--type",
        "LEAD_CAPTURE",
        "--status",
        "failed",
        "--source",
        "a b",
    ];
    let listed = server
        .gantry(
            &[
                &words[..],
                &["--from", "2026-12-01T00:00:00-08:00", "--limit", "1"],
            ]
            .concat(),
        )
        .code(0);
    let row = format!("{EVENT}  LEAD_CAPTURE  web     FAILED  t1         t0\n");
    assert!(stdout(&listed).contains(&row), "{}", stdout(&listed));
    assert_eq!(stderr(&listed), "There are more: --cursor 41\n");
    assert_eq!(
        stdout(&server.gantry(&["event", "ls"]).code(0)),
        "There are no such events.\n"
    );
    let filters = "type=LEAD_CAPTURE&status=FAILED&source=a%20b&from=2026-12-01T08%3A00%3A00.000Z";
    let asked = [
        format!("GET /api/events?limit=1&{filters}"),
        "GET /api/events?limit=50".to_owned(),
    ];
    assert_eq!(server.asked(), asked);
}

#[test]
fn an_event_is_moved_and_called_off_or_the_answer_is_no() {
    const MOVED: &str = r#"{"id":"01a2309f-0e60-7fff-bfff-ffffffff0000","type":"T","source":"web","status":"PENDING",
        "scheduledAt":"2096-12-01T08:01:00.000Z","createdAt":"t0"}"#;
    let server = Scripted::new(&[
        (200, MOVED),
        (
            409,
            r#"{"status":409,"detail":"the event is COMPLETED; only one that is PENDING can be changed"}"#,
        ),
    ]);
    let words = [
        "event",
        "reschedule",
        EVENT,
        "2096-12-01T00:01",
        "--timezone",
        "America/Los_Angeles",
    ];
    let told = stdout(&server.gantry(&words).code(0));
    assert_eq!(
        told,
        format!("{EVENT} is PENDING, for 2096-12-01T08:01:00.000Z\n")
    );
    let told = stderr(&server.gantry(&["event", "cancel", EVENT]).code(1));
    assert!(told.starts_with("gantry: the event is COMPLETED"), "{told}");
    let body = r#"{"scheduledAt":"2096-12-01T00:01","timezone":"America/Los_Angeles"}"#;
    let asked = [
        format!("POST /api/events/{EVENT}/reschedule {body}"),
        format!("POST /api/events/{EVENT}/cancel {{}}"),
    ];
    assert_eq!(server.asked(), asked);
}

#[test]
fn a_payload_is_shown_to_machines_as_the_server_wrote_it() {
    const SHOWN: &str = r#"{"id":"e","payload":{"z":12345678901234567890,"a":1.50}}"#;
    let server = Scripted::new(&[(200, SHOWN)]);
    let shown = stdout(&server.gantry(&["event", "show", EVENT, "--json"]).code(0));
    assert_eq!(shown, format!("{SHOWN}\n"));
    assert_eq!(server.asked(), [format!("GET /api/events/{EVENT}")]);
}

#[test]
fn deliveries_that_are_named_are_changed_one_by_one_and_a_refusal_is_1() {
    const REFUSED: &str = r#"{"status":409,"detail":"the delivery is DELIVERED"}"#;
    let server = Scripted::new(&[(409, REFUSED), (200, ITEM)]);
    let changed = server.gantry(&["delivery", "retry", OTHER, DELIVERY]).code(1);
    assert_eq!(
        stderr(&changed),
        format!("gantry: {OTHER}: the delivery is DELIVERED\n")
    );
    let told = stdout(&changed);
    let row =
        format!("{DELIVERY}  crm          RETRYING         1  2096-12-01T08:01:00.000Z  5xx   503: down\n");
    assert!(told.contains(&row), "{told}");
    let asked = [OTHER, DELIVERY].map(|id| format!("POST /api/deliveries/{id}/retry {{}}"));
    assert_eq!(server.asked(), asked);
}

#[test]
fn deliveries_that_match_are_discarded_only_when_somebody_agrees() {
    const OUTCOME: &str = r#"{"matched":1200,"done":1199,"dryRun":false,"examples":[]}"#;
    const NONE: &str = r#"{"matched":0,"done":0,"dryRun":true,"examples":[]}"#;
    let server = Scripted::new(&[
        (200, OUTCOME),
        (200, OUTCOME),
        (200, NONE),
        (200, OUTCOME),
        (200, OUTCOME),
    ]);
    let discard = ["delivery", "discard", "--destination", "crm", "--status", "dead"];
    assert!(stderr(&server.gantry(&discard).code(2)).contains("--yes"));
    let told = stdout(&server.gantry(&[&discard[..], &["--yes"]].concat()).code(0));
    assert_eq!(told, "1,200 matched, 1,199 discarded\n");
    assert_eq!(stdout(&server.gantry(&discard).code(0)), "No delivery matches.\n");
    let told = stdout(&server.gantry(&[&discard[..], &["--dry-run"]].concat()).code(0));
    assert_eq!(told, "1,200 match; nothing was changed\n");
    let told = stdout(&server.gantry(&["delivery", "retry", "--class", "429"]).code(0));
    assert_eq!(told, "1,200 matched, 1,199 to be tried again\n");
    let filter = r#""filter":{"destination":"crm","status":"DEAD"}"#;
    let of = |dry: bool| format!(r#"POST /api/deliveries/discard {{"dryRun":{dry},{filter}}}"#);
    let retry = r#"POST /api/deliveries/retry {"dryRun":false,"filter":{"class":"429"}}"#;
    assert_eq!(
        server.asked(),
        [of(true), of(false), of(true), of(true), retry.to_owned()]
    );
}

#[test]
fn what_one_request_leaves_is_asked_for_again_and_summed_up() {
    const FIRST: &str = r#"{"matched":5000,"done":4999,"dryRun":false,"next":"7.1.0","examples":[
        {"id":"d-1","destination":"crm","status":"RETRYING","attempts":1,"priority":5}]}"#;
    const LAST: &str = r#"{"matched":3,"done":3,"dryRun":false,"next":null,"examples":[
        {"id":"d-2","destination":"crm","status":"RETRYING","attempts":1,"priority":5}]}"#;
    const FAULT: &str = r#"{"status":503,"detail":"not available just now"}"#;
    let server = Scripted::new(&[(200, FIRST), (200, LAST), (200, FIRST), (503, FAULT)]);
    let retry = ["delivery", "retry", "--status", "dead", "--json"];
    let facts: serde_json::Value =
        serde_json::from_str(&stdout(&server.gantry(&retry).code(0))).expect("JSON");
    assert_eq!(
        (&facts["matched"], &facts["done"], &facts["next"]),
        (&5_003.into(), &5_002.into(), &serde_json::Value::Null)
    );
    assert_eq!(facts["examples"].as_array().map(Vec::len), Some(2));
    assert_eq!(facts["examples"][0]["priority"], 5, "all that the server says");
    let broken = server.gantry(&retry[..4]).code(1);
    assert!(stdout(&broken).ends_with("5,000 matched, 4,999 to be tried again\n"));
    assert_eq!(stderr(&broken), "gantry: not available just now\n");
    let of = |cursor: &str| {
        format!(r#"POST /api/deliveries/retry {{{cursor}"dryRun":false,"filter":{{"status":"DEAD"}}}}"#)
    };
    let (begin, go_on) = (of(""), of(r#""cursor":"7.1.0","#));
    assert_eq!(server.asked(), [begin.clone(), go_on.clone(), begin, go_on]);
}

#[test]
fn machines_are_told_in_json_that_nothing_matches() {
    const NONE: &str = r#"{"matched":0,"done":0,"dryRun":true,"examples":[],"next":null}"#;
    let server = Scripted::new(&[(200, NONE), (200, NONE)]);
    for verb in ["discard", "retry"] {
        let told = server
            .gantry(&["delivery", verb, "--destination", "crm", "--json"])
            .code(0);
        let facts: serde_json::Value = serde_json::from_str(&stdout(&told)).expect("JSON");
        assert_eq!(facts["matched"], 0, "{verb}");
    }
}

#[test]
fn deliveries_are_listed_paused_and_resumed() {
    const LIST: &str = r#"{"items":[],"next":null}"#;
    const PAUSED: &str = r#"{"pausedSince":"2026-12-01T08:01:00.000Z"}"#;
    const SENT: &str = r#"{"pausedSince":null}"#;
    let server = Scripted::new(&[(200, LIST), (200, PAUSED), (200, SENT)]);
    let listed = server
        .gantry(&["delivery", "list", "--destination", "crm", "--cursor", "9.1.0"])
        .code(0);
    assert_eq!(stdout(&listed), "There are no such deliveries.\n");
    let told = stdout(&server.gantry(&["delivery", "pause"]).code(0));
    assert_eq!(told, "Nothing is sent since 2026-12-01T08:01:00.000Z\n");
    assert_eq!(
        stdout(&server.gantry(&["delivery", "resume", "--json"]).code(0)),
        format!("{SENT}\n")
    );
    let asked = [
        "GET /api/deliveries?limit=50&destination=crm&cursor=9.1.0",
        "POST /api/delivery/pause {}",
        "POST /api/delivery/resume {}",
    ];
    assert_eq!(server.asked(), asked);
}

#[test]
fn destinations_are_shown_with_what_waits_and_paused_by_name() {
    const LIST: &str = r#"{"items":[{"name":"crm","url":"https://crm.example","paused":{"reason":"401"},"configured":true,
        "pending":12345,"leased":0,"retrying":1,"dead":2,"delivered":7,"oldestDue":"2026-12-01T08:01:00.000Z"}],
        "next":null,"pausedSince":"t9"}"#;
    let server = Scripted::new(&[(200, LIST), (200, CRM), (200, CRM)]);
    let shown = server.gantry(&["destination", "list"]).code(0);
    let row = "crm          paused: 401   12,345       0         1     2          7  2026-12-01T08:01:00.000Z  https://crm.example\n";
    assert!(stdout(&shown).contains(row), "{}", stdout(&shown));
    assert!(stderr(&shown).contains("since t9"), "{}", stderr(&shown));
    let told = stdout(
        &server
            .gantry(&["destination", "pause", "c/m", "--reason", "401"])
            .code(0),
    );
    assert_eq!(told, "crm is paused: 401\n");
    server.gantry(&["destination", "resume", "crm"]).code(0);
    let asked = [
        "GET /api/destinations",
        r#"POST /api/destinations/c%2Fm/pause {"reason":"401"}"#,
        "POST /api/destinations/crm/resume {}",
    ];
    assert_eq!(server.asked(), asked);
}
