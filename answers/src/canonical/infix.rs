//! Commands of old TeX that stand between their arguments: `{3 \over 2}`, `{n \choose k}`.
//!
//! Works on tokens with balanced braces, before arguments are grouped.

use super::lexer::Token;

/// A level of braces.
struct Level {
    /// Where its content starts in the output.
    start: usize,
    /// The first such command in it, and where its second argument starts.
    command: Option<(&'static str, usize)>,
}

/// The tokens with each such command before its arguments.
pub(super) fn prefixed(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let tokens = with_roots(tokens);
    if !tokens.iter().any(|token| command(*token).is_some()) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 4);
    let mut levels = vec![Level {
        start: 0,
        command: None,
    }];
    for token in tokens {
        match (token, levels.last_mut()) {
            (Token::Open, _) => {
                out.push(token);
                levels.push(Level {
                    start: out.len(),
                    command: None,
                });
            }
            (Token::Close, _) => {
                if let Some(level) = levels.pop() {
                    close(&mut out, &level);
                }
                out.push(token);
            }
            (_, Some(level)) if command(token).is_some() && level.command.is_none() => {
                level.command = command(token).map(|name| (name, out.len()));
            }
            _ => out.push(token),
        }
    }
    while let Some(level) = levels.pop() {
        close(&mut out, &level);
    }
    out
}

/// `\root 3 \of 2` as `\sqrt[3] 2`.
fn with_roots(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    if !tokens.contains(&Token::Command("of")) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            Token::Command("root") => out.extend([Token::Command("sqrt"), Token::Symbol('[')]),
            Token::Command("of") => {
                while out.last() == Some(&Token::Space) {
                    out.pop();
                }
                out.push(Token::Symbol(']'));
            }
            Token::Space if out.last() == Some(&Token::Symbol('[')) => {}
            token => out.push(token),
        }
    }
    out
}

/// The command with its arguments behind it, for a command between them.
fn command(token: Token<'_>) -> Option<&'static str> {
    match token {
        Token::Command("over") => Some("frac"),
        Token::Command("choose") => Some("binom"),
        _ => None,
    }
}

fn close(out: &mut Vec<Token<'_>>, level: &Level) {
    if let Some((name, second)) = level.command {
        let below = out.split_off(second);
        let above = out.split_off(level.start);
        out.extend([Token::Command(name), Token::Open]);
        out.extend(above);
        out.extend([Token::Close, Token::Open]);
        out.extend(below);
        out.push(Token::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    #[test]
    fn infix_commands_become_prefixes() {
        for (infix, prefix) in [
            (r"{3\over2}", r"{\frac{3}{2}}"),
            (r"3\over2", r"\frac{3}{2}"),
            (r"{{1\over2}\over3}", r"{\frac{{\frac{1}{2}}}{3}}"),
            (r"{5\choose2}", r"{\binom{5}{2}}"),
            (r"{3\over2}+1", r"{\frac{3}{2}}+1"),
            (r"x\over", r"\frac{x}{}"),
            (r"\root 3\of 2", r"\sqrt[3] 2"),
        ] {
            assert_eq!(prefixed(lex(infix)), lex(prefix), "{infix}");
        }
    }
}
