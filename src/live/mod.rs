//! Live: "this topic has changed", for whoever watches it.
//!
//! A signal carries no data. A watcher that was slow sees one change where there were many, and then reads the newest
//! state from its source; so nothing queues and nothing is ever behind by more than one read. A topic exists while it
//! is watched; touching one that is not costs a look-up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::model::delivery::DestinationNumber;
use crate::model::ids::PollId;

/// What may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A poll's standing.
    Poll(PollId),
    /// What waits for a destination, or whether it is paused.
    Destination(DestinationNumber),
}

/// The topics; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Live {
    topics: Arc<RwLock<HashMap<Topic, watch::Sender<()>>>>,
}

/// Watches one topic.
#[derive(Debug)]
pub struct Watcher {
    changes: watch::Receiver<()>,
    topic: Topic,
    live: Live,
}

impl Live {
    /// Says that `topic` has changed.
    pub fn touch(&self, topic: &Topic) {
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(signal) = topics.get(topic) {
            signal.send_replace(());
        }
    }

    /// Watches `topic` from now on.
    #[must_use]
    pub fn watch(&self, topic: Topic) -> Watcher {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        let signal = topics
            .entry(topic.clone())
            .or_insert_with(|| watch::channel(()).0);
        Watcher {
            changes: signal.subscribe(),
            topic,
            live: self.clone(),
        }
    }
}

impl Watcher {
    /// Resolves when the topic has changed since the last time this resolved, or since watching began.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // The sender lives as long as its topic is watched, which it is by us.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut topics = self.live.topics.write().unwrap_or_else(PoisonError::into_inner);
        if topics
            .get(&self.topic)
            .is_some_and(|signal| signal.receiver_count() <= 1)
        {
            topics.remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_changes_are_one_and_a_topic_goes_with_its_last_watcher() {
        let live = Live::default();
        let topic = Topic::Destination(DestinationNumber(1));
        live.touch(&topic);
        let mut watcher = live.watch(topic.clone());
        let other = live.watch(topic.clone());
        live.touch(&topic);
        live.touch(&topic);
        live.touch(&Topic::Destination(DestinationNumber(2)));
        watcher.changed().await;
        assert!(futures_util::FutureExt::now_or_never(watcher.changed()).is_none());
        drop(other);
        assert_eq!(live.topics.read().unwrap().len(), 1);
        drop(watcher);
        assert!(live.topics.read().unwrap().is_empty());
    }
}
