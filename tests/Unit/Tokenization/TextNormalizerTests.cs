using System.Text;
using FluentAssertions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class TextNormalizerTests
{
    // Marks and composites added after Unicode 14: the platform may not support them yet.
    private static readonly (int First, int Last)[] RecentRanges =
    [
        (0x897, 0x897),
        (0x1ACF, 0x1AEB), (0x105C9, 0x105E4), (0x10D69, 0x10D6D), (0x10EFA, 0x10EFF), (0x11383, 0x11391), (0x113C5, 0x113D0),
        (0x11F41, 0x11F42), (0x16121, 0x16128), (0x1612F, 0x1612F), (0x16D68, 0x16D6A), (0x1E08F, 0x1E08F), (0x1E4EC, 0x1E4EF),
        (0x1E5EE, 0x1E5EF), (0x1E6E3, 0x1E6F5),
    ];

    private static bool PlatformNormalizes => string.Equals("u\u0308".Normalize(), "ü", StringComparison.Ordinal);

    [Theory]
    [InlineData("c\u0327g\u0306o\u0308s\u0327u\u0308", "çğöşü")]
    [InlineData("I\u0307i\u0307", "İi\u0307")]
    [InlineData("a\u0302\u0323", "ậ")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1100\u1161\u11A8", "각")]
    // just outside the ranges that compose to a syllable
    [InlineData("\u1113\u1161 \u1100\u1176 \uAC00\u11A7 \uAC00\u11C3", "\u1113\u1161 \u1100\u1176 \uAC00\u11A7 \uAC00\u11C3")]
    [InlineData("\u212B", "Å")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("ﬁ ½ ² Ａ …", "ﬁ ½ ² Ａ …")]
    public void Composes(string text, string composed) => TextNormalizer.ToNfc(text).Should().Be(composed);

    // Attributes store text as UTF-8, where a lone surrogate becomes U+FFFD.
    [Fact]
    public void Leaves_half_of_a_character_alone()
    {
        TextNormalizer.ToNfc("\uD800u\u0308\uDC00").Should().Be("\uD800ü\uDC00");
        TextNormalizer.ToNfc("u\u0308\uD800").Should().Be("ü\uD800");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Iğdır'ın öğüdü")]
    [InlineData("“Kanun”un 😀")]
    [InlineData("x\u0301")]              // no such composite
    public void Gives_back_the_very_text_that_is_composed(string text) => TextNormalizer.ToNfc(text).Should().BeSameAs(text);

    [Fact]
    public void Agrees_with_the_platform_on_every_character()
    {
        Assert.SkipUnless(PlatformNormalizes, "This process has InvariantGlobalization, so the platform does not normalise.");
        var wrong = new List<string>();
        foreach (var block in Enumerable.Range(1, 0x10FFFF).Where(IsCompared).Chunk(256))
        {
            string[] forms = [.. block.SelectMany(FormsOf)];
            // One call of the platform for many texts; nothing is composed with what separates them.
            var expected = string.Join('\0', forms).Normalize().Split('\0');
            wrong.AddRange(forms.Zip(expected)
                .Where(pair => !string.Equals(TextNormalizer.ToNfc(pair.First), pair.Second, StringComparison.Ordinal))
                .Select(pair => string.Join(' ', pair.First.EnumerateRunes().Select(rune => $"U+{rune.Value:X}"))));
            expected.Should().HaveSameCount(forms);
        }
        wrong.Should().BeEmpty();
    }

    private static bool IsCompared(int c) =>
        c is not (>= 0xD800 and <= 0xDFFF or 0xFFFE or 0xFFFF)
        && !Array.Exists(RecentRanges, range => c >= range.First && c <= range.Last);

    private static string[] FormsOf(int c)
    {
        var text = char.ConvertFromUtf32(c);
        return [text, text.Normalize(NormalizationForm.FormD), "s" + text + "\u0327"];
    }
}
