//! Writing a complete set of quickstart data: splits, documents and the untrained policy folder.
//!
//! Knows files; what is in them comes from the other modules.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::documents::Stream;
use crate::error::QuickstartError;
use crate::model;
use crate::problem::Problem;
use crate::recipe::Recipe;
use crate::splits::Splits;
use crate::tokenizer::Tokenizer;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Documents of the warm start.
    pub documents: usize,
    /// Their tokens.
    pub tokens: usize,
}

/// Writes `seeds.jsonl`, `eval.jsonl`, `validation.jsonl`, `warmstart.jsonl`, `recipe.json` and `model/` into a
/// folder that is made when missing. The same recipe and seed give the same bytes.
///
/// # Errors
/// [`QuickstartError::Recipe`] before anything is written, [`QuickstartError::Write`] naming the file.
pub fn write(recipe: &Recipe, seed: u64, folder: &Path) -> Result<Written, QuickstartError> {
    recipe.check()?;
    let domain = recipe.domain()?;
    let tokenizer = Tokenizer::new(domain);
    let splits = Splits::new(domain, recipe, seed);
    let model_folder = folder.join("model");
    fs::create_dir_all(&model_folder).map_err(at(&model_folder))?;
    for (name, content) in model::files(&recipe.shape, &tokenizer) {
        let path = model_folder.join(name);
        fs::write(&path, content).map_err(at(&path))?;
    }
    let path = folder.join("recipe.json");
    fs::write(
        &path,
        format!("{:#}\n", json!({"seed": seed, "recipe": recipe.to_json()})),
    )
    .map_err(at(&path))?;
    let seeds = splits.seeds.iter().map(|p| json!({"problem": p.question}));
    lines(&folder.join("seeds.jsonl"), seeds)?;
    let answered = |problem: &Problem| answered(problem, recipe.levels);
    lines(&folder.join("eval.jsonl"), splits.eval.iter().map(answered))?;
    lines(&folder.join("validation.jsonl"), splits.validation.iter().map(answered))?;
    let mut tokens = 0;
    let documents = Stream::new(recipe, &splits, &tokenizer, seed)
        .flatten()
        .inspect(|document| tokens += document.tokens(&tokenizer));
    let documents = lines(&folder.join("warmstart.jsonl"), documents)?;
    Ok(Written { documents, tokens })
}

fn answered(problem: &Problem, level: bool) -> serde_json::Value {
    let mut row = json!({"question": problem.question, "answer": problem.answer});
    if level {
        row["level"] = problem.working.len().into();
    }
    row
}

/// Writes one JSON value a line; returns how many.
///
/// # Errors
/// [`QuickstartError::Write`] naming the file.
pub fn lines<T: Serialize>(path: &Path, items: impl Iterator<Item = T>) -> Result<usize, QuickstartError> {
    let mut out = BufWriter::new(fs::File::create(path).map_err(at(path))?);
    let mut count = 0;
    for item in items {
        serde_json::to_writer(&mut out, &item).map_err(|error| at(path)(error.into()))?;
        out.write_all(b"\n").map_err(at(path))?;
        count += 1;
    }
    out.flush().map_err(at(path))?;
    Ok(count)
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> QuickstartError + '_ {
    |source| QuickstartError::Write {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() -> Result<(), Box<dyn std::error::Error>> {
        let recipe = Recipe {
            batches: 5,
            ..Recipe::default()
        };
        let [one, two, other] = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
        let written = write(&recipe, 1, one.path())?;
        write(&recipe, 1, two.path())?;
        write(&recipe, 2, other.path())?;
        for name in [
            "seeds.jsonl",
            "eval.jsonl",
            "validation.jsonl",
            "warmstart.jsonl",
            "model/tokenizer.json",
        ] {
            assert_eq!(
                fs::read(one.path().join(name))?,
                fs::read(two.path().join(name))?,
                "{name}"
            );
        }
        let documents = fs::read_to_string(one.path().join("warmstart.jsonl"))?;
        assert_eq!(documents.lines().count(), written.documents);
        assert_ne!(documents, fs::read_to_string(other.path().join("warmstart.jsonl"))?);
        Ok(())
    }

    #[test]
    fn an_unwritable_folder_is_named() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("taken");
        fs::write(&file, "")?;
        let error = write(&Recipe::default(), 1, &file).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("taken")));
        Ok(())
    }
}
