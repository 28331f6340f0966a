using FluentAssertions;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Model;

public sealed class TokenSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public void Scores_that_are_no_numbers_are_the_fault_of_the_weights(double temperature)
    {
        var sampler = new TokenSampler(new SamplingOptions { Temperature = temperature });
        var act = () => sampler.Next([0.5f, float.NaN, 2]);
        act.Should().Throw<InvalidDataException>().WithMessage("A logit is NaN: the weights have diverged. Take an earlier checkpoint.");
    }
}
