//! Control tokens that data spells out are text, not control tokens.
//!
//! A policy that writes its own instructions could otherwise end the user's turn in one of them and begin the answer
//! itself. `transformers` does the same with `sanitize_control_tokens=True`: each such place is encoded by itself,
//! without added tokens.

use std::ops::Range;

use serl_chat::Rendered;
use tokenizers::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
};

/// The result of the library of tokenizers.
type Result<T> = std::result::Result<T, tokenizers::Error>;

/// The texts of control tokens.
#[derive(Debug)]
pub(super) struct Control {
    /// The longest first, so that a token comes before those that it contains.
    tokens: Vec<String>,
}

impl Control {
    /// Special tokens, and those added tokens that the template mentions (`mentions`), but for white space.
    pub fn new(tokenizer: &tokenizers::Tokenizer, mentions: impl Fn(&str) -> bool) -> Self {
        let added = tokenizer.get_added_tokens_decoder();
        let mut tokens: Vec<String> = added
            .values()
            .filter(|token| !token.content.is_empty())
            .filter(|token| token.special || (!token.content.trim().is_empty() && mentions(&token.content)))
            .map(|token| token.content.clone())
            .collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
        Self { tokens }
    }

    /// The ids of a text; control tokens are recognised only outside of its data. None are added.
    pub fn encode(&self, tokenizer: &tokenizers::Tokenizer, text: &Rendered) -> Result<Vec<u32>> {
        let ids = |text: &str| -> Result<Vec<u32>> { Ok(tokenizer.encode_fast(text, false)?.get_ids().to_vec()) };
        let spelled = self.spelled(text);
        if spelled.is_empty() {
            return ids(text.text());
        }
        let newline = ids("\n")?;
        // What begins in the middle of a text follows a newline, which is then taken away: some tokenizers put a space
        // before the first word of a text.
        let inner = |piece: &str, encode: &dyn Fn(&str) -> Result<Vec<u32>>| {
            let after_newline = encode(&format!("\n{piece}"))?;
            match after_newline.strip_prefix(newline.as_slice()) {
                Some(ids) => Ok(ids.to_vec()),
                None => encode(piece),
            }
        };
        let mut all = ids(&text.text()[..spelled[0].start])?;
        for (i, place) in spelled.iter().enumerate() {
            let token = &text.text()[place.clone()];
            let plain = inner(token, &|text: &str| plain(tokenizer, text))?;
            all.extend(match tokenizer.token_to_id(token) {
                // The model's own vocabulary has the token, too: its characters one by one do not make it.
                Some(id) if plain.contains(&id) => characters(tokenizer, token)?,
                _ => plain,
            });
            let end = spelled.get(i + 1).map_or(text.text().len(), |next| next.start);
            if end > place.end {
                all.extend(inner(&text.text()[place.end..end], &ids)?);
            }
        }
        Ok(all)
    }

    /// Where data spells out control tokens, even with the help of what is around it.
    fn spelled(&self, text: &Rendered) -> Vec<Range<usize>> {
        let longest = self.tokens.first().map_or(0, String::len);
        let mut places: Vec<Range<usize>> = Vec::new();
        for data in text.data() {
            let mut at = data
                .start
                .saturating_sub(longest)
                .max(places.last().map_or(0, |place| place.end));
            while at < data.end {
                let rest = &text.text().as_bytes()[at..];
                let token = self.tokens.iter().find(|token| rest.starts_with(token.as_bytes()));
                let end = at + token.map_or(1, String::len);
                if token.is_some() && end > data.start {
                    places.push(at..end);
                }
                at = end;
            }
        }
        places
    }
}

/// The ids of a text in which no added token is recognised.
fn plain(tokenizer: &tokenizers::Tokenizer, text: &str) -> Result<Vec<u32>> {
    let mut normalized = NormalizedString::from(text);
    if let Some(normalizer) = tokenizer.get_normalizer() {
        normalizer.normalize(&mut normalized)?;
    }
    let mut split = PreTokenizedString::from(normalized);
    if let Some(pre_tokenizer) = tokenizer.get_pre_tokenizer() {
        pre_tokenizer.pre_tokenize(&mut split)?;
    }
    let mut ids = Vec::new();
    for (part, _, _) in split.get_splits(OffsetReferential::Original, OffsetType::Byte) {
        ids.extend(tokenizer.get_model().tokenize(part)?.into_iter().map(|token| token.id));
    }
    Ok(ids)
}

fn characters(tokenizer: &tokenizers::Tokenizer, text: &str) -> Result<Vec<u32>> {
    let mut ids = Vec::new();
    for c in text.chars() {
        ids.extend(plain(tokenizer, c.encode_utf8(&mut [0; 4]))?);
    }
    Ok(ids)
}
