//! Destinations and routes as their user meets them: what is read, what is refused, and in which words.

use std::time::Duration;

use super::super::tests::{faults, file, read, with_variables};
use super::super::{
    Auth, Checks, ClientAuth, Config, DEFAULT_TOML, Destination, Faults, Method, QuotaProfile, Reload,
    Sources, load, load_checked, reload_difference,
};
use crate::model::event::Pattern;
use crate::model::retry::RetryPolicy;

mod schedules;
mod wrong;

const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECRETS: [(&str, &str); 3] = [
    ("CRM", "Bearer hunter2"),
    ("HOOK", "https://chat.example/T0/hunter2"),
    ("BROKEN", "hunter2\nX-Evil: 1"),
];

fn config(text: &str) -> Config {
    read(&with_variables(file(text), &SECRETS))
}

fn refused(text: &str) -> String {
    faults(&with_variables(file(text), &SECRETS))
}

#[test]
fn a_destination_needs_a_name_and_a_url_and_no_more() {
    let config = config("[[destination]]\nname = \"crm\"\nurl = \"https://crm.example/hooks\"\n");
    let [crm] = config.destinations.as_slice() else {
        panic!("{config:?}");
    };
    assert_eq!(crm, &Destination::new(crm.name.clone(), crm.url.clone()));
    assert_eq!(
        (crm.name.as_str(), crm.url.as_str()),
        ("crm", "https://crm.example/hooks")
    );
    assert_eq!(crm.rate.to_string(), "10/s burst 1");
    assert_eq!((crm.concurrency.get(), crm.timeout), (8, Duration::from_secs(10)));
    assert_eq!(crm.retry, RetryPolicy::default());
}

#[test]
fn every_way_to_say_who_we_are_is_read_and_prints_no_secret() {
    let of = |auth: &str| {
        let text = format!("[[destination]]\nname = \"b\"\nurl = \"https://b.example\"\nauth = {auth}\n");
        let config = config(&text);
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
        config.destinations[0].auth.clone()
    };
    assert_eq!(of("{}"), None);
    let Some(Auth::Basic(basic)) = of(r#"{ basic = { user = "gantry", password = "env:CRM" } }"#) else {
        panic!("basic");
    };
    assert_eq!(
        (basic.user.expose(), basic.password.expose()),
        ("gantry", "Bearer hunter2")
    );
    let keys = r#"consumer_key = "env:CRM", consumer_secret = "env:CRM", token = "env:HOOK", token_secret = "env:CRM""#;
    let Some(Auth::OAuth1(keys)) = of(&format!("{{ oauth1 = {{ {keys} }} }}")) else {
        panic!("oauth1");
    };
    assert_eq!(keys.token.expose(), "https://chat.example/T0/hunter2");
    let client =
        r#"token_url = "env:HOOK", client_id = "us", client_secret = "env:CRM", refresh_token = "env:CRM""#;
    let Some(Auth::OAuth2(plain)) = of(&format!("{{ oauth2 = {{ {client} }} }}")) else {
        panic!("oauth2");
    };
    assert_eq!(
        (plain.token_url.path(), plain.client_id.expose()),
        ("/T0/hunter2", "us")
    );
    assert_eq!((&plain.scope, plain.client_auth), (&None, ClientAuth::Basic));
    let more = r#"scope = "contacts events", client_auth = "form""#;
    let Some(Auth::OAuth2(more)) = of(&format!("{{ oauth2 = {{ {client}, {more} }} }}")) else {
        panic!("oauth2");
    };
    assert_eq!(
        (more.scope.as_deref(), more.client_auth),
        (Some("contacts events"), ClientAuth::Form)
    );
}

#[test]
fn what_holds_calls_back_is_read() {
    let config = config(
        r#"
        [[destination]]
        name = "x"
        url = "https://x.example/"
        window = ["300/15m", "10000/d"]
        quota = "x"
        quota_group = "token"
        breaker = { failures = 3 }
        [[destination]]
        name = "other"
        url = "https://x.example/other"
        window = ["300/15min", "10000/24h"]
        quota = "x"
        quota_group = "token"
        breaker = "off"
        [[destination]]
        name = "third"
        url = "https://third.example/"
        quota = { remaining = "Left", reset = "Again", unit = "delta-s" }
        "#,
    );
    let [x, other, third] = config.destinations.as_slice() else {
        panic!("{config:?}");
    };
    let windows: Vec<_> = x.windows.iter().map(|w| (w.count.get(), w.per_ms)).collect();
    assert_eq!(windows, [(300, 900_000), (10_000, 86_400_000)]);
    assert_eq!((&x.windows, &x.quota), (&other.windows, &other.quota));
    assert_eq!(x.quota_group.as_deref(), Some("token"));
    let breaker = x.breaker.map(|breaker| (breaker.failures, breaker.open_for_ms));
    assert_eq!((breaker, other.breaker), (Some((3, 30_000)), None));
    assert!(matches!(&third.quota, Some(QuotaProfile::Custom(fields)) if fields.limit.is_none()));
}

