using FluentAssertions;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Gpu;

/// <summary>Logits, loss and every gradient on the device, element by element.</summary>
[Trait("Category", "GPU")]
public sealed class NumericalAgreementTests
{
    public static TheoryData<DeviceKind, ComputeType> Places =>
        [
            .. from kind in new[] { DeviceKind.Cpu, DeviceKind.Cuda }
            from type in Enum.GetValues<ComputeType>()
            select (kind, type),
        ];

    public static TheoryData<DeviceKind, string, ComputeType> Models =>
        [
            .. from place in new[] { (DeviceKind.Cpu, "v1"), (DeviceKind.Cuda, "v1"), (DeviceKind.Cuda, "v2") }
            from type in Enum.GetValues<ComputeType>()
            select (place.Item1, place.Item2, type),
        ];

    [Theory, MemberData(nameof(Places))]
    public void Recorded_models_agree_with_the_float64_of_PyTorch(DeviceKind kind, ComputeType type)
    {
        foreach (var name in new[] { "small-model", "small-model-untied" })
            Recorded(name, DeviceRun.Device(kind), type).Should().BeEmpty(name);
    }

    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void A_norm_constant_of_another_size_does_not_agree(DeviceKind kind) =>
        Recorded("small-model", DeviceRun.Device(kind), ComputeType.Float32, config => config.With(normEps: 1.1e-5))
            .Should()
            .NotBeEmpty();

    /// <summary>
    /// The presets on CUDA, a small model on the processor, against float32 and plain operators of the processor.
    /// </summary>
    [Theory, MemberData(nameof(Models))]
    public void A_model_with_random_weights_agrees_with_plain_CPU_operators(DeviceKind kind, string preset, ComputeType type)
    {
        using var scope = NewDisposeScope();
        var device = DeviceRun.Device(kind);
        var config = DeviceRun.Plan(kind, preset, type, steps: 1).Model;
        using var generator = new Generator(71);
        var ids = randint(config.VocabSize, [3, Math.Min(config.MaxSeqLen, 130)], dtype: int64, generator: generator);
        var (inputs, targets) = (ids.narrow(1, 0, ids.size(1) - 1).contiguous(), ids.narrow(1, 1, ids.size(1) - 1).contiguous());
        targets.narrow(1, 4, 3).select(0, 1).fill_(CrossEntropy.IgnoreIndex);

        using var weights = WeightInitializer.Initialize(config, seed: 5, CPU);
        using var plain = new LanguageModel(weights, fused: FusedKernels.None);
        using var copy = weights.CopyTo(device);
        using var model = new LanguageModel(copy, type);

        ModelOutputs
            .Compute(model, inputs.to(device), targets.to(device))
            .FindDifferences(ModelOutputs.Compute(plain, inputs, targets), config, type)
            .Should()
            .BeEmpty();
    }

    private static IEnumerable<string> Recorded(
        string name, Device device, ComputeType type,
        Func<ModelConfig, ModelConfig>? change = null)
    {
        using var scope = NewDisposeScope();
        var recorded = new RecordedReference(name);
        using var weights = recorded.Weights("", device, change);
        using var model = new LanguageModel(weights, type);
        var expected = new ModelOutputs(recorded.Doubles("logits"), recorded.Doubles("loss")[0], recorded.DoublesUnder("grad."));
        return
        [
            .. ModelOutputs
                .Compute(model, recorded.Ids("inputs", device), recorded.Ids("targets", device))
                .FindDifferences(expected, weights.Config, type),
        ];
    }
}
