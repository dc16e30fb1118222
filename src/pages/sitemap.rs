//! Sitemaps: which pages a site says it has (sitemaps.org, protocol 0.9).
//!
//! A sitemap comes from the site's own origin, and may still be large, deep or damaged: what is read of it is bounded, and
//! an entity is never expanded that XML itself does not define.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use url::Url;

/// The largest sitemap, in bytes, as it comes and unpacked: the protocol's own 50 MiB would be more than the whole cache.
pub(super) const SITEMAP_BYTES: usize = 16 << 20;
/// The most addresses of one sitemap that are read (sitemaps.org: 50,000).
const ADDRESSES_MOST: usize = 50_000;
/// The longest address, in bytes (sitemaps.org: less than 2,048 characters).
const ADDRESS_BYTES: usize = 2_048;

/// What a sitemap lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sitemap {
    /// Pages.
    Pages(Vec<String>),
    /// Other sitemaps.
    Index(Vec<String>),
}

/// Why something is no sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoSitemap {
    /// It is larger than 16 MiB, as it came or unpacked.
    #[error("is larger than 16 MiB")]
    TooLarge,
    /// It is packed, and the packing is damaged.
    #[error("is a gzip file that cannot be read")]
    Damaged,
    /// It is not XML, or none that lists addresses.
    #[error("is not a sitemap: an XML file with urlset or sitemapindex")]
    Foreign,
}

/// Reads a sitemap, packed with gzip or not. Addresses that are too long are left out.
pub(super) fn read(bytes: &[u8]) -> Result<Sitemap, NoSitemap> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return parse(bytes);
    }
    let most = u64::try_from(SITEMAP_BYTES).unwrap_or(u64::MAX);
    let mut unpacked = Vec::new();
    let mut limited = MultiGzDecoder::new(bytes).take(most.saturating_add(1));
    limited
        .read_to_end(&mut unpacked)
        .map_err(|_| NoSitemap::Damaged)?;
    parse(&unpacked)
}

fn parse(bytes: &[u8]) -> Result<Sitemap, NoSitemap> {
    if bytes.len() > SITEMAP_BYTES {
        return Err(NoSitemap::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NoSitemap::Foreign)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut listing = Listing::default();
    while listing.addresses.len() < ADDRESSES_MOST {
        match reader.read_event().map_err(|_| NoSitemap::Foreign)? {
            Event::Eof => break,
            event => listing.take(&event),
        }
    }
    listing.ended()
}

/// What has been read of a sitemap.
#[derive(Default)]
struct Listing {
    /// The root's name: the first that came.
    root: String,
    /// The names that are open.
    open: Vec<String>,
    /// The address that is being read.
    address: String,
    addresses: Vec<String>,
}

impl Listing {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                if self.root.is_empty() {
                    self.root.clone_from(&name);
                }
                self.open.push(name);
                self.address.clear();
            }
            Event::End(_) => {
                if self.is_within_an_address() {
                    self.keep();
                }
                self.open.pop();
            }
            Event::Text(text) => self.push(&text.xml10_content()),
            Event::CData(text) => self.push(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    self.push(character.encode_utf8(&mut [0; 4]));
                } else if let Some(text) = resolve_predefined_entity(reference) {
                    self.push(text);
                } else {
                    // An address with something in it that nobody knows is none.
                    self.push("\0");
                }
            }
            _ => {}
        }
    }

    /// `urlset/url/loc` or `sitemapindex/sitemap/loc`; those of images and videos, which lie deeper, are no pages.
    fn is_within_an_address(&self) -> bool {
        let open: Vec<&str> = self.open.iter().map(String::as_str).collect();
        matches!(
            open.as_slice(),
            ["urlset", "url", "loc"] | ["sitemapindex", "sitemap", "loc"]
        )
    }

    fn push(&mut self, text: &str) {
        // One byte too many says that it is too long.
        if self.is_within_an_address() && self.address.len() <= ADDRESS_BYTES {
            self.address.push_str(text);
        }
    }

    fn keep(&mut self) {
        let address = std::mem::take(&mut self.address);
        let address = address.trim();
        if !address.is_empty() && address.len() <= ADDRESS_BYTES && !address.contains(char::is_control) {
            self.addresses.push(address.to_owned());
        }
    }

    fn ended(self) -> Result<Sitemap, NoSitemap> {
        match self.root.as_str() {
            "urlset" => Ok(Sitemap::Pages(self.addresses)),
            "sitemapindex" => Ok(Sitemap::Index(self.addresses)),
            _ => Err(NoSitemap::Foreign),
        }
    }
}

