//! `[producthunt]`: a post at Product Hunt, whose votes and comments are read now and then.

use std::time::Duration;

use url::Url;

use super::duration::Bounds;
use super::fault::{Fault, Invalid, Place, shown};
use super::load;
use super::secret::{Secret, SecretRef};
use super::sources::Sources;

/// Its GraphQL API (<https://api.producthunt.com/v2/docs>).
const API: &str = "https://api.producthunt.com/v2/api/graphql";
/// How often it is asked, where nothing is written.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// What `every` may be. Fifteen calls in the quarter of an hour that its limit is reckoned by leave most of it to others.
pub(super) const EVERY_BOUNDS: Bounds = Bounds {
    least: Duration::from_secs(60),
    most: Duration::from_secs(86_400),
    words: "from 1m to 24h",
};
/// The longest slug, in bytes: longer than any that is known.
const SLUG_BYTES: usize = 200;

const SLUG_KEY: &str = "producthunt.slug";
const TOKEN_KEY: &str = "producthunt.token";

/// What is read of Product Hunt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductHunt {
    /// The post; `None`: nobody is asked.
    pub post: Option<Post>,
    /// How often it is asked.
    pub every: Duration,
    /// Where.
    pub url: Url,
}

/// A post, and what lets us read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The end of its address.
    pub slug: String,
    /// A token of the API; visible ASCII.
    pub token: Secret,
}

impl Default for ProductHunt {
    fn default() -> Self {
        // The text is a constant, and a test reads it.
        #[expect(clippy::expect_used, reason = "the text is a constant, which a test reads")]
        let url = API.parse().expect("a URL");
        Self {
            post: None,
            every: EVERY,
            url,
        }
    }
}

/// What was written of the post, until its token is fetched.
#[derive(Debug, Default)]
pub(super) struct PostDraft {
    pub(super) slug: Option<(Place, String)>,
    pub(super) token: Option<(Place, SecretRef)>,
}

impl PostDraft {
    /// Fetches the token; faults come back.
    pub(super) fn finish(self, sources: &Sources) -> (Option<Post>, Vec<Fault>) {
        let refuse = |place: Place, key: &str, why: &str| {
            let fault = load::fault(place, key, Invalid(why.to_owned()));
            (None, vec![fault])
        };
        match (self.slug, self.token) {
            (None, None) => (None, Vec::new()),
            (Some((place, _)), None) => refuse(place, SLUG_KEY, "needs token beside it"),
            (None, Some((place, _))) => refuse(place, TOKEN_KEY, "needs slug beside it"),
            (Some((_, slug)), Some((place, reference))) => match reference.resolve(sources) {
                Err(Invalid(why)) => refuse(place, TOKEN_KEY, &why),
                Ok(token) if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) => refuse(
                    place,
                    TOKEN_KEY,
                    "the secret it names is no token: it has more than visible ASCII",
                ),
                Ok(token) => (Some(Post { slug, token }), Vec::new()),
            },
        }
    }
}

/// Reads `slug`; an empty one is none.
pub(super) fn slug(text: &str) -> Result<Option<String>, Invalid> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match text {
        "" => Ok(None),
        _ if text.len() <= SLUG_BYTES && text.bytes().all(plain) => Ok(Some(text.to_owned())),
        _ => Err(Invalid(format!(
            r#"{} is no slug; write what stands behind /posts/ in the post's address, for example "my-product""#,
            shown(text)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::tests::{faults, file, read};
    use super::*;

    #[test]
    fn a_post_is_known_by_its_slug_and_read_with_a_token() {
        let mut sources = file(
            "[producthunt]\nslug = \"my-product\"\ntoken = \"env:PH\"\nevery = \"2m\"\nurl = \"http://127.0.0.1:1/x\"",
        );
        sources.environment.push(("PH".into(), "t0ken".into()));
        let expected = ProductHunt {
            post: Some(Post {
                slug: "my-product".into(),
                token: Secret::new("t0ken"),
            }),
            every: Duration::from_secs(120),
            url: "http://127.0.0.1:1/x".parse().unwrap(),
        };
        assert_eq!(read(&sources).producthunt, expected);
        assert_eq!(Config::default().producthunt.url.as_str(), API);
        assert_eq!(
            read(&file("producthunt.slug = \"\"")).producthunt,
            ProductHunt::default()
        );
    }

    #[test]
    fn half_of_it_is_a_fault_and_so_is_what_is_no_slug_or_no_token() {
        assert_eq!(
            faults(&file(
                "[producthunt]\nslug = \"https://producthunt.com/posts/x\"\nevery = \"5s\""
            )),
            "gantry.toml:2: producthunt.slug: \"https://producthunt.com/posts/x\" is no slug; write what stands behind /posts/ in \
             the post's address, for example \"my-product\"\n\
             gantry.toml:3: producthunt.every: \"5s\" is not from 1m to 24h"
        );
        assert_eq!(
            faults(&file("[producthunt]\nslug = \"x\"")),
            "gantry.toml:2: producthunt.slug: needs token beside it"
        );
        assert_eq!(
            faults(&file("[producthunt]\ntoken = \"env:PH\"")),
            "gantry.toml:2: producthunt.token: needs slug beside it"
        );
        let mut sources = file("[producthunt]\nslug = \"x\"\ntoken = \"env:PH\"");
        assert!(faults(&sources).contains("producthunt.token: the variable PH is not set"));
        sources.environment.push(("PH".into(), "a\nb".into()));
        assert!(faults(&sources).contains("is no token"));
    }
}
