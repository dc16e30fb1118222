//! A poll's course: how many votes came when.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Polls;
use super::admin::instant;
use crate::model::poll::{Poll, PollOption};
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::{self, List, Named, Query};
use crate::web::auth::Reader;

const MINUTE_MS: i64 = 60_000;
/// How long windows may be, by name, in minutes.
pub(super) const EVERY: [(&str, i64); 5] = [("1m", 1), ("5m", 5), ("15m", 15), ("1h", 60), ("6h", 360)];
/// Where none is asked for, windows are so long that there are at most so many: as many points as a chart shows.
const SHOWN_MOST: i64 = 240;
/// The most windows of one answer.
const WINDOWS_MOST: i64 = 1_500;
/// The longest range, in minutes: sixty days, so that an answer reads 86,400 rows at most.
const MINUTES_MOST: i64 = 60 * 24 * 60;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PollTimeline")]
pub(super) struct Timeline<'p> {
    poll_id: &'p str,
    every: &'static str,
    from: String,
    to: String,
    options: Vec<&'p str>,
    /// Windows without votes are left out.
    items: Vec<Window<'p>>,
    next: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PollWindow")]
struct Window<'p> {
    start: String,
    total: u64,
    #[schemars(with = "BTreeMap<String, u64>")]
    votes: Votes<'p>,
}

/// By option, in the poll's order.
struct Votes<'p> {
    options: &'p [PollOption],
    counts: Vec<u64>,
}

impl Serialize for Votes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.options.len()))?;
        let counts = self.counts.iter().chain(std::iter::repeat(&0));
        for (option, count) in self.options.iter().zip(counts) {
            map.serialize_entry(option.id.as_str(), count)?;
        }
        map.end()
    }
}

/// `GET /api/polls/{poll}/timeline?every=&from=&to=`
pub(super) async fn show(
    State(polls): State<Polls>,
    _: Reader,
    Named(poll): Named,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let poll = polls.standing(&poll)?.poll;
    let asked = Asked::of(&query)?;
    let (from, to) = polls.course(&poll, &asked).await?;
    let (every, minutes) = asked.windows(from, to)?;
    let windows = polls.parts.store.timeline(poll.number, from..to, minutes).await?;
    let options = &poll.draft.options;
    let window = |(start, counts): (Millis, Vec<u64>)| Window {
        start: start.to_string(),
        total: counts.iter().sum(),
        votes: Votes { options, counts },
    };
    let windows = windows.into_iter().map(window).collect();
    let List { items, next } = query.part(windows, |window: &Window<'_>| &window.start)?;
    let timeline = Timeline {
        poll_id: poll.draft.id.as_str(),
        every,
        from: from.to_string(),
        to: to.to_string(),
        options: options.iter().map(|option| option.id.as_str()).collect(),
        items,
        next,
    };
    Ok(answer::json(StatusCode::OK, &timeline))
}

/// What was asked for.
struct Asked {
    every: Option<(&'static str, i64)>,
    from: Option<Millis>,
    to: Option<Millis>,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, ApiError> {
        let every = query.get("every").map(|text| {
            let names = EVERY.map(|(name, _)| name).join(", ");
            let known = EVERY.into_iter().find(|(name, _)| *name == text);
            known.ok_or_else(|| ApiError::unprocessable("every", format!("`every` is one of {names}")))
        });
        Ok(Self {
            every: every.transpose()?,
            from: instant("from", query.get("from"))?,
            to: instant("to", query.get("to"))?,
        })
    }

    /// How long windows are, by name and in minutes.
    fn windows(&self, from: Millis, to: Millis) -> Result<(&'static str, i64), ApiError> {
        let range = to.0.saturating_sub(from.0).saturating_add(MINUTE_MS - 1) / MINUTE_MS;
        if range <= 0 {
            return Err(ApiError::unprocessable("from", "`from` is not before `to`"));
        }
        if range > MINUTES_MOST {
            return Err(ApiError::unprocessable("from", "a range is sixty days at most"));
        }
        let fits = |(_, minutes): &(&str, i64)| range <= minutes * SHOWN_MOST;
        let [.., longest] = EVERY;
        let (name, minutes) = self
            .every
            .unwrap_or_else(|| EVERY.into_iter().find(fits).unwrap_or(longest));
        match range <= minutes * WINDOWS_MOST {
            true => Ok((name, minutes)),
            false => {
                let why = format!("there are more than {WINDOWS_MOST} such windows in the range");
                Err(ApiError::unprocessable("every", why))
            }
        }
    }
}

impl Polls {
    /// The range that is shown: what was asked for, or else from the first vote to the present, of a poll that has ended to the last.
    async fn course(&self, poll: &Poll, asked: &Asked) -> Result<(Millis, Millis), ApiError> {
        if let (Some(from), Some(to)) = (asked.from, asked.to) {
            return Ok((from, to));
        }
        let now = self.parts.clock.now();
        let votes = self.parts.store.vote_minutes(poll.number).await?;
        let last = votes.map(|(_, last)| last.plus(MINUTE_MS));
        let present = now.plus(1);
        let to = asked.to.unwrap_or_else(|| match poll.ended_at(now) {
            Some(_) => last.unwrap_or(present),
            None => present,
        });
        let first = votes.map_or(poll.created_at, |(first, _)| first).min(to.plus(-1));
        let earliest = to.plus(-MINUTES_MOST * MINUTE_MS);
        Ok((asked.from.unwrap_or_else(|| first.max(earliest)), to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(minutes: i64, every: Option<(&'static str, i64)>) -> Result<&'static str, String> {
        let asked = Asked {
            every,
            from: None,
            to: None,
        };
        let windows = asked.windows(Millis(0), Millis(minutes * MINUTE_MS));
        windows
            .map(|(name, _)| name)
            .map_err(|error| error.field().unwrap_or_default().to_owned())
    }

    #[test]
    fn windows_are_so_long_that_a_chart_can_show_them() {
        for (minutes, expected) in [
            (1, "1m"),
            (240, "1m"),
            (241, "5m"),
            (24 * 60, "15m"),
            (7 * 24 * 60, "1h"),
            (MINUTES_MOST, "6h"),
        ] {
            assert_eq!(windows(minutes, None), Ok(expected), "{minutes} minutes");
        }
    }

    #[test]
    fn what_is_too_much_for_one_answer_is_refused_by_its_field() {
        assert_eq!(windows(1_500, Some(("1m", 1))), Ok("1m"));
        assert_eq!(windows(1_501, Some(("1m", 1))), Err("every".to_owned()));
        assert_eq!(windows(MINUTES_MOST + 1, None), Err("from".to_owned()));
        assert_eq!(windows(0, None), Err("from".to_owned()));
    }
}
