//! Texts shared by tokenizer, documents and model folder: special tokens and the head of a list.

/// Padding, never part of a text.
pub const PAD: &str = "<pad>";
/// Begins every text.
pub const BOS: &str = "<bos>";
/// Opens the user's turn.
pub const USER: &str = "<|user|>";
/// Opens the assistant's turn.
pub const ASSISTANT: &str = "<|assistant|>";
/// Ends every text.
pub const END: &str = "<|end|>";
/// Stands for a character outside the vocabulary.
pub const UNKNOWN: &str = "<unk>";

/// The special tokens; the place is the id.
pub const SPECIALS: &[&str] = &[PAD, BOS, USER, ASSISTANT, END, UNKNOWN];

/// The first line of every list of questions, and of every few-shot prompt that asks for more of them.
pub const LIST_HEAD: &str = "Come up with a series of questions:";
