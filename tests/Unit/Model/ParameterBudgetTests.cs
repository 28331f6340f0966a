using FluentAssertions;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Model;

public sealed class ParameterBudgetTests
{
    /// <summary>The table of section 7 of the reference report.</summary>
    [Fact]
    public void V1_has_the_table_of_the_reference_report() =>
        new ParameterBudget(ModelConfig.V1).Parts
            .Select(part => (part.Name, part.Count, Math.Round(100 * part.Share, 1)))
            .Should().Equal(
                ("embedding", 16_384_000, 66.3), ("attention", 1_966_080, 8.0), ("feed-forward", 6_340_608, 25.7),
                ("norms", 6_400, 0.0), ("output projection", 0, 0.0));

    [Theory]
    [InlineData(true), InlineData(false)]
    public void The_parts_are_all_parameters(bool tied)
    {
        foreach (var config in new[] { ModelConfig.V1, ModelConfig.V2, ModelConfig.Toy(2048) })
        {
            var model = config.With(tieEmbeddings: tied);
            new ParameterBudget(model).Parts.Sum(part => part.Count).Should().Be(model.ParameterCount);
        }
    }

    [Fact]
    public void The_cache_has_keys_and_values_of_the_heads_that_queries_share() =>
        new ParameterBudget(ModelConfig.V1).CacheBytesPerToken.Should().Be(2 * 12 * (2 * 32) * 4);
}
