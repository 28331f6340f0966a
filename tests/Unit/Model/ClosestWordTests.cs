using FluentAssertions;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Model;

public sealed class ClosestWordTests
{
    private static readonly string[] Words = ["batch_size", "steps", "sequence_length", "seed", "run"];

    [Theory]
    [InlineData("bacth_size", "batch_size")]
    [InlineData("batchsize", "batch_size")]
    [InlineData("BATCH_SIZE", "batch_size")]
    [InlineData("step", "steps")]
    [InlineData("sequence_lenght", "sequence_length")]
    [InlineData("rnu", "run")]
    [InlineData("optimizer", null)]
    [InlineData("", null)]
    public void Finds_the_word_that_was_meant(string typed, string? meant) =>
        SpellingSuggestions.FindClosest(typed, Words).Should().Be(meant);

    [Fact]
    public void Lists_the_known_words_where_nothing_is_close() =>
        SpellingSuggestions.FormatHint("optimizer", Words).Should().Be(" Known: batch_size, steps, sequence_length, seed, run.");

    [Fact]
    public void Has_nothing_to_offer_among_no_words() => SpellingSuggestions.FindClosest("steps", []).Should().BeNull();
}
