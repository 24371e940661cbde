//! Trainers on disk.

use super::*;

#[test]
fn resuming_goes_on_bit_for_bit() {
    let folder = folder("llama", true);
    let step = |trainer: &mut Trainer| {
        step_with(trainer, &STEP);
    };
    let mut whole = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    (0..4).for_each(|_| step(&mut whole));
    let mut first = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    (0..2).for_each(|_| step(&mut first));
    let saved = tempfile::tempdir().unwrap();
    first.save(saved.path()).unwrap();
    let mut second = Trainer::resume(saved.path(), &Device::flex()).unwrap();
    assert_eq!(second.steps(), 2);
    (0..2).for_each(|_| step(&mut second));
    assert_eq!(bits(&second.policy.model.weights), bits(&whole.policy.model.weights));
    assert_eq!(bits(&second.square), bits(&whole.square));
}

#[test]
fn the_same_trainer_is_saved_as_the_same_bytes() {
    let folder = folder("llama", true);
    let trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let saved = || {
        let out = tempfile::tempdir().unwrap();
        trainer.save(out.path()).unwrap();
        let mut files: Vec<_> = std::fs::read_dir(out.path())
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect::<Vec<_>>()
    };
    let first = saved();
    assert!((0..8).all(|_| saved() == first));
}

#[test]
fn moments_of_another_policy_are_refused_by_name() {
    let device = Device::flex();
    let (tied, untied) = (folder("llama", true), folder("llama", false));
    let saved = |folder: &Folder| {
        let saved = tempfile::tempdir().unwrap();
        Trainer::new(policy(folder, &device), ADAMW).save(saved.path()).unwrap();
        saved
    };
    for (folder, moments, named) in [
        (&tied, saved(&untied), "`mean.head` is not the moment of a parameter"),
        (&untied, saved(&tied), "tensor `mean.head` is missing"),
        (&folder("qwen2", true), saved(&tied), "qkv_bias` is missing"),
    ] {
        let error = Trainer::carry_on(policy(folder, &device), moments.path()).unwrap_err();
        assert!(error.is_user_error());
        assert!(error.to_string().contains(named), "{error}");
    }
    let error = Trainer::carry_on(policy(&tied, &device), tied.path()).unwrap_err();
    assert!(error.to_string().contains("no optimizer.safetensors"), "{error}");
}
