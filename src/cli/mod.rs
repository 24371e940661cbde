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
mod merge;
mod metrics;
mod plan;
mod policy_folder;
mod profile;
mod prompt;
mod report;
mod run;
mod runs;
mod schema;
mod sft;
mod show;
mod stored;
mod target;
mod trace;
mod watch;

use std::borrow::Cow;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::{Differs, Doubtful, EXIT_CODES, Exit, render};
use crate::terminal::{Colour, Terminal, message, printable};
use crate::version;

/// Self-play reinforcement learning of language models with limited data.
///
/// SeRL (arXiv 2505.20347): a policy writes instructions, answers each of them many times, takes the majority answer as
/// correct, and learns from its own agreement. `serl run` does all of this; without a configuration, it runs an
/// embedded quickstart in less than a minute.
#[derive(Debug, Parser)]
#[command(name = "serl", version, max_term_width = 100, after_help = EXIT_CODES)]
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
    Fsck(fsck::FsckArgs),
    Gc(gc::GcArgs),
    Bench(bench::BenchArgs),
    Env(env::EnvArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
}

/// The command line, for those who describe it.
pub fn command() -> clap::Command {
    Cli::command()
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
        let terminal = Terminal::new(self.quiet, self.color);
        let terminal = match &self.command {
            Command::Run(args) if args.tells_json() => terminal.in_json(),
            _ => terminal,
        };
        let done = match self.command {
            Command::Init(args) => init::run(&args, &terminal),
            Command::Run(args) => run::run(&args, &terminal),
            Command::Plan(args) => plan::run(&args, &terminal),
            Command::Watch(args) => watch::run(&args, &terminal),
            Command::Metrics(args) => metrics::run(&args, &terminal),
            Command::Check(args) => check::run(&args, &terminal),
            Command::Report(args) => report::run(&args, &terminal),
            Command::Show(args) => show::run(&args, &terminal),
            Command::Trace(args) => trace::run(&args, &terminal),
            Command::Explain(args) => explain::run(&args, &terminal),
            Command::Diff(args) => diff::run(&args, &terminal),
            Command::Compare(args) => compare::run(&args, &terminal),
            Command::Export(args) => export::run(&args, &terminal),
            Command::Sft(args) => sft::run(&args, &terminal),
            Command::Merge(args) => merge::run(&args, &terminal),
            Command::Eval(args) => eval::run(&args, &terminal),
            Command::Prompt(args) => prompt::run(&args, &terminal),
            Command::Grade(args) => grade::run(&args, &terminal),
            Command::Inspect(args) => inspect::run(&args, &terminal),
            Command::Runs(args) => runs::run(&args, &terminal),
            Command::Fsck(args) => fsck::run(&args, &terminal),
            Command::Gc(args) => gc::run(&args, &terminal),
            Command::Bench(args) => bench::run(&args, &terminal),
            Command::Env(args) => env::run(&args, &terminal),
            Command::Schema(args) => schema::run(&args, &terminal),
            Command::Completions(args) => completions::run(&args, &terminal),
        };
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
