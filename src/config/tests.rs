//! The configuration as its user meets it: what is read, what is refused, and in which words.

use std::io;
use std::path::Path;

use super::*;
use crate::model::alert::Rule;

pub(super) fn file(text: &str) -> Sources {
    Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: text.as_bytes().to_vec(),
        }),
        ..Sources::none()
    }
}

pub(super) fn with_variables(sources: Sources, variables: &[(&str, &str)]) -> Sources {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources {
        environment: variables.iter().map(own).collect(),
        ..sources
    }
}

pub(super) fn read(sources: &Sources) -> Config {
    load(sources).unwrap_or_else(|faults| panic!("{faults}"))
}

pub(super) fn faults(sources: &Sources) -> String {
    load(sources).expect_err("faults").to_string()
}

#[test]
fn nothing_written_is_the_default() {
    assert_eq!(read(&Sources::none()), Config::default());
    assert_eq!(read(&file("")), Config::default());
}

#[test]
fn the_packaged_file_is_the_default_and_names_every_key() {
    assert_eq!(read(&file(DEFAULT_TOML)), Config::default());
    let mut section = "";
    let mut named = Vec::new();
    for line in DEFAULT_TOML.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name.trim_matches(['[', ']']);
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            named.push(format!("{section}.{key}"));
        }
    }
    let of_tables = tables::KINDS
        .iter()
        .flat_map(|kind| kind.keys.iter().map(|key| format!("{}.{key}", kind.name)));
    let known: Vec<String> = keys().map(str::to_owned).chain(of_tables).collect();
    assert_eq!(named, known);
}

#[test]
fn a_whole_file_is_read() {
    let config = read(&with_variables(
        file(
            r#"
            limits = { vote = "off", page = "1/s" }
            server.public = "[::1]:0"
            [store]
            path = "/var/lib/gantry/data.redb"
            cache_mib = 0x10
            [polls]
            voter_secret = "env:SIGNING"
            [telemetry]
            log = "json"
            level = "debug"
            "#,
        ),
        &[("SIGNING", "s3cret")],
    ));
    assert_eq!(config.limits.vote, None);
    assert_eq!(
        config.limits.page.map(|rate| rate.to_string()).as_deref(),
        Some("1/s burst 1")
    );
    assert_eq!(config.limits.auth, Limits::default().auth);
    assert_eq!(config.server.public.to_string(), "[::1]:0");
    assert_eq!(config.store.cache_bytes(), 16 << 20);
    assert_eq!(config.polls.voter_secret, Some(Secret::new("s3cret")));
    assert_eq!(config.telemetry.log, LogFormat::Json);
    assert_eq!(config.telemetry.level, LogLevel::Debug);
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let mut sources = with_variables(
        file("[server]\npublic = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:2\"\n[store]\ncache_mib = 5"),
        &[
            ("GANTRY_SERVER__PUBLIC", "127.0.0.1:11"),
            ("GANTRY_SERVER__ADMIN", "127.0.0.1:12"),
        ],
    );
    sources.flags.public = Some(([127, 0, 0, 1], 21).into());
    sources.flags.data = Some("other.redb".into());
    let config = read(&sources);
    assert_eq!(config.server.public.port(), 21);
    assert_eq!(config.server.admin.port(), 12);
    assert_eq!(config.store.cache_mib.get(), 5);
    assert_eq!(config.store.path, Path::new("other.redb"));
}

#[test]
fn lists_come_from_the_environment_with_commas() {
    let config = read(&with_variables(
        file("[server]\ntrusted_proxies = [\"cloudflare\"]"),
        &[
            ("GANTRY_SERVER__TRUSTED_PROXIES", "loopback, 10.0.0.0/8"),
            (
                "GANTRY_SERVER__CORS_ORIGINS",
                "https://a.example,http://localhost:3000",
            ),
            ("GANTRY_STORE__CACHE_MIB", "128"),
        ],
    ));
    assert_eq!(config.server.trusted_proxies.networks().len(), 3);
    assert_eq!(config.server.cors_origins.len(), 2);
    assert_eq!(config.store.cache_mib.get(), 128);
    let emptied = with_variables(
        file("[server]\ntrusted_proxies = [\"cloudflare\"]"),
        &[("GANTRY_SERVER__TRUSTED_PROXIES", "")],
    );
    assert_eq!(read(&emptied), Config::default());
}

