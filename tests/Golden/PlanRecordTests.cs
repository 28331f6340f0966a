using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// Every plan in configs computes what an independent program computes in float64: the order of its data, the losses, the
/// gradients, the learning rates, the metrics and the weights of its first steps, from run to run.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class PlanRecordTests
{
    // The recording program does not know these objectives; SHD-03 replays the first two, and GRP-05 to GRP-08 judge the third.
    private static readonly string[] WithoutRecord = ["kto-toy", "reward-toy", "grpo-toy"];

    // Records have eleven digits.
    private const double Digits = 1e-10;

    public static TheoryData<string> Records => [.. PlanRecord.Names];

    /// <summary>A record of each objective, two of them with an adapter.</summary>
    public static TheoryData<string> BFloat16Records => ["v1-r1", "sft-v1-lora", "orpo-toy"];

    [Theory, MemberData(nameof(Records))]
    public void The_steps_of_a_plan_have_the_recorded_metrics(string name)
    {
        var (record, run) = Take(name);
        var largest = GetLargestSize(run.Plan);
        run.Plan.Training.Steps.Should().Be(record.Steps);
        run.Plan.Optimizer.WarmupSteps.Should().Be(record.WarmupSteps);
        foreach (var (step, expected) in run.Steps.Zip(record.Taken))
        {
            step.Step.Should().Be(expected.Step);
            step.Tokens.Should().Be(expected.Tokens, "tokens through step {0}", step.Step);
            step.LossTerms.Should().Be(expected.LossTerms, "loss terms of step {0}", step.Step);
            ShouldBeNear(step.Epoch, expected.Epoch, Digits, "epoch");
            ShouldBeNear(step.LearningRate, expected.LearningRate, Digits, "learning rate");
            ShouldBeNear(step.Loss, expected.Loss, Tolerance.StepsLoss, $"TOL-STEPS, loss of step {step.Step}");
            ShouldBeNear(
                step.GradientNorm, expected.GradientNorm, Tolerance.StepsNorm(largest),
                $"TOL-STEPS, gradient norm of step {step.Step}");
            Compare(run.Plan, step.Preference, expected.Preference);
        }
    }

    [Theory, MemberData(nameof(Records))]
    public void The_validation_of_a_plan_has_the_recorded_metrics(string name)
    {
        var (record, run) = Take(name);
        var (validation, expected) = (run.Validation, record.Validation);
        ShouldBeNear(validation.Loss, expected.Loss, Tolerance.StepsLoss, "TOL-STEPS, loss");
        ShouldBeNear(validation.TextLoss, expected.TextLoss, Tolerance.StepsLoss, "TOL-STEPS, loss of text");
        ShouldBeNear(validation.BitsPerByte, expected.BitsPerByte, Tolerance.StepsLoss, "TOL-STEPS, bits per byte");
        Compare(run.Plan, validation.Preference, expected.Preference);
    }

    [Theory, MemberData(nameof(Records))]
    public void The_weights_of_a_plan_change_as_recorded(string name)
    {
        var (record, run) = Take(name);
        foreach (var (weight, expected) in record.Weights)
        {
            var (before, after) = run.Weights[weight];
            for (var i = 0; i < expected.Indices.Length; i++)
            {
                var allowed = Tolerance.PlanUpdate(
                    expected.Initial[i], expected.Rate, GetGradientTolerance(run.Plan), expected.Ratio[i], record.Taken.Length);
                (after[i] - before[i]).Should().BeApproximately(
                    expected.Change[i], allowed, "TOL-PLAN, element {0} of {1}", expected.Indices[i], weight);
            }
        }
    }

    [Theory, MemberData(nameof(Records))]
    public void The_plan_starts_with_the_recorded_weights(string name)
    {
        var (record, run) = Take(name);
        // A plan that starts from another one has the error of its steps too.
        var allowed = record.Start is null ? Tolerance.NormalDraw : Tolerance.StepsWeights;
        foreach (var (weight, expected) in record.Weights)
            run.Weights[weight].Before.Zip(expected.Initial, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(
                allowed * Math.Max(0.1, expected.Initial.Max(Math.Abs)), "TOL-DRAW and TOL-STEPS, {0}", weight);
    }

    [Theory, MemberData(nameof(Records))]
    public void Only_the_recorded_weights_change(string name)
    {
        var (record, run) = Take(name);
        run.Names.Should().BeEquivalentTo([.. record.Weights.Keys, .. record.Unchanged]);
        run.Changed.Should().BeEquivalentTo(record.Weights.Keys);
    }

    [Theory, InlineData("toy"), InlineData("sft-v1-lora"), InlineData("dpo-toy")]
    public void The_comparison_notices_a_learning_rate_of_another_size(string name)
    {
        var (record, run) = Take(name);
        foreach (var (weight, expected) in record.Weights)
        {
            var (before, after) = run.Weights[weight];
            var i = expected.Change.Index().MaxBy(change => Math.Abs(change.Item) * expected.Ratio[change.Index]).Index;
            var allowed = Tolerance.PlanUpdate(
                expected.Initial[i], expected.Rate, GetGradientTolerance(run.Plan), expected.Ratio[i], record.Taken.Length);
            (after[i] - before[i]).Should().NotBeApproximately(
                1.01 * expected.Change[i], allowed, "element {0} of {1}", expected.Indices[i], weight);
        }
    }

    [Theory, MemberData(nameof(Records))]
    public void The_schedule_of_the_whole_plan_has_the_recorded_learning_rates(string name)
    {
        var record = PlanRecord.Load(name);
        var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", $"{record.Config}.yaml"), []);
        if (plan.Training.Epochs is not null)
        {
            record.Schedule.Should().BeEmpty();
            return;
        }
        var schedule = LearningRateSchedule.FromPlan(plan);
        record.Schedule.Should().NotBeEmpty();
        foreach (var point in record.Schedule)
            ShouldBeNear(schedule.GetLearningRate((long)point[0]), point[1], Digits, $"step {point[0]}");
    }

    [Theory, MemberData(nameof(BFloat16Records))]
    public void The_losses_of_a_plan_in_bfloat16_are_near_the_recorded_ones(string name)
    {
        var record = PlanRecord.Load(name);
        foreach (var (step, expected) in PlanRun.TakeInBFloat16(name).Steps.Zip(record.Taken))
        {
            var bound = Tolerance.LossCurve(ScalarType.BFloat16);
            ShouldBeNear(step.Loss, expected.Loss, bound, $"TOL-CURVE, loss of step {step.Step}");
            step.LossTerms.Should().Be(expected.LossTerms);
        }
    }

    [Fact]
    public void Every_plan_that_trains_is_recorded()
    {
        var plans = Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(PlanRecord.Trains)
            .Except(WithoutRecord);

        PlanRecord.Names.Select(name => PlanRecord.Load(name).Config).Distinct().Should().BeEquivalentTo(plans);
    }

    private static (PlanRecord Record, PlanRun Run) Take(string name)
    {
        var record = PlanRecord.Load(name);
        if (record.Masks is not null && !DrawMask().SequenceEqual(record.Masks))
            Assert.Skip("This build of libtorch draws other dropout masks than the recorded ones.");
        return (record, PlanRun.Take(name));
    }

    private static int[] DrawMask()
    {
        using var scope = NewDisposeScope();
        manual_seed(1234);
        return nn.functional.dropout(ones(64), 0.25, training: true).data<float>().Select(kept => kept > 0 ? 1 : 0).ToArray();
    }

    // Elements of the largest weight that is trained.
    private static long GetLargestSize(TrainingPlan plan) =>
        (plan.Lora?.GetShapes(plan.Model) ?? ParameterTable.GetShapes(plan.Model).Select(weight => (weight.Name, weight.Shape)))
            .Max(weight => weight.Shape.Aggregate(1L, (product, size) => product * size));

    private static double GetGradientTolerance(TrainingPlan plan) => plan.Lora is null
        ? Tolerance.ModelGradient(plan.ComputeType.NumberType, plan.Model.NLayers, plan.Model.DFf)
        : Tolerance.AdaptedGradient(plan.ComputeType.NumberType, plan.Model.NLayers, plan.Model.DFf);

    private static void Compare(TrainingPlan plan, PreferenceMetrics? metrics, PlanRecord.Pairs? expected)
    {
        if (expected is null)
        {
            metrics.Should().BeNull();
            return;
        }
        metrics.Should().NotBeNull();
        ShouldBeNear(metrics.LogpChosen, expected.LogpChosen, Tolerance.StepsLoss, "TOL-STEPS, chosen answers");
        ShouldBeNear(metrics.LogpRejected, expected.LogpRejected, Tolerance.StepsLoss, "TOL-STEPS, rejected answers");
        // A reward of DPO is β times the difference of two log-probabilities.
        var (chosen, rejected) = plan.Preference!.Objective is DpoPlan dpo
            ? (2 * dpo.Beta * expected.LogpChosen, 2 * dpo.Beta * expected.LogpRejected)
            : (expected.RewardChosen, expected.RewardRejected);
        var (ofChosen, ofRejected) = (Tolerance.StepsLoss * Math.Abs(chosen), Tolerance.StepsLoss * Math.Abs(rejected));
        metrics.RewardChosen.Should().BeApproximately(expected.RewardChosen, ofChosen, "TOL-STEPS");
        metrics.RewardRejected.Should().BeApproximately(expected.RewardRejected, ofRejected, "TOL-STEPS");
        metrics.Margin.Should().BeApproximately(expected.Margin, ofChosen + ofRejected, "TOL-STEPS");
        if (expected.SmallestMargin > ofChosen + ofRejected)
            ShouldBeNear(metrics.Accuracy, expected.Accuracy, Digits, "accuracy");
    }

    private static void ShouldBeNear(double? value, double? expected, double relative, string reason)
    {
        if (expected is not { } number) value.Should().BeNull(reason);
        else value.Should().BeApproximately(number, relative * Math.Abs(number), reason);
    }
}
