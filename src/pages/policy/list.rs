//! Lists in header fields (RFC 9110 §5.6.1), in as many lines as they came (§5.3).

use http::{HeaderMap, HeaderName};

/// The members of the list that all lines of `name` make together, without the whitespace around them; empty ones are
/// passed over. A comma within a quoted string parts nothing; a quoted string that does not end reaches to the end of
/// its line.
pub(super) fn members<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h [u8]> {
    let lines = headers.get_all(name).iter();
    lines.flat_map(|line| split(line.as_bytes(), b','))
}

/// The parts of `text` between separators that stand outside of quoted strings, trimmed, without the empty ones.
pub(super) fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quotes = Quotes::default();
    text.split(move |byte| !quotes.covers(*byte) && *byte == separator)
        .map(<[u8]>::trim_ascii)
        .filter(|part| !part.is_empty())
}

/// Whether one is within a quoted string (RFC 9110 §5.6.4), byte by byte.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quotes {
    within: bool,
    escaped: bool,
}

impl Quotes {
    /// Takes the next byte in: whether it belongs to a quoted string, its quotes among it.
    pub(super) fn covers(&mut self, byte: u8) -> bool {
        let was_within = self.within;
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.within => self.escaped = true,
            b'"' => self.within = !self.within,
            _ => {}
        }
        was_within || self.within
    }

    /// Whether a quoted string was begun that has not ended.
    pub(super) fn is_open(self) -> bool {
        self.within
    }
}

/// What a quoted string says, or the text itself if it is none; `None` for one that does not end, or that ends early.
pub(super) fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let Some(rest) = text.strip_prefix(b"\"") else {
        return (!text.contains(&b'"')).then(|| text.to_vec());
    };
    let mut said = Vec::with_capacity(rest.len());
    let mut bytes = rest.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return bytes.next().is_none().then_some(said),
            b'\\' => said.push(bytes.next()?),
            _ => said.push(byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quoted_strings_part_nothing() {
        let name = HeaderName::from_static("foo");
        for (lines, expected) in [
            (&["a, b"][..], &["a", "b"][..]),
            (&["a", "b,c"], &["a", "b", "c"]),
            (&[" ,, a ,\t,b,"], &["a", "b"]),
            (&[r#"a="1, 2", b"#], &[r#"a="1, 2""#, "b"]),
            (&[r#"a="1\", 2", b"#], &[r#"a="1\", 2""#, "b"]),
            (&[r#"a="1, b"#, "c"], &[r#"a="1, b"#, "c"]),
            (&[""], &[]),
        ] {
            let headers: HeaderMap = lines
                .iter()
                .map(|line| (name.clone(), line.parse().unwrap()))
                .collect();
            let found: Vec<&[u8]> = members(&headers, &name).collect();
            let expected: Vec<&[u8]> = expected.iter().map(|text| text.as_bytes()).collect();
            assert_eq!(found, expected, "{lines:?}");
        }
    }

    #[test]
    fn quoted_strings_are_read_to_their_end() {
        for (text, said) in [
            ("plain", Some("plain")),
            (r#""quoted""#, Some("quoted")),
            (r#""with \" and \\""#, Some(r#"with " and \"#)),
            (r#""""#, Some("")),
            (r#""open"#, None),
            (r#""open\"#, None),
            (r#""one" two"#, None),
            (r#"o"ne""#, None),
        ] {
            let said = said.map(|text| text.as_bytes().to_vec());
            assert_eq!(unquoted(text.as_bytes()), said, "{text}");
        }
    }
}
