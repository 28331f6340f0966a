using System.Text.RegularExpressions;
using FluentAssertions;
using Spectre.Console;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Texts with a loss mask on terminals with and without colors.</summary>
[Trait("Suite", "Fast")]
public sealed partial class HighlightedTextTests
{
    private static readonly (string, TextHighlight)[] Parts =
    [
        ("Depo nerede acaba?", TextHighlight.Read), ("<|eot_id|>", TextHighlight.Control),
        ("Çayırova'daki bina", TextHighlight.Supervised), ("<|eot_id|>", TextHighlight.Supervised),
    ];

    [Fact]
    public void Breaks_lines_between_words_where_colors_change_within_a_line() =>
        EscapePattern().Replace(Write(ColorSystemSupport.Standard, width: 24), "").Split('\n').Select(line => line.TrimEnd())
            .Should().Equal("Depo nerede acaba?", "<|eot_id|>Çayırova'daki", "bina<|eot_id|>", "");

    [Fact]
    public void Colors_only_what_is_not_plain_input()
    {
        var text = Write(ColorSystemSupport.Standard, width: 200);
        text.Should().StartWith("Depo nerede acaba?\u001b[").And.Contain("m<|eot_id|>\u001b[0m");
        EscapePattern().Matches(text).Select(escape => escape.Value).Distinct().Should().HaveCount(3);
    }

    [Fact]
    public void Shows_the_mask_in_brackets_without_colors() =>
        Write(ColorSystemSupport.NoColors, width: 200).Trim()
            .Should().Be("Depo nerede acaba?<|eot_id|>⟦Çayırova'daki bina<|eot_id|>⟧");

    private static string Write(ColorSystemSupport colors, int width)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var terminal = AnsiConsole.Create(
            new() { Ansi = AnsiSupport.Yes, ColorSystem = colors, Out = new AnsiConsoleOutput(output) });
        terminal.Profile.Width = width;
        new Display(TextWriter.Null, "turkishllm", terminal).WriteHighlighted(Parts);
        return output.ToString();
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex EscapePattern();
}
