use super::*;

#[test]
fn a_host_has_one_form() {
    for (written, kept) in [
        ("Shop.Example", Some("shop.example")),
        ("shop.example.", Some("shop.example")),
        ("shop.example:80", Some("shop.example")),
        ("shop.example:443", Some("shop.example")),
        ("shop.example:8080", Some("shop.example:8080")),
        ("[::1]:3000", Some("[::1]:3000")),
        ("127.0.0.1", Some("127.0.0.1")),
        ("", None),
        (".", None),
        ("shop.example..", None),
        ("user@shop.example", None),
        ("shop.example/evil", None),
        ("shop.example:x", None),
        ("shop.example:80:80", None),
        ("shop example", None),
        ("a,b", None),
        ("[::1", None),
    ] {
        assert_eq!(clean_authority(written).as_deref(), kept, "{written}");
    }
}

#[test]
fn there_is_one_host_and_that_of_the_target_goes_first() {
    let of = |target: &str, hosts: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, http::HeaderValue::from_static(host));
        }
        authority(&target.parse().unwrap(), &headers)
    };
    assert_eq!(of("/", &["a.example"]), Ok("a.example".to_owned()));
    assert_eq!(
        of("http://B.example/x", &["a.example"]),
        Ok("b.example".to_owned())
    );
    assert_eq!(of("/", &[]), Err(BadHost::Missing));
    assert_eq!(of("/", &["a.example", "a.example"]), Err(BadHost::Several));
    assert_eq!(of("/", &["a.example/x"]), Err(BadHost::Malformed));
}

#[test]
fn ports_are_told_from_addresses() {
    assert_eq!(host_of("a.example:8080"), "a.example");
    assert_eq!(host_of("a.example"), "a.example");
    assert_eq!(host_of("[::1]"), "[::1]");
    assert_eq!(host_of("[::1]:3000"), "[::1]");
}
