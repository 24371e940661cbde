//! `serl schema`: the configuration as a JSON schema.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::schema;
use crate::terminal::Terminal;

const AFTER: &str = "\
Editors check and complete a configuration with it. Those that follow Taplo (Even Better TOML in VS
Code, Helix, Neovim, Zed) read where it is from the first line of the file:
  #:schema ./serl.schema.json

The schema has the keys, types, defaults and ranges of this version, with their descriptions. What
depends on several keys at once, `serl plan` checks.

Examples:
  serl schema > serl.schema.json
  serl schema sft > sft.schema.json";

/// Print the JSON schema of the configuration, for editors
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct SchemaArgs {
    /// Whose configuration: of `serl run`, or of `serl sft`
    #[arg(value_enum, value_name = "COMMAND", default_value_t)]
    of: Of,
}

/// A command with a configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Of {
    /// `serl run`, and all that read the same file.
    #[default]
    Run,
    /// `serl sft`.
    Sft,
}

/// Prints the schema.
pub(super) fn run(args: &SchemaArgs, terminal: &Terminal) -> Result<()> {
    let schema = match args.of {
        Of::Run => schema::of_run(),
        Of::Sft => schema::of_sft(),
    };
    terminal.data(&serde_json::to_string_pretty(&schema)?)
}
