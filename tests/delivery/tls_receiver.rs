//! A receiver over TLS on 127.0.0.1, and the authorities that vouch for it and for us.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Response, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

static AUTHORITIES: AtomicUsize = AtomicUsize::new(1);

/// Who vouches for others.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(crate) struct Certified {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // By which it is told from others: certificates name their issuer.
        let nth = AUTHORITIES.fetch_add(1, Ordering::Relaxed);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Authority {nth}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// For a receiver at `name`.
    pub(crate) fn receiver(&self, name: &str) -> Certified {
        self.certify(name, |_| {})
    }

    /// For a receiver at 127.0.0.1, until the end of 2020.
    pub(crate) fn expired(&self) -> Certified {
        self.certify("127.0.0.1", |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 12, 31);
        })
    }

    /// For us.
    pub(crate) fn caller(&self) -> Certified {
        self.certify("gantry.example", |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    fn certify(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Certified {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key,
        }
    }
}

/// One request, as far as its connection tells.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What the caller showed.
    pub(crate) caller: Option<CertificateDer<'static>>,
}

/// How it listens.
#[derive(Default)]
pub(crate) struct Manner<'a> {
    /// Speaks HTTP/2 to those who can.
    pub(crate) two: bool,
    /// Asks callers for a certificate of this authority's.
    pub(crate) callers: Option<&'a Authority>,
}

/// Takes everything that is sent to it over TLS, until it is dropped.
pub(crate) struct TlsReceiver {
    pub(crate) at: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl TlsReceiver {
    pub(crate) async fn start(own: &Certified, manner: Manner<'_>) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(tls(own, &manner)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let (log, count) = (Arc::clone(&seen), Arc::clone(&connections));
        let listening = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, log, count) = (acceptor.clone(), Arc::clone(&log), Arc::clone(&count));
                open.spawn(serve(stream, acceptor, (log, count)));
            }
        });
        Self {
            at,
            seen,
            connections,
            listening,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}/hook", self.at)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many handshakes have succeeded.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for TlsReceiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn tls(own: &Certified, manner: &Manner<'_>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match manner.callers {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key.serialize_der()));
    let mut config = builder
        .with_single_cert(vec![own.certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = match manner.two {
        true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        false => vec![b"http/1.1".to_vec()],
    };
    config
}

type Log = (Arc<Mutex<Vec<Seen>>>, Arc<AtomicUsize>);

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, (log, count): Log) {
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    count.fetch_add(1, Ordering::SeqCst);
    let session = stream.get_ref().1;
    let caller = session
        .peer_certificates()
        .map(|chain| chain[0].clone().into_owned());
    let two = session.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (log, caller) = (Arc::clone(&log), caller.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            log.lock().unwrap().push(Seen {
                version: head.version,
                headers: head.headers,
                body,
                caller,
            });
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let stream = TokioIo::new(stream);
    // How a connection ends is its caller's to say.
    match two {
        true => drop(
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(stream, service)
                .await,
        ),
        false => drop(http1::Builder::new().serve_connection(stream, service).await),
    }
}
