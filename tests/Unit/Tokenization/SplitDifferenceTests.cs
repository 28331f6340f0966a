using FluentAssertions;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Report;

namespace TurkishLlm.Tests.Unit.Tokenization;

public sealed class SplitDifferenceTests
{
    private static readonly Tokenizer Bytes = new([]);

    // Tokens of two characters: "ab", "'d" and " 1".
    private static readonly Tokenizer Pairs = new([(Id('a'), Id('b')), (Id('\''), Id('d')), (Id(' '), Id('1'))]);

    [Fact]
    public void Is_zero_between_equal_rules() =>
        SplitDifference.Measure(Pairs, SplitRule.Turkish, ["ab 'da\n\n 12 x"]).Should()
            .Be(new SplitDifference(2, 0, 4, 0, 11, 0, 11));

    [Fact]
    public void Counts_words_lines_and_tokens_that_differ() =>
        // By gpt-4o, " 1" is two tokens.
        SplitDifference.Measure(Pairs, SplitRule.Gpt4o, ["ab 1 ab\nab ab"]).Should()
            .Be(new SplitDifference(2, 1, 5, 1, 8, 1, 9));

    [Fact]
    public void Counts_only_words_with_tokens_that_moved()
    {
        var difference = SplitDifference.Measure(Pairs, text => Bytes.EncodeToIds(text), ["x ab çç"]);
        difference.Should().Be(new SplitDifference(1, 1, 3, 1, 8, 1, 9));
        difference.WordShare.Should().BeApproximately(1 / 3.0, 1e-12);
        difference.LineShare.Should().Be(1);
        difference.TokenShare.Should().BeApproximately(1 / 8.0, 1e-12);
    }

    private static int Id(char c) => VocabularyLayout.FirstByte + c;
}
