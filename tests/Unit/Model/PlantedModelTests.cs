using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>Checks that the second implementation equals the first, so that only a planted bug can change its results.</summary>
public sealed class PlantedModelTests
{
    private static readonly ModelConfig Config = new(
        283, dModel: 40, nLayers: 3, nHeads: 4, nKvHeads: 2, dFf: 72, maxSeqLen: 32, normEps: 1e-5);

    [Theory]
    [InlineData(ComputeType.Float32, true)]
    [InlineData(ComputeType.Float32, false)]
    [InlineData(ComputeType.BFloat16, true)]
    public void Without_a_bug_it_equals_the_real_model(ComputeType compute, bool tied)
    {
        using var scope = NewDisposeScope();
        using var weights = WeightInitializer.Initialize(Config.With(tieEmbeddings: tied), seed: 3, CPU);
        using var real = new LanguageModel(weights, compute);
        using var planted = new PlantedModel(weights, PlantedBug.None, compute);
        using var generator = new Generator(4);
        var ids = randint(0, Config.VocabSize, [2, 11], generator: generator);

        var (expected, actual) = (real.Forward(ids), planted.Logits(ids));

        (actual - expected)
            .abs()
            .max()
            .ToDouble()
            .Should()
            .BeLessThan(2 * Tolerance.Model(compute.NumberType, Config.NLayers, Config.DFf) * expected.abs().max().ToDouble());
    }

    [Fact]
    public void Without_a_bug_its_cache_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var weights = WeightInitializer.Initialize(Config, seed: 3, CPU);
        using var planted = new PlantedModel(weights, PlantedBug.None, ComputeType.Float32);
        using var generator = new Generator(4);
        var ids = randint(0, Config.VocabSize, [2, 11], generator: generator);

        var expected = planted.Logits(ids);
        var inParts = cat([.. ids.split(3, 1).Select(part => planted.Logits(part, cached: true))], 1);

        (inParts - expected)
            .abs()
            .max()
            .ToDouble()
            .Should()
            .BeLessThan(2 * Tolerance.Model(ScalarType.Float32, Config.NLayers, Config.DFf) * expected.abs().max().ToDouble());
    }

    [Fact]
    public void Every_bug_is_an_impostor_of_some_requirement()
    {
        var named = RequirementCatalog.All.SelectMany(r => r.ImpostorNames).ToHashSet(StringComparer.Ordinal);
        // Planted bugs with longer names in requirements.
        PlantedBug[] renamed = [PlantedBug.None, LayerBug.RoundedBias];
        PlantedBug[] all =
        [
            .. Enum.GetValues<LayerBug>().Select(bug => (PlantedBug)bug),
            .. Enum.GetValues<ModelBug>().Select(bug => (PlantedBug)bug),
        ];
        all.Except(renamed).Select(bug => bug.ToString()).Should().BeSubsetOf(named);
    }
}
