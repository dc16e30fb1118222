//! Which lanes there are, and by which plan each works.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio::time::Instant;

use super::pace::Pacer;
use super::plan::Plan;
use crate::model::ids::DestinationName;
use crate::model::lane::GroupName;

/// What a lane hears of its plan: another one, or none any more.
pub(super) type Orders = watch::Receiver<Option<Arc<Plan>>>;

type ByName = HashMap<DestinationName, watch::Sender<Option<Arc<Plan>>>>;

/// The pace of a group of destinations, which its lanes share.
pub(super) type SharedPacer = Arc<Mutex<Pacer>>;

/// The lanes; clones share them.
#[derive(Clone, Default)]
pub(super) struct Lanes(Arc<Inner>);

#[derive(Default)]
struct Inner {
    lanes: Mutex<ByName>,
    paces: Mutex<HashMap<GroupName, Weak<Mutex<Pacer>>>>,
}

impl Lanes {
    /// The plan in force for a destination; `None` where it is not configured.
    pub(super) fn plan(&self, name: &DestinationName) -> Option<Arc<Plan>> {
        self.lock().get(name).and_then(|lane| lane.borrow().clone())
    }

    /// Every plan in force, by name.
    pub(super) fn plans(&self) -> Vec<(DestinationName, Arc<Plan>)> {
        let lanes = self.lock();
        let planned = lanes.iter().filter_map(|(name, lane)| {
            let plan = lane.borrow().clone()?;
            Some((name.clone(), plan))
        });
        let mut plans: Vec<_> = planned.collect();
        plans.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        plans
    }

    /// Tells every lane its plan, and those that have none any more to end. Gives the orders of lanes that are new.
    pub(super) fn replace(&self, plans: Vec<(DestinationName, Arc<Plan>)>) -> Vec<(DestinationName, Orders)> {
        let mut lanes = self.lock();
        for (name, lane) in lanes.iter() {
            if !plans.iter().any(|(planned, _)| planned == name) {
                lane.send_replace(None);
            }
        }
        let mut new = Vec::new();
        for (name, plan) in plans {
            match lanes.get(&name) {
                Some(lane) => drop(lane.send_replace(Some(plan))),
                None => {
                    let (lane, orders) = watch::channel(Some(plan));
                    lanes.insert(name.clone(), lane);
                    new.push((name, orders));
                }
            }
        }
        new
    }

    /// Takes a lane out that was told to end; false where it has been given a plan since.
    pub(super) fn end(&self, name: &DestinationName) -> bool {
        let mut lanes = self.lock();
        let wanted = lanes.get(name).is_some_and(|lane| lane.borrow().is_some());
        if !wanted {
            lanes.remove(name);
        }
        !wanted
    }

    /// The pace of the plan's group: that of its other lanes, or a new one.
    pub(super) fn pacer(&self, plan: &Plan) -> SharedPacer {
        let mut paces = self.0.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.retain(|_, pacer| pacer.strong_count() > 0);
        let group = &plan.rules.group;
        if let Some(shared) = paces.get(group).and_then(Weak::upgrade) {
            return shared;
        }
        let pacer = Pacer::new(plan.rate, plan.pace_jitter, Instant::now());
        let shared = Arc::new(Mutex::new(pacer));
        paces.insert(group.clone(), Arc::downgrade(&shared));
        shared
    }

    /// The map is whole whatever panicked beside it.
    fn lock(&self) -> MutexGuard<'_, ByName> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
