//! What is counted of the export to another database.

use std::time::Duration;

use super::numbers::{Counter, Gauge};
use super::text::Text;

/// How far behind it is, and what went.
#[derive(Debug, Default)]
pub(super) struct Export {
    pub(super) lag_ms: Gauge,
    pub(super) rows: Counter,
    pub(super) failures: Counter,
    pub(super) set_aside: Gauge,
    pub(super) lost_windows: Gauge,
    pub(super) lost_events: Gauge,
    pub(super) lost_polls: Gauge,
}

impl Export {
    pub(super) fn render(&self, text: &mut Text) {
        let lag = u64::try_from(self.lag_ms.get()).unwrap_or(0);
        let name = "gantry_export_lag_seconds";
        text.family(
            name,
            "gauge",
            "How long the oldest change has waited that is not exported.",
        );
        text.sample(name, &[], Duration::from_millis(lag).as_secs_f64());
        let name = "gantry_export_rows_total";
        text.family(name, "counter", "Rows written to the database.");
        text.sample(name, &[], self.rows.get());
        let name = "gantry_export_failures_total";
        text.family(name, "counter", "Attempts to write to the database that failed.");
        text.sample(name, &[], self.failures.get());
        let name = "gantry_export_set_aside";
        text.family(name, "gauge", "Rows that the database refuses.");
        text.sample(name, &[], self.set_aside.get());
        let name = "gantry_export_lost_total";
        text.family(
            name,
            "counter",
            "What was forgotten before it was exported, because the database was away for too long.",
        );
        for (table, lost) in [
            ("launch_metrics", &self.lost_windows),
            ("poll_results", &self.lost_polls),
            ("marketing_events", &self.lost_events),
        ] {
            text.sample(name, &[("table", table)], lost.get());
        }
    }
}
