//! `serl completions`: the script that makes a shell complete command lines.

use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::completion;
use crate::terminal::Terminal;

const AFTER: &str = "\
Completes commands and options, and also names of runs, nodes, stages and columns, keys of the
configuration with their values, and models. The shell asks the `serl` on its PATH, so the script
stays valid when `serl` is updated.

To switch it on, add the line to the file that your shell reads when it starts:
  ~/.bashrc                   source <(serl completions bash)
  ~/.zshrc, after compinit    source <(serl completions zsh)
  ~/.config/fish/config.fish  serl completions fish | source
  ~/.config/elvish/rc.elv     eval (serl completions elvish | slurp)
  $PROFILE of PowerShell      serl completions powershell | Out-String | Invoke-Expression
Nushell reads the scripts in a folder of its own:
  serl completions nushell | save -f ($nu.user-autoload-dirs.0 | path join serl.nu)

Examples:
  source <(serl completions bash)
  serl completions fish > ~/.config/fish/completions/serl.fish";

/// Print the script that completes commands in a shell
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL", value_parser = PossibleValuesParser::new(completion::shells()))]
    shell: String,
}

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<()> {
    terminal.data(&completion::script(&args.shell).unwrap_or_default())
}
