//! Every example of the page about presets, read and made into a request; and what is told of templates that are wrong.

use std::sync::Arc;

use super::super::letter::write;
use super::super::render::{RenderError, Subject, render};
use super::*;
use crate::config::{Checks, ConfigFile, Sources, load_checked};
use crate::model::delivery::Event;
use crate::model::event::{EventId, Fingerprint, Priority};
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::outbound::Request;

const PAGE: &str = include_str!("../../config/preset/README.md");

/// One part of the page.
struct Example {
    name: &'static str,
    toml: &'static str,
    json: &'static str,
}

fn examples() -> Vec<Example> {
    let block = |part: &'static str, language: &str| {
        let (_, begins) = part.split_once(&format!("```{language}\n")).expect(part);
        begins.split_once("```").expect(part).0
    };
    let parts = PAGE.split("\n## ").skip(1);
    let example = |part: &'static str| Example {
        name: part.lines().next().expect("a name"),
        toml: block(part, "toml"),
        json: block(part, "json"),
    };
    parts.map(example).collect()
}

fn sources(toml: &str) -> Sources {
    let secret = |name: &str| match name {
        "PARTNER_SIGNING" => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "SLACK_WEBHOOK" => "https://hooks.slack.example/services/T0/B0/x0",
        _ => "Bearer 0123456789",
    };
    let named = toml.split("env:").skip(1);
    let named = named.filter_map(|rest| rest.split('"').next());
    Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: toml.into(),
        }),
        environment: named
            .map(|name| (name.to_owned(), secret(name).to_owned()))
            .collect(),
        ..Sources::none()
    }
}

/// As `gantry check` reads it.
fn read(toml: &str) -> Result<Destination, String> {
    let checks = Checks {
        destination: check,
        webhook: |_| Vec::new(),
        postgres: |_| Vec::new(),
        server: |_| Vec::new(),
    };
    let config = load_checked(&sources(toml), &checks).map_err(|faults| faults.to_string())?;
    config
        .destinations
        .into_iter()
        .next()
        .ok_or_else(|| "no destination".to_owned())
}

fn request(destination: &Destination, payload: &str) -> Result<Request, RenderError> {
    with_subject(payload, |subject| {
        render(&blueprint(destination).unwrap(), subject)
    })
}

/// The letter as it is sent.
fn letter(destination: &Destination, payload: &str) -> Result<String, RenderError> {
    let stationery = stationery(destination).unwrap().unwrap();
    let mail = with_subject(payload, |subject| write(&stationery, subject))?;
    Ok(String::from_utf8_lossy(mail.letter.bytes()).into_owned())
}

