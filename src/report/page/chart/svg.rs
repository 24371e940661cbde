//! Writing SVG.

use std::fmt::Write;

/// `text` for the content or an attribute of an element. Characters that XML cannot hold become U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate, to a tenth of a pixel.
pub(super) fn place(value: f64) -> String {
    let text = format!("{:.1}", if value.is_finite() { value } else { 0.0 });
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Where a text is anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An SVG element that is being written.
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// One of this size in pixels, which shrinks with its page; `name` is read out instead of it.
    pub(super) fn new(width: f64, height: f64, name: &str, class: &str) -> Self {
        let (w, h) = (place(width), place(height));
        let name = escaped(name);
        Self {
            out: format!(
                "<svg class=\"{class}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
                 aria-label=\"{name}\">"
            ),
        }
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(place);
        self.put(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    pub(super) fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            self.put(&format!("<path class=\"{class}\" d=\"{d}\"/>"));
        }
    }

    /// A rectangle at the corner `at` of this size; `title` is shown by a pointer that rests on it.
    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), title: &str) {
        let [x, y, w, h] = [at.0, at.1, size.0.max(0.0), size.1.max(0.0)].map(place);
        let start = format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"");
        self.titled(&start, "rect", title);
    }

    /// As [`Self::rect`].
    pub(super) fn circle(&mut self, class: &str, at: (f64, f64), r: f64, title: &str) {
        let [x, y, r] = [at.0, at.1, r].map(place);
        let start = format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"");
        self.titled(&start, "circle", title);
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let [x, y] = [at.0, at.1].map(place);
        let (anchor, text) = (anchor.word(), escaped(text));
        self.put(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    pub(super) fn finish(mut self) -> String {
        self.put("</svg>");
        self.out
    }

    fn titled(&mut self, start: &str, name: &str, title: &str) {
        if title.is_empty() {
            self.put(&format!("{start}/>"));
        } else {
            let title = escaped(title);
            self.put(&format!("{start}><title>{title}</title></{name}>"));
        }
    }

    fn put(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = self.out.write_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        let hostile = "</text><script>alert(1)</script>\" onload='x' \u{1b}[2J";
        let mut svg = Svg::new(10.0, 10.0, hostile, "c");
        svg.text("t", (0.0, 0.0), Anchor::Start, hostile);
        svg.circle("p", (1.0, 1.0), 2.0, hostile);
        let svg = svg.finish();
        assert!(!svg.contains("<script") && !svg.contains("onload='"), "{svg}");
        assert!(!svg.contains('\u{1b}') && !svg.contains("\" onload"), "{svg}");
        assert_eq!(svg.matches("&lt;script&gt;").count(), 3);
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([1.0, 1.25, -0.01, f64::NAN].map(place), ["1", "1.2", "0", "0"]);
    }
}
