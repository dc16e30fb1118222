//! The site in front as its user meets it: what is read, what is refused, and in which words.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::super::tests::{faults, file, read, with_variables};
use super::super::{Config, Reload, Sources, load, reload_difference};
use super::*;

const SECRETS: [(&str, &str); 2] = [("ORIGIN", "hunter2"), ("BROKEN", "hunter2\nX-Evil: 1")];

fn config(text: &str) -> Config {
    read(&with_variables(file(text), &SECRETS))
}

fn refused(text: &str) -> String {
    faults(&with_variables(file(text), &SECRETS))
}

/// A rule below a site, from line 3 on.
fn ruled(keys: &str) -> String {
    format!("[pages]\norigin = \"http://127.0.0.1:3000\"\n[[pages.rule]]\n{keys}\n")
}

#[test]
fn a_whole_site_is_read() {
    let config = config(
        r#"
        [pages]
        origin = "http://127.0.0.1:3000"
        hosts = { "shop.example" = "https://10.0.0.2:8443/", "[::1]" = "http://127.0.0.1:3001" }
        capacity_mib = 256
        warm_hosts = ["shop.example", "[::1]:8080", "127.0.0.1:8080"]
        origin_secret = "env:ORIGIN"
        [[pages.rule]]
        path = "/launch/*"
        ttl = "60s"
        stale_while_revalidate = "15s"
        stale_if_error = "1h"
        downstream_ttl = "5s"
        query = ["page", "lang", "page"]
        variants = [{ cookie = "ab", values = ["b", "a"] }]
        warm = ["/launch", "/launch/pricing?lang=de&page=2"]
        [[pages.rule]]
        path = "/launch/now"
        ttl = "1s"
        "#,
    );
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    let pages = &config.pages;
    assert_eq!(pages.capacity_bytes(), 256 << 20);
    assert_eq!(pages.warm_hosts, ["shop.example", "[::1]:8080", "127.0.0.1:8080"]);
    assert_eq!(pages.origin_secret, Some(Secret::new("hunter2")));
    let Some(Site::Origins(origins)) = &pages.site else {
        panic!("{pages:?}");
    };
    let of = |host: &str| origins.of(host).map(Url::as_str);
    assert_eq!(of("shop.example"), Some("https://10.0.0.2:8443/"));
    assert_eq!(of("[::1]"), Some("http://127.0.0.1:3001/"));
    assert_eq!(of("other.example"), Some("http://127.0.0.1:3000/"));
    let launch = pages.rule("/launch/a").expect("a rule");
    assert_eq!(
        launch,
        &PageRule {
            path: PathPattern::Below("/launch".to_owned()),
            ttl: Duration::from_secs(60),
            stale_while_revalidate: Duration::from_secs(15),
            stale_if_error: Duration::from_secs(3_600),
            downstream_ttl: Duration::from_secs(5),
            query: vec!["lang".to_owned(), "page".to_owned()],
            variants: vec![PageVariant {
                cookie: "ab".to_owned(),
                values: vec!["a".to_owned(), "b".to_owned()],
            }],
            warm: vec!["/launch".to_owned(), "/launch/pricing?lang=de&page=2".to_owned()],
        }
    );
    assert_eq!(pages.rule("/launch/now").map(|rule| rule.ttl.as_secs()), Some(1));
    assert_eq!(pages.rule("/"), None);
}

#[test]
fn hosts_alone_are_a_site_and_other_hosts_are_not_served() {
    let pages = config("[pages]\nhosts = { \"shop.example\" = \"http://127.0.0.1:1\" }").pages;
    let Some(Site::Origins(origins)) = &pages.site else {
        panic!("{pages:?}");
    };
    assert!(origins.of("shop.example").is_some() && origins.of("other.example").is_none());
}

