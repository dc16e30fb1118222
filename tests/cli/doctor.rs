//! `gantry doctor`: what it finds, what it says to do, and that it does nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::authority::Authority;
use super::ground::{directory, gantry, stdout};

/// What listens like a destination, and what it was sent by everyone who called.
fn receiver() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, at)
}

fn sent_to(mut caller: TcpStream) -> Vec<u8> {
    let mut sent = Vec::new();
    caller
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a limit");
    caller.read_to_end(&mut sent).expect("the caller hung up");
    sent
}

/// What was found of each subject: its verdict, what is so, and what to do.
fn findings(at: &Path, code: i32) -> Vec<(String, String, String)> {
    let told = stdout(&gantry(at, &["doctor", "--json"]).code(code));
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told.get("healthy"), Some(&Value::Bool(code == 0)), "{told}");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let findings = told
        .get("findings")
        .and_then(Value::as_array)
        .expect("findings")
        .iter();
    findings
        .map(|one| {
            let told = format!("{} {}", text(one.get("found")), text(one.get("remedy")));
            (text(one.get("subject")), text(one.get("verdict")), told)
        })
        .collect()
}

fn verdict<'f>(findings: &'f [(String, String, String)], subject: &str, verdict: &str) -> &'f str {
    let mut found = findings.iter();
    let found = found.find(|(of, as_, _)| of == subject && as_ == verdict);
    &found
        .unwrap_or_else(|| panic!("{subject} {verdict}: {findings:?}"))
        .2
}

#[test]
fn a_destination_is_called_on_and_told_nothing_and_an_origin_is_asked_for_a_head() {
    let at = directory();
    let (destination, crm) = receiver();
    let (origin, site) = receiver();
    let config = format!(
        "[server]\npublic = \"127.0.0.1:0\"\nadmin = \"[::1]:0\"\n[pages]\norigin = \"{site}\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n\
         [[destination]]\nname = \"crm\"\nurl = \"{crm}/hooks/very-secret\"\n[[route]]\ntype = \"*\"\nto = [\"crm\"]\n"
    );
    fs::write(at.path().join("gantry.toml"), config).expect("written");
    let asked = std::thread::spawn(move || {
        let (mut caller, _) = origin.accept().expect("a caller");
        let mut asked = [0; 5];
        caller.read_exact(&mut asked).expect("a request");
        let answer = b"HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 0\r\n\r\n";
        caller.write_all(answer).expect("answered");
        asked
    });
    let called = std::thread::spawn(move || sent_to(destination.accept().expect("a caller").0));

    let found = findings(at.path(), 0);
    assert_eq!(&asked.join().expect("asked"), b"HEAD ");
    assert_eq!(called.join().expect("called"), b"", "nothing was sent");
    verdict(&found, "configuration", "good");
    verdict(&found, "destination crm", "good");
    verdict(&found, &format!("origin {site}"), "good");
    let skewed = |(of, _, told): &(String, String, String)| of == "clock" && told.contains("the origin's");
    assert!(found.iter().any(skewed), "it answers as of 1994: {found:?}");
    let all = format!("{found:?}");
    assert!(!all.contains("very-secret"), "{all}");
    let there: Vec<_> = fs::read_dir(at.path()).expect("read").collect();
    assert_eq!(there.len(), 1, "nothing was made: {there:?}");
}

#[test]
fn what_is_in_the_way_is_named_with_what_to_do_and_ends_with_1() {
    let at = directory();
    let (gone, dead) = receiver();
    drop(gone);
    let (taken, _) = receiver();
    let public = taken.local_addr().expect("an address");
    let config = format!(
        "[server]\npublic = \"{public}\"\nadmin = \"127.0.0.1:0\"\n[pages]\norigin = \"{dead}\"\n\
         [[destination]]\nname = \"private\"\nurl = \"http://10.0.0.1/x\"\n\
         [[destination]]\nname = \"nowhere\"\nurl = \"http://nowhere.invalid/x\"\n"
    );
    fs::write(at.path().join("gantry.toml"), config).expect("written");
    fs::write(at.path().join("gantry.redb"), "open to others").expect("written");
    let found = findings(at.path(), 1);
    for (subject, word) in [
        ("public address", "another program"),
        ("data file", "chmod 600"),
        ("destination private", "egress.allow"),
        ("destination nowhere", "name servers"),
        (format!("origin {dead}").as_str(), "start the site"),
    ] {
        assert!(
            verdict(&found, subject, "bad").contains(word),
            "{subject}: {found:?}"
        );
    }
    verdict(&found, "destination private", "notice");
    let people = stdout(&gantry(at.path(), &["doctor"]).code(1));
    assert!(people.contains("→ chmod 600 gantry.redb\n"), "{people}");
    assert!(people.ends_with("to know.\n"), "{people}");
}

#[test]
fn a_configuration_that_is_wrong_is_a_finding_and_the_machine_is_looked_at_all_the_same() {
    let at = directory();
    fs::write(at.path().join("gantry.toml"), "[server]\npublick = 1\n").expect("written");
    let found = findings(at.path(), 1);
    assert!(verdict(&found, "configuration", "bad").starts_with("gantry.toml:2: server.publick"));
    verdict(&found, "data file", "good");
    gantry(at.path(), &["doctor", "--url", "http://127.0.0.1:1"]).code(2);
    gantry(at.path(), &["doctor", "--config", "missing.toml"]).code(66);
}

#[test]
fn names_are_looked_up_and_a_certificate_of_files_is_read_with_its_key() {
    let at = directory();
    let authority = Authority::new();
    let names = ["localhost", "nowhere.invalid"];
    authority.sign(&names).write(at.path());
    let mode = |mode| fs::set_permissions(at.path().join("key.pem"), fs::Permissions::from_mode(mode));
    mode(0o644).expect("a mode");
    let config = "[server]\npublic = \"127.0.0.1:0\"\nadmin = \"[::1]:0\"\nhttp = \"127.0.0.1:0\"\n\
        domains = [\"localhost\"]\nadmin_domain = \"nowhere.invalid\"\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n";
    fs::write(at.path().join("gantry.toml"), config).expect("written");
    let found = findings(at.path(), 1);
    verdict(&found, "certificate cert.pem", "good");
    verdict(&found, "http address", "good");
    assert!(verdict(&found, "private key key.pem", "bad").contains("chmod 640 key.pem"));
    assert!(verdict(&found, "name localhost", "notice").contains("127.0.0.1"));
    assert!(verdict(&found, "name nowhere.invalid", "bad").contains("leads nowhere"));

    mode(0o600).expect("a mode");
    let found = findings(at.path(), 1);
    assert!(
        !found.iter().any(|(of, ..)| of.starts_with("private key")),
        "{found:?}"
    );

    // A key of another certificate, and one for other names, are faults of the configuration, with the line.
    authority.sign(&["localhost"]).write(at.path());
    let found = findings(at.path(), 1);
    let why = verdict(&found, "configuration", "bad");
    assert!(why.contains("is not for nowhere.invalid"), "{why}");
    let other = directory();
    let (_, key) = authority.sign(&names).write(other.path());
    fs::copy(key, at.path().join("key.pem")).expect("copied");
    let found = findings(at.path(), 1);
    assert!(
        verdict(&found, "configuration", "bad").starts_with("gantry.toml:8: server.tls_key"),
        "{found:?}"
    );
}
