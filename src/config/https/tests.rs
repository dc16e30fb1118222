//! HTTPS as its user writes it: what is read, what is refused, and in which words.

use std::io;

use super::super::tests::{faults, file, read};
use crate::config::Sources;

/// Sources whose files hold their own names.
fn with_files(text: &str) -> Sources {
    Sources {
        read_secret: |path| match path.extension() {
            Some(_) => Ok(path.display().to_string().into_bytes()),
            None => Err(io::ErrorKind::NotFound.into()),
        },
        ..file(text)
    }
}

#[test]
fn names_and_a_pair_of_files_are_read() {
    let config = read(&with_files(
        "[server]\npublic = \"[::]:443\"\ndomains = [\"shop.example\", \"www.shop.example\"]\n\
         admin_domain = \"gantry.shop.example\"\ntls_cert = \"/etc/a.pem\"\ntls_key = \"file:/etc/b.pem\"\n",
    ));
    let names: Vec<&str> = config.server.names().collect();
    assert_eq!(names, ["shop.example", "www.shop.example", "gantry.shop.example"]);
    let files = config.server.files.as_ref().expect("files");
    assert_eq!(files.certificate.path().as_os_str(), "/etc/a.pem");
    assert_eq!(files.key.expose(), "/etc/b.pem");
    assert!(!format!("{files:?}").contains("Secret(\""));
    assert_eq!(config.server.plain_http(), "[::]:80".parse().ok());
}

#[test]
fn plain_http_is_led_over_on_port_80_beside_443_or_where_it_is_written() {
    let at = |text: &str| read(&file(text)).server.plain_http();
    let names = "domains = [\"shop.example\"]\n";
    for (text, expected) in [
        ("public = \"0.0.0.0:443\"\n", Some("0.0.0.0:80")),
        ("public = \"127.0.0.1:8443\"\n", None),
        ("public = \"0.0.0.0:443\"\nhttp = \"off\"\n", None),
        (
            "public = \"127.0.0.1:8443\"\nhttp = \"127.0.0.1:8080\"\n",
            Some("127.0.0.1:8080"),
        ),
    ] {
        let expected = expected.map(|at| at.parse().unwrap());
        assert_eq!(at(&format!("[server]\n{names}{text}")), expected, "{text}");
        assert_eq!(at("[server]\npublic = \"0.0.0.0:443\"\n"), None, "without names");
    }
}

#[test]
fn what_no_browser_asks_for_is_no_name() {
    for name in [
        "",
        "Shop.example",
        "https://shop.example",
        "shop.example:443",
        "*.shop.example",
        "127.0.0.1",
        "0x7f.1",
        "[::1]",
        "shop..example",
        "müller.example",
        "shop.example/",
    ] {
        let refused = faults(&file(&format!("[server]\ndomains = [\"{name}\"]\n")));
        assert!(
            refused.starts_with("gantry.toml:2: server.domains: ") && refused.contains("shop.example"),
            "{name}: {refused}"
        );
    }
}

#[test]
fn every_contradiction_is_named_with_its_line() {
    for (text, expected) in [
        (
            "[server]\ndomains = [\"a.example\"]\nadmin_domain = \"a.example\"\n",
            "gantry.toml:3: server.admin_domain: is one of server.domains",
        ),
        (
            "[server]\ndomains = [\"a.example\", \"b.example\", \"a.example\"]\n",
            "gantry.toml:2: server.domains: \"a.example\" stands there twice",
        ),
        (
            "[server]\ndomains = [\"a.example\"]\ntls_cert = \"/a.pem\"\n",
            "gantry.toml:3: server.tls_cert: needs server.tls_key beside it",
        ),
        (
            "[server]\ntls_key = \"/a.pem\"\ntls_cert = \"/b.pem\"\n",
            "gantry.toml:2: server.tls_key: is for HTTPS, by which no name is served",
        ),
        (
            "[server]\ndomains = [\"a.example\"]\ntls_cert = \"/missing\"\ntls_key = \"/b.pem\"\n",
            "gantry.toml:3: server.tls_cert: cannot read /missing",
        ),
        (
            "[server]\ndomains = [\"a.example\"]\ntls_cert = \"env:CERT\"\ntls_key = \"/b.pem\"\n",
            "gantry.toml:3: server.tls_cert: is read again when it changes",
        ),
        (
            "[server]\ndomains = [\"a.example\"]\nhttp = \"127.0.0.1:8080\"\n",
            "gantry.toml:3: server.http: is server.public",
        ),
        (
            "[server]\nhttp = \"127.0.0.1:80\"\n",
            "gantry.toml:2: server.http: leads to HTTPS, by which no name is served",
        ),
        (
            "[server]\nhttp = \"eighty\"\n",
            "gantry.toml:2: server.http: \"eighty\" is not an address with a port",
        ),
    ] {
        let found = faults(&with_files(text));
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
