//! A receiver of deliveries.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

/// Takes deliveries, one to a connection, and hands on each as it came.
pub(crate) fn receiver() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (say, came) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = Vec::new();
            let mut bytes = [0; 4096];
            // The body is a JSON object, and ends as one.
            while !text.ends_with(b"}") {
                let read = stream.read(&mut bytes).unwrap();
                text.extend_from_slice(&bytes[..read]);
            }
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                .unwrap();
            if say.send(String::from_utf8(text).unwrap()).is_err() {
                return;
            }
        }
    });
    (at, came)
}
