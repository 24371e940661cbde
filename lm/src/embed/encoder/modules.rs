//! `modules.json`: what a text goes through.

use std::path::Path;

use serde::Deserialize;

use crate::LmError;
use crate::config::parsed;
use crate::folder::stays_inside;

/// A module: what it is, and the folder of its settings.
#[derive(Deserialize)]
struct Module {
    path: String,
    r#type: String,
}

/// The file of the settings of pooling, if the list has pooling; `path` names the list, whose bytes are `bytes`, in
/// errors.
///
/// # Errors
/// A list that is not valid or has a module that is not computed.
pub(super) fn pooling(path: &Path, bytes: &[u8]) -> Result<Option<String>, LmError> {
    let unsupported = |what: String| LmError::Unsupported {
        path: path.to_path_buf(),
        what,
        supported: "`Transformer` in the folder itself, `Pooling` and `Normalize`, in this order",
    };
    let modules: Vec<Module> = parsed(path, bytes)?;
    let kinds: Vec<&str> = modules.iter().map(|module| kind(&module.r#type)).collect();
    if !matches!(
        kinds.as_slice(),
        ["Transformer"] | ["Transformer", "Pooling"] | ["Transformer", "Pooling", "Normalize"]
    ) {
        return Err(unsupported(format!("the sequence of modules `{}`", kinds.join(", "))));
    }
    if !modules[0].path.is_empty() {
        return Err(unsupported(format!("`Transformer` in `{}`", modules[0].path)));
    }
    let Some(pooling) = modules.get(1) else {
        return Ok(None);
    };
    let name = format!("{}/config.json", pooling.path);
    match stays_inside(&name) {
        true => Ok(Some(name)),
        false => Err(LmError::Config {
            path: path.to_path_buf(),
            message: format!("`{name}` leads out of the folder: give a module in it"),
        }),
    }
}

/// The name of a class without those of its modules, which differ from version to version.
fn kind(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(modules: &[(&str, &str)]) -> Result<Option<String>, LmError> {
        let module = |(kind, path): &(&str, &str)| serde_json::json!({"type": format!("a.b.{kind}"), "path": path});
        let list: Vec<_> = modules.iter().map(module).collect();
        pooling(Path::new("modules.json"), &serde_json::to_vec(&list).unwrap())
    }

    #[test]
    fn other_modules_and_other_places_are_named() {
        let transformer = ("Transformer", "");
        assert_eq!(of(&[transformer]).unwrap(), None);
        let found = of(&[transformer, ("Pooling", "1_Pooling"), ("Normalize", "2")]).unwrap();
        assert_eq!(found.as_deref(), Some("1_Pooling/config.json"));
        let cases = [
            (vec![], "the sequence of modules ``"),
            (
                vec![transformer, ("Pooling", "1"), ("Dense", "2")],
                "`Transformer, Pooling, Dense` is not supported",
            ),
            (
                vec![("Transformer", "0_T"), ("Pooling", "1")],
                "`Transformer` in `0_T` is not supported",
            ),
            (
                vec![transformer, ("Pooling", "../1")],
                "`../1/config.json` leads out of the folder",
            ),
        ];
        for (modules, expected) in cases {
            let error = of(&modules).unwrap_err();
            assert!(error.is_user_error() && error.to_string().contains(expected), "{error}");
        }
    }
}
