//! Templates that would take for ever, fill the memory or overflow the stack: each is an error, soon.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serl_chat::{Conversation, Error, Message, Rendered, Template};

fn render(source: &str) -> Result<Rendered, Error> {
    Template::parse(source)?.render(&Conversation::prompt(&[Message::user("hi")]), &BTreeMap::new())
}

fn assert_refused(source: &str) {
    let rendered = render(source);
    assert!(
        rendered.is_err(),
        "{}… gave {} bytes",
        &source[..60],
        rendered.unwrap().text().len()
    );
}

fn nested(open: &str, inner: &str, close: &str) -> String {
    open.repeat(100_000) + inner + &close.repeat(100_000)
}

#[test]
fn endless_work_is_refused() {
    for source in [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}                         ",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% set x = range(99999)|list %}{% for a in range(99999) %}{{ x|sort|length }}{% endfor %}",
        "{% set x = range(99999)|list %}{% for a in range(99999) %}{{ 0 in x or -1 in x }}{% endfor %}",
        "{% set x = range(99999)|list %}{{ x|unique|list|length }}                             ",
        "{% set x = range(99999)|list %}{% for a in range(99999) %}{% set y = x == x %}{% endfor %}",
        "{% set x = 'a' * 1000000 %}{% for a in range(99999) %}{{ x[5] }}{{ x|length }}{% endfor %}",
        "{% set x = 'a' * 1000000 %}{% for a in range(99999) %}{% if x == x ~ 'b' %}{% endif %}{% endfor %}",
    ] {
        assert_refused(source);
    }
}

#[test]
fn texts_without_bounds_are_refused() {
    for source in [
        "{{ 'x' * 100000000000 }}                                                            ",
        "{{ [1] * 10000000000 }}                                                             ",
        "{{ ('a' * 100000) | replace('a', 'a' * 100000) | length }}                          ",
        "{{ ('a' * 100000).replace('', 'a' * 100000) | length }}                             ",
        "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s='a') %}{% for i in range(12) %}{% set ns.s = ns.s.replace('a', 'aaaaaaaaaa') %}\
         {% endfor %}",
        "{{ range(100000) | join(range(100000) | join('xxxxxxxxx')) }}                       ",
        "{{ 'x'.join(['y' * 1000000] * 1000000) }}                                           ",
        "{{ '%1000000000d' | format(1) }}                                                    ",
        "{{ '%.1000000000f' | format(1) }}{{ '%*d' % (1000000000, 1) }}                      ",
        "{{ '{:1000000000}'.format(1) }}                                                     ",
        "{{ 'a'.center(10000000000) }}{{ 'a'.zfill(10000000000) }}                           ",
        "{{ 'a\t'.expandtabs(10000000000) }}                                                 ",
        "{{ ('x\n' * 1000000) | indent(1000000) }}                                           ",
        "{{ 'x' | indent(10000000000, true) }}                                               ",
        "{{ [1] | batch(99999999999, 'x') | list }}                                          ",
        "{{ range(99999) | slice(99999999999) | list | length }}                             ",
        "{{ [[[1]]] | tojson(indent=1000000000) }}                                           ",
        "{{ 9 ** 9 ** 9 ** 9 }}{{ 170141183460469231731687303715884105727 + 1 }}             ",
        "{{ range(0, 99999999999999999999999999999999999999) }}                              ",
        "{{ range(-170141183460469231731687303715884105727 - 1, 1) }}                        ",
    ] {
        assert_refused(source);
    }
}

/// A list that holds each of its lists twice is small in memory, but not where it is printed or compared.
#[test]
fn doubled_lists_are_paid_for_in_full() {
    let doubled = "{% set ns = namespace(a='a', b='a') %}{% for i in range(60) %}\
                   {% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";
    for used in [
        "{{ ns.a }}",
        "{{ ns.a ~ 1 }}",
        "{{ ns.a|tojson }}",
        "{{ ns.a|string }}",
        "{{ ns }}",
        "{{ '%r' % [ns.a] }}",
        "{{ '{}'.format(ns.a) }}",
        "{{ ns.a|join }}",
        "{{ ns.a == ns.b }}",
        "{{ ns.a is eq ns.b }}",
        "{{ ns.a in [ns.b] }}",
        "{{ [ns.a].index(ns.b) }}",
        "{{ [ns.a, ns.b]|unique|list }}",
        "{{ [ns.a, ns.b]|sort }}",
        "{{ ns.a < ns.b }}",
        "{{ [ns.a, ns.b]|max }}",
        "{{ [{'a': ns.a}, {'a': ns.b}]|groupby('a') }}",
        "{{ {(1, 2): 1}[ns.a] }}",
        "{% for x in [1, 2] %}{{ loop.changed(ns.a if x == 1 else ns.b) }}{% endfor %}",
    ] {
        assert_refused(&format!("{doubled}{used}"));
    }
}

