//! A maker's site, for as long as a test runs.

use axum::Router;

/// Serves `routes` on a port of their own.
#[expect(
    clippy::disallowed_methods,
    reason = "the site of a test ends with its runtime"
)]
pub(crate) async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::task::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}
