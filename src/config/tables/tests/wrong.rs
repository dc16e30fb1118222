//! What is refused in tables, and on which line.

use super::refused;

#[test]
fn every_fault_of_tables_is_named_at_once_with_its_line_and_key() {
    let text = r#"[[destination]]
url = "https://user:hunter2@crm.example/"
methd = "POST"
headers = { Authorization = "Bearer hunter2", Host = "x", "X-Ok" = "ok" }
rate = "10 per second"
[[destination]]
name = "slack"
url = "env:HOOK"
[destination.headers]
X-Api-Key = "hunter2"
x-note = "a\nb"
X-Broken = "env:BROKEN"
Traceparent = "00"
[destination.retry]
base = "2h"
attempts = 0
tries = 3
[[destination]]
name = "slack"
url = "https://a.example"
timeout = "3m"
[[route]]
type = "A*B"
to = ["slak"]
[[route]]
to = []
[egress]
allow = ["10.0.0.1/8"]
"#;
    let expected = [
        r#"gantry.toml:1: destination.name: is missing, and has no default"#,
        r#"gantry.toml:2: destination.url: has a name or password before its host; write them as headers = { Authorization = "env:NAME" }"#,
        r#"gantry.toml:3: destination.methd: unknown key; did you mean method?"#,
        r#"gantry.toml:4: destination.headers: Authorization: a secret does not stand in the configuration itself; write "env:NAME", "file:PATH" or "credential:NAME" of the whole value, "Bearer …""#,
        r#"gantry.toml:4: destination.headers: Host: is set by the connection itself; leave it out"#,
        r#"gantry.toml:5: destination.rate: "10 per second" is not a rate; write for example "10/s burst 20""#,
        r#"gantry.toml:10: destination.headers: X-Api-Key: a secret does not stand in the configuration itself; write "env:NAME", "file:PATH" or "credential:NAME""#,
        r#"gantry.toml:11: destination.headers: x-note: "a\nb" is not the value of a header (printable ASCII, 8 KiB at most)"#,
        r#"gantry.toml:12: destination.headers: X-Broken: the secret it names is not the value of a header (printable ASCII, 8 KiB at most)"#,
        r#"gantry.toml:13: destination.headers: Traceparent: is set for every delivery, the same on each attempt; leave it out"#,
        r#"gantry.toml:14: destination.retry: base: is longer than cap, the longest wait"#,
        r#"gantry.toml:16: destination.retry: attempts: 0 is not a whole number from 1 to 1000"#,
        r#"gantry.toml:17: destination.retry: tries: unknown key; known are for, base, cap, jitter, attempts"#,
        r#"gantry.toml:19: destination.name: slack is the name of the destination at gantry.toml:7; use another"#,
        r#"gantry.toml:21: destination.timeout: "3m" is not from 1ms to 120s"#,
        r#"gantry.toml:23: route.type: "A*B" is not a pattern; write a name, "CAMPAIGN_*" or "*""#,
        r#"gantry.toml:24: route.to: "slak" is not a destination; did you mean slack?"#,
        r#"gantry.toml:25: route.type: is missing, and has no default"#,
        r#"gantry.toml:26: route.to: names nobody; write for example ["crm"]"#,
        r#"gantry.toml:28: egress.allow: "10.0.0.1/8" is an address inside a network; write "10.0.0.0/8" for all of it or "10.0.0.1" for the one address"#,
    ];
    assert_eq!(refused(text), expected.join("\n"));
}

