//! What is made of one stored page: its head, its parts, "not modified", its languages; and what makes it go.

use std::time::Duration;

use tokio::time::sleep;

use crate::site::{Site, until};

#[tokio::test]
async fn a_head_a_part_and_not_modified_come_from_the_stored_whole() {
    let site = Site::ruled().await;
    let path = "/launch/etag/v1";
    let whole = site.get(path).await;
    assert_eq!((whole.status, whole.cache().as_str()), (200, "MISS"));
    site.kept(path).await;
    let head = site
        .ask(&format!("HEAD {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n"))
        .await;
    assert_eq!(
        (head.status, head.cache().as_str(), head.body.len()),
        (200, "HIT", 0),
        "{head:?}"
    );
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string()));

    let ranges = [
        ("bytes=0-9", 0, 10),
        ("bytes=5-", 5, whole.body.len()),
        ("bytes=-7", whole.body.len() - 7, whole.body.len()),
    ];
    for (range, from, to) in ranges {
        let part = site.get_with(path, &format!("Range: {range}\r\n")).await;
        assert_eq!((part.status, part.cache().as_str()), (206, "HIT"), "{part:?}");
        assert_eq!(part.body, whole.body[from..to]);
        let told = format!("bytes {from}-{}/{}", to - 1, whole.body.len());
        assert_eq!(part.header("content-range"), Some(told));
    }
    let beyond = site.get_with(path, "Range: bytes=100000-\r\n").await;
    assert_eq!(beyond.status, 416, "{beyond:?}");
    let changed = site
        .get_with(path, "Range: bytes=0-9\r\nIf-Range: \"v0\"\r\n")
        .await;
    assert_eq!(
        (changed.status, changed.body.len()),
        (200, whole.body.len()),
        "{changed:?}"
    );

    let tag = whole.header("etag").expect("the origin's tag");
    for tags in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let same = site.get_with(path, &format!("If-None-Match: {tags}\r\n")).await;
        assert_eq!((same.status, same.body.len()), (304, 0), "{tags}: {same:?}");
        assert_eq!(same.header("etag").as_ref(), Some(&tag));
    }
    let other = site.get_with(path, "If-None-Match: \"other\"\r\n").await;
    assert_eq!((other.status, other.cache().as_str()), (200, "HIT"));
    assert_eq!(site.origin.asked_for(path), 1);
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_confirmed_and_not_sent_again() {
    let site = Site::with("strict = true", "").await;
    let path = "/etag/v1";
    site.get(path).await;
    sleep(Duration::from_millis(2_100)).await;
    let again = site.get(path).await;
    assert!(again.status == 200 && again.has("answer 1 of"), "{again:?}");
    let asked = site.origin.last(path).unwrap();
    assert_eq!(
        asked.header("if-none-match").as_deref(),
        Some("\"v1\""),
        "{asked:?}"
    );
    assert_eq!(
        (site.origin.asked_for(path), site.get(path).await.cache().as_str()),
        (2, "HIT")
    );
}

#[tokio::test]
async fn a_language_is_a_page_of_its_own() {
    let site = Site::with("strict = true", "").await;
    let request = |language: &str| {
        format!("GET /vary/a HTTP/1.1\r\nHost: shop.example\r\nAccept-Language: {language}\r\n\r\n")
    };
    for language in ["de", "fr", "de", "fr"] {
        let page = site.ask(&request(language)).await;
        assert!(page.has(&format!("in {language}<")), "{page:?}");
    }
    assert_eq!(site.origin.asked_for("/vary/a"), 2);
}