#[test]
fn a_directory_may_be_the_site_and_empty_keys_are_none() {
    let pages = config("[pages]\nroot = \"public\"\norigin = \"\"\nerror_page = \"\"\nhosts = {}").pages;
    assert_eq!(pages.site, Some(Site::Root("public".into())));
    let variables = [("GANTRY_PAGES__ROOT", "public"), ("GANTRY_PAGES__STRICT", "true")];
    let pages = read(&with_variables(Sources::none(), &variables)).pages;
    assert_eq!(pages.site, Some(Site::Root("public".into())));
    assert!(pages.strict);
}

#[test]
fn what_is_not_written_of_a_rule_outlasts_an_origin_that_is_down() {
    let pages = config(&ruled("path = \"/*\"\nttl = \"1s\"")).pages;
    let rule = pages.rule("/").expect("a rule");
    assert_eq!(rule.stale_while_revalidate, Duration::from_secs(30));
    assert_eq!(rule.stale_if_error, Duration::from_secs(600));
    assert_eq!(rule.downstream_ttl, Duration::ZERO);
    assert!(rule.query.is_empty() && rule.variants.is_empty() && rule.warm.is_empty());
}

#[test]
fn no_rule_holds_where_the_standard_alone_decides() {
    let text = ruled("path = \"/*\"\nttl = \"1s\"").replace("[pages]", "[pages]\nstrict = true");
    assert_eq!(config(&text).pages.rule("/"), None);
}

