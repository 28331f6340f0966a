using System.Text;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>Special tokens that an imported model lacks; probabilities are judged by IMP-03.</summary>
[Trait("Suite", "Fast")]
public sealed class AbsentTokensTests
{
    private static readonly ModelConfig Config = new(
        280, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 12, maxSeqLen: 8,
        absentTokens: new AbsentTokens([SpecialTokens.BeginOfText, SpecialTokens.Pad]));

    [Fact]
    public void A_configuration_with_absent_tokens_is_written_and_read()
    {
        var json = ModelConfigFile.ToJson(Config);
        Encoding.UTF8.GetString(json).Should().EndWith("\"norm_eps\": 1E-06,\n  \"absent_tokens\": [0, 2]\n}\n");
        ModelConfigFile.Parse(json, "config.json").Should()
            .Be(Config).And.NotBe(Config.With(absentTokens: default(AbsentTokens)));
    }

    [Theory]
    [InlineData("[1]", "Token 1 cannot be absent: only special tokens can, 0 … 15, except the end of text, 1.")]
    [InlineData("[16]", "Token 16 cannot be absent")]
    [InlineData("[2, 2]", "The absent token 2 occurs twice.")]
    [InlineData("[\"a\"]", "must be a list of ids")]
    [InlineData("3", "must be a list of ids")]
    public void Refuses_other_absent_tokens(string value, string reason)
    {
        var json = Encoding.UTF8.GetString(ModelConfigFile.ToJson(Config)).Replace("[0, 2]", value, StringComparison.Ordinal);
        FluentActions.Invoking(() => ModelConfigFile.Parse(Encoding.UTF8.GetBytes(json), "config.json"))
            .Should().Throw<ConfigurationException>().Which.Message.Should().Contain("absent_tokens").And.Contain(reason);
    }

    [Fact]
    public void An_absent_token_is_an_input_and_no_target()
    {
        using var weights = WeightInitializer.Initialize(Config, seed: 3, CPU);
        using var model = new LanguageModel(weights);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var (ids, targets) = (tensor(new long[] { 0, 2, 20 }).unsqueeze(0), tensor(new long[] { 20, 2, -1 }).unsqueeze(0));
        foreach (var compute in new Action[]
        {
            () => model.ComputeLossSum(ids, targets), () => model.ComputeLosses(ids, targets),
        })
            compute.Should().Throw<ArgumentException>()
                .WithMessage("A target is one of the tokens 0, 2, which the imported model lacks. Fine-tune the model first.*");
        model.ComputeLosses(ids, targets.masked_fill(targets.eq(2), 0)).isfinite().all().ToBoolean().Should().BeTrue();
    }
}