#[test]
fn variables_that_are_no_configuration_are_left_alone() {
    let sources = with_variables(
        Sources::none(),
        &[
            ("GANTRY_TOKEN", "t"),
            ("GANTRY_ADMIN_TOKEN", "t"),
            ("OTHER__THING", "x"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(read(&sources), Config::default());
}

#[test]
fn every_fault_is_named_at_once_with_its_line_and_key() {
    let text = r#"# one
[server]
public = "localhost"
admn = "127.0.0.1:9"
cors_origins = [
  "https://fine.example",
  "https://example.com/",
  7,
]
[limits]
vote = "10 per second"
[stor]
path = "x"
[polls]
voter_secret = "hunter2"
"#;
    let sources = with_variables(
        file(text),
        &[("GANTRY_LIMITS__VOTES", "off"), ("GANTRY_STORE__CACHE_MIB", "1")],
    );
    let expected = [
        r#"gantry.toml:3: server.public: "localhost" is not an address with a port; write for example "127.0.0.1:8080", "0.0.0.0:8080" or "[::]:8080""#,
        r#"gantry.toml:4: server.admn: unknown key; did you mean admin?"#,
        r#"gantry.toml:7: server.cors_origins: "https://example.com/" has no host that browsers would send (lower case, punycode); write for example "https://example.com" or "http://localhost:5173""#,
        r#"gantry.toml:8: server.cors_origins: is a number; write it in quotes"#,
        r#"gantry.toml:11: limits.vote: "10 per second" is not a rate; write for example "10/s burst 20""#,
        r#"gantry.toml:12: stor: unknown section; did you mean store?"#,
        r#"gantry.toml:15: polls.voter_secret: a secret does not stand in the configuration itself; write "env:NAME", "file:PATH" or "credential:NAME""#,
        r#"environment GANTRY_LIMITS__VOTES: limits.votes: unknown key; did you mean GANTRY_LIMITS__VOTE?"#,
        r#"environment GANTRY_STORE__CACHE_MIB: store.cache_mib: "1" is not a whole number from 4 to 32768"#,
    ];
    assert_eq!(faults(&sources), expected.join("\n"));
}

#[test]
fn each_of_these_is_refused_on_its_line() {
    let wrong = [
        "server = 3",
        "[[server]]",
        "public = \"127.0.0.1:1\"",
        "nonsense = true",
        "[server]\npublic = 8080",
        "[server]\npublic = \"127.0.0.1\"",
        "[server]\npublic = \"127.0.0.1:8081\"",
        "[server]\nadmin = \"127.0.0.1:8080\"",
        "[server]\nprefix = \"/x/\"",
        "[server]\npublic_url = \"launch.example\"",
        "[server]\npublic_url = \"https://launch.example/?a=b\"",
        "[server]\ntrusted_proxies = \"loopback\"",
        "[server]\ntrusted_proxies = [\"10.0.0.1/8\"]",
        "[server]\ncors_origins = [\"*\"]",
        "[server]\ncors_origins = [[]]",
        "[server]\nPublic = \"127.0.0.1:1\"",
        "[store]\npath = \"\"",
        "[store]\npath = \"data/\"",
        "[store]\npath = \"..\"",
        "[store]\ncache_mib = \"64\"",
        "[store]\ncache_mib = 0",
        "[store]\ncache_mib = 64.0",
        "[store]\ncache_mib = 99999999999999999999",
        "[limits]\nvote = false",
        "[limits]\nvote = \"none\"",
        "[limits.vote]\ncount = 1",
        "[limits]\n\"\" = 1",
        "[polls]\nvoter_secret = \"env:UNSET\"",
        "[polls]\nvoter_secret = [\"env:UNSET\"]",
        "[telemetry]\nlog = \"xml\"",
        "[telemetry]\nlevel = 2026-01-01",
        "[server]\npublic = ",
        "[server\npublic = \"127.0.0.1:1\"",
        "[store]\npath = \"a\"\npath = \"b\"",
        "[store]\n[store]",
        "[store]\npath = \"\\q\"",
        "\u{0}",
    ];
    for text in wrong {
        let faults = load(&file(text)).expect_err(text);
        for fault in faults.iter() {
            let last_line = text.lines().count();
            match fault.place {
                Place::File { line, .. } => assert!((1..=last_line).contains(&line), "{text:?}: {fault}"),
                _ => panic!("{text:?}: {fault}"),
            }
        }
        assert_eq!(faults.len(), 1, "{text:?}: {faults}");
    }
}

#[test]
fn what_is_no_toml_is_one_fault_with_its_line() {
    let text = faults(&file("[server]\n\npublic = = 3\nnonsense"));
    assert!(
        text.starts_with("gantry.toml:3: ") && text.lines().count() == 1,
        "{text}"
    );
    let mut not_text = file("[store]\n");
    if let Some(file) = &mut not_text.file {
        file.bytes.extend(b"path = \"\xff\"");
    }
    assert_eq!(faults(&not_text), "gantry.toml:2: is not UTF-8 text");
}

#[test]
fn a_name_that_stands_twice_is_told_with_both_its_lines() {
    let twice = |text: &str| faults(&file(text));
    let [first, section, dotted] = [
        "[pages]\norigin = \"http://a\"\n\n[polls]\n[[pages.rule]]\npath = \"/\"\n\n[pages]\n",
        "[export.postgres]\nevery = \"1s\"\n[server]\npublic = \"a\"\n[ export . postgres ]\n",
        "launch.at = \"x\"\nserver.public = \"a\"\nserver . public = \"b\"\n",
    ]
    .map(twice);
    assert_eq!(
        first,
        "gantry.toml:8: pages: stands twice, first in line 1; keep one of them"
    );
    assert_eq!(
        section,
        "gantry.toml:5: export.postgres: stands twice, first in line 1; keep one of them"
    );
    assert_eq!(
        dotted,
        "gantry.toml:3: server.public: stands twice, first in line 2; keep one of them"
    );
    // A body that looks like a header is none, and the tables of a list are each their own.
    let body = "[[destination]]\nname = \"a\"\n[[destination]]\nname = \"b\"\nbody = \"\"\"\n[server]\nname = 1\n\"\"\"\nname = \"c\"\n";
    assert_eq!(
        twice(body),
        "gantry.toml:9: destination.name: stands twice, first in line 4; keep one of them"
    );
    assert_eq!(
        twice("[server]\npublic = \"a\"\n[server.more]\nx = 1\n[[server.list]]\nx = 1\nx = 2\n"),
        "gantry.toml:7: server.list.x: stands twice, first in line 6; keep one of them"
    );
    // Within a value there is no name to tell it by.
    let inline = "[[destination]]\nheaders = { a = \"1\", a = \"2\" }\n";
    assert_eq!(twice(inline), "gantry.toml:2: duplicate key");
}

#[test]
fn a_key_before_every_section_is_shown_its_section() {
    assert_eq!(
        faults(&file("cache_mib = 3")),
        "gantry.toml:1: cache_mib: unknown key; cache_mib belongs into [store]"
    );
}

#[test]
fn where_no_known_name_is_near_all_of_them_are_given() {
    assert_eq!(
        faults(&file("[domains]\nx = 1\n[limits]\nzzz = 1")),
        "gantry.toml:1: domains: unknown section; known are alerts, backup, egress, export, funnel, launch, limits, pages, polls, producthunt, retention, server, store, telemetry, destination, route, webhook, schedule, form\n\
         gantry.toml:4: limits.zzz: unknown key; known are vote, convert, form, page, webhook, ingest, auth"
    );
}

#[test]
fn a_database_to_export_to_is_read_with_its_secrets() {
    assert_eq!(
        read(&file("[export.postgres]\nevery = \"1s\"")).export.postgres,
        None
    );
    let set = [("DATABASE_URL", "postgres://db/launch")];
    let config = read(&with_variables(
        file("[export.postgres]\nurl = \"env:DATABASE_URL\"\nevery = \"250ms\""),
        &set,
    ));
    assert_eq!(
        config.export.postgres,
        Some(Postgres::new("postgres://db/launch"))
    );
    assert_eq!(config.export.every.as_millis(), 250);
    assert_eq!(config.export.hold_back.as_secs(), 7 * 86_400);
    let by_variable = with_variables(
        Sources::none(),
        &[
            ("DATABASE_URL", "postgres://db/launch"),
            ("GANTRY_EXPORT__POSTGRES__URL", "env:DATABASE_URL"),
        ],
    );
    assert!(read(&by_variable).export.postgres.is_some());
    assert_eq!(
        faults(&file(
            "[export.postgres]\nurl = \"postgres://u:p@db\"\nevery = \"0s\"\nhold_back = \"91d\"\nurls = 1\n[export.mysql]\nx = 1"
        )),
        "gantry.toml:2: export.postgres.url: a secret does not stand in the configuration itself; write \"env:NAME\", \"file:PATH\" or \"credential:NAME\"\n\
         gantry.toml:3: export.postgres.every: \"0s\" is not from 100ms to 1h\n\
         gantry.toml:4: export.postgres.hold_back: \"91d\" is not from 0s to 90d\n\
         gantry.toml:5: export.postgres.urls: unknown key; did you mean url?\n\
         gantry.toml:6: export.mysql: unknown key; known are postgres"
    );
    assert_eq!(
        faults(&file("[export.postgres]\nurl = \"env:DATABASE_URL\"")),
        "gantry.toml:2: export.postgres.url: the variable DATABASE_URL is not set"
    );
}

#[test]
fn the_voters_secret_may_be_missing_until_it_is_written() {
    assert_eq!(read(&Sources::none()).polls.voter_secret, None);
    let set = with_variables(Sources::none(), &[("VOTER_SECRET", "s3cret")]);
    assert_eq!(read(&set).polls.voter_secret, Some(Secret::new("s3cret")));
    let written = file("[polls]\nvoter_secret = \"env:VOTER_SECRET\"");
    assert_eq!(
        faults(&written),
        "gantry.toml:2: polls.voter_secret: the variable VOTER_SECRET is not set"
    );
}

#[test]
fn secrets_are_read_from_files_and_credentials_without_their_last_newline() {
    let read_secret = |path: &Path| match path.to_str() {
        Some("/run/secret") => Ok(b"from a file\r\n".to_vec()),
        Some("/run/credentials/voter") => Ok(b"from systemd\n".to_vec()),
        Some("/run/empty") => Ok(b"\n".to_vec()),
        Some("/run/binary") => Ok(vec![0xff]),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let secret = |reference: &str| {
        let text = format!("[polls]\nvoter_secret = \"{reference}\"");
        let environment = [("CREDENTIALS_DIRECTORY", "/run/credentials")];
        let sources = with_variables(file(&text), &environment);
        load(&Sources {
            read_secret,
            ..sources
        })
        .map(|config| config.polls.voter_secret)
    };
    assert_eq!(secret("file:/run/secret"), Ok(Some(Secret::new("from a file"))));
    assert_eq!(secret("credential:voter"), Ok(Some(Secret::new("from systemd"))));
    for reference in [
        "file:/run/none",
        "file:/run/empty",
        "file:/run/binary",
        "credential:none",
    ] {
        let refused = secret(reference).expect_err(reference).to_string();
        assert!(
            refused.starts_with("gantry.toml:2: polls.voter_secret: "),
            "{refused}"
        );
    }
}

#[test]
fn alerts_have_a_section_within_their_section_and_tell_destinations_that_exist() {
    let sources = with_variables(
        file(
            r#"
            [alerts]
            to = ["slack", "mail", "slack"]
            heartbeat = "env:HEARTBEAT"
            remind_every = "1h"
            [alerts.rules]
            lag = "> 10m for 1m"
            disk_free = "off"
            [[destination]]
            name = "mail"
            url = "https://mail.example"
            [[destination]]
            name = "slack"
            preset = "slack"
            url = "https://slack.example"
            "#,
        ),
        &[
            ("HEARTBEAT", "https://hc.example/hunter2"),
            ("GANTRY_ALERTS__RULES__DEAD_LETTERS", "> 9 in 2m"),
        ],
    );
    let Alerts {
        to, rules, heartbeat, ..
    } = read(&sources).alerts;
    let to: Vec<&str> = to.iter().map(|name| name.as_str()).collect();
    assert_eq!(to, ["slack", "mail"]);
    let written = |rule| rules.of(rule).map(|terms| terms.written(rule));
    assert_eq!(written(Rule::Lag).as_deref(), Some("> 10m for 1m"));
    assert_eq!(written(Rule::DeadLetters).as_deref(), Some("> 9 in 2m"));
    assert_eq!(written(Rule::DiskFree), None);
    assert_eq!(rules.of(Rule::RetryRatio), Some(Rule::RetryRatio.terms()));
    assert!(!format!("{heartbeat:?}").contains("hunter2"));

    let wrong = file(
        "[alerts]\nto = [\"slak\"]\nheartbeat = \"ftp://x/hunter2\"\nremind_every = \"1m\"\n[alerts.rules]\nlag = \"> 300\"\n\
         retry_rate = \"off\"\n[[destination]]\nname = \"slack\"\nurl = \"https://slack.example\"\n[alerts.rule]\n",
    );
    assert_eq!(
        faults(&wrong),
        "gantry.toml:2: alerts.to: slak is no destination; did you mean slack?\n\
         gantry.toml:3: alerts.heartbeat: does not begin with http:// or https://; write for example \"https://crm.example/hooks\"\n\
         gantry.toml:4: alerts.remind_every: \"1m\" is not from 10m to 7d\n\
         gantry.toml:6: alerts.rules.lag: \"300\" is not a duration; write for example \"500ms\", \"5s\", \"15m\" or \"24h\"\n\
         gantry.toml:7: alerts.rules.retry_rate: unknown key; did you mean retry_ratio?\n\
         gantry.toml:11: alerts.rule: unknown key; did you mean rules?"
    );
    assert_eq!(
        faults(&file("alerts.rules = 5\nalerts.to = [\"x\"]")),
        "gantry.toml:1: alerts.rules: is a section; write [alerts.rules] once and its keys below it\n\
         gantry.toml:2: alerts.to: x is no destination; there is none; write a [[destination]]"
    );
}

#[test]
fn a_debug_print_of_the_configuration_hides_its_secrets() {
    let config = read(&with_variables(Sources::none(), &[("VOTER_SECRET", "hunter2")]));
    assert!(!format!("{config:?}").contains("hunter2"));
}

proptest::proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(bytes: Vec<u8>, text: String) {
        for bytes in [bytes, text.into_bytes()] {
            let file = Some(ConfigFile { path: "gantry.toml".into(), bytes });
            let _ = load(&Sources { file, ..Sources::none() });
        }
    }

    #[test]
    fn no_value_makes_the_reader_panic(key in 0_usize..KEYS, value: String, list: Vec<String>) {
        let name = keys().nth(key).unwrap_or_default();
        for written in [format!("{value:?}"), format!("{list:?}"), value.clone()] {
            if let Err(faults) = load(&file(&format!("{name} = {written}"))) {
                proptest::prop_assert!(faults.len() > 0);
            }
        }
        let variable = schema::variable_of(name);
        let _ = load(&with_variables(Sources::none(), &[(variable.as_str(), value.as_str())]));
    }
}

/// How many keys there are.
const KEYS: usize = schema::KEYS.len();
