//! A site of the pages' own files, built and served by Next.js: before Gantry by a rewrite, and behind it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::book::{self, Fate, root};
use crate::browser::{POLL, shows};
use crate::chromium::Chromium;
use crate::ground::{Ground, free_port, said};
use crate::support::http::Door;
use crate::support::{Appliance, ballot};

/// What the site has beside the pages' files.
const REST: [(&str, &str); 4] = [
    (
        "app/layout.jsx",
        "export default function Layout({ children }) { return <html lang=\"en\"><body>{children}</body></html>; }\n",
    ),
    (
        "app/launch/page.jsx",
        "import Link from \"next/link\";\n\
         export default function Page() { return <main>The launch <Link href=\"/launch/pricing\">Pricing</Link></main>; }\n",
    ),
    (
        "app/launch/pricing/page.jsx",
        "export default function Page() { return <main>The prices</main>; }\n",
    ),
    (
        "app/order/page.jsx",
        "import { order } from \"../actions\";\n\
         export default function Page() { return <form action={order}><input name=\"order\" /></form>; }\n",
    ),
];
/// However slow the machine is, it serves by then.
const BOUND: Duration = Duration::from_secs(60);

/// Next.js, serving; it ends with this.
struct Site {
    server: Child,
    door: Door,
}

/// Where `tests/run` has put Next.js, and the site is built.
fn home() -> PathBuf {
    let home = root().join("target/docs");
    assert!(
        home.join("node_modules/next").exists(),
        "tests/run fetches Next.js"
    );
    home
}

fn next(ground: &Ground) -> Command {
    let mut next = ground.command("node");
    next.arg("node_modules/next/dist/bin/next").current_dir(home());
    next.env("NEXT_TELEMETRY_DISABLED", "1");
    next
}

impl Site {
    /// Builds the site for this Gantry, and serves it on a port.
    async fn start(appliance: &Appliance, port: u16) -> Self {
        let ground = Ground::new();
        for part in ["app", "lib", ".next"] {
            drop(fs::remove_dir_all(home().join(part)));
        }
        let files = book::blocks(Fate::Next);
        let files = files.iter().map(|block| (block.file(), block.text.as_str()));
        for (name, text) in files.chain(REST) {
            let to = home().join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text).unwrap();
        }
        let mut build = next(&ground);
        said(
            &build
                .arg("build")
                .env("GANTRY_URL", appliance.public_url())
                .output()
                .unwrap(),
        );

        let key = json!({ "name": "site", "scope": "ingest" });
        let key = appliance.admin.post("/api/keys", &key).await.json();
        let mut serve = next(&ground);
        serve.args(["start", "-H", "127.0.0.1", "-p", &port.to_string()]);
        serve.env("GANTRY_URL", appliance.public_url());
        serve.env("GANTRY_KEY", key["key"].as_str().unwrap());
        serve
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .process_group(0);
        let site = Self {
            server: serve.spawn().unwrap(),
            door: Door::tcp(([127, 0, 0, 1], port).into()),
        };
        let until = Instant::now() + BOUND;
        while tokio::net::TcpStream::connect(site.door.address()).await.is_err() {
            assert!(Instant::now() < until, "Next.js does not serve");
            sleep(Duration::from_millis(50)).await;
        }
        site
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.server), Signal::TERM);
        let _ = self.server.wait();
    }
}

