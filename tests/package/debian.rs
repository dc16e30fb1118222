//! A Debian of its own: a directory, with a systemd that runs in it once it is booted. It shares this machine's network.

use std::fmt::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// What `tests/run` has made: packages of nobody but Debian, and of those only what every installation has, systemd and man.
const BASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/debian/base");
/// No boot takes longer.
const BOUND: Duration = Duration::from_secs(60);

pub(crate) struct Debian {
    directory: TempDir,
    running: Option<Running>,
}

struct Running {
    nspawn: Child,
    /// The first process within.
    init: String,
}

/// What a command within said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Debian {
    pub(crate) fn new() -> Self {
        assert!(Path::new(BASE).join("etc").is_dir(), "tests/run makes {BASE}");
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let debian = Self {
            directory,
            running: None,
        };
        let copied = Command::new("cp").args(["-a", BASE]).arg(debian.root()).status();
        assert!(copied.unwrap().success());
        debian
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    pub(crate) fn path(&self, within: &str) -> PathBuf {
        self.root().join(within.trim_start_matches('/'))
    }

    pub(crate) fn exists(&self, within: &str) -> bool {
        self.path(within).symlink_metadata().is_ok()
    }

    pub(crate) fn write(&self, within: &str, text: &str) {
        let path = self.path(within);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Puts a package where `dpkg --install /gantry.deb` finds it.
    pub(crate) fn bring(&self, package: &Path) {
        std::fs::copy(package, self.path("gantry.deb")).unwrap();
    }

    /// Runs a line of shell within as root: under its systemd where that runs, else in a chroot.
    pub(crate) fn run(&self, line: &str) -> Said {
        let mut command = match &self.running {
            Some(running) => {
                let mut command = Command::new("nsenter");
                command.args(["--all", "--root", "--wd", "--target", &running.init]);
                command
            }
            None => {
                let mut command = Command::new("chroot");
                command.arg(self.root());
                command
            }
        };
        let output = command
            .args(["/bin/sh", "-c", line])
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: output.status.code(),
            output: text(&output.stdout),
            errors: text(&output.stderr),
        }
    }

    /// Runs a line that must succeed; what it wrote to standard output.
    pub(crate) fn done(&self, line: &str) -> String {
        let said = self.run(line);
        let told = [&said.output, &said.errors, &self.journal()]
            .map(String::as_str)
            .concat();
        assert_eq!(said.code, Some(0), "{line}: {told}");
        said.output
    }

    /// What the journal has of our unit; nothing where no systemd runs.
    pub(crate) fn journal(&self) -> String {
        let mut text = String::new();
        if self.running.is_some() {
            let _ = write!(
                text,
                "\n{}",
                self.run("journalctl --unit gantry --no-pager").output
            );
        }
        text
    }

    /// Starts its systemd, and waits until that has started everything.
    pub(crate) fn boot(&mut self) {
        let socket = self.directory.path().join("notify");
        let notified = UnixDatagram::bind(&socket).unwrap();
        notified.set_read_timeout(Some(BOUND)).unwrap();
        let nspawn = Command::new("systemd-nspawn")
            .args([
                "--boot",
                "--quiet",
                "--register=no",
                "--keep-unit",
                "--notify-ready=yes",
            ])
            .args([
                "--console=pipe",
                "--resolv-conf=off",
                "--timezone=off",
                "--link-journal=no",
            ])
            .arg(format!("--machine=gantry-{}", std::process::id()))
            .arg("--directory")
            .arg(self.root())
            .arg("systemd.show_status=false")
            .env("NOTIFY_SOCKET", &socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("systemd-nspawn");
        let mut init = String::new();
        let mut bytes = [0; 4096];
        loop {
            let read = notified.recv(&mut bytes).expect("it boots");
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            for line in text.lines() {
                if let Some(pid) = line.strip_prefix("X_NSPAWN_LEADER_PID=") {
                    pid.clone_into(&mut init);
                }
            }
            if text.lines().any(|line| line == "READY=1") {
                break;
            }
        }
        self.running = Some(Running { nspawn, init });
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            // The first tells its systemd to halt, the second ends what is left.
            for signal in [Signal::TERM, Signal::TERM] {
                let _ = kill_process(Pid::from_child(&running.nspawn), signal);
            }
            let _ = running.nspawn.wait();
        }
    }
}

/// The package of this version, with the binary under test. It is packed anew when anything in it has changed: each test is a
/// process of its own, and there is one at a time.
pub(crate) fn package(version: &str) -> PathBuf {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = tree.join("target/packages");
    let packed = || {
        let entries = std::fs::read_dir(&packages).into_iter().flatten();
        let begins = format!("gantry_{version}-1_");
        entries
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_name().unwrap().to_string_lossy().starts_with(&begins))
    };
    let of = ["Cargo.toml", "README.md", "CHANGELOG.md", "packaging", "systemd"].map(|name| tree.join(name));
    let newest = of.iter().map(|path| changed_at(path)).max();
    let newest = newest.max(Some(changed_at(Path::new(env!("CARGO_BIN_EXE_gantry")))));
    match packed() {
        Some(package) if Some(changed_at(&package)) > newest => return package,
        _ => {}
    }
    let output = Command::new(tree.join("packaging/build"))
        .args([
            "--binary",
            env!("CARGO_BIN_EXE_gantry"),
            "--version",
            version,
            "deb",
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    packed().expect("it was packed")
}

/// When a file, or anything in a directory, was changed last.
fn changed_at(path: &Path) -> SystemTime {
    let own = path.metadata().unwrap().modified().unwrap();
    let within = std::fs::read_dir(path).into_iter().flatten();
    within
        .map(|entry| changed_at(&entry.unwrap().path()))
        .fold(own, SystemTime::max)
}

/// The version that is installed first, and the one after it.
pub(crate) const FIRST: &str = "0.0.1";
pub(crate) const SECOND: &str = "0.0.2";
