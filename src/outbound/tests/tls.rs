//! Connections that cannot be trusted, or are none.

use std::io::{Read, Write};

use super::super::SendError;
use super::receiver::{Receiver, post, sender};

/// The beginning of a handshake in the version `minor` says: 1 for TLS 1.0, 2 for 1.1, 3 for 1.2. The suite is
/// ECDHE-RSA-AES128-SHA, which all of them have.
fn server_hello(minor: u8) -> Vec<u8> {
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x13, 0, 0, 0]);
    let mut record = vec![22, 3, minor, 0, 4 + 40, 2, 0, 0, 40];
    record.extend(hello);
    record
}

async fn error_after(said: Vec<u8>) -> SendError {
    let receiver = Receiver::start(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&said);
        let _ = stream.read(&mut [0; 4096]);
    });
    let url = receiver.url().replace("http:", "https:");
    sender(&["127.0.0.0/8"]).send(post(&url)).await.unwrap_err()
}

#[tokio::test]
async fn versions_before_1_2_and_other_protocols_are_no_tls() {
    for minor in [1, 2] {
        let error = error_after(server_hello(minor)).await;
        assert!(
            matches!(&error, SendError::Tls(_)),
            "TLS 1.{}: {error:?}",
            minor - 1
        );
    }
    let plain = error_after(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    assert!(matches!(plain, SendError::Tls(_)), "{plain:?}");
    let alert = error_after(vec![21, 3, 3, 0, 2, 2, 40]).await;
    assert!(matches!(alert, SendError::Tls(_)), "{alert:?}");
}
