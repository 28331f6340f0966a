using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Updates a weight: takes the weight before, both moments after, the learning rate and λ.</summary>
internal delegate double UpdateRule(double weight, double mean, double square, double rate, double decay, long steps);

/// <summary>Ways in which a run can differ from its plan.</summary>
internal static class ShadowImpostors
{
    // Runs are equal bit by bit, so impostors that change only the result share one.
    private static readonly ConditionalWeakTable<Conditions, ConcurrentDictionary<ShadowCase, ShadowTrace>> Traces = [];

    /// <summary>The run follows another plan.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithPlan(Func<TrainingPlan, TrainingPlan> change) =>
        (_, _) => scenario => ShadowRunner.Run(scenario, change);

    /// <summary>The run has another optimizer.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithOptimizer(Func<OptimizerPlan, OptimizerPlan> change) =>
        WithPlan(plan => plan with { Optimizer = change(plan.Optimizer) });

    /// <summary>The gradient is computed otherwise.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithGradient(StepGradient compute) =>
        (_, _) => scenario => ShadowRunner.Run(scenario, compute: compute);

    /// <summary>Every micro-batch of tokens is replaced.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithRows(Func<TokenBatch, TokenBatch> change) =>
        WithGradient((model, microBatches, terms) =>
        {
            TokenBatch[] batches = [.. microBatches.Cast<TokenBatch>().Select(change)];
            var counted = batches.Sum(batch => batch.LossTerms);
            return GradientAccumulation.Compute(model, batches, new LossTermCount(counted, counted));
        });

    /// <summary>The gradient of the real function is scaled.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithScaledGradient(Func<ShadowScenario, double> factor) =>
        (_, _) => scenario => ShadowRunner.Run(scenario, compute: (model, microBatches, terms) =>
        {
            var loss = GradientAccumulation.Compute(model, microBatches, terms);
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            foreach (var weight in model.TrainableParameters.Tensors) weight.grad?.mul_(factor(scenario));
            return loss;
        });

    /// <summary>Every micro-batch has the same weight, however many loss terms it has.</summary>
    public static double MeanOfMeans(LanguageModel model, IEnumerable<IMicroBatch> microBatches, LossTermCount terms)
    {
        model.TrainableParameters.ClearGradients();
        IMicroBatch[] batches = [.. microBatches];
        return batches.Sum(batch => batch.Backward(model, 1.0 / batch.LossTerms / batches.Length, training: true));
    }

    /// <summary>The weights are updated by another rule, from the moments of the run.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithUpdate(Func<OptimizerPlan, UpdateRule> create) =>
        WithStep((scenario, before, step) =>
        {
            var (rule, groups) = (create(scenario.Plan.Optimizer), new WeightGroupOracle(scenario.Plan.Optimizer));
            var weights = new Dictionary<string, double[]>(step.After.Weights, StringComparer.Ordinal);
            foreach (var (name, means) in step.After.FirstMoments.Where(moment => groups.IsTrained(moment.Key)))
            {
                var (squares, old) = (step.After.SecondMoments[name], before.Weights[name]);
                weights[name] =
                [
                    .. old.Select((weight, i) => (double)(float)rule(
                        weight, means[i], squares[i], step.Metrics["lr"] * groups.Multiplier(name), groups.Decay(name),
                        step.After.OptimizerSteps)),
                ];
            }
            return step with { After = step.After with { Weights = weights } };
        });

    /// <summary>The usual rule with one number of it changed.</summary>
    public static UpdateRule Update(
        OptimizerPlan plan, double? decay = null, bool correctsMean = true, bool correctsSquare = true) =>
        (weight, mean, square, rate, ownDecay, steps) =>
        {
            var first = correctsMean ? 1 - Math.Pow(plan.Beta1, steps) : 1;
            var second = correctsSquare ? 1 - Math.Pow(plan.Beta2, steps) : 1;
            return weight * (1 - rate * (decay ?? ownDecay))
                - rate * mean / first / (Math.Sqrt(square / second) + plan.Epsilon);
        };

    /// <summary>A number in the metrics is wrong.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithMetric(
        string name, Func<ShadowScenario, IReadOnlyDictionary<string, double>, double> change) =>
        WithStep((scenario, _, step) => step.Metrics.ContainsKey(name)
            ? step with
            {
                Metrics = new Dictionary<string, double>(step.Metrics, StringComparer.Ordinal)
                {
                    [name] = change(scenario, step.Metrics),
                },
            }
            : step);

    /// <summary>Every step ends otherwise; the function receives the state before it.</summary>
    public static Func<ShadowCase, Conditions, TrainScenario> WithStep(
        Func<ShadowScenario, ShadowState, ShadowTraceStep, ShadowTraceStep> change) => (c, at) => scenario =>
    {
        var trace = Traces.GetOrCreateValue(at).GetOrAdd(c, _ => ShadowRunner.Run(scenario));
        var before = new[] { trace.First }.Concat(trace.Steps.Select(step => step.After));
        return trace with { Steps = [.. before.Zip(trace.Steps, (state, step) => change(scenario, state, step))] };
    };
}
