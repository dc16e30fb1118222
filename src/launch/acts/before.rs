//! Before the launch: the preflight, and pages that are warm.

use serde_json::json;

use crate::config;
use crate::launch::preflight::{Check, Verdict};
use crate::launch::words::{Came, Said, lines};
use crate::launch::{Launch, WarmedUp};
use crate::model::launch::plan::Step;
use crate::model::time::Millis;

pub(super) async fn preflight(
    launch: &Launch,
    step: Step,
    (config, at): (&config::Launch, Millis),
) -> Result<Came, String> {
    let preflight = launch.preflight().await.map_err(|fault| fault.to_string())?;
    let against: Vec<&Check> = preflight
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::NoGo)
        .collect();
    let (word, detail) = match against.len() {
        0 => ("GO", "go".to_owned()),
        1 => ("NO-GO", "no-go: one check says no".to_owned()),
        many => ("NO-GO", format!("no-go: {many} checks say no")),
    };
    let (when, zone) = (config.timezone.reading(at), config.timezone.name());
    let mut text = format!("{}: {word}. The launch is at {when} ({zone}).", step.title());
    lines(
        &mut text,
        against.iter().map(|check| format!("- {}", check.told())),
    );
    let told = against
        .iter()
        .map(|check| json!({ "id": check.id, "of": check.of, "detail": check.detail }));
    let said = Said::new(
        text,
        json!({ "go": against.is_empty(), "noGo": told.collect::<Vec<_>>() }),
    );
    Ok(Came {
        detail,
        said: Some(said),
    })
}

pub(super) async fn warm(launch: &Launch) -> Result<Came, String> {
    let warmed = (launch.parts.hands.warm)().await?;
    let Some(WarmedUp {
        wanted,
        stored,
        failed,
    }) = warmed
    else {
        return Ok(Came {
            detail: "there are no pages to be kept warm".to_owned(),
            said: None,
        });
    };
    if failed > 0 {
        return Err(format!("{failed} of {wanted} pages could not be fetched"));
    }
    let detail = match wanted.saturating_sub(stored) {
        0 => format!("{stored} of {wanted} pages are stored"),
        not => format!("{stored} of {wanted} pages are stored; {not} may not be, by what their origin says"),
    };
    let said = Said::new(
        format!("{}: {detail}.", Step::Warm.title()),
        json!({ "wanted": wanted, "stored": stored }),
    );
    Ok(Came {
        detail,
        said: Some(said),
    })
}
