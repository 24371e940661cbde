//! Steps on several ranks.

use proptest::prelude::*;

use super::*;

/// The settings of a step whose gradient has so many parts.
fn in_parts(data_parallel: usize) -> StepConfig {
    StepConfig { data_parallel, ..STEP }
}

/// The reports of two steps, and the bits of weights and moments after them.
fn two_steps(mut trainer: Trainer, parts: usize) -> ([StepReport; 2], [Vec<u32>; 3]) {
    let reports = [(); 2].map(|()| step_with(&mut trainer, &in_parts(parts)));
    let Trainer {
        policy, mean, square, ..
    } = &trainer;
    (reports, [&policy.model.weights, mean, square].map(bits))
}

fn trainer(device: &Device) -> Trainer {
    Trainer::new(policy(&folder("qwen2", false), device), ADAMW)
}

/// A trainer whose ranks have policies of their own, as they have on devices of their own.
fn replicated(device: &Device, ranks: usize) -> Trainer {
    let mut trainer = trainer(device).on_ranks(ranks).unwrap();
    trainer.ranks.replicate(&trainer.policy);
    trainer
}

#[test]
fn ranks_give_the_bits_of_one() {
    for device in [Device::flex(), Device::plain()] {
        for parts in [1, 2, 4, 16] {
            let alone = two_steps(trainer(&device), parts);
            for ranks in [2, 4].into_iter().filter(|ranks| *ranks <= parts) {
                let threads = trainer(&device).on_ranks(ranks).unwrap();
                assert!(two_steps(threads, parts) == alone, "{ranks} threads, {parts} parts");
                let apart = two_steps(replicated(&device, ranks), parts);
                assert!(apart == alone, "{ranks} replicas, {parts} parts");
            }
        }
    }
}

#[test]
fn ranks_that_train_an_adapter_give_the_bits_of_one() {
    let lora = crate::LoraConfig {
        rank: 2,
        alpha: 4.0,
        targets: vec![crate::LoraTarget::QProj, crate::LoraTarget::DownProj],
    };
    let trainer = || Trainer::with_lora(policy(&folder("qwen2", false), &Device::flex()), &lora, 5, ADAMW).unwrap();
    let merged = |mut trainer: Trainer| {
        step_with(&mut trainer, &in_parts(4));
        step_with(&mut trainer, &in_parts(4));
        bits(&trainer.into_policy().model.weights)
    };
    let alone = merged(trainer());
    let threads = trainer().on_ranks(4).unwrap();
    let mut apart = trainer().on_ranks(2).unwrap();
    apart.ranks.replicate(&apart.policy);
    assert!(merged(threads) == alone && merged(apart) == alone);
}

#[test]
fn every_rank_has_the_same_weights_after_a_step() {
    let mut trainer = replicated(&Device::flex(), 4);
    step_with(&mut trainer, &in_parts(4));
    let own = bits(&trainer.policy.model.weights);
    let replicas = trainer.ranks.replicas_mut();
    assert_eq!(replicas.len(), 3);
    assert!(replicas.iter().all(|replica| bits(&replica.model.weights) == own));
}

#[test]
fn parts_add_up_to_the_whole_gradient() {
    let [(whole, _), (parts, _)] = [1, 4].map(|parts| two_steps(trainer(&Device::flex()), parts));
    for (whole, parts) in whole.iter().zip(&parts) {
        assert!((whole.loss / parts.loss - 1.0).abs() < 1e-5);
        assert!((whole.grad_norm / parts.grad_norm - 1.0).abs() < 1e-4);
        assert_eq!(whole.tokens, parts.tokens);
    }
}

