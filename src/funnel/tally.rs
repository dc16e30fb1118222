//! The tally: visits as they come, gathered in memory until their window is over.
//!
//! Each thread counts into a shard of its own, so that none waits for another. What a user agent is, and where a request with
//! this path, query and referrer came from, is remembered by hashes nobody outside can aim at: a repeat costs a look-up.
//! Everything is bounded: what is remembered begins afresh when it is full, labels of a window beyond [`LABELS_GATHERED`]
//! count as other unless their day tells them apart already, and so many visitors of a window are attributed later.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::model::funnel::{
    Apart, Goal, Label, Level, Origin, Span, TOUCHES_MOST, Touch, Touches, Visitor, Window,
};
use crate::model::ids::GoalName;
use crate::model::time::Millis;
use crate::model::time::zone::Zone;

use super::agents;
use super::dropped::{Agent, Dropped, Passed};
use super::origin::Said;

/// How many shards: more than there are threads on the machines this is for.
const SHARDS: usize = 16;
/// The most user agents, and the most kinds of request, that a shard remembers: those that come again fit in easily.
const AGENTS_REMEMBERED: usize = 4_096;
const REQUESTS_REMEMBERED: usize = 2_048;
/// The most labels that a shard gathers in a window along each dimension.
pub(super) const LABELS_GATHERED: usize = 512;
/// The most windows that wait in a shard: two minutes in which the data file takes nothing. After that the last one grows.
const WINDOWS_WAITING: usize = 24;
/// The most (goal, visitor) that a shard knows to have been told of; the store knows all of them.
const REACHED_REMEMBERED: usize = 10_000;

/// What is counted at once.
pub(super) struct Tally {
    first: Mutex<Shard>,
    others: [Mutex<Shard>; SHARDS - 1],
    hashes: RandomState,
    /// What is on its way to the data file, where conversions still find it.
    leaving: Mutex<Vec<Gathered>>,
    /// Labels that today tells apart, along the dimensions of visits.
    known: RwLock<Arc<[HashSet<Label>; 5]>>,
    goals: RwLock<Arc<Vec<Goal>>>,
}

#[derive(Default)]
struct Shard {
    agents: HashMap<u64, Option<Apart>>,
    requests: HashMap<u64, Arc<Request>>,
    windows: Vec<Gathered>,
    dropped: Dropped,
    reached: HashSet<(GoalName, Visitor)>,
}

/// What there is to know of a request, whoever makes it.
struct Request {
    origin: Origin,
    goals: Vec<GoalName>,
}

/// What came in one window.
#[derive(Default)]
struct Gathered {
    starts: Millis,
    visits: u64,
    labels: [HashMap<Label, u64>; 5],
    apart: [u64; Apart::ALL.len()],
    touches: HashMap<Visitor, Touches>,
}

/// A visit.
pub(super) struct Visit<'a> {
    pub(super) at: Millis,
    pub(super) visitor: Option<Visitor>,
    pub(super) said: Said<'a>,
}

/// A goal that a visit has reached by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) goal: GoalName,
    /// `None`: they want not to be remembered.
    pub(super) visitor: Option<Visitor>,
    pub(super) touches: Touches,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            first: Mutex::default(),
            others: Default::default(),
            hashes: RandomState::new(),
            leaving: Mutex::default(),
            known: RwLock::default(),
            goals: RwLock::default(),
        }
    }
}

impl Tally {
    /// Puts other goals in force.
    pub(super) fn put_goals(&self, goals: Vec<Goal>) {
        *self.goals.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(goals);
        for shard in self.shards() {
            locked(shard).requests.clear();
        }
    }

