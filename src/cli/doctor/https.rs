//! HTTPS: whether the names lead to this machine, and until when their certificates hold.

use std::fs;
use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::lookup_host;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Finding;
use crate::config::Server;
use crate::model::alert::for_people;
use crate::model::time::Millis;
use crate::tls::Certificate;

/// The port on which browsers ask for HTTPS, and authorities look for proofs.
const HTTPS_PORT: u16 = 443;
/// How long the name servers may take.
const NAME_MOST: Duration = Duration::from_secs(5);
/// How long before its end a certificate that nobody renews by itself is told of, in milliseconds.
const SOON_MS: i64 = 14 * 24 * 60 * 60 * 1_000;
const LEADS_HERE: &str = "the name has to lead to this machine, and its port 443 to server.public";

/// What a running server tells of its certificates.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    certificates: Vec<Told>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    name: String,
    issuer: Option<String>,
    expires_at: Option<String>,
    last_error: Option<String>,
}

/// Looks at the certificates: those of files, and what the server that runs tells of those an authority signs.
pub(super) fn certificates(server: &Server, running: Option<&Status>, now: Millis) -> Vec<Finding> {
    if server.names().next().is_none() {
        return Vec::new();
    }
    let Some(files) = &server.files else {
        let told = running.into_iter().flat_map(|status| &status.certificates);
        // One that runs may have its port from systemd, and tells itself whether it is found.
        let port = running.is_none().then(|| of_port(server)).flatten();
        return port
            .into_iter()
            .chain(told.map(|told| of_told(told, now)))
            .collect();
    };
    let mut findings = Vec::from_iter(of_key(files.key.path()));
    // Whether the two belong together, and to every name, was asked when the configuration was read.
    if let Ok(pair) = Certificate::parse(files.certificate.expose(), files.key.expose()) {
        let read = pair.particulars();
        let subject = format!("certificate {}", files.certificate.path().display());
        findings.push(of_validity(subject, (read.not_before, read.not_after), now));
    }
    findings
}

fn of_port(server: &Server) -> Option<Finding> {
    let port = server.public.port();
    (port != HTTPS_PORT).then(|| {
        let found = format!("it is port {port}, and an authority looks for its proof on port {HTTPS_PORT}");
        let remedy = format!(
            "have port {HTTPS_PORT} lead there, or write it (server.public, or the packaged gantry.socket)"
        );
        Finding::notice("public address", found, remedy)
    })
}

fn of_key(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o007 != 0).then(|| {
        let shown = path.display();
        Finding::bad(
            format!("private key {shown}"),
            "everybody on this machine may use it",
            format!("chmod 640 {shown}, in a group of the service's user"),
        )
    })
}

fn of_validity(subject: String, (from, until): (Millis, Millis), now: Millis) -> Finding {
    const RENEW: &str = "renew it: files that have changed are taken up within a minute";
    if from > now {
        let found = format!("it holds only in {}", for_people(from.0 - now.0));
        return Finding::bad(
            subject,
            found,
            "look at the clock, and at which certificate that is",
        );
    }
    match until.0.saturating_sub(now.0) {
        ..=0 => Finding::bad(subject, format!("it expired at {until}"), RENEW),
        left @ ..SOON_MS => Finding::notice(subject, format!("it holds for {}", for_people(left)), RENEW),
        left => Finding::good(subject, format!("it holds for {}", for_people(left))),
    }
}

fn of_told(told: &Told, now: Millis) -> Finding {
    let subject = format!("certificate {}", told.name);
    let failed = told.last_error.as_ref();
    let failed = failed.map_or_else(String::new, |error| format!("; the last order failed: {error}"));
    let left_ms = |until: &String| Some(Millis::parse_rfc3339(until)?.0.saturating_sub(now.0));
    match told.expires_at.as_ref().and_then(left_ms) {
        None => Finding::bad(subject, format!("there is none{failed}"), LEADS_HERE),
        Some(..=0) => Finding::bad(subject, format!("it has expired{failed}"), LEADS_HERE),
        Some(left) => {
            let issuer = told.issuer.as_deref().unwrap_or_default();
            let found = format!("of {issuer}, it holds for {}{failed}", for_people(left));
            match failed.is_empty() {
                true => Finding::good(subject, found),
                false => Finding::notice(subject, found, LEADS_HERE),
            }
        }
    }
}

/// Looks where the names lead, all at once.
pub(super) async fn names(server: &Server) -> Vec<Finding> {
    let mut lookups = JoinSet::new();
    for (at, name) in server.names().enumerate() {
        let name = name.to_owned();
        lookups.spawn(async move { (at, of_name(&name).await) });
    }
    let mut found = lookups.join_all().await;
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, finding)| finding).collect()
}

