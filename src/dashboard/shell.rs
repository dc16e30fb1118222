//! The shell: one page for every path of the dashboard, and the files it is made of.
//!
//! Files are named by the build they belong to, so that a browser keeps them for good and never mixes two builds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::HeaderMap;
use rust_embed::RustEmbed;

use crate::web::asset::{self, Asset};
use crate::web::{ApiError, guard};

/// The paths of the dashboard's pages; what each shows is for its script to say.
pub(super) const PAGES: [&str; 13] = [
    "/",
    "/sign-in",
    "/launch",
    "/polls",
    "/polls/{poll}",
    "/events",
    "/events/{event}",
    "/dead-letters",
    "/destinations",
    "/destinations/{destination}",
    "/site",
    "/funnel",
    "/system",
];

const SHELL: &str = "index.html";
const ICON: &str = "icon.svg";
/// Stands in the shell where the build goes.
const BUILD: &str = "%BUILD%";

/// The shell names the files of its build: it is asked for each time.
const EACH_TIME: &str = "no-cache";
/// A build's files are never others.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "assets/dashboard/"]
struct Files;

/// The files, as they are sent.
pub(super) struct Built {
    build: String,
    shell: Asset,
    files: BTreeMap<String, Asset>,
}

impl Built {
    fn new() -> Self {
        let sources: BTreeMap<String, Cow<'static, [u8]>> = Files::iter()
            .filter_map(|name| Some((name.to_string(), Files::get(&name)?.data)))
            .collect();
        let whole: Vec<u8> = sources
            .iter()
            .flat_map(|(name, content)| name.bytes().chain(content.iter().copied()))
            .collect();
        let build = asset::digest(&whole);
        let shell = sources.get(SHELL).map(|page| String::from_utf8_lossy(page));
        let shell = shell.unwrap_or_default().replace(BUILD, &build);
        Self {
            build,
            shell: Asset::new(shell.into_bytes(), kind(SHELL)),
            files: sources
                .into_iter()
                .filter(|(name, _)| name != SHELL)
                .map(|(name, content)| {
                    let asset = Asset::new(content.into_owned(), kind(&name));
                    (name, asset)
                })
                .collect(),
        }
    }
}

/// The files. To compress them takes some tens of milliseconds, so that is not done where connections are served, and once:
/// ahead of whoever asks first.
pub(super) async fn built() -> Result<&'static Built, ApiError> {
    static BUILT: OnceLock<Built> = OnceLock::new();
    match BUILT.get() {
        Some(built) => Ok(built),
        None => tokio::task::spawn_blocking(|| BUILT.get_or_init(Built::new))
            .await
            .map_err(ApiError::internal),
    }
}

/// The media type by a name's ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// Any page of the dashboard.
pub(super) async fn page(headers: HeaderMap) -> Result<Response<Body>, ApiError> {
    let mut answer = built().await?.shell.answer(&headers, EACH_TIME);
    guard::page(answer.headers_mut());
    Ok(answer)
}

/// `GET /assets/{build}/{path}`. Of another build there is only what this one has: a tab that outlived an upgrade reloads.
pub(super) async fn asset(
    Path((build, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    let built = built().await?;
    let file = built
        .files
        .get(&path)
        .ok_or_else(|| ApiError::not_found("file"))?;
    let cached = if build == built.build { FOR_GOOD } else { EACH_TIME };
    Ok(file.answer(&headers, cached))
}

/// `GET /favicon.ico`
pub(super) async fn icon(headers: HeaderMap) -> Result<Response<Body>, ApiError> {
    let built = built().await?;
    let icon = built.files.get(ICON).ok_or_else(|| ApiError::not_found("file"))?;
    Ok(icon.answer(&headers, EACH_TIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser may fetch of the program before it shows a page, in bytes as they travel. With what a page asks of the API
    /// it is to stay below a hundred kilobytes.
    const FIRST_LOAD_MOST: usize = 75_000;

    /// The files that a script imports without being asked, by their names.
    fn imports(name: &str) -> Vec<String> {
        let file = Files::get(name).unwrap_or_else(|| panic!("{name} is not there"));
        let text = String::from_utf8(file.data.into_owned()).unwrap();
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let named = text.lines().filter_map(|line| {
            let (_, from) = line.split_once(" from \"")?;
            from.strip_suffix("\";")
        });
        named.map(|path| resolved(folder, path)).collect()
    }

    /// A path as it is from a folder.
    fn resolved(folder: &str, path: &str) -> String {
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        parts.join("/")
    }

    /// These scripts, and all that they import.
    fn reached(from: &[&str]) -> Vec<String> {
        let mut reached: Vec<String> = from.iter().map(|name| (*name).to_owned()).collect();
        let mut next = 0;
        while let Some(name) = reached.get(next).cloned() {
            next += 1;
            for import in imports(&name) {
                if !reached.contains(&import) {
                    reached.push(import);
                }
            }
        }
        reached
    }

    #[test]
    fn the_first_load_of_any_page_is_below_seventy_five_kilobytes_as_it_travels() {
        let built = Built::new();
        let all = Files::get("pages/all.js").unwrap();
        let all = String::from_utf8(all.data.into_owned()).unwrap();
        let pages = all.split("import(\"./").skip(1);
        let pages: Vec<&str> = pages.filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        assert_eq!(pages.len(), PAGES.len());
        for page in pages {
            let scripts = reached(&["app.js", &format!("pages/{page}")]);
            let others = ["theme.js", "app.css", ICON].map(str::to_owned);
            let files = scripts.iter().chain(&others);
            let sent: usize = files.map(|name| built.files[name].gzipped()).sum();
            let whole = sent + built.shell.gzipped();
            assert!(
                (10_000..=FIRST_LOAD_MOST).contains(&whole),
                "{page}: {whole} bytes of gzip"
            );
        }
    }

    #[test]
    fn the_shell_asks_ahead_for_every_script_that_the_boot_imports() {
        let shell = String::from_utf8(Built::new().shell.plain().to_vec()).unwrap();
        let reached = reached(&["app.js"]);
        assert!(reached.len() > 10, "{reached:?}");
        let preloaded: Vec<&str> = shell
            .lines()
            .filter_map(|line| {
                line.strip_prefix("<link rel=\"modulepreload\" href=\"/assets/")?
                    .strip_suffix("\">")
            })
            .filter_map(|path| Some(path.split_once('/')?.1))
            .collect();
        let mut imported: Vec<&str> = reached.iter().skip(1).map(String::as_str).collect();
        imported.sort_unstable();
        assert_eq!(preloaded, imported);
    }

    #[test]
    fn the_shell_names_files_of_its_build_and_they_are_there() {
        let built = Built::new();
        let shell = String::from_utf8(built.shell.plain().to_vec()).unwrap();
        let named: Vec<&str> = shell
            .split('"')
            .filter_map(|text| text.strip_prefix("/assets/"))
            .collect();
        assert!(!named.is_empty());
        for name in named {
            let (build, path) = name.split_once('/').unwrap();
            assert_eq!(build, built.build);
            assert!(built.files.contains_key(path), "{path} is not there");
        }
        assert!(!shell.contains("<script>") && !shell.contains("<style") && !shell.contains(" style="));
        assert!(!shell.contains("http://") && !shell.contains("https://"));
    }
}
