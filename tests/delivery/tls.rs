//! Receivers whose certificates are wrong: nothing is said to them, and once they are right everything arrives.
//!
//! The real binary trusts an authority of this test by `SSL_CERT_FILE`, as an operator's system would: what is refused is
//! refused for its own fault, and not because nobody here is trusted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::ServerConfig;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::process::Process;
use crate::receiver::Receiver;
use crate::stage::{QUICK, destination, event, outward, route, until};

/// A fault: a destination's name, what its receiver shows at first (`None`: it does not know TLS), and words that the
/// owner is told.
type Row = (&'static str, fn(&Authority) -> Option<TlsAcceptor>, &'static str);

const ROWS: [Row; 5] = [
    ("self-signed", |_| Some(self_signed()), "UnknownIssuer"),
    ("expired", |by| Some(by.signed(expired())), "certificate expired"),
    (
        "early",
        |by| Some(by.signed(not_yet_valid())),
        "certificate not valid yet",
    ),
    (
        "wrong-host",
        |by| Some(by.signed(named("example.com"))),
        "certificate not valid for name \"127.0.0.1\"",
    ),
    ("plain", |_| None, "received corrupt message"),
];

/// Whom the server under test trusts.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Not the name that is in all others: whoever signs himself is not taken for it.
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority of the tests");
        Self {
            pem: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn signed(&self, params: CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        acceptor(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

fn self_signed() -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    acceptor(&named("127.0.0.1").self_signed(&key).unwrap(), &key)
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

fn expired() -> CertificateParams {
    let mut params = named("127.0.0.1");
    params.not_after = date_time_ymd(2020, 1, 1);
    params
}

fn not_yet_valid() -> CertificateParams {
    let mut params = named("127.0.0.1");
    params.not_before = date_time_ymd(2900, 1, 1);
    params
}

fn acceptor(certificate: &rcgen::Certificate, key: &KeyPair) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A receiver behind TLS.
struct Secured {
    at: SocketAddr,
    shows: Arc<Mutex<Option<TlsAcceptor>>>,
    receiver: Receiver,
}

impl Secured {
    async fn start(shows: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (shows, receiver) = (Arc::new(Mutex::new(shows)), Receiver::glad().await);
        let (showing, to) = (Arc::clone(&shows), receiver.at);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shown = showing.lock().unwrap().clone();
                // Who does not trust it hangs up.
                tokio::spawn(async move { drop(pass_on(stream, shown, to).await) });
            }
        });
        Self { at, shows, receiver }
    }
}

async fn pass_on(mut stream: TcpStream, shows: Option<TlsAcceptor>, to: SocketAddr) -> std::io::Result<()> {
    let Some(acceptor) = shows else {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
        // Until the other side gives up.
        stream.read_to_end(&mut Vec::new()).await?;
        return Ok(());
    };
    let mut stream = acceptor.accept(stream).await?;
    let mut receiver = TcpStream::connect(to).await?;
    copy_bidirectional(&mut stream, &mut receiver).await?;
    Ok(())
}

#[tokio::test]
async fn who_shows_a_wrong_certificate_is_told_nothing_and_has_everything_once_it_is_right() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let mut receivers = Vec::new();
    let mut tables = Vec::new();
    for (name, shows, _) in ROWS {
        let secured = Secured::start(shows(&authority)).await;
        tables.push(destination(name, &format!("https://{}/hook", secured.at), QUICK));
        receivers.push(secured);
    }
    tables.push(route(&ROWS.map(|(name, ..)| name)));
    std::fs::write(directory.path().join("gantry.toml"), outward(&tables)).unwrap();
    let roots = directory.path().join("roots.pem");
    std::fs::write(&roots, &authority.pem).unwrap();
    let process = Process::start(directory.path(), &[("SSL_CERT_FILE", roots.to_str().unwrap())]);
    process.said("\"ready\"").await;
    let owner = process.owner();
    let answer = owner.post("/api/events", &event("k-1")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());

    let of = async |name: &str| -> Value {
        let path = format!("/api/deliveries?destination={name}");
        owner.get(&path).await.json()["items"][0].clone()
    };
    for (name, _, words) in ROWS {
        let tried = until(|| async {
            let delivery = of(name).await;
            (delivery["attempts"].as_u64() >= Some(3)).then_some(delivery)
        })
        .await;
        assert_eq!(tried["lastClass"], "network", "{name}: {tried}");
        let error = tried["lastError"].as_str().unwrap();
        assert!(
            error.starts_with("TLS failed: ") && error.contains(words),
            "{name}: {error}"
        );
    }
    for ((name, ..), secured) in ROWS.iter().zip(&receivers) {
        assert!(secured.receiver.got().is_empty(), "{name} was told of it");
        *secured.shows.lock().unwrap() = Some(authority.signed(named("127.0.0.1")));
    }
    for ((name, ..), secured) in ROWS.iter().zip(&receivers) {
        let got = secured.receiver.wait(1).await;
        let done = until(|| async {
            let delivery = of(name).await;
            (delivery["status"] == "DELIVERED").then_some(delivery)
        })
        .await;
        assert_eq!(done["id"], got[0].header("idempotency-key"));
        assert_eq!(secured.receiver.got().len(), 1, "{name}");
    }
    assert!(process.end().await.success());
}
