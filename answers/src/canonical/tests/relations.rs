//! Equations and inequalities.

use super::check;

#[test]
fn an_equation_is_its_value() {
    check(&[
        &[
            "5",
            "x = 5",
            "x=5",
            "5 = x",
            "2x = 10",
            "x_1 = 5",
            "Area = 5",
            "\\text{Area} = 5\\text{ cm}",
            "2 + 3 = 5",
            "x = 2 + 3 = 5",
            "\\angle ABC = 5^\\circ",
            "f(2) = 5",
            "x - 5 = 0",
            "P(A) = 5",
        ],
        &["4"],
        &["|x| = 5"],
        &["2x = 8.2", "4.1"],
        &[
            "y = 2x+1",
            "2x + 1 = y",
            "2x+1",
            "2x - y + 1 = 0",
            "4x - 2y = -2",
            "f(x) = 2x+1",
            "x = \\frac{y-1}{2}",
        ],
        &["y = 2x"],
        &["\\frac{dy}{dx} = 2x + 5", "y' = 2x+5"],
        &[
            "x^2+y^2=4",
            "4 = y^2 + x^2",
            "2x^2 + 2y^2 = 8",
            "x^2+y^2-4=0",
            "\\frac{x^2}{4}+\\frac{y^2}{4}=1",
        ],
        &["x^2+y^2=5"],
        &["5x - 7y + 11z + 4 = 0", "-5x+7y-11z-4=0", "10x - 14y + 22z = -8"],
        &["5x - 7y + 11z - 4 = 0"],
        &[
            "m = E/c^2",
            "m - \\frac{E}{c^2} = 0",
            "2m = \\frac{2E}{c^2}",
            "\\frac{E}{c^2}",
        ],
        &[
            "\\frac{40}{3}",
            "\\frac{40}{3} \\approx 13.33",
            "x = \\frac{40}{3} \\approx 13.33",
        ],
        &["13.33", "x \\approx 13.33"],
        &[
            "25",
            "m + n = 25",
            "25 = m+n",
            "P(X > 2) = 25",
            "\\sum_{k=1}^{5} k^2 = 25",
            "n(A \\cap B) = 25",
            "AB + BC = 25",
            "m\\angle A = 25^\\circ",
            "25°C",
            "25^\\circ\\text{F}",
        ],
        &["\\frac37", "\\sin A = \\frac37", "\\frac ab = \\frac37", "P(A|B) = 3/7"],
        &["(1,2)", "(x,y) = (1,2)", "P = (1,2)"],
    ]);
}

#[test]
fn an_inequality_of_one_variable_is_an_interval() {
    check(&[
        &[
            "x > 3",
            "3 < x",
            "(3, \\infty)",
            "2x > 6",
            "-x < -3",
            "x \\in (3,\\infty)",
            "\\{x \\mid x > 3\\}",
            "x - 3 > 0",
        ],
        &[
            "x \\ge 3",
            "x \\geq 3",
            "x ≥ 3",
            "x >= 3",
            "[3,\\infty)",
            "x \\geqslant 3",
        ],
        &["x < 3", "(-\\infty,3)"],
        &[
            "1 < x \\le 2",
            "2 \\ge x > 1",
            "(1,2]",
            "x > 1 \\text{ and } x \\le 2",
            "\\left(1, 2\\right]",
        ],
        &["1 \\le x < 2", "[1,2)"],
        &[
            "x < 1 \\text{ or } x > 2",
            "(-\\infty,1)\\cup(2,\\infty)",
            "(2,\\infty) \\cup (-\\infty,1)",
            "x > 2 or x < 1",
        ],
        &["x \\ne 3", "x != 3", "(-\\infty,3) \\cup (3,\\infty)"],
        &["y > 2x+1", "2x + 1 < y", "y - 2x > 1", "2y - 4x > 2"],
        &["y < 2x+1"],
        &["y \\ge 2x+1"],
        &["\\mathbb{R}", "(-\\infty,\\infty)", "all real numbers", "(-∞, +∞)"],
    ]);
}

#[test]
fn a_domain_behind_a_value_says_nothing() {
    check(&[
        &[
            "k\\pi",
            "k\\pi, k \\in \\mathbb{Z}",
            "x = k\\pi \\ (k \\in \\Z)",
            "k\\pi \\text{ where } k \\text{ is an integer}",
            "\\{k\\pi \\mid k \\in \\mathbb{Z}\\}",
        ],
        &["2k\\pi, k \\in \\mathbb{Z}"],
        &["x > 3", "x > 3, x \\in \\mathbb{R}"],
        &["x > 3, x \\in \\mathbb{Z}"],
        &[
            "x \\ne 3",
            "\\mathbb{R} \\setminus \\{3\\}",
            "\\mathbb{R} - \\{3\\}",
            "all real numbers except 3",
        ],
        &[
            "x \\ne 1, x \\ne 2",
            "\\mathbb{R} \\setminus \\{2, 1\\}",
            "(-\\infty,1)\\cup(1,2)\\cup(2,\\infty)",
        ],
        &["1, 2", "x_1 = 1 \\quad x_2 = 2", "x = 1 \\lor x = 2"],
        &["x = 1, y = 2", "\\begin{cases} x = 1 \\\\ y = 2 \\end{cases}"],
    ]);
}

#[test]
fn indices_are_names_unless_the_values_ascend() {
    check(&[
        &["-1, 3", "x_1 = -1, x_2 = 3", "x_2 = 3, x_1 = -1"],
        &["x_1 = 3, x_2 = -1", "x_2 = -1, x_1 = 3"],
        &["\\frac13, \\frac12", "x_1 = 1/3, x_2 = 1/2"],
        &["x_1 = 1/2, x_2 = 1/3"],
        &["\\pm\\sqrt2", "x_{1} = -\\sqrt2, x_{2} = \\sqrt2"],
    ]);
}

#[test]
fn the_bounds_of_a_variable_behind_an_expression_say_nothing() {
    check(&[
        &[
            "x + 1",
            "x + 1, x \\ne 1",
            "x + 1 \\text{ for } x \\ne 1",
            "y = x + 1 (x > 0)",
        ],
        &[
            "\\sqrt{x}",
            "f^{-1}(x) = \\sqrt{x}, x \\ge 0",
            "\\sqrt{x}, x \\in [0, \\infty)",
        ],
        &["2"],
        &["x = 2, x > 3"],
        &["x + 1, y > 0"],
        &["(-\\infty, 1) \\cup (1, 2) \\cup (2, \\infty)", "x \\ne 1, x \\ne 2"],
    ]);
}
