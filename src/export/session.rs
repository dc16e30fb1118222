//! A session with the database: a connection, and what is done over it, each within its time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::rows::Rows;
use super::schema::{Taking, VERSION, hold, migrate};
use super::target::{CONNECT_MAX, Target, Tls, causes};

/// How long a transaction may take.
const TRANSACTION_MAX: Duration = Duration::from_secs(30);
/// What the database is to hold each transaction to, so that one whose connection is cut does not hold the tables.
const LIMITS: &str = "SET LOCAL statement_timeout = 25000; SET LOCAL lock_timeout = 10000; \
                      SET LOCAL idle_in_transaction_session_timeout = 30000";
/// How much of what the database said is repeated, in characters.
const SAID_MAX: usize = 200;

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There is no connection, or no longer.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the database did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The tables are not there.
    #[error("the database has no table gantry_schema; make the tables with gantry export init")]
    NoSchema,
    /// The tables are those of another version.
    #[error("the tables have version {0}, and {VERSION} is wanted; bring them there with gantry export init")]
    Older(i32),
    /// The tables are those of a later version.
    #[error("the tables have version {0}, this version writes {VERSION}; install a newer Gantry")]
    Newer(i32),
    /// The tables hold what another data file has.
    #[error(
        "the tables are written to by another data file ({0}); give this one a database of its own, or take them over with gantry export init --take-over"
    )]
    Owned(String),
    /// The database refused, whatever was to be written.
    #[error("the database refused: {0}")]
    Refused(String),
    /// The database refused what was to be written.
    #[error("the database refused a row: {0}")]
    Row(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let Some(said) = error.as_db_error() else {
            return Self::Unreachable(short(&causes(&error)));
        };
        // Its details may repeat what was written.
        let words = short(&format!("{} ({})", said.message(), said.code().code()));
        match is_of_a_row(said.code()) {
            true => Self::Row(words),
            false => Self::Refused(words),
        }
    }
}

/// Whether a code says that it is a row that is wrong: PostgreSQL, appendix A.
fn is_of_a_row(code: &SqlState) -> bool {
    // Rows that are one row there, data exceptions, violated constraints, views that refuse, limits such as an index's on the
    // length of its keys, and what triggers raise.
    ["21", "22", "23", "44", "54", "P0"]
        .iter()
        .any(|class| code.code().starts_with(class))
}

fn short(text: &str) -> String {
    let plain = text.chars().filter(|character| !character.is_control());
    plain.take(SAID_MAX).collect()
}

type Driver = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A connection, which is driven only while something is done over it, and is gone when it is dropped.
pub(super) struct Session {
    client: Client,
    driver: Driver,
}

impl Session {
    pub(super) async fn open(target: &Target) -> Result<Self, Failure> {
        let connecting = target.config.connect(Tls(target.securing.clone()));
        // A host may have several addresses, each of which has a time of its own.
        let limit = CONNECT_MAX * 2;
        let connected = tokio::time::timeout(limit, connecting).await;
        let (client, connection) = connected.map_err(|_| Failure::Silent(limit))??;
        Ok(Self {
            client,
            driver: Box::pin(connection),
        })
    }

    /// Writes rows of `owner`, a data file, in one transaction. After [`Failure::Row`] the session is as it was; after any other it is to be dropped.
    pub(super) async fn write(&mut self, rows: &Rows, owner: &str) -> Result<(), Failure> {
        drive(&mut self.driver, write(&mut self.client, rows, owner)).await
    }

    /// Makes or changes the tables of `owner`: the version that they had.
    pub(super) async fn migrate(&mut self, owner: &str, taking: Taking) -> Result<i32, Failure> {
        drive(&mut self.driver, async {
            let transaction = self.client.transaction().await?;
            transaction.batch_execute(LIMITS).await?;
            let found = migrate(&transaction, (owner, taking)).await?;
            transaction.commit().await?;
            Ok(found)
        })
        .await
    }
}

/// Does something over the connection that `driver` drives.
async fn drive<T>(driver: &mut Driver, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        biased;
        done = work => done,
        ended = driver => Err(match ended {
            Ok(()) => Failure::Unreachable("the connection was closed".to_owned()),
            Err(error) => error.into(),
        }),
        () = tokio::time::sleep(TRANSACTION_MAX) => Err(Failure::Silent(TRANSACTION_MAX)),
    }
}

async fn write(client: &mut Client, rows: &Rows, owner: &str) -> Result<(), Failure> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LIMITS).await?;
    // Only one connection has the row. What an earlier one began, and was cut off from, ends before this goes on.
    hold(&transaction, owner).await?;
    rows.write(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}
