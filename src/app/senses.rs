//! Senses: what slices are told by others: the checklist and the preflight of a launch, the status, and alerts.

use std::sync::Arc;

use crate::certificates::Certificates;
use crate::delivery::Delivery;
use crate::launch::{self, Senses, Warm};
use crate::pages::Pages;
use crate::producthunt::{ProductHunt, Trouble};
use crate::webhooks::Webhooks;
use crate::{alerts, producthunt, upkeep};

/// Those who know what a launch asks for.
pub(super) struct Known<'k> {
    pub(super) pages: &'k Pages,
    pub(super) delivery: &'k Delivery,
    pub(super) webhooks: &'k Webhooks,
    pub(super) certificates: &'k Certificates,
    pub(super) hunt: &'k ProductHunt,
}

/// What a launch is told.
pub(super) fn of(known: Known<'_>) -> Senses {
    let (pages, delivery) = (known.pages.clone(), known.delivery.clone());
    let (webhooks, certificates) = (known.webhooks.clone(), known.certificates.clone());
    let hunt = known.hunt.clone();
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
        hunted: Arc::new(move || hunt.standing().and_then(hunted).into_iter().collect()),
    }
}

/// Whether the post at Product Hunt can be read; `None` before it was asked for. That there is none yet is well before a launch.
fn hunted(post: producthunt::Standing) -> Option<(String, Result<String, String>)> {
    let said = match (post.trouble, post.figures) {
        (Some(Trouble::NoPost(text)), _) => Ok(format!("the token works; {text} yet")),
        (Some(Trouble::Other(text)), _) => Err(text),
        (None, Some((figures, _))) => Ok(format!("{} votes, {} comments", figures.votes, figures.comments)),
        (None, None) => return None,
    };
    Some((post.slug, said))
}

/// How it stands with the post at Product Hunt, as the status is told.
pub(super) fn post(hunt: &ProductHunt) -> upkeep::PostAtProductHunt {
    let hunt = hunt.clone();
    Arc::new(move || {
        let standing = hunt.standing()?;
        Some(upkeep::Post {
            slug: standing.slug,
            votes: standing.figures.map(|(figures, _)| figures.votes),
            comments: standing.figures.map(|(figures, _)| figures.comments),
            as_of: standing.figures.map(|(_, at)| at),
            last_error: standing.trouble.map(|trouble| trouble.text().to_owned()),
        })
    })
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
