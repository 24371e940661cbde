//! Repeats a benchmark's work and reports the times.

use std::time::Instant;

use anyhow::Result;
use serde::Serialize;
use serl_lm::{Device, Footprint, Machine};

use super::demand::{Demand, Share};
use super::model::{About, ModelArgs};
use super::process;
use crate::report;
use crate::terminal::Terminal;

/// Measurements of one run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TimedRun {
    /// Wall time, without loading.
    pub(super) seconds: f64,
    /// CPU time of all threads, where the system reports it.
    cpu_seconds: Option<f64>,
    /// Tokens processed.
    pub(super) tokens: usize,
    /// Figures specific to this benchmark.
    #[serde(flatten)]
    pub(super) figures: serde_json::Map<String, serde_json::Value>,
}

impl TimedRun {
    /// The figures specific to this benchmark, as text, if there are any.
    fn told(&self) -> Option<String> {
        let figure = |(name, value): (&String, &serde_json::Value)| format!("{} {value}", name.replace('_', " "));
        let figures: Vec<String> = self.figures.iter().map(figure).collect();
        (!figures.is_empty()).then(|| format!("last run  {}", figures.join(", ")))
    }
}

/// A benchmark's work, which can be repeated.
pub(super) trait Work {
    /// Name of the benchmark.
    const NAME: &'static str;
    /// Fills caches and pools, with at most the work of one run.
    fn warm_up(&mut self) -> Result<()> {
        self.run()?;
        Ok(())
    }
    /// Does the work once; returns the number of tokens and the benchmark's own figures.
    fn run(&mut self) -> Result<(usize, serde_json::Value)>;
    /// Description of the work, for both the text and the JSON report.
    fn describe(&self) -> serde_json::Value;
    /// Memory that it takes by the shape of the model and the lengths of the work.
    fn footprint(&self) -> Result<Footprint>;
    /// Operations and bytes that it takes at least.
    fn demand(&self) -> Result<Demand>;
}

#[derive(Debug, Serialize)]
struct Summary {
    median: f64,
    min: f64,
    max: f64,
}

/// A benchmark's report.
#[derive(Debug, Serialize)]
struct Measurement {
    bench: &'static str,
    version: &'static str,
    #[serde(flatten)]
    about: About,
    workload: serde_json::Value,
    seconds: Summary,
    tokens_per_second: Summary,
    /// Peak resident memory of the process, where the system reports it.
    peak_rss_bytes: Option<u64>,
    /// What `serl plan` says of such work, on a CPU for the whole process.
    planned_bytes: u64,
    /// How near this is to what the machine can do, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Share>,
    runs: Vec<TimedRun>,
}

/// Warms up, repeats `work` as often as asked, and prints the report.
pub(super) fn measure<W: Work>(mut work: W, about: About, args: &ModelArgs, terminal: &Terminal) -> Result<()> {
    if args.limits {
        Share::check(Machine::from(&about.device))?;
    }
    work.warm_up()?;
    let repeat = || {
        let runs = (0..args.repeat).map(|_| timed(&mut work, &about.device));
        runs.collect()
    };
    let runs: Vec<TimedRun> = args.profile.around(terminal, repeat)?;
    let planned_bytes = (work.footprint()? + about.process()).total();
    let seconds = summary(runs.iter().map(|run| run.seconds));
    // Before the limits, whose measuring takes memory, too.
    let peak_rss_bytes = process::peak_rss();
    let share = || -> Result<Share> { Ok(Share::measure(work.demand()?, seconds.median, about.device.precision())) };
    let limits = args.limits.then(share).transpose()?;
    let measurement = Measurement {
        bench: W::NAME,
        version: env!("CARGO_PKG_VERSION"),
        about,
        workload: work.describe(),
        seconds,
        tokens_per_second: summary(runs.iter().map(|run| run.tokens as f64 / run.seconds)),
        peak_rss_bytes,
        planned_bytes,
        limits,
        runs,
    };
    let text = if args.json {
        serde_json::to_string_pretty(&measurement)?
    } else {
        measurement.lines()
    };
    terminal.data(&text)
}

fn timed<W: Work>(work: &mut W, device: &Device) -> Result<TimedRun> {
    device.wait()?;
    let (start, cpu) = (Instant::now(), process::cpu_seconds());
    let (tokens, figures) = work.run()?;
    device.wait()?;
    let (seconds, cpu_after) = (start.elapsed().as_secs_f64(), process::cpu_seconds());
    Ok(TimedRun {
        seconds,
        cpu_seconds: cpu_after.zip(cpu).map(|(after, before)| after - before),
        tokens,
        figures: figures.as_object().cloned().unwrap_or_default(),
    })
}

/// Median and extremes of at least one value.
fn summary(values: impl Iterator<Item = f64>) -> Summary {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (middle, last) = (values.len() / 2, values.len() - 1);
    Summary {
        median: (values[middle] + values[last - middle]) / 2.0,
        min: values[0],
        max: values[last],
    }
}

impl Measurement {
    fn lines(&self) -> String {
        let of = |summary: &Summary, decimals: usize| {
            let Summary { median, min, max } = summary;
            format!("{median:.decimals$}  ({min:.decimals$} to {max:.decimals$})")
        };
        let work: Vec<String> = self
            .workload
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{} {value}", name.replace('_', " ")))
            .collect();
        let mut lines = vec![
            format!("bench     {}: {}", self.bench, work.join(", ")),
            format!("model     {}, {} parameters", self.about.model, self.about.parameters),
            format!("device    {}", self.about.device.describe()),
            format!("runs      {}", self.runs.len()),
            format!("seconds   {}", of(&self.seconds, 4)),
            format!("tokens/s  {}", of(&self.tokens_per_second, 1)),
        ];
        lines.extend(self.runs.last().and_then(TimedRun::told));
        let planned = report::bytes(self.planned_bytes);
        lines.extend(
            self.peak_rss_bytes
                .map(|peak| format!("memory    {}, planned {planned}", report::bytes(peak))),
        );
        lines.extend(self.limits.iter().flat_map(Share::lines));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        let of = |values: &[f64]| {
            let Summary { median, min, max } = summary(values.iter().copied());
            [median, min, max]
        };
        assert_eq!(of(&[3.0, 1.0, 2.0]), [2.0, 1.0, 3.0]);
        assert_eq!(of(&[4.0, 1.0, 2.0, 8.0]), [3.0, 1.0, 8.0]);
        assert_eq!(of(&[5.0]), [5.0; 3]);
    }
}
