//! A database that is exported to, beside a life with power cuts: in the end it holds what the file holds, row by row.

use std::collections::HashMap;

use gantry::model::event::EventId;
use gantry::model::export::{ExportBatch, ExportDone, ExportedEvent};
use gantry::model::time::Millis;
use gantry::store::stage::Stage;

/// What has arrived there. No power cut of ours takes that away.
#[derive(Default)]
pub(crate) struct Database {
    rows: HashMap<EventId, ExportedEvent>,
}

impl Database {
    /// Takes what is to go next, and has it noted with the next step.
    pub(crate) fn take(&mut self, stage: &mut Stage) {
        match stage.next_export() {
            Ok(Some(batch)) => {
                let done = self.taken(batch);
                let _noted = stage.note_exported(done);
            }
            Ok(None) => {
                let _begun = stage.begin_backfill();
            }
            // The power is gone.
            Err(_) => {}
        }
    }

    /// Takes all that is left to go; then nothing may be missing, nor there that should not be.
    pub(crate) fn reckon(&mut self, stage: &mut Stage, now: Millis) -> Result<(), String> {
        loop {
            let batch = stage.next_export().map_err(|e| e.to_string())?;
            if batch.as_ref().is_some_and(ExportBatch::is_nothing) {
                break;
            }
            match batch {
                Some(batch) => {
                    let done = self.taken(batch);
                    let _noted = stage.note_exported(done);
                }
                None => {
                    let _begun = stage.begin_backfill();
                }
            }
            stage.step(now).map_err(|e| e.to_string())?;
        }
        for (id, row) in &self.rows {
            let story = stage.event(*id).map_err(|e| e.to_string())?;
            let story = story.ok_or_else(|| format!("event {id} was exported, and never was"))?;
            let deliveries: Vec<_> = story
                .deliveries
                .into_iter()
                .map(|(delivery, _)| delivery)
                .collect();
            let stands = ExportedEvent::of(row.position, (story.event, story.state), &deliveries);
            if stands != *row {
                return Err(format!("{row:?} was exported, {stands:?} stands"));
            }
        }
        Ok(())
    }

    /// Whether the event has arrived.
    pub(crate) fn has(&self, id: EventId) -> bool {
        self.rows.contains_key(&id)
    }

    fn taken(&mut self, batch: ExportBatch) -> ExportDone {
        let rows = batch.events.len() as u64;
        let events = batch.events.into_iter();
        self.rows.extend(events.map(|event| (event.event.id, event)));
        ExportDone {
            step: batch.step,
            rows,
            ..ExportDone::default()
        }
    }
}
