//! Paths through points.

use super::svg::place;

/// A line through `points`; where one is missing, it is interrupted.
pub(super) fn through(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut d = String::new();
    let mut drawn = false;
    for point in points {
        let Some((x, y)) = point else {
            drawn = false;
            continue;
        };
        d += &format!("{}{} {}", if drawn { "L" } else { "M" }, place(x), place(y));
        drawn = true;
    }
    d
}

/// The area between the upper and the lower end of each `(x, upper, lower)`.
pub(super) fn area(ends: &[(f64, f64, f64)]) -> String {
    if ends.len() < 2 {
        return String::new();
    }
    let upper = ends.iter().map(|&(x, upper, _)| Some((x, upper)));
    let lower = ends.iter().rev().map(|&(x, _, lower)| Some((x, lower)));
    format!("{}Z", through(upper.chain(lower)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_points_interrupt_a_line() {
        let points = [
            Some((0.0, 1.0)),
            Some((1.0, 2.5)),
            None,
            Some((3.0, 4.0)),
            Some((4.0, 4.0)),
        ];
        assert_eq!(through(points.into_iter()), "M0 1L1 2.5M3 4L4 4");
        assert_eq!(through([None].into_iter()), "");
    }

    #[test]
    fn an_area_returns_to_its_beginning() {
        assert_eq!(area(&[(0.0, 1.0, 3.0), (5.0, 2.0, 4.0)]), "M0 1L5 2L5 4L0 3Z");
        assert_eq!(area(&[(0.0, 1.0, 3.0)]), "");
    }
}
