//! `serl prompt`: shows what a policy is asked.

mod shown;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde_json::{Map, Value};
use serl_lm::{Conversation, Message, Rendered, Tokenizer};
use serl_stages::config::{Config, PromptFormat};
use serl_stages::import;
use serl_stages::preview::{self, Prompt};

use super::target;
use crate::candidates;
use crate::failure::Mistake;
use crate::inputs;
use crate::settings;
use crate::terminal::Terminal;
use shown::Shown;

const AFTER: &str = "\
Prints the text, its token ids, and the tokens that end a response. With MODEL, TEXT is the user's
message in the model's chat template; with `--raw` it is the whole prompt. Without MODEL, the prompt
is one of a run, whose configuration is found as by `serl run`, and arguments are values that
override it.

Control tokens that a user's message or an instruction spells out are encoded as text; those that
templates write are control tokens.

Examples:
  serl prompt models/mine 'What is 2 + 2?'
  serl prompt models/mine 'What is 2 + 2?' --system 'Be brief.' --json
  serl prompt models/mine --messages conversation.json
  serl prompt models/mine 'Question: What is 2 + 2? Answer:' --raw
  serl prompt                                 # how instructions are put: the first seed
  serl prompt -c mine.toml --seed 7 prompt.format=raw
  serl prompt -c mine.toml --generate         # the first few-shot prompt for new instructions";

/// Options that belong to a text, and not to a run.
const OF_TEXT: [&str; 3] = ["messages", "raw", "system"];

/// Show what a policy is asked: text, tokens, ends
#[derive(Debug, Args)]
#[command(after_help = AFTER, override_usage = "serl prompt MODEL TEXT [OPTIONS]
       serl prompt MODEL --messages FILE [OPTIONS]
       serl prompt [-c CONFIG] [KEY=VALUE]... [OPTIONS]")]
pub struct PromptArgs {
    /// Hugging Face model folder, id of a downloaded model or `builtin:quickstart`, and the text; or values that
    /// override those of the configuration
    #[arg(
        value_name = "MODEL TEXT | KEY=VALUE",
        add = ArgValueCompleter::new(candidates::of_prompt)
    )]
    words: Vec<String>,
    /// JSON file with a list of messages, or with such a list as `messages`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["raw", "config"])]
    messages: Option<PathBuf>,
    /// System message before TEXT
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["raw", "messages", "config"])]
    system: Option<String>,
    /// TEXT is the whole prompt, as for a base model
    #[arg(long, conflicts_with = "config")]
    raw: bool,
    /// TOML configuration of a run, or `builtin:quickstart` [default: `serl.toml` here or in a folder above, otherwise
    /// the quickstart]
    #[arg(
        short,
        long,
        value_name = "FILE",
        add = ArgValueCompleter::new(candidates::configuration)
    )]
    config: Option<String>,
    /// Of a run: the number of the seed instruction, from 1 [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with_all = OF_TEXT)]
    seed: Option<u32>,
    /// Of a run: the first prompt for new instructions
    #[arg(long, conflicts_with_all = OF_TEXT, conflicts_with = "seed")]
    generate: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PromptArgs {
    /// Whether there is a model among the arguments, and not only values that override those of a configuration.
    fn names_model(&self) -> bool {
        let of_text = self.raw || self.messages.is_some() || self.system.is_some();
        let of_run = self.config.is_some() || self.seed.is_some() || self.generate;
        let value = |word: &String| word.split_once('=').is_some_and(|(key, _)| !key.contains(['/', ' ']));
        of_text || !of_run && !self.words.iter().all(value)
    }
}

/// Prints the prompt.
pub(super) fn run(args: &PromptArgs, terminal: &Terminal) -> Result<()> {
    let (tokenizer, format, prompt) = match args.names_model() {
        true => of_text(args)?,
        false => of_run(args, terminal)?,
    };
    let shown = Shown::new(&tokenizer, format, &prompt);
    let text = match args.json {
        true => serde_json::to_string(&shown)?,
        false => shown.to_text(),
    };
    terminal.data(&text)
}

