//! A session with a database, as any reader has it.

use tokio::task::JoinSet;
use tokio_postgres::{Client, Error, NoTls, Row};

/// A session; dropping it ends it.
pub(crate) struct Database {
    client: Client,
    _driver: JoinSet<()>,
}

impl Database {
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        Ok(Self {
            client,
            _driver: driver,
        })
    }

    /// Runs statements that answer nothing.
    pub(crate) async fn run(&self, statements: &str) {
        let done = self.client.batch_execute(statements).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// Runs statements that may be refused.
    pub(crate) async fn tries(&self, statements: &str) -> Result<(), Error> {
        self.client.batch_execute(statements).await
    }

    pub(crate) async fn query(&self, query: &str) -> Vec<Row> {
        let rows = self.client.query_typed(query, &[]).await;
        rows.unwrap_or_else(|error| panic!("{query}: {error:?}"))
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        self.query(query).await[0].get(0)
    }
}
