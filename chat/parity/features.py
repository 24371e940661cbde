#!/usr/bin/env python3
"""Prints what Jinja2, set up as by transformers, gives for small templates, one JSON object per line.

    pip install transformers jinja2
    python chat/parity/features.py > chat/tests/features.jsonl

`chat/tests/features.rs` compares serl-chat with these lines.
"""

import json

from transformers.utils import chat_template_utils

from compare import TOKENS, Day

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": " It's \"né\" <b>&\n"},
    {"role": "assistant", "content": "a</think>b", "n": 3, "x": [1, 2.5, True, None, {"k": "v"}]},
]

TEMPLATES = r"""
{{ messages[1].content }}|{{ messages|length }}
{{ 1 }} {{ 1.0 }} {{ 1e16 }} {{ 1e-5 }} {{ 123456789.125 }} {{ 0.1 + 0.2 }} {{ 1e22 }} {{ -0.0 }} {{ 1e15 }} {{ 5e-324 }}
{{ true }} {{ None }} {{ [1, 'a', none, true, 1.5] }} {{ (1,) }} {{ (1, 2) }} {{ {'a': 1, 'b': [2]} }} {{ () }} {{ [] }} {{ {} }}
{{ ["it's", 'say "x"', 'both \' and "', 'tab\t', 'nl\n', 'é', '\x07', '\u200b', '\\'] }}
{{ messages[2] }}
{{ undefined_thing }}|{{ undefined_thing is defined }}|{{ messages[9] }}|{{ messages[0].nope }}
{{ undefined_thing.x }}
{{ messages[0].nope.x }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }}
{{ 7.5 // 2 }} {{ -7.5 // 2 }} {{ 7.5 % 2 }} {{ -7.5 % 2 }} {{ 1.5 + 1 }} {{ true + 1 }} {{ -true }} {{ +3 }} {{ - 3 }}
{{ 1 / 0 }}
{{ 'a' + 1 }}
{{ 'a' * 3 }} {{ 3 * 'ab' }} {{ [1] * 2 }} {{ 'a' * -1 }}| {{ [1] + [2] }} {{ (1,) + (2,) }}
{{ 'a' ~ 1 ~ none ~ [1] ~ undefined_thing ~ 1.0 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' == 1 }} {{ none == none }}
{{ 1 < 'a' }}
{{ 'a' in 'abc' }} {{ 1 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 'x' not in 'abc' }}
{{ 1 in 'a' }}
{{ 'x' in undefined_thing }} {{ 2 in range(3) }} {{ ('role', 'user') in messages[1].items() }}
{{ not true }} {{ not '' }} {{ true and 'x' }} {{ '' or 'y' }} {{ 0 or none }} {{ 'a' if true }} {{ 'a' if false }}| {{ 'a' if false else 'b' }}
{{ 'a' if false else 'b' if false else 'c' }}
{{ 'abc'[0] }} {{ 'abc'[-1] }} {{ 'abc'[9] }}| {{ 'abcdef'[1:3] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[-2:] }} {{ 'abcdef'[4:1:-1] }} {{ 'né日本'[1:3] }} {{ 'né日本'[::-1] }}
{{ [1, 2, 3][1:] }} {{ [1, 2, 3][::-1] }} {{ [1, 2, 3][:-1] }} {{ (1, 2, 3)[1:] }} {{ messages[1:][0].role }} {{ [1, 2, 3][5:] }} {{ [1,2,3].0 }}
{{ 'a,b,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'a b c'.split(none, 1) }} {{ ' a b c '.rsplit(none, 1) }} {{ 'abc'.split('') if false }} {{ 'a--b'.rsplit('-', 1)[0] }} {{ ''.split(',') }} {{ ''.split() }} {{ 'a,b,c'.split(',', maxsplit=1) }} {{ 'a,b'.split(sep=',') }}
{{ 'abc'.split('') }}
{{ 'a</think>b'.split('</think>')[-1].lstrip('\n') }} {{ 'xxaxx'.strip('x') }} {{ 'xyaxy'.lstrip('xy') }} {{ 'a  '.rstrip() }}| {{ '\x1f a\u00a0'.strip() }}|
{{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'abc'.removeprefix('x') }} {{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'ab')) }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith('b', 1) }} {{ 'abc'.endswith('b', 0, 2) }} {{ 'abc'.startswith('', 4) }}
{{ 'abcabc'.find('c') }} {{ 'abc'.find('x') }} {{ 'abcabc'.rfind('c') }} {{ 'né日'.index('日') }} {{ 'abcabc'.count('b') }} {{ 'abc'.count('') }} {{ 'abcabc'.find('a', 1) }} {{ 'abc'.find('a', -2) }} {{ 'aXbX'.replace('X', 'y') }} {{ 'aXbX'.replace('X', 'y', 1) }} {{ 'ab'.replace('', '-') }}
{{ 'abc'.index('x') }}
{{ 'hello world'.title() }} {{ "it's ok".title() }} {{ 'hELLO wORLD'.capitalize() }} {{ 'aBc'.swapcase() }} {{ 'ABC'.lower() }} {{ 'straße'.upper() }} {{ 'ΑΣ'.lower() }} {{ 'İ'.lower() }} {{ 'x1y2'.title() }}
{{ '7'.zfill(3) }} {{ '-7'.zfill(4) }} {{ 'a'.center(4, '*') }} {{ 'ab'.center(5) }}| {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3, '.') }} {{ 'a\tb'.expandtabs(4) }} {{ ','.join(['a', 'b']) }} {{ 'a,b,c'.partition(',') }} {{ 'a,b,c'.rpartition(',') }} {{ 'abc'.partition('x') }} {{ 'abc'.rpartition('x') }}
{{ 'a\nb\r\nc\x0bd'.splitlines() }} {{ 'a\nb\n'.splitlines(true) }} {{ 'a\n'.splitlines(keepends=true) }}
{{ 'abc'.isalpha() }} {{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ ''.isspace() }} {{ 'Ab'.isupper() }} {{ 'AB1'.isupper() }} {{ 'ab'.islower() }} {{ 'Ab Cd'.istitle() }} {{ 'a_1'.isidentifier() }} {{ 'é'.isascii() }} {{ '1'.isnumeric() }}
{{ '{} {}'.format(1, 'a') }} {{ '{0}{1}{0}'.format('a', 'b') }} {{ '{x}'.format(x=1.5) }} {{ '{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd') }} {{ '{:.2f} {:05d} {:+d} {:,} {:x} {:#x} {:b} {:e} {:%} {:g}'.format(3.14159, 42, 7, 1234567, 255, 255, 5, 12345.678, 0.25, 0.00001) }} {{ '{{}}'.format() }} {{ '{0[a]} {1.real}'.format({'a': 1}, 3) }} {{ '{!r} {!s}'.format('a', 'b') }} {{ '{:{}}|'.format('a', 4) }} {{ '{:.2}'.format('abc') }} {{ '{:_}'.format(1234567) }} {{ '{:,.2f}'.format(1234567.891) }} {{ '{:08.3f}'.format(-3.14159) }} {{ '{:d}'.format(true) }} {{ '{}'.format(none) }} {{ '{:.3}'.format(2.0) }} {{ '{:10}|'.format(1.5) }} {{ '{:c}'.format(97) }}
{{ '{[a]}'.format({'a': 1}) }}
{{ '{} {0}'.format(1) }}
{{ '{0} {}'.format(1) }}
{{ '{0[1]}{x.y}{0}{y!r:>5}'.format([1, 2], x={'y': 3}, y='q') }}
{{ '{x}'.format(1) }}
{{ '%s=%d' % ('a', 3) }} {{ '%05.2f' % 3.14159 }} {{ '%5s|%-5s|' % ('a', 'b') }} {{ '%x %X %o %#x' % (255, 255, 8, 255) }} {{ '%e' % 12345.678 }} {{ '%g %g' % (0.0001, 1e20) }} {{ '%%' % () }} {{ '%(a)s' % {'a': 1} }} {{ '%r' % 'x' }} {{ '%c' % 'x' }} {{ '%+d % d' % (3, 4) }} {{ '%03d' % 7 }} {{ '%.3s' % 'abcdef' }} {{ '%*d' % (5, 3) }} {{ '%s' % [1] }} {{ '%s %s' % (none, true) }} {{ '%d' % 3.9 }} {{ '%i' % -3 }} {{ '%.2d' % 3 }} {{ '%5.1f|' % 2.25 }} {{ '%s' % {'a': 1} }}
{{ '%d' % 'x' }}
{{ '%s' % (1, 2) }}
{{ '%s %s' % (1,) }}
{{ '%s and %s'|format('a', 'b') }} {{ '%(x)s'|format(x=2) }}
{{ messages[0].items() }} {{ messages[0].keys() }} {{ messages[0].values() }} {{ messages[0].items()|list }} {{ messages[0].get('role') }} {{ messages[0].get('x') }} {{ messages[0].get('x', 'd') }} {{ {'a': 1}.copy() }} {{ dict(a=1, b=2) }} {{ dict({'a': 1}, b=2) }} {{ dict([('x', 1)]) }} {{ [1, 2, 1].count(1) }} {{ [1, 2].index(2) }}
{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}
{% set _ = [].append(1) %}
{% set _ = {}.update({'a': 1}) %}
{{ [].append is defined }}{{ [].append }}|{{ {}.pop is defined }}
{{ 'a' | center(5) }}| {{ 'abcdefghijklmnop' | truncate(8) }} {{ 'abc def ghi jkl mno' | truncate(10) }} {{ 'abc def ghi jkl mno' | truncate(10, true) }} {{ 'abc' | truncate(3) }} {{ 'abcdefghij' | truncate(5, true, '', 0) }} {{ 'a b, c' | wordcount }} {{ 'a b/é?&' | urlencode }} {{ {'a': 'b c', 'd': 1} | urlencode }}
{{ 'hello big world'|title }} {{ "it's a-b (c)"|title }} {{ 'ABC'|lower }} {{ 'abc'|upper }} {{ 'abc def'|capitalize }} {{ ' a '|trim }}| {{ 'xax'|trim('x') }} {{ 'a&<>"\''|e }} {{ 'a&'|escape }} {{ '<b>'|safe }} {{ '<b>x</b> &amp; y'|striptags }} {{ {'a': 1, 'b': none, 'c': '"<'}|xmlattr }} {{ 'abc'|reverse }} {{ 'aab'|replace('a', 'x') }} {{ 'aab'|replace('a', 'x', 1) }} {{ 12|string + 'a' }} {{ 121|replace(1, 'x') }}
{{ 'a\nb\n\nc'|indent }} {{ 'a\nb'|indent(2, true) }} {{ 'a\n\nb'|indent(2, blank=true) }} {{ 'a\nb'|indent('> ') }} {{ 'a\n'|indent(2, first=true) }}| {{ ''|indent }}|
{{ 'the quick brown fox jumps over'|wordwrap(10) }} {{ 'abcdefghijklmno'|wordwrap(5) }} {{ 'a-b well-known thing'|wordwrap(8) }} {{ 'abcdefghijk lm'|wordwrap(5, false) }} {{ 'a b\nc d'|wordwrap(1, wrapstring='/') }}
{{ 3.14159|round(2) }} {{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 2.1|round(0, 'ceil') }} {{ 2.19|round(1, 'floor') }} {{ 7|round }} {{ 1234|round(-2) }} {{ 1250.0|round(-2) }} {{ -2.5|round }} {{ -3|abs }} {{ -3.5|abs }} {{ '3'|int }} {{ '3.7'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '0x1f'|int(0, 16) }} {{ '1_000'|int }} {{ none|int }} {{ '2.5'|float }} {{ 'x'|float }} {{ 'inf'|float }} {{ 3|float }} {{ 1000|filesizeformat }} {{ 1|filesizeformat }} {{ 2000000|filesizeformat }} {{ 2048|filesizeformat(true) }} {{ 500|filesizeformat }}
{{ [1, 2, 3]|sum }} {{ [{'a': 1}, {'a': 2}]|sum('a') }} {{ [1, 2]|sum(start=10) }} {{ [1.5, 2]|sum }} {{ [3, 1, 2]|sort }} {{ [3, 1, 2]|sort(reverse=true) }} {{ ['b', 'A', 'c']|sort }} {{ ['b', 'A', 'c']|sort(case_sensitive=true) }} {{ [{'n': 'b', 'a': 1}, {'n': 'a', 'a': 1}]|sort(attribute='a,n') }} {{ {'b': 1, 'a': 2}|dictsort }} {{ {'b': 1, 'a': 2}|dictsort(by='value') }} {{ {'b': 1, 'A': 2}|dictsort(true) }} {{ {'b': 1, 'a': 2}|dictsort(reverse=true) }} {{ [1, 2, 1, 'a', 'A']|unique|list }} {{ [1, 3, 2]|max }} {{ ['b', 'A']|min }} {{ []|max }}| {{ [{'a': 3}, {'a': 1}]|min(attribute='a') }}
{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3]|batch(2, 'x')|list }} {{ [1, 2, 3, 4, 5]|slice(3)|list }} {{ [1, 2, 3, 4]|slice(3, 'x')|list }} {{ [1, 2]|first }} {{ [1, 2]|last }} {{ []|first }}| {{ 'abc'|first }} {{ 'abc'|list }} {{ {'a': 1}|list }} {{ [1, 2]|reverse|list }} {{ {'a': 1}|items|list }} {{ [1, 2]|join }} {{ [1, 2]|join(', ') }} {{ [{'a': 1}, {'a': 2}]|join('-', attribute='a') }} {{ 'abc'|join('.') }} {{ {'a': 1}|length }} {{ [1]|count }} {{ (1, 2)|last }}
{% for group in [{'c': 'x', 'n': 1}, {'c': 'y', 'n': 2}, {'c': 'X', 'n': 3}]|groupby('c') %}{{ group.grouper }}:{{ group.list|map(attribute='n')|join(',') }};{% endfor %}{% for key, items in [{'c': 1}, {'d': 2}]|groupby('c', default=0) %}{{ key }}{{ items|length }}{% endfor %}
{{ messages|map(attribute='role')|join(',') }} {{ messages|map(attribute='n', default=0)|list }} {{ ['a', 'b']|map('upper')|list }} {{ ['a ', 'b']|map('trim')|join }} {{ ['x']|map('replace', 'x', 'y')|first }} {{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|selectattr('role', '==', 'user')|map(attribute='content')|first|trim }} {{ messages|rejectattr('role', 'in', ['system', 'user'])|list|length }} {{ messages|selectattr('n')|list|length }} {{ messages|selectattr('n', 'defined')|list|length }} {{ [0, 1, 2, 3]|select('odd')|list }} {{ [0, 1, none, '']|select|list }} {{ [1, 2, 3]|reject('gt', 1)|list }} {{ range(3)|map('string')|list }}
{{ messages|selectattr('role', 'equalto', 'user')|length }}
{{ (messages|selectattr('role'))[0] }}|{% set gen = [1, 2]|select %}{% for x in gen %}{{ x }}{% endfor %}{% for x in gen %}{{ x }}{% endfor %}|{{ gen is iterable }}{{ gen is sequence }}{% if gen %}true{% endif %}
{{ undefined_thing|default('d') }} {{ ''|default('d') }} {{ ''|default('d', true) }} {{ none|default('d') }} {{ none|d('d', boolean=true) }} {{ undefined_thing|d }}|{{ messages[0].x|default('e') }}
{{ messages[1].content | tojson }} {{ {'b': 1, 'a': [1.0, none, true, 'é', '</s>']}|tojson }} {{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }} {{ [1, 2]|tojson(separators=(',', ':')) }} {{ {'a': [1, {'b': 2}], 'c': [], 'd': {}}|tojson(indent=2) }} {{ 'é'|tojson(ensure_ascii=true) }} {{ '😀'|tojson(true) }} {{ {1: 2, none: 3, true: 4, 1.5: 5}|tojson }} {{ '\x00\x7f\u2028'|tojson }} {{ (1, 2)|tojson }} {{ [1, [2]]|tojson(indent='--') }} {{ 1e16|tojson }} {{ messages[2]|tojson(indent=1) }} {{ {'a': 1}|tojson(indent=0) }}
{{ undefined_thing|tojson }}
{{ {'a': undefined_thing}|tojson }}
{{ messages[0].items()|tojson }}
{{ 1 is odd }} {{ 2 is even }} {{ 6 is divisibleby 3 }} {{ 6 is divisibleby(4) }} {{ x is defined }} {{ x is not defined }} {{ x is undefined }} {{ none is none }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ 1 is boolean }} {{ 'a' is string }} {{ {} is mapping }} {{ [] is mapping }} {{ [] is sequence }} {{ 'a' is sequence }} {{ {} is sequence }} {{ 1 is sequence }} {{ [] is iterable }} {{ 1 is iterable }} {{ none is iterable }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ 1 is sameas 1 }} {{ true is sameas true }} {{ 1 is sameas true }} {{ 1 is in [1] }} {{ 1 is not in [1] }} {{ 1 is eq 1 }} {{ 1 is gt 0 }} {{ 1 is lt(2) }} {{ false is false }} {{ 0 is false }} {{ true is true }} {{ range is callable }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ 'a' is escaped }} {{ {}.items() is sequence }} {{ {}.items() is iterable }} {{ range(2) is sequence }}
{{ 1 is nonsense }}
{{ 1|nonsense }}
{{ range(3)|list }} {{ range(1, 4)|list }} {{ range(5, 0, -2)|list }} {{ range(3) }} {{ range(1, 5, 2) }} {{ range(3)[1] }} {{ range(5)|length }} {{ range(0)|list }}
{{ range(100001) }}
{% for x in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}{{ loop.cycle('a', 'b') }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.changed(x) }} {% endfor %}
{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %} {% for x in [] %}a{% else %}empty{% endfor %} {% for x in undefined_thing %}a{% else %}e{% endfor %} {% for x in 'abc' %}{{ x }}.{% endfor %} {% for x in {'a': 1} %}{{ x }}{% endfor %} {% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %} {% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for x in none %}a{% endfor %}
{% for a, b in [(1, 2, 3)] %}a{% endfor %}
{% for x in [1, 2, 3, 4] if x is odd %}{{ x }}{{ loop.index }}{{ loop.last }}{{ loop.length }} {% endfor %} {% for m in messages if m.role != 'system' %}{{ m.role }}{{ ',' if not loop.last }}{% endfor %} {% for x in [1] if false %}a{% else %}none{% endfor %}
{% set ns = namespace(done=false) %}{% for x in [1, 2, 3] if not ns.done %}{{ x }}{% if x == 2 %}{% set ns.done = true %}{% endif %}{% endfor %}
{% for x in [1, 2, 3, 4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %} {% for x in [1, 2] %}{% for y in [1, 2] %}{% if y == 2 %}{% break %}{% endif %}{{ x }}{{ y }}{% endfor %}{% endfor %}
{% for x in [[1, [2, [3]]]] recursive %}{% if x is iterable %}({{ loop(x) }}){{ loop.depth }}{% else %}{{ x }}{% endif %}{% endfor %}
{% for x in [1] %}{% for y in [2] %}{{ loop.index }}{% endfor %}{{ loop.length }}{% endfor %}{{ loop is defined }}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 10 %}{{ x }} {% endfor %}{{ x }}
{% if true %}{% set x = 5 %}{% endif %}{{ x }} {% set a, b = 1, 2 %}{{ a }}{{ b }} {% set t = 1, 2 %}{{ t }}
{% set a = b = 3 %}
{{ 1 ~ 2 + 3 }}
{% set a, b = (1, 2) %}{{ a }}{{ b }}{% set (c, d) = [3, 4] %}{{ c }}{{ d }}{% set x %}block {{ a }}{% endset %}{{ x }}|{% set y | upper | trim %} up {% endset %}{{ y }}|{% set z %}{% set inner = 1 %}{% endset %}{{ inner is defined }}
{% set ns = namespace(x=1, y='a') %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z is defined }}{{ ns.z }}{% set ns = namespace() %}{% set ns.q = [1] %}{{ ns.q }}{% set n2 = namespace({'a': 1}, b=2) %}{{ n2.a }}{{ n2['b'] }}{{ 'a' in n2 if false }}
{% set ns = namespace(_x=1) %}
{% set x = 1 %}{% set x.y = 2 %}
{% macro m(a, b='B') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=1, a=2) }}{{ m() }}{{ m.name }}{{ m.arguments }}
{% macro m(a) %}{{ a }}{{ kwargs.k }}{{ varargs | join }}{% endmacro %}{{ m(1, 2, k=3) }} {% macro w() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ w(1, 2, a=3) }}{{ w(*[1, 2], **{'z': 1}) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, b=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro m(x) %}{{ x }}:{{ caller() }}{% endmacro %}{% call m(1) %}body{% endcall %} {% macro l(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(x) l([1, 2]) %}<{{ x }}>{% endcall %} {% macro o() %}{{ caller is defined }}{% endmacro %}{{ o() }}
{% set late = 1 %}{% macro m() %}{{ late }}{{ later }}{% endmacro %}{{ m() }}{% set later = 2 %}{% set late = 3 %}{{ m() }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% macro m() %}x{% endmacro %}{{ m() | upper }}{{ m() ~ 'y' }}{{ m() is string }}{{ m()|length }}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}{% filter upper %}abc{{ 'd' }}{% endfilter %}{% filter replace('a', 'b') | upper %}aa{% endfilter %}
{% generation %}x{% set q = 1 %}{% endgeneration %}{{ q is defined }}{%- generation -%} y {%- endgeneration -%}z
{% block a %}A{{ messages|length }}{% endblock %}{{ self.a() }}{% block b %}B{% endblock b %}{{ self.nope }}
{% raw %}{{ not }} {% x %}{% endraw %}{%- raw -%} a {%- endraw -%} b
{# comment #}a{#- c -#} b {# same #}c
{% print 1, 'a' %}{% autoescape true %}{{ 'x' }}{% endautoescape %}
{% include 'x' %}
{% if false %}{% include 'x' %}{% endif %}ok
{{ raise_exception('no ' ~ 1) }}
{{ strftime_now('%Y-%m-%d') }} {{ strftime_now('%d %b %Y') }} {{ strftime_now('%A, %B %-d, %Y %H:%M:%S %p %I %j %U %W %w %y %%') }} {{ strftime_now("%B") }} {{ strftime_now('%x %X %c %F %T %D %e %R') }}
{{ cycler('a', 'b').next() }}{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set j = joiner('|') %}{{ j() }}a{{ j() }}b
{{ bos_token }}{{ eos_token }}{{ tools is none }}{{ documents }}{{ add_generation_prompt }}{{ builtin_tools is defined }}{{ enable_thinking is defined and enable_thinking is false }}
{{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 1_000 }} {{ 1_0.5 }}
{{ .5 }}
{{ 'a' 'b' }} {{ "\u00e9\x41\101\n" }} {{ '\d\é' }}
{{ [1, 2, 3,] }} {{ {'a': 1,} }} {{ (1, 2,) }} {{ 1, 2 }} {{ ((1)) }}
{{ {'items': 1}.items is callable }} {{ {'items': 1}['items'] }} {{ {'a b': 1}['a b'] }} {{ {'a': {'b': 2}}.a.b }} {{ messages[0]['role']|upper }} {{ messages[-1].role }} {{ messages|last|attr('role') }}|{{ 'abc'|attr('upper') is callable }}
{{ "a" if messages[0]['role'] == 'system' and messages|length > 1 else "b" }} {{ (messages[0]).content }} {{ not messages }} {{ -1|abs }} {{ -1 ** 2 }} {{ 2 * 3 + 4 }} {{ 2 + 3 * 4 }} {{ 10 - 2 - 3 }} {{ 1 ~ 2 * 3 }} {{ not 1 == 2 }} {{ 1 in [1] and 2 not in [1] }} {{ 5 % 3 * 2 }}
{{ '' if x is undefined else x }}{{ x if x is defined and x is not none }}{{ (x | default([])) | length }}{{ [] is not mapping }}{{ (none is none) ~ '' }}
{{ "%s" | format(messages[0].content) }} {{ messages[2].x | map('string') | join(' ') }} {{ messages[2].x[4].k }} {{ messages[2].x|length }} {{ messages[2]|dictsort|map('first')|list }}
{{ {}[[]] }}
{{ 'abc'.nope() }}
{{ nope() }}
{{ 1() }}
{{ 1 + }}
{% if %}
{% for %}
{% unknown %}
{{ (1 }}
{% endif %}
{% if true %}
{{ 'unclosed }}
{{ a b }}
{{ true.x }} {{ 'x'.real is defined }}
{% for i in range(3) %}{% set i = i * 2 %}{{ i }}{% endfor %}
{% for i in [1] %}{% break %}{% else %}no{% endfor %}after
{{ [[1, 2], [3]]|map('sum')|list }} {{ [[1, 2], [3]]|sum(start=[]) }} {{ ['a']|map(attribute='0')|list }} {{ 'a-b_c'.replace('-', ' ').replace('_', ' ').title() }}
{{ 1.0|int }} {{ 3.99|int }} {{ 1e3 }} {{ 100000000000000000000 }} {{ 2 ** 64 }} {{ 1.0 == 1 }} {{ 10 ** 2 }} {{ 3.0 * 2 }} {{ 1e300 * 10 }} {{ 0.1 * 3 }} {{ 1/3 }} {{ 2/3*3 }} {{ 1e16 + 1 }} {{ 123456789012345680.0 }} {{ 1e-4 }} {{ 0.00001234 }}
""".strip("\n")

