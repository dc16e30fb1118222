//! The audit of events: the sources' record against the appliance's lists, the receiver's notes and the appliance's own
//! counts, over HTTP while it still runs.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::arrivals::Arrivals;
use super::roll::Roll;
use super::{Checks, SAMPLE};
use crate::demo::Cast;
use crate::demo::book::{self, Pages};
use crate::demo::client::Client;
use crate::demo::launch::events::{Place, To};
use crate::demo::sources::{self, Answers};
use crate::demo::stage::Stage;
use crate::demo::text::grouped;
use crate::model::event::{DeliveryId, EventId};
use crate::runtime::Tasks;

/// How many events are sent again at once.
const AT_ONCE: usize = 500;

#[derive(Deserialize)]
struct List {
    items: Vec<Item>,
    next: Option<String>,
}

/// An event, as it is listed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) idempotency_key: String,
    pub(super) scheduled_at: String,
}

#[derive(Deserialize)]
struct Destinations {
    items: Vec<Destination>,
}

#[derive(Deserialize)]
struct Destination {
    name: String,
    pending: u64,
    leased: u64,
    retrying: u64,
    dead: u64,
    delivered: u64,
}

#[derive(Deserialize)]
struct Story {
    deliveries: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    history: Vec<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    class: String,
}

impl Checks<'_> {
    /// Everything about events; `delivered_in` is how long the last of them took to arrive after sources had stopped.
    pub(super) async fn events(
        &mut self,
        stage: &Stage,
        cast: Cast<'_>,
        delivered_in: Option<Duration>,
    ) -> anyhow::Result<()> {
        let pages = cast.sources.book().pages();
        let tasks = Tasks::new();
        let mut ingest = Client::new(stage.public(), stage.ingest_key(), tasks.clone())?;
        let mut admin = Client::new(stage.admin(), stage.admin_key(), tasks)?;
        self.told(cast.sources.answers());
        self.sent_again(&mut ingest, &pages).await?;
        self.listed(&mut admin, pages.clone()).await?;
        self.in_time(delivered_in);
        self.arrived(&mut admin, cast, &pages).await?;
        self.counted(&mut admin, cast).await
    }

    /// What sources were told while they sent.
    fn told(&mut self, answers: &Answers) {
        let [duplicates, conflicts, wrong] =
            [&answers.duplicates, &answers.conflicts, &answers.wrong].map(|n| n.load(Relaxed));
        let figure = match wrong {
            0 => format!("{} and {}", grouped(duplicates), grouped(conflicts)),
            wrong => format!("{} wrong answers", grouped(wrong)),
        };
        let name = "repeated events were told so, and conflicts refused";
        self.check(name, &figure, wrong == 0);
    }

    /// Sends acknowledged events again: each must be known under its id.
    async fn sent_again(&mut self, client: &mut Client, pages: &Pages) -> anyhow::Result<()> {
        let all: Vec<_> = book::acknowledged(pages).collect();
        let step = all.len().div_ceil(SAMPLE).max(1);
        let (places, ids): (Vec<Place>, Vec<EventId>) = all
            .iter()
            .step_by(step)
            .map(|(place, told)| (*place, told.id))
            .unzip();
        let mut known = 0;
        for (places, ids) in places.chunks(AT_ONCE).zip(ids.chunks(AT_ONCE)) {
            let told = sources::resend(client, places).await?;
            known += told
                .iter()
                .zip(ids)
                .filter(|(told, id)| **told == Some(**id))
                .count();
        }
        self.check(
            "acknowledged events sent again are known by the first id",
            &format!("{} of {}", count(known), count(ids.len())),
            known == ids.len(),
        );
        Ok(())
    }

    /// Every event the appliance lists, against what was acknowledged.
    async fn listed(&mut self, client: &mut Client, pages: Pages) -> anyhow::Result<()> {
        let mut roll = Roll::new(pages);
        let mut path = "/api/events?limit=1000".to_owned();
        loop {
            let list: List = get(client, &path).await?;
            list.items.iter().for_each(|item| roll.see(item));
            match list.next {
                Some(next) => path = format!("/api/events?limit=1000&cursor={next}"),
                None => break,
            }
        }
        let found = roll.found();
        let listed = found.acknowledged.saturating_sub(found.lost);
        self.check(
            "every acknowledged event is listed once, as answered",
            &format!("{} of {}", grouped(listed), grouped(found.acknowledged)),
            found.lost + found.twice + found.altered == 0,
        );
        Ok(())
    }

    fn in_time(&mut self, delivered_in: Option<Duration>) {
        let figure = match delivered_in {
            Some(took) => format!("{:.1} s after the last", took.as_secs_f64()),
            None => "some still wait".to_owned(),
        };
        self.check("nothing waits any more", &figure, delivered_in.is_some());
    }

    /// What came to the receiver, against what was acknowledged.
    async fn arrived(&mut self, client: &mut Client, cast: Cast<'_>, pages: &Pages) -> anyhow::Result<()> {
        let found = {
            let log = cast.receiver.log();
            Arrivals::new(&log, pages)
        };
        let arrived = found.expected.saturating_sub(found.missing);
        self.check(
            "each has arrived wherever its route names",
            &format!("{} of {}", grouped(arrived), grouped(found.expected)),
            found.missing == 0,
        );
        self.check(
            "none arrived under a second id, or for another event",
            &grouped(found.second_id + found.altered),
            found.second_id + found.altered == 0,
        );
        self.check(
            "none arrived before its time",
            &format!("{} planned ahead", grouped(found.planned)),
            found.before_time == 0,
        );
        self.check(
            "none came back before a wait it was asked for had ended",
            &format!("{} waits", grouped(found.asked)),
            found.early == 0,
        );
        let unexplained = found.unexplained.len();
        let mut explained = 0;
        for (id, taken) in found.unexplained {
            explained += usize::from(unanswered(client, id).await? + 1 >= taken);
        }
        self.check(
            "taken twice only where the receiver's answer was cut off",
            &grouped(found.taken_again),
            explained == unexplained,
        );
        Ok(())
    }

    /// The appliance's own counts, against the receiver's.
    async fn counted(&mut self, client: &mut Client, cast: Cast<'_>) -> anyhow::Result<()> {
        let mut taken: HashMap<&str, u64> = To::ALL.iter().map(|to| (to.name(), 0)).collect();
        for arrival in cast.receiver.log().arrivals.values() {
            let count = taken.entry(arrival.to.name()).or_default();
            *count += u64::from(arrival.taken > 0);
        }
        let known: Destinations = get(client, "/api/destinations").await?;
        let agree = known.items.iter().all(|to| {
            let left = to.pending + to.leased + to.retrying + to.dead;
            left == 0 && taken.get(to.name.as_str()) == Some(&to.delivered)
        });
        let delivered = known.items.iter().map(|to| to.delivered).sum();
        self.check(
            "the appliance counts the same; none waits, none is dead",
            &format!("{} delivered", grouped(delivered)),
            agree && known.items.len() == taken.len(),
        );
        Ok(())
    }
}

/// How many attempts at a delivery got no answer, as the appliance tells it.
async fn unanswered(client: &mut Client, id: DeliveryId) -> anyhow::Result<u32> {
    let story: Story = get(client, &format!("/api/events/{}", id.event())).await?;
    let id = id.to_string();
    let mut deliveries = story.deliveries.iter();
    let history = deliveries.find(|told| told.id == id).map(|told| &told.history);
    let unanswered = history.into_iter().flatten().filter(|a| a.class == "network");
    Ok(u32::try_from(unanswered.count())?)
}

async fn get<T: DeserializeOwned>(client: &mut Client, path: &str) -> anyhow::Result<T> {
    let answer = client.send(Method::GET, path, "").await;
    let answer = answer.with_context(|| format!("no answer from {path}"))?;
    anyhow::ensure!(answer.status == 200, "{path} answers {}", answer.status);
    serde_json::from_slice(&answer.body).with_context(|| format!("{path} answers nonsense"))
}

fn count(number: usize) -> String {
    grouped(u64::try_from(number).unwrap_or(u64::MAX))
}
