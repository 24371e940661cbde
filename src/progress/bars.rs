//! A progress bar that redraws itself, for terminals.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use serl_pipeline::Headway;

use super::details::details;
use super::display::Display;
use super::rate::Pace;
use crate::terminal::{message, printable};

/// Shows one bar at a time; finished work stays above it as a line.
#[derive(Default)]
pub(super) struct Bars {
    current: Mutex<Option<Current>>,
}

struct Current {
    bar: ProgressBar,
    pace: Option<Pace>,
}

impl Bars {
    fn with<T>(&self, act: impl FnOnce(&mut Option<Current>) -> T) -> T {
        act(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; if indicatif cannot parse one, its default style takes over.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ")
}

impl Display for Bars {
    fn start(&self, what: &str) {
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} {prefix} {elapsed} {msg}"));
        bar.set_prefix(printable(what).into_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.with(|current| *current = Some(Current { bar, pace: None }));
    }

    fn progress(&self, headway: &Headway<'_>) {
        self.with(|current| {
            let Some(Current { bar, pace }) = current else {
                return;
            };
            if pace.is_none() {
                bar.set_style(style("{spinner} {prefix} {bar:16} {pos}/{len} {wide_msg}"));
            }
            let pace = pace.get_or_insert_with(|| Pace::starting(headway));
            bar.set_length(headway.total);
            bar.set_position(headway.done);
            let told = [headway.unit.to_owned(), details(headway, pace)].join("  ");
            bar.set_message(printable(&told).into_owned());
        });
    }

    fn finish(&self, result: &str) {
        self.stop();
        message(result);
    }

    fn stop(&self) {
        if let Some(current) = self.with(Option::take) {
            current.bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        self.with(|current| match current {
            Some(Current { bar, .. }) => bar.suspend(|| message(text)),
            None => message(text),
        });
    }
}
