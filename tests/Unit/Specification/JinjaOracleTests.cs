using FluentAssertions;
using TurkishLlm.Spec.Oracles;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The interpreter of the specification renders what jinja2 3.1.6 renders. The texts were recorded there.</summary>
[Trait("Suite", "Fast")]
public sealed class JinjaOracleTests
{
    private static readonly Dictionary<string, object?> Variables = new()
    {
        ["messages"] = (object?[])
        [
            new Dictionary<string, object?> { ["role"] = "system", ["content"] = " a\n" },
            new Dictionary<string, object?> { ["role"] = "user", ["content"] = "b", ["context"] = (object?[])["x ", "y"] },
            new Dictionary<string, object?> { ["role"] = "assistant", ["content"] = null, ["tool_call"] = "f(1)" },
        ],
        ["name"] = "Iğdır",
        ["empty"] = "",
        ["yes"] = true,
        ["no"] = false,
        ["items"] = (object?[])["p", "q"],
        ["nothing"] = null,
    };

    [Theory]
    [InlineData("{{ name }}", "Iğdır", "Iğdır")]
    [InlineData("{{ missing }}|", "|", "|")]
    [InlineData("{{ nothing }}", "None", "None")]
    [InlineData("a{{ 'b' + \"c\" }}d", "abcd", "abcd")]
    [InlineData("{{ 'a\\\\b\\'c\\nd\\te\\qf' }}", "a\\b'c\nd\te\\qf", "a\\b'c\nd\te\\qf")]
    [InlineData("{{ ' x\n' | trim }}|", "x|", "x|")]
    [InlineData("{{ 'a' + ' b ' | trim + 'c' }}", "abc", "abc")]
    [InlineData("{{ ('a ' + ' b ') | trim }}|", "a  b|", "a  b|")]
    [InlineData("{% if yes %}1{% elif no %}2{% else %}3{% endif %}", "1", "1")]
    [InlineData("{% if no %}1{% elif yes %}2{% else %}3{% endif %}", "2", "2")]
    [InlineData("{% if no %}1{% elif empty %}2{% else %}3{% endif %}", "3", "3")]
    [InlineData("{% if no %}{% if yes %}1{% else %}2{% endif %}{% else %}3{% endif %}", "3", "3")]
    [InlineData("{% if missing is defined and missing.x %}1{% else %}2{% endif %}", "2", "2")]
    [InlineData("{% if name is not defined or not no %}1{% endif %}", "1", "1")]
    [InlineData(
        "{% for m in messages %}{{ m.role }}:{{ (m.content or '') | trim }};"
            + "{% for c in m.context or [] %}[{{ c }}]{% endfor %}{% endfor %}",
        "system:a;user:b;[x ][y]assistant:;", "system:a;user:b;[x ][y]assistant:;")]
    [InlineData("{{ messages[0].role }}{{ messages[1]['content'] }}", "systemb", "systemb")]
    [InlineData("{% if messages[0].role == 'system' and messages[1].role != 'system' %}1{% endif %}", "1", "1")]
    [InlineData("{% set a = 'x' %}{% for i in items %}{% set a = i %}{{ a }}{% endfor %}{{ a }}", "pqx", "pqx")]
    [InlineData("{% for i in items %}{% if i == 'q' %}{{ i }}{% endif %}{% endfor %}", "q", "q")]
    [InlineData("a \n {%- if yes -%} \n b \n {%- endif -%} \n c", "abc", "abc")]
    [InlineData("a {{- name -}} b", "aIğdırb", "aIğdırb")]
    [InlineData("x\n  {% if yes %}\n  y\n  {% endif %}\nz\n", "x\n  y\nz", "x\n  \n  y\n  \nz")]
    [InlineData("  {% if yes %}\n  y\n  {% endif %}z", "  y\nz", "  \n  y\n  z")]
    [InlineData("a  {% if yes %}\nb{% endif %}", "a  b", "a  \nb")]
    [InlineData("{# note {{ name }} #}\nx{#- y -#} z", "xz", "\nxz")]
    [InlineData("{{ name }}\n\n", "Iğdır\n", "Iğdır\n")]
    [InlineData("{% set t = '%} {{ x }} #}' %}{{ t }}", "%} {{ x }} #}", "%} {{ x }} #}")]
    public void Renders_what_jinja2_renders(string template, string trimmed, string plain)
    {
        JinjaOracle.Render(template, Variables, trimBlocks: true).Should().Be(trimmed);
        JinjaOracle.Render(template, Variables, trimBlocks: false).Should().Be(plain);
    }

    [Theory]
    [InlineData("{{ 'a' if yes else 'b' }}")]
    [InlineData("{{ name | upper }}")]
    [InlineData("{% macro a() %}{% endmacro %}")]
    [InlineData("{% if yes %}")]
    [InlineData("{% endif %}")]
    [InlineData("{{ name")]
    [InlineData("{{ 'a }}")]
    [InlineData("{{ missing.role }}")]
    [InlineData("{{ name.upper() }}")]
    public void Refuses_what_it_does_not_know(string template)
    {
        var render = () => JinjaOracle.Render(template, Variables, trimBlocks: true);
        render.Should().Throw<FormatException>();
    }
}
