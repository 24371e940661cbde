//! Charts as SVG that stands within a page: its colours are the page's, its texts are escaped, it needs no script.

mod axis;
mod bars;
mod graph;
mod histogram;
mod labels;
mod line;
mod path;
mod spark;
mod svg;

pub use axis::{Axis, Unit};
pub use bars::{Part, bar, blocks};
pub use graph::{GraphChart, Link, Node};
pub use histogram::Histogram;
pub use line::{Divider, Line, LineChart, Point};
pub use spark::{spark_svg, sparkline};

/// Colours that a page has for lines; further ones begin anew, told apart by their labels.
pub const COLOURS: usize = 8;
