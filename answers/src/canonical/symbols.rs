//! The meaning of LaTeX commands and Unicode characters in an answer.
//!
//! Two tables without state: every spelling that is not listed stands for itself.

/// The contribution of a command or character.
pub(super) enum Meaning<'a> {
    /// Layout without meaning.
    Nothing,
    /// The size of a delimiter; an invisible delimiter (`\left.`) disappears with it.
    Delimiter,
    Space,
    Symbol(char),
    Command(&'a str),
    /// A fraction in one character.
    Fraction(&'static str, &'static str),
    /// A command around its argument; whether the argument is upright text.
    Wrapper {
        upright: bool,
    },
    /// A raised circle.
    Degree,
    /// A command whose arguments are layout, too; how many it has.
    Skipped(usize),
    /// A length follows: `\kern 5mu`.
    Length,
    /// A set of numbers, by its letter.
    Numbers(&'static str),
    /// A word that joins items.
    Word(&'static str),
    /// Space that may separate the items of a list.
    Gap,
}

/// The meaning of `\name`.
pub(super) fn command(name: &str) -> Meaning<'_> {
    match name {
        "left" | "right" | "middle" => Meaning::Delimiter,
        "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl" | "Bigr" | "biggl" | "biggr" | "Biggl" | "Biggr" => {
            Meaning::Nothing
        }
        "displaystyle" | "textstyle" | "scriptstyle" | "scriptscriptstyle" | "limits" | "nolimits" => Meaning::Nothing,
        "pounds" | "euro" | "textdollar" | "mathdollar" | "texteuro" | "textsterling" | "yen" | "rupee" | "inr"
        | "textyen" | "mathsterling" => Meaning::Nothing,
        "large" | "Large" | "LARGE" | "huge" | "Huge" | "small" | "footnotesize" | "scriptsize" | "tiny"
        | "normalsize" => Meaning::Nothing,
        "bf" | "rm" | "it" | "sf" | "tt" | "sl" | "sc" | "em" | "cal" | "bfseries" | "itshape" | "rmfamily"
        | "upshape" | "mdseries" | "sffamily" | "ttfamily" | "boldmath" | "unboldmath" | "normalfont" => {
            Meaning::Nothing
        }
        "strut" | "mathstrut" | "null" | "relax" | "nonumber" | "notag" | "hfill" | "noindent" | "centering"
        | "protect" | "allowbreak" | "nobreak" | "negthinspace" | "displaylimits" | "leavevmode" => Meaning::Nothing,
        "color" | "textcolor" | "colorbox" | "hspace" | "vspace" | "phantom" | "hphantom" | "vphantom" | "tag"
        | "label" | "raisebox" | "fontsize" | "class" | "cssId" | "style" | "enclose" => Meaning::Skipped(1),
        "rule" | "fcolorbox" | "href" => Meaning::Skipped(2),
        "kern" | "mkern" | "hskip" | "mskip" | "vskip" => Meaning::Length,
        "quad" | "qquad" => Meaning::Gap,
        "enspace" | "enskip" | "thinspace" | "medspace" | "thickspace" | "space" | "nobreakspace" | "newline" => {
            Meaning::Space
        }
        "text" | "textbf" | "textit" | "textrm" | "textsf" | "texttt" | "textnormal" | "mbox" | "hbox" | "mathrm"
        | "operatorname" | "emph" | "textup" | "textsl" | "textsc" | "textmd" | "mathup" => {
            Meaning::Wrapper { upright: true }
        }
        "boxed" | "fbox" | "mathbf" | "mathit" | "mathsf" | "boldsymbol" | "bm" | "ensuremath" | "underline"
        | "mathnormal" | "bold" | "mathtt" | "pmb" | "mathop" | "mathbin" | "mathrel" | "mathord" | "mathinner"
        | "mathopen" | "mathclose" | "makebox" | "framebox" | "smash" | "symbf" | "symbfit" | "uline" => {
            Meaning::Wrapper { upright: false }
        }
        "dfrac" | "tfrac" | "cfrac" | "nicefrac" | "sfrac" | "xfrac" | "flatfrac" | "ffrac" => Meaning::Command("frac"),
        "dbinom" | "tbinom" => Meaning::Command("binom"),
        "surd" => Meaning::Command("sqrt"),
        "smallsetminus" | "backslash" => Meaning::Command("setminus"),
        "lor" | "vee" => Meaning::Word("or"),
        "land" | "wedge" => Meaning::Word("and"),
        "R" | "reals" | "Reals" => Meaning::Numbers("R"),
        "Z" | "integers" => Meaning::Numbers("Z"),
        "N" | "natnums" => Meaning::Numbers("N"),
        "Q" => Meaning::Numbers("Q"),
        "C" | "Complex" => Meaning::Numbers("C"),
        "Bbb" | "mathds" | "mathbbm" => Meaning::Command("mathbb"),
        "leq" | "leqslant" => Meaning::Command("le"),
        "geq" | "geqslant" => Meaning::Command("ge"),
        "neq" => Meaning::Command("ne"),
        "to" => Meaning::Command("rightarrow"),
        "varnothing" => Meaning::Command("emptyset"),
        "dots" | "cdots" => Meaning::Command("ldots"),
        "cdot" | "times" | "ast" | "bullet" | "cdotp" | "centerdot" => Meaning::Symbol('*'),
        "div" => Meaning::Symbol('/'),
        "colon" => Meaning::Symbol(':'),
        "lbrace" => Meaning::Symbol('{'),
        "rbrace" => Meaning::Symbol('}'),
        "vert" | "lvert" | "rvert" | "mid" => Meaning::Symbol('|'),
        "lbrack" => Meaning::Symbol('['),
        "rbrack" => Meaning::Symbol(']'),
        "lparen" => Meaning::Symbol('('),
        "rparen" => Meaning::Symbol(')'),
        "prime" => Meaning::Symbol('\''),
        "lt" => Meaning::Symbol('<'),
        "gt" => Meaning::Symbol('>'),
        "degree" | "degrees" => Meaning::Symbol('°'),
        "circ" => Meaning::Degree,
        _ => Meaning::Command(name),
    }
}

/// The sign or digit of which `c` is the raised form.
pub(super) fn superscript(c: char) -> Option<char> {
    let plain = match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴' => '4',
        '⁵' => '5',
        '⁶' => '6',
        '⁷' => '7',
        '⁸' => '8',
        '⁹' => '9',
        '⁻' => '-',
        _ => return None,
    };
    Some(plain)
}

