//! The sender: rows go, over a connection that is kept; those that cannot are found.

use super::rows::{Row, Rows};
use super::session::{Failure, Session};
use super::target::Target;
use crate::model::export::ExportKey;

/// Writes rows over one connection, which is opened where there is none.
pub(super) struct Sender {
    /// The data file whose rows they are.
    owner: String,
    session: Option<Session>,
}

/// What became of rows.
#[derive(Default)]
pub(super) struct Sent {
    /// How many rows of the database went.
    pub(super) rows: u64,
    /// What they are of.
    pub(super) gone: Vec<ExportKey>,
    /// What cannot go, and why.
    pub(super) refused: Vec<(Row, String)>,
}

impl Sender {
    pub(super) fn new(owner: String) -> Self {
        Self { owner, session: None }
    }

    /// Opens a connection where there is none.
    pub(super) async fn connect(&mut self, target: &Target) -> Result<(), Failure> {
        if self.session.is_none() {
            self.session = Some(Session::open(target).await?);
        }
        Ok(())
    }

    /// Writes all rows that the database takes. Where it refuses some they go once more, and then by halves, until those that
    /// are refused by themselves are known.
    ///
    /// # Errors
    /// Where it does not answer, or refuses whatever comes. Some rows may have gone: they can go again.
    pub(super) async fn send(&mut self, target: &Target, rows: Rows) -> Result<Sent, Failure> {
        let mut sent = Sent::default();
        let mut was_tried_again = false;
        let mut waiting = vec![rows];
        while let Some(rows) = waiting.pop() {
            if rows.is_empty() {
                continue;
            }
            match self.write(target, &rows).await {
                Ok(()) => {
                    sent.rows += rows.count();
                    sent.gone.extend(rows.keys());
                }
                Err(Failure::Row(_)) if !was_tried_again => {
                    was_tried_again = true;
                    waiting.push(rows);
                }
                Err(Failure::Row(why)) => match rows.halves() {
                    Ok((first, second)) => waiting.extend([second, first]),
                    Err(row) => sent.refused.extend(row.map(|row| (row, why))),
                },
                Err(failure) => return Err(failure),
            }
        }
        Ok(sent)
    }

    async fn write(&mut self, target: &Target, rows: &Rows) -> Result<(), Failure> {
        // Taken out: where this is dropped midway, so is the connection.
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::open(target).await?,
        };
        let written = session.write(rows, &self.owner).await;
        if matches!(written, Ok(()) | Err(Failure::Row(_))) {
            self.session = Some(session);
        }
        written
    }

    /// Closes the connection.
    pub(super) fn hang_up(&mut self) {
        self.session = None;
    }
}
