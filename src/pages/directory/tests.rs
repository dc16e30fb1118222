//! A directory as its visitors meet it, and as those do who want more of it than it shows.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE, VARY,
};
use http_body_util::BodyExt;
use tempfile::TempDir;

use super::*;
use crate::model::time::Millis;

/// 2126, after whatever a file of a test is dated.
const NOW: Millis = Millis(4_922_000_000_000);

/// A site of files, below a directory that is none of it.
struct Site {
    around: TempDir,
    directory: Directory,
}

impl Site {
    fn of(files: &[(&str, &str)]) -> Self {
        let around = tempfile::tempdir().expect("a directory");
        let root = around.path().join("root");
        fs::create_dir(&root).expect("a root");
        fs::write(around.path().join("secret"), "hunter2").expect("a secret");
        let directory = Directory::new(root, Clock::simulated(NOW));
        let site = Self { around, directory };
        for (name, text) in files {
            site.put(name, text.as_bytes());
        }
        site
    }

    fn root(&self) -> &Path {
        &self.directory.root
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, bytes).expect("a file");
    }

    async fn ask(&self, target: &str, headers: &[(HeaderName, &str)]) -> Answer {
        self.send(Method::GET, target, headers).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.ask(target, &[]).await
    }

    async fn send(&self, method: Method, target: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let target: Uri = target.parse().expect("a target");
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a value")));
        let answer = self.directory.answer(&method, &target, &headers.collect()).await;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes().to_vec());
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.unwrap_or_else(|_| b"(broken off)".to_vec()),
        }
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> (u16, &str) {
        (self.status, std::str::from_utf8(&self.body).expect("text"))
    }

    fn header(&self, name: HeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }
}

#[tokio::test]
async fn pages_are_found_as_static_hosts_find_them() {
    let site = Site::of(&[
        ("index.html", "home"),
        ("about.html", "about"),
        ("docs/index.html", "docs"),
        ("docs/start.html", "start"),
        ("blog.html", "blog"),
        ("blog/post.html", "post"),
        ("café noir.html", "coffee"),
        (".well-known/security.txt", "security"),
    ]);
    for (path, text) in [
        ("/", "home"),
        ("/?utm_source=x", "home"),
        ("/index.html", "home"),
        ("/about", "about"),
        ("/about.html", "about"),
        ("/docs/", "docs"),
        ("/docs/start", "start"),
        ("/blog", "blog"),
        ("/blog/post", "post"),
        ("/caf%C3%A9%20noir", "coffee"),
        ("/.well-known/security.txt", "security"),
    ] {
        assert_eq!(site.get(path).await.text(), (200, text), "{path}");
    }
    for (path, to) in [
        ("/docs", "/docs/"),
        ("/docs?a=b&c", "/docs/?a=b&c"),
        ("/about/", "/about"),
        ("/blog/", "/blog"),
    ] {
        let answer = site.get(path).await;
        assert_eq!((answer.status, answer.header(LOCATION)), (301, to), "{path}");
    }
    for path in [
        "/none",
        "/docs/none/",
        "/about.html/",
        "/index",
        "/docs/index.html/",
    ] {
        assert_ne!(site.get(path).await.status, 500, "{path}");
    }
    assert_eq!(site.get("/none").await.text(), (404, "there is no such page\n"));
}

#[tokio::test]
async fn nothing_outside_the_root_is_shown_by_whatever_spelling() {
    let site = Site::of(&[
        ("index.html", "home"),
        (".env", "hunter2"),
        (".git/config", "hunter2"),
        ("a/.key", "hunter2"),
    ]);
    let root = site.root();
    symlink("../secret", root.join("relative")).expect("a link");
    symlink(site.around.path().join("secret"), root.join("absolute")).expect("a link");
    symlink("..", root.join("up")).expect("a link");
    symlink(site.around.path(), root.join("out")).expect("a link");
    symlink("/proc/self/root", root.join("magic")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    fs::write(site.around.path().join("page.html"), "hunter2").expect("a file");
    symlink("../page.html", root.join("page.html")).expect("a link");
    for path in [
        "/relative",
        "/absolute",
        "/up/secret",
        "/out/secret",
        "/out/root/index.html",
        "/magic/etc/passwd",
        "/loop",
        "/page",
        "/page.html",
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/a/../../secret",
        "/a%2f..%2f..%2fsecret",
        "/..%5csecret",
        "//secret",
        "///etc/passwd",
        "/%2fetc/passwd",
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/a/.key",
        "/secret%00",
        "/index.html%00",
        "/%00",
        "/%c0%ae%c0%ae/secret",
        "/%252e%252e/secret",
        "/up/",
        "/out/",
        "/%e0%80%ae./secret",
        "/proc/self/environ",
        "/index.html/../../secret",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.text(), (404, "there is no such page\n"), "{path}");
    }
}

