//! Warm-ups that the owner asks for.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Desk, MAX_BODY, Stock};
use crate::config::Pages;
use crate::pages::sitemap;
use crate::pages::warm::{Busy, Errand, Job, WarmPage, hosts, with_variants};
use crate::web::ApiError;
use crate::web::answer::{self, read_json};
use crate::web::auth::{Admin, Reader};

/// The most paths of one request.
const PATHS_MOST: usize = 1_000;
/// The longest path or address, in bytes.
const PATH_BYTES: usize = 2_048;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WarmUpWanted")]
pub(super) struct Wanted {
    /// Paths, or whole addresses.
    paths: Option<Vec<String>>,
    /// The path of a sitemap, or its address.
    sitemap: Option<String>,
    host: Option<String>,
}

/// A job, as it is answered.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WarmUp")]
pub(super) struct JobItem {
    id: u64,
    begun_at: String,
    /// `null`: it goes on.
    ended_at: Option<String>,
    total: usize,
    done: usize,
    stored: usize,
    not_stored: usize,
    failed: usize,
    left_out: usize,
    troubles: Vec<Trouble>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WarmUpTrouble")]
struct Trouble {
    page: String,
    detail: String,
}

impl JobItem {
    pub(super) fn of(job: Job) -> Self {
        let troubles = job.troubles.into_iter();
        Self {
            id: job.id,
            begun_at: job.begun_at.to_string(),
            ended_at: job.ended_at.map(|at| at.to_string()),
            total: job.total,
            done: job.done,
            stored: job.stored,
            not_stored: job.not_stored,
            failed: job.failed,
            left_out: job.left_out,
            troubles: troubles.map(|(page, detail)| Trouble { page, detail }).collect(),
        }
    }
}

impl Wanted {
    /// What is to be fetched: what is named, or else what the rules keep warm.
    fn errands(&self, pages: &Pages, known: &[String]) -> Result<Vec<Errand>, ApiError> {
        let is_host = |host: &String| {
            host.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
        };
        if self
            .host
            .as_ref()
            .is_some_and(|host| host.is_empty() || !is_host(host))
        {
            return Err(ApiError::unprocessable(
                "host",
                "`host` is a name, such as shop.example",
            ));
        }
        let hosts: Vec<String> = self
            .host
            .as_ref()
            .map_or_else(|| known.to_vec(), |host| vec![host.clone()]);
        match (&self.paths, &self.sitemap) {
            (Some(_), Some(_)) => Err(ApiError::unprocessable(
                "sitemap",
                "say `paths` or `sitemap`, not both",
            )),
            (None, Some(sitemap)) => {
                let sitemaps = places("sitemap", sitemap, &hosts)?.into_iter();
                let page = |(authority, target)| WarmPage {
                    authority,
                    target,
                    cookie: None,
                };
                Ok(sitemaps.map(page).map(Errand::Sitemap).collect())
            }
            (Some(paths), None) if paths.len() > PATHS_MOST => {
                let why = format!("there are more than {PATHS_MOST} paths; a sitemap may list more");
                Err(ApiError::unprocessable("paths", why))
            }
            (paths, None) => {
                let warm = || {
                    pages
                        .rules
                        .iter()
                        .flat_map(|rule| rule.warm.iter().cloned())
                        .collect()
                };
                let mut errands = Vec::new();
                for path in paths.clone().unwrap_or_else(warm) {
                    for (authority, target) in places("paths", &path, &hosts)? {
                        let variants = with_variants(pages, &authority, &target);
                        errands.extend(variants.into_iter().map(Errand::Page));
                    }
                }
                Ok(errands)
            }
        }
    }
}

/// The hosts and the path of what is written as a path, or as a whole address.
fn places(field: &'static str, text: &str, hosts: &[String]) -> Result<Vec<(String, String)>, ApiError> {
    let sent = |byte: u8| byte.is_ascii_graphic();
    if text.len() > PATH_BYTES || !text.bytes().all(sent) || text.contains('#') {
        let why =
            format!("`{field}` has what no browser sends: write it as it stands in an address, up to 2 KiB");
        return Err(ApiError::unprocessable(field, why));
    }
    if text.starts_with('/') {
        if hosts.is_empty() {
            let why = "it is not known for which host: say `host`, or write warm_hosts below [pages]";
            return Err(ApiError::unprocessable("host", why));
        }
        let of_host = |host: &String| (host.clone(), text.to_owned());
        return Ok(hosts.iter().map(of_host).collect());
    }
    let place = sitemap::split(text);
    place.map(|place| vec![place]).ok_or_else(|| {
        let why =
            format!("`{field}` are paths such as /launch, or addresses such as https://shop.example/launch");
        ApiError::unprocessable(field, why)
    })
}

/// `POST /api/pages/warm`
pub(super) async fn begin<S: Stock>(
    State(desk): State<Desk<S>>,
    Admin(who): Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let wanted: Wanted = read_json(request, MAX_BODY).await?;
    let pages = desk.pages.borrow().clone();
    if pages.site.is_none() {
        return Err(ApiError::conflict("no site is fronted"));
    }
    let known = hosts(&pages, || desk.stock.hosts());
    let errands = wanted.errands(&pages, &known)?;
    let begun = desk.warming.begin(errands, desk.clock.now());
    let job = begun.map_err(|Busy| {
        ApiError::conflict("a warm-up is under way; GET /api/pages/warm says how far it is")
    })?;
    tracing::info!(warm.total = job.total, by = %who, "a warm-up has begun");
    Ok(answer::json(StatusCode::ACCEPTED, &JobItem::of(job)))
}

/// `GET /api/pages/warm`: the warm-up under way, or the last.
pub(super) async fn job<S: Stock>(
    State(desk): State<Desk<S>>,
    _: Reader,
) -> Result<Response<Body>, ApiError> {
    let job = desk.warming.job().ok_or_else(|| ApiError::not_found("warm-up"))?;
    Ok(answer::json(StatusCode::OK, &JobItem::of(job)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errands(wanted: &str, known: &[&str]) -> Result<Vec<String>, String> {
        let wanted: Wanted = serde_json::from_str(wanted).expect("a request");
        let known: Vec<String> = known.iter().map(|host| (*host).to_owned()).collect();
        let errands = wanted.errands(&Pages::default(), &known);
        let shown = |errand: Errand| match errand {
            Errand::Page(page) => format!("{}{}", page.authority, page.target),
            Errand::Sitemap(page) | Errand::ListedSitemap(page) => {
                format!("map {}{}", page.authority, page.target)
            }
        };
        errands
            .map(|errands| errands.into_iter().map(shown).collect())
            .map_err(|error| error.field().unwrap_or_default().to_owned())
    }

    #[test]
    fn paths_are_of_every_known_host_and_addresses_of_their_own() {
        let paths = r#"{"paths": ["/a?b=c", "https://shop.example:443/d"]}"#;
        let expected = ["x.example/a?b=c", "y.example/a?b=c", "shop.example/d"].map(str::to_owned);
        assert_eq!(errands(paths, &["x.example", "y.example"]), Ok(expected.into()));
        let map = r#"{"sitemap": "/sitemap.xml", "host": "z.example"}"#;
        assert_eq!(
            errands(map, &["x.example"]),
            Ok(vec!["map z.example/sitemap.xml".to_owned()])
        );
        assert_eq!(errands("{}", &[]), Ok(Vec::new()), "no rule keeps anything warm");
    }

    #[test]
    fn what_cannot_be_fetched_is_refused_by_its_field() {
        let refused = |wanted: &str, known: &[&str]| errands(wanted, known).expect_err(wanted);
        assert_eq!(refused(r#"{"paths": ["/a"]}"#, &[]), "host");
        assert_eq!(refused(r#"{"host": "a/b"}"#, &[]), "host");
        assert_eq!(refused(r#"{"paths": ["a"]}"#, &["x.example"]), "paths");
        assert_eq!(refused(r#"{"paths": ["/a b"]}"#, &["x.example"]), "paths");
        assert_eq!(refused(r#"{"paths": ["/a#b"]}"#, &["x.example"]), "paths");
        assert_eq!(refused(r#"{"sitemap": "ftp://a/b"}"#, &["x.example"]), "sitemap");
        assert_eq!(
            refused(r#"{"sitemap": "/a", "paths": []}"#, &["x.example"]),
            "sitemap"
        );
        let many = format!(r#"{{"paths": [{}]}}"#, vec!["\"/a\""; PATHS_MOST + 1].join(","));
        assert_eq!(refused(&many, &["x.example"]), "paths");
    }
}
