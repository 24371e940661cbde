use std::path::PathBuf;

use super::*;

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "encoders", name]
        .iter()
        .collect()
}

/// A copy of a fixture, to change.
fn copy(name: &str) -> tempfile::TempDir {
    let (from, to) = (fixture(name), tempfile::tempdir().unwrap());
    for file in SentenceEncoder::files(&from).unwrap() {
        std::fs::create_dir_all(to.path().join(&file).parent().unwrap()).unwrap();
        std::fs::copy(from.join(&file), to.path().join(&file)).unwrap();
    }
    to
}

fn texts() -> Vec<String> {
    (0..=40).map(|n| "Tom has 3 apples. ".repeat(n * n % 11)).collect()
}

#[test]
fn the_bits_of_a_vector_do_not_depend_on_its_company() {
    for name in ["bert-cls", "mpnet"] {
        let (encoder, texts) = (SentenceEncoder::load(&fixture(name)).unwrap(), texts());
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = encoder.embed(&all).unwrap();
        for (text, vector) in all.iter().zip(&together) {
            assert_eq!(&encoder.embed(&[text]).unwrap()[0], vector, "{name}: {text}");
        }
    }
}

#[test]
fn the_files_that_loading_reads_are_the_content_and_no_others() {
    let dir = copy("bert-cls");
    let dir = dir.path();
    std::fs::write(dir.join("README.md"), "read by nobody").unwrap();
    std::fs::create_dir(dir.join("2_Normalize")).unwrap();
    std::fs::write(dir.join("2_Normalize/config.json"), "{}").unwrap();
    let expected = [
        "1_Pooling/config.json",
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    let surveyed = SentenceEncoder::survey(dir).unwrap();
    let names: Vec<&str> = surveyed.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, expected);
    assert_eq!(SentenceEncoder::files(dir).unwrap(), expected);

    let then = Folder::with_digests(dir, surveyed.iter().map(|file| (file.name.clone(), file.digest)));
    SentenceEncoder::load(&then).unwrap();
    for file in surveyed {
        let path = dir.join(&file.name);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(*blake3::hash(&whole).as_bytes(), file.digest);
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let error = SentenceEncoder::load(&then).unwrap_err();
        assert!(matches!(error, LmError::Changed { .. }), "{}: {error}", file.name);
        std::fs::write(&path, &whole).unwrap();
    }
}

/// The error of loading, which is that of a survey, too.
fn refused(dir: &Path) -> String {
    let [loaded, surveyed] = [
        SentenceEncoder::load(dir).map(drop),
        SentenceEncoder::survey(dir).map(drop),
    ]
    .map(|result| result.unwrap_err());
    assert!(loaded.is_user_error());
    assert_eq!(loaded.to_string(), surveyed.to_string());
    loaded.to_string()
}

#[test]
fn faults_of_a_folder_are_named() {
    let cases = [
        (
            "config.json",
            r#""vocab_size": "#,
            r#""vocab_size": 1"#,
            "`embeddings.word_embeddings.weight` has shape",
        ),
        (
            "config.json",
            r#""num_hidden_layers": 2"#,
            r#""num_hidden_layers": 3"#,
            "tensor `encoder.layer.2.attention",
        ),
        (
            "config.json",
            r#""num_hidden_layers": 2"#,
            r#""num_hidden_layers": 1"#,
            "belongs to a layer beyond the 1",
        ),
        (
            "config.json",
            r#""num_hidden_layers": 2"#,
            r#""num_hidden_layers": 999"#,
            "too few for the 999 layers",
        ),
        ("config.json", "{", "[", "config.json is not valid"),
        (
            "1_Pooling/config.json",
            r#""cls""#,
            r#""max""#,
            "pooling by max is not supported",
        ),
        (
            "1_Pooling/config.json",
            r#""cls""#,
            r#"["cls", "mean"]"#,
            "pooling by cls and mean is not supported",
        ),
        (
            "modules.json",
            ".Normalize",
            ".Dense",
            "`Transformer, Pooling, Dense` is not supported",
        ),
        (
            "config_sentence_transformers.json",
            r#"_name": null"#,
            r#"_name": "q""#,
            "`default_prompt_name` is `q`",
        ),
    ];
    for (file, from, to, expected) in cases {
        let dir = copy("bert-cls");
        let path = dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let told = refused(dir.path());
        assert!(
            told.contains(expected) && told.contains(dir.path().to_str().unwrap()),
            "{told}"
        );
    }
    let policy: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "llama"]
        .iter()
        .collect();
    let told = refused(&policy);
    assert!(
        told.contains("model_type `llama` of a sentence encoder is not supported"),
        "{told}"
    );
    assert!(refused(Path::new("nowhere")).contains("no such folder"));
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let dir = copy("distilbert");
    let path = dir.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    assert!(refused(dir.path()).contains("not finite"));
}
