//! Expressions: roots, functions, constants, variables.

use super::{check, form};

#[test]
fn irrational_numbers() {
    check(&[
        &[
            "\\sqrt{8}",
            "2\\sqrt2",
            "2√2",
            "2*sqrt(2)",
            "\\frac{4}{\\sqrt{2}}",
            "8^{1/2}",
            "\\sqrt{2}+\\sqrt{2}",
        ],
        &[
            "\\sqrt{3+2\\sqrt2}",
            "1+\\sqrt{2}",
            "\\frac{1}{\\sqrt2-1}",
            "\\cot 22.5^\\circ",
        ],
        &["\\frac{\\sqrt5+1}{2}", "2\\cos 36^\\circ", "2\\cos\\frac{\\pi}{5}"],
        &[
            "\\frac{\\pi}{2}",
            "\\dfrac\\pi2",
            "\\frac{π}{2}",
            "0.5\\pi",
            "pi/2",
            "\\arcsin 1",
            "\\sin^{-1} 1",
        ],
        &["\\pi", "\\arccos(-1)", "4\\arctan 1", "-i\\ln(-1)"],
        &["3.14159265358979323846264338327950288"],
        &["e", "\\exp(1)", "e^1", "\\mathrm{e}"],
        &["1-1/e", "1 - e^{-1}"],
        &["1+1/e"],
        &[
            "\\ln 2",
            "\\frac{1}{2}\\ln 4",
            "-\\ln\\frac12",
            "\\log 2 \\cdot \\ln 10",
        ],
        &["\\log_{10} 2", "\\log 2", "\\lg 2", "\\frac{\\ln 2}{\\ln 10}"],
        &["\\sqrt[3]{2}", "2^{1/3}", "2^\\frac13", "2^(1/3)"],
        &["10^{20}+\\sqrt2"],
        &["10^{20}+\\sqrt3"],
        &["3^{2007}", "3 \\cdot 3^{2006}", "9^{1003} \\cdot 3"],
        &["\\cosh(\\ln 3) + \\sqrt2", "\\frac53 + \\sqrt2"],
    ]);
}

#[test]
fn complex_numbers() {
    check(&[
        &[
            "6+9i",
            "9i + 6",
            "3(2+3i)",
            "6 + 9 \\cdot i",
            "6+\\sqrt{-81}",
            "6+9\\mathrm{i}",
        ],
        &["6-9i"],
        &["2i", "\\sqrt{-4}", "(1+i)^2", "2e^{i\\pi/2}"],
        &["2"],
        &[
            "\\frac{1+i\\sqrt{3}}{2}",
            "e^{i\\pi/3}",
            "\\cos 60^\\circ + i \\sin 60^\\circ",
        ],
        &["e^{-\\pi/2}", "i^i"],
    ]);
}

#[test]
fn a_root_of_odd_order_of_a_negative_number_is_negative() {
    for answer in ["\\sqrt[3]{-8}", "(-8)^{1/3}", "-\\sqrt[3]{8}"] {
        assert_eq!(form(answer), "-2");
    }
}

#[test]
fn expressions_in_variables() {
    check(&[
        &[
            "x^2+2x+1",
            "(x+1)^2",
            "1 + x(x+2)",
            "x²+2x+1",
            "x**2 + 2*x + 1",
            "(x+1)(1+x)",
            "\\frac{(x+1)^3}{x+1}",
        ],
        &["x^2-2x+1", "(1-x)^2"],
        &["\\frac{1}{2-x}", "-\\frac{1}{x-2}", "(2-x)^{-1}", "\\frac{-1}{x-2}"],
        &["x+1", "\\frac{x^2-1}{x-1}"],
        &["(a+5)(b+2)", "ab+2a+5b+10", "(b+2)(a+5)", "a b + 2 a + 5 b + 10"],
        &["\\sin 2x", "2 \\sin x \\cos x", "\\sin(2x)", "\\sin{2x}", "\\sin (x+x)"],
        &["1", "\\sin^2 x + \\cos^2 x", "\\sec^2 t - \\tan^2 t", "\\frac{x}{x}"],
        &["\\cot x", "\\frac{\\cos x}{\\sin x}", "1/\\tan x"],
        &["\\arctan x", "\\tan^{-1} x", "\\operatorname{arctan}(x)"],
        &["|x|", "\\sqrt{x^2}", "\\left|x\\right|", "\\lvert x \\rvert", "|-x|"],
        &["x"],
        &["X"],
        &["\\ln x^2"],
        &["2\\ln x"],
        &["\\sqrt{ab}"],
        &["\\sqrt{a}\\sqrt{b}"],
        &["e^{2x}", "(e^x)^2", "\\exp(2x)", "e^x e^x"],
        &["2^{x+3}", "8 \\cdot 2^x"],
        &["x^{2/3}", "\\sqrt[3]{x^2}", "(\\sqrt[3]{x})^2"],
        &["x^2+C", "C + x^2"],
        &["x^2 + c"],
        &["\\alpha+\\beta", "β + α"],
        &["x_1 + x_2", "x_{2}+x_{1}", "x₁+x₂"],
        &["\\pi r^2", "\\pi r^{2}", "r^2\\pi"],
        &["\\vec{a} + 2", "2+\\vec{a}"],
        &["x^{100}+1", "1+x^{100}"],
        &["\\binom{n}{2}"],
        &["n!"],
        &["f(x)+1", "1+f(x)"],
        &["f(x+1)", "f(1+x)"],
        &["3xyz", "3zyx"],
        &["y\\sin x", "\\sin{x}y", "y\\sin(x)", "\\sin{\\left(x\\right)} y"],
        &["\\sin xy", "\\sin(yx)"],
        &["(x+1)^3", "{x+1}^3", "{\\left(x+1\\right)}^{3}"],
        &["\\frac xy", "x/y", "xy^{-1}"],
    ]);
}
