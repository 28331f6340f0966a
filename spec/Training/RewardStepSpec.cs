using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Preference;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step of a reward model, in the weights, and returns its loss.</summary>
public delegate double RewardStep(LanguageModel model, IReadOnlyList<IReadOnlyList<PreferencePair>> microBatches);

/// <summary>A step of a reward model in micro-batches of unequal size.</summary>
/// <param name="Pairs">The model and the pairs.</param>
/// <param name="Objective">The objective.</param>
/// <param name="Rows">Pairs of each micro-batch.</param>
public sealed record RewardStepCase(PreferencePairCase Pairs, RewardObjective Objective, params IReadOnlyList<int> Rows)
{
    /// <summary>The objective of the run with the sizes of its model, if it trains a reward model.</summary>
    internal static IReadOnlyList<RewardStepCase> FromPlan(Conditions at) =>
        at.Plan.Preference is not { Objective: RewardPlan own } ? []
        : [.. PreferencePairCase.FromPlan(at).Select(pairs => new RewardStepCase(pairs, new(own.Centering), 1, 2))];

    /// <inheritdoc/>
    public override string ToString() => $"{Objective} in {string.Join(" + ", Rows)}; {Pairs}";

    internal IReadOnlyList<IReadOnlyList<PreferencePair>> MicroBatches(Conditions at)
    {
        var (all, first) = (Pairs.Pairs(at), 0);
        return [.. Rows.Select(rows => (IReadOnlyList<PreferencePair>)[.. all.Skip((first += rows) - rows).Take(rows)])];
    }
}

