using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>Compares a run with the shadow trainer, each step from the state that the run itself saved before it.</summary>
/// <remarks>
/// So errors do not add up over the steps, and the bounds stay near the rounding of one step. The state before the first step
/// must be that of the weights to start from, with moments of zero.
/// </remarks>
internal sealed class ShadowComparison
{
    // They measure time, speed or memory.
    private static readonly string[] NotReplayed = ["tokens_per_second", "seconds", "wall_seconds", "memory_bytes", "gpu"];

    private readonly ShadowScenario _scenario;
    private readonly ShadowTrace _trace;
    private readonly ShadowTrainer _trainer;
    private readonly ShadowBounds _bounds;
    private readonly ShadowState? _base;

    private ShadowComparison(ShadowScenario scenario, ShadowTrace trace)
    {
        (_scenario, _trace, _base) = (scenario, trace, scenario.Base);
        var start = Plan.Lora is null ? trace.First.Weights : _base!.Weights;
        _trainer = new(Plan, scenario.Shards, scenario.Tokenizer, start, scenario.Case.Ranks);
        _bounds = new(Plan, _trainer);
    }

    private TrainingPlan Plan => _scenario.Plan;

    /// <summary>Compares the steps in order, up to the first difference.</summary>
    public static Verdict Compare(ShadowScenario scenario, ShadowTrace trace)
    {
        var comparison = new ShadowComparison(scenario, trace);
        return Verdict.All(comparison.CompareStart().Concat(comparison.CompareSteps()));
    }

