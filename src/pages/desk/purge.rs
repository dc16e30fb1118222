//! Purges: pages are taken out of the store, or made stale.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Desk, MAX_BODY, Purge, Stock, Which};
use crate::web::ApiError;
use crate::web::answer::{self, read_json};
use crate::web::auth::Admin;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PurgeWanted")]
pub(super) struct Wanted {
    path: Option<String>,
    prefix: Option<String>,
    tag: Option<String>,
    #[serde(default)]
    all: bool,
    #[serde(default)]
    soft: bool,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Purged {
    /// How many pages.
    purged: u64,
    soft: bool,
}

impl Wanted {
    /// The one that is said.
    fn which(self) -> Result<Which, ApiError> {
        let which = [
            self.path.map(Which::Path),
            self.prefix.map(Which::Prefix),
            self.tag.map(Which::Tag),
            self.all.then_some(Which::All),
        ];
        let mut said = which.into_iter().flatten();
        let (Some(which), None) = (said.next(), said.next()) else {
            return Err(ApiError::unprocessable(
                "path",
                "say which pages: one of `path`, `prefix`, `tag` and `all`",
            ));
        };
        match &which {
            Which::Path(path) if !path.starts_with('/') || path.contains(['?', '#']) => {
                let why = "`path` begins with / and has no query: all pages of the path are purged";
                Err(ApiError::unprocessable("path", why))
            }
            Which::Prefix(prefix) if !prefix.starts_with('/') => {
                Err(ApiError::unprocessable("prefix", "`prefix` begins with /"))
            }
            Which::Tag(tag) if tag.is_empty() => Err(ApiError::unprocessable("tag", "`tag` is empty")),
            _ => Ok(which),
        }
    }
}

/// `POST /api/pages/purge`
pub(super) async fn purge<S: Stock>(
    State(desk): State<Desk<S>>,
    Admin(who): Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let wanted: Wanted = read_json(request, MAX_BODY).await?;
    let soft = wanted.soft;
    let which = wanted.which()?;
    let purge = if soft { Purge::Soft } else { Purge::Hard };
    let purged = desk.stock.purge(&which, purge);
    tracing::info!(pages.purged = purged, pages.soft = soft, by = %who, "pages were purged");
    Ok(answer::json(StatusCode::OK, &Purged { purged, soft }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which(wanted: &str) -> Result<Which, String> {
        let wanted: Wanted = serde_json::from_str(wanted).expect("a request");
        wanted
            .which()
            .map_err(|error| error.field().unwrap_or_default().to_owned())
    }

    #[test]
    fn exactly_one_thing_says_which_pages() {
        assert_eq!(which(r#"{"path": "/a"}"#), Ok(Which::Path("/a".to_owned())));
        assert_eq!(which(r#"{"prefix": "/"}"#), Ok(Which::Prefix("/".to_owned())));
        assert_eq!(
            which(r#"{"tag": "news", "soft": true}"#),
            Ok(Which::Tag("news".to_owned()))
        );
        assert_eq!(which(r#"{"all": true}"#), Ok(Which::All));
        for (wrong, field) in [
            ("{}", "path"),
            (r#"{"all": false}"#, "path"),
            (r#"{"path": "/a", "all": true}"#, "path"),
            (r#"{"path": "/a", "tag": "b"}"#, "path"),
            (r#"{"path": "a"}"#, "path"),
            (r#"{"path": "/a?b"}"#, "path"),
            (r#"{"prefix": ""}"#, "prefix"),
            (r#"{"tag": ""}"#, "tag"),
        ] {
            assert_eq!(which(wrong), Err(field.to_owned()), "{wrong}");
        }
    }
}
