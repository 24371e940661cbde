//! What is told about work beside how much of it is done.

use serl_pipeline::Headway;

use super::rate::Pace;

/// Speed, time left, figures so far and remarks, such as `12,300 tokens/s, 9 s left, reward 0.490`.
pub(super) fn details(headway: &Headway<'_>, pace: &Pace) -> String {
    let figures = headway.figures.iter().map(|&(name, value)| figure(name, value));
    let told = [pace.speed(headway).told(), headway.note.to_owned()];
    let told: Vec<String> = told
        .into_iter()
        .chain(figures)
        .filter(|part| !part.is_empty())
        .collect();
    told.join(", ")
}

/// A figure by name, such as `KL 0.0161`.
pub fn figure(name: &str, value: f64) -> String {
    match name {
        "kl" => format!("KL {value:.4}"),
        _ => format!("{name} {value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_remarks_follow_the_speed() {
        let start = Headway::of(2, 9, "steps");
        let pace = Pace::starting(&start);
        let figures = [("reward", 0.49), ("kl", 0.01607)];
        let headway = Headway {
            figures: &figures,
            ..start
        };
        assert_eq!(details(&headway, &pace), "reward 0.490, KL 0.0161");
        assert_eq!(details(&start.noting("512 prepared"), &pace), "512 prepared");
    }
}
