//! Schedules as their user meets them.

use super::super::super::{Config, reload_difference};
use super::{config, refused};

const WHOLE: &str = r#"
    [[schedule]]
    name = "daily-digest"
    cron = "0  9 * * MON-FRI"
    timezone = "america/los_angeles"
    event = { type = "CONTENT_PUBLISH", payload = { b = [1, 2.5, true, "x"], a = { c = -7 } }, priority = 9 }
    [[schedule]]
    name = "tick"
    cron = "@hourly"
    timezone = "UTC"
    [schedule.event]
    type = "TICK"
    source = "clock"
    "#;

#[test]
fn a_schedule_is_a_timetable_and_an_event() {
    let config = config(WHOLE);
    let [digest, tick] = config.schedules.as_slice() else {
        panic!("{config:?}");
    };
    assert_eq!(digest.name.as_str(), "daily-digest");
    assert_eq!(digest.timetable.cron().as_str(), "0 9 * * MON-FRI");
    assert_eq!(digest.timetable.zone().name(), "America/Los_Angeles");
    assert_eq!(digest.event.payload, r#"{"a":{"c":-7},"b":[1,2.5,true,"x"]}"#);
    assert_eq!(digest.event.source.as_str(), "schedule");
    assert_eq!(digest.event.priority.level(), 9);
    assert_eq!(
        (tick.event.kind.as_str(), tick.event.source.as_str()),
        ("TICK", "clock")
    );
    assert_eq!(
        (tick.event.payload.as_str(), tick.event.priority.level()),
        ("{}", 5)
    );
    assert_eq!(
        reload_difference(&Config::default(), &config).applied,
        ["schedule"]
    );
}

#[test]
fn every_fault_of_a_schedule_is_named_with_its_line() {
    let text = r#"[[schedule]]
name = "daily digest"
cron = "0 0 9 * * *"
timezone = "PST"
event = { payload = {} }
[[schedule]]
name = "never"
cron = "0 0 30 2 *"
timezone = "Mars/Base"
event = "CONTENT_PUBLISH"
[[schedule]]
name = "never"
cron = "61 * * * *"
crom = "61 * * * *"
[schedule.event]
type = "A_TYPE_OF_MORE_THAN_THIRTY_TWO_CHARACTERS"
priority = 10
payload.at = 2026-12-01
payload.name = "a\u0000b"
payload.big = 0xffffffffffffffff
payload.most = inf
[[schedule]]
name = "x"
cron = "0 9 * * *"
timezone = "UTC"
event = { type = "T", payload = [] }
"#;
    let expected = [
        r#"gantry.toml:2: schedule.name: "daily digest" may only contain letters, digits, '-', '_' and '.'"#,
        r#"gantry.toml:3: schedule.cron: "0 0 9 * * *" has 6 fields instead of five: minute, hour, day of the month, month, day of the week; write for example "0 9 * * MON-FRI""#,
        r#"gantry.toml:4: schedule.timezone: "PST" is not the IANA name of a zone; write for example "America/Los_Angeles" or "UTC""#,
        r#"gantry.toml:5: schedule.event: type: is missing, and has no default"#,
        r#"gantry.toml:8: schedule.cron: "0 0 30 2 *" never comes: no date fits it; write for example "0 9 * * MON-FRI""#,
        r#"gantry.toml:9: schedule.timezone: "Mars/Base" is not the IANA name of a zone; write for example "America/Los_Angeles" or "UTC""#,
        r#"gantry.toml:10: schedule.event: is text; write a table such as { name = "value" }"#,
        r#"gantry.toml:11: schedule.timezone: is missing, and has no default"#,
        r#"gantry.toml:12: schedule.name: never is the name of the schedule at gantry.toml:7; use another"#,
        r#"gantry.toml:13: schedule.cron: "61 * * * *" is no cron expression: Number out of bounds; write for example "0 9 * * MON-FRI""#,
        r#"gantry.toml:14: schedule.crom: unknown key; did you mean cron?"#,
        r#"gantry.toml:16: schedule.event: type: "A_TYPE_OF_MORE_THAN_THIRTY_TWO_CHARACTERS" is longer than 32 characters"#,
        r#"gantry.toml:17: schedule.event: priority: 10 is not a whole number from 0 to 9"#,
        r#"gantry.toml:18: schedule.event: payload: is a date; write it in quotes"#,
        r#"gantry.toml:19: schedule.event: payload: contains NUL"#,
        r#"gantry.toml:20: schedule.event: payload: has more than 64 bits"#,
        r#"gantry.toml:21: schedule.event: payload: is a number that JSON cannot write"#,
        r#"gantry.toml:26: schedule.event: payload: is a list; write a table such as { name = "value" }"#,
    ];
    assert_eq!(refused(text), expected.join("\n"));
}

#[test]
fn a_payload_is_no_larger_and_no_deeper_than_what_can_be_sent() {
    let with = |payload: &str| {
        let head = "[[schedule]]\nname = \"x\"\ncron = \"0 9 * * *\"\ntimezone = \"UTC\"\n";
        format!("{head}event = {{ type = \"T\", payload = {payload} }}\n")
    };
    let nested = |depth: usize| format!("{}1{}", "{ a = ".repeat(depth), " }".repeat(depth));
    assert_eq!(config(&with(&nested(31))).schedules.len(), 1);
    assert!(refused(&with(&nested(32))).contains("payload: is deeper than 32 levels"));
    let long = |bytes: usize| format!("{{ a = \"{}\" }}", "x".repeat(bytes));
    assert_eq!(config(&with(&long(65_528))).schedules.len(), 1);
    assert!(refused(&with(&long(65_529))).contains("payload: is larger than 65536 bytes"));
}
