//! What is stored, where it comes from, and by which rules.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::warm::JobItem;
use super::{Desk, Entry, OriginState, Stock};
use crate::config::{PageRule, PageVariant, Pages, Site};
use crate::model::page::PageRequest;
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::Reader;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageList")]
pub(super) struct View {
    /// `origin`, `root`, or `null` where no site is fronted.
    #[schemars(extend("enum" = ["origin", "root", null]))]
    site: Option<&'static str>,
    root: Option<String>,
    origins: Vec<OriginItem>,
    strict: bool,
    entries: u64,
    bytes: u64,
    capacity_bytes: u64,
    /// Since the process began, by how they were answered.
    #[schemars(with = "BTreeMap<String, u64>")]
    requests: Map<String, Value>,
    /// Of pages that were asked for, those that the store answered; `null` before the first.
    hit_ratio: Option<f64>,
    rules: Vec<RuleItem>,
    /// The warm-up under way, or the last.
    warm_up: Option<JobItem>,
    items: Vec<EntryItem>,
    next: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageOrigin")]
struct OriginItem {
    /// `null`: every host that is not named.
    host: Option<String>,
    url: String,
    /// `up`, `down`, or `unknown` until it is asked.
    #[schemars(extend("enum" = ["up", "down", "unknown"]))]
    state: &'static str,
    last_error: Option<String>,
}

/// A rule, in the words of the configuration.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageRule")]
struct RuleItem {
    path: String,
    ttl_seconds: f64,
    stale_while_revalidate_seconds: f64,
    stale_if_error_seconds: f64,
    downstream_ttl_seconds: f64,
    query: Vec<String>,
    variants: Vec<VariantItem>,
    warm: Vec<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PageVariant")]
struct VariantItem {
    cookie: String,
    values: Vec<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageItem")]
struct EntryItem {
    host: String,
    path: String,
    variant: Option<String>,
    status: u16,
    bytes: u64,
    age_seconds: u64,
    /// Negative: stale for so long.
    fresh_for_seconds: i64,
    hits: u64,
    tags: Vec<String>,
}

/// In which order pages are listed.
#[derive(Clone, Copy, Debug, Default, JsonSchema, PartialEq, Eq)]
#[schemars(inline, rename_all = "lowercase")]
pub(super) enum Sort {
    /// By host and path, page by page.
    #[default]
    Path,
    /// Those that were most often an answer first.
    Hits,
    /// Those that take most of the memory first.
    Bytes,
    /// The oldest first.
    Age,
}

impl Sort {
    const ALL: [Self; 4] = [Self::Path, Self::Hits, Self::Bytes, Self::Age];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Hits => "hits",
            Self::Bytes => "bytes",
            Self::Age => "age",
        }
    }

