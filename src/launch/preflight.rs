//! `GET /api/preflight`: go or no-go, and why.
//!
//! A check that cannot be made, or has nothing to look at, is said to be so and keeps nobody from launching.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::scene::{Scene, span};
use super::{Launch, Tried, certificate};
use crate::clock::is_kept;
use crate::config;
use crate::model::launch::{Item, Sight};
use crate::model::time::Millis;
use crate::store::Fault;
use crate::web::ApiError;
use crate::web::answer;
use crate::web::auth::Reader;

/// The answer of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PreflightVerdict")]
pub(super) enum Verdict {
    /// As it must be.
    Go,
    /// Not as it must be.
    NoGo,
    /// There is nothing to look at, or nobody can tell.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(rename = "PreflightCheck")]
pub(super) struct Check {
    /// `backup`, `destination-reached` and so on.
    pub(super) id: &'static str,
    /// Of what, where there are several: a destination, a source of webhooks, a name.
    pub(super) of: Option<String>,
    title: &'static str,
    pub(super) verdict: Verdict,
    /// What was seen.
    pub(super) detail: String,
}

impl Check {
    /// It in one line, for people: what must be so, and what was seen.
    pub(super) fn told(&self) -> String {
        let of = self.of.as_ref().map_or_else(String::new, |of| format!("{of}: "));
        format!("{of}{}: {}", self.title, self.detail)
    }
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Preflight")]
pub(super) struct Preflight {
    /// Whether no check says no-go.
    go: bool,
    at: String,
    /// When the launch is; `null`: that is not known.
    launch_at: Option<String>,
    pub(super) checks: Vec<Check>,
}

/// `GET /api/preflight`
pub(super) async fn show(State(launch): State<Launch>, _: Reader) -> Result<Response<Body>, ApiError> {
    Ok(answer::json(StatusCode::OK, &launch.preflight().await?))
}

impl Launch {
    /// Looks at all that a launch needs, once.
    pub(super) async fn preflight(&self) -> Result<Preflight, Fault> {
        let config = self.parts.launch.borrow().clone();
        let launch_at = config.at;
        let kept = tokio::task::spawn_blocking(is_kept);
        let reached = (self.parts.senses.reach)().await;
        let scene = self.look().await?;
        let mut checks = vec![planned(launch_at, scene.now)];
        let to_come = warm_to_come(&scene, &config);
        checks.extend(SEEN.iter().map(|(item, title)| match (item, &to_come) {
            (Item::Warm, Some(words)) => Check {
                verdict: Verdict::Go,
                detail: words.clone(),
                ..seen(&scene, *item, title)
            },
            _ => seen(&scene, *item, title),
        }));
        checks.extend(tried("destination-reached", "It takes connections", reached));
        checks.extend(scene.quotas.iter().map(|(name, quota)| {
            let left = (quota.remaining, quota.limit);
            of_quota(name, left, (quota.reset.1, scene.now))
        }));
        checks.extend(tried(
            "signature",
            "A signed sample is taken",
            (self.parts.senses.rehearse)(),
        ));
        let held = (self.parts.senses.certificates)().into_iter();
        let held = held.map(|of| {
            let holds = certificate::holds(&of, (launch_at, scene.now));
            (of.name, holds)
        });
        checks.extend(tried("certificate", "Its certificate holds", held.collect()));
        let hunted = (self.parts.senses.hunted)();
        checks.extend(tried(
            "producthunt",
            "Its post at Product Hunt can be read",
            hunted,
        ));
        checks.push(of_clock(kept.await.unwrap_or_default()));
        Ok(Preflight {
            go: checks.iter().all(|check| check.verdict != Verdict::NoGo),
            at: scene.now.to_string(),
            launch_at: launch_at.map(|at| at.to_string()),
            checks,
        })
    }
}

/// What is seen of the checklist that a launch cannot do without.
const SEEN: &[(Item, &str)] = &[
    (Item::Backup, "A backup of the last day is there"),
    (Item::Disk, "The disk has room"),
    (Item::Warm, "Pages are warm"),
    (
        Item::Destinations,
        "No destination is paused, or behind an open breaker",
    ),
    (Item::DeadLetters, "There are no dead letters"),
];

fn seen(scene: &Scene, item: Item, title: &'static str) -> Check {
    let (verdict, detail) = match scene.of(item) {
        Some((Sight::Holds, words)) => (Verdict::Go, words),
        Some((Sight::Fails, words)) if item == Item::Backup => {
            (Verdict::NoGo, format!("{words}; `gantry backup` makes one"))
        }
        Some((Sight::Fails, words)) => (Verdict::NoGo, words),
        None => (Verdict::Unknown, "there is nothing to look at".to_owned()),
    };
    Check {
        id: item.as_str(),
        of: None,
        title,
        verdict,
        detail,
    }
}

/// Of pages that are kept warm only from some time before the launch on, and it is not that time yet: how many, and when.
fn warm_to_come(scene: &Scene, config: &config::Launch) -> Option<String> {
    let wanted = scene.warm?.wanted?;
    let before = i64::try_from(config.warm_before.as_millis()).unwrap_or(i64::MAX);
    let left = config.at?.0.saturating_sub(before).saturating_sub(scene.now.0);
    (left > 0).then(|| format!("{wanted} are to be kept warm, beginning in {}", span(left)))
}

fn planned(launch: Option<Millis>, now: Millis) -> Check {
    let (verdict, detail) = match launch {
        None => (Verdict::Unknown, "it is not known when ([launch] at)".to_owned()),
        Some(at) if at > now => (Verdict::Go, format!("in {}", span(at.0 - now.0))),
        Some(at) => (Verdict::Go, format!("it began {} ago", span(now.0 - at.0))),
    };
    Check {
        id: "launch",
        of: None,
        title: "The launch is planned",
        verdict,
        detail,
    }
}

fn tried(id: &'static str, title: &'static str, tried: Tried) -> Vec<Check> {
    let check = |(of, result): (String, Result<String, String>)| {
        let (verdict, detail) = match result {
            Ok(detail) => (Verdict::Go, detail),
            Err(detail) => (Verdict::NoGo, detail),
        };
        Check {
            id,
            of: Some(of),
            title,
            verdict,
            detail,
        }
    };
    tried.into_iter().map(check).collect()
}

fn of_quota(name: &str, (left, limit): (i64, Option<u64>), (reset, now): (Millis, Millis)) -> Check {
    let of = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    let left = left.max(0);
    let (verdict, detail) = match reset > now {
        true => (
            if left > 0 { Verdict::Go } else { Verdict::NoGo },
            format!("{left}{of} are left for another {}", span(reset.0 - now.0)),
        ),
        false => (Verdict::Go, format!("a new one has begun{of}")),
    };
    Check {
        id: "quota",
        of: Some(name.to_owned()),
        title: "Its quota is not used up",
        verdict,
        detail,
    }
}

fn of_clock(kept: Option<bool>) -> Check {
    let (verdict, detail) = match kept {
        Some(true) => (Verdict::Go, "NTP keeps it"),
        Some(false) => (Verdict::NoGo, "nobody keeps it: let NTP do so"),
        None => (Verdict::Unknown, "this system does not tell whether NTP keeps it"),
    };
    Check {
        id: "clock",
        of: None,
        title: "The clock is kept",
        verdict,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_796_112_060_000);

    #[test]
    fn a_quota_is_no_go_while_nothing_of_it_is_left() {
        let verdict = |left, reset| of_quota("x", (left, Some(50)), (NOW.plus(reset), NOW)).verdict;
        assert_eq!(verdict(1, 60_000), Verdict::Go);
        assert_eq!(verdict(0, 60_000), Verdict::NoGo);
        assert_eq!(verdict(-3, 60_000), Verdict::NoGo);
        assert_eq!(verdict(0, 0), Verdict::Go, "a new one has begun");
        let check = of_quota("x", (12, Some(50)), (NOW.plus(600_000), NOW));
        assert_eq!(check.detail, "12 of 50 are left for another 10 min");
    }

    #[test]
    fn what_cannot_be_told_keeps_nobody_from_launching() {
        assert_eq!(of_clock(None).verdict, Verdict::Unknown);
        assert_eq!(of_clock(Some(false)).verdict, Verdict::NoGo);
        assert_eq!(planned(None, NOW).verdict, Verdict::Unknown);
        assert_eq!(planned(Some(NOW.plus(7_200_000)), NOW).detail, "in 2 h");
    }
}