fn config(port: u16) -> String {
    format!(
        r#"
[server]
trusted_proxies = ["loopback"]

[limits]
vote = "1/min burst 2"
page = "off"

[pages]
origin = "http://127.0.0.1:{port}"

[[pages.rule]]
path = "/launch/*"
ttl = "60s"
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_in_next_js_stands_before_gantry_and_behind_it() {
    let port = free_port();
    let appliance = Appliance::build().config(&config(port)).start().await;
    appliance.open_poll("best-feature").await;
    let site = Site::start(&appliance, port).await;
    before(&appliance, &site.door).await;
    events(&appliance, &site.door).await;
    behind(&appliance).await;
    in_a_browser(&appliance, &site.door).await;
}

/// What the rewrite leads to Gantry.
async fn before(appliance: &Appliance, site: &Door) {
    let page = site.get("/").await;
    assert!(
        page.text().contains("<gantry-poll poll=\"best-feature\">"),
        "{}",
        page.text()
    );
    assert!(site.get("/gantry.js").await.text().contains("gantry-poll"));
    let mut stream = site
        .with("accept-encoding", "gzip")
        .stream("/api/polls/best-feature/stream")
        .await;
    assert!(
        !stream.headers.contains_key("content-encoding"),
        "{:?}",
        stream.headers
    );
    assert_eq!(stream.headers["x-accel-buffering"], "no");
    stream.until(|results| results["totalVotes"] == 0).await;

    // Two of each address, as the proxy before Next.js says it.
    let from = |address: &str| site.with("x-forwarded-for", address);
    for (number, (address, status)) in [
        ("192.0.2.1", 202),
        ("192.0.2.1", 202),
        ("192.0.2.1", 429),
        ("192.0.2.2", 202),
    ]
    .into_iter()
    .enumerate()
    {
        let vote = ballot("best-feature", "a", (&format!("u{number}"), "k-1"));
        let answer = from(address).post("/api/vote", &vote).await;
        assert_eq!(answer.status, status, "{number}: {}", answer.text());
    }
    stream.until(|results| results["totalVotes"] == 3).await;
    assert_eq!(appliance.total("best-feature").await, 3);
    assert_eq!(
        site.post("/api/convert", &json!({ "goal": "none" })).await.status,
        404
    );
    assert_eq!(site.post("/api/forms/none", &json!({})).await.status, 404);
    assert_eq!(site.post("/api/view", &json!({ "path": "/" })).await.status, 202);
}

/// Events of the route handler and of the server action, each sent twice.
async fn events(appliance: &Appliance, site: &Door) {
    for _ in 0..2 {
        let answer = site
            .post("/api/signup", &json!({ "email": " Ada@example.com" }))
            .await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    assert_eq!(
        site.post("/api/signup", &json!({ "email": "ada" })).await.status,
        422
    );
    let form = site.get("/order").await.text();
    let action = form.split("name=\"").find_map(|rest| {
        rest.split('"')
            .next()
            .filter(|name| name.starts_with("$ACTION_ID_"))
    });
    let action = action.unwrap_or_else(|| panic!("no action in {form}"));
    let fields = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{action}\"\r\n\r\n\r\n\
         --b\r\nContent-Disposition: form-data; name=\"order\"\r\n\r\n7\r\n--b--\r\n"
    );
    // Through Gantry, which passes on what is no read; Next.js takes it from pages of its own host alone.
    let through = appliance
        .public
        .with("content-type", "multipart/form-data; boundary=b")
        .with("origin", "http://gantry.test");
    for _ in 0..2 {
        let answer = through
            .send(Method::POST, "/order", Bytes::from(fields.clone()))
            .await;
        assert!(answer.status < 400, "{}: {}", answer.status, answer.text());
    }
    let events = appliance.admin.get("/api/events").await.json();
    let keys: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["idempotencyKey"])
        .collect();
    assert!(keys.len() == 2 && keys[0] == "order-7", "{events}");
    assert_eq!(
        keys[1].as_str().map(str::len),
        Some("signup-".len() + 32),
        "{events}"
    );
}

/// What Gantry keeps of the site, and what a link's script fetches of it.
async fn behind(appliance: &Appliance) {
    let site = appliance.public.with("host", "launch.example");
    let fetching = site.with("rsc", "1").with("next-url", "/");
    // A digest that does not fit leads to the one that does, and nobody else astray.
    let astray = fetching.get("/launch?_rsc=wrong").await;
    assert_eq!(astray.status, 307, "{}", astray.text());
    let right = astray.header("location").to_owned();
    for cache in ["MISS", "HIT"] {
        let page = site.get("/launch").await;
        assert!(
            page.status == 200 && page.text().contains("The launch"),
            "{}",
            page.text()
        );
        assert_eq!(page.header("x-cache"), cache);
        let fetched = fetching.get(&right).await;
        assert_eq!(
            (fetched.status, fetched.header("content-type")),
            (200, "text/x-component"),
            "{right}"
        );
        assert_eq!(fetched.header("x-cache"), cache);
    }
}

/// The poll on a page of the site, and a link that is followed without another page, behind Gantry.
async fn in_a_browser(appliance: &Appliance, site: &Door) {
    let chromium = Chromium::start().await;
    let browser = chromium.client();
    browser.goto(&site.url()).await.unwrap();
    shows(browser, POLL, "Which?").await;

    browser
        .goto(&format!("{}/launch", appliance.public_url()))
        .await
        .unwrap();
    shows(browser, "document.querySelector('a')", "Pricing").await;
    let follow = "window.stays = true; document.querySelector('a').click()";
    browser.execute(follow, vec![]).await.unwrap();
    shows(browser, "document.querySelector('main')", "The prices").await;
    let stays = browser
        .execute("return window.stays === true", vec![])
        .await
        .unwrap();
    assert_eq!(
        stays,
        json!(true),
        "the link was followed by the page's own script"
    );
    let kept = appliance.admin.get("/api/pages?limit=1000").await.json();
    let kept: Vec<_> = kept["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page["path"].as_str().unwrap())
        .collect();
    assert!(
        kept.iter().any(|path| path.starts_with("/launch/pricing?_rsc=")),
        "{kept:?}"
    );
}
