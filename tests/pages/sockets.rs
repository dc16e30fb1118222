//! Upgrades go through.

use crate::origin::SECRET;
use crate::site::Site;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

fn upgrade(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nOrigin: http://shop.example\r\nCookie: session=alice\r\n\r\n"
    )
}

#[tokio::test]
async fn a_websocket_speaks_with_the_origin() {
    let site = Site::ruled().await;
    for path in ["/socket/a", "/launch/socket/a"] {
        let mut visitor = site.visitor().await;
        visitor.send(upgrade(path).as_bytes()).await.unwrap();
        let head = visitor.head().await.unwrap();
        assert_eq!(head.status, 101, "{path}: {head:?}");
        assert_eq!(head.header("x-key-was").as_deref(), Some(KEY));
        assert_eq!(head.header("upgrade").as_deref(), Some("websocket"));
        for round in 0..20_u8 {
            let said = vec![round; 1_000 * usize::from(round + 1)];
            visitor.send(&said).await.unwrap();
            let mut heard = vec![0; said.len()];
            visitor.bytes(&mut heard).await.unwrap();
            assert_eq!(heard, said);
        }
        // Cookies are what sockets are opened with.
        let asked = site.origin.last(path).unwrap();
        assert_eq!(
            asked.header("cookie").as_deref(),
            Some("session=alice"),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn an_upgrade_that_is_refused_is_an_answer_and_opens_no_tunnel() {
    let site = Site::ruled().await;
    let mut visitor = site.visitor().await;
    // What looks like the next request of a tunnel must be answered as a request of its own.
    let page = visitor.ask(upgrade("/launch/plain").as_bytes()).await.unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    let next = visitor.get("/launch/other").await.unwrap();
    assert!(next.has("of /launch/other") && !next.has(SECRET), "{next:?}");
}
