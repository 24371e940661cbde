//! Which parts of a prompt are data.

use std::collections::BTreeMap;

use serl_chat::{Conversation, Message, Template};

/// The prompt of `content`, with its data in brackets.
fn shown(template: &str, content: &str) -> String {
    let conversation = Conversation::prompt(&[Message::system("sys"), Message::user(content)]);
    let rendered = Template::parse(template)
        .unwrap()
        .render(&conversation, &BTreeMap::new())
        .unwrap();
    let mut shown = String::new();
    let mut at = 0;
    for range in rendered.data() {
        shown += &format!(
            "{}[{}]",
            &rendered.text()[at..range.start],
            &rendered.text()[range.clone()]
        );
        at = range.end;
    }
    shown + &rendered.text()[at..]
}

#[test]
fn the_users_text_is_data_whatever_the_template_does_to_it() {
    let c = "{% set c = messages[1].content %}";
    for (template, content, expected) in [
        (
            "<u>{{ c }}</u>{{ messages[0].content }}{{ messages[1].role }}",
            "a<u>",
            "<u>[a<u>]</u>sysuser",
        ),
        ("<{{ c | trim }}>", "  né ", "<[né]>"),
        ("<{{ c.strip() + '!' ~ c[1:] }}>", " né ", "<[né]![né ]>"),
        ("{{ c.replace('x', '<x>') }}", "axb", "[a]<x>[b]"),
        ("{{ c | tojson }}", "a\"é\n", "\"[a\\\"é\\n]\""),
        ("{{ [c] }}{{ {'k': c} }}", "a'", "[\"[a']\"]{'k': \"[a']\"}"),
        ("{{ c.split('</think>')[-1] | upper }}", "a</think>b", "[B]"),
        (
            "{{ 'x%sy%5s' % (c, c) }}{{ '{}-{:>4}'.format(c, c) }}",
            "ab",
            "x[ab]y   [abab]-  [ab]",
        ),
        ("{{ (c ~ '<t>').split('<') | join('<') }}", "a<b", "[a]<[b]<t>"),
        (
            "{% set x %}<{{ c }}>{% endset %}{{ x | indent }}",
            "a\nb",
            "<[a]\n    [b]>",
        ),
        (
            "{% macro m(x) %}({{ x }}){% endmacro %}{{ m(c) | replace('(', '<') }}",
            "q",
            "<[q])",
        ),
        ("{% for x in c %}{{ x }}.{% endfor %}", "ab", "[a].[b]."),
        (
            "{{ c | title }}{{ c | reverse }}{{ c[::-1] }}{{ c * 2 }}",
            "ab",
            "[Abbabaabab]",
        ),
        (
            "{{ c | truncate(4, true, '…', 0) }}{{ c | center(7) }}",
            "abcde",
            "[abc]… [abcde] ",
        ),
        ("{{ messages | map(attribute='content') | join('|') }}", "a", "sys|[a]"),
        (
            "{{ messages | tojson }}",
            "a",
            "[{\"role\": \"system\", \"content\": \"sys\"}, {\"role\": \"user\", \"content\": \"[a]\"}]",
        ),
        ("{{ c | length }}{{ c == 'a' }}", "a", "1True"),
        ("{{ dict(a=1, **{c: 2}) }}", "b", "{'a': 1, '[b]': 2}"),
        (
            "{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(**{c: 1}) }}{{ '%(b)s' | format(**{c: 1}) }}",
            "b",
            "{'[b]': 1}1",
        ),
        ("{{ strftime_now(c ~ '/%y') }}", "<%Y%-q", "[<2024%-q]/24"),
        (
            "{{ '-'.center(3, c) }}{{ '{:{}>3}'.format('-', c) }}{{ '{:{}=3}'.format(7, c) }}",
            "<",
            "[<]-[<<<]-[<<]7",
        ),
        ("{{ c.format('-') }}{{ c % () }}", "{:<>3}%%", "[<<]-[%%{:<>3}%]"),
        ("{{ ('<b>&lt;' ~ c) | striptags }}", "<i>a</i> &lt;", "<[a] [<]"),
    ] {
        assert_eq!(shown(&format!("{c}{template}"), content), expected, "{template}");
    }
}

#[test]
fn names_within_the_users_objects_are_data() {
    let message = serde_json::json!({"role": "tool", "content": {"<s>": {"k": 1}}});
    let conversation = Conversation {
        messages: vec![message.as_object().unwrap().clone()],
        add_generation_prompt: false,
    };
    let rendered = Template::parse("{{ messages[0] | tojson }}")
        .unwrap()
        .render(&conversation, &BTreeMap::new())
        .unwrap();
    assert_eq!(
        rendered.text(),
        "{\"role\": \"tool\", \"content\": {\"<s>\": {\"k\": 1}}}"
    );
    let data: Vec<&str> = rendered
        .data()
        .iter()
        .map(|range| &rendered.text()[range.clone()])
        .collect();
    assert_eq!(data, ["<s>", "k"]);
}
