using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

[Collection(nameof(NonParallel))]
public sealed class TrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stops_before_a_weight_moves_when_the_loss_is_not_a_number()
    {
        using var trainer = Trainer.Create(TestClearance.Create(TinyPlan.Create(_folder / "run")));
        trainer.TakeStep();
        trainer.TakeStep();
        MemoryMarshal.Cast<byte, float>(trainer.Model.Parameters["layers.1.ffn_norm.weight"].bytes)[5] = float.NaN;
        var before = Weights(trainer);

        var error = Assert.Throws<DivergenceException>(() => trainer.TakeStep());

        error.Message.Should().Be(
            "Training stopped at step 3: the loss is NaN, the gradient norm NaN, at learning rate 2.93E-3. "
                + "The weights are those of step 2. "
            + "Resume from the last checkpoint with a lower optimizer.learning_rate or a longer "
            + "optimizer.warmup_steps, or let safety.on_divergence skip such batches.");
        Weights(trainer).Should().Equal(before);
        trainer.Step.Should().Be(2);
    }

    [Fact]
    public void Stops_when_a_learning_rate_throws_the_weights_out_of_range()
    {
        var plan = TinyPlan.Create(_folder / "run") with { Optimizer = new OptimizerPlan(1e30, 0, WarmupSteps: 0) };
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        trainer.TakeStep();
        var before = Weights(trainer);

        var error = Assert.Throws<DivergenceException>(() => trainer.TakeStep());

        error
            .Message.Should()
            .StartWith("Training stopped at step 2: the loss is ")
            .And.Contain("E+29. The weights are those of step 1.");
        Weights(trainer).Should().Equal(before);
    }

    [Fact]
    public void Two_runs_of_one_plan_have_equal_bits_and_another_seed_has_others()
    {
        var first = TinyPlan.Trace(TinyPlan.Create(_folder / "first"));
        first.Should().HaveCount(12 + 2);
        TinyPlan.Trace(TinyPlan.Create(_folder / "second")).Should().Equal(first);

        var other = TinyPlan.Trace(TinyPlan.Create(_folder / "other") with { Seed = 78 });
        other.Zip(first).Should().OnlyContain(pair => pair.First != pair.Second);
    }

    /// <summary>Dropout and samples draw random numbers: neither may affect the other.</summary>
    [Fact]
    public void Measuring_and_sampling_on_the_way_changes_no_bit()
    {
        var plain = TinyPlan.Trace(TinyPlan.Create(_folder / "plain"));
        var plan = TinyPlan.Create(_folder / "watched");
        TinyPlan.Trace(plan with
        {
            Evaluation = plan.Evaluation with { Every = 1 },
            Samples = plan.Samples with { Every = 1 },
            Checkpoints = plan.Checkpoints with { Every = 1 },
        }).Should().Equal(plain);
        MetricsLog.Read(_folder / "watched/metrics.jsonl").Should().OnlyContain(line => line.ValidationLoss > 0);
        SampleLog.Read(_folder / "watched/samples.jsonl").Should().HaveCount(12 * 3);
    }

    [Fact]
    public void Starts_from_the_weights_of_another_run_with_new_moments()
    {
        TinyPlan.Trace(TinyPlan.Create(_folder / "old"));
        var old = RunFolder.OpenExisting(_folder / "old").CheckpointFolder(12);
        var plan = TinyPlan.Create(_folder / "new") with { WarmStart = new WarmStartPlan(old, Step: 5) };

        using var trainer = Trainer.Create(TestClearance.Create(plan));
        using (var loaded = Checkpoint.Open(old).LoadParameters(plan.Model, TorchSharp.torch.CPU))
            Weights(trainer).Should().Equal(loaded.Tensors.SelectMany(tensor => tensor.bytes.ToArray()));

        var step = trainer.TakeStep();
        (step.Step, step.LearningRate, step.Tokens)
            .Should()
            .Be((6, LearningRateSchedule.FromPlan(plan).GetLearningRate(6), 6 * plan.Training.TokensPerStep));
        trainer.Save(_folder / "saved");
        var state = Checkpoint.Open(_folder / "saved").State;
        (state.Step, state.OptimizerSteps).Should().Be((6, 1), "the moments are new");

        using var keeping = Trainer.Create(
            TestClearance.Create(plan with { WarmStart = new WarmStartPlan(old, Step: 5, KeepOptimizer: true) }));
        keeping.TakeStep().Loss.Should().Be(step.Loss, "the loss is measured before the moments matter");
        keeping.Save(_folder / "kept");
        Checkpoint.Open(_folder / "kept").State.OptimizerSteps.Should().Be(13);
        Weights(keeping).Should().NotEqual(Weights(trainer));
    }

    [Fact]
    public void Refuses_to_begin_from_weights_of_another_shape()
    {
        TinyPlan.Trace(TinyPlan.Create(_folder / "old"));
        var plan = TinyPlan.Create(_folder / "new");
        plan = plan with
        {
            Model = plan.Model.With(dFf: 44),
            WarmStart = new WarmStartPlan(RunFolder.OpenExisting(_folder / "old").CheckpointFolder(12)),
        };
        var act = () => Trainer.Create(TestClearance.Create(plan));
        act.Should().Throw<InvalidDataException>().WithMessage(
            "*model.safetensors does not hold the weights of this model: *layers.0.ffn.gate_proj.weight is "
                + "[40, 24], the model takes [44, 24]; *. Use the configuration of the saved weights.");
    }

    private static byte[] Weights(Trainer trainer) =>
        [.. trainer.Model.Parameters.Tensors.SelectMany(tensor => tensor.bytes.ToArray())];
}
