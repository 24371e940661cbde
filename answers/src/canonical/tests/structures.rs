//! Sets, lists, tuples, intervals, matrices.

use super::check;

#[test]
fn brackets_say_whether_order_counts() {
    check(&[
        &[
            "1, 2",
            "2, 1",
            "\\{1, 2\\}",
            "1 and 2",
            "1 \\text{ or } 2",
            "x = 1, x = 2",
            "x = 2 or x = 1",
            "x = 1, 2",
            "\\{2, 1, 1\\}",
            "\\left\\{ 1, \\frac{4}{2} \\right\\}",
        ],
        &["1,2,3", "3, 2, and 1"],
        &[
            "(1,2)",
            "(1, 2)",
            "\\left(1,2\\right)",
            "(\\frac22, 2.0)",
            "\\langle 1, 2 \\rangle",
        ],
        &["(2,1)"],
        &["[1,2]", "\\left[1,2\\right]"],
        &["(1,2]"],
        &["[1,2)"],
        &["(1,2,3)"],
        &["(1,3,2)"],
        &["x = 1, y = 2", "y = 2, x = 1"],
        &["x = 2, y = 1"],
        &["(1,2),(3,4)", "(3,4), (1,2)", "\\{(1,2),(3,4)\\}"],
        &["(1,234)"],
        &["1234", "1,234"],
        &["1, 234"],
        &["\\emptyset", "\\{\\}", "\\varnothing", "∅"],
        &["5", "\\{5\\}", "5, 5"],
    ]);
}

#[test]
fn plus_or_minus_is_two_values() {
    check(&[
        &[
            "1 \\pm \\sqrt{5}",
            "\\{1+\\sqrt5, 1-\\sqrt5\\}",
            "1-\\sqrt5, 1+\\sqrt5",
            "x = 1 ± √5",
        ],
        &["\\{1\\pm\\sqrt{5},-2\\}", "-2, 1-\\sqrt5, 1+\\sqrt{5}"],
        &["\\pm 3", "3, -3", "x = \\pm 3", "\\mp 3"],
    ]);
}

#[test]
fn matrices() {
    check(&[
        &[
            "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
            "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}",
            "\\left[\\begin{array}{rr}1 & 2 \\\\ 3 & \\frac{8}{2}\\end{array}\\right]",
            "\\left(\\begin{array}{c|c}1 & 2 \\\\ 3 & 4 \\\\\\end{array}\\right)",
            "\\frac{1}{2}\\begin{pmatrix} 2 & 4 \\\\ 6 & 8 \\end{pmatrix}",
            "A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
            "A^{-1} = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
            "Solution is: \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}.",
            "The inverse is A^{-1} = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
            "\\text{Solution is: }\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
        ],
        &["\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}"],
        &["-\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"],
        &["\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"],
        &["\\begin{pmatrix} 1 & 2 \\end{pmatrix}"],
        &["\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}"],
        &["(1,2)"],
    ]);
}

#[test]
fn brackets_that_turn_away_leave_an_end_out() {
    check(&[
        &["(1, 2)", "]1, 2[", "1 < x < 2"],
        &["[1, 2)", "[1, 2["],
        &["(-\\infty, 2]", "]-\\infty, 2]"],
        &["(1, 2) \\cup (3, 4)", "]1, 2[ \\cup ]3, 4["],
    ]);
}
