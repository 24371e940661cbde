//! Memory in words.

use serl_stages::{Generate, Respond, Solve, Stage, Train};

use super::show::bytes;
use crate::memory::{Peak, SAMPLING};

/// The stages with their peaks, the largest with its parts; empty if there is none. On a device, it is its memory.
pub fn told(peaks: &[(String, Peak)], accelerator: bool) -> String {
    let mut peaks: Vec<&(String, Peak)> = peaks.iter().collect();
    peaks.sort_by_key(|(_, peak)| std::cmp::Reverse(peak.bytes()));
    let Some((stage, largest)) = peaks.first() else {
        return String::new();
    };
    let parts: Vec<String> = largest
        .footprint
        .parts()
        .map(|(name, size)| format!("{name} {}", bytes(size)))
        .collect();
    let others = peaks
        .iter()
        .skip(1)
        .map(|(stage, peak)| format!(", {stage} {}", bytes(peak.bytes())));
    let whose = if accelerator { " of the device" } else { "" };
    format!(
        "at most {} of memory{whose}: {stage} ({}){}",
        bytes(largest.bytes()),
        parts.join(", "),
        others.collect::<String>()
    )
}

/// What takes more than the `free` bytes, and the keys that lower it.
pub fn warning(peaks: &[(String, Peak)], free: u64) -> Option<String> {
    let (stage, peak) = peaks.iter().max_by_key(|(_, peak)| peak.bytes())?;
    if peak.bytes() <= free {
        return None;
    }
    let keys = match stage.as_str() {
        Train::NAME => {
            "lower `train.micro_batch_tokens`, set `execution.gradient_checkpointing=true`, or train adapters \
             (`train.lora.rank`)"
        }
        Generate::NAME | Respond::NAME | Solve::NAME if peak.phase == SAMPLING => {
            "lower `sampler.rows` or set `sampler.cache_gib`, which change no result on a CPU"
        }
        _ => "take a smaller model",
    };
    Some(format!(
        "not enough memory: {stage} takes up to {}, {} are free; {keys}",
        bytes(peak.bytes()),
        bytes(free)
    ))
}

#[cfg(test)]
mod tests {
    use serl_lm::Footprint;

    use super::*;

    fn peaks() -> Vec<(String, Peak)> {
        let peak = |weights: u64, moments: u64| Peak {
            phase: SAMPLING,
            footprint: Footprint {
                weights: weights << 30,
                moments: moments << 30,
                ..Footprint::default()
            },
        };
        vec![("respond".to_owned(), peak(2, 0)), ("train".to_owned(), peak(2, 4))]
    }

    #[test]
    fn the_largest_is_told_with_its_parts() {
        assert_eq!(
            told(&peaks(), false),
            "at most 6.0 GiB of memory: train (weights 2.0 GiB, moments 4.0 GiB), respond 2.0 GiB"
        );
        assert!(told(&peaks(), true).starts_with("at most 6.0 GiB of memory of the device: train"));
        assert_eq!(told(&[], false), "");
    }

    #[test]
    fn too_little_memory_is_told_with_what_to_lower() {
        assert_eq!(warning(&peaks(), 6 << 30), None);
        assert_eq!(
            warning(&peaks(), 5 << 30).unwrap(),
            "not enough memory: train takes up to 6.0 GiB, 5.0 GiB are free; lower `train.micro_batch_tokens`, set \
             `execution.gradient_checkpointing=true`, or train adapters (`train.lora.rank`)"
        );
        let sampling = &peaks()[..1];
        assert_eq!(
            warning(sampling, 1 << 30).unwrap(),
            "not enough memory: respond takes up to 2.0 GiB, 1.0 GiB are free; lower `sampler.rows` or set \
             `sampler.cache_gib`, which change no result on a CPU"
        );
    }
}
