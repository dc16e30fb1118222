//! Plain HTTP where HTTPS is served.

use bytes::Bytes;
use http::Method;

use crate::served::{DESK, SITE, Served};
use crate::support::http::Door;

#[tokio::test]
async fn plain_http_is_led_over_with_its_method_path_and_query() {
    let served = Served::start("").await;
    let public = served.appliance.public.address();
    let port = public.port();
    let plain = served.appliance.plain.expect("an address for plain HTTP");
    for address in [public, plain] {
        for name in [SITE, DESK] {
            let door = Door::tcp(address).with("host", name);
            for method in [Method::GET, Method::POST] {
                let answer = door.send(method.clone(), "/launch?a=b", Bytes::new()).await;
                let to = format!("https://{name}:{port}/launch?a=b");
                assert_eq!(
                    (answer.status, answer.header("location")),
                    (308, &*to),
                    "{method}"
                );
                // Said over plain HTTP it means nothing (RFC 6797 §7.2).
                assert_eq!(answer.header("strict-transport-security"), "");
            }
        }
        let stranger = Door::tcp(address).with("host", "evil.example");
        let answer = stranger.get("/").await;
        assert_eq!((answer.status, answer.header("location")), (421, ""));
        let by_address = Door::tcp(address).with("host", &address.to_string());
        assert_eq!(by_address.get("/launch").await.status, 421);
    }
    // This machine's own go on: scrapers, and whoever has a key.
    assert_eq!(served.appliance.stranger.get("/metrics").await.status, 200);
    assert_eq!(served.appliance.admin.get("/api/status").await.status, 200);
}