#[test]
fn destinations_of_a_group_say_the_same_of_what_they_share() {
    let text = r#"
        [[destination]]
        name = "one"
        url = "https://x.example/"
        rate = "5/s"
        quota_group = "token"
        [[destination]]
        name = "two"
        url = "https://x.example/"
        window = "300/15m"
        quota_group = "token"
        "#;
    let expected = [
        "gantry.toml:7: destination.rate: differs from that of one, which shares the quota_group; write the same",
        "gantry.toml:10: destination.window: differs from that of one, which shares the quota_group; write the same",
    ];
    assert_eq!(refused(text), expected.join("\n"));
}

#[test]
fn a_whole_destination_is_read() {
    let config = config(
        r#"
        [[destination]]
        name = "crm"
        url = "env:HOOK"
        method = "PUT"
        headers = { Authorization = "env:CRM", "X-Team" = "launch" }
        body = '{"email": {{ payload.email | tojson }}}'
        rate = "300/15m burst 5"
        pace_jitter = 0.5
        concurrency = 256
        timeout = "2m"
        [destination.retry]
        for = "2h"
        base = "500ms"
        cap = "10m"
        jitter = 0
        attempts = 7

        [[destination]]
        name = "log"
        url = "http://127.0.0.1:9000"

        [[route]]
        type = "CAMPAIGN_*"
        to = ["crm", "log"]
        [[route]]
        type = "*"
        source = "web"
        to = ["log"]

        [egress]
        allow = ["127.0.0.0/8", "fd00::1"]
        "#,
    );
    let crm = &config.destinations[0];
    assert_eq!(crm.url.as_str(), "https://chat.example/T0/hunter2");
    assert_eq!(crm.method, Method::Put);
    assert_eq!(crm.headers["authorization"], "Bearer hunter2");
    assert!(crm.headers["authorization"].is_sensitive() && !crm.headers["x-team"].is_sensitive());
    assert_eq!(crm.rate.to_string(), "300/15min burst 5");
    assert_eq!((crm.pace_jitter, crm.concurrency.get()), (0.5, 256));
    assert_eq!(crm.timeout, Duration::from_secs(120));
    let retry = RetryPolicy {
        keep_trying_ms: 7_200_000,
        attempts: Some(7),
        base_ms: 500,
        cap_ms: 600_000,
        jitter: 0.0,
    };
    assert_eq!(crm.retry, retry);
    let [campaigns, web] = config.routes.as_slice() else {
        panic!("{:?}", config.routes);
    };
    assert_eq!(campaigns.kind, Pattern::Prefix("CAMPAIGN_".into()));
    assert_eq!((&campaigns.source, campaigns.to.len()), (&Pattern::Any, 2));
    assert_eq!(
        (&web.kind, &web.source),
        (&Pattern::Any, &Pattern::Exact("web".into()))
    );
    assert_eq!(config.egress.allow.len(), 2);
    let printed = format!("{config:?}");
    assert!(
        !printed.contains("hunter2") && !printed.contains("/T0/"),
        "{printed}"
    );
}

