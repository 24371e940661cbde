//! The points at which an expression with variables is evaluated.
//!
//! Two expressions that agree at random points agree everywhere, except with negligible probability (Schwartz-Zippel
//! for polynomials). The points are a function of the variable's name and a counter, so they are the same on every
//! machine.

/// Points per expression.
pub(super) const POINTS: usize = 4;

/// Ranges of the absolute value. One is close to 1, so that high powers stay comparable.
const RANGES: [(f64, f64); POINTS] = [(0.35, 0.9), (1.1, 2.4), (0.985, 1.015), (1.6, 2.9)];

/// The value of the variable `name` at point `point`.
///
/// All variables are positive at the first point and negative at the second, so that `\sqrt{x^2}` is not `x`, and
/// `\sqrt{xy}` not `\sqrt{x}\sqrt{y}`.
pub(super) fn coordinate(name: &str, point: usize) -> f64 {
    let (low, high) = RANGES[point % POINTS];
    let bits = uniform(name.as_bytes(), point as u64);
    let fraction = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    let magnitude = low + (high - low) * fraction;
    let negative = match point {
        0 => false,
        1 => true,
        _ => bits & 1 == 1,
    };
    if negative { -magnitude } else { magnitude }
}

/// The value of an unknown function, as a function of its name and of the digits of its argument.
pub(super) fn opaque(name: &str, digits: &str) -> f64 {
    let bits = uniform(format!("{name}({digits})").as_bytes(), 0);
    0.5 + (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn uniform(bytes: &[u8], counter: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&counter.to_le_bytes());
    hasher.update(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}
