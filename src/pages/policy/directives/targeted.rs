//! Targeted fields (RFC 9213): directives as a dictionary of structured fields (RFC 9651 §3.2).
//!
//! A field that is empty or in any way not a dictionary is passed over as if it were not there (§2.1). Inner lists, byte
//! sequences and dates, which no cache directive has, count as what is not a dictionary.

use http::{HeaderMap, HeaderName};

use super::{Argument, Directives, Source};
use crate::pages::policy::list;

/// The most digits of an integer (RFC 9651 §3.3.1).
const DIGITS_MOST: usize = 15;

/// The directives of the field; `None` if it is not there, empty, or no dictionary.
pub(super) fn read(headers: &HeaderMap, name: &HeaderName) -> Option<Directives> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(|line| line.as_bytes()).collect();
    let members = dictionary(&lines.join(&b", "[..]))?;
    let mut directives = Directives {
        source: Source::Targeted,
        ..Directives::default()
    };
    // The last of several members of one name counts (RFC 9651 §4.2.2).
    for (index, (key, value)) in members.iter().enumerate() {
        let is_last = !members.iter().skip(index + 1).any(|(later, _)| later == key);
        if is_last {
            take(&mut directives, key, value);
        }
    }
    (!members.is_empty()).then_some(directives)
}

/// Takes in a member whose value has the type that its directive has; a time of another type is unclear.
fn take(directives: &mut Directives, key: &str, value: &Item) {
    match value {
        Item::Boolean(true) => directives.take(key, Argument::Absent),
        Item::Boolean(false) => {}
        Item::Integer(digits) => directives.take(key, Argument::Of(digits.clone())),
        Item::Text(text) if matches!(key, "no-cache" | "private") => {
            directives.take(key, Argument::Of(text.clone()));
        }
        Item::Text(_) | Item::Decimal => directives.take(key, Argument::Of(Vec::new())),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Boolean(bool),
    /// As written, with its sign if it has one.
    Integer(Vec<u8>),
    Decimal,
    /// A string or a token.
    Text(Vec<u8>),
}

fn dictionary(text: &[u8]) -> Option<Vec<(String, Item)>> {
    let text = text.trim_ascii();
    let ends_in_comma = text.ends_with(b",");
    let mut members = Vec::new();
    let mut reader = Reader { rest: text };
    while !reader.rest.is_empty() {
        members.push(reader.member()?);
        reader.skip_whitespace();
        if !reader.rest.is_empty() && !reader.take(b',') {
            return None;
        }
        reader.skip_whitespace();
    }
    (!ends_in_comma).then_some(members)
}

/// What is left to read.
struct Reader<'t> {
    rest: &'t [u8],
}

impl<'t> Reader<'t> {
    fn member(&mut self) -> Option<(String, Item)> {
        let key = self.key()?;
        let value = match self.take(b'=') {
            true => self.item()?,
            false => Item::Boolean(true),
        };
        self.parameters()?;
        Some((key, value))
    }

    /// Parameters are read and not heeded (RFC 9213 §2.1).
    fn parameters(&mut self) -> Option<()> {
        while self.take(b';') {
            while self.take(b' ') {}
            self.key()?;
            if self.take(b'=') {
                self.item()?;
            }
        }
        Some(())
    }

    fn key(&mut self) -> Option<String> {
        let first = *self.rest.first()?;
        if !first.is_ascii_lowercase() && first != b'*' {
            return None;
        }
        let may_stand = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
        let key = self.run(may_stand);
        String::from_utf8(key.to_vec()).ok()
    }

    fn item(&mut self) -> Option<Item> {
        match *self.rest.first()? {
            b'?' => self.boolean(),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            first if first.is_ascii_alphabetic() || first == b'*' => {
                let may_stand =
                    |byte: u8| byte.is_ascii_alphanumeric() || b":/!#$%&'*+-.^_`|~".contains(&byte);
                Some(Item::Text(self.run(may_stand).to_vec()))
            }
            _ => None,
        }
    }

    fn boolean(&mut self) -> Option<Item> {
        let value = match self.rest.get(..2)? {
            b"?1" => true,
            b"?0" => false,
            _ => return None,
        };
        self.rest = self.rest.get(2..)?;
        Some(Item::Boolean(value))
    }

    fn string(&mut self) -> Option<Item> {
        let mut quotes = list::Quotes::default();
        let quoted = self.run(|byte| quotes.covers(byte));
        let is_plain = quoted.iter().all(|byte| matches!(byte, 0x20..=0x7e));
        let text = list::unquoted(quoted)?;
        is_plain.then_some(Item::Text(text))
    }

    fn number(&mut self) -> Option<Item> {
        let text = self.run(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let mut parts = digits.split(|byte| *byte == b'.');
        let (whole, part) = (parts.next()?, parts.next());
        let are_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        match part {
            None if are_digits(whole) && whole.len() <= DIGITS_MOST => Some(Item::Integer(text.to_vec())),
            Some(part) if are_digits(whole) && are_digits(part) && parts.next().is_none() => {
                (whole.len() <= 12 && part.len() <= 3).then_some(Item::Decimal)
            }
            _ => None,
        }
    }

    fn skip_whitespace(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn take(&mut self, byte: u8) -> bool {
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// As many bytes as may stand there, which leave what is left.
    fn run(&mut self, mut may_stand: impl FnMut(u8) -> bool) -> &'t [u8] {
        let end = self.rest.iter().position(|byte| !may_stand(*byte));
        let (run, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        run
    }
}