#[test]
fn nesting_is_bounded() {
    for source in [
        nested("{% if 1 %}", "x", "{% endif %}"),
        nested("{% for a in [1] %}", "x", "{% endfor %}"),
        nested("{% set a %}", "x", "{% endset %}"),
        format!("{{{{ {} }}}}", nested("(", "1", ")")),
        format!("{{{{ {} }}}}", nested("[", "1", "]")),
        format!("{{{{ {} }}}}", nested("{1: ", "1", "}")),
        format!("{{{{ {} }}}}", nested("not ", "1", "")),
        format!("{{{{ {} }}}}", nested("- ", "1", "")),
        format!("{{{{ {} }}}}", nested("1 if 0 else ", "1", "")),
        format!("{{{{ {} }}}}", nested("f(", "1", ")")),
        format!("{{{{ {} }}}}", nested("a[", "1", "]")),
        format!("{{{{ {} }}}}", nested("1|d(", "1", ")")),
        format!("{{% for {} in [] %}}{{% endfor %}}", nested("(", "a", ")")),
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}                                   ".to_owned(),
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}                            ".to_owned(),
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}"
            .to_owned(),
        "{% set ns = namespace(x={}) %}{% for i in range(99999) %}{% set ns.x = {1: ns.x} %}{% endfor %}".to_owned(),
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = ns.x|batch(1) %}{% endfor %}"
            .to_owned()
            + "{% set ns.x = ns %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = cycler(ns.x) %}{% endfor %}".to_owned(),
        "{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns }}                              ".to_owned(),
    ] {
        assert_refused(&source);
    }
}

#[test]
fn long_chains_are_no_nests() {
    for (source, text) in [
        (format!("{{{{ 1{} }}}}", "+1".repeat(100_000)), "100001"),
        (format!("{{{{ 'a'{} }}}}", "|string".repeat(100_000)), "a"),
        (format!("{{{{ 1{} }}}}", " and 1".repeat(100_000)), "1"),
        (
            format!("{{% if 0 %}}{}x{{% endif %}}", "{% elif 0 %}".repeat(100_000)),
            "",
        ),
        ("x{# #}".repeat(100_000), &"x".repeat(100_000)),
    ] {
        assert_eq!(render(&source).unwrap().text(), text);
    }
}

/// The deepest nesting that is allowed, in several ways at once, on half the stack that a thread has by default.
#[test]
fn the_deepest_templates_fit_on_a_small_stack() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| open.repeat(times) + inner + &close.repeat(times);
    let sources = [
        format!("{{{{ {} }}}}", deep("(1 and -1|d(1 ~ 2 * ", "1", " ** 1, 1 if 1 else 1) + 1 or 1)", 45)),
        "{% macro f(x) %}{% if 1 %}{% for a in [1] %}{{ f([x|d(f(x))]) }}{% endfor %}{% endif %}{% endmacro %}{{ f(1)}}"
            .to_owned(),
        "{% macro f() %}{{ caller() if 0 }}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}".to_owned(),
        "{% macro f(x) %}{{ [1]|map('string')|map('upper')|join(f(x)) }}{% endmacro %}{{ f(1) }}".to_owned(),
        "{% set n = namespace(x=[]) %}{% for i in range(199) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}".to_owned(),
    ];
    let run = move || sources.iter().map(|source| render(source).is_ok()).collect::<Vec<_>>();
    let ran = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(ran, [true, false, false, false, true]);
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        "+",
        " ",
        "\n",
        "for",
        "x",
        "in",
        "if",
        "else",
        "elif",
        "endif",
        "endfor",
        "set",
        "macro",
        "endmacro",
        "call",
        "endcall",
        "loop",
        "messages",
        "is",
        "not",
        "and",
        "defined",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        ".",
        "|",
        "~",
        "=",
        "==",
        "*",
        "**",
        "//",
        "%",
        "'a'",
        "\"é\"",
        "1",
        "2.5",
        "0",
        "none",
        "true",
        "range(3)",
        "namespace(a=1)",
        "join",
        "tojson",
        "upper",
        "split",
        "content",
        "'%s%d'",
        "'{:>5}'",
        "format",
        "raw",
        "endraw",
        "\\",
        "'",
        "\u{1f600}",
        "map",
        "-1",
        "generation",
        "endgeneration",
        "recursive",
        "{{ x }}",
        "{% if x %}",
        "{% endif %}",
        "{% for x in messages %}",
        "{% endfor %}",
        "{{ messages[0].content",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_template_panics(source in pieces()) {
        let _ = render(&source);
    }

    #[test]
    fn no_expression_panics(source in pieces()) {
        let _ = render(&format!("{{{{ messages[0].content|default({source}) }}}}"));
        let _ = render(&format!("{{{{ {source} }}}}"));
    }
}