#[tokio::test]
async fn what_the_script_of_next_js_fetches_is_kept_beside_its_page() {
    let site = Site::ruled().await;
    let path = "/launch/next/a";
    let fetch = |digest: &str, at: &str| {
        let (path, fields) = (
            format!("{path}?utm_source=x&_rsc={digest}"),
            format!("RSC: 1\r\nNext-Url: {at}\r\n"),
        );
        let site = &site;
        async move { site.get_with(&path, &fields).await }
    };
    // Whoever comes first with a digest that does not fit leads nobody else astray.
    assert_eq!(fetch("wrong", "home").await.status, 307);
    assert_eq!(site.get_with(path, "RSC: 1\r\n").await.status, 307);
    let page = site.kept(path).await;
    assert!(page.status == 200 && page.has("answer"), "{page:?}");

    for (at, cache) in [
        ("home", "MISS"),
        ("shop", "MISS"),
        ("home", "HIT"),
        ("shop", "HIT"),
    ] {
        let parts = fetch(at, at).await;
        assert!(
            parts.status == 200 && parts.has(&format!("for {at};")),
            "{parts:?}"
        );
        assert_eq!(parts.cache(), cache, "{parts:?}");
    }
    assert_eq!(fetch("home", "shop").await.status, 307);
    assert!(site.get(path).await.has("answer"));
}

#[tokio::test]
async fn who_changes_a_page_takes_it_out_of_the_cache() {
    let site = Site::ruled().await;
    for path in ["/launch/form", "/said/fresh"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            site.kept(path).await;
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3\r\n\r\na=b");
            let answer = site.ask(&request).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(site.origin.last(path).unwrap().body, b"a=b");
            assert_ne!(site.get(path).await.cache(), "HIT", "after {method}");
        }
    }
    // A change that failed changes nothing (RFC 9111, §4.4).
    site.kept("/launch/form").await;
    site.origin.be(crate::origin::Health::Failing(500));
    let request = "POST /launch/form HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(site.ask(request).await.status, 500);
    assert_eq!(site.get("/launch/form").await.cache(), "HIT");
}

#[tokio::test]
async fn pages_are_purged_by_their_tags_path_or_beginning() {
    let site = Site::ruled().await;
    let (tagged, other) = ("/launch/said/tagged", "/launch/other");
    let purges = [
        r#"{"tag":"shoes"}"#,
        r#"{"tag":"summer"}"#,
        r#"{"path":"/launch/said/tagged"}"#,
        r#"{"prefix":"/launch/said/"}"#,
    ];
    for purge in purges {
        site.kept(tagged).await;
        site.kept(other).await;
        site.admin("POST /api/pages/purge", purge).await;
        assert_eq!(site.get(tagged).await.cache(), "MISS", "{purge}");
        assert_eq!(site.get(other).await.cache(), "HIT", "{purge}");
    }
    site.admin("POST /api/pages/purge", r#"{"all":true}"#).await;
    assert_eq!(site.get(other).await.cache(), "MISS");
    // Softly: it is still there for those who come first.
    let before = site.origin.asked_for(other);
    site.admin("POST /api/pages/purge", r#"{"path":"/launch/other","soft":true}"#)
        .await;
    assert_eq!(site.get(other).await.cache(), "STALE");
    until("the page is fresh again", async || {
        (site.get(other).await.cache() == "HIT").then_some(())
    })
    .await;
    assert_eq!(site.origin.asked_for(other), before + 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_asked_for_again_at_once() {
    let site = Site::ruled().await;
    let path = "/launch/status/404";
    for _ in 0..5 {
        assert_eq!(site.get(path).await.status, 404);
    }
    assert_eq!(site.origin.asked_for(path), 1);
    sleep(Duration::from_millis(5_500)).await;
    assert_eq!(site.get(path).await.status, 404);
    assert_eq!(site.origin.asked_for(path), 2);
}

#[tokio::test]
async fn every_answer_says_where_it_came_from_and_how_old_it_is() {
    let site = Site::ruled().await;
    let miss = site.get("/launch/a").await;
    let hit = site.kept("/launch/a").await;
    let through = site.get("/said/no-store").await;
    assert_eq!([miss.cache(), hit.cache()], ["MISS", "HIT"]);
    assert!(
        ["MISS", "BYPASS"].contains(&through.cache().as_str()),
        "{through:?}"
    );
    assert!(hit.age().is_some_and(|age| age < 5), "{hit:?}");
    let told = |page: &crate::client::Page| page.header("cache-status").unwrap_or_default();
    assert!(told(&hit).starts_with("gantry; hit"), "{hit:?}");
    assert!(told(&miss).starts_with("gantry; fwd="), "{miss:?}");
}
