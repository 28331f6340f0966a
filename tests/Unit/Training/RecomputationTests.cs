using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Activation checkpointing, beyond the equality of bits that ACC-16 demands.</summary>
[Collection(nameof(NonParallel))]
public sealed class RecomputationTests : IDisposable
{
    private static readonly ModelConfig Config =
        new(300, dModel: 24, nLayers: 3, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16, dropout: 0.1);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>libtorch refuses a backward pass if a tensor that it saved was changed after the forward pass.</summary>
    [Theory]
    [InlineData("layers.1.attn.q_proj.weight")]
    [InlineData("layers.2.ffn.down_proj.weight")]
    public void Keeps_nothing_of_a_block_between_the_two_passes(string weight)
    {
        FluentActions.Invoking(() => ChangeBetweenPasses(weight, recomputes: false)).Should().Throw<ExternalException>()
            .WithMessage("*modified by an inplace operation*");
        ChangeBetweenPasses(weight, recomputes: true).Should().BePositive();
    }

    [Fact]
    public void Can_be_switched_while_a_run_is_resumed_without_a_changed_bit()
    {
        var whole = TinyPlan.Trace(TinyPlan.Create(_folder / "whole"));
        var plan = TinyPlan.Create(_folder / "switched") with { Checkpoints = new CheckpointPlan(Every: 5, KeepLast: 3) };
        TinyPlan.Trace(plan);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        foreach (var step in run.CheckpointSteps().Where(step => step > 5))
            Directory.Delete(run.CheckpointFolder(step), recursive: true);
        TinyPlan.Trace(
            plan with { Training = plan.Training with { ActivationCheckpointing = ActivationCheckpointing.Blocks } },
            resume: true).Should().Equal(whole);
    }

    private static double ChangeBetweenPasses(string weight, bool recomputes)
    {
        using var scope = NewDisposeScope();
        using var parameters = WeightInitializer.Initialize(Config, seed: 5, CPU);
        using var model = new LanguageModel(parameters, recomputesBlocks: recomputes);
        var ids = arange(2 * 9, dtype: int64).reshape(2, 9);
        var loss = model.ComputeLossSum(ids, ids + 1, training: true);
        using (no_grad()) parameters[weight].mul_(2);
        AutogradFunction.RunBackward(loss);
        return parameters[weight].grad!.norm().item<float>();
    }
}
