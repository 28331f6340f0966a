using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

[Trait("Suite", "Fast")]
public sealed class AdamWKernelTests
{
    [Fact]
    public void The_kernel_moves_weights_as_plain_operators_do()
    {
        var (plain, fused) = (WeightsAfterSteps(FusedKernels.None), WeightsAfterSteps(FusedKernels.Optimizer));
        plain.Length.Should().BeGreaterThan(40_000);
        for (var i = 0; i < plain.Length; i++) fused[i].Should().BeApproximately(plain[i], 4e-7f, "weight {0}", i);
    }

    private static float[] WeightsAfterSteps(FusedKernels kernels)
    {
        var config = new ModelConfig(vocabSize: 512, dModel: 48, nLayers: 1, nHeads: 6, nKvHeads: 2, dFf: 104, maxSeqLen: 16);
        using var parameters = WeightInitializer.Initialize(config, seed: 5, CPU);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1), kernels);
        using var generator = new Generator(11);
        for (var step = 0; step < 4; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var tensor in parameters.Tensors) tensor.grad = randn(tensor.shape, generator: generator) * 0.1;
            optimizer.Step(1e-3);
        }
        return [.. parameters.Tensors.SelectMany(t => t.detach().flatten().data<float>().ToArray())];
    }
}
