//! `/api/export`: events, leads, votes, results of polls and the funnel as CSV and NDJSON.

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
use crate::model::event::{EventFilter, Pattern};
use crate::model::funnel::{Dimension, FunnelQuery, Level};
use crate::model::ids::EventType;
use crate::model::poll::VoteFilter;
use crate::model::time::Millis;
use crate::store::Standing;
use crate::web::ApiError;
use crate::web::answer::{Named, Query};
use crate::web::auth::Reader;

/// The type of events that are leads.
const LEAD: &str = "LEAD_CAPTURE";
/// What of the funnel is given where no range is named, in milliseconds: 30 days.
const FUNNEL_MS: i64 = 30 * 86_400_000;

/// What can be exported.
pub(super) const EXPORTS: [&str; 5] = ["events", "leads", "votes", "results", "funnel"];

/// `GET /api/export/{events|leads|votes|results|funnel}?format=csv|ndjson&from=&to=`, of events `&type=`, of votes and results `&poll=`, of the
/// funnel `&every=&by=`.
pub(super) async fn export(
    State(data): State<Data>,
    _: Reader,
    Named(name): Named,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let format = query.choice("format", &Format::ALL, Format::as_str)?;
    let format = format.unwrap_or(Format::Csv);
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
    put(CONTENT_TYPE, format.media_type());
    put(
        CONTENT_DISPOSITION,
        &format!("attachment; filename=\"{name}.{}\"", format.as_str()),
    );
    Ok(answer)
}

impl Data {
    fn what(&self, name: &str, query: &Query) -> Result<What, ApiError> {
        let zone = self.parts.launch.borrow().timezone.clone();
        let (from, to) = (query.instant("from", &zone)?, query.instant("to", &zone)?);
        let events = |kind: Option<&str>| {
            let kind = kind.map(EventType::parse).transpose();
            let kind = kind.map_err(|bad| ApiError::unprocessable("type", format!("`type` {bad}")))?;
            Ok::<_, ApiError>(EventFilter {
                kind: kind.map(|kind| Pattern::Exact(kind.as_str().to_owned())),
                from,
                to,
                ..EventFilter::default()
            })
        };
        match name {
            "events" => Ok(What::Events(events(query.get("type"))?, None)),
            "leads" => Ok(What::Leads(events(Some(LEAD))?, None)),
            "votes" => self.votes(query, (from, to)),
            "results" => Ok(What::Results(self.standings(query)?)),
            "funnel" => self.funnel(query, (from, to)),
            _ => Err(ApiError::not_found("export")),
        }
    }

    fn votes(&self, query: &Query, (from, to): (Option<Millis>, Option<Millis>)) -> Result<What, ApiError> {
        let polls = self.standings(query)?;
        let polls = polls.into_iter().map(|standing| standing.poll).collect();
        let filter = VoteFilter {
            from,
            to,
            ..VoteFilter::default()
        };
        Ok(What::Votes(polls, filter, None))
    }

    /// The poll that is asked for, or all of them.
    fn standings(&self, query: &Query) -> Result<Vec<Standing>, ApiError> {
        let store = &self.parts.store;
        match query.get("poll") {
            Some(id) => Ok(vec![
                store.standing(id).ok_or_else(|| ApiError::not_found("poll"))?,
            ]),
            None => Ok(store.standings()),
        }
    }

    fn funnel(&self, query: &Query, (from, to): (Option<Millis>, Option<Millis>)) -> Result<What, ApiError> {
        let every = query.choice("every", &Level::ALL, Level::as_str)?;
        let every = every.unwrap_or(Level::Hour);
        let by = query.choice("by", &Dimension::ALL, Dimension::as_str)?;
        let by = by.unwrap_or(Dimension::All);
        let to = to.unwrap_or_else(|| self.parts.clock.now().plus(1));
        let from = from.unwrap_or_else(|| to.plus(-FUNNEL_MS));
        // The window in which the range begins is one of it.
        let start = every.span(from, &self.parts.launch.borrow().timezone).starts;
        let range = start..to;
        Ok(What::Funnel(FunnelQuery { range, every, by }, None))
    }
}