/// A page's host and port, and its path and query, of its address; `None` for what is no address of a page.
pub(super) fn split(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = url.host_str()?.trim_end_matches('.');
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target.push('?');
        target.push_str(query);
    }
    Some((authority, target))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn pages(addresses: &[&str]) -> Result<Sitemap, NoSitemap> {
        Ok(Sitemap::Pages(
            addresses.iter().map(|a| (*a).to_owned()).collect(),
        ))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    const SITEMAP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc>https://shop.example/</loc><lastmod>2026-01-01</lastmod></url>
  <url>
    <loc>
      https://shop.example/a?b=1&amp;c=&#50;
    </loc>
    <image:image><image:loc>https://shop.example/a.png</image:loc></image:image>
  </url>
  <url><loc><![CDATA[https://shop.example/cdata]]></loc></url>
  <url><loc>https://shop.example/&unknown;</loc></url>
  <url><loc/></url>
</urlset>"#;

    #[test]
    fn pages_are_read_plain_and_packed() {
        let expected = [
            "https://shop.example/",
            "https://shop.example/a?b=1&c=2",
            "https://shop.example/cdata",
        ];
        assert_eq!(read(SITEMAP.as_bytes()), pages(&expected));
        assert_eq!(read(&gzip(SITEMAP.as_bytes())), pages(&expected));
        assert_eq!(read(format!("\u{feff}{SITEMAP}").as_bytes()), pages(&expected));
    }

    #[test]
    fn an_index_lists_sitemaps() {
        let text = "<sitemapindex><sitemap><loc>https://shop.example/1.xml.gz</loc></sitemap></sitemapindex>";
        let expected = Sitemap::Index(vec!["https://shop.example/1.xml.gz".to_owned()]);
        assert_eq!(read(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn what_is_no_sitemap_is_refused() {
        for text in [
            "",
            "hello",
            "<html><body></body></html>",
            "<urlset><url></urlset>",
            "<urlset",
            "\u{1}",
        ] {
            assert_eq!(read(text.as_bytes()), Err(NoSitemap::Foreign), "{text}");
        }
        assert_eq!(read(&[0xff]), Err(NoSitemap::Foreign));
        assert_eq!(read(&[0x1f, 0x8b, 0]), Err(NoSitemap::Damaged));
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
        let bomb = gzip(&vec![b' '; 4 * SITEMAP_BYTES]);
        assert!(bomb.len() < 100_000);
        assert_eq!(read(&bomb), Err(NoSitemap::TooLarge));
        assert_eq!(read(&vec![b' '; SITEMAP_BYTES + 1]), Err(NoSitemap::TooLarge));
    }

    #[test]
    fn entities_of_its_own_are_not_expanded() {
        let laughs = r#"<!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
            <urlset><url><loc>https://a.example/&b;</loc></url><url><loc>&c;</loc></url></urlset>"#;
        assert_eq!(read(laughs.as_bytes()), pages(&[]));
    }

    #[test]
    fn more_or_longer_addresses_than_allowed_are_left_out() {
        let url = |path: &str| format!("<url><loc>https://a.example/{path}</loc></url>");
        let text = format!("<urlset>{}{}</urlset>", url(&"x".repeat(2_048)), url("ok"));
        assert_eq!(read(text.as_bytes()), pages(&["https://a.example/ok"]));
        let many = format!("<urlset>{}</urlset>", url("").repeat(ADDRESSES_MOST + 10));
        assert!(matches!(read(many.as_bytes()), Ok(Sitemap::Pages(pages)) if pages.len() == ADDRESSES_MOST));
    }

    #[test]
    fn an_address_is_a_host_and_what_is_asked_of_it() {
        let is = |address: &str, host: &str, target: &str| {
            assert_eq!(
                split(address),
                Some((host.to_owned(), target.to_owned())),
                "{address}"
            );
        };
        is("https://Shop.example", "shop.example", "/");
        is("https://shop.example:443/a?b=c#d", "shop.example", "/a?b=c");
        is("http://127.0.0.1:8080/é", "127.0.0.1:8080", "/%C3%A9");
        for address in [
            "/a",
            "ftp://a.example/",
            "https://u:p@a.example/",
            "javascript:alert(1)",
            "",
            "https://",
        ] {
            assert_eq!(split(address), None, "{address}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, text in "[<>/a-z&;! \\[\\]-]{0,64}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }
    }
}
