//! When all places are taken; and the unix socket.

use axum::body::Body;
use gantry::runtime::{Shutdown, Tasks};
use gantry::web::Settings;
use gantry::web::accept::{Arriving, Peer, Server};
use http::{Request, Response};
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::fixture::{BOUND, SHORT, patient, start};

#[tokio::test]
async fn silent_connections_give_way_to_newcomers_when_all_places_are_taken() {
    let settings = Settings {
        max_connections: 8,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(appliance.connect().await);
    }
    for _ in 0..20 {
        assert!(appliance.get("/").await.ends_with("hello"));
    }
    drop(silent);
    appliance.stop().await;
}

#[tokio::test]
async fn when_everyone_is_being_answered_newcomers_are_told_503_after_a_while() {
    let settings = Settings {
        max_connections: 2,
        accept_wait: SHORT,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut client = appliance.connect().await;
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
        appliance.asked.notified().await;
        busy.push(client);
    }
    let answer = appliance.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    for client in &mut busy {
        appliance.gate.notify_one();
        client.until("slow").await;
    }
    assert!(
        appliance.get("/").await.ends_with("hello"),
        "places are free again"
    );
    appliance.stop().await;
}

#[tokio::test]
async fn a_unix_socket_is_served_the_same_way() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("admin.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let (tasks, shutdown) = (Tasks::new(), Shutdown::new(SHORT));
    let server = Server {
        settings: patient(),
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
    };
    let handler = async |_: Request<Arriving>, peer: Peer| Response::new(Body::from(format!("{peer:?}")));
    tasks.spawn("server", server.run(listener, handler));
    let mut client = UnixStream::connect(&path).await.expect("a connection");
    client
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .expect("to send");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an answer");
    let owner = rustix::process::getuid().as_raw();
    assert!(answer.ends_with(&format!("Socket(Some({owner}))")), "{answer}");
    shutdown.drain();
    timeout(BOUND, tasks.finished()).await.expect("everything ends");
}
