//! The site in front as its owner meets it: what is stored, purged and warmed, from a directory.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Appliance;
use crate::support::http::{Answer, soon};

/// A directory of pages, and Gantry in front of it.
struct Front {
    appliance: Appliance,
    root: TempDir,
}

impl Front {
    async fn of(rules: &str) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        for (name, text) in [
            ("index.html", "<h1>home</h1>"),
            ("launch/index.html", "<h1>launch</h1>"),
            ("launch/pricing.html", "<h1>pricing</h1>"),
            ("about.html", "<h1>about</h1>"),
        ] {
            write(root.path(), name, text);
        }
        let config = format!("[pages]\nroot = {:?}\n{rules}", root.path());
        let appliance = Appliance::build().config(&config).start().await;
        Self { appliance, root }
    }

    async fn get(&self, path: &str) -> Answer {
        self.appliance.public.get(path).await
    }

    async fn cached(&self, path: &str) -> (String, String) {
        let answer = self.get(path).await;
        (answer.header("x-cache").to_owned(), answer.text())
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.appliance.admin.post(path, &body).await
    }

    async fn listed(&self) -> Value {
        self.appliance.admin.get("/api/pages").await.json()
    }

    /// Waits for a warm-up to end.
    async fn warmed(&self) -> Value {
        soon(async {
            loop {
                let job = self.appliance.admin.get("/api/pages/warm").await.json();
                if !job["endedAt"].is_null() {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, text).expect("a file");
}

/// Whom visitors of the tests ask for.
const HOST: &str = "gantry.test";
const RULE: &str = "[[pages.rule]]\npath = \"/*\"\nttl = \"1h\"\n";

#[tokio::test]
async fn a_directory_is_a_site_whose_pages_are_stored_by_their_rule() {
    let front = Front::of(RULE).await;
    let (first, text) = front.cached("/launch/?utm_source=x").await;
    assert_eq!((first.as_str(), text.as_str()), ("MISS", "<h1>launch</h1>"));
    assert_eq!(front.cached("/launch/?gclid=y").await.0, "HIT");
    assert_eq!(front.get("/launch").await.status, 301);
    assert_eq!(front.get("/.env").await.status, 404);
    assert_eq!(front.get("/%2e%2e/gantry.redb").await.status, 404);
}

#[tokio::test]
async fn what_is_stored_is_listed_with_its_rules_and_how_often_it_was_asked_for() {
    let front = Front::of(RULE).await;
    for path in ["/", "/", "/", "/about", "/launch/pricing"] {
        front.get(path).await;
    }
    let listed = front.listed().await;
    assert_eq!(listed["site"], "root");
    assert_eq!(
        (&listed["entries"], &listed["capacityBytes"]),
        (&json!(3), &json!(64 << 20))
    );
    assert_eq!(listed["hitRatio"], 0.4);
    assert_eq!(listed["rules"][0]["path"], "/*");
    assert_eq!(listed["rules"][0]["ttlSeconds"], 3_600.0);
    let items = listed["items"].as_array().expect("items");
    let paths: Vec<_> = items.iter().map(|item| (&item["path"], &item["hits"])).collect();
    let expected = [("/", 2), ("/about", 0), ("/launch/pricing", 0)];
    let expected = expected.map(|(path, hits)| (json!(path), json!(hits)));
    assert_eq!(paths, expected.each_ref().map(|(path, hits)| (path, hits)));
    assert_eq!(items[0]["host"], HOST);
    let first = front.appliance.admin.get("/api/pages?limit=2").await.json();
    let next = first["next"].as_str().expect("more").replace(' ', "%20");
    let rest = front
        .appliance
        .admin
        .get(&format!("/api/pages?cursor={next}"))
        .await
        .json();
    assert_eq!(
        (rest["items"].as_array().map(Vec::len), &rest["next"]),
        (Some(1), &Value::Null)
    );
    front.get("/about").await;
    for (sort, expected) in [
        ("path", ["/", "/about"]),
        ("hits", ["/", "/about"]),
        ("bytes", ["/launch/pricing", "/about"]),
        ("age", ["/", "/about"]),
    ] {
        let path = format!("/api/pages?limit=2&sort={sort}");
        let listed = front.appliance.admin.get(&path).await.json();
        let items = listed["items"].as_array().expect("items");
        let paths: Vec<_> = items.iter().filter_map(|item| item["path"].as_str()).collect();
        assert_eq!(paths, expected, "{sort}");
        assert_eq!(listed["next"].is_null(), sort != "path", "{sort}");
    }
    for (query, field) in [("sort=x", "sort"), ("sort=hits&cursor=a", "cursor")] {
        let refused = front.appliance.admin.get(&format!("/api/pages?{query}")).await;
        assert_eq!(refused.problem(422)["field"], field, "{query}");
    }
    let some = front
        .appliance
        .admin
        .get("/api/pages?prefix=/launch")
        .await
        .json();
    assert_eq!(some["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_purge_takes_out_what_it_names_and_a_soft_one_shows_it_until_another_is_there() {
    let front = Front::of(RULE).await;
    for path in ["/", "/about", "/launch/", "/launch/pricing"] {
        front.get(path).await;
    }
    write(front.root.path(), "about.html", "<h1>new</h1>");
    assert_eq!(front.cached("/about").await.1, "<h1>about</h1>");
    let purged = front
        .post("/api/pages/purge", json!({"path": "/about", "soft": true}))
        .await;
    assert_eq!(purged.json(), json!({"purged": 1, "soft": true}));
    assert_eq!(
        front.cached("/about").await,
        ("STALE".to_owned(), "<h1>about</h1>".to_owned())
    );
    soon(async {
        while front.cached("/about").await.1 != "<h1>new</h1>" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let purged = front
        .post("/api/pages/purge", json!({"prefix": "/launch/"}))
        .await;
    assert_eq!(purged.json()["purged"], 2);
    assert_eq!(front.cached("/launch/").await.0, "MISS");
    assert_eq!(front.cached("/").await.0, "HIT");
    let purged = front.post("/api/pages/purge", json!({"all": true})).await;
    assert_eq!(purged.json()["purged"], 3);
    assert_eq!(front.listed().await["entries"], 0);
    front.post("/api/pages/purge", json!({})).await.problem(422);
    front
        .post("/api/pages/purge", json!({"paths": ["/"]}))
        .await
        .problem(422);
}

#[tokio::test]
async fn pages_are_warmed_by_list_and_by_sitemap_and_nobody_has_visited_them() {
    let front = Front::of(RULE).await;
    let begun = front
        .post(
            "/api/pages/warm",
            json!({"paths": ["/", "/about", "/none"], "host": HOST}),
        )
        .await;
    assert_eq!(begun.status, 202);
    let job = front.warmed().await;
    // That a page is not there is kept as well, for a moment.
    assert_eq!(
        (&job["done"], &job["stored"], &job["failed"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert_eq!(front.cached("/").await.0, "HIT");
    assert_eq!(front.cached("/about").await.0, "HIT");
    let url = |path: &str| format!("<url><loc>http://{HOST}{path}</loc></url>");
    let text = format!("<urlset>{}{}</urlset>", url("/launch/"), url("/launch/pricing"));
    write(front.root.path(), "sitemap.xml", &text);
    front
        .post(
            "/api/pages/warm",
            json!({"sitemap": "/sitemap.xml", "host": HOST}),
        )
        .await;
    let job = front.warmed().await;
    assert_eq!((&job["total"], &job["stored"]), (&json!(3), &json!(2)), "{job}");
    assert_eq!(front.cached("/launch/pricing").await.0, "HIT");
    front
        .post("/api/pages/warm", json!({"paths": ["a"]}))
        .await
        .problem(422);
}

#[tokio::test]
async fn warm_paths_are_there_before_anybody_asks_for_them() {
    let rule = "warm_hosts = [\"shop.example\"]\n[[pages.rule]]\npath = \"/launch/*\"\nttl = \"1h\"\nwarm = [\"/launch/\"]\n";
    let front = Front::of(rule).await;
    let shop = front.appliance.public.with("host", "shop.example");
    soon(async {
        while front.listed().await["entries"] == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(shop.get("/launch/").await.header("x-cache"), "HIT");
}

#[tokio::test]
async fn the_desk_is_the_owners() {
    let front = Front::of(RULE).await;
    let stranger = &front.appliance.stranger;
    stranger.get("/api/pages").await.problem(401);
    stranger
        .post("/api/pages/purge", &json!({"all": true}))
        .await
        .problem(401);
    stranger.post("/api/pages/warm", &json!({})).await.problem(401);
    let visitor = front
        .appliance
        .public
        .post("/api/pages/purge", &json!({"all": true}))
        .await;
    assert!(visitor.status >= 400, "{:?}", visitor.status);
}

#[tokio::test]
async fn the_command_lists_warms_and_purges() {
    let front = Front::of(RULE).await;
    let says = |args: &[&str]| {
        let output = front.appliance.gantry(args);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text} {output:?}");
        text
    };
    let text = says(&["pages", "warm", "/", "/about", "--host", HOST]);
    assert!(text.contains("2 pages are stored"), "{text}");
    let text = says(&["pages"]);
    assert!(text.contains("2 stored") && text.contains("/about"), "{text}");
    let listed: Value = serde_json::from_str(&says(&["pages", "list", "--json"])).expect("JSON");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(says(&["pages", "purge", "/about"]).trim(), "1 page taken out");
    assert_eq!(
        says(&["pages", "purge", "--all", "--soft"]).trim(),
        "1 page marked stale"
    );
    let unasked = front.appliance.gantry(&["pages", "purge", "--all"]);
    assert_eq!(unasked.status.code(), Some(2), "nobody can be asked");
}
