using FluentAssertions;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Tests.Unit.Inference;

[Trait("Suite", "Fast")]
public sealed class StopSequenceFilterTests
{
    [Fact]
    public void Of_two_that_end_together_the_longer_counts_and_the_one_that_is_complete_first_wins()
    {
        Shorten(["ab", "cab"], "x", "ca", "b", "y").Should().Be("x");
        Shorten(["abcd", "c"], "ab", "cd").Should().Be("ab");
    }

    [Fact]
    public void Nothing_comes_behind_the_end()
    {
        var stop = new StopSequenceFilter(["SON"]);
        stop.Push("bir SON iki").Should().Be("bir ");
        (stop.HasStopped, stop.Push("üç"), stop.Flush()).Should().Be((true, "", ""));
    }

    [Fact]
    public void A_text_that_cannot_be_seen_does_not_stand_everywhere()
    {
        Shorten(["\u200D"], "ab", "c").Should().Be("abc");
        Shorten(["\u200D"], "a\u200D", "c").Should().Be("a");
    }

    [Fact]
    public void Refuses_an_empty_text() =>
        FluentActions
            .Invoking(() => new StopSequenceFilter(["SON", ""]))
            .Should()
            .Throw<ArgumentException>()
        .WithMessage("A stop sequence is empty; it would match everywhere.*");

    private static string Shorten(string[] stops, params string[] chunks)
    {
        var stop = new StopSequenceFilter(stops);
        return string.Concat(chunks.Select(stop.Push)) + stop.Flush();
    }
}