#[tokio::test]
async fn links_within_the_root_are_followed_and_only_files_are_shown() {
    let site = Site::of(&[("releases/2/app.txt", "two"), ("empty/keep.txt", "")]);
    symlink("releases/2", site.root().join("current")).expect("a link");
    assert_eq!(site.get("/current/app.txt").await.text(), (200, "two"));
    assert_eq!(site.get("/empty/keep.txt").await.text(), (200, ""));
    let pipe = site.root().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .expect("a pipe");
    let _listener = std::os::unix::net::UnixListener::bind(site.root().join("socket")).expect("a socket");
    for path in ["/pipe", "/socket", "/releases", "/releases/", "/empty"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_root_that_is_a_link_is_turned_over_by_a_deploy() {
    let around = tempfile::tempdir().expect("a directory");
    for release in ["1", "2"] {
        fs::create_dir(around.path().join(release)).expect("a release");
        fs::write(around.path().join(release).join("index.html"), release).expect("a page");
    }
    let root = around.path().join("current");
    symlink("1", &root).expect("a link");
    let directory = Directory::new(root.clone(), Clock::simulated(NOW));
    let site = Site { around, directory };
    assert_eq!(site.get("/").await.text(), (200, "1"));
    fs::remove_file(&root).expect("a link");
    assert_eq!(site.get("/").await.status, 503);
    symlink("2", &root).expect("a link");
    assert_eq!(site.get("/").await.text(), (200, "2"));
}

#[tokio::test]
async fn html_is_asked_for_again_and_what_is_named_by_its_content_is_kept() {
    let site = Site::of(&[
        ("index.html", "home"),
        ("main.3f2a9c1b.js", "js"),
        ("main.js", "js"),
        ("page.3f2a9c1b.html", "p"),
    ]);
    let lasting = |answer: &Answer| answer.header(CACHE_CONTROL).to_owned();
    let changing = "public, max-age=0, s-maxage=1, must-revalidate";
    assert_eq!(lasting(&site.get("/").await), changing);
    assert_eq!(lasting(&site.get("/main.js").await), changing);
    assert_eq!(lasting(&site.get("/page.3f2a9c1b.html").await), changing);
    assert_eq!(
        lasting(&site.get("/main.3f2a9c1b.js").await),
        "public, max-age=31536000, immutable"
    );
    let home = site.get("/").await;
    assert_eq!(home.header(CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(home.header(CONTENT_LENGTH), "4");
    assert!(!home.header(LAST_MODIFIED).is_empty() && home.header(ETAG).starts_with('"'));
}

#[tokio::test]
async fn a_page_that_is_known_is_not_sent_and_one_that_changed_is() {
    let site = Site::of(&[("index.html", "one")]);
    let first = site.get("/").await;
    let tag = first.header(ETAG).to_owned();
    let again = site.ask("/", &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!(again.text(), (304, ""));
    assert_eq!(
        (again.header(ETAG), again.header(CONTENT_TYPE)),
        (tag.as_str(), "")
    );
    site.put("index.html", b"two");
    let changed = site.ask("/", &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!(changed.text(), (200, "two"));
    assert_ne!(changed.header(ETAG), tag);
}

#[tokio::test]
async fn a_head_is_that_of_the_body_and_other_methods_are_refused() {
    let site = Site::of(&[("index.html", "home")]);
    let get = site.get("/").await;
    let head = site.send(Method::HEAD, "/", &[]).await;
    assert_eq!(
        (head.status, head.body.len(), head.headers),
        (200, 0, get.headers)
    );
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let answer = site.send(method, "/", &[]).await;
        assert_eq!((answer.status, answer.header(ALLOW)), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn a_large_file_follows_as_it_is_read_in_whole_and_in_parts() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let site = Site::of(&[]);
    site.put("video.mp4", &large);
    let whole = site.get("/video.mp4").await;
    assert_eq!((whole.status, whole.header(CONTENT_LENGTH)), (200, "3000000"));
    assert!(whole.body == large);
    let tag = whole.header(ETAG).to_owned();
    let part = site
        .ask("/video.mp4", &[(RANGE, "bytes=262140-2621399"), (IF_RANGE, &tag)])
        .await;
    assert_eq!(
        (part.status, part.header(CONTENT_RANGE)),
        (206, "bytes 262140-2621399/3000000")
    );
    assert!(part.body == large[262_140..2_621_400]);
    let none = site.ask("/video.mp4", &[(RANGE, "bytes=3000000-")]).await;
    assert_eq!(
        (none.status, none.header(CONTENT_RANGE)),
        (416, "bytes */3000000")
    );
}

#[tokio::test]
async fn a_file_that_is_cut_short_meanwhile_breaks_off() {
    let site = Site::of(&[]);
    site.put("video.mp4", &vec![7; 2_000_000]);
    let target: Uri = "/video.mp4".parse().expect("a target");
    let answer = site
        .directory
        .answer(&Method::GET, &target, &HeaderMap::new())
        .await;
    fs::write(site.root().join("video.mp4"), "short").expect("a file");
    assert!(answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn siblings_that_are_coded_stand_for_their_file() {
    let site = Site::of(&[
        ("app.js", "plain"),
        ("app.js.br", "brotli"),
        ("app.js.gz", "gzip"),
        ("old.css", "plain"),
        ("old.css.gz", "gzip"),
        ("bare.txt", "plain"),
    ]);
    let long_ago = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    let old = fs::File::options()
        .write(true)
        .open(site.root().join("old.css.gz"));
    old.and_then(|file| file.set_times(long_ago)).expect("times");
    let of = async |path: &str, accept: &str| {
        let answer = site.ask(path, &[(ACCEPT_ENCODING, accept)]).await;
        let text = answer.text().1.to_owned();
        (
            text,
            answer.header(CONTENT_ENCODING).to_owned(),
            answer.header(VARY).to_owned(),
        )
    };
    let is = |text: &str, coding: &str, vary: &str| (text.to_owned(), coding.to_owned(), vary.to_owned());
    assert_eq!(
        of("/app.js", "gzip, br").await,
        is("brotli", "br", "accept-encoding")
    );
    assert_eq!(of("/app.js", "gzip").await, is("gzip", "gzip", "accept-encoding"));
    assert_eq!(
        of("/app.js", "identity").await,
        is("plain", "", "accept-encoding")
    );
    // What was coded before the file changed is not the file.
    assert_eq!(of("/old.css", "gzip").await, is("plain", "", ""));
    assert_eq!(of("/bare.txt", "gzip, br").await, is("plain", "", ""));
    let plain = site.get("/app.js").await;
    let coded = site.ask("/app.js", &[(ACCEPT_ENCODING, "br")]).await;
    assert_eq!(plain.header(CONTENT_TYPE), coded.header(CONTENT_TYPE));
    assert_ne!(plain.header(ETAG), coded.header(ETAG));
}

#[tokio::test]
async fn the_sites_own_page_says_what_is_not_there() {
    let site = Site::of(&[("404.html", "lost?")]);
    for path in ["/none", "/.env", "/a//b"] {
        let answer = site.get(path).await;
        assert_eq!(answer.text(), (404, "lost?"), "{path}");
        assert_eq!(answer.header(CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!((answer.header(ETAG), answer.header(LAST_MODIFIED)), ("", ""));
    }
}