    private IEnumerable<Verdict> CompareStart()
    {
        yield return Verdict.Equal(_scenario.Case.Steps, _trace.Steps.Count, "lines of metrics");
        var keeps = Plan.WarmStart is { KeepOptimizer: true };
        yield return Verdict.Equal(keeps ? _base!.OptimizerSteps : 0, _trace.First.OptimizerSteps, "optimizer steps before");
        yield return Verdict.SameElements(
            [.. _trainer.Lengths.OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => $"{weight}")],
            [
                .. _trace.First.Weights.OrderBy(weight => weight.Key, StringComparer.Ordinal)
                    .Select(weight => $"{KeyValuePair.Create(weight.Key, weight.Value.Length)}"),
            ],
            "names and sizes of weights");
        if (_base is not null)
            foreach (var (name, weight) in _trace.First.Weights)
            {
                if (Plan.Lora is not null) yield return CompareNewAdapter(name, weight);
                else if (!_base.Weights.ContainsKey(name)) yield return CompareNewHead(name, weight);
                else
                {
                    var loaded = _base.Weights[name];
                    yield return Verdict.AtMost(
                        0.0, weight[..loaded.Length].LargestDifference(loaded), $"{name} before the first step, |Δ|");
                    if (weight.Length > loaded.Length) yield return CompareNewRows(name, weight, loaded);
                }
            }
        foreach (var name in _trainer.Lengths.Keys)
        {
            double[][] found = [.. _trace.First.OptimizerTensors(name)];
            double[][] expected =
                keeps ? [.. _base!.OptimizerTensors(name)] : [.. found.Select(moment => new double[moment.Length])];
            yield return Verdict.Equal(_trainer.Groups.IsMuon(name) ? 1 : 2, found.Length, $"moments of {name}");
            yield return Verdict.AtMost(0.0, LargestDifference(found, expected), $"moments of {name} before the first step, |Δ|");
        }
    }

    // B is zero; A is uniform within ±1/√in.
    private Verdict CompareNewAdapter(string name, double[] weight)
    {
        var isB = name.EndsWith("lora_b", StringComparison.Ordinal);
        var allowed = isB ? 0 : (1 + Tolerance.Float32UnitRoundoff) / Math.Sqrt(weight.Length / Plan.Lora!.Rank);
        return Verdict.Between(0, allowed, weight.Max(Math.Abs), $"largest |{name}| of a new adapter");
    }

    // Normal with a variance of 1 ÷ (width + 1): the mean square within six sigma, √(2 ÷ n) each.
    private static Verdict CompareNewHead(string name, double[] weight)
    {
        var n = weight.Length;
        return Verdict.Between(
            1 - 6 * Math.Sqrt(2.0 / n), 1 + 6 * Math.Sqrt(2.0 / n), weight.Sum(value => value * value) * (n + 1) / n,
            $"mean square of the new {name}, × (width + 1)");
    }

    // The mean of the old rows with noise of a hundredth of their spread, six sigma.
    private Verdict CompareNewRows(string name, double[] weight, double[] loaded)
    {
        var (width, worst) = (Plan.Model.DModel, 0.0);
        for (var column = 0; column < width; column++)
        {
            double[] old = [.. loaded.Where((_, i) => i % width == column)];
            var mean = old.Average();
            var spread = Math.Sqrt(old.Average(value => (value - mean) * (value - mean)));
            for (var i = loaded.Length + column; i < weight.Length; i += width)
                worst = Math.Max(worst, Math.Abs(weight[i] - mean) / spread);
        }
        return Verdict.AtMost(0.06, worst, $"new rows of {name}, |Δ| from the mean ÷ spread");
    }

    private IEnumerable<Verdict> CompareSteps()
    {
        var (before, number) = (_trace.First, _scenario.Case.StepsBefore);
        foreach (var found in _trace.Steps)
        {
            var step = _trainer.Step(before, ++number, _scenario.Case.DataStep(number));
            foreach (var verdict in CompareMetrics(number, step, before, found)) yield return verdict;
            foreach (var verdict in CompareState(number, step, before, found.After)) yield return verdict;
            before = found.After;
        }
    }

    private IEnumerable<Verdict> CompareState(long number, ShadowStep step, ShadowState before, ShadowState after)
    {
        yield return Verdict.Equal(
            step.After.OptimizerSteps, after.OptimizerSteps, FormattableString.Invariant($"optimizer steps at step {number}"));
        yield return Verdict.SameElements(
            [.. before.FirstMoments.Keys.Concat(before.Momenta.Keys).Order(StringComparer.Ordinal)],
            [.. after.FirstMoments.Keys.Concat(after.Momenta.Keys).Order(StringComparer.Ordinal)],
            "names of moments");
        foreach (var verdict in CompareAverage(number, before, after)) yield return verdict;
        foreach (var (name, weight) in after.Weights)
        {
            if (!step.Gradient.Sums.ContainsKey(name))
            {
                yield return Verdict.AtMost(
                    0.0,
                    Math.Max(
                        weight.LargestDifference(before.Weights[name]),
                        LargestDifference(after.OptimizerTensors(name), before.OptimizerTensors(name))),
                    FormattableString.Invariant($"frozen {name} at step {number}, |Δ|"));
                continue;
            }
            if (_trainer.Groups.IsMuon(name))
            {
                var muon = _bounds.CompareMuon(name, step, before, after);
                yield return Verdict.AtMost(1.0, muon.Momentum, Describe($"momentum of {name}"));
                yield return Verdict.AtMost(1.0, muon.Weight, Describe(name));
                continue;
            }
            var errors = _bounds.Compare(name, step, before, after);
            yield return Verdict.AtMost(1.0, errors.FirstMoment, Describe($"first moment of {name}"));
            yield return Verdict.AtMost(1.0, errors.SecondMoment, Describe($"second moment of {name}"));
            yield return Verdict.AtMost(1.0, errors.Weight, Describe(name));
        }

        string Describe(string what) =>
            FormattableString.Invariant($"{what} after step {number}, largest error ÷ TOL-SHADOW");
    }

    // From the average before the step and the weights after it, both as the run saved them.
    private IEnumerable<Verdict> CompareAverage(long number, ShadowState before, ShadowState after)
    {
        var what = FormattableString.Invariant($"average after step {number}");
        if (Plan.Training.Ema is not { } ema)
        {
            yield return Verdict.Equal(0, after.Average.Count, $"tensors of the {what}");
            yield break;
        }
        var isUpdated = number % ema.Every == 0;
        var updates = (before.AverageUpdates ?? -1) + (isUpdated ? 1 : 0);
        yield return Verdict.Equal(updates, after.AverageUpdates ?? -1, $"updates of the {what}");
        foreach (var (name, weight) in after.Weights)
        {
            var old = before.Average[name];
            var expected = isUpdated ? WeightAverageOracle.Continue(old, weight, ema.Decay, updates) : old;
            var largest = Math.Max(old.Max(Math.Abs), weight.Max(Math.Abs));
            yield return Verdict.AtMost(
                isUpdated ? Tolerance.Average(1, largest) : 0, after.Average[name].LargestDifference(expected),
                $"{name}, {what}");
        }
    }

    private static double LargestDifference(IEnumerable<double[]> found, IEnumerable<double[]> expected) =>
        found.Zip(expected, (a, b) => a.LargestDifference(b)).Max();

    private IEnumerable<Verdict> CompareMetrics(long number, ShadowStep step, ShadowState before, ShadowTraceStep found)
    {
        var expected = new Dictionary<string, (double Value, double Allowed)>(StringComparer.Ordinal)
        {
            ["step"] = (number, 0),
            ["loss"] = (step.Loss, LossError(step.Pairs, step.Answers, step.LargestLogit)),
            ["lr"] = (step.LearningRate, 1e-12 * step.LearningRate),
            ["grad_norm"] = (step.Norm, _bounds.Norm(step)),
            ["tokens"] = (step.Tokens, 0),
        };
        if (step.Epoch is { } epoch)
        {
            expected["epoch"] = (epoch, 1e-12 * epoch);
            expected["loss_terms"] = (step.LossTerms, 0);
        }
        AddPairs(expected, "preference.", step.Pairs, step.LargestLogit);
        AddNoise(expected, step);
        AddAnswers(expected, "preference.", step.Answers, step.LargestLogit);
        if (number == 1 && Plan.Sft is null == Plan.Preference is not null)
            AddValidation(expected, _trainer.Validate(before), "initial_validation.", "loss", "bits_per_byte", "preference.");
        if (IsMeasured(number))
            AddValidation(
                expected, _trainer.Validate(found.After), "", "validation_loss", "validation_bits_per_byte",
                "validation_preference.");

        yield return Verdict.SameElements(
            [.. expected.Keys.Order(StringComparer.Ordinal)],
            [.. found.Metrics.Keys.Except(NotReplayed, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            "names of metrics");
        foreach (var (name, (value, allowed)) in expected)
            yield return Verdict.AtMost(
                allowed, Math.Abs(found.Metrics[name] - value),
                FormattableString.Invariant($"{name} of step {number} = {found.Metrics[name]:G6}, |Δ| from {value:G6}"));
    }

    // Validation is due every few steps, after the last step, and at the end of an epoch.
    private bool IsMeasured(long number)
    {
        if (Plan.Evaluation.Every == 0) return false;
        if (number % Plan.Evaluation.Every == 0 || number == Plan.Training.Steps) return true;
        // Batches before a rollback count as read when it happens; a skipped batch counts with the step that skips it.
        var (c, dataStep) = (_scenario.Case, _scenario.Case.DataStep(number));
        var previous = number == c.StepsBefore + 1 ? c.StepsBefore
            : c.Event == ShadowEvent.RollBack ? dataStep - 1
            : c.DataStep(number - 1);
        return _trainer.EndsEpoch(previous, dataStep);
    }

    private void AddValidation(
        Dictionary<string, (double Value, double Allowed)> expected, ShadowValidation measured, string prefix, string loss,
        string bits, string pairs)
    {
        var error = _bounds.TokenLoss(measured.LargestLogit);
        var isText = Plan.Sft is null && Plan.Preference is null;
        if (isText)
        {
            expected[prefix + loss] = (measured.TextLoss, error);
            expected[prefix + bits] = (
                measured.TextNats / Math.Log(2) / measured.TextBytes,
                error * measured.TextNats / measured.TextLoss / Math.Log(2) / measured.TextBytes);
            return;
        }
        expected[prefix + "text_loss"] = (measured.TextLoss, error);
        if (measured.Loss is { } value) expected[prefix + loss] = (
            value, LossError(measured.Pairs, measured.Answers, measured.LargestLogit));
        AddPairs(expected, prefix + pairs, measured.Pairs, measured.LargestLogit);
        AddAnswers(expected, prefix + pairs, measured.Answers, measured.LargestLogit);
    }

    // E‖g‖² = ‖G‖² + tr Σ ÷ n, for the first micro-batches and for the step.
    private void AddNoise(Dictionary<string, (double Value, double Allowed)> expected, ShadowStep step)
    {
        var batches = step.FirstMicroBatches;
        if (batches.Count == 0) return;
        var inverse = batches.Average(batch => 1.0 / batch.Terms);
        var difference = inverse - 1.0 / step.LossTerms;
        if (difference <= 0) return;
        var squares = batches.Select(batch => _bounds.SquaredNorm(step, batch.Gradient)).ToArray();
        var (small, large) = (
            (Value: squares.Average(square => square.Value), Error: squares.Average(square => square.Error)),
            _bounds.SquaredNorm(step, step.Gradient));
        expected["gradient_noise.variance"] = (
            (small.Value - large.Value) / difference, (small.Error + large.Error) / difference);
        expected["gradient_noise.squared_gradient"] = (
            (large.Value * inverse - small.Value / step.LossTerms) / difference,
            (large.Error * inverse + small.Error / step.LossTerms) / difference);
    }

    private void AddPairs(
        Dictionary<string, (double Value, double Allowed)> expected, string prefix, IReadOnlyList<ShadowPair> pairs,
        double largestLogit)
    {
        if (pairs.Count == 0) return;
        var (chosen, rejected) = (
            pairs.Average(pair => _bounds.Rewards(pair, largestLogit).Chosen),
            pairs.Average(pair => _bounds.Rewards(pair, largestLogit).Rejected));
        expected[prefix + "reward_chosen"] = (pairs.Average(pair => pair.RewardChosen), chosen);
        expected[prefix + "reward_rejected"] = (pairs.Average(pair => pair.RewardRejected), rejected);
        expected[prefix + "margin"] = (pairs.Average(pair => pair.RewardChosen - pair.RewardRejected), chosen + rejected);
        if (Plan.Preference!.Objective is not RewardPlan) AddLogProbabilities(expected, prefix, pairs, largestLogit);
        // Pairs with a margin below its error may count either way.
        expected[prefix + "accuracy"] = (
            pairs.Average(pair => pair.RewardChosen > pair.RewardRejected ? 1.0 : 0),
            pairs.Average(pair =>
                Math.Abs(pair.RewardChosen - pair.RewardRejected)
                    <= _bounds.Rewards(pair, largestLogit).Chosen + _bounds.Rewards(pair, largestLogit).Rejected
                    ? 1.0 : 1e-12));
    }

    private double LossError(IReadOnlyList<ShadowPair> pairs, IReadOnlyList<ShadowAnswer> answers, double largestLogit) =>
        answers.Count > 0 ? _bounds.Loss(answers, largestLogit) : _bounds.Loss(pairs, largestLogit);

    private void AddLogProbabilities(
        Dictionary<string, (double Value, double Allowed)> expected, string prefix, IReadOnlyList<ShadowPair> pairs,
        double largestLogit)
    {
        expected[prefix + "logp_chosen"] = (
            pairs.Average(pair => pair.Chosen), pairs.Average(pair => _bounds.Answer(pair.ChosenTokens, largestLogit)));
        expected[prefix + "logp_rejected"] = (
            pairs.Average(pair => pair.Rejected), pairs.Average(pair => _bounds.Answer(pair.RejectedTokens, largestLogit)));
    }

    private void AddAnswers(
        Dictionary<string, (double Value, double Allowed)> expected, string prefix, IReadOnlyList<ShadowAnswer> answers,
        double largestLogit)
    {
        if (answers.Count == 0) return;
        var (chosen, rejected) = (
            answers.Where(answer => answer.IsDesirable).ToArray(), answers.Where(answer => !answer.IsDesirable).ToArray());
        foreach (var (name, side) in new[] { ("chosen", chosen), ("rejected", rejected) })
        {
            if (side.Length == 0) continue;
            expected[$"{prefix}reward_{name}"] = (
                side.Average(answer => answer.Reward), side.Average(answer => _bounds.Reward(answer.Tokens, largestLogit)));
            expected[$"{prefix}logp_{name}"] = (
                side.Average(answer => answer.LogProbability),
                side.Average(answer => _bounds.Answer(answer.Tokens, largestLogit)));
        }
        if (chosen.Length > 0 && rejected.Length > 0)
            expected[prefix + "margin"] = (
                expected[prefix + "reward_chosen"].Value - expected[prefix + "reward_rejected"].Value,
                expected[prefix + "reward_chosen"].Allowed + expected[prefix + "reward_rejected"].Allowed);
        var pointError = _bounds.ReferencePoint(answers, largestLogit);
        expected[prefix + "kl"] = (answers[0].ReferencePoint, pointError);
        // Answers nearer to the reference point than its error may count either way.
        expected[prefix + "accuracy"] = (
            answers.Average(answer => answer.IsDesirable == answer.Distance > 0 && answer.Distance != 0 ? 1.0 : 0),
            answers.Average(answer => Math.Abs(answer.Distance) <= _bounds.Reward(answer.Tokens, largestLogit)
                + ((KtoPlan)Plan.Preference!.Objective).Beta * pointError ? 1.0 : 1e-12));
    }
}
