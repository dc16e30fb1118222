//! What must not be kept, what must not reach the origin, and what must not come back from it.

use crate::origin::SECRET;
use crate::site::Site;

const SECRET_OF_THE_ORIGIN: &str = "only-gantry-knows-this";

#[tokio::test]
async fn what_sets_cookies_or_is_private_is_not_kept_by_a_rule_or_without() {
    let site = Site::ruled().await;
    for name in [
        "cookie",
        "fresh-cookie",
        "private",
        "no-store",
        "vary-all",
        "vary-cookie",
    ] {
        for path in [format!("/launch/said/{name}"), format!("/said/{name}")] {
            for _ in 0..2 {
                let page = site.get_with(&path, "Cookie: session=a\r\n").await;
                assert_eq!(page.status, 200, "{page:?}");
                assert!(["MISS", "BYPASS"].contains(&page.cache().as_str()), "{page:?}");
                // What came for one is not shown to the next.
                assert!(
                    page.has(&format!("answer {} of", site.origin.asked_for(&path))),
                    "{page:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_account_of_one_is_not_shown_to_another() {
    let site = Site::with("", "[[pages.rule]]\npath = \"/*\"\nttl = \"60s\"\n").await;
    for (name, value) in [("Authorization", "Bearer alice"), ("Cookie", "session=alice")] {
        for path in ["/account", "/account/settings.css", "/account?x=1"] {
            site.get_with(path, &format!("{name}: {value}\r\n")).await;
            for more in ["", "Cookie: session=bob\r\n", "Authorization: Bearer bob\r\n"] {
                let page = site.get_with(path, more).await;
                assert!(!page.has(&format!("{SECRET}alice")), "{path}, {name}: {page:?}");
            }
        }
    }
}

#[tokio::test]
async fn with_authorization_nothing_is_kept_although_it_may_be() {
    let site = Site::ruled().await;
    for path in ["/said/fresh", "/launch/said/fresh"] {
        site.get_with(path, "Authorization: Bearer alice\r\n").await;
        let page = site.get(path).await;
        assert_eq!(page.cache(), "MISS", "{path}: {page:?}");
        site.kept(path).await;
    }
}

#[tokio::test]
async fn the_word_between_gantry_and_the_origin_comes_from_gantry_alone() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET_OF_THE_ORIGIN).unwrap();
    let key = format!("origin_secret = \"file:{}\"", secret.path().display());
    let site = Site::with(&key, crate::site::RULED).await;
    for path in ["/launch/a", "/b", "/account"] {
        site.get_with(path, "X-Internal-Request: 1\r\nx-internal-request: true\r\n")
            .await;
        let asked = site.origin.last(path).unwrap();
        assert_eq!(
            asked.header("x-internal-request").as_deref(),
            Some(SECRET_OF_THE_ORIGIN),
            "{asked:?}"
        );
    }
    // And it does not come back, wherever the origin repeats what it was told.
    let page = site.get("/b").await;
    assert!(!page.head.contains(SECRET_OF_THE_ORIGIN), "{page:?}");

    let open = Site::ruled().await;
    for path in ["/launch/a", "/b"] {
        open.get_with(path, "X-Internal-Request: 1\r\nX-Internal-Request : 1\r\n")
            .await;
        open.get_with(path, "X-Internal-Request: 1\r\n").await;
        let asked = open.origin.last(path).unwrap();
        assert_eq!(asked.header("x-internal-request"), None, "{asked:?}");
    }
}

#[tokio::test]
async fn what_concerns_one_hop_stays_on_it() {
    let site = Site::ruled().await;
    for path in ["/said/hop", "/launch/said/hop"] {
        let page = site
            .get_with(
                path,
                "Connection: X-Mine\r\nX-Mine: by hop\r\nTE: trailers\r\nKeep-Alive: 5\r\n",
            )
            .await;
        assert_eq!(
            (page.header("x-hop"), page.header("keep-alive")),
            (None, None),
            "{page:?}"
        );
        let asked = site.origin.last(path).unwrap();
        for name in ["x-mine", "keep-alive", "te"] {
            assert_eq!(asked.header(name), None, "{asked:?}");
        }
    }
}

#[tokio::test]
async fn on_a_page_with_a_rule_the_origin_sees_only_what_makes_the_page() {
    let site = Site::ruled().await;
    let more = "Cookie: session=alice\r\nX-Forwarded-Host: evil.example\r\nX-Anything: evil\r\nReferer: https://evil.example/\r\n";
    site.get_with("/launch/a?utm_source=evil&page=2&x=evil", more)
        .await;
    let asked = site.origin.last("/launch/a").unwrap();
    assert_eq!(asked.target, "/launch/a?page=2");
    assert!(
        !asked.head.contains("evil") && !asked.head.contains("alice"),
        "{asked:?}"
    );
}
