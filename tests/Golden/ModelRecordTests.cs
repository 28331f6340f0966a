using System.Text.Json;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Golden;

/// <summary>The real model and a real training step agree with PyTorch's float64 numbers, element by element.</summary>
public sealed class ModelRecordTests
{
    public static TheoryData<string> Models => ["small-model", "small-model-untied"];

    [Theory, MemberData(nameof(Models))]
    public void Logits_and_losses_equal_the_recorded_ones(string file)
    {
        using var scope = NewDisposeScope();
        var recorded = new RecordedReference(file);
        using var weights = recorded.Weights("", CPU);
        using var model = new LanguageModel(weights);
        var (ids, targets) = (recorded.Ids("inputs", CPU), recorded.Ids("targets", CPU));
        var expected = recorded.Doubles("logits");

        Relative(model.Forward(ids), expected).Should().BeLessThan(Allowed(weights.Config), "TOL-MODEL");
        var losses = Doubles(model.ComputeLosses(ids, targets));
        var largest = expected.Max(Math.Abs);
        var allowed =
            Tolerance.Loss(ScalarType.Float32, weights.Config.VocabSize, largest) + 2 * Allowed(weights.Config) * largest;
        losses
            .Zip(recorded.Doubles("token_loss"), (a, b) => Math.Abs(a - b))
            .Max()
            .Should()
            .BeLessThan(allowed, "TOL-LOSS and TOL-MODEL");
        (losses.Sum() / Counted(recorded)).Should().BeApproximately(recorded.Doubles("loss")[0], allowed);
    }

    [Theory, MemberData(nameof(Models))]
    public void Every_weight_has_the_recorded_gradient(string file)
    {
        using var scope = NewDisposeScope();
        var recorded = new RecordedReference(file);
        using var weights = recorded.Weights("", CPU);
        using var model = new LanguageModel(weights);

        (model.ComputeLosses(recorded.Ids("inputs", CPU), recorded.Ids("targets", CPU)).sum() / Counted(recorded)).backward();

        weights.Names.Should().BeEquivalentTo(recorded.DoublesUnder("grad.").Keys);
        foreach (var name in weights.Names)
            Relative(weights[name].grad!, recorded.Doubles("grad." + name)).Should().BeLessThan(
                Tolerance.ModelGradient(ScalarType.Float32, weights.Config.NLayers, weights.Config.DFf), "TOL-MODEL, {0}", name);
    }

    [Theory, MemberData(nameof(Models))]
    public void The_comparison_notices_a_norm_constant_of_another_size(string file)
    {
        using var scope = NewDisposeScope();
        var recorded = new RecordedReference(file);
        using var weights = recorded.Weights("", CPU, config => config.With(normEps: 1.1e-5));
        using var model = new LanguageModel(weights);

        Relative(model.Forward(recorded.Ids("inputs", CPU)), recorded.Doubles("logits"))
            .Should()
            .BeGreaterThan(Allowed(weights.Config));
    }

    [Fact]
    public void Ten_steps_end_at_the_recorded_weights()
    {
        using var scope = NewDisposeScope();
        var recorded = new RecordedReference("ten-steps");
        var plan = recorded.Object("plan");
        double Number(string key) => plan.GetProperty(key).GetDouble();
        var (steps, micro, batch) = (
            plan.GetProperty("steps").GetInt32(), plan.GetProperty("micro_batches").GetInt32(),
            plan.GetProperty("batch").GetInt32());
        using var weights = recorded.Weights("initial.", CPU);
        using var model = new LanguageModel(weights);
        using var optimizer = new AdamW(
            weights,
            new(Number("beta1"), Number("beta2"), Number("adam_eps"), Number("weight_decay")));
        var schedule = new LearningRateSchedule(Number("peak"), Number("minimum"), plan.GetProperty("warmup").GetInt64(), steps);
        var (inputs, targets) = (recorded.Longs("inputs"), recorded.Longs("targets"));
        var size = inputs.Length / steps / micro;
        var (losses, norms) = (recorded.Doubles("losses"), recorded.Doubles("grad_norms"));

        for (var step = 0; step < steps; step++)
        {
            var batches = Enumerable.Range(step * micro, micro)
                .Select(part =>
                    TokenBatch.Create(
                        inputs[(part * size)..((part + 1) * size)], targets[(part * size)..((part + 1) * size)], batch, CPU))
                .ToList();
            var loss = GradientAccumulation.Compute(model, batches, batches.Sum(b => b.LossTerms));
            var norm = GradientClipping.ClipByGlobalNorm(weights, Number("clip"));
            optimizer.Step(schedule.GetLearningRate(step + 1));

            loss.Should()
                .BeApproximately(losses[step], Tolerance.StepsLoss * losses[step], "TOL-STEPS, loss of step {0}", step + 1);
            norm.Should()
                .BeApproximately(
                    norms[step], Tolerance.StepsLoss * norms[step], "TOL-STEPS, gradient norm of step {0}", step + 1);
        }
        foreach (var name in weights.Names)
            Relative(weights[name], recorded.Doubles("final." + name))
                .Should()
                .BeLessThan(Tolerance.StepsWeights, "TOL-STEPS, {0}", name);
    }

    private static double Allowed(ModelConfig config) => Tolerance.Model(ScalarType.Float32, config.NLayers, config.DFf);

    private static int Counted(RecordedReference recorded) =>
        recorded.Longs("targets").Count(target => target != CrossEntropy.IgnoreIndex);

    private static double[] Doubles(Tensor tensor) => tensor.detach().to(float64).contiguous().data<double>().ToArray();

    private static double Relative(Tensor actual, double[] expected)
    {
        var values = Doubles(actual);
        values.Should().HaveCount(expected.Length);
        return values.Zip(expected, (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max) / expected.Max(Math.Abs);
    }
}
