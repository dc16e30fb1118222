//! `POST /api/view`: a page's script says that its visitor looks at another page that nobody asked the server for.

use std::net::IpAddr;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Request, StatusCode};

use super::sent::{self, Sent};
use super::{Funnel, Teller, host};
use crate::model::funnel::Visitor;
use crate::web::{ApiError, LimitClass, PageView, Peer, answer};

/// `POST /api/view`
pub(super) async fn view(
    State(funnel): State<Funnel>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    let front = funnel.parts.front.clone();
    let told = async |client, request| Ok(accepted(funnel.told(client, request).await?));
    front.within(LimitClass::Convert, (peer, request), told).await
}

impl Funnel {
    async fn told(&self, client: IpAddr, request: Request<Body>) -> Result<Option<Visitor>, ApiError> {
        let headers = request.headers().clone();
        let bytes = sent::body(request).await?;
        let sent = Sent::read(&bytes)?;
        let path = sent.required("path")?;
        if !path.starts_with('/') {
            return Err(ApiError::unprocessable("path", "`path` must begin with a slash"));
        }
        let referrer = sent.text("referrer")?;
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let view = PageView {
            at: self.parts.clock.now(),
            client,
            host: host(&headers),
            path,
            query,
            headers: &headers,
            variant: None,
        };
        Ok(self.counting.viewed_from(&view, referrer, Teller::Script))
    }
}

/// The visitor's name for the day, by which the maker's own server may speak of them.
fn accepted(visitor: Option<Visitor>) -> Response {
    let body = match visitor {
        Some(visitor) => format!(r#"{{"status":"accepted","visitorId":"{visitor}"}}"#),
        None => r#"{"status":"accepted","visitorId":null}"#.to_owned(),
    };
    answer::json_bytes(StatusCode::ACCEPTED, body)
}
