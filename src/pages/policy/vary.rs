//! Vary: for which requests an answer was made (RFC 9111 §4.1).

use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, VARY};
use http::{HeaderMap, HeaderName};

use super::list;

/// What an answer depends on besides its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) enum Vary {
    /// Nothing.
    #[default]
    None,
    /// These fields of the request.
    Fields(Vec<HeaderName>),
    /// More than a request says: it answers no other.
    Any,
}

/// The fields an answer depends on, with what its request said in them; `None` where it said nothing.
pub(in crate::pages) type Varied = Vec<(HeaderName, Option<Box<[u8]>>)>;

impl Vary {
    /// What an answer says.
    pub(in crate::pages) fn of(answered: &HeaderMap) -> Self {
        let mut fields = Vec::new();
        for member in list::members(answered, &VARY) {
            match HeaderName::from_bytes(member) {
                _ if member == b"*" => return Self::Any,
                Ok(name) if !fields.contains(&name) => fields.push(name),
                Ok(_) => {}
                // What cannot be read may be anything.
                Err(_) => return Self::Any,
            }
        }
        match fields.is_empty() {
            true => Self::None,
            false => Self::Fields(fields),
        }
    }

    /// This, and these fields as well.
    pub(in crate::pages) fn and(self, fields: &[HeaderName]) -> Self {
        let mut all = match self {
            Self::Any => return Self::Any,
            Self::None => Vec::new(),
            Self::Fields(all) => all,
        };
        for name in fields {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        match all.is_empty() {
            true => Self::None,
            false => Self::Fields(all),
        }
    }

    /// The fields, where they can be told.
    pub(in crate::pages) fn fields(&self) -> &[HeaderName] {
        match self {
            Self::Fields(fields) => fields,
            Self::None | Self::Any => &[],
        }
    }

    /// What a request says in them.
    pub(in crate::pages) fn of_request(&self, asked: &HeaderMap) -> Varied {
        let said = |name: &HeaderName| (name.clone(), value(asked, name));
        self.fields().iter().map(said).collect()
    }
}

/// Whether a request says the same in all of these fields.
pub(in crate::pages) fn matches(varied: &Varied, asked: &HeaderMap) -> bool {
    varied.iter().all(|(name, said)| match said {
        None => !asked.contains_key(name),
        Some(said) => value(asked, name).is_some_and(|value| value == *said),
    })
}

/// A field's value, its lines joined and the whitespace around commas taken out (§4.1); in lower case where case means
/// nothing (RFC 9110 §8.4.1, §8.5.1). The order stays: some origins take the first language for the best.
fn value(headers: &HeaderMap, name: &HeaderName) -> Option<Box<[u8]>> {
    if !headers.contains_key(name) {
        return None;
    }
    let members: Vec<&[u8]> = list::members(headers, name).collect();
    let mut joined = members.join(&b',');
    if *name == ACCEPT_ENCODING || *name == ACCEPT_LANGUAGE {
        joined.make_ascii_lowercase();
    }
    Some(joined.into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_depended_on_though_the_answer_does_not_say_so() {
        let told = [ACCEPT_LANGUAGE];
        assert_eq!(Vary::None.and(&[]), Vary::None);
        assert_eq!(Vary::None.and(&told).fields(), told);
        let said = Vary::Fields(vec![ACCEPT_ENCODING, ACCEPT_LANGUAGE]);
        assert_eq!(said.clone().and(&told), said);
        assert_eq!(Vary::Any.and(&told), Vary::Any);
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_answer_says_what_it_depends_on() {
        assert_eq!(Vary::of(&headers(&[])), Vary::None);
        assert_eq!(Vary::of(&headers(&[("vary", "Foo, *")])), Vary::Any);
        let read = Vary::of(&headers(&[("vary", "Foo, bar"), ("vary", "foo")]));
        assert_eq!(read.fields(), ["foo", "bar"]);
    }

    #[test]
    fn requests_that_say_the_same_match() {
        let vary = Vary::of(&headers(&[("vary", "foo, bar")]));
        let varied = vary.of_request(&headers(&[("foo", "1, 2")]));
        assert!(matches(&varied, &headers(&[("foo", "1,2")])));
        assert!(matches(&varied, &headers(&[("foo", "1"), ("foo", "2")])));
        assert!(!matches(&varied, &headers(&[("foo", "2, 1")])));
        assert!(!matches(&varied, &headers(&[("foo", "1, 2"), ("bar", "x")])));
        assert!(!matches(&varied, &headers(&[])));
    }

    #[test]
    fn languages_are_the_same_in_any_case_and_not_in_any_order() {
        let vary = Vary::of(&headers(&[("vary", "accept-language, foo")]));
        let varied = vary.of_request(&headers(&[("accept-language", "en, de"), ("foo", "a")]));
        assert!(matches(
            &varied,
            &headers(&[("accept-language", "eN,De"), ("foo", "a")])
        ));
        assert!(!matches(
            &varied,
            &headers(&[("accept-language", "en,de"), ("foo", "A")])
        ));
        assert!(!matches(
            &varied,
            &headers(&[("accept-language", "de, en"), ("foo", "a")])
        ));
    }
}
