//! What engines call the same things: one file per engine.
//!
//! To add an engine: a file with a type that implements [`Dialect`], and a line in [`Engine`].

mod contract;
mod llama_cpp;
mod sglang;
mod vllm;

pub(crate) use contract::{Asked, Description, Dialect, Lacking, Reply};

/// An engine that serves models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// vLLM's server with the API of OpenAI.
    Vllm,
    /// SGLang's own API.
    Sglang,
    /// `llama-server` of llama.cpp.
    LlamaCpp,
}

impl Engine {
    /// The name that the configuration has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::LlamaCpp => "llama_cpp",
        }
    }

    /// How it is spoken to.
    pub(crate) fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Vllm => &vllm::Vllm,
            Self::Sglang => &sglang::Sglang,
            Self::LlamaCpp => &llama_cpp::LlamaCpp,
        }
    }
}

#[cfg(test)]
mod tests;
