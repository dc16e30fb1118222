//! The page in front: what visitors wrote down, against what the file says of visits and conversions.

use std::sync::atomic::Ordering::Relaxed;

use super::Checks;
use crate::demo::text::grouped;
use crate::demo::visitors::{CAMPAIGNS, Diary, GOAL};
use crate::model::funnel::{Dimension, Label, Totals};
use crate::model::time::Millis;
use crate::model::time::zone::Zone;
use crate::store::Store;

impl Checks<'_> {
    /// What the visitors saw, while the site behind fell over.
    pub(super) fn seen(&mut self, diary: &Diary) {
        let [hits, stale, failed, unknown] =
            [&diary.hits, &diary.stale, &diary.failed, &diary.unknown].map(|n| n.load(Relaxed));
        self.check(
            "no page failed while the site behind was gone",
            &format!("{} pages, {failed} failed", grouped(diary.visits())),
            failed + unknown == 0 && diary.visits() > 0,
        );
        self.check(
            "most came out of the cache, some while the site was gone",
            &format!("{} and {}", grouped(hits), grouped(stale)),
            (hits + stale) * 10 >= diary.visits() * 9,
        );
    }

    /// What the file says of them, now that it has been opened again.
    pub(super) async fn funnel(&mut self, store: &Store, diary: &Diary) -> anyhow::Result<()> {
        let visits = sums(store, Dimension::Campaign).await?;
        let unknown = diary.unknown.load(Relaxed);
        let (mut counted, mut wrong) = (0, 0);
        for (campaign, shown) in CAMPAIGNS.iter().zip(&diary.shown) {
            let found = of(&visits, campaign).visits;
            let shown = shown.load(Relaxed);
            counted += found;
            wrong += u32::from(!(shown..=shown + unknown).contains(&found));
        }
        self.check(
            "every page that was shown is a visit of its campaign, once",
            &format!("{} of {}", grouped(counted), grouped(diary.visits())),
            wrong == 0,
        );
        let goals = sums(store, Dimension::Goal).await?;
        let found = of(&goals, GOAL).conversions;
        let [signups, unanswered, repeats] =
            [&diary.signups, &diary.unanswered, &diary.repeats].map(|n| n.load(Relaxed));
        self.check(
            "every acknowledged sign-up is a conversion, once",
            &format!("{} of {}", grouped(found), grouped(signups)),
            (signups..=signups + unanswered).contains(&found),
        );
        self.check(
            "although most were told twice",
            &grouped(repeats),
            repeats <= signups,
        );
        Ok(())
    }
}

async fn sums(store: &Store, by: Dimension) -> anyhow::Result<Vec<(Label, Totals)>> {
    let ever = Millis(0)..store.now().plus(86_400_000);
    Ok(store.funnel_sums(by, ever, Zone::default()).await?)
}

fn of(sums: &[(Label, Totals)], name: &str) -> Totals {
    let found = sums.iter().find(|(label, _)| label.as_str() == name);
    found.map(|(_, totals)| *totals).unwrap_or_default()
}
