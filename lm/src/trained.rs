//! The folder of a policy that another program has trained: checked, and completed by what training does not change.

use std::fs;
use std::path::Path;

use safetensors::Dtype;

use crate::LmError;
use crate::checkpoint::Tensors;
use crate::config::Config;
use crate::folder::{CONFIG, Folder, INDEX, ModelFiles};
use crate::survey::model_files;

/// Checks that the model folder `trained` continues the policy in `base`, and completes it: it must have the same
/// tensors in f32, all of them finite. Files beside the weights must be those of `base`, and those that it lacks are
/// copied. Returns the names of the files that loading reads. Weights pass through in pieces, so that memory does not
/// grow with the model.
///
/// # Errors
/// What differs, by file and tensor; a file that is a link; a file that cannot be read or written, or that has changed.
pub fn complete(trained: &Path, base: impl Into<Folder>) -> Result<Vec<String>, LmError> {
    let base = ModelFiles::read(base)?;
    let config = Config::of(&base)?;
    let saved = serde_json::to_vec_pretty(&config.saved()).map_err(|source| LmError::Json {
        path: base.path(CONFIG),
        source,
    })?;
    check_small(&ModelFiles::read(trained)?, &base, &saved)?;
    let expected = Tensors::of_model(base.weights()?)?;
    let found = Tensors::of_model(ModelFiles::read(trained)?.weights()?)?;
    check_tensors(&found, &expected)?;
    found.stream(|_, _| Ok(()))?;

    let write = |name: &str, bytes: &[u8]| {
        let path = trained.join(name);
        fs::write(&path, bytes).map_err(LmError::io("write", &path))
    };
    write(CONFIG, &saved)?;
    for (name, bytes) in base.into_companions() {
        write(name, &bytes)?;
    }
    let names = model_files(trained)?;
    names.iter().try_for_each(|name| check_link(&trained.join(name)))?;
    Ok(names)
}

/// Refuses a file beside the weights that is not the one of `base`. Its configuration may also be as it will be saved.
fn check_small(trained: &ModelFiles, base: &ModelFiles, saved: &[u8]) -> Result<(), LmError> {
    for (name, bytes) in trained.small().filter(|(name, _)| *name != INDEX) {
        let is_same = base.get(name) == Some(bytes) || name == CONFIG && bytes == saved;
        if !is_same {
            let differs = match base.get(name) {
                Some(_) => "it differs from the one of the policy that was trained",
                None => "the policy that was trained has no such file",
            };
            return Err(LmError::Config {
                path: trained.path(name),
                message: format!("{differs}; leave it out: what training does not change is copied"),
            });
        }
    }
    Ok(())
}

fn check_tensors(found: &Tensors, expected: &Tensors) -> Result<(), LmError> {
    let problem = |message: String| {
        Err(LmError::Checkpoint {
            path: found.path().to_path_buf(),
            message,
        })
    };
    for name in expected.names() {
        let Some(shape) = found.shape(name) else {
            return problem(format!("tensor `{name}` is missing: save all tensors of the policy"));
        };
        let wanted = expected.shape(name).unwrap_or_default();
        if shape != wanted {
            return problem(format!(
                "tensor `{name}` has shape {shape:?}, but {wanted:?} in the policy that was trained"
            ));
        }
        match found.dtype(name) {
            Some(Dtype::F32) => {}
            other => {
                let other = other.map_or_else(|| "an unknown type".to_owned(), |other| format!("{other:?}"));
                return problem(format!(
                    "tensor `{name}` is saved as {other}, which rounds small steps away: save float32"
                ));
            }
        }
    }
    match found.names().find(|name| !expected.has(name)) {
        None => Ok(()),
        Some(name) => problem(format!("tensor `{name}` is not one of the policy that was trained")),
    }
}

