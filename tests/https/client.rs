//! Clients by TLS, which trust one authority and say which HTTP they speak.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::support::http::{Answer, soon};

/// How a client comes.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) to: SocketAddr,
    pub(crate) roots: Arc<RootCertStore>,
}

/// A connection that is kept.
pub(crate) struct Line {
    requests: Requests,
    pub(crate) shown: CertificateDer<'static>,
    _driver: JoinSet<()>,
}

#[derive(Clone)]
enum Requests {
    One(Arc<tokio::sync::Mutex<http1::SendRequest<Full<Bytes>>>>),
    Many(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    /// A handshake that asks for `name` and speaks `protocol`.
    pub(crate) async fn handshake(
        &self,
        name: &str,
        protocol: &[u8],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let stream = TcpStream::connect(self.to).await.expect("a connection");
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connector = TlsConnector::from(Arc::new(config));
        soon(connector.connect(name, stream)).await
    }

    pub(crate) async fn one(&self, name: &str) -> Line {
        let stream = self.handshake(name, b"http/1.1").await.expect("a handshake");
        let shown = shown(&stream);
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        let mut driver = JoinSet::new();
        driver.spawn(async { drop(connection.await) });
        Line {
            requests: Requests::One(Arc::new(requests.into())),
            shown,
            _driver: driver,
        }
    }

    pub(crate) async fn many(&self, name: &str) -> Line {
        self.many_with(name, http2::Builder::new(TokioExecutor::new()))
            .await
    }

    pub(crate) async fn many_with(&self, name: &str, http: http2::Builder<TokioExecutor>) -> Line {
        let stream = self.handshake(name, b"h2").await.expect("a handshake");
        let shown = shown(&stream);
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (requests, connection) = http.handshake(TokioIo::new(stream)).await.expect("HTTP/2");
        let mut driver = JoinSet::new();
        driver.spawn(async { drop(connection.await) });
        Line {
            requests: Requests::Many(requests),
            shown,
            _driver: driver,
        }
    }
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let shown = stream.get_ref().1.peer_certificates().expect("certificates");
    shown[0].clone().into_owned()
}

impl Line {
    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.send((Method::GET, uri), HeaderMap::new(), Bytes::new())
            .await
    }

    /// Asks for `https://HOST/PATH`: with its host where its protocol has it.
    pub(crate) async fn send(&self, asked: (Method, &str), headers: HeaderMap, body: Bytes) -> Answer {
        let answer = self.begin(asked, headers, body).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: soon(body.collect()).await.expect("a whole body").to_bytes(),
        }
    }

    pub(crate) async fn begin(
        &self,
        (method, uri): (Method, &str),
        headers: HeaderMap,
        body: Bytes,
    ) -> hyper::Result<Response<Incoming>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri.parse().expect("an address");
        *request.headers_mut() = headers;
        match &self.requests {
            Requests::Many(requests) => {
                *request.version_mut() = Version::HTTP_2;
                let mut requests = requests.clone();
                soon(requests.ready()).await?;
                soon(requests.send_request(request)).await
            }
            Requests::One(requests) => {
                let host = request.uri().authority().expect("a host").to_string();
                let host = host.parse().expect("a host");
                request.headers_mut().insert("host", host);
                let path = request.uri().path_and_query().expect("a path").as_str();
                *request.uri_mut() = path.parse().expect("a path");
                let mut requests = requests.lock().await;
                soon(requests.ready()).await?;
                soon(requests.send_request(request)).await
            }
        }
    }
}
