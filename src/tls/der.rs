//! DER (ITU-T X.690), as far as a certificate has to be read.

/// What is left to be read of one value's content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Der<'d>(&'d [u8]);

/// Tags of values, as one octet: class, form and number.
pub(super) mod tag {
    pub(in crate::tls) const BOOLEAN: u8 = 0x01;
    pub(in crate::tls) const OCTETS: u8 = 0x04;
    pub(in crate::tls) const OBJECT: u8 = 0x06;
    pub(in crate::tls) const UTF8_TEXT: u8 = 0x0c;
    pub(in crate::tls) const SEQUENCE: u8 = 0x30;
    pub(in crate::tls) const SET: u8 = 0x31;
    pub(in crate::tls) const PRINTABLE_TEXT: u8 = 0x13;
    pub(in crate::tls) const TELETEX_TEXT: u8 = 0x14;
    pub(in crate::tls) const ASCII_TEXT: u8 = 0x16;
    pub(in crate::tls) const SHORT_TIME: u8 = 0x17;
    pub(in crate::tls) const LONG_TIME: u8 = 0x18;
    /// Two fields of a certificate are told from others by their number alone.
    pub(in crate::tls) const FIELD_0: u8 = 0xa0;
    pub(in crate::tls) const FIELD_3: u8 = 0xa3;
    /// Of the names of a subject (RFC 5280 §4.2.1.6), the one of DNS.
    pub(in crate::tls) const DNS_NAME: u8 = 0x82;
}

impl<'d> Der<'d> {
    pub(super) const fn new(bytes: &'d [u8]) -> Self {
        Self(bytes)
    }

    /// The tag of the next value.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value: its tag and its content. `None` at the end, and where what follows is no DER.
    pub(super) fn any(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // Longer than four gibibytes is nothing that is read here.
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
                (usize::try_from(length).ok()?, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, if it has this tag.
    pub(super) fn of(&mut self, tag: u8) -> Option<&'d [u8]> {
        if self.peek()? != tag {
            return None;
        }
        self.any().map(|(_, content)| content)
    }

    /// What is within the next value, if it has this tag.
    pub(super) fn within(&mut self, tag: u8) -> Option<Self> {
        self.of(tag).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_one_another_and_lie_within_one_another() {
        let mut der = Der::new(&[0x30, 3, 0x04, 1, 7, 0x01, 1, 0xff]);
        let mut inner = der.within(tag::SEQUENCE).unwrap();
        assert_eq!(inner.of(tag::OBJECT), None);
        assert_eq!(inner.of(tag::OCTETS), Some(&[7][..]));
        assert_eq!(inner.any(), None);
        assert_eq!(der.any(), Some((tag::BOOLEAN, &[0xff][..])));
    }

    #[test]
    fn lengths_that_reach_beyond_the_end_or_are_none_are_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 2, 0],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 1, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x30, 0x82, 1],
        ] {
            assert_eq!(Der::new(bytes).any(), None, "{bytes:?}");
        }
        let mut long = vec![0x04, 0x81, 200];
        long.extend([1; 200]);
        assert_eq!(Der::new(&long).any().unwrap().1.len(), 200);
    }
}
