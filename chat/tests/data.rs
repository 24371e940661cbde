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
    ] {
        assert_eq!(shown(&format!("{c}{template}"), content), expected, "{template}");
    }
}
