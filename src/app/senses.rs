//! Senses: what slices are told by others: the checklist and the preflight of a launch, the status, and alerts.

use std::sync::Arc;

use crate::certificates::Certificates;
use crate::delivery::Delivery;
use crate::launch::{self, Senses, Warm};
use crate::pages::Pages;
use crate::webhooks::Webhooks;
use crate::{alerts, upkeep};

/// Those who know what a launch asks for.
pub(super) struct Known<'k> {
    pub(super) pages: &'k Pages,
    pub(super) delivery: &'k Delivery,
    pub(super) webhooks: &'k Webhooks,
    pub(super) certificates: &'k Certificates,
}

/// What a launch is told.
pub(super) fn of(known: Known<'_>) -> Senses {
    let (pages, delivery) = (known.pages.clone(), known.delivery.clone());
    let (webhooks, certificates) = (known.webhooks.clone(), known.certificates.clone());
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
        certificates: Arc::new(move || {
            let standings = certificates.standings().into_iter();
            let told = standings.map(|of| launch::Certificate {
                name: of.name,
                expires_at: of.expires_at,
                next_try_at: of.next_try_at,
                last_error: of.last_error,
            });
            told.collect()
        }),
    }
}

/// How it stands with certificates, as the status is told.
pub(super) fn standings(certificates: &Certificates) -> upkeep::Certificates {
    let certificates = certificates.clone();
    Arc::new(move || {
        let standings = certificates.standings().into_iter();
        let told = standings.map(|of| upkeep::Certificate {
            name: of.name,
            issuer: of.issuer,
            expires_at: of.expires_at,
            next_try_at: of.next_try_at,
            last_error: of.last_error,
        });
        told.collect()
    })
}

/// Until when certificates hold, as alerts are told.
pub(super) fn validities(certificates: &Certificates) -> alerts::Certificates {
    let certificates = certificates.clone();
    Arc::new(move || {
        let standings = certificates.standings().into_iter();
        let told = standings.map(|of| alerts::Certificate {
            name: of.name,
            validity: of.holds_from.zip(of.expires_at),
        });
        told.collect()
    })
}