/// The digit of which `c` is the lowered form.
pub(super) fn subscript(c: char) -> Option<char> {
    match c {
        '₀'..='₉' => char::from_digit(u32::from(c) - u32::from('₀'), 10),
        _ => None,
    }
}

/// The meaning of `c`, if it is an alternative spelling.
pub(super) fn character(c: char) -> Option<Meaning<'static>> {
    let meaning = match c {
        '$' | '€' | '£' | '¥' | '₹' | '¢' | '₩' | '₽' | '₺' | '฿' | '₫' | '₴' | '₱' | '₦' | '₪' => {
            Meaning::Nothing
        }
        '"' | '“' | '”' | '`' | '«' | '»' | '「' | '」' => Meaning::Nothing,
        '∨' => Meaning::Word("or"),
        '∧' => Meaning::Word("and"),
        'ℝ' => Meaning::Numbers("R"),
        'ℤ' => Meaning::Numbers("Z"),
        'ℕ' => Meaning::Numbers("N"),
        'ℚ' => Meaning::Numbers("Q"),
        'ℂ' => Meaning::Numbers("C"),
        '\u{200b}' | '\u{2060}' | '\u{feff}' => Meaning::Nothing,
        '−' | '–' => Meaning::Symbol('-'),
        '’' | '‘' => Meaning::Symbol('\''),
        '×' | '·' | '⋅' | '∙' => Meaning::Symbol('*'),
        '÷' | '⁄' | '∕' => Meaning::Symbol('/'),
        'º' | '˚' => Meaning::Symbol('°'),
        'π' => Meaning::Command("pi"),
        'θ' => Meaning::Command("theta"),
        'α' => Meaning::Command("alpha"),
        'β' => Meaning::Command("beta"),
        'γ' => Meaning::Command("gamma"),
        'δ' => Meaning::Command("delta"),
        'ε' => Meaning::Command("epsilon"),
        'μ' => Meaning::Command("mu"),
        'ρ' => Meaning::Command("rho"),
        'σ' => Meaning::Command("sigma"),
        'τ' => Meaning::Command("tau"),
        'φ' => Meaning::Command("phi"),
        'ω' => Meaning::Command("omega"),
        'λ' => Meaning::Command("lambda"),
        '∞' => Meaning::Command("infty"),
        '√' => Meaning::Command("sqrt"),
        '±' => Meaning::Command("pm"),
        '≤' => Meaning::Command("le"),
        '≥' => Meaning::Command("ge"),
        '≠' => Meaning::Command("ne"),
        '≈' => Meaning::Command("approx"),
        '∪' => Meaning::Command("cup"),
        '∩' => Meaning::Command("cap"),
        '∈' => Meaning::Command("in"),
        '∅' => Meaning::Command("emptyset"),
        '→' => Meaning::Command("rightarrow"),
        '…' => Meaning::Command("ldots"),
        '′' => Meaning::Symbol('\''),
        '⟨' => Meaning::Command("langle"),
        '⟩' => Meaning::Command("rangle"),
        '⌊' => Meaning::Command("lfloor"),
        '⌋' => Meaning::Command("rfloor"),
        '⌈' => Meaning::Command("lceil"),
        '⌉' => Meaning::Command("rceil"),
        '∖' => Meaning::Command("setminus"),
        '½' => Meaning::Fraction("1", "2"),
        '⅓' => Meaning::Fraction("1", "3"),
        '⅔' => Meaning::Fraction("2", "3"),
        '¼' => Meaning::Fraction("1", "4"),
        '¾' => Meaning::Fraction("3", "4"),
        '⅕' => Meaning::Fraction("1", "5"),
        '⅖' => Meaning::Fraction("2", "5"),
        '⅗' => Meaning::Fraction("3", "5"),
        '⅘' => Meaning::Fraction("4", "5"),
        '⅙' => Meaning::Fraction("1", "6"),
        '⅚' => Meaning::Fraction("5", "6"),
        '⅛' => Meaning::Fraction("1", "8"),
        '⅜' => Meaning::Fraction("3", "8"),
        '⅝' => Meaning::Fraction("5", "8"),
        '⅞' => Meaning::Fraction("7", "8"),
        _ => return None,
    };
    Some(meaning)
}
