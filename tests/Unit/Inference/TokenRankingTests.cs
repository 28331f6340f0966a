using FluentAssertions;
using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Tests.Unit.Inference;

public sealed class TokenRankingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(3000)]
    public void Tokens_are_ordered_by_score_and_then_by_id(int count)
    {
        var random = new Random(3);
        // Few values, so that there are many ties, also at the last place; and the ends of the range.
        float[] logits =
        [
            .. Enumerable.Range(0, 2990).Select(_ => random.Next(-30, 30) / 8f), 0f, -0f, float.MaxValue, float.MinValue,
            float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 1e30f, -1e30f,
        ];
        foreach (var temperature in new[] { 0.7, 1e-3, 1e300 })
        {
            var expected = logits.Select((logit, id) => (Score: -logit / temperature, Id: id)).Order().Take(count);
            var options = new SamplingOptions { Temperature = temperature, TopK = count };
            TokenSampler.GetDistribution(logits, options).Ids.Should().Equal(expected.Select(token => token.Id));
        }
    }
}
