//! Installing where no systemd runs, as in an image that is being made; and what is left of it afterwards.

use std::path::Path;

use crate::debian::{Debian, FIRST, SECOND, package};

const UNITS: &str = "gantry.service gantry.socket gantry-admin.socket gantry-http.socket";

#[test]
fn it_is_installed_upgraded_and_purged_where_no_systemd_runs() {
    let debian = Debian::new();
    debian.bring(&package(FIRST));
    let said = debian.done("dpkg --install /gantry.deb");
    assert!(
        said.contains("systemctl enable --now gantry"),
        "it says what comes next: {said}"
    );

    // What came with it.
    assert!(debian.done("gantry --version").starts_with("gantry "));
    let checked = debian.done("gantry check --config /etc/gantry/gantry.toml");
    assert_eq!(checked, "/etc/gantry/gantry.toml is valid\n");
    for (ours, theirs) in [
        ("gantry.toml", "/etc/gantry/gantry.toml"),
        ("gantry.d.ts", "/usr/share/doc/gantry/examples/gantry.d.ts"),
    ] {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(ours);
        let [ours, theirs] = [ours, debian.path(theirs)].map(|path| std::fs::read_to_string(path).unwrap());
        assert!(ours == theirs, "it is ours");
    }
    assert!(
        debian
            .done("man --where gantry gantry-poll-create")
            .contains("/usr/share/man/man1/")
    );
    debian.done("bash -n /usr/share/bash-completion/completions/gantry");

    // From anywhere doctor looks at what was installed, and where something lies beside who asks, at that.
    let doctor = |at: &str| debian.run(&format!("cd {at} && gantry doctor --json")).output;
    let found = doctor("/tmp");
    assert!(found.contains("\"/etc/gantry/gantry.toml is valid\""), "{found}");
    assert!(found.contains("/var/lib/gantry/gantry.redb"), "{found}");
    debian.write("/tmp/own/gantry.toml", "[server]\npublick = 1\n");
    let found = doctor("/tmp/own");
    assert!(found.contains("\"gantry.toml:2: server.publick"), "{found}");
    debian.done("rm -r /tmp/own");

    // Nothing is set going.
    let enabled = debian.run(&format!("systemctl is-enabled {UNITS}"));
    assert_eq!(enabled.output, "disabled\n".repeat(4));
    assert_eq!(debian.done(&format!("systemd-analyze verify {UNITS} 2>&1")), "");
    debian.done("systemd-analyze security --offline=true --threshold=15 --no-pager gantry.service");

    // What its owner wrote and enabled outlives an upgrade.
    debian.write("/etc/gantry/gantry.toml", "[backup]\nat = \"off\"\n");
    debian.done("systemctl enable gantry.service");
    debian.bring(&package(SECOND));
    debian.done("dpkg --install /gantry.deb");
    let enabled = debian.run(&format!("systemctl is-enabled {UNITS}"));
    let expected = format!("{}disabled\n", "enabled\n".repeat(3));
    assert_eq!(enabled.output, expected, "one enables the others, but for HTTPS");
    debian.done("grep -q off /etc/gantry/gantry.toml");

    debian.done("dpkg --purge gantry");
    assert_eq!(
        debian.done("find / -xdev -name '*gantry*' ! -path /gantry.deb ! -path '/var/cache/man/*'"),
        ""
    );
}
