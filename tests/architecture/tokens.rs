//! Rust's text as words and marks, without comments and literals.

/// A word or a mark, and the line it stands on.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

/// The token at `index`; nothing where there is none.
pub(crate) fn text<'a>(tokens: &[Token<'a>], index: usize) -> &'a str {
    tokens.get(index).map_or("", |token| token.text)
}

/// The token before `index`.
pub(crate) fn before<'a>(tokens: &[Token<'a>], index: usize) -> &'a str {
    index.checked_sub(1).map_or("", |index| text(tokens, index))
}

/// Words, `::`, and every other character by itself.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let end = if rest.starts_with("::") {
                2
            } else {
                word.max(first.len_utf8())
            };
            let (text, behind) = rest.split_at(end);
            tokens.push(Token {
                text,
                line: index + 1,
            });
            rest = behind.trim_start();
        }
    }
    tokens
}

/// The text with comments and literals blanked, line for line.
pub(crate) fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    while let Some(first) = rest.first() {
        let blank = comment_or_literal(rest).min(rest.len());
        let (gone, behind) = rest.split_at(blank.max(1));
        if blank == 0 {
            code.push(*first);
        } else {
            code.extend(gone.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        }
        rest = behind;
    }
    code
}

/// The length of the comment or literal that `rest` begins with; 0 when it begins with neither.
fn comment_or_literal(rest: &[char]) -> usize {
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => string(rest),
        ['\'', '\\', _, behind @ ..] => 4 + behind.iter().take_while(|c| **c != '\'').count(),
        ['\'', _, '\'', ..] => 3,
        ['r', '"' | '#', ..] => raw_string(rest),
        _ => 0,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while at + 1 < rest.len() {
        match rest.get(at..at + 2) {
            Some(['/', '*']) => (open, at) = (open + 1, at + 2),
            Some(['*', '/']) => (open, at) = (open.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if open == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[char]) -> usize {
    let mut escaped = false;
    for (at, c) in rest.iter().enumerate().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `r"…"` and `r#"…"#`; 0 for a raw identifier.
fn raw_string(rest: &[char]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    if rest.get(hashes + 1) != Some(&'"') {
        return 0;
    }
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let from = hashes + 2;
    let body = rest.get(from..).unwrap_or_default();
    body.windows(closing.len())
        .position(|at| at == closing)
        .map_or(rest.len(), |at| from + at + closing.len())
}
