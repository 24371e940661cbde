//! `serl export`: a policy of a run as a model folder of its own, or its tables as a data set.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::engine::ArgValueCompleter;
use serl_lm::SaveDtype;

use super::policy_folder;
use super::stored::{StoreArg, warn_of_stale};
use crate::candidates;
use crate::command_line::quote;
use crate::export::{Trained, dataset};
use crate::failure::Mistake;
use crate::lookup::Archive;
use crate::report::page::{About, card};
use crate::report::{StoredRun, bytes};
use crate::terminal::Terminal;

const AFTER: &str = "\
The folder has everything that `transformers` 4 and 5, vLLM and others read: weights,
tokenizer, chat template, generation config. README.md is a model card: how to use the policy,
its results with intervals, findings, settings, digests, and the command that repeats the run.
Nothing in it leads back to the store.

With `--dataset`, the folder has the run's tables instead: instructions, votes, rollouts and
graded responses, joined, described, and in the layout of the `datasets` library.

Examples:
  serl export quickstart mine                   # the last policy, in bf16
  serl export quickstart@2 mine                 # that of iteration 2, if it was kept
  serl export quickstart@2/train.0 mine --dtype f32 --max-shard-size 2GB
  serl export mine                              # of the most recent run
  serl export quickstart rollouts --dataset     # load_dataset(\"rollouts\", \"votes\")
  serl export s1 mine --base-model HuggingFaceTB/SmolLM2-135M-Instruct --license apache-2.0";

/// Export a policy as a Hugging Face model folder, or a run's tables as a data set
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ExportArgs {
    /// The run, and the iteration or node whose policy is meant [default: the last of the most recent run]; then the
    /// folder to write, which must not exist yet
    #[arg(
        value_names = ["RUN[@ITERATION]", "DIR"],
        num_args = 1..=2,
        required = true,
        add = ArgValueCompleter::new(candidates::sides)
    )]
    what: Vec<String>,
    /// Write the run's tables as a data set
    #[arg(long, conflicts_with_all = ["dtype", "max_shard_size", "base_model", "license"])]
    dataset: bool,
    /// Precision of the weights; f32 is what was trained
    #[arg(long, value_name = "DTYPE", default_value = "bf16", value_parser = dtypes())]
    dtype: SaveDtype,
    /// Largest file of weights, such as 500MB or 5GB
    #[arg(long, value_name = "SIZE", default_value = "5GB", value_parser = size)]
    max_shard_size: u64,
    /// For the card: the model that the run began with, as the Hugging Face Hub calls it [default: that of a folder in
    /// its cache]
    #[arg(long, value_name = "ID")]
    base_model: Option<String>,
    /// For the card: the licence, as the Hub calls it, such as apache-2.0
    #[arg(long, value_name = "ID")]
    license: Option<String>,
    #[command(flatten)]
    store: StoreArg,
}

/// Writes the folder.
pub(super) fn run(args: &ExportArgs, terminal: &Terminal) -> Result<()> {
    let archive = Archive::open(&args.store.path()?)?;
    let (run, part, out) = args.parts(&archive)?;
    policy_folder::refuse_existing(&out, "name a folder that does not exist yet")?;
    let record = archive.run(run)?;
    let stored = StoredRun::open_in(&archive, &record)?;
    warn_of_stale(&stored, terminal);
    match (args.dataset, part) {
        (false, part) => policy(args, &archive, &stored, part, &out, terminal),
        (true, None) => tables(&stored, &out, terminal),
        (true, Some(part)) => {
            let text = format!("a data set is of a whole run, not of `{part}`");
            let run = stored.name();
            Err(Mistake::new(
                text,
                format!("`serl export {run} DIR --dataset`; its rows name their iteration"),
            )
            .into())
        }
    }
}

/// Writes the run's tables.
fn tables(run: &StoredRun, out: &Path, terminal: &Terminal) -> Result<()> {
    let mut written = Vec::new();
    policy_folder::save(out, |folder| {
        written = dataset::write(run, folder)?;
        anyhow::Ok(())
    })?;
    terminal.data(&out.display().to_string())?;
    for table in &written {
        terminal.note(&format!("{}: {} rows", table.name, table.rows));
    }
    publish(out, " --repo-type dataset", terminal);
    Ok(())
}

/// Writes a policy.
fn policy(
    args: &ExportArgs,
    archive: &Archive,
    stored: &StoredRun,
    part: Option<&str>,
    out: &Path,
    terminal: &Terminal,
) -> Result<()> {
    let trained = Trained::find(archive, stored, part)?;
    policy_folder::save(out, |folder| {
        let exported = trained.export(folder, args.dtype, args.max_shard_size)?;
        let about = About {
            place: &trained.node.place,
            tree: &trained.tree,
            dtype: args.dtype.name(),
            parameters: exported.parameters,
            base: args.base_model.as_deref(),
            licence: args.license.as_deref(),
        };
        let text = card(archive, stored.name(), &about)?;
        fs::write(folder.join("README.md"), text).context("README.md")
    })?;

    terminal.data(&out.display().to_string())?;
    let place = &trained.node.place;
    let size = bytes(size_of(out)?);
    terminal.note(&format!(
        "the policy of {place} of run `{}` in {}, {size}",
        stored.name(),
        args.dtype
    ));
    publish(out, "", terminal);
    Ok(())
}

/// Says how to publish the folder.
fn publish(out: &Path, kind: &str, terminal: &Terminal) {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let (name, folder) = (quote(&name), quote(&out.display().to_string()));
    terminal.note(&format!("to publish it: hf upload {name} {folder}{kind}"));
}

impl ExportArgs {
    /// The run, the part of it, and the folder.
    fn parts(&self, archive: &Archive) -> Result<(Option<&str>, Option<&str>, PathBuf)> {
        match self.what.as_slice() {
            [run, out] => {
                let (run, part) = run
                    .split_once('@')
                    .map_or((run.as_str(), None), |(run, part)| (run, Some(part)));
                Ok((Some(run), part, out.into()))
            }
            [out] => {
                let name = out.split_once('@').map_or(out.as_str(), |(run, _)| run);
                if archive.run(Some(name)).is_ok() {
                    let text = format!("`{out}` is a run: name the folder to write, too");
                    return Err(Mistake::new(text, format!("as in `serl export {out} DIR`")).into());
                }
                Ok((None, None, out.into()))
            }
            _ => Err(Mistake::new("name a folder", "as in `serl export RUN DIR`").into()),
        }
    }
}

fn dtypes() -> impl TypedValueParser<Value = SaveDtype> {
    PossibleValuesParser::new(SaveDtype::ALL.map(SaveDtype::name)).try_map(|name| name.parse::<SaveDtype>())
}

/// A number of bytes, with a decimal unit as in `huggingface_hub`.
fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];
    let wrong = || format!("`{text}` is no size: write a whole number and a unit, such as 500MB or 5GB");
    let upper = text.to_ascii_uppercase();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((upper.strip_suffix(name)?, *unit)))
        .ok_or_else(wrong)?;
    let number: u64 = number.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|size| *size > 0).ok_or_else(wrong)
}

/// Bytes of the files in a folder.
fn size_of(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("5GB"), Ok(5_000_000_000));
        assert_eq!(size("500 mb"), Ok(500_000_000));
        for wrong in ["5", "GB", "0GB", "-1GB", "1.5GB", "99999999999GB"] {
            assert!(size(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }
}
