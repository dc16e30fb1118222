//! `/api/export`: events, leads, votes and the funnel as CSV and NDJSON.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use super::Data;
use super::pages::{Pages, What};
use super::write::Format;
use crate::model::event::EventFilter;
use crate::model::funnel::{Dimension, FunnelQuery, Level};
use crate::model::ids::EventType;
use crate::model::poll::VoteFilter;
use crate::model::time::Millis;
use crate::model::time::zone::LocalTime;
use crate::web::ApiError;
use crate::web::answer::{Named, Query};
use crate::web::auth::Reader;

/// The type of events that are leads.
const LEAD: &str = "LEAD_CAPTURE";
/// What of the funnel is given where no range is named, in milliseconds: 30 days.
const FUNNEL_MS: i64 = 30 * 86_400_000;

/// `GET /api/export/{events|leads|votes|funnel}?format=csv|ndjson&from=&to=`, of events `&type=`, of votes `&poll=`, of the
/// funnel `&every=&by=`.
pub(super) async fn export(
    State(data): State<Data>,
    _: Reader,
    Named(name): Named,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let format = Format::parse(query.get("format").unwrap_or("csv"));
    let format = format.ok_or_else(|| one_of("format", &["csv", "ndjson"]))?;
    let what = data.what(&name, &query)?;
    let mut begun = String::new();
    format.heading(what.columns(), &mut begun);
    let mut pages = Pages {
        store: data.parts.store.clone(),
        what: Some(what),
        format,
    };
    begun.push_str(&pages.next().await?.unwrap_or_default());
    let first = stream::once(async { Ok(Bytes::from(begun)) });
    let rest = stream::try_unfold(pages, |mut pages| async {
        let next = pages.next().await.map_err(io::Error::other)?;
        Ok::<_, io::Error>(next.map(|rows| (Bytes::from(rows), pages)))
    });
    let mut answer = Response::new(Body::from_stream(first.chain(rest)));
    let mut put = |header: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(header, value);
        }
    };
    let ending = match format {
        Format::Csv => "csv",
        Format::Ndjson => "ndjson",
    };
    put(CONTENT_TYPE, format.media_type());
    put(
        CONTENT_DISPOSITION,
        &format!("attachment; filename=\"{name}.{ending}\""),
    );
    Ok(answer)
}

fn one_of(field: &'static str, names: &[&str]) -> ApiError {
    ApiError::unprocessable(field, format!("`{field}` is one of {}", names.join(", ")))
}

impl Data {
    fn what(&self, name: &str, query: &Query) -> Result<What, ApiError> {
        let (from, to) = (self.instant(query, "from")?, self.instant(query, "to")?);
        let events = |kind: Option<&str>| {
            let kind = kind.map(EventType::parse).transpose();
            let kind = kind.map_err(|bad| ApiError::unprocessable("type", format!("`type` {bad}")))?;
            Ok::<_, ApiError>(EventFilter {
                kind,
                from,
                to,
                ..EventFilter::default()
            })
        };
        match name {
            "events" => Ok(What::Events(events(query.get("type"))?, None)),
            "leads" => Ok(What::Leads(events(Some(LEAD))?, None)),
            "votes" => self.votes(query, (from, to)),
            "funnel" => self.funnel(query, (from, to)),
            _ => Err(ApiError::not_found("export")),
        }
    }

    fn votes(&self, query: &Query, (from, to): (Option<Millis>, Option<Millis>)) -> Result<What, ApiError> {
        let polls = match query.get("poll") {
            Some(id) => vec![
                self.parts
                    .store
                    .standing(id)
                    .ok_or_else(|| ApiError::not_found("poll"))?,
            ],
            None => self.parts.store.standings(),
        };
        let polls = polls.into_iter().map(|standing| standing.poll).collect();
        let filter = VoteFilter {
            from,
            to,
            ..VoteFilter::default()
        };
        Ok(What::Votes(polls, filter, None))
    }

    fn funnel(&self, query: &Query, (from, to): (Option<Millis>, Option<Millis>)) -> Result<What, ApiError> {
        let every = query.get("every").map_or(Some(Level::Hour), Level::parse);
        let every = every.ok_or_else(|| one_of("every", &Level::ALL.map(Level::as_str)))?;
        let by = query.get("by").map_or(Some(Dimension::All), Dimension::parse);
        let by = by.ok_or_else(|| one_of("by", &Dimension::ALL.map(Dimension::as_str)))?;
        let to = to.unwrap_or_else(|| self.parts.clock.now().plus(1));
        let from = from.unwrap_or_else(|| to.plus(-FUNNEL_MS));
        // The window in which the range begins is one of it.
        let start = every.span(from, &self.parts.launch.borrow().timezone).starts;
        let range = start..to;
        Ok(What::Funnel(FunnelQuery { range, every, by }, None))
    }

    /// RFC 3339, or a time or a date of the launch's zone.
    fn instant(&self, query: &Query, field: &'static str) -> Result<Option<Millis>, ApiError> {
        let Some(text) = query.get(field) else {
            return Ok(None);
        };
        let launch = self.parts.launch.borrow();
        let local = |text: &str| LocalTime::parse(text).and_then(|time| launch.timezone.instant(time));
        let instant = Millis::parse_rfc3339(text)
            .or_else(|| local(text))
            .or_else(|| local(&format!("{text}T00:00:00")));
        let why = || {
            let detail = format!("`{field}` must be RFC 3339, or a time or a date such as 2026-12-01");
            ApiError::unprocessable(field, detail)
        };
        instant.map(Some).ok_or_else(why)
    }
}
