use super::*;
use crate::settings::Source;

#[test]
fn every_key_has_a_description() {
    for (schema, keys) in [
        (of_run(), crate::settings::keys::<Config>(&Source::Defaults, &[])),
        (of_sft(), crate::settings::keys::<SftSettings>(&Source::Defaults, &[])),
    ] {
        for (key, _) in &keys {
            let described = described(&schema, key, &keys).unwrap_or_else(|| panic!("{key}"));
            assert!(!described.summary.is_empty() || key.ends_with(".kind"), "{key}");
        }
    }
}

#[test]
fn a_key_has_what_its_struct_and_its_check_say() {
    let schema = of_run();
    let of = |key: &str| node::property(&schema, key).unwrap().0.clone();
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&serde_json::json!([
            of("vote.n"),
            of("train.lr"),
            of("train.bounds"),
            of("filter.rouge_l_max"),
            of("model.dtype"),
        ]))
        .unwrap()
    );
}

#[test]
fn texts_are_listed_with_their_meanings() {
    let schema = of_run();
    let keys = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        crate::settings::keys::<Config>(&Source::Defaults, &overrides)
    };
    let values = |key: &str, overrides: &[&str]| described(&schema, key, &keys(overrides)).unwrap().values;
    let means = |text: &str, means: &str| (text.to_owned(), Some(means.to_owned()));
    assert_eq!(
        values("train.on_empty", &[]),
        [
            means("fail", "Stop with an error that says why nothing was selected"),
            means("skip", "Pass the policy on unchanged"),
        ]
    );
    assert_eq!(
        values("model.dtype", &[]),
        [("f32".to_owned(), None), ("bf16".to_owned(), None)]
    );
    assert_eq!(
        values("reward.kind", &[])[0],
        means("majority", "Agreeing with the majority answer is worth 1, all else 0")
    );
    assert_eq!(values("sampler.kind", &[]).len(), 4);
    assert_eq!(values("reward.equality", &["reward.kind=consensus"]).len(), 5);
    assert_eq!(values("vote.n", &[]), []);
}
