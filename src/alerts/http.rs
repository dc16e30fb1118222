//! Alerts as their owner sees them, and a message to find out whether they arrive.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alerts, Shown, words};
use crate::config::{self, AlertRules, Hours};
use crate::model::alert::{EVENT_TYPE, Rule, Stand, Terms, Unit};
use crate::model::event::Routed;
use crate::model::ids::{DestinationName, IdempotencyKey};
use crate::model::lane::breaker::BreakerState;
use crate::notice::{Notice, Unspeakable};
use crate::web::ApiError;
use crate::web::answer::{self, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::body::{self, BODY_DEADLINE};

/// The largest request for a test, in bytes.
const MAX_BODY: usize = 1_024;
/// How long a test may be on its way, in milliseconds: what arrives much later answers nobody's question.
const TEST_EXPIRES_MS: i64 = 600_000;

/// Every rule, and one entry more for each destination that breaks one.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertList")]
pub(super) struct List {
    items: Vec<Item>,
    next: Option<String>,
    /// Who is told.
    to: Vec<ToldItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertItem")]
pub(super) struct Item {
    /// The rule's name, and the destination's behind a colon where it is a rule of each.
    id: String,
    rule: &'static str,
    /// Whose it is, or whose value; `null`: of the whole.
    destination: Option<String>,
    /// The name whose certificate the value is of.
    certificate: Option<String>,
    #[schemars(extend("enum" = ["ok", "pending", "firing", "off"]))]
    state: &'static str,
    /// As of the last look. `null`: there is nothing to measure.
    value: Option<f64>,
    /// What values are: a share from 0 to 1, a count, seconds, MiB, or 1 for what is so and 0 for what is not.
    #[schemars(extend("enum" = ["share", "count", "seconds", "mib", "flag"]))]
    unit: &'static str,
    /// The bound, in the same unit.
    threshold: Option<f64>,
    /// As they are written in the configuration; from the launch until six hours after it, the closer ones that hold then.
    terms: String,
    /// The terms of other days, while closer ones hold.
    usual_terms: Option<String>,
    /// What is measured.
    what: String,
    /// Since when it is broken.
    since: Option<String>,
    /// When that was said last.
    told_at: Option<String>,
    /// When it was over last, if that was within the hour.
    resolved_at: Option<String>,
    /// The last message.
    event_id: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertReceiver")]
struct ToldItem {
    destination: String,
    /// What keeps messages from it now; `null`: nothing does.
    trouble: Option<String>,
}

/// `GET /api/alerts`
pub(super) async fn list(
    State(alerts): State<Alerts>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let now = alerts.parts.clock.now();
    let in_force = InForce::of(&alerts.parts.alerts.borrow(), alerts.parts.hours(now));
    let to = alerts.told().await?;
    let shown = alerts.board.shown().clone();
    let mut items = Vec::new();
    for rule in Rule::ALL {
        items.extend(items_of(*rule, &in_force, &shown));
    }
    let part = query.part(items, |item: &Item| &item.id)?;
    let list = List {
        items: part.items,
        next: part.next,
        to,
    };
    Ok(answer::json(StatusCode::OK, &list))
}

/// The entry of a rule; of one that each destination has, those that are not quiet, or one for all.
fn items_of(rule: Rule, in_force: &InForce, shown: &[Shown]) -> Vec<Item> {
    let Some(terms) = in_force.rules.of(rule) else {
        return vec![Item::off(rule)];
    };
    let usual = in_force.usual.of(rule).filter(|usual| *usual != terms);
    let mut items = items_by(rule, &terms, shown);
    for item in &mut items {
        item.usual_terms = usual.map(|usual| usual.written(rule));
    }
    items
}

fn items_by(rule: Rule, terms: &Terms, shown: &[Shown]) -> Vec<Item> {
    let of_rule = || shown.iter().filter(|one| one.key.rule == rule);
    let loud = of_rule().filter(|one| rule.is_of_each_destination() && one.state.stand != Stand::Quiet);
    let items: Vec<Item> = loud.map(|one| Item::of(one, terms)).collect();
    if !items.is_empty() {
        return items;
    }
    let whole = of_rule().find(|_| !rule.is_of_each_destination());
    vec![whole.map_or_else(|| Item::quiet(rule, terms), |one| Item::of(one, terms))]
}

/// The rules by which it is watched now, and on other days.
struct InForce {
    rules: AlertRules,
    usual: AlertRules,
}

impl InForce {
    fn of(alerts: &config::Alerts, hours: Hours) -> Self {
        Self {
            rules: alerts.in_force(hours),
            usual: alerts.rules.clone(),
        }
    }
}

const fn unit(rule: Rule) -> &'static str {
    match rule.unit() {
        Unit::Share => "share",
        Unit::Count => "count",
        Unit::Span => "seconds",
        Unit::Size => "mib",
        Unit::Flag => "flag",
    }
}

impl Item {
    fn quiet(rule: Rule, terms: &Terms) -> Self {
        Self {
            id: rule.as_str().to_owned(),
            rule: rule.as_str(),
            destination: None,
            certificate: None,
            state: Stand::Quiet.as_str(),
            value: None,
            unit: unit(rule),
            threshold: Some(terms.limit),
            terms: terms.written(rule),
            usual_terms: None,
            what: words::what(rule),
            since: None,
            told_at: None,
            resolved_at: None,
            event_id: None,
        }
    }

    fn off(rule: Rule) -> Self {
        Self {
            state: "off",
            threshold: None,
            terms: "off".to_owned(),
            ..Self::quiet(rule, &rule.terms())
        }
    }

    fn of(one: &Shown, terms: &Terms) -> Self {
        let told_at = match one.state.stand {
            Stand::Firing { told_at, .. } => Some(told_at),
            Stand::Quiet | Stand::Pending { .. } => None,
        };
        let name = one.destination.as_ref();
        let own = name.filter(|_| one.key.destination.is_some());
        let rule = one.key.rule.as_str();
        Self {
            id: own.map_or_else(|| rule.to_owned(), |name| format!("{rule}:{name}")),
            destination: name.map(ToString::to_string),
            certificate: one.certificate.clone(),
            state: one.state.stand.as_str(),
            value: one.value,
            since: one.state.stand.since().map(|at| at.to_string()),
            told_at: told_at.map(|at| at.to_string()),
            resolved_at: one.state.resolved_at.map(|at| at.to_string()),
            event_id: one.state.event.map(|id| id.to_string()),
            ..Self::quiet(one.key.rule, terms)
        }
    }
}

impl Alerts {
    /// Who is told, and what keeps messages from each.
    async fn told(&self) -> Result<Vec<ToldItem>, ApiError> {
        let store = &self.parts.store;
        let lanes = store.lanes().await?;
        let known = store.destinations();
        let item = |name: DestinationName| {
            let to = known.iter().find(|to| to.name == name);
            let lane = to.and_then(|to| lanes.iter().find(|lane| lane.destination == to.number));
            let everything = store
                .delivery_paused_since()
                .map(|_| "nothing is sent to anybody".to_owned());
            let paused = to.and_then(|to| to.paused.clone());
            let broken = lane.and_then(|lane| match &lane.breaker {
                BreakerState::Open(open) => Some(open.reason.clone()),
                BreakerState::Closed | BreakerState::HalfOpen { .. } => None,
            });
            ToldItem {
                destination: name.to_string(),
                trouble: paused.or(everything).or(broken),
            }
        };
        Ok(self.parts.notices.told().into_iter().map(item).collect())
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AlertTest")]
pub(super) struct Trial {
    /// One destination, whether alerts go to it or not; left out: all that are told.
    to: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertTested")]
pub(super) struct Tested {
    /// The message, whose deliveries say what came of it.
    event_id: String,
    to: Vec<String>,
}

/// `POST /api/alerts/test`
pub(super) async fn test(
    State(alerts): State<Alerts>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let bytes = body::read(request.into_body(), MAX_BODY, BODY_DEADLINE).await?;
    let asked: Trial = match bytes.is_empty() {
        true => Trial::default(),
        false => body::json(&bytes)?,
    };
    let parts = &alerts.parts;
    let to = match asked.to {
        None => parts.notices.told(),
        Some(name) => {
            let lanes = parts.store.lanes().await?;
            let configured = lanes
                .iter()
                .filter_map(|lane| parts.store.destination(lane.destination));
            let found = configured.map(|to| to.name).find(|to| to.as_str() == name);
            vec![found.ok_or_else(|| ApiError::not_found("destination"))?]
        }
    };
    let now = parts.clock.now();
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    let nonce = u64::from_le_bytes(random);
    let (text, details) = words::test(now);
    let notice = Notice {
        kind: EVENT_TYPE,
        key: IdempotencyKey::parse(&format!("alert:test:{nonce:016x}")).map_err(ApiError::internal)?,
        text,
        details,
        about: None,
        expires_at: Some(now.plus(TEST_EXPIRES_MS)),
    };
    let names = to.iter().map(ToString::to_string).collect();
    let event = parts
        .notices
        .event_to(notice, to)
        .map_err(|unspeakable: Unspeakable| ApiError::internal(unspeakable))?;
    let Routed { draft, routes } = event.ok_or_else(|| {
        ApiError::conflict("nobody is told of alerts: name destinations in [alerts] to, or one in `to`")
    })?;
    let id = draft.id;
    for recorded in parts.store.record_events(vec![draft], routes).await? {
        parts.notices.count(&recorded);
    }
    let tested = Tested {
        event_id: id.to_string(),
        to: names,
    };
    Ok(answer::json(StatusCode::ACCEPTED, &tested))
}