async fn of_name(name: &str) -> Finding {
    let subject = format!("name {name}");
    match timeout(NAME_MOST, lookup_host((name, HTTPS_PORT))).await {
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = found.map(|at| at.ip()).collect();
            addresses.sort();
            addresses.dedup();
            of_addresses(subject, &addresses, is_ours)
        }
        Ok(Err(error)) => {
            let remedy =
                "write a record for it (A, AAAA) with this machine's address, where its domain is kept";
            Finding::bad(subject, format!("it leads nowhere: {error}"), remedy)
        }
        Err(_) => {
            let found = format!("no name server answered within {} s", NAME_MOST.as_secs());
            Finding::bad(
                subject,
                found,
                "look at this machine's name servers (/etc/resolv.conf)",
            )
        }
    }
}

fn of_addresses(subject: String, addresses: &[IpAddr], is_ours: fn(IpAddr) -> bool) -> Finding {
    let listed = |addresses: &mut dyn Iterator<Item = &IpAddr>| {
        let shown: Vec<String> = addresses.map(ToString::to_string).collect();
        shown.join(", ")
    };
    let all = listed(&mut addresses.iter());
    if addresses.iter().all(IpAddr::is_loopback) {
        let remedy = "visitors see what public name servers say: look there; here it stands in /etc/hosts";
        return Finding::notice(
            subject,
            format!("it leads to {all}, where only this machine gets"),
            remedy,
        );
    }
    match listed(&mut addresses.iter().filter(|at| !is_ours(**at))) {
        others if others.is_empty() => Finding::good(subject, format!("it leads to {all}, this machine")),
        others => {
            let found = format!("it leads to {all}; {others} is none of this machine's own addresses");
            let remedy =
                "as it is behind a NAT or a proxy that passes connections on; else mend its record (A, AAAA)";
            Finding::notice(subject, found, remedy)
        }
    }
}

/// Whether this machine has the address: it can be sent from, which is tried without sending.
fn is_ours(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::config::Config;

    const NOW: Millis = Millis(1_796_112_060_000);
    const DAY: i64 = 24 * 60 * 60 * 1_000;

    #[test]
    fn a_certificate_that_does_not_hold_is_bad_and_one_that_ends_soon_is_told_of() {
        let verdict = |from: i64, until: i64| {
            let validity = (NOW.plus(from * DAY), NOW.plus(until * DAY));
            of_validity("certificate".into(), validity, NOW).verdict
        };
        assert_eq!(verdict(-1, 14), Verdict::Good);
        assert_eq!(verdict(-1, 13), Verdict::Notice);
        assert_eq!(verdict(-90, 0), Verdict::Bad);
        assert_eq!(verdict(1, 90), Verdict::Bad, "it does not hold yet");
    }

    #[test]
    fn the_port_of_a_server_that_runs_is_not_guessed() {
        let server = Server {
            domains: vec!["shop.example".into()],
            ..Config::default().server
        };
        let found = |running: Option<&Status>| certificates(&server, running, NOW);
        assert_eq!(found(None).len(), 1);
        assert_eq!(found(Some(&Status::default())), []);
    }

    #[test]
    fn what_the_server_tells_of_an_authority_is_judged() {
        let told = |days: Option<i64>, error: Option<&str>| Told {
            name: "shop.example".into(),
            issuer: Some("R11".into()),
            expires_at: days.map(|days| NOW.plus(days * DAY).to_string()),
            last_error: error.map(str::to_owned),
        };
        let found = of_told(&told(Some(60), None), NOW);
        assert_eq!(
            (found.verdict, found.found.as_str()),
            (Verdict::Good, "of R11, it holds for 60 d")
        );
        let failing = of_told(&told(Some(20), Some("no such host")), NOW);
        assert_eq!(failing.verdict, Verdict::Notice);
        assert!(
            failing.found.ends_with("; the last order failed: no such host"),
            "{failing:?}"
        );
        for gone in [told(None, Some("no such host")), told(Some(-1), None)] {
            assert_eq!(of_told(&gone, NOW).verdict, Verdict::Bad);
        }
    }

    #[test]
    fn a_name_leads_here_or_it_is_said_where_it_leads() {
        let is_ours = |address: IpAddr| address == IpAddr::from([192, 0, 2, 7]);
        let found = |addresses: &[[u8; 4]]| {
            let addresses: Vec<IpAddr> = addresses.iter().copied().map(IpAddr::from).collect();
            of_addresses("name".into(), &addresses, is_ours)
        };
        assert_eq!(found(&[[192, 0, 2, 7]]).verdict, Verdict::Good);
        let behind = found(&[[192, 0, 2, 7], [198, 51, 100, 1]]);
        assert_eq!(behind.verdict, Verdict::Notice);
        assert!(behind.found.contains("; 198.51.100.1 is none"), "{behind:?}");
        assert_eq!(found(&[[127, 0, 1, 1]]).verdict, Verdict::Notice);
        assert!(super::is_ours(IpAddr::from([127, 0, 0, 1])));
        assert!(!super::is_ours(IpAddr::from([192, 0, 2, 7])));
    }
}