/// Lines of a destination, each of which is one fault.
const OF_DESTINATIONS: &[&str] = &[
    "name = \"b c\"",
    "name = \"..\"",
    "name = \"\"",
    "name = \"b/c\"",
    "name = 3",
    "method = \"GET\"",
    "method = \"post\"",
    "headers = []",
    "headers = \"env:CRM\"",
    "headers = { a = 3 }",
    "headers = { \"a b\" = \"x\" }",
    "headers = { \"\" = \"x\" }",
    "headers = { X-A = \"1\", x-a = \"2\" }",
    "headers = { X-A = \" 1\" }",
    "headers = { X-A = \"é\" }",
    "headers = { X-A = \"env:UNSET\" }",
    "headers = { X-A = \"env:\" }",
    "headers = { Cookie = \"a=b\" }",
    "headers = { X-Auth-Token = \"x\" }",
    "headers = { Content-Length = \"1\" }",
    "headers = { Transfer-Encoding = \"chunked\" }",
    "headers = { Connection = \"close\" }",
    "headers = { TE = \"trailers\" }",
    "headers = { Upgrade = \"h2c\" }",
    "headers = { X-Request-Id = \"1\" }",
    "headers = { Idempotency-Key = \"1\" }",
    "headers = { Proxy-Authorization = \"env:CRM\" }",
    "auth = \"basic\"",
    "auth = { digest = {} }",
    "auth = { basic = { user = \"a\" } }",
    "auth = { basic = { user = \"a:b\", password = \"env:CRM\" } }",
    "auth = { basic = { user = \"\", password = \"env:CRM\" } }",
    "auth = { basic = { user = \"a\", password = \"hunter2\" } }",
    "auth = { basic = { user = \"a\", password = \"env:BROKEN\" } }",
    "auth = { oauth1 = { consumer_key = \"env:CRM\", consumer_secret = \"env:CRM\", token = \"env:CRM\", token_secret = \"x\" } }",
    "auth = { oauth2 = { token_url = \"id.example\", client_id = \"a\", client_secret = \"env:CRM\", refresh_token = \"env:CRM\" } }",
    "auth = { oauth2 = { token_url = \"https://id.example\", client_id = \"a\", client_secret = \"env:CRM\", refresh_token = \"hunter2\" } }",
    "auth = { oauth2 = { token_url = \"https://id.example\", client_id = \"a\", client_secret = \"env:CRM\", refresh_token = \"env:CRM\", scope = \"a  b\" } }",
    "auth = { oauth2 = { token_url = \"https://id.example\", client_id = \"a\", client_secret = \"env:CRM\", refresh_token = \"env:CRM\", client_auth = \"jwt\" } }",
    "http_version = \"1.0\"",
    "http_version = 2",
    "tls_ca = \"\"",
    "tls_ca = \"none.pem\"",
    "tls_ca = \"env:UNSET\"",
    "tls_cert = \"env:CRM\"",
    "tls_key = \"env:CRM\"",
    "body = 3",
    "rate = \"off\"",
    "rate = 10",
    "pace_jitter = 0.51",
    "pace_jitter = -0.1",
    "pace_jitter = nan",
    "pace_jitter = inf",
    "pace_jitter = \"0.2\"",
    "concurrency = 0",
    "concurrency = 257",
    "concurrency = 8.0",
    "timeout = \"0s\"",
    "timeout = \"121s\"",
    "timeout = 10",
    "retry = \"24h\"",
    "retry = { for = \"31d\" }",
    "retry = { cap = \"25h\" }",
    "retry = { base = \"0ms\" }",
    "retry = { jitter = 1.5 }",
    "retry = { attempts = 1001 }",
    "retry = { attempts = true }",
    "preset = \"slak\"",
    "window = \"300\"",
    "window = \"0/15m\"",
    "window = \"200000/d\"",
    "window = [\"1/s\", \"1/m\", \"1/h\", \"1/d\", \"2/d\"]",
    "quota = \"twitter\"",
    "quota = { remaining = \"a\", reset = \"b\" }",
    "quota = { remaining = \"a\", reset = \"b\", unit = \"s\" }",
    "quota = { remaining = \"a b\", reset = \"b\", unit = \"delta-s\" }",
    "quota_group = \"a/b\"",
    "breaker = \"on\"",
    "signing_secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
    "signing_secret = [\"env:CRM\"]",
    "batch = 100",
    "batch = { wait = \"1s\" }",
    "batch = { max = 1 }",
    "batch = { max = 1001 }",
    "batch = { max = 10, wait = \"61s\" }",
    "batch = { max = 10, size = 3 }",
    "breaker = { failures = 0 }",
    "breaker = { error_rate = 0 }",
    "breaker = { open_for = \"25h\" }",
];

#[test]
fn each_of_these_is_one_fault_on_its_line() {
    let wrong = [
        (1, "destination = 3"),
        (1, "destination = []"),
        (1, "[destination]\nname = \"crm\""),
        (1, "destination = [1]"),
        (1, "route = { type = \"*\" }"),
        (3, "[egress]\n\nallow = \"127.0.0.0/8\""),
        (2, "[egress]\nallow = [\"localhost\"]"),
        (2, "[limits]\ningest = \"none\""),
        (1, "concurrency = 3"),
        (3, "[[route]]\ntype = \"*\"\nto = [\"crm\"]"),
        (3, "[[route]]\ntype = \"*\"\nto = \"crm\""),
    ];
    let of_keys = OF_DESTINATIONS.iter().map(|key| {
        let name = if key.starts_with("name") {
            ""
        } else {
            "name = \"b\"\n"
        };
        let text = format!("[[destination]]\nurl = \"https://b.example\"\n{name}{key}\n");
        (3 + usize::from(!name.is_empty()), text)
    });
    let all = wrong
        .iter()
        .map(|(line, text)| (*line, (*text).to_owned()))
        .chain(of_keys);
    for (line, text) in all {
        let faults = refused(&text);
        assert!(
            faults.starts_with(&format!("gantry.toml:{line}: ")),
            "{text:?}: {faults}"
        );
        assert_eq!(faults.lines().count(), 1, "{text:?}: {faults}");
    }
}
