//! Bars within a table.

use super::svg::Svg;

/// A part of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Share of the whole bar.
    pub share: f64,
    /// How it is drawn: `strong`, `soft` or `faint`.
    pub tone: &'static str,
}

/// A bar as SVG; `name` is read out instead of it.
pub fn bar(name: &str, parts: &[Part]) -> String {
    const WIDTH: f64 = 100.0;
    const HEIGHT: f64 = 12.0;
    let mut svg = Svg::new(WIDTH, HEIGHT, name, "inline");
    let mut from = 0.0;
    for part in parts {
        let share = if part.share.is_finite() {
            part.share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        svg.rect(part.tone, (from, 0.0), (share * WIDTH, HEIGHT), "");
        from += share * WIDTH;
    }
    svg.finish()
}

/// A bar as text.
pub fn blocks(parts: &[Part]) -> String {
    const CELLS: f64 = 20.0;
    let mut text = String::new();
    let (mut done, mut sum) = (0, 0.0);
    for part in parts {
        sum += part.share.clamp(0.0, 1.0);
        let until = (sum * CELLS).round() as usize;
        let block = match part.tone {
            "strong" => "█",
            "soft" => "▒",
            _ => "░",
        };
        text += &block.repeat(until.saturating_sub(done));
        done = until.max(done);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other() {
        let part = |share, tone| Part { share, tone };
        let parts = [part(0.25, "strong"), part(0.25, "soft"), part(0.5, "faint")];
        assert_eq!(blocks(&parts), "█████▒▒▒▒▒░░░░░░░░░░");
        let svg = bar("a <b>", &parts);
        assert!(svg.contains("class=\"soft\" x=\"25\" y=\"0\" width=\"25\""), "{svg}");
        assert!(svg.contains("a &lt;b&gt;") && !bar("", &[part(f64::NAN, "soft")]).contains("NaN"));
    }
}
