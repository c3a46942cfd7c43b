"""Which regular expressions RE2 reads; what it does with the right ones is Krenalis's own."""

import pytest

from krenalis_provider.model.profile_schema.patterns import pattern_problem

READ = [
    "", "^[a-z]+$", r"\d{3}", "a|b", "(|a)", "(((a)))", "a*?", "(?:a)+?", "^*", "é", "a\n",
    # groups and flags
    "(?i)a", "(?i:a)*", "(?i-s:a)", "(?-i)a", "(?P<a>b)", "(?<n>a)", "a(?i)*",
    # counts, and braces that are none
    "a{1000}", "a{0}", "a{2,}", "x{2}{", "a{", "a{,3}", "a{01}", "a{2,1", "a]", "a}",
    # classes
    "[]a]", "[^]a]", "[[:alpha:]_]", "[a-]", "[[a]", "[a[:b]", r"[\d\-]", "[(?=]", "[a\n]",
    # escapes
    r"\pL\p{Greek}", r"\x7F\x{10FFFF}", r"\12", r"\.\_\-", r"\\1", r"\Q(?=\E", r"\Q(", r"\A\b\B\z",
]  # fmt: skip

REFUSED = [
    ("(", '"(" is never closed'),
    ("a(?:b", '"(?:" is never closed'),
    ("a)", '")" closes no group'),
    ("a[b", '"[b" is incomplete, or not in it'),
    ("[]", '"[]" is incomplete, or not in it'),
    ("[^]", '"[^]" is incomplete, or not in it'),
    ("[[:foo:]]", '"[[:foo:]]" is incomplete, or not in it'),
    ("a\\", r'"\\" is incomplete, or not in it'),
    (r"\y", r'"\\y" is incomplete, or not in it'),
    (r"[\b]", r'"[\\b]" is incomplete, or not in it'),
    (r"\x1", r'"\\x1" is incomplete, or not in it'),
    (r"\é", r'"\\é" is incomplete, or not in it'),
    ("(?", '"(?" is incomplete, or not in it'),
    ("(?z)", '"(?z)" is incomplete, or not in it'),
    ("(?>a)", '"(?>a)" is incomplete, or not in it'),
    ("(?P<a>x)(?P<a>y)", 'two groups have the name "a"'),
    ("*", 'there is nothing before "*" to repeat'),
    ("(+)", 'there is nothing before "+" to repeat'),
    ("a|?", 'there is nothing before "?" to repeat'),
    ("a**", '"*" repeats a repetition'),
    ("a++", '"+" repeats a repetition'),
    ("a{1001}", '"{1001}" is no count of repetitions up to 1000'),
    ("a{3,2}", '"{3,2}" is no count of repetitions up to 1000'),
    ("a{" + "9" * 6000 + "}", "is no count of repetitions up to 1000"),
    (r"(a)\1", r'back-references such as "\\1"'),
    ("(?P<a>b)(?P=a)", 'back-references such as "(?P="'),
    ("a(?=b)", 'look-around such as "(?="'),
    ("(?<!b)a", 'look-around such as "(?<!"'),
]  # fmt: skip


@pytest.mark.parametrize("pattern", READ)
def test_what_re2_reads_is_accepted(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(("pattern", "reason"), REFUSED)
def test_what_re2_does_not_read_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    problem = pattern_problem(pattern)

    assert problem
    assert reason in problem
    assert "RE2" in problem