    /// The goals in force.
    pub(super) fn goals(&self) -> Arc<Vec<Goal>> {
        self.goals.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says which labels today tells apart.
    pub(super) fn put_known(&self, known: [Vec<Label>; 5]) {
        let known = known.map(|labels| labels.into_iter().collect());
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// What a user agent says of whoever sent it.
    pub(super) fn agent(&self, agent: &[u8]) -> Option<Apart> {
        let hash = self.hashes.hash_one(agent);
        let shard = self.shard();
        if let Some(known) = locked(shard).agents.get(&hash) {
            return *known;
        }
        let said = agents::apart(agent);
        let mut shard = locked(shard);
        make_room(&mut shard.agents, AGENTS_REMEMBERED);
        shard.agents.insert(hash, said);
        said
    }

    /// Counts a request for a page that is no visit.
    pub(super) fn count_apart(&self, passed: &Passed<'_>) {
        let hash = self.hashes.hash_one(passed.agent);
        let mut shard = locked(self.shard());
        let gathered = gathered(&mut shard.windows, passed.at);
        let counts = gathered.into_iter().flat_map(|gathered| &mut gathered.apart);
        for (reason, count) in Apart::ALL.into_iter().zip(counts) {
            *count += u64::from(reason == passed.reason);
        }
        shard.dropped.count(hash, passed);
    }

    /// At most so many of the user agents whose requests were no visits, those that came most first.
    pub(super) fn dropped(&self, limit: usize) -> Vec<Agent> {
        let mut all = Dropped::default();
        for shard in self.shards() {
            all.add(&locked(shard).dropped);
        }
        all.most(limit)
    }

    /// Counts a visit: the goals that it reaches by its path.
    pub(super) fn count(&self, visit: &Visit<'_>) -> Vec<Reached> {
        let shard = self.shard();
        let request = self.request(shard, &visit.said);
        let mut shard = locked(shard);
        let shard = &mut *shard;
        let Some(gathered) = gathered(&mut shard.windows, visit.at) else {
            return Vec::new();
        };
        gathered.count(&request.origin, &self.known);
        if let Some(visitor) = visit.visitor {
            gathered.touch(visitor, visit.at, &request.origin);
        }
        if request.goals.is_empty() {
            return Vec::new();
        }
        let touch = || Touch {
            at: visit.at,
            origin: request.origin.clone(),
        };
        let seen = visit.visitor.and_then(|visitor| gathered.touches.get(&visitor));
        let touches = seen.cloned().unwrap_or_else(|| Touches::of(touch()));
        let mut reached = Vec::new();
        for goal in &request.goals {
            if let Some(visitor) = visit.visitor {
                if shard.reached.len() >= REACHED_REMEMBERED {
                    shard.reached.clear();
                }
                if !shard.reached.insert((goal.clone(), visitor)) {
                    continue;
                }
            }
            reached.push(Reached {
                goal: goal.clone(),
                visitor: visit.visitor,
                touches: touches.clone(),
            });
        }
        reached
    }

    /// The touches of a visitor that are not written yet.
    pub(super) fn touches(&self, visitor: Visitor) -> Option<Touches> {
        let here = |gathered: &Gathered| gathered.touches.get(&visitor).cloned();
        // Those that leave are looked through last: what leaves meanwhile is found there.
        let waiting = self.shards().flat_map(|shard| {
            let shard = locked(shard);
            shard.windows.iter().filter_map(here).collect::<Vec<_>>()
        });
        let waiting = waiting.reduce(Touches::and);
        let leaving = locked(&self.leaving).iter().filter_map(here).reduce(Touches::and);
        match (waiting, leaving) {
            (Some(waiting), Some(leaving)) => Some(leaving.and(waiting)),
            (waiting, leaving) => waiting.or(leaving),
        }
    }

    /// Takes the oldest window that ends by `now`; it is still found by [`Tally::touches`] until [`Tally::gone`].
    pub(super) fn take(&self, now: Millis) -> Option<Window> {
        // Held throughout, so that nobody looks for a visitor's touches while they are in neither place.
        let mut leaving = locked(&self.leaving);
        if leaving.is_empty() {
            let over = |gathered: &Gathered| span(gathered.starts).ends <= now;
            let starts = self.shards().filter_map(|shard| {
                let shard = locked(shard);
                shard
                    .windows
                    .iter()
                    .filter(|gathered| over(gathered))
                    .map(|gathered| gathered.starts)
                    .min()
            });
            let first = starts.min()?;
            for shard in self.shards() {
                let windows = &mut locked(shard).windows;
                if let Some(at) = windows.iter().position(|gathered| gathered.starts == first) {
                    leaving.push(windows.swap_remove(at));
                }
            }
        }
        Some(together(&leaving))
    }

    /// What was taken last is in the data file.
    pub(super) fn gone(&self) {
        locked(&self.leaving).clear();
    }

    /// What there is to know of a request, remembered or found out.
    fn request(&self, shard: &Mutex<Shard>, said: &Said<'_>) -> Arc<Request> {
        let parts = (said.host, said.path, said.query, said.referrer, said.variant);
        let hash = self.hashes.hash_one(parts);
        if let Some(known) = locked(shard).requests.get(&hash) {
            return known.clone();
        }
        let goals = self.goals();
        let reached = goals.iter().filter(|goal| goal.is_reached_at(said.path));
        let request = Arc::new(Request {
            origin: said.origin(),
            goals: reached.map(|goal| goal.name.clone()).collect(),
        });
        let mut shard = locked(shard);
        make_room(&mut shard.requests, REQUESTS_REMEMBERED);
        shard.requests.insert(hash, request.clone());
        request
    }

    fn shards(&self) -> impl Iterator<Item = &Mutex<Shard>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// This thread's shard.
    fn shard(&self) -> &Mutex<Shard> {
        thread_local! {
            static MINE: Cell<Option<usize>> = const { Cell::new(None) };
        }
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let mine = MINE.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            MINE.set(Some(next));
            next
        });
        self.others.get(mine % SHARDS).unwrap_or(&self.first)
    }
}

