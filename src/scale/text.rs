//! Numbers on paper as text.

use super::assumed::Assumed;
use super::cluster::{Hours, Limit};
use super::summary::{ADAPTERS, Room, Summary};
use super::tokens::Tokens;
use crate::report::{bytes, table};

/// Bytes of a GiB.
const GIB: f64 = (1u64 << 30) as f64;

/// Columns of sentences.
const WIDTH: usize = 90;

/// The summary as tables with sentences between them.
pub fn text(summary: &Summary) -> String {
    let policy = &summary.policy;
    let parts = [
        assumed(summary),
        tokens(summary),
        hours(summary),
        stops(&summary.limit),
        format!(
            "For servers, a policy is {} in f32, {} in bf16, {} as an adapter of rank {}.\n\
             Policies in the store: {} (all), {} (iterations), {} (last).",
            bytes(policy.f32),
            bytes(policy.bf16),
            bytes(policy.adapter),
            policy.rank,
            bytes(summary.store.all),
            bytes(summary.store.iterations),
            bytes(summary.store.last),
        ),
        memory(summary),
    ];
    parts.join("\n\n")
}

fn assumed(summary: &Summary) -> String {
    let of = &summary.assumed;
    let gpu = format!(
        "{}: {:.0} TFLOP/s in bf16, {:.0} in TF32, {:.0} GB, {:.2} TB/s",
        of.gpu.name,
        of.gpu.bf16 / 1e12,
        of.gpu.tf32 / 1e12,
        of.gpu.memory / 1e9,
        of.gpu.bandwidth / 1e12
    );
    let count = |of: &Assumed| [number(of.value), of.source.clone()];
    let share = |of: &Assumed| [format!("{:.0}%", 100.0 * of.value), of.source.clone()];
    let rows = [
        ("GPU", [gpu, String::new()]),
        ("prompt, tokens", count(&of.prompt_tokens)),
        ("few-shot prompt", count(&of.few_shot_tokens)),
        ("response, mean", count(&of.response_tokens)),
        ("instructions trained on", share(&of.selected)),
        ("held-out problems", count(&of.problems)),
        ("training reaches", share(&of.train_utilisation)),
        ("sampling reaches", share(&of.sample_utilisation)),
        (
            "store, GB/s",
            [
                format!("{:.1}", of.store_rate.value / 1e9),
                of.store_rate.source.clone(),
            ],
        ),
    ];
    // Trainers exchange gradients and weights; a single one does not.
    let link = (
        "between GPUs, GB/s",
        [format!("{:.0}", of.gpu.link / 1e9), "NVLink, one way".to_owned()],
    );
    let several = summary.limit.least.trainers > 1;
    let rows = rows.into_iter().chain(several.then_some(link));
    let lines = rows.map(|(name, [value, source])| match source.as_str() {
        "" => format!("  {name:24}{value}"),
        source => format!("  {name:24}{value:8}{source}"),
    });
    format!(
        "{} parameters, {} iterations. Assumed:\n{}",
        number(summary.parameters as f64),
        summary.iterations,
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// Tokens by stage, in an iteration and in the run.
fn tokens(summary: &Summary) -> String {
    let row = |name: &str, times: &str, [prompt, sampled, trained]: [f64; 3]| {
        let cells = [prompt, sampled, trained].map(million);
        [name.to_owned(), times.to_owned()]
            .into_iter()
            .chain(cells)
            .collect::<Vec<_>>()
    };
    let of =
        |tokens: &Tokens, times: u32| [tokens.prompt, tokens.sampled, tokens.trained].map(|n| n * f64::from(times));
    let sum = |times: fn(&Tokens) -> u32| {
        let each = summary.tokens.iter().map(|tokens| of(tokens, times(tokens)));
        each.fold([0.0; 3], |sum, one| std::array::from_fn(|i| sum[i] + one[i]))
    };
    let stages = summary.tokens.iter();
    let mut rows: Vec<Vec<String>> = stages
        .map(|tokens| row(tokens.stage, &tokens.nodes.to_string(), of(tokens, tokens.nodes)))
        .collect();
    rows.push(row("iteration", "", sum(|tokens| tokens.nodes)));
    rows.push(row("run", "", sum(|tokens| tokens.in_run)));
    let header = ["million tokens", "nodes", "prompt", "sampled", "trained"];
    format!(
        "{}\nScores and optimizer steps of the run: {:.2e} operations.",
        table(&header, rows),
        summary.training_operations
    )
}

fn hours(summary: &Summary) -> String {
    let first = summary.hours.first().map_or(0.0, |hours| hours.wall);
    let rows = summary.hours.iter().map(|hours| {
        vec![
            hours.gpus.to_string(),
            hours.trainers.to_string(),
            format!("{:.1}", hours.sampling),
            format!("{:.1}", hours.training),
            format!("{:.1}", hours.moving),
            format!("{:.1}", hours.wall),
            format!("{:.1}", hours.gpu_hours),
            format!("{:.1}", first / hours.wall),
        ]
    });
    let header = [
        "GPUs",
        "trainers",
        "sampling",
        "training",
        "store",
        "hours",
        "GPU-hours",
        "faster",
    ];
    table(&header, rows.collect())
}

/// Where it stops scaling, what is left then, and what lowers the most of it.
fn stops(limit: &Limit) -> String {
    let Hours {
        sampling,
        training,
        moving,
        wall,
        trainers,
        ..
    } = limit.least;
    let training_on = training_on(trainers);
    let mut left = [
        (
            training,
            training_on.as_str(),
            "adapters, fewer `train.epochs` and a smaller `vote.train_n` train less",
        ),
        (
            moving,
            "writing and reading policies",
            "fewer `rounds`, adapters and a faster disk move less",
        ),
        (
            sampling,
            "sampling call after call",
            "a larger `vote.batch_prompts` and fewer `rounds` sample more at once",
        ),
    ];
    left.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shares = left.map(|(hours, what, _)| format!("{:.0}% {what}", 100.0 * hours / wall));
    let from = match limit.gpus {
        Some(1) => "One GPU is enough".to_owned(),
        Some(gpus) => format!("It stops scaling at {gpus} GPUs"),
        None => "It scales beyond 4,096 GPUs".to_owned(),
    };
    let text = format!(
        "{from}: servers without end leave {wall:.1} hours, {}; {}.",
        shares.join(", "),
        left[0].2
    );
    textwrap::fill(&text, WIDTH)
}

fn training_on(trainers: u32) -> String {
    match trainers {
        1 => "training on one GPU".to_owned(),
        trainers => format!("training on {trainers} GPUs"),
    }
}

/// What each way to train takes on one GPU: a column for each.
fn memory(summary: &Summary) -> String {
    let (gpu, rooms) = (&summary.assumed.gpu, &summary.memory);
    let parts = rooms.iter().flat_map(|room| room.memory.footprint.parts());
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in parts {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let gib = |size: u64| format!("{:.1}", size as f64 / GIB);
    let row = |name: &str, cell: &dyn Fn(&Room) -> String| {
        let cells = rooms.iter().map(cell);
        std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let part = |name: &str, room: &Room| {
        let found = room.memory.footprint.parts().find(|(part, _)| *part == name);
        found.map_or_else(|| "-".to_owned(), |(_, size)| gib(size))
    };
    let mut rows: Vec<Vec<String>> = names.iter().map(|name| row(name, &|room| part(name, room))).collect();
    rows.push(row("peak", &|room| gib(room.memory.bytes())));
    rows.push(row("in", &|room| room.memory.phase.to_owned()));
    rows.push(row("fits", &|room| if room.fits { "yes" } else { "no" }.to_owned()));
    let way = |room: &Room| match (room.training, room.gradient_checkpointing) {
        (ADAPTERS, false) => "adapters",
        (ADAPTERS, true) => "both",
        (_, false) => "all weights",
        (_, true) => "checkpointing",
    };
    let header: Vec<&str> = std::iter::once("GiB").chain(rooms.iter().map(way)).collect();
    let trainers = match summary.limit.least.trainers {
        1 => "one".to_owned(),
        trainers => format!("each of {trainers}"),
    };
    format!(
        "Training on {trainers} {} ({:.1} GiB), adapters of rank {}:\n{}",
        gpu.name,
        gpu.memory / GIB,
        summary.policy.rank,
        table(&header, rows)
    )
}

fn million(tokens: f64) -> String {
    match tokens / 1e6 {
        0.0 => "-".to_owned(),
        millions => format!("{millions:.2}"),
    }
}

/// A number with thousands, millions or billions shortened.
fn number(value: f64) -> String {
    match value {
        value if value >= 1e9 => format!("{:.2} billion", value / 1e9),
        value if value >= 1e6 => format!("{:.1} million", value / 1e6),
        value => crate::progress::count(value.round() as u64),
    }
}
