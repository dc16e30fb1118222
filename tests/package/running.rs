//! The service as its systemd runs it, from the first command to the last.

use std::net::TcpListener;
use std::time::Duration;

use crate::authority::Authority;
use crate::crowd::{Crowd, record};
use crate::debian::{Debian, FIRST, SECOND, package};
use crate::process::{Connection, Vote};
use crate::receiver::receiver;

/// How long a delivery may take.
const BOUND: Duration = Duration::from_secs(30);
/// Voters and sources at once.
const CROWD: (usize, usize) = (12, 4);
/// How many are answered between two restarts.
const BETWEEN: u64 = 200;

const PUBLIC: &str = "gantry.socket";
const ADMIN: &str = "gantry-admin.socket";
const PLAIN: &str = "gantry-http.socket";
const CONFIG: &str = "/etc/gantry/gantry.toml";
const NAME: &str = "shop.example";
const UPGRADE: &str = "dpkg --install /gantry.deb";
/// Has the package's script do again what it does after an upgrade.
const AGAIN: &str = "dpkg-reconfigure gantry";

/// A port that was free a moment ago. (A socket unit cannot say which it got.)
fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// The sockets elsewhere than others on this machine may have theirs, as its owner would say it.
fn listen_at(debian: &Debian, ports: &[(&str, u16)]) {
    for (unit, port) in ports {
        let text = format!("[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n");
        debian.write(&format!("/etc/systemd/system/{unit}.d/override.conf"), &text);
    }
}

/// The commands of the README's chapter on installing; a document within a command is part of it.
fn commands_of_the_readme() -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, chapter) = readme.split_once("\n## Installing\n").expect("it has one");
    let (_, block) = chapter.split_once("```sh\n").expect("it has commands");
    let (block, _) = block.split_once("\n```").expect("they end");
    let mut commands: Vec<String> = Vec::new();
    let mut document = false;
    for line in block.lines() {
        match commands.last_mut().filter(|_| document) {
            Some(command) => *command += &format!("\n{line}"),
            None => commands.push(line.to_owned()),
        }
        document = line != "END" && (document || line.ends_with("<<'END'"));
    }
    commands
}