impl Gathered {
    fn count(&mut self, origin: &Origin, known: &RwLock<Arc<[HashSet<Label>; 5]>>) {
        self.visits += 1;
        let labels = [
            &origin.source,
            &origin.campaign,
            &origin.referrer,
            &origin.path,
            &origin.variant,
        ];
        for (dimension, (counts, label)) in self.labels.iter_mut().zip(labels).enumerate() {
            if let Some(count) = counts.get_mut(label) {
                *count += 1;
                continue;
            }
            let has_room = || {
                let known = known.read().unwrap_or_else(PoisonError::into_inner);
                known.get(dimension).is_some_and(|known| known.contains(label))
            };
            let label = match counts.len() < LABELS_GATHERED || has_room() {
                true => label.clone(),
                false => Label::other(),
            };
            *counts.entry(label).or_default() += 1;
        }
    }

    fn touch(&mut self, visitor: Visitor, at: Millis, origin: &Origin) {
        let room = self.touches.len() < TOUCHES_MOST;
        match self.touches.get_mut(&visitor) {
            // Nothing that stands would change.
            Some(touches) if touches.first.at <= at && origin.is_direct() => {}
            Some(touches) if touches.first.at <= at && touches.last.origin == *origin => {
                touches.last.at = touches.last.at.max(at);
            }
            Some(touches) => {
                let touch = Touch {
                    at,
                    origin: origin.clone(),
                };
                *touches = touches.clone().with(touch);
            }
            None if room => {
                let touch = Touch {
                    at,
                    origin: origin.clone(),
                };
                self.touches.insert(visitor, Touches::of(touch));
            }
            None => {}
        }
    }
}

/// The window of `at` among those that wait; where too many do, the last of them.
fn gathered(windows: &mut Vec<Gathered>, at: Millis) -> Option<&mut Gathered> {
    let starts = span(at).starts;
    let known = windows.iter().position(|gathered| gathered.starts == starts);
    if known.is_none() && windows.len() < WINDOWS_WAITING {
        windows.push(Gathered {
            starts,
            ..Gathered::default()
        });
    }
    match known {
        Some(at) => windows.get_mut(at),
        None => windows.last_mut(),
    }
}

/// Five seconds, whatever the zone.
fn span(at: Millis) -> Span {
    Level::FiveSeconds.span(at, &Zone::default())
}

/// What the shards gathered of one window.
fn together(gathered: &[Gathered]) -> Window {
    let mut window = Window {
        at: gathered.first().map_or(Millis(0), |first| first.starts),
        visits: gathered.iter().map(|part| part.visits).sum(),
        ..Window::default()
    };
    for (dimension, labels) in window.labels.iter_mut().enumerate() {
        let mut counts: HashMap<&Label, u64> = HashMap::new();
        for (label, count) in gathered
            .iter()
            .filter_map(|part| part.labels.get(dimension))
            .flatten()
        {
            *counts.entry(label).or_default() += count;
        }
        labels.extend(counts.into_iter().map(|(label, count)| (label.clone(), count)));
        labels.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    }
    for (index, reason) in Apart::ALL.into_iter().enumerate() {
        let count: u64 = gathered.iter().filter_map(|part| part.apart.get(index)).sum();
        if count > 0 {
            window.apart.push((reason, count));
        }
    }
    let mut touches: HashMap<Visitor, Touches> = HashMap::new();
    for (visitor, seen) in gathered.iter().flat_map(|part| &part.touches) {
        let has_room = touches.len() < TOUCHES_MOST;
        match touches.get_mut(visitor) {
            Some(known) => *known = known.clone().and(seen.clone()),
            None if has_room => drop(touches.insert(*visitor, seen.clone())),
            None => {}
        }
    }
    window.touches.extend(touches);
    window.touches.sort_unstable_by_key(|(visitor, _)| *visitor);
    window
}

fn make_room<V>(map: &mut HashMap<u64, V>, most: usize) {
    if map.len() >= most {
        map.clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
