using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

[Collection(nameof(NonParallel))]
public sealed class MuonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private TrainingPlan Plan => TinyPlan.Create(_folder / "run") with
    {
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2) { Kind = OptimizerKind.Muon },
    };

    public void Dispose() => _folder.Dispose();

    /// <summary>Independent of any polynomial: singular values as the source promises, and the same singular vectors.</summary>
    [Theory]
    [InlineData(24, 24)]
    [InlineData(16, 40)]
    [InlineData(40, 16)]
    public void Moves_every_singular_value_near_one_and_keeps_the_vectors(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var (u, _, v) = linalg.svd(randn([rows, columns], generator: generator), fullMatrices: false);
        var values = linspace(0.05, 1, Math.Min(rows, columns));
        var found = NewtonSchulz.Orthogonalize(u.mul(values).mm(v));
        found.shape.Should().Equal(rows, columns);
        var rotated = u.t().mm(found).mm(v.t());        // diagonal if the vectors are the same
        var diagonal = rotated.diag().data<float>().ToArray();
        diagonal.Should().OnlyContain(value => value > 0.65f && value < 1.25f);
        (rotated - rotated.diag().diag()).abs().max().item<float>().Should().BeLessThan(1e-3f);
    }

    [Fact]
    public void Holds_one_tensor_of_state_for_a_matrix_and_two_for_the_others()
    {
        var plan = Plan;
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        trainer.TakeStep();
        trainer.Save(_folder / "saved");
        const int matrices = 2 * (24 * 24 * 2 + 2 * 12 * 24 + 3 * 24 * 40), others = 2048 * 24 + 5 * 24;
        plan.OptimizerStateCount.Should().Be(matrices + 2 * others);
        new FileInfo(_folder / "saved/optimizer.safetensors").Length
            .Should().BeInRange(4 * plan.OptimizerStateCount, 4 * plan.OptimizerStateCount + 8_000);
    }

    [Theory]
    [InlineData(OptimizerKind.Muon, OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.AdamW, OptimizerKind.Muon)]
    public void Refuses_to_resume_with_another_optimizer(OptimizerKind before, OptimizerKind after)
    {
        var plan = Plan with { Optimizer = Plan.Optimizer with { Kind = before } };
        TinyPlan.Trace(plan);
        var other = plan with { Optimizer = plan.Optimizer with { Kind = after } };
        var (old, renamed) = (before.ToString().ToLowerInvariant(), after.ToString().ToLowerInvariant());
        ((Action)(() => TinyPlan.Trace(other, resume: true))).Should().Throw<ConfigurationException>().WithMessage(
            $"*holds a run of another optimizer (optimizer.kind*{old}*{renamed}*), and its checkpoints have no state for this "
                + "one. Choose another name: or run: in the plan, and start from its weights with --init-from *");

        var start = other with
        {
            RunFolder = _folder / "next",
            WarmStart = new WarmStartPlan(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12), KeepOptimizer: true),
        };
        ((Action)(() => TinyPlan.Trace(start))).Should().Throw<InvalidDataException>().WithMessage(
            $"*was trained with optimizer.kind: {old}, and has no state for another optimizer. Use kind: {old}, or start with "
                + "new moments from its weights: *");
        TinyPlan.Trace(start with { WarmStart = start.WarmStart with { KeepOptimizer = false } }).Should().HaveCount(12 + 2);
    }

    [Fact]
    public void Is_refused_with_an_adapter()
    {
        var plan = Plan with
        {
            WarmStart = new WarmStartPlan("c"),
            Lora = new TurkishLlm.Model.Lora.LoraConfig(rank: 2, alpha: 4),
        };
        plan.Invoking(one => one.ThrowIfInvalid()).Should().Throw<ConfigurationException>().Which.Message.Should().Contain(
            "optimizer.kind is muon, which orthogonalizes updates of whole matrices; an adapter is trained by its two factors. "
                + "Use kind: adamw.");
    }
}
