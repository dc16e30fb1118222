//! Sparklines: a series in one line.

/// `values` in at most `width` columns, each a bar as high as the largest that fell into it; a gap where there was none.
pub(in crate::cli) fn spark(values: &[Option<u64>], (most, width): (u64, usize)) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let each = values.len().div_ceil(width.max(1)).max(1);
    let bar = |part: &[Option<u64>]| {
        let value = part.iter().flatten().max()?;
        let height = u128::from(*value) * 7 / u128::from(most.max(1));
        HEIGHTS.get(usize::try_from(height).unwrap_or(7).min(7)).copied()
    };
    values.chunks(each).map(|part| bar(part).unwrap_or(' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_as_high_as_its_values_and_no_wider_than_there_is_room() {
        let values: Vec<Option<u64>> = (0..8).map(Some).collect();
        assert_eq!(spark(&values, (7, 80)), "▁▂▃▄▅▆▇█");
        assert_eq!(spark(&values, (7, 4)), "▂▄▆█");
        assert_eq!(spark(&[None, Some(0), Some(9)], (0, 80)), " ▁█");
        assert_eq!(spark(&[], (1, 80)), "");
    }
}
