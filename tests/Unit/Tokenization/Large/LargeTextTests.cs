using FluentAssertions;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization.Large;

/// <summary>Tests of large texts. They take seconds, so they are not run against ordinary mutants.</summary>
public sealed class LargeTextTests
{
    [Fact]
    public void Encodes_a_megabyte_of_one_letter()
    {
        var ids = ByHand.EncodeToIds(new string('a', 1_000_001));
        ids.Should().HaveCount(500_001);
        ids[^1].Should().Be(Byte('a'));
    }

    [Fact]
    [Trait("Suite", "Fast")]
    public void Adds_up_what_each_thread_counted()
    {
        var random = new Random(11);
        var words = Enumerable
            .Range(0, 20_000)
            .Select(_ => string.Concat(Enumerable.Range(0, 6).Select(_ => (char)('a' + random.Next(26)))))
            .Distinct()
            .ToList();
        BytePairTrainer.Train(words.Concat(words), 6000).Merges.Should().Equal(
            BytePairTrainer.Train(words.ToDictionary(word => word, _ => 2L), 6000).Merges);
    }
}
