//! A pair of files on disk, as an operator or a tool of theirs changes it.

use std::path::Path;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

use super::super::Certificates;
use super::super::Parts;
use super::*;
use crate::clock::Clock;
use crate::config::{Config, ConfigFile, Sources, load};
use crate::metrics::Metrics;
use crate::runtime::Shutdown;
use crate::store::{Options, Store};
use crate::tls::KeyRing;

const NAMES: [&str; 2] = ["shop.example", "www.shop.example"];

fn pair(names: &[&str]) -> CertifiedKey<KeyPair> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    generate_simple_self_signed(names).unwrap()
}

fn write(directory: &Path, pair: &CertifiedKey<KeyPair>) {
    std::fs::write(directory.join("cert.pem"), pair.cert.pem()).unwrap();
    std::fs::write(directory.join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
}

fn config(directory: &Path) -> Config {
    let text = format!(
        "[server]\ndomains = {NAMES:?}\ntls_cert = {:?}\ntls_key = {:?}\n",
        directory.join("cert.pem"),
        directory.join("key.pem")
    );
    let sources = Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: text.into_bytes(),
        }),
        read_secret: |path| std::fs::read(path),
        ..Sources::none()
    };
    load(&sources).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What is shown, and what is said of it.
struct Kept {
    certificates: Certificates,
    follower: Follower,
    ring: KeyRing,
}

impl Kept {
    fn new(directory: &Path) -> Self {
        let (config, ring) = (config(directory), KeyRing::new().unwrap());
        let store = Store::open(&directory.join("gantry.redb"), &Options::default(), Clock::System).unwrap();
        let parts = Parts {
            ring: ring.clone(),
            store,
            metrics: Metrics::new("0"),
            clock: Clock::System,
            shutdown: Shutdown::new(Duration::ZERO),
        };
        let certificates = Certificates::new(&config.server, parts);
        let follower = Follower::new(certificates.0.clone(), config.server.files.as_ref().unwrap());
        Self {
            certificates,
            follower,
            ring,
        }
    }

    async fn look(&mut self) -> Option<String> {
        assert_eq!(self.follower.work().await.unwrap(), Next::After(LOOK_EVERY));
        let standing = self.certificates.standings().remove(1);
        assert_eq!(standing.name, NAMES[1]);
        standing.last_error
    }

    fn names(&self) -> Vec<String> {
        self.ring.shown(NAMES[0]).unwrap().names.clone()
    }
}

#[tokio::test]
async fn another_pair_is_taken_up_and_one_that_cannot_be_used_leaves_it_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (pair(&NAMES), pair(&["*.shop.example", "shop.example"]));
    write(directory.path(), &first);
    let mut kept = Kept::new(directory.path());
    assert_eq!((kept.look().await, kept.names().len()), (None, 2));

    write(directory.path(), &second);
    assert_eq!(kept.look().await, None);
    assert_eq!(kept.names()[0], "*.shop.example");

    // Half of it is there: a tool writes one file after the other.
    std::fs::write(directory.path().join("cert.pem"), first.cert.pem()).unwrap();
    let error = kept.look().await.unwrap();
    assert!(
        error.ends_with("key.pem is not the key of the certificate"),
        "{error}"
    );
    assert_eq!(kept.names()[0], "*.shop.example");
    assert_eq!(kept.look().await.unwrap(), error, "it goes on being said");
    write(directory.path(), &first);
    assert_eq!((kept.look().await, &*kept.names()[0]), (None, NAMES[0]));

    write(directory.path(), &pair(&["shop.example"]));
    let error = kept.look().await.unwrap();
    assert!(
        error.contains("is not for www.shop.example; it is for shop.example"),
        "{error}"
    );
    std::fs::remove_file(directory.path().join("key.pem")).unwrap();
    let error = kept.look().await.unwrap();
    assert!(error.contains("cannot be read"), "{error}");
    assert_eq!(kept.names().len(), 2);
    // What was there before, there again, is no trouble any more.
    write(directory.path(), &first);
    assert_eq!(kept.look().await, None);
}

#[test]
fn a_pair_that_cannot_be_served_is_a_fault_on_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let fault = |of: &CertifiedKey<KeyPair>| {
        write(directory.path(), of);
        let faults = super::super::check(&config(directory.path()).server);
        faults.first().map(ToString::to_string)
    };
    assert_eq!(fault(&pair(&NAMES)), None);
    assert_eq!(
        fault(&pair(&["shop.example", "*.other.example"])).unwrap(),
        "gantry.toml:3: server.tls_cert: is not for www.shop.example; it is for shop.example, *.other.example"
    );
    let mixed = CertifiedKey {
        cert: pair(&NAMES).cert,
        signing_key: KeyPair::generate().unwrap(),
    };
    assert_eq!(
        fault(&mixed).unwrap(),
        "gantry.toml:4: server.tls_key: is not the key of the certificate"
    );
}