fn with_subject<T>(payload: &str, make: impl Fn(&Subject<'_>) -> T) -> T {
    let event = Event {
        id: EventId::parse("01938f5e-2c00-7000-8000-000000000001").unwrap(),
        kind: EventType::parse("LEAD_CAPTURE").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse("k-1").unwrap(),
        payload: payload.to_owned(),
        fingerprint: Fingerprint([0; 32]),
        priority: Priority::default(),
        trace: None,
        created_at: Millis(1_796_112_000_000),
        expires_at: None,
    };
    make(&Subject {
        delivery: event.id.delivery(0),
        attempt: 1,
        scheduled_at: event.created_at,
        event: &event,
    })
}

#[test]
fn every_preset_has_an_example_that_is_valid_and_makes_a_request() {
    let examples = examples();
    for preset in Preset::ALL {
        let example = examples.iter().find(|example| example.name == preset.as_str());
        let example = example.unwrap_or_else(|| panic!("{preset:?} has no example"));
        let destination = read(example.toml).unwrap_or_else(|faults| panic!("{}: {faults}", example.name));
        assert_eq!(destination.preset, preset);
        if preset == Preset::Smtp {
            let login = stationery(&destination).unwrap().unwrap().login.unwrap();
            assert_eq!(
                (login.user.as_str(), login.password.as_str()),
                ("hello@example.com", "Bearer 0123456789")
            );
            assert_eq!(format!("{login:?}"), "[secret]");
            letter(&destination, example.json).unwrap_or_else(|error| panic!("{}: {error}", example.name));
            continue;
        }
        let made =
            request(&destination, example.json).unwrap_or_else(|error| panic!("{}: {error}", example.name));
        assert!(!made.body.is_empty(), "{}", example.name);
    }
}

#[test]
fn examples_make_what_their_vendors_document() {
    let made = |name: &str| {
        let examples = examples();
        let example = examples.iter().find(|example| example.name == name).unwrap();
        let made = request(&read(example.toml).unwrap(), example.json).unwrap();
        let body = String::from_utf8(made.body.to_vec()).unwrap();
        (made.url.to_string(), body)
    };
    let json = |name: &str| serde_json::from_str::<serde_json::Value>(&made(name).1).unwrap();
    assert_eq!(made("http").0, "https://crm.example/v1/contacts/c-17?from=web");
    assert_eq!(json("slack"), serde_json::json!({ "text": "Ann signed up" }));
    assert_eq!(
        made("mailgun").1,
        "from=Launch%20%3Chello%40mg.example.com%3E&to=ann%40example.com&subject=Welcome%20%26%20thanks&text=We%20are%20live."
    );
    let mail = json("sendgrid");
    assert_eq!(mail["personalizations"][0]["to"][0]["email"], "ann@example.com");
    assert_eq!(mail["content"][1]["type"], "text/html");
    assert_eq!(
        made("x"),
        (
            "https://api.x.com/2/tweets".to_owned(),
            r#"{"text": "We are live"}"#.to_owned()
        )
    );
    assert_eq!(json("producthunt")["variables"]["slug"], "gantry");
    assert_eq!(json("hubspot")["inputs"][0]["id"], "ann@example.com");
    assert_eq!(json("standard-webhooks")["type"], "LEAD_CAPTURE");
}

#[test]
fn a_preset_needs_little_of_an_event() {
    let slack =
        read("[[destination]]\nname = \"a\"\npreset = \"slack\"\nurl = \"https://a.example/\"").unwrap();
    assert_eq!(
        request(&slack, "[]").unwrap().body,
        r#"{"text": "LEAD_CAPTURE from web"}"#
    );
    let hubspot = read("[[destination]]\nname = \"a\"\npreset = \"hubspot\"").unwrap();
    let made = request(&hubspot, r#"{"email":"a@x.example"}"#).unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    assert_eq!(
        made["inputs"][0]["properties"],
        serde_json::json!({ "email": "a@x.example" })
    );
    let mail = read("[[destination]]\nname = \"a\"\npreset = \"sendgrid\"").unwrap();
    assert!(
        request(&mail, r#"{"email":"a@x.example"}"#).is_err(),
        "nobody to send from"
    );
}

#[test]
fn what_is_written_wins_over_the_preset() {
    let text = r#"
        [[destination]]
        name = "x"
        preset = "x"
        url = "https://proxy.example/posts"
        method = "PUT"
        body = '{"t": {{ type | tojson }}}'
        rate = "2/s"
        window = []
        quota = "none"
        headers = { Content-Type = "text/plain" }
        "#;
    let x = read(text).unwrap();
    assert_eq!(
        (x.url.as_str(), x.method.as_str()),
        ("https://proxy.example/posts", "PUT")
    );
    assert_eq!(
        (x.windows.len(), &x.quota, x.rate.to_string().as_str()),
        (0, &None, "2/s burst 1")
    );
    assert_eq!(request(&x, "{}").unwrap().body, r#"{"t": "LEAD_CAPTURE"}"#);
    let plain = read("[[destination]]\nname = \"x\"\npreset = \"x\"").unwrap();
    assert_eq!((plain.windows.len(), &plain.quota), (1, &Some(QuotaProfile::X)));
}

#[test]
fn templates_that_are_wrong_are_told_together_each_with_its_line() {
    let text = r#"[[destination]]
name = "a"
url = "https://a.example/{{ paylod.id }}"
headers = { "X-Note" = "{{ payload. }}", "X-Ok" = "{{ type }}", Authorization = "{{ id }}" }
[[destination]]
name = "b"
url = "https://{{ payload.host }}/"
[[destination]]
name = "c"
preset = "standard-webhooks"
url = "https://c.example/{{ id }}#{{ type }}"
[[destination]]
name = "d"
preset = "smpt"
[[destination]]
name = "e"
url = "https://e.example/a b/{{ id }}"
body = '''
{
  {{ payload | upper }} {{ nobody }}
}'''
"#;
    let refused = read(text).unwrap_err();
    for told in [
        "gantry.toml:4: destination.headers: Authorization: a secret does not stand in the configuration itself",
        "gantry.toml:7: destination.url: has a template in its scheme, host or port",
        "gantry.toml:8: destination.signing_secret: is missing, and has no default",
        "gantry.toml:11: destination.url: the result has a space, a `#`",
        r#"gantry.toml:14: destination.preset: "smpt" is not a preset; write "http","#,
        "gantry.toml:12: destination.url: is missing",
        "gantry.toml:17: destination.url: the result has a space",
        "gantry.toml:20: destination.body: `nobody` is unknown",
    ] {
        assert!(refused.contains(told), "{told}\nin\n{refused}");
    }
    let text = text.replace(r#", Authorization = "{{ id }}""#, "");
    let refused = read(&text).unwrap_err();
    for told in [
        "gantry.toml:3: destination.url: `paylod` is unknown",
        "gantry.toml:4: destination.headers: syntax error",
    ] {
        assert!(refused.contains(told), "{told}\nin\n{refused}");
    }
}

#[test]
fn a_batch_is_made_of_events_and_nothing_else_is() {
    let text = r#"[[destination]]
name = "a"
url = "https://a.example/{{ count }}"
batch = { max = 10 }
body = """
{"all": {{ events | tojson }},
 "one": {{ payload.email | tojson }}}"""
[[destination]]
name = "b"
url = "https://b.example/"
body = "{{ events | tojson }}"
batch = {}
[[destination]]
name = "c"
preset = "slack"
url = "https://c.example/"
batch = { max = 10 }
[[destination]]
name = "d"
preset = "standard-webhooks"
url = "https://d.example/"
signing_secret = ["env:PARTNER_SIGNING"]
batch = { max = 10 }
"#;
    let expected = [
        "gantry.toml:7: destination.body: `payload` is unknown; there are events, count",
        "gantry.toml:11: destination.body: `events` is unknown; there are id, type, source, idempotencyKey, payload, scheduledAt, createdAt",
        "gantry.toml:17: destination.batch: what the preset slack sends is made of one event; write a body made of `events`",
        "gantry.toml:23: destination.batch: what the preset standard-webhooks sends is made of one event; write a body made of `events`",
    ];
    assert_eq!(read(text).unwrap_err(), expected.join("\n"));
    let fits = "[[destination]]\nname = \"c\"\npreset = \"slack\"\nurl = \"https://c.example/{{ count }}\"\nbatch = { max = 10 }\nbody = '{\"text\": \"{{ count }} leads\"}'";
    let batch = read(fits).unwrap().batch.expect("a batch");
    assert_eq!((batch.most, batch.wait_ms), (10, 1_000));
}

#[test]
fn plans_are_made_of_valid_destinations() {
    let ways = Ways::new(Egress::default());
    let destination = read(examples()[1].toml).unwrap();
    let plans = plans(&[destination], &ways).unwrap();
    let plan: &Arc<Plan> = &plans[0].1;
    assert_eq!(
        (plan.preset, plan.rate.to_string().as_str()),
        (Preset::Slack, "1/s burst 1")
    );
}

#[test]
fn a_letter_is_made_of_the_event_and_nothing_adds_to_it() {
    let text = r#"
        [[destination]]
        name = "mail"
        preset = "smtp"
        url = "smtps://mail.example"
        mail = { from = "L <l@x.example>", to = ["{{ payload.to }}", "sales@x.example"], subject = "Hi {{ payload.name }}", html = "<b>{{ payload.name }}</b>" }
        "#;
    let destination = read(text).unwrap();
    let made = |to: &str, name: &str| {
        letter(
            &destination,
            &serde_json::json!({ "to": to, "name": name }).to_string(),
        )
    };
    assert_eq!(destination.auth, None);
    let plain = made("ann@y.example", "<Ann>").unwrap();
    for part in [
        "To: ann@y.example, sales@x.example\r\n",
        "Subject: Hi <Ann>\r\n",
        "<b>&lt;Ann&gt;</b>",
        "Message-ID: <01938f5e-2c00-7000-8000-000000000001@x.example>",
    ] {
        assert!(plain.contains(part), "{part}\nin\n{plain}");
    }
    for (to, name, why) in [
        (
            "ann@y.example, eve@y.example",
            "Ann",
            "no letter: `to` is not one address",
        ),
        ("nobody", "Ann", "no letter: `to` is not one address"),
        (
            "ann@y.example",
            "Ann\r\nBcc: eve@y.example",
            "the subject's template, line 1:",
        ),
        (
            "ann@y.example\r\nBcc: eve@y.example",
            "Ann",
            "the receiver's template, line 1:",
        ),
    ] {
        let error = made(to, name).unwrap_err().to_string();
        assert!(error.starts_with(why), "{to} {name}: {error}");
    }
}

#[test]
fn a_mail_server_is_told_of_letters_and_nobody_else_is() {
    let text = r#"[[destination]]
name = "a"
preset = "smtp"
url = "https://mail.example"
body = "x"
headers = { X-Note = "x" }
mail = { from = "{{ nobody }}", cc = "x" }
[[destination]]
name = "b"
url = "smtp://mail.example"
mail = { from = "l@x.example" }
[[destination]]
name = "c"
preset = "smtp"
url = "smtp://mail.example"
[[destination]]
name = "d"
preset = "smtp"
url = "smtp://mail.example"
mail = { from = "{{ nobody }}", to = [] , subject = "{% if %}" }
[[destination]]
name = "e"
preset = "smtp"
url = "smtp://mail.example"
mail = { from = "l@x.example", to = ["{{ payload.email", "{{ id }}"] }
auth = { basic = { user = "ann", password = "hunter2" } }
[[destination]]
name = "f"
preset = "smtp"
url = "smtp://mail.example"
auth = { oauth1 = { consumer_key = "env:KEY" } }
"#;
    let refused = read(text).unwrap_err();
    for told in [
        "gantry.toml:4: destination.url: does not begin with smtp:// or smtps://",
        "gantry.toml:5: destination.body: is nothing that a letter has",
        "gantry.toml:6: destination.headers: is nothing that a letter has",
        "gantry.toml:7: destination.mail: cc: unknown key",
        "gantry.toml:10: destination.url: does not begin with http:// or https://",
        r#"gantry.toml:11: destination.mail: is for preset = "smtp" alone"#,
        "gantry.toml:12: destination.mail: is missing",
        "gantry.toml:20: destination.mail: to: names 1 to 100 receivers",
        "gantry.toml:25: destination.mail: syntax error",
        "gantry.toml:26: destination.auth: basic: password: a secret does not stand in the configuration itself",
        "gantry.toml:31: destination.auth: oauth1: unknown key",
    ] {
        assert!(refused.contains(told), "{told}\nin\n{refused}");
    }
}
