//! The authority: pebble, the names it resolves, and the way on which it looks for proofs.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use http::HeaderMap;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::authority::Authority;
use crate::client::Client;
use crate::support::http::BOUND;

/// An authority that signs for 90 days, and resolves every name to this machine.
pub(crate) struct Pebble {
    directory: TempDir,
    /// Who vouches for its own address.
    vouching: Authority,
    at: SocketAddr,
    management: SocketAddr,
    processes: Vec<Child>,
    /// How many of a hundred good nonces it refuses, by chance.
    refused: u8,
    /// Where proofs are found.
    way: watch::Sender<Option<SocketAddr>>,
    _forwarding: JoinSet<()>,
}

/// A port that was free a moment ago.
async fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

impl Pebble {
    pub(crate) async fn start() -> Self {
        Self::refusing(0).await
    }

    /// One that refuses this many of a hundred good nonces: a client asks again with the one it is given (RFC 8555, section 6.5).
    pub(crate) async fn refusing(refused: u8) -> Self {
        let proofs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let looked_for_at = proofs.local_addr().expect("an address");
        let (way, to) = watch::channel(None);
        let mut forwarding = JoinSet::new();
        forwarding.spawn(forward(proofs, to));
        let mut pebble = Self {
            directory: tempfile::tempdir().expect("a directory"),
            vouching: Authority::new(),
            at: free().await,
            management: free().await,
            processes: Vec::new(),
            refused,
            way,
            _forwarding: forwarding,
        };
        let (certificate, key) = pebble
            .vouching
            .sign(&["localhost"])
            .write(pebble.directory.path());
        let config = json!({ "pebble": {
            "listenAddress": pebble.at.to_string(),
            "managementListenAddress": pebble.management.to_string(),
            "certificate": certificate,
            "privateKey": key,
            "httpPort": 1,
            "tlsPort": looked_for_at.port(),
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": 90 * 24 * 60 * 60,
        }});
        std::fs::write(pebble.path("pebble.json"), config.to_string()).expect("written");
        std::fs::write(pebble.path("ca.pem"), pebble.vouching.pem()).expect("written");
        pebble.run().await;
        pebble
    }

    /// Begins anew, as pebble does: whatever it knew is forgotten.
    pub(crate) async fn restart(&mut self) {
        self.end();
        self.run().await;
    }

    async fn run(&mut self) {
        let (names, spare) = (free().await, free().await);
        let log = |name: &str| {
            let file = File::options().create(true).append(true).open(self.path(name));
            Stdio::from(file.expect("a log"))
        };
        let resolver = Command::new("pebble-challtestsrv")
            .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
            .args(["-dns01", &names.to_string(), "-management", &spare.to_string()])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .stdout(Stdio::null())
            .stderr(log("names.log"))
            .spawn();
        let pebble = Command::new("pebble")
            .args(["-strict", "-config"])
            .arg(self.path("pebble.json"))
            .args(["-dnsserver", &names.to_string()])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_AUTHZREUSE", "0")
            .env("PEBBLE_WFE_NONCEREJECT", self.refused.to_string())
            .stdout(log("pebble.log"))
            .stderr(log("pebble.log"))
            .spawn();
        self.processes = vec![
            resolver.expect("pebble-challtestsrv, of Debian's package pebble"),
            pebble.expect("pebble"),
        ];
        let until = Instant::now() + BOUND;
        for part in [self.at, self.management, names] {
            while TcpStream::connect(part).await.is_err() {
                assert!(Instant::now() < until, "{}", self.log());
                tokio::task::yield_now().await;
            }
        }
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        self.end();
    }

    fn end(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("pebble.log")).unwrap_or_default()
    }

    /// What a configuration says of it.
    pub(crate) fn keys(&self) -> String {
        let port = self.at.port();
        let ca = self.path("ca.pem");
        format!(
            "acme_directory = \"https://localhost:{port}/dir\"\nacme_email = \"me@shop.example\"\nacme_ca = {ca:?}\n"
        )
    }

    /// Has it find proofs at this address; nowhere with `None`.
    pub(crate) fn looks_at(&self, address: impl Into<Option<SocketAddr>>) {
        // Nowhere: a port that nobody listens on.
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        self.way.send_replace(Some(address.into().unwrap_or(nowhere)));
    }

    /// How many orders were begun, by its own log.
    pub(crate) fn orders(&self) -> usize {
        self.log()
            .lines()
            .filter(|line| line.contains("Added order "))
            .count()
    }

    /// How often it was told whom it may write to, after the account was made.
    pub(crate) fn introductions(&self) -> usize {
        self.log()
            .lines()
            .filter(|line| line.contains("POST /my-account/"))
            .count()
    }

    /// Whom those trust who trust its certificates.
    pub(crate) async fn roots(&self) -> Arc<RootCertStore> {
        let management = Client {
            to: self.management,
            roots: self.vouching.roots(),
        };
        let line = management.one("localhost").await;
        let address = format!("https://localhost:{}/roots/0", self.management.port());
        let root = line
            .send(
                (http::Method::GET, &address),
                HeaderMap::new(),
                bytes::Bytes::new(),
            )
            .await;
        let root = CertificateDer::from_pem_slice(&root.body).expect("a root");
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("a root");
        Arc::new(roots)
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            println!("{}", self.log());
        }
    }
}

/// Takes whoever comes where the way leads, once it does.
async fn forward(from: TcpListener, mut to: watch::Receiver<Option<SocketAddr>>) {
    let mut under_way = JoinSet::new();
    while let Ok((mut stream, _)) = from.accept().await {
        let Ok(known) = to.wait_for(Option::is_some).await.map(|to| *to) else {
            return;
        };
        under_way.spawn(async move {
            let Some(to) = known else { return };
            if let Ok(mut other) = TcpStream::connect(to).await {
                let _ = copy_bidirectional(&mut stream, &mut other).await;
            }
        });
    }
}
