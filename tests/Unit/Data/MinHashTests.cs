using FluentAssertions;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Texts too short for an n-gram.</summary>
[Trait("Suite", "Fast")]
public sealed class MinHashTests
{
    [Theory]
    [InlineData("Merhaba dünya", "MERHABA, dünya!", true)]
    [InlineData("Merhaba dünya", "Merhaba evren", false)]
    [InlineData("мама пела", "папа рыла", false)]        // letters that are not in the Turkish alphabet
    [InlineData("!!!", "???", false)]                      // no word at all
    public void Are_distinguished_by_their_words_or_else_their_characters(string a, string b, bool same) =>
        MinHash
            .EstimateSimilarity(MinHash.ComputeSignature(a), MinHash.ComputeSignature(b))
            .Should()
            .BeInRange(same ? 1 : 0, same ? 1 : 0.5);
}