#[test]
fn five_commands_of_the_readme_lead_from_nothing_to_the_first_delivery() {
    let (at, deliveries) = receiver();
    let mut debian = Debian::new();
    listen_at(&debian, &[(PUBLIC, free_port()), (ADMIN, free_port())]);
    debian.write("/usr/local/bin/sudo", "#!/bin/sh\nexec \"$@\"\n");
    debian.done("chmod +x /usr/local/bin/sudo");
    let name = format!("/srv/gantry_{}-1_amd64.deb", env!("CARGO_PKG_VERSION"));
    std::fs::copy(package(FIRST), debian.path(&name)).unwrap();
    debian.boot();

    let commands = commands_of_the_readme();
    assert!(commands.len() <= 5, "{commands:#?}");
    // Whoever receives is this test, on a network to which nothing is sent unasked.
    let here = "[egress]\nallow = [\"127.0.0.0/8\"]\n[[destination]]";
    for command in commands {
        let command = command
            .replace("https://crm.example", &format!("http://{at}"))
            .replace("[[destination]]", here);
        println!("{}", debian.done(&format!("set -e; cd /srv\n{command}")));
    }
    let came = deliveries.recv_timeout(BOUND).expect("it is delivered");
    assert!(
        came.starts_with("POST /hooks ") && came.contains("ada@example.com"),
        "{came}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_systemd_runs_it_and_an_upgrade_under_load_refuses_nobody() {
    let (at, deliveries) = receiver();
    let (public, admin, plain) = (free_port(), free_port(), free_port());
    let mut debian = Debian::new();
    debian.boot();

    debian.bring(&package(FIRST));
    debian.done("dpkg --install /gantry.deb");
    assert_eq!(
        debian.run("systemctl is-active gantry gantry.socket").output,
        "inactive\n".repeat(2)
    );

    // As the units say: other addresses, and a secret of root's.
    listen_at(&debian, &[(PUBLIC, public), (ADMIN, admin), (PLAIN, plain)]);
    debian.write(
        "/etc/systemd/system/gantry.service.d/override.conf",
        "[Service]\nLoadCredential=crm-token:/etc/gantry/crm-token\n",
    );
    debian.write("/etc/gantry/crm-token", "Bearer from-systemd\n");
    debian.done("chmod 600 /etc/gantry/crm-token; systemctl daemon-reload");
    let config = |routed: &str| {
        format!(
            "[egress]\nallow = [\"127.0.0.0/8\"]\n[limits]\nvote = \"off\"\npage = \"off\"\n\
             [[destination]]\nname = \"crm\"\nurl = \"http://{at}/leads\"\n\
             headers = {{ Authorization = \"credential:crm-token\" }}\n\
             [[route]]\ntype = \"{routed}\"\nto = [\"crm\"]\n"
        )
    };
    debian.write(CONFIG, &config("LEAD_*"));
    debian.done("systemctl enable --now gantry");

    // Under all that the unit says.
    let property = |name: &str| property(&debian, name);
    let status = debian.done(&format!("cat /proc/{}/status", property("MainPID")));
    let says = |name: &str, value: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect(name);
        assert!(line.split_whitespace().any(|word| word == value), "{line}");
    };
    says("Seccomp:", "2");
    says("NoNewPrivs:", "1");
    says("CapEff:", "0000000000000000");
    assert!(!status.contains("Uid:\t0"), "it is not root: {status}");

    // Root speaks to it from anywhere.
    debian
        .done("cd /tmp && gantry poll create best --question Which? --option a=A --option b=B --option c=C");
    let key = debian
        .done("gantry key create crowd --scope ingest")
        .trim()
        .to_owned();
    debian.done("gantry event send LEAD_CAPTURE --payload '{\"n\":0}' --key first");
    let came = deliveries.recv_timeout(BOUND).expect("it is delivered");
    assert!(came.contains("Bearer from-systemd\r\n"), "{came}");
    debian.done("gantry backup && ls /var/lib/gantry/backups/*");

    // From there doctor looks at the service, with the credentials that it has while it runs.
    let doctor = debian.run("cd /tmp && gantry doctor --json").output;
    for found in [
        "\"/etc/gantry/gantry.toml is valid\"",
        "/var/lib/gantry/gantry.redb, ",
        "\"it runs, and is ready\"",
        &format!("http://{at} takes connections"),
    ] {
        assert!(doctor.contains(found), "{found}: {doctor}");
    }
    debian.write(CONFIG, &config("LEAD_CAPTURE"));
    debian.done("gantry check && systemctl reload gantry && gantry verify");

    // People come, and it is restarted, upgraded, and restarted.
    let public = ([127, 0, 0, 1], public).into();
    let crowd = Crowd::gather(public, &key, CROWD);
    debian.bring(&package(SECOND));
    for line in ["systemctl restart gantry", UPGRADE, "systemctl restart gantry"] {
        crowd.answered(BETWEEN).await;
        let before = property("InvocationID");
        debian.done(line);
        assert_ne!(property("InvocationID"), before, "{line} restarts it");
    }
    crowd.answered(BETWEEN).await;
    println!("{}", crowd.took);
    let told = crowd.dismiss().await;
    assert_eq!(told.unanswered, Vec::<String>::new());
    let mut connection = Connection::open(public).await.unwrap();
    let counted = connection.get("/api/polls/best").await.unwrap().json();
    assert_eq!(counted["totalVotes"], told.votes.len(), "{counted}");
    for voter in told.votes {
        let again = Vote(voter).cast(&mut connection).await.unwrap();
        assert!(again.status == 202 && again.is_replayed(), "{voter}: {again:?}");
    }
    for (number, id) in told.events {
        let again = record(&mut connection, &key, number).await.unwrap();
        assert_eq!(again, (200, id), "{number}");
    }
    debian.done("gantry verify");

    assert_kept_while_the_configuration_is_at_fault(&debian, &config("LEAD_*"));

    // Root restores a copy, and the service has it.
    debian.done("gantry backup /srv/copy.redb && systemctl stop 'gantry*'");
    debian.done("cd /var/lib/gantry && mv gantry.redb before.redb && gantry restore /srv/copy.redb --yes");
    debian.done("systemctl start gantry && gantry verify && gantry poll show best");

    assert_led_over(&debian, &config("LEAD_*"), plain).await;

    // The journal knows how grave each line is.
    let grave = debian.done("journalctl --unit gantry --priority warning --output cat --no-pager");
    let expected = |line: &&str| !line.contains("the admin token is in this file");
    assert_eq!(
        grave.lines().filter(expected).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );

    // Its data is its owner's: it stays, unless that is answered otherwise.
    debian.done("dpkg --remove gantry");
    assert!(Connection::open(public).await.is_err(), "nothing listens");
    let said = debian.done("dpkg --purge gantry 2>&1");
    assert!(said.contains("stays in /var/lib/gantry"), "{said}");
    assert!(debian.exists("/var/lib/private/gantry/gantry.redb"));
    debian.done("dpkg --install /gantry.deb");
    debian.done("echo 'gantry gantry/delete-data boolean true' | debconf-set-selections");
    debian.done("dpkg --purge gantry");
    assert!(!debian.exists("/var/lib/private/gantry") && !debian.exists("/var/lib/gantry"));
    assert!(
        debian.exists("/etc/gantry/crm-token"),
        "what its owner put there is left"
    );
}