#[test]
fn every_fault_of_a_site_is_named_at_once_with_its_line_and_key() {
    let text = r#"[pages]
origin = "http://u:hunter2@127.0.0.1:3000"
hosts = { "Shop.example" = "http://127.0.0.1:1", "a.example" = "a.example" }
capacity_mib = 0
origin_secret = "hunter2"
orign = ""
strict = "yes"
error_page = "none.html"
[[pages.rule]]
path = "launch"
warm = ["/"]
[[pages.rule]]
path = "/launch/*"
ttl = "0s"
query = ["utm_source", "a b"]
variants = [{ cookie = "ab", values = [] }, { cookie = "a b", values = ["a"], other = 1 }, 3]
warm = ["launch", "/launched", "/launch?a=b", "/launch/a b"]
"#;
    let expected = [
        r#"gantry.toml:2: pages.origin: has a name or password before its host; what the server knows us by is origin_secret; write for example "http://127.0.0.1:3000""#,
        r#"gantry.toml:3: pages.hosts: Shop.example: is not the name of a host; write for example "shop.example", in lower case and without a port"#,
        r#"gantry.toml:3: pages.hosts: a.example: does not begin with http:// or https://; write for example "http://127.0.0.1:3000""#,
        r#"gantry.toml:4: pages.capacity_mib: 0 is not a whole number from 1 to 32768"#,
        r#"gantry.toml:5: pages.origin_secret: a secret does not stand in the configuration itself; write "env:NAME", "file:PATH" or "credential:NAME""#,
        r#"gantry.toml:6: pages.orign: unknown key; did you mean origin?"#,
        r#"gantry.toml:7: pages.strict: is not a choice; write true or false, without quotes"#,
        r#"gantry.toml:8: pages.error_page: cannot read none.html: unsupported"#,
        r#"gantry.toml:9: pages.rule.ttl: is missing, and has no default"#,
        r#"gantry.toml:10: pages.rule.path: "launch" does not begin with /"#,
        r#"gantry.toml:14: pages.rule.ttl: "0s" is not from 1ms to 366d"#,
        r#"gantry.toml:15: pages.rule.query: "a b" is not the name of a parameter (letters, digits and hyphens, 64 at most)"#,
        r#"gantry.toml:15: pages.rule.query: "utm_source" says where a visitor came from: it is counted, and never makes another page"#,
        r#"gantry.toml:16: pages.rule.variants: cookie: "a b" is not the name of a cookie (letters, digits and hyphens, 64 at most)"#,
        r#"gantry.toml:16: pages.rule.variants: is a number; write a table such as { name = "value" }"#,
        r#"gantry.toml:16: pages.rule.variants: other: unknown key; known are cookie, values"#,
        r#"gantry.toml:16: pages.rule.variants: values: names none; write for example ["a", "b"]"#,
        r#"gantry.toml:17: pages.rule.warm: "/launch/a b" has a character that browsers encode; write it as they do, as in /caf%C3%A9"#,
        r#"gantry.toml:17: pages.rule.warm: "/launch?a=b" has a parameter that is not in query, and makes no other page"#,
        r#"gantry.toml:17: pages.rule.warm: "/launched" is not among /launch/*"#,
        r#"gantry.toml:17: pages.rule.warm: "launch" does not begin with /"#,
    ];
    // A rule below a site whose every key is wrong is not told that there is none: that would be said twice.
    let found = refused(text);
    let found: Vec<&str> = found.lines().filter(|line| !line.contains("no site")).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_of_these_is_one_fault_on_its_line() {
    let origin = "[pages]\norigin = \"http://127.0.0.1:3000\"";
    let wrong = [
        (3, format!("{origin}\nroot = \"public\"")),
        (
            2,
            "[pages]\nroot = \"public\"\nhosts = { \"a.example\" = \"http://b.example\" }".to_owned(),
        ),
        (2, "[pages]\norigin = \"http://127.0.0.1:8080\"".to_owned()),
        (2, "[pages]\norigin = \"http://localhost:8081\"".to_owned()),
        (
            4,
            "[server]\npublic = \"0.0.0.0:80\"\n[pages]\norigin = \"http://127.0.0.1\"".to_owned(),
        ),
        (
            2,
            "[pages]\nhosts = { \"a.example\" = \"http://127.0.0.1:8080\" }".to_owned(),
        ),
        (2, "[pages]\norigin = \"http://127.0.0.1:3000/app\"".to_owned()),
        (
            2,
            "[pages]\norigin = \"http://127.0.0.1:3000?token=hunter2\"".to_owned(),
        ),
        (2, "[pages]\norigin = \"http://127.0.0.1:0\"".to_owned()),
        (2, "[pages]\norigin = \"unix:/run/site.sock\"".to_owned()),
        (2, "[pages]\norigin = \"http://\"".to_owned()),
        (2, "[pages]\norigin = 3000".to_owned()),
        (2, "[pages]\nhosts = \"http://127.0.0.1:3000\"".to_owned()),
        (
            2,
            "[pages]\nhosts = { \"a.example:80\" = \"http://127.0.0.1:3000\" }".to_owned(),
        ),
        (2, "[pages]\nroot = \" \"".to_owned()),
        (2, "[pages]\norigin_secret = \"env:UNSET\"".to_owned()),
        (2, "[pages]\nwarm_hosts = [\"Shop.example\"]".to_owned()),
        (2, "[pages]\nwarm_hosts = [\"shop.example:80\"]".to_owned()),
        (2, "[pages]\norigin_secret = \"env:BROKEN\"".to_owned()),
        (2, "[pages]\nerror_page = \"errors/\"".to_owned()),
        (2, "[pages]\nrule = { path = \"/\", ttl = \"1s\" }".to_owned()),
        (1, "[[pages]]".to_owned()),
        (1, "[[pages.rule]]\npath = \"/\"\nttl = \"1s\"".to_owned()),
        (1, "ttl = \"60s\"".to_owned()),
        (5, ruled("ttl = \"1s\"\npath = \"/*/a\"")),
        (
            6,
            ruled("ttl = \"1s\"\npath = \"/*\"\nvariants = { cookie = \"a\", values = [\"a\"] }"),
        ),
        (
            6,
            ruled(
                "ttl = \"1s\"\npath = \"/*\"\nvariants = [{ cookie = \"a\", values = [\"a\"] }, { cookie = \"a\", values = [\"b\"] }]",
            ),
        ),
        (
            6,
            ruled("ttl = \"1s\"\npath = \"/*\"\nvariants = [{ cookie = \"a\", values = [\"a b\"] }]"),
        ),
        (
            6,
            ruled("ttl = \"1s\"\npath = \"/*\"\nvariants = [{ cookie = \"a\" }]"),
        ),
        (6, ruled("ttl = \"1s\"\npath = \"/*\"\nwarm = \"/\"")),
        (6, ruled("ttl = \"1s\"\npath = \"/*\"\nwarm = [\"/#a\"]")),
        (6, ruled("ttl = \"1s\"\npath = \"/*\"\nquery = [\"*\"]")),
        (6, ruled("ttl = \"1s\"\npath = \"/*\"\nstale_if_error = \"-1s\"")),
        (6, ruled("ttl = \"1s\"\npath = \"/*\"\nttls = \"1s\"")),
    ];
    for (line, text) in wrong {
        let faults = refused(&text);
        assert!(!faults.contains("hunter2"), "{faults}");
        assert!(
            faults.starts_with(&format!("gantry.toml:{line}: ")),
            "{text:?}: {faults}"
        );
        assert_eq!(faults.lines().count(), 1, "{text:?}: {faults}");
    }
}

#[test]
fn two_rules_of_one_path_are_told_of_one_another() {
    let text = ruled("path = \"/a/*\"\nttl = \"1s\"\n[[pages.rule]]\npath = \"/a/*\"\nttl = \"2s\"");
    assert_eq!(
        refused(&text),
        "gantry.toml:7: pages.rule.path: /a/* is the path of the pages.rule at gantry.toml:4; use another"
    );
}

#[test]
fn cookies_make_a_bounded_number_of_pages() {
    let of = |number: usize| {
        let values: Vec<String> = (0..number).map(|n| format!("\"v{n}\"")).collect();
        let values = values.join(", ");
        ruled(&format!(
            "path = \"/\"\nttl = \"1s\"\nvariants = [{{ cookie = \"a\", values = [{values}] }}]"
        ))
    };
    assert!(load(&file(&of(31))).is_ok());
    assert!(refused(&of(32)).contains("more than 32 variants"));
}

#[test]
fn an_error_page_is_read_with_the_configuration() {
    let read_secret = |path: &Path| match path.to_str() {
        Some("/etc/down.html") => Ok(b"<!doctype html><title>Down</title>\n".to_vec()),
        Some("/etc/large.html") => Ok(vec![b' '; ERROR_PAGE_BYTES + 1]),
        Some("/etc/empty.html") => Ok(Vec::new()),
        Some("/etc/binary.html") => Ok(vec![0xff]),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let page = |path: &str| {
        let sources = file(&format!("[pages]\nerror_page = \"{path}\""));
        load(&Sources {
            read_secret,
            ..sources
        })
        .map(|config| config.pages.error_page)
    };
    let read = page("/etc/down.html").expect("a page").expect("a page");
    assert_eq!(read.html(), "<!doctype html><title>Down</title>\n");
    for path in [
        "/etc/large.html",
        "/etc/empty.html",
        "/etc/binary.html",
        "/etc/none.html",
    ] {
        let refused = page(path).expect_err(path).to_string();
        assert!(
            refused.starts_with("gantry.toml:2: pages.error_page: ") && refused.contains(path),
            "{refused}"
        );
    }
}

#[test]
fn rules_secrets_and_origins_are_taken_up_and_the_memory_is_not() {
    let old = config("[pages]\norigin = \"http://127.0.0.1:3000\"");
    let mut new = config(
        "[pages]\nroot = \"public\"\norigin_secret = \"env:ORIGIN\"\nstrict = true\ncapacity_mib = 8\n[[pages.rule]]\npath = \"/\"\nttl = \"1s\"",
    );
    new.pages.error_page = Some(ErrorPage::new("down"));
    assert_eq!(
        reload_difference(&old, &new),
        Reload {
            applied: vec![
                "pages.origin",
                "pages.root",
                "pages.origin_secret",
                "pages.error_page",
                "pages.rule"
            ],
            needs_restart: vec!["pages.capacity_mib", "pages.strict"],
        }
    );
}
