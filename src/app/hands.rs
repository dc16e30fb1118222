//! Hands: what the plan of a launch has other slices do.

use std::sync::Arc;

use tokio::sync::watch;

use crate::launch::{Archived, Hands, WarmedUp};
use crate::pages::Pages;
use crate::report::Report;
use crate::upkeep::Upkeep;

pub(super) fn of(
    pages: &Pages,
    report: &Report,
    upkeep: &Upkeep,
    secrets: watch::Receiver<Arc<Vec<String>>>,
) -> Hands {
    let (pages, report, upkeep) = (pages.clone(), report.clone(), upkeep.clone());
    Hands {
        warm: Arc::new(move || {
            let pages = pages.clone();
            Box::pin(async move {
                let warmed = pages.warm_up().await.map_err(|cold| cold.to_string())?;
                Ok(warmed.map(|warmed| WarmedUp {
                    wanted: warmed.wanted,
                    stored: warmed.stored,
                    failed: warmed.failed,
                }))
            })
        }),
        reckon: Arc::new(move |range| {
            let report = report.clone();
            Box::pin(async move { report.summary(range).await })
        }),
        secrets: Arc::new(move || secrets.borrow().to_vec()),
        archive: Arc::new(move |name| {
            let upkeep = upkeep.clone();
            Box::pin(async move {
                let archived = upkeep.archive(&name).await?;
                Ok(Archived {
                    path: archived.path,
                    bytes: archived.bytes,
                    file: archived.file,
                })
            })
        }),
    }
}