/// Refuses a link: the file is to be moved, and what a link leads to may change.
fn check_link(path: &Path) -> Result<(), LmError> {
    let found = fs::symlink_metadata(path).map_err(LmError::io("read", path))?;
    match found.is_symlink() {
        false => Ok(()),
        true => Err(LmError::NotAFile {
            path: path.to_path_buf(),
            what: "a link",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;
    use crate::{Device, Policy};

    /// The folder of a policy, and another one with nothing but weights of the same shapes.
    fn pair() -> (tempfile::TempDir, tempfile::TempDir) {
        let source = folder("qwen2", false);
        let save = |seed| {
            let saved = tempfile::tempdir().unwrap();
            let policy = Policy::random(source.path(), &Device::flex(), seed).unwrap();
            policy.save(saved.path()).unwrap();
            saved
        };
        let (base, trained) = (save(1), save(2));
        for name in model_files(trained.path()).unwrap() {
            if name != "model.safetensors" {
                fs::remove_file(trained.path().join(name)).unwrap();
            }
        }
        (base, trained)
    }

    fn refusal(trained: &Path, base: &Path) -> String {
        let error = complete(trained, base).unwrap_err();
        assert!(error.is_user_error());
        error.to_string()
    }

    #[test]
    fn files_that_training_does_not_change_are_copied() {
        let (base, trained) = pair();
        let names = complete(trained.path(), base.path()).unwrap();
        assert_eq!(names, model_files(base.path()).unwrap());
        for name in names.iter().filter(|name| *name != "model.safetensors") {
            let read = |dir: &Path| fs::read(dir.join(name)).unwrap();
            assert_eq!(read(trained.path()), read(base.path()), "{name}");
        }
        // Again, now that all of them are there.
        complete(trained.path(), base.path()).unwrap();
        Policy::load(trained.path(), &Device::flex()).unwrap();
    }

    #[test]
    fn other_files_and_links_are_refused() {
        let (base, trained) = pair();
        for (name, reason) in [
            ("tokenizer.json", "it differs from the one of"),
            ("config.json", "it differs from the one of"),
            ("merges.txt", "has no such file"),
        ] {
            let path = trained.path().join(name);
            fs::write(&path, "{}").unwrap();
            let told = refusal(trained.path(), base.path());
            assert!(told.contains(name) && told.contains(reason), "{told}");
            fs::remove_file(path).unwrap();
        }
        #[cfg(unix)]
        {
            let (aside, weights) = (base.path().join("aside"), trained.path().join("model.safetensors"));
            fs::rename(&weights, &aside).unwrap();
            std::os::unix::fs::symlink(aside, weights).unwrap();
            assert!(refusal(trained.path(), base.path()).contains("is a link"));
        }
    }

    /// Name, type, shape and bytes.
    type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

    /// Writes weights that `change` has been made to.
    fn rewrite(dir: &Path, change: impl FnOnce(&mut Vec<Tensor>)) {
        let path = dir.join("model.safetensors");
        let bytes = fs::read(&path).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut all: Vec<Tensor> = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        change(&mut all);
        let views = all.iter().map(|(name, dtype, shape, data)| {
            let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap();
            (name.clone(), view)
        });
        fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    }

    #[test]
    fn tensors_must_be_the_same_ones_finite_and_f32() {
        type Change = fn(&mut Vec<Tensor>);
        let cases: [(Change, &str); 5] = [
            (|all| drop(all.remove(3)), "is missing"),
            (|all| all[0].2.reverse(), "has shape"),
            (|all| all[2].0 = "other".into(), "is missing"),
            (
                |all| {
                    all[1].1 = Dtype::BF16;
                    let half = all[1].3.len() / 2;
                    all[1].3.truncate(half);
                },
                "is saved as BF16",
            ),
            (
                |all| all[4].3[8..12].copy_from_slice(&f32::NAN.to_le_bytes()),
                "not finite",
            ),
        ];
        for (change, reason) in cases {
            let (base, trained) = pair();
            rewrite(trained.path(), change);
            let told = refusal(trained.path(), base.path());
            assert!(told.contains("tensor `") && told.contains(reason), "{told}");
            assert!(!trained.path().join("config.json").exists(), "nothing is completed");
        }
        let (base, trained) = pair();
        rewrite(trained.path(), |all| {
            all.push(("more".into(), Dtype::F32, vec![1], vec![0; 4]));
        });
        assert!(refusal(trained.path(), base.path()).contains("`more` is not one of"));
    }

    #[test]
    fn a_base_that_has_changed_is_told() {
        let (base, trained) = pair();
        let then = Folder::with_digests(base.path(), [("config.json".to_owned(), [0; 32])]);
        assert!(matches!(complete(trained.path(), then), Err(LmError::Changed { .. })));
    }
}