/// <summary>The gradient of a step of a reward model: RWM-03.</summary>
public static class RewardStepSpec
{
    public static readonly Requirement<RewardStepCase, RewardStep> RWM_03_Gradient = new()
    {
        Id = "RWM-03",
        Statement = "Micro-batches with unequal numbers of pairs give the gradient of the float64 oracle for the head and for "
            + "every weight below it, and its loss.",
        Source = "Ouyang et al. 2022, arXiv:2203.02155, equation 1; BUG-ACC-01; probe P-ORACLE; TOL-MODEL, TOL-REWARD",
        CanonicalCases =
        [
            new(PreferencePairCase.Usual[0], new(Centering: 0.02), 1, 2), new(PreferencePairCase.Usual[0], new(), 2, 1),
            new(
                PreferencePairCase.Usual[1] with
                {
                    Lengths = [.. PreferencePairCase.Usual[1].Lengths, new(3, 5, 4), new(2, 4, 6)],
                },
                new(), 1, 2, 1),
        ],
        PlanCases = RewardStepCase.FromPlan,
        Subject = (c, _) => (model, batches) => Real(c.Objective, model, batches),
        Holds = (step, c, at) =>
        {
            using var weights = RewardModelCase.Weights(c.Pairs, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var batches = c.MicroBatches(at);
            var loss = step(model, batches);
            return Expected(c, at, weights, [.. batches.SelectMany(batch => batch)])
                .Compare(weights, loss, c.Pairs.Model.AllowedGradient(at));
        },
        Impostors = new()
        {
            ["the trunk carries no gradient"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (hidden, head) => (hidden.detach() * head).sum() + hidden.sum() * 0),
            ["the head carries no gradient"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (hidden, head) => (hidden * head.detach()).sum() + head.sum() * 0),
            ["read one token early"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (hidden, head) => (hidden * head).sum(), back: 1),
            ["the rejected answers carry no gradient"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (hidden, head) => (hidden * head).sum(), rejected: reward => reward.detach()),
            ["the mean of the means"] = (c, _) => (model, batches) => Each(
                c, model, batches, (hidden, head) => (hidden * head).sum(),
                factor: batch => 1.0 / (batch.Count * batches.Count)),
            ["the sum"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (hidden, head) => (hidden * head).sum(), factor: _ => 1),
            ["divided by the answers"] = (c, _) => (model, batches) => Each(
                c, model, batches, (hidden, head) => (hidden * head).sum(), factor: _ => 0.5 / batches.Sum(batch => batch.Count)),
            ["the last micro-batch is dropped"] = (c, _) => (model, batches) => Each(
                c, model, batches, (hidden, head) => (hidden * head).sum(),
                factor: batch => batch == batches[^1] ? 0 : 1.0 / batches.Sum(one => one.Count)),
            ["answers swapped"] = (c, _) => (model, batches) => Real(
                c.Objective, model,
                [
                    .. batches.Select(batch =>
                        (IReadOnlyList<PreferencePair>)[.. batch.Select(pair => new PreferencePair(pair.Rejected, pair.Chosen))]),
                ]),
        },
    };

    public static IReadOnlyList<Requirement> All => [RWM_03_Gradient];

    private static double Real(
        RewardObjective objective, LanguageModel model, IReadOnlyList<IReadOnlyList<PreferencePair>> batches) =>
        GradientAccumulation.Compute(
            model, batches.Select(batch => new RewardBatch(batch, objective, model.Device)), batches.Sum(batch => batch.Count),
            training: false);

    // Runs the oracle on each answer alone and combines the gradients by the chain rule.
    private static ExpectedStep Expected(
        RewardStepCase c, Conditions at, ParameterTable weights, IReadOnlyList<PreferencePair> pairs)
    {
        var oracle = new TransformerOracle(c.Pairs.Model.Sizes, weights.Doubles());
        var step = new ExpectedStep();
        foreach (var pair in pairs)
        {
            var (chosen, rejected) = (Run(pair.Chosen), Run(pair.Rejected));
            var cost = PreferenceOracle.BradleyTerry(chosen.Reward, rejected.Reward, c.Objective.Centering);
            var error = c.Pairs.Model.Allowed(at) * (chosen.Scale + rejected.Scale);
            step.Loss += cost.Loss / pairs.Count;
            step.AllowedLoss += Math.Max(Math.Abs(cost.ByChosen), Math.Abs(cost.ByRejected)) * error / pairs.Count;
            step.SlopeError = Math.Max(
                step.SlopeError,
                (0.25 + 2 * c.Objective.Centering) * error / Math.Min(Math.Abs(cost.ByChosen), Math.Abs(cost.ByRejected)));
            step.Add(chosen.Gradients, cost.ByChosen / pairs.Count);
            step.Add(rejected.Gradients, cost.ByRejected / pairs.Count);
        }
        return step;

        (double Reward, IReadOnlyDictionary<string, double[]> Gradients, double Scale) Run(TokenizedExample answer) =>
            oracle.RunReward(RewardModelCase.Ids(answer), answer.Ids.Count - 1);
    }

    // The same with plain operators, each answer alone, with an option for every error.
    private static double Each(
        RewardStepCase c, LanguageModel model, IReadOnlyList<IReadOnlyList<PreferencePair>> batches,
        Func<Tensor, Tensor, Tensor> read, Func<Tensor, Tensor>? rejected = null,
        Func<IReadOnlyList<PreferencePair>, double>? factor = null, int back = 0)
    {
        model.Parameters.ClearGradients();
        var sum = 0.0;
        foreach (var batch in batches)
            foreach (var pair in batch)
            {
                using var scope = NewDisposeScope();
                var other = Reward(pair.Rejected);
                var loss = c.Objective.Loss(Reward(pair.Chosen), rejected?.Invoke(other) ?? other)
                    * (factor?.Invoke(batch) ?? 1.0 / batches.Sum(one => one.Count));
                loss.backward();
                sum += loss.ToDouble();
            }
        return sum;

        Tensor Reward(TokenizedExample answer)
        {
            var ids = RewardModelCase.Ids(answer);
            var hidden = model.ForwardHidden(tensor(ids, [1, ids.Length], device: model.Device))
                .select(0, 0).select(0, ids.Length - 1 - back);
            return read(hidden, model.Parameters[RewardHead.WeightName].select(0, 0)).to(float64);
        }
    }
}
