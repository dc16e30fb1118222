//! Numbers, durations and names, as people read them.

/// A number with its thousands apart: `12,345`.
pub(in crate::cli) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size: `512 B`, `1.5 MiB`.
pub(in crate::cli) fn bytes(bytes: u64) -> String {
    const STEP: u64 = 1024;
    if bytes < STEP {
        return format!("{bytes} B");
    }
    let mut unit_bytes = STEP;
    let mut units = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if bytes / unit_bytes < STEP {
            break;
        }
        unit_bytes *= STEP;
        unit = larger;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit_bytes);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// A span of time in its two largest units: `3 d 4 h`, `12 min 5 s`, `0 s`.
pub(in crate::cli) fn duration(seconds: u64) -> String {
    let (d, h, min, s) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match (d, h, min) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, _) => format!("{min} min {s} s"),
        (0, _, _) => format!("{h} h {min} min"),
        _ => format!("{d} d {h} h"),
    }
}

/// A name in camelCase as words: `lastError` → `last error`.
pub(in crate::cli) fn words(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let read: Vec<_> = [0, 999, 1_000, 12_345, 1_234_567].map(grouped).into();
        assert_eq!(read, ["0", "999", "1,000", "12,345", "1,234,567"]);
        let read: Vec<_> = [0, 1_023, 1_024, 1_572_864, 5 << 40, u64::MAX].map(bytes).into();
        assert_eq!(
            read,
            ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "5.0 TiB", "16777215.9 TiB"]
        );
        let read: Vec<_> = [0, 61, 3_725, 90_000].map(duration).into();
        assert_eq!(read, ["0 s", "1 min 1 s", "1 h 2 min", "1 d 1 h"]);
        assert_eq!(words("lastError"), "last error");
    }
}
