//! Senses: what the checklist and the preflight of a launch are told by other slices.

use std::sync::Arc;

use crate::delivery::Delivery;
use crate::launch::{Senses, Warm};
use crate::pages::Pages;
use crate::webhooks::Webhooks;

pub(super) fn of(pages: &Pages, delivery: &Delivery, webhooks: &Webhooks) -> Senses {
    let (pages, delivery, webhooks) = (pages.clone(), delivery.clone(), webhooks.clone());
    Senses {
        warmth: Arc::new(move || {
            let warmth = pages.warmth()?;
            Some(Warm {
                wanted: warmth.wanted,
                fresh: warmth.fresh,
                warmed_at: warmth.warmed_at,
            })
        }),
        reach: Arc::new(move || {
            let delivery = delivery.clone();
            Box::pin(async move {
                let reached = delivery.reach().await.into_iter();
                let told = reached.map(|(name, result)| {
                    let told = result.map(|took| format!("within {} ms", took.as_millis()));
                    (name.to_string(), told.map_err(|error| error.to_string()))
                });
                told.collect()
            })
        }),
        rehearse: Arc::new(move || {
            let rehearsed = webhooks.rehearse().into_iter();
            let told =
                rehearsed.map(|(source, result)| (source, result.map(|()| "it would be taken".to_owned())));
            told.collect()
        }),
    }
}
