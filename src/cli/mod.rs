//! The commands, one file each.

mod bench;
mod check;
mod compare;
mod completions;
mod diff;
mod dtype;
mod env;
mod eval;
mod explain;
mod export;
mod fsck;
mod gc;
mod grade;
mod init;
mod inspect;
mod man;
mod merge;
mod metrics;
mod plan;
mod policy_folder;
mod profile;
mod prompt;
mod pull;
mod push;
mod report;
mod run;
mod runs;
mod schema;
mod sft;
mod show;
mod span;
mod stored;
mod target;
mod trace;
mod transfer;
mod watch;

use std::borrow::Cow;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::{Differs, Doubtful, EXIT_CODES, Exit, render};
use crate::surroundings::{ENVIRONMENT, FILES};
use crate::terminal::{Colour, Level, Terminal, message, printable};
use crate::version;

/// Self-play reinforcement learning of language models with limited data.
///
/// SeRL (arXiv 2505.20347): a policy writes instructions, answers each of them many times, takes the majority answer as
/// correct, and learns from its own agreement. `serl run` does all of this; without a configuration, it runs an
/// embedded quickstart in less than a minute.
#[derive(Debug, Parser)]
#[command(name = "serl", version, max_term_width = 100, after_help = after_help())]
pub struct Cli {
    /// Print only errors and data
    #[arg(short, long, global = true)]
    quiet: bool,
    /// When to colour messages; `NO_COLOR` is respected
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Run(run::RunArgs),
    Plan(plan::PlanArgs),
    Watch(watch::WatchArgs),
    Metrics(metrics::MetricsArgs),
    Check(check::CheckArgs),
    Report(report::ReportArgs),
    Show(show::ShowArgs),
    Trace(trace::TraceArgs),
    Explain(explain::ExplainArgs),
    Diff(diff::DiffArgs),
    Compare(compare::CompareArgs),
    Export(export::ExportArgs),
    Sft(sft::SftArgs),
    Merge(merge::MergeArgs),
    Eval(eval::EvalArgs),
    Prompt(prompt::PromptArgs),
    Grade(grade::GradeArgs),
    Inspect(inspect::InspectArgs),
    Runs(runs::RunsArgs),
    Push(push::PushArgs),
    Pull(pull::PullArgs),
    Fsck(fsck::FsckArgs),
    Gc(gc::GcArgs),
    Bench(bench::BenchArgs),
    Env(env::EnvArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// The command line, for those who describe it.
pub fn command() -> clap::Command {
    Cli::command()
}

fn after_help() -> String {
    [FILES, ENVIRONMENT, EXIT_CODES].join("\n\n")
}

impl Cli {
    /// The command line of this process. Ends it for one that is wrong, or asks for help or for the version, of which
    /// `commit` is part.
    pub fn given(commit: Option<&str>) -> Self {
        let mut command = Self::command().long_version(version::long(commit));
        let parsed = command.try_get_matches_from_mut(std::env::args_os());
        let parsed = parsed.and_then(|found| Self::from_arg_matches(&found));
        parsed
            .map_err(|error| error.format(&mut command))
            .unwrap_or_else(|error| {
                if let Some(key) = key_with_dashes(&error) {
                    message(error.render().to_string().trim_end());
                    message(&format!("\nkeys of the configuration have no dashes: `{key}=VALUE`"));
                    std::process::exit(error.exit_code());
                }
                let told = error.render().to_string();
                match printable(&told) {
                    // As clap prints it, with colours.
                    Cow::Borrowed(_) => error.exit(),
                    Cow::Owned(told) => {
                        message(told.trim_end());
                        std::process::exit(error.exit_code());
                    }
                }
            })
    }

    /// Executes the command line, reports errors on stderr, and returns the exit code.
    pub fn execute(self) -> ExitCode {
        let level = match self.quiet {
            true => Ok(Level::Quiet),
            false => Level::of_environment(),
        };
        let terminal = Terminal::new(level.as_ref().copied().unwrap_or_default(), self.color);
        let terminal = match &self.command {
            Command::Run(args) if args.tells_json() => terminal.in_json(),
            _ => terminal,
        };
        let done = level
            .map_err(anyhow::Error::from)
            .and_then(|_| self.command.run(&terminal));
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.is::<Differs>() || error.is::<Doubtful>() => ExitCode::from(Exit::of(&error).code()),
            Err(error) => {
                terminal.error(&render(&error, &terminal));
                ExitCode::from(Exit::of(&error).code())
            }
        }
    }
}

impl Command {
    fn run(self, terminal: &Terminal) -> Result<()> {
        match self {
            Self::Init(args) => init::run(&args, terminal),
            Self::Run(args) => run::run(&args, terminal),
            Self::Plan(args) => plan::run(&args, terminal),
            Self::Watch(args) => watch::run(&args, terminal),
            Self::Metrics(args) => metrics::run(&args, terminal),
            Self::Check(args) => check::run(&args, terminal),
            Self::Report(args) => report::run(&args, terminal),
            Self::Show(args) => show::run(&args, terminal),
            Self::Trace(args) => trace::run(&args, terminal),
            Self::Explain(args) => explain::run(&args, terminal),
            Self::Diff(args) => diff::run(&args, terminal),
            Self::Compare(args) => compare::run(&args, terminal),
            Self::Export(args) => export::run(&args, terminal),
            Self::Sft(args) => sft::run(&args, terminal),
            Self::Merge(args) => merge::run(&args, terminal),
            Self::Eval(args) => eval::run(&args, terminal),
            Self::Prompt(args) => prompt::run(&args, terminal),
            Self::Grade(args) => grade::run(&args, terminal),
            Self::Inspect(args) => inspect::run(&args, terminal),
            Self::Runs(args) => runs::run(&args, terminal),
            Self::Push(args) => push::run(&args, terminal),
            Self::Pull(args) => pull::run(&args, terminal),
            Self::Fsck(args) => fsck::run(&args, terminal),
            Self::Gc(args) => gc::run(&args, terminal),
            Self::Bench(args) => bench::run(&args, terminal),
            Self::Env(args) => env::run(&args, terminal),
            Self::Schema(args) => schema::run(&args, terminal),
            Self::Completions(args) => completions::run(&args, terminal),
            Self::Man(args) => man::run(&args, command(), terminal),
        }
    }
}

/// The key that the user wrote like a flag, as in `--train.lr`.
fn key_with_dashes(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let key = argument.strip_prefix("--")?.split('=').next()?;
    let is_key = error.kind() == ErrorKind::UnknownArgument && key.contains('.');
    is_key.then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