/// What its systemd says of the service.
fn property(debian: &Debian, name: &str) -> String {
    let value = debian.done(&format!("systemctl show --value --property {name} gantry"));
    value.trim().to_owned()
}

/// An upgrade leaves what runs running while the configuration is one that the service would refuse, whoever it is right for.
fn assert_kept_while_the_configuration_is_at_fault(debian: &Debian, config: &str) {
    let before = property(debian, "InvocationID");
    debian.write("/srv/secret", "of root's\n");
    debian.done("chmod 600 /srv/secret");
    let misspelt = "[server]\npublik = \"127.0.0.1:8080\"\n";
    let secret = |of: &str| format!("[pages]\norigin_secret = \"{of}\"\n");
    for (line, fault, said) in [
        (UPGRADE, misspelt, "gantry.toml:2: server.publik"),
        (AGAIN, &secret("credential:no-such"), "no-such"),
        (AGAIN, &secret("file:/srv/secret"), "/srv/secret"),
    ] {
        debian.write(CONFIG, fault);
        let told = debian.done(line);
        assert!(told.contains(said) && told.contains("runs on"), "{told}");
        assert_eq!(property(debian, "InvocationID"), before, "{told}");
    }
    // A variable and a secret that the service has since, and root's shell has not.
    debian.write(
        "/etc/systemd/system/gantry.service.d/more.conf",
        "[Service]\nLoadCredential=more:/etc/gantry/crm-token\nEnvironment=GANTRY_PAGES__ORIGIN_SECRET=credential:more\n",
    );
    debian.write(CONFIG, config);
    debian.done(AGAIN);
    assert_ne!(property(debian, "InvocationID"), before);
    debian.done(
        "rm /etc/systemd/system/gantry.service.d/more.conf && systemctl daemon-reload && gantry verify",
    );
}

/// Plain HTTP is led over to a name of its own by HTTPS, at the socket that is there for that, whatever is restarted.
async fn assert_led_over(debian: &Debian, config: &str, port: u16) {
    let pair = Authority::new().sign(&[NAME]);
    debian.write("/etc/gantry/cert.pem", &pair.certificate);
    debian.write("/etc/gantry/key.pem", &pair.key);
    let files = "tls_cert = \"/etc/gantry/cert.pem\"\ntls_key = \"/etc/gantry/key.pem\"";
    debian.write(
        CONFIG,
        &format!("[server]\ndomains = [\"{NAME}\"]\n{files}\n{config}"),
    );
    for line in [
        "systemctl enable gantry-http.socket && systemctl restart gantry",
        "systemctl restart gantry",
        "systemctl stop 'gantry*' && systemctl start gantry",
    ] {
        debian.done(line);
        let mut visitor = Connection::open(([127, 0, 0, 1], port).into()).await.unwrap();
        let asked = format!("GET /launch HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
        visitor.send(asked.as_bytes()).await.unwrap();
        assert_eq!(visitor.answer().await.unwrap().status, 308, "{line}");
    }
}