# Templates with lines of their own.
LINES = [
    "<u>\r\n{% if true %}\r\n{{ messages[0].content }}\r\n{% endif %}\r\n",
    "a\rb\r\n",
    "{% for x in [1, 2] %}\n  {{ x }}\n{% endfor %}\nend\n",
    "{% for x in [1, 2] -%}\n  {{ x }}\n{%- endfor %}\nend\n\n",
    "  {% if true %}  \n  a\n  {% endif %}\n  b",
    "  {%+ if true %}a\n  {%- endif +%}\nb",
    "  {{- 'a' -}}  \n  {{ 'b' }}  \n  {#- c #}\n d {# e -#}\n f",
    "a {% if true %} b {% endif %} c\n\t{% set x = 1 %}\n\t{{ x }}",
    "{% if true +%}\na{% endif %}",
    "x\n{# comment #}\ny\n   {# indented #}\nz",
    "{%- if true -%}\n\n  a\n\n{%- else -%}\nb{%- endif -%}\n\n",
    "{% raw %}\n  {{ x }}\n{% endraw %}\n  y",
    "a\n\n\n{%- if true %}\nb{% endif %}\u00a0{%- if true %}c{% endif %}",
    "line\n{{ 1 + 'a' }}\n",
    "{{\n\n messages[0]\n .nope.x }}",
    "{% set x = 1 -%}   {{ x }}\n{% set y %}\n  {{ x }}\n{% endset %}\n[{{ y }}]",
    "{% macro m(x) %}\n  <{{ x }}>\n{% endmacro %}\n{{ m(1) }}\n{{- m(2) }}",
    "{{ 'a\\\nb' }}|{# multi\nline #}c",
    "",
    "\n",
    "\n\n",
    "only text\n\n",
    "{%- for m in messages %}\n    {%- if m.role == 'user' %}\n        {{- '<u>' + m.content | trim + '</u>' }}\n    {%- endif %}\n{%- endfor %}\n",
]


def main():
    chat_template_utils.datetime = Day
    for template in [*TEMPLATES.split("\n"), *LINES]:
        line = {"template": template}
        try:
            line["text"] = chat_template_utils.render_jinja_template(
                [MESSAGES], chat_template=template, add_generation_prompt=True, **TOKENS
            )[0][0]
        except Exception:
            line["text"] = None
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