#[test]
fn what_is_trained_on_ranks_is_saved_and_resumed_as_by_one() {
    let (ranks, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut several = replicated(&Device::flex(), 2);
    step_with(&mut several, &in_parts(2));
    several.save(ranks.path()).unwrap();
    let mut one = trainer(&Device::flex());
    step_with(&mut one, &in_parts(2));
    one.save(alone.path()).unwrap();
    for file in ["model.safetensors", "optimizer.safetensors"] {
        let [several, one] = [&ranks, &alone].map(|folder| std::fs::read(folder.path().join(file)).unwrap());
        assert!(several == one, "{file}");
    }
    let resumed = Trainer::resume(ranks.path(), &Device::flex())
        .unwrap()
        .on_ranks(2)
        .unwrap();
    assert!(two_steps(resumed, 2) == two_steps(one, 2));
}

#[test]
fn moments_in_bf16_take_half_of_the_file_and_are_resumed_to_the_bit_on_any_ranks() {
    let kept = |dtype| {
        let mut trainer = trainer(&Device::flex()).keep_moments_in(dtype).unwrap();
        step_with(&mut trainer, &in_parts(2));
        let folder = tempfile::tempdir().unwrap();
        trainer.save(folder.path()).unwrap();
        let bytes = std::fs::metadata(folder.path().join("optimizer.safetensors"))
            .unwrap()
            .len();
        (trainer, folder, bytes)
    };
    let [(_, _, whole), (trainer, folder, half)] = Dtype::ALL.map(kept);
    assert!(half < whole * 6 / 10, "{half} of {whole} bytes");
    let resumed = || {
        let resumed = Trainer::resume(folder.path(), &Device::flex()).unwrap();
        resumed.keep_moments_in(Dtype::Bf16).unwrap()
    };
    let after = two_steps(trainer, 2);
    assert!(two_steps(resumed(), 2) == after);
    assert!(two_steps(resumed().on_ranks(2).unwrap(), 2) == after);
}

#[test]
fn ranks_that_cannot_share_the_parts_are_refused() {
    let refused = |ranks, parts| {
        let step = |mut trainer: Trainer| trainer.step(&texts().groups(), &Likelihood(40.0), &in_parts(parts));
        trainer(&Device::flex())
            .on_ranks(ranks)
            .and_then(step)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused(3, 4), "3 ranks: their number must be a power of two");
    assert_eq!(refused(0, 4), "0 ranks: their number must be a power of two");
    let expected = "a gradient of 2 parts cannot be computed by 4 ranks: the number of parts must be a power of two, \
                    and no less than that of ranks";
    assert_eq!(refused(4, 2), expected);
    assert!(refused(1, 3).contains("power of two") && refused(1, 0).contains("power of two"));
}

#[test]
fn a_rank_that_fails_stops_the_step_and_changes_nothing() {
    let mut trainer = trainer(&Device::flex()).on_ranks(4).unwrap();
    let before = bits(&trainer.policy.model.weights);
    struct Short;
    impl Objective for Short {
        fn evaluate(&self, _: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
            Vec::new()
        }
    }
    let error = trainer.step(&texts().groups(), &Short, &in_parts(4)).unwrap_err();
    assert!(
        error.to_string().contains("the objective evaluated 0 responses"),
        "{error}"
    );
    assert!(bits(&trainer.policy.model.weights) == before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_cut_of_any_number_of_texts_gives_the_bits_of_one_rank(
        texts in proptest::collection::vec((1usize..6, proptest::collection::vec(0usize..9, 1..4)), 0..7),
        budget in 4usize..60, parts in 0u32..4,
    ) {
        let tokens = |seed: usize, length: usize| (0..length).map(|i| (i * 5 + seed) as u32 % 20).collect::<Vec<_>>();
        let texts = Texts(texts.iter().map(|(prompt, responses)| {
            (tokens(1, *prompt), responses.iter().map(|&length| tokens(length, length)).collect())
        }).collect());
        let config = StepConfig { micro_batch_tokens: budget, ..in_parts(1 << parts) };
        let result = |mut trainer: Trainer| {
            let report = trainer.step(&texts.groups(), &Likelihood(40.0), &config).unwrap();
            (report, bits(&trainer.policy.model.weights))
        };
        let alone = result(trainer(&Device::flex()));
        for ranks in (0..=parts).map(|power| 1 << power) {
            prop_assert!(result(trainer(&Device::flex()).on_ranks(ranks).unwrap()) == alone);
        }
    }
}