    /// What there is most of in the first.
    fn rank(self, entry: &Entry) -> u128 {
        match self {
            Self::Path => 0,
            Self::Hits => entry.hits.into(),
            Self::Bytes => entry.bytes.into(),
            Self::Age => entry.age.as_nanos(),
        }
    }
}

/// `GET /api/pages?limit=&cursor=&prefix=&sort=`: stored pages by host and path, with what holds for all of them; or the first
/// of another order, which changes too fast to be paged through.
pub(super) async fn list<S: Stock>(
    State(desk): State<Desk<S>>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let wanted = query.page(|cursor| Some(cursor.to_owned()))?;
    let prefix = query.get("prefix").unwrap_or_default();
    let mut entries = desk.stock.entries();
    entries.retain(|entry| entry.target.starts_with(prefix));
    let next = match query
        .choice("sort", &Sort::ALL, Sort::as_str)?
        .unwrap_or_default()
    {
        Sort::Path => page(&mut entries, &wanted),
        sort if wanted.after.is_none() => first(&mut entries, sort, wanted.limit),
        _ => {
            let detail = "only pages by path have a `cursor`";
            return Err(ApiError::unprocessable("cursor", detail));
        }
    };
    let pages = desk.pages.borrow().clone();
    let items = entries.into_iter().map(EntryItem::of).collect();
    Ok(answer::json(StatusCode::OK, &desk.view(&pages, items, next)))
}

/// Leaves one page of the order by path; where the next begins.
fn page(entries: &mut Vec<Entry>, wanted: &PageRequest<String>) -> Option<String> {
    entries.sort_by_cached_key(cursor);
    if let Some(after) = &wanted.after {
        entries.retain(|entry| cursor(entry) > *after);
    }
    let more = entries.len() > wanted.limit;
    entries.truncate(wanted.limit);
    entries.last().filter(|_| more).map(cursor)
}

/// Leaves the first of another order, where no page follows.
fn first(entries: &mut Vec<Entry>, sort: Sort, limit: usize) -> Option<String> {
    entries.sort_by(|one, other| {
        let rank = sort.rank(other).cmp(&sort.rank(one));
        rank.then_with(|| one.target.cmp(&other.target))
            .then_with(|| one.authority.cmp(&other.authority))
    });
    entries.truncate(limit);
    None
}

/// Where a page stands in the list, which is where the next begins after it.
fn cursor(entry: &Entry) -> String {
    let variant = entry.variant.as_deref().unwrap_or_default();
    format!("{} {} {variant}", entry.authority, entry.target)
}

impl<S: Stock> Desk<S> {
    fn view(&self, pages: &Pages, items: Vec<EntryItem>, next: Option<String>) -> View {
        let (entries, bytes) = self.stock.totals();
        let (hits, asked) = self.stock.hits();
        let root = match &pages.site {
            Some(Site::Root(root)) => Some(root.display().to_string()),
            Some(Site::Origins(_)) | None => None,
        };
        let requests = self.stock.requests().into_iter();
        View {
            site: pages.site.as_ref().map(|site| match site {
                Site::Origins(_) => "origin",
                Site::Root(_) => "root",
            }),
            root,
            origins: self.stock.origins().into_iter().map(OriginItem::of).collect(),
            strict: pages.strict,
            entries,
            bytes,
            capacity_bytes: pages.capacity_bytes(),
            requests: requests
                .map(|(status, number)| (status.to_owned(), number.into()))
                .collect(),
            hit_ratio: ratio(hits, asked),
            rules: pages.rules.iter().map(RuleItem::of).collect(),
            warm_up: self.warming.job().map(JobItem::of),
            items,
            next,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share for people; counts stay far below 2^53"
)]
fn ratio(hits: u64, asked: u64) -> Option<f64> {
    (asked > 0).then(|| hits as f64 / asked as f64)
}

impl RuleItem {
    fn of(rule: &PageRule) -> Self {
        let variant = |variant: &PageVariant| VariantItem {
            cookie: variant.cookie.clone(),
            values: variant.values.clone(),
        };
        Self {
            path: rule.path.to_string(),
            ttl_seconds: rule.ttl.as_secs_f64(),
            stale_while_revalidate_seconds: rule.stale_while_revalidate.as_secs_f64(),
            stale_if_error_seconds: rule.stale_if_error.as_secs_f64(),
            downstream_ttl_seconds: rule.downstream_ttl.as_secs_f64(),
            query: rule.query.clone(),
            variants: rule.variants.iter().map(variant).collect(),
            warm: rule.warm.clone(),
        }
    }
}

impl OriginItem {
    fn of(origin: OriginState) -> Self {
        let (state, last_error) = match origin.last {
            None => ("unknown", None),
            Some(Ok(())) => ("up", None),
            Some(Err(why)) => ("down", Some(why)),
        };
        Self {
            host: origin.host,
            url: origin.url,
            state,
            last_error,
        }
    }
}

impl EntryItem {
    fn of(entry: Entry) -> Self {
        let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self {
            host: entry.authority,
            path: entry.target,
            variant: entry.variant,
            status: entry.status,
            bytes: entry.bytes,
            age_seconds: entry.age.as_secs(),
            fresh_for_seconds: match entry.fresh_for {
                Ok(left) => seconds(left),
                // Stale for less than a second is stale.
                Err(over) => seconds(over).max(1).saturating_neg(),
            },
            hits: entry.hits,
            tags: entry.tags,
        }
    }
}