/// The prompt of a text or of messages.
fn of_text(args: &PromptArgs) -> Result<(Tokenizer, PromptFormat, Prompt)> {
    let (model, text) = match (args.words.as_slice(), &args.messages) {
        ([model], Some(_)) => (model, None),
        ([model, text], None) => (model, Some(text.as_str())),
        _ => {
            let text = "give a model folder and a text or `--messages FILE`, or neither for the prompt of a run";
            return Err(Mistake::new(text.to_owned(), "`serl prompt --help` has examples").into());
        }
    };
    let tokenizer = tokenizer(model, Path::new(&Config::default().execution.store))?;
    if args.raw {
        let text = text.unwrap_or_default();
        let tokens = tokenizer.raw(text)?;
        let text = Rendered::trusted(text);
        return Ok((tokenizer, PromptFormat::Raw, Prompt { text, tokens }));
    }
    let conversation = match (&args.messages, text) {
        (Some(file), _) => Conversation {
            messages: read(file)?,
            add_generation_prompt: true,
        },
        (None, text) => {
            let system = args.system.as_deref().map(Message::system);
            let user = text.map(Message::user);
            Conversation::prompt(&system.into_iter().chain(user).collect::<Vec<_>>())
        }
    };
    let text = tokenizer.render(&conversation)?;
    let tokens = tokenizer.encode_rendered(&text)?;
    Ok((tokenizer, PromptFormat::Chat, Prompt { text, tokens }))
}

/// A prompt of the run of a configuration.
fn of_run(args: &PromptArgs, terminal: &Terminal) -> Result<(Tokenizer, PromptFormat, Prompt)> {
    let named = args.config.clone().or_else(|| env::var("SERL_CONFIG").ok());
    let named = named.filter(|named| !named.is_empty());
    let source = target::source(named.as_deref());
    target::tell_source(named.as_deref(), &source, terminal);
    let config: Config = settings::load(&source, &args.words)?;
    let store = Path::new(&config.execution.store);
    let tokenizer = tokenizer(&config.model.path, store)?;
    let seeds = import::seeds(&inputs::data(&config.seeds.path, store)?, &config.seeds)?.rows;
    if args.generate {
        let prompt = preview::generate(&tokenizer, &config, &seeds)?;
        return Ok((tokenizer, config.generate.format, prompt));
    }
    let number = args.seed.unwrap_or(1);
    let Some(seed) = number.checked_sub(1).and_then(|index| seeds.get(index as usize)) else {
        let text = format!("there is no seed {number}");
        return Err(Mistake::new(text, format!("the file has the seeds 1 to {}", seeds.len())).into());
    };
    let prompt = preview::answer(&tokenizer, &config.prompt, &seed.text)?;
    Ok((tokenizer, config.prompt.format, prompt))
}

fn tokenizer(model: &str, store: &Path) -> Result<Tokenizer> {
    Ok(Tokenizer::load(inputs::model(model, store)?.as_path())?)
}

fn read(file: &Path) -> Result<Vec<Map<String, Value>>> {
    let wrong = |problem: String| {
        let text = format!("{}: {problem}", file.display());
        Mistake::new(
            text,
            "give a file with a JSON list of objects that have `role` and `content`",
        )
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let no_messages = |error: serde_json::Error| wrong(format!("has no messages: {error}"));
    let mut json: Value = serde_json::from_str(&text).map_err(no_messages)?;
    if let Some(field) = json.get_mut("messages") {
        json = field.take();
    }
    let messages: Vec<Map<String, Value>> = serde_json::from_value(json).map_err(no_messages)?;
    if messages.is_empty() {
        return Err(wrong("has no messages".to_owned()).into());
    }
    Ok(messages)
}
