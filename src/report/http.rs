//! `GET /api/roi` and `GET /api/report`.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use super::json::{Returns, Whole};
use super::{Report, html};
use crate::model::time::Millis;
use crate::model::time::day::{Day, End};
use crate::model::time::zone::Zone;
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::Reader;

/// From how many days a report is about the first on which there was anything, where nothing else is asked; today is one.
const DAYS_SHOWN: i32 = 30;

/// `GET /api/roi?from=&to=`
pub(super) async fn roi(
    State(report): State<Report>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let range = report.range(&query).await?;
    let ends = (range.start, range.end);
    let figures = report.figures(range).await?;
    let zone = report.parts.launch.borrow().timezone.name().to_owned();
    let funnel = report.parts.funnel.borrow().clone();
    let returns = Returns::of(&figures, (ends, &zone), &funnel);
    Ok(answer::json(StatusCode::OK, &returns))
}

/// `GET /api/report?from=&to=&format=html|json`
pub(super) async fn page(
    State(report): State<Report>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let range = report.range(&query).await?;
    let data = match query.get("format") {
        None | Some("html") => report.gather(range).await?,
        Some("json") => {
            return Ok(answer::json(
                StatusCode::OK,
                &Whole::of(&report.gather(range).await?),
            ));
        }
        Some(_) => return Err(ApiError::unprocessable("format", "`format` is `html` or `json`")),
    };
    let mut answer = Response::new(Body::from(html::page(&data)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = format!("{}; frame-ancestors 'none'", html::policy());
    let policy = HeaderValue::from_str(&policy).map_err(ApiError::internal)?;
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

impl Report {
    /// The range of `?from=&to=`: days of the launch's zone, the last one within it, or instants. Without `to` it ends now;
    /// without `from` it begins with the first of the last thirty days on which anything was counted or spent.
    async fn range(&self, query: &Query) -> Result<Range<Millis>, ApiError> {
        let zone = self.parts.launch.borrow().timezone.clone();
        let read = |end: End, name: &'static str| {
            let wrong =
                || ApiError::unprocessable(name, format!("`{name}` is a day, or an instant in RFC 3339"));
            let text = query.get(name);
            text.map(|text| end.parse(text, &zone).ok_or_else(wrong))
                .transpose()
        };
        let to = read(End::Last, "to")?.unwrap_or_else(|| self.parts.clock.now());
        let from = match read(End::First, "from")? {
            Some(from) => from,
            None => self.beginning(to, &zone).await?,
        };
        match from < to {
            true => Ok(from..to),
            false => Err(ApiError::unprocessable("from", "`from` is not before `to`")),
        }
    }

    /// The beginning of what there is to tell before `to`: of its own day, where there is nothing.
    async fn beginning(&self, to: Millis, zone: &Zone) -> Result<Millis, ApiError> {
        let last = Day::at(to.plus(-1), zone);
        let starts = |back: i32| Day::from_number(last?.number() - back)?.starts(zone);
        let earliest = starts(DAYS_SHOWN - 1).unwrap_or_default();
        let first = self.first_day(earliest..to).await?;
        Ok(first.or_else(|| starts(0)).unwrap_or_default())
    }
}
