//! `/api/launch`: the checklist, and what is said of its items.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Launch;
use super::scene::Scene;
use super::steps::{self, StepView};
use crate::config;
use crate::model::launch::kept::Kept;
use crate::model::launch::plan::{Ending, Step};
use crate::model::launch::{Item, ItemState, Known, Phase, Said, Ticked, Told};
use crate::model::time::Millis;
use crate::store::Fault;
use crate::web::ApiError;
use crate::web::answer::{self, Named};
use crate::web::auth::{Admin, Reader};
use crate::web::describe::OneOf;

/// The largest body of these requests, in bytes.
const MAX_BODY: usize = 4 * 1024;
/// What is said of the phase where it is not known when the launch is, and before the first.
const NO_LAUNCH: &str = "none";
const BEFORE: &str = "before";

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LaunchChecklist")]
pub(super) struct Checklist {
    /// `null`: it is not known when the launch is.
    at: Option<String>,
    /// What clocks of the launch's zone show then.
    at_local: Option<String>,
    timezone: String,
    now: String,
    #[schemars(extend("enum" = ["none", "before", "T-72h", "T-24h", "T-2h", "T+0h", "T+6h", "T+48h"]))]
    phase: &'static str,
    next_phase_at: Option<String>,
    /// Negative after it.
    seconds_to_launch: Option<i64>,
    /// The plan: what is done by itself, and what its owner does of it. Empty where it is not known when the launch is.
    steps: Vec<StepView>,
    items: Vec<ItemView>,
    history: Vec<Moment>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LaunchItem")]
pub(super) struct ItemView {
    #[schemars(with = "OneOf<Item>")]
    id: &'static str,
    #[schemars(with = "OneOf<Phase>")]
    phase: &'static str,
    starts_at: Option<String>,
    title: &'static str,
    #[schemars(extend("enum" = ["waiting", "due", "done", "failed"]))]
    state: &'static str,
    /// Whether it is seen, and not ticked by hand.
    derived: bool,
    detail: Option<String>,
    done_at: Option<String>,
    by: Option<String>,
    /// What its owner may do about it.
    action: Option<Action>,
}

/// A request to the API (`POST`), or a page of the dashboard to go to (`GET`).
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LaunchAction")]
struct Action {
    label: &'static str,
    #[schemars(extend("enum" = ["GET", "POST"]))]
    method: &'static str,
    path: &'static str,
    body: Value,
}

/// Something that happened.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LaunchMoment")]
struct Moment {
    at: String,
    text: String,
    #[schemars(with = "Option<OneOf<Item>>")]
    item: Option<&'static str>,
    by: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LaunchWord")]
pub(super) struct Word {
    #[schemars(extend("enum" = ["done", "open"]))]
    state: String,
}

impl Word {
    /// What a request says.
    pub(super) async fn read(request: Request) -> Result<Said, ApiError> {
        let word: Self = answer::read_json(request, MAX_BODY).await?;
        match word.state.as_str() {
            "done" => Ok(Said::Done),
            "open" => Ok(Said::Open),
            _ => Err(ApiError::unprocessable("state", "`state` is `done` or `open`")),
        }
    }
}

/// `GET /api/launch`
pub(super) async fn show(State(launch): State<Launch>, _: Reader) -> Result<Response<Body>, ApiError> {
    let view = View::of(&launch).await?;
    Ok(answer::json(StatusCode::OK, &view.checklist()))
}

/// `POST /api/launch/items/{item}`
pub(super) async fn tell(
    State(launch): State<Launch>,
    Admin(who): Admin,
    Named(name): Named,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let item = Item::parse(&name).ok_or_else(|| ApiError::not_found("item"))?;
    let said = Word::read(request).await?;
    if item.known() == Known::Seen {
        return Err(ApiError::conflict("whether it is so is seen, and not said"));
    }
    let at = launch.parts.launch.borrow().at;
    let store = &launch.parts.store;
    store.tell_launch_item(at, (item, said), who.to_string()).await?;
    let view = View::of(&launch).await?;
    Ok(answer::json(StatusCode::OK, &view.item(item)))
}

/// What there is to show.
struct View {
    launch: config::Launch,
    scene: Scene,
    ticked: Ticked,
    steps: Vec<(Step, Kept)>,
}

impl View {
    async fn of(launch: &Launch) -> Result<Self, Fault> {
        let config = launch.parts.launch.borrow().clone();
        let store = &launch.parts.store;
        let steps = match config.at {
            Some(at) => store.launch_steps(at).await?,
            None => Vec::new(),
        };
        Ok(Self {
            ticked: store.launch(config.at).await?,
            launch: config,
            scene: launch.look().await?,
            steps,
        })
    }

