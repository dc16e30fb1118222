//! Voter tokens: the maker's server vouches for a voter.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether `token` is the hexadecimal HMAC-SHA256 (RFC 2104) of `poll "\n" user` under `secret`. Compared in constant
/// time.
pub(super) fn vouches(secret: &str, poll: &str, user: &str, token: &str) -> bool {
    let Some(given) = from_hex(token) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(poll.as_bytes());
    mac.update(b"\n");
    mac.update(user.as_bytes());
    mac.verify_slice(&given).is_ok()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    // A sign, which parsing a number allows, is no digit.
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_this_poll_and_user_vouches() {
        // printf 'best\nu-1' | openssl dgst -sha256 -hmac s3cret
        let token = "10f202f38d9e9a19809b0c8636cbebcf9f4f70a29d7809a7dc1e39af147a18bd";
        assert!(vouches("s3cret", "best", "u-1", token));
        assert!(vouches("s3cret", "best", "u-1", &token.to_uppercase()));
        assert!(!vouches("s3cret", "best", "u-2", token));
        assert!(!vouches("other", "best", "u-1", token));
        assert!(!vouches("s3cret", "best", "u-1", &token[..62]));
        assert!(!vouches("s3cret", "best", "u-1", "zz"));
        // printf 'best\nu-10' | openssl dgst -sha256 -hmac s3cret
        let token = "0b7bff80778f3d33cf574acadaebe4a6bcd4f322f91fb89f8d5491027aa7a122";
        assert!(vouches("s3cret", "best", "u-10", token));
        assert!(!vouches("s3cret", "best", "u-10", &token.replacen('0', "+", 1)));
    }
}
