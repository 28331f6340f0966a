using FluentAssertions;
using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Tests.Unit.Model;

public sealed class TokenSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public void NaN_logits_are_reported_as_diverged_weights(double temperature)
    {
        var sampler = new TokenSampler(new SamplingOptions { Temperature = temperature });
        var act = () => sampler.Sample([0.5f, float.NaN, 2]);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("A logit is NaN: the weights have diverged. Use an earlier checkpoint.");
    }
}