    fn checklist(&self) -> Checklist {
        let (at, now) = (self.launch.at, self.scene.now);
        let items = Item::ALL.iter().copied();
        Checklist {
            at: at.map(|at| at.to_string()),
            at_local: at.map(|at| self.launch.timezone.reading(at)),
            timezone: self.launch.timezone.name().to_owned(),
            now: now.to_string(),
            phase: at.map_or(NO_LAUNCH, |at| Phase::at(at, now).map_or(BEFORE, Phase::as_str)),
            next_phase_at: at.and_then(|at| Phase::next(at, now)).map(|at| at.to_string()),
            seconds_to_launch: at.map(|at| (at.0 - now.0) / 1_000),
            steps: steps::views(&self.launch, &self.steps, now),
            items: items
                .filter(|item| self.scene.has(*item))
                .map(|item| self.item(item))
                .collect(),
            history: self.history(),
        }
    }

    fn item(&self, item: Item) -> ItemView {
        let when = (self.launch.at, self.scene.now);
        let seen = self.scene.of(item);
        let tick = self.ticked.of(item);
        let state = match &seen {
            Some((sight, _)) => ItemState::seen(item, *sight, when),
            None => ItemState::told(item, tick, when),
        };
        ItemView {
            id: item.as_str(),
            phase: item.phase().as_str(),
            starts_at: self.launch.at.map(|at| item.phase().begins(at).to_string()),
            title: item.title(),
            state: state.as_str(),
            derived: item.known() == Known::Seen,
            detail: seen.map(|(_, words)| words).or_else(|| self.scene.beside(item)),
            done_at: tick.map(|tick| tick.at.to_string()),
            by: tick.map(|tick| tick.by.clone()),
            action: action(item),
        }
    }

    /// What happened, the last first.
    fn history(&self) -> Vec<Moment> {
        let now = self.scene.now;
        let past = |at: Option<Millis>| at.filter(|at| *at <= now);
        let seen = [
            (past(self.launch.at), "The launch began"),
            (past(self.scene.backup_at), "The newest backup was made"),
            (
                past(self.scene.warm.and_then(|warm| warm.warmed_at)),
                "Pages were warmed, as somebody asked",
            ),
        ];
        let seen = seen.into_iter().filter_map(|(at, text)| {
            let moment = Moment {
                at: at?.to_string(),
                text: text.to_owned(),
                item: None,
                by: None,
            };
            Some((at?, moment))
        });
        let done = self.steps.iter().filter_map(|(step, kept)| {
            let ending = kept.ending?;
            let moment = Moment {
                at: kept.at.to_string(),
                text: format!("{}: {}", ending_word(ending), step.title()),
                item: None,
                by: kept.tries.gt(&0).then(|| "the plan".to_owned()),
            };
            Some((kept.at, moment))
        });
        let told = self
            .ticked
            .story
            .iter()
            .map(|told| (told.tick.at, Moment::of(told)));
        let mut all: Vec<(Millis, Moment)> = told.chain(seen).chain(done).collect();
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        all.into_iter().map(|(_, moment)| moment).collect()
    }
}

impl Moment {
    fn of(told: &Told) -> Self {
        let word = match told.said {
            Said::Done => "Done",
            Said::Open => "Open again",
        };
        Self {
            at: told.tick.at.to_string(),
            text: format!("{word}: {}", told.item.title()),
            item: Some(told.item.as_str()),
            by: Some(told.tick.by.clone()),
        }
    }
}

const fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "Done",
        Ending::Failed => "Failed",
        Ending::Missed => "Missed",
        Ending::ByHand => "By hand",
    }
}

fn action(item: Item) -> Option<Action> {
    let go = |label, path| {
        Some(Action {
            label,
            method: "GET",
            path,
            body: Value::Null,
        })
    };
    let post = |label, path| {
        Some(Action {
            label,
            method: "POST",
            path,
            body: json!({}),
        })
    };
    match item {
        Item::Backup => post("Take a backup", "/api/backups"),
        Item::Warm | Item::WarmAgain => post("Warm now", "/api/pages/warm"),
        Item::Destinations | Item::Limits | Item::Refusals => go("Look at destinations", "/destinations"),
        Item::Queue => go("Look at what waits", "/events?status=PENDING"),
        Item::DeadLetters | Item::DeadLettersAfter => go("Work them off", "/dead-letters"),
        Item::HitRatio => go("Look at the site", "/site"),
        Item::Disk | Item::Memory | Item::Tokens => go("Look at the system", "/system"),
        Item::Figures | Item::Lessons => go("Look at the funnel", "/funnel"),
        Item::Compact => post("Compact", "/api/compact"),
        Item::Signatures => None,
    }
}
