//! Control tokens that data spells out are text, not control tokens.
//!
//! A policy that writes its own instructions could otherwise end the user's turn in one of them and begin the answer
//! itself. `transformers` does the same with `sanitize_control_tokens=True`: each such place is encoded by itself,
//! without added tokens.

use std::collections::HashSet;
use std::ops::Range;

use serl_chat::Rendered;
use tokenizers::tokenizer::normalizer::Range as NormalizerRange;
use tokenizers::{
    AddedToken, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
};

/// The result of the library of tokenizers.
type Result<T> = std::result::Result<T, tokenizers::Error>;

/// The texts of control tokens.
#[derive(Debug)]
pub(super) struct Control {
    /// The longest first, so that a token comes before those that it contains.
    tokens: Vec<String>,
    /// Those that are looked for in the text as the normalizer leaves it, and as it leaves them.
    normalized: Vec<String>,
    ids: HashSet<u32>,
}

impl Control {
    /// Special tokens, and those added tokens that the template mentions (`mentions`), but for white space.
    pub fn new(tokenizer: &tokenizers::Tokenizer, mentions: impl Fn(&str) -> bool) -> Self {
        let added = tokenizer.get_added_tokens_decoder();
        let is_control = |token: &AddedToken| {
            let text = &token.content;
            !text.is_empty() && (token.special || (!text.trim().is_empty() && mentions(text)))
        };
        let control = || added.iter().filter(|(_, token)| is_control(token));
        let mut tokens: Vec<String> = control().map(|(_, token)| token.content.clone()).collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
        let normalized = control()
            .filter(|(_, token)| token.normalized)
            .filter_map(|(_, token)| {
                let left = normalized(tokenizer, &token.content).ok()??;
                Some(left.get().to_owned()).filter(|left| !left.is_empty())
            });
        Self {
            tokens,
            normalized: normalized.collect(),
            ids: control().map(|(id, _)| *id).collect(),
        }
    }

    /// The ids of a text; control tokens are recognised only outside of its data. None are added.
    pub fn encode(&self, tokenizer: &tokenizers::Tokenizer, text: &Rendered) -> Result<Vec<u32>> {
        let ids = |text: &str| -> Result<Vec<u32>> { Ok(tokenizer.encode_fast(text, false)?.get_ids().to_vec()) };
        let spelled = self.spelled(tokenizer, text)?;
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
            // The model's own vocabulary may have the token, too: its characters one by one do not make it.
            all.extend(match plain.iter().any(|id| self.ids.contains(id)) {
                true => characters(tokenizer, token)?,
                false => plain,
            });
            let end = spelled.get(i + 1).map_or(text.text().len(), |next| next.start);
            if end > place.end {
                all.extend(inner(&text.text()[place.end..end], &ids)?);
            }
        }
        Ok(all)
    }

    /// Where data spells out control tokens, as it is or once it is normalized, one place after the other.
    fn spelled(&self, tokenizer: &tokenizers::Tokenizer, text: &Rendered) -> Result<Vec<Range<usize>>> {
        let mut places = self.as_is(text);
        places.extend(self.once_normalized(tokenizer, text)?);
        places.sort_by_key(|place| place.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in places {
            match apart.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        Ok(apart)
    }

    /// Places of control tokens that come out of the normalizer: it may narrow wide characters or leave some out.
    fn once_normalized(&self, tokenizer: &tokenizers::Tokenizer, text: &Rendered) -> Result<Vec<Range<usize>>> {
        let mut places = Vec::new();
        for data in text.data() {
            if self.normalized.is_empty() {
                break;
            }
            let Some(left) = normalized(tokenizer, &text.text()[data.clone()])? else {
                break;
            };
            for token in &self.normalized {
                for (start, _) in left.get().match_indices(token.as_str()) {
                    let found = left.convert_offsets(NormalizerRange::Normalized(start..start + token.len()));
                    places.extend(found.map(|found| data.start + found.start..data.start + found.end));
                }
            }
        }
        // What the normalizer puts in has no place of its own.
        places.retain(|place| !place.is_empty());
        Ok(places)
    }

    /// Where data spells out control tokens, even with the help of what is around it.
    fn as_is(&self, text: &Rendered) -> Vec<Range<usize>> {
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

/// A text as the normalizer leaves it; none without a normalizer.
fn normalized(tokenizer: &tokenizers::Tokenizer, text: &str) -> Result<Option<NormalizedString>> {
    let Some(normalizer) = tokenizer.get_normalizer() else {
        return Ok(None);
    };
    let mut left = NormalizedString::from(text);
    normalizer.normalize(&mut left)?;
    Ok(Some(left))
}

/// The ids of a text in which no added token is recognised.
fn plain(tokenizer: &tokenizers::Tokenizer, text: &str) -> Result<Vec<u32>> {
    let left = normalized(tokenizer, text)?;
    let mut split = PreTokenizedString::from(left.unwrap_or_else(|| NormalizedString::from(text)));
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
