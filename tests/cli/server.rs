//! Commands that speak to a server: what they ask, and what they make of its answers.

use super::ground::{Scripted, stderr, stdout};

const POLL: &str = r#"{"pollId":"best","question":"What first?","options":{"web":1,"api":3},
    "labels":{"web":"Web","api":"The API"},"totalVotes":4,"lastUpdated":"2026-12-01T08:00:00.000Z","open":true,
    "createdAt":"2026-12-01T07:00:00.000Z","voter":"open","perAddress":null}"#;

#[test]
fn a_poll_is_made_as_it_was_said_and_shown_in_its_own_order() {
    let server = Scripted::new(&[(201, POLL)]);
    let words = [
        "poll",
        "create",
        "best",
        "--question",
        "What first?",
        "--option",
        "web=Web",
        "--option",
        "api",
    ];
    let more = ["--closes", "2026-12-02T00:00:00-08:00", "--per-address", "3"];
    let told = stdout(&server.gantry(&[&words[..], &more[..]].concat()).code(0));
    let (web, api) = (told.find("  Web "), told.find("  The API "));
    assert!(web.is_some() && web < api && told.contains("75.0 %  3"), "{told}");
    let body = r#"{"closesAt":"2026-12-02T08:00:00.000Z","options":[{"id":"web","label":"Web"},{"id":"api","label":"api"}],"perAddress":3,"pollId":"best","question":"What first?","voter":"open"}"#;
    assert_eq!(server.asked(), [format!("POST /api/polls {body}")]);
}

#[test]
fn what_the_server_refuses_is_one_line_and_1() {
    let server = Scripted::new(&[
        (
            409,
            r#"{"title":"Conflict","status":409,"detail":"another poll has this id"}"#,
        ),
        (502, "<html>"),
    ]);
    let told = stderr(&server.gantry(&["poll", "close", "best"]).code(1));
    assert_eq!(told, "gantry: another poll has this id\n");
    let told = stderr(&server.gantry(&["poll", "list"]).code(1));
    assert!(told.starts_with("gantry: the server answered 502"), "{told}");
    assert_eq!(
        server.asked(),
        ["POST /api/polls/best/close {}", "GET /api/polls?limit=100"]
    );
}

#[test]
fn lists_go_on_over_short_pages_until_they_have_what_was_asked() {
    let server = Scripted::new(&[
        (200, r#"{"items":[],"next":"7"}"#),
        (
            200,
            r#"{"items":[{"position":8,"userId":"bot-1","optionId":"web","at":"2026-12-01T08:00:00.000Z"}],"next":"8"}"#,
        ),
    ]);
    let shown = server
        .gantry(&["poll", "votes", "best", "--limit", "1", "--user-prefix", "bot-&"])
        .code(0);
    assert!(stdout(&shown).contains("bot-1"), "{}", stdout(&shown));
    assert_eq!(stderr(&shown), "There are more: --cursor 8\n");
    let path = "GET /api/polls/best/votes?limit=1&userPrefix=bot-%26";
    assert_eq!(server.asked(), [path.to_owned(), format!("{path}&cursor=7")]);
}

#[test]
fn nothing_is_destroyed_where_nobody_can_be_asked() {
    const OUTCOME: &str = r#"{"matched":2,"voided":2,"dryRun":false,"examples":[]}"#;
    let server = Scripted::new(&[(200, OUTCOME), (200, POLL), (200, OUTCOME), (204, "")]);
    let void = ["poll", "void", "best", "--option", "web"];
    assert!(stderr(&server.gantry(&void).code(2)).contains("--yes"));
    assert!(stderr(&server.gantry(&["poll", "delete", "best"]).code(2)).contains("--yes"));
    let told = stdout(&server.gantry(&[&void[..], &["--yes"]].concat()).code(0));
    assert_eq!(told, "2 matched, 2 voided\n");
    let told = stdout(&server.gantry(&["poll", "delete", "best", "--yes"]).code(0));
    assert_eq!(told, "best is deleted\n");
    let asked = server.asked();
    assert_eq!(
        asked[0],
        r#"POST /api/polls/best/void {"dryRun":true,"filter":{"optionId":"web"}}"#
    );
    assert_eq!(
        asked[2],
        r#"POST /api/polls/best/void {"dryRun":false,"filter":{"optionId":"web"}}"#
    );
    assert_eq!(asked[3], "DELETE /api/polls/best");
}

#[test]
fn a_new_key_alone_goes_to_standard_output() {
    let server = Scripted::new(&[(201, r#"{"name":"ci","scope":"read","key":"gty_abc"}"#)]);
    let made = server.gantry(&["key", "create", "ci", "--scope", "read"]).code(0);
    assert_eq!(stdout(&made), "gty_abc\n");
    assert!(stderr(&made).contains("this once"));
    assert_eq!(server.asked(), [r#"POST /api/keys {"name":"ci","scope":"read"}"#]);
}

#[test]
fn a_server_that_breaks_an_invariant_is_1() {
    const REPORT: &str = r#"{"clean":false,"checks":[{"name":"tallies","rule":"a tally is its votes","rows":3,"broken":1,"examples":["poll 1"]}]}"#;
    let server = Scripted::new(&[(200, REPORT), (200, REPORT)]);
    let told = stdout(&server.gantry(&["verify"]).code(1));
    assert!(
        told.contains("tallies: poll 1\n") && told.contains("gantry.redb breaks an invariant"),
        "{told}"
    );
    let json = stdout(&server.gantry(&["verify", "--json"]).code(1));
    assert!(
        json.starts_with(r#"{"clean":false,"#) && json.lines().count() == 1,
        "{json}"
    );
}

#[test]
fn watching_prints_every_event_until_the_stream_ends() {
    let server = Scripted::new(&[(
        200,
        "retry: 1000\n\nevent: results\nid: 1\ndata: {\"a\":1}\n\n: still here\n\ndata: {}\n\n",
    )]);
    let watched = server
        .gantry(&["poll", "show", "best", "--watch", "--json"])
        .code(74);
    assert_eq!(stdout(&watched), "{\"a\":1}\n{}\n");
    assert_eq!(stderr(&watched), "gantry: the server ended the stream\n");
}

const NO_GO: &str = r#"{"go":false,"at":"2026-12-01T08:00:00.000Z","launchAt":null,"checks":[
    {"id":"backup","of":null,"title":"A backup of the last day is there","verdict":"no-go","detail":"there is none"},
    {"id":"clock","of":null,"title":"The clock is kept","verdict":"unknown","detail":"nobody tells"},
    {"id":"destination-reached","of":"crm","title":"It takes connections","verdict":"go","detail":"within 3 ms"}]}"#;

#[test]
fn a_no_go_is_told_with_its_reasons_and_ends_with_1() {
    let server = Scripted::new(&[(200, NO_GO), (200, NO_GO)]);
    let told = stdout(&server.gantry(&["preflight"]).code(1));
    for line in [
        "NO-GO  A backup of the last day is there  there is none",
        "?      The clock is kept",
        "go     crm: It takes connections",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(told.ends_with("\nNo-go\n"), "{told}");
    let json = stdout(&server.gantry(&["preflight", "--json"]).code(1));
    assert!(json.contains("\"go\":false"), "{json}");
    assert_eq!(server.asked(), ["GET /api/preflight"; 2]);
}