#[test]
fn the_examples_of_the_packaged_file_can_be_taken_as_they_are() {
    let line = |line: &str| -> String {
        let is_key = |l: &str| l.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let written = line
            .strip_prefix("# ")
            .filter(|l| l.starts_with("[[") || is_key(l));
        written.unwrap_or(line).to_owned()
    };
    let (_, tables) = DEFAULT_TOML.split_once("# Whom events").expect("the tables");
    // A letter stands where a request would, not beside it; and so does auth, where headers say who we are.
    let shown = |line: &&str| !line.starts_with("# mail = ") && !line.starts_with("# auth = ");
    let text: Vec<String> = tables.lines().skip(1).filter(shown).map(line).collect();
    // Rules are of a site.
    let text = format!("[pages]\nroot = \"public\"\n{}", text.join("\n"));
    let sources = with_variables(
        file(&text),
        &[
            ("CRM_AUTHORIZATION", "Bearer x"),
            ("CRM_SIGNING", SIGNING),
            ("SHOP_SECRET", "x"),
        ],
    );
    let read_secret = |_: &std::path::Path| Ok(b"a file".to_vec());
    let config = read(&Sources {
        read_secret,
        ..sources
    });
    let [crm] = config.destinations.as_slice() else {
        panic!("{text}");
    };
    let default = Destination::new(crm.name.clone(), crm.url.clone());
    let shown = Destination {
        headers: crm.headers.clone(),
        body: crm.body.clone(),
        windows: crm.windows.clone(),
        transport: crm.transport.clone(),
        signing_keys: crm.signing_keys.clone(),
        ..default
    };
    assert_eq!(crm, &shown, "what the comments show is the default");
    assert!(
        crm.body.is_some()
            && crm.windows.len() == 1
            && crm.signing_keys.len() == 1
            && config.routes.len() == 1
            && config.webhooks.len() == 1
            && config.pages.rules.len() == 1
    );
}

#[test]
fn a_template_is_told_the_line_of_its_text_among_the_other_faults() {
    let checks = Checks {
        destination: |destination| {
            let body = destination.body.as_ref();
            body.map(|body| body.fault(2, "is broken")).into_iter().collect()
        },
        webhook: |_| Vec::new(),
        postgres: |_| Vec::new(),
        server: |_| Vec::new(),
    };
    let lines = |body: &str| {
        let text =
            format!("[limits]\nvote = 1\n[[destination]]\nname = \"a\"\nurl = \"http://a\"\nbody = {body}\n");
        let faults: Faults = load_checked(&file(&text), &checks).expect_err("faults");
        faults.to_string()
    };
    let fault = |line: usize| {
        format!(
            "gantry.toml:2: limits.vote: is a number; write it in quotes\ngantry.toml:{line}: destination.body: is broken"
        )
    };
    assert_eq!(lines("'''\none\ntwo'''"), fault(8));
    assert_eq!(lines("\"\"\"\r\none\ntwo\"\"\""), fault(8));
    assert_eq!(lines("'''one\ntwo'''"), fault(7));
    assert_eq!(lines("\"one\\ntwo\""), fault(7));
}

#[test]
fn faults_of_others_join_in_order() {
    let first = load(&file("[limits]\nvote = 1")).expect_err("faults");
    let place = first.iter().next().expect("one").place.clone();
    let body = super::super::TemplateText::new("destination.body", "", place);
    let all = first
        .clone()
        .and([body.fault(1, "is broken"), body.fault(1, "is broken")]);
    assert_eq!((all.len(), first.len()), (2, 1));
    assert!(Faults::none_or(Vec::new()).is_ok());
}

#[test]
fn destinations_routes_and_egress_can_be_taken_up_while_running() {
    let a = "[[destination]]\nname = \"a\"\nurl = \"http://a\"\nbody = 'x'\n";
    let more = format!("\n{a}[[route]]\ntype = \"*\"\nto = [\"a\"]\n[egress]\nallow = [\"::1\"]\n");
    let reload = reload_difference(&config(a), &config(&more));
    assert_eq!(reload.applied, ["egress.allow", "route"]);
    assert_eq!(
        reload_difference(&config(a), &config("")).applied,
        ["destination"]
    );
    assert_eq!(
        reload_difference(&config(a), &config(&format!("\n\n{a}"))),
        Reload::default(),
        "another line is no other template"
    );
}

#[test]
fn no_variable_reaches_into_a_table() {
    let sources = with_variables(file(""), &[("GANTRY_DESTINATION__NAME", "crm")]);
    assert!(faults(&sources).contains("unknown key"));
    let sources = with_variables(file(""), &[("GANTRY_EGRESS__ALLOW", "127.0.0.0/8, ::1")]);
    assert_eq!(read(&sources).egress.allow.len(), 2);
}

proptest::proptest! {
    #[test]
    fn no_table_makes_the_reader_panic(key in 0_usize..16, value: String, number: f64) {
        for kind in super::KINDS {
            let name = kind.keys.get(key).copied().unwrap_or("for");
            for value in [format!("{value:?}"), format!("[{value:?}]"), format!("{{ {name} = {value:?} }}"), format!("{number:?}"), value.clone()] {
                let _ = load(&file(&format!("[[{}]]\n{name} = {value}", kind.name)));
            }
        }
    }
}
