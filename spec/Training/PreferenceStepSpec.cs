using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Preference;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step over pairs, in the weights, and returns its loss.</summary>
public delegate double PairStep(LanguageModel model, IReadOnlyList<IReadOnlyList<ScoredPair>> microBatches);

/// <summary>A step over pairs in micro-batches of unequal size.</summary>
/// <param name="Pairs">The model and the pairs.</param>
/// <param name="Objective">The objective.</param>
/// <param name="Rows">Pairs of each micro-batch.</param>
public sealed record PairStepCase(PreferencePairCase Pairs, IPreferenceObjective Objective, params IReadOnlyList<int> Rows)
{
    /// <summary>
    /// The objective of the run with the sizes of its model, if it trains on pairs, with a β of at most 50: a larger one
    /// saturates the sigmoid of margins of several nats, so that the gradient may be exactly zero.
    /// </summary>
    internal static IReadOnlyList<PairStepCase> FromPlan(Conditions at) =>
    [
        .. from pairs in PreferencePairCase.FromPlan(at)
           let own = at.Plan.Preference!.Objective
           where own is DpoPlan or OrpoPlan
           let objective = own is DpoPlan { Beta: > 50 } dpo ? dpo with { Beta = 50 } : own
           select new PairStepCase(pairs, IPreferenceObjective.Create(objective), 1, 2),
    ];

    /// <inheritdoc/>
    public override string ToString() => $"{Objective} in {string.Join(" + ", Rows)}; {Pairs}";

    internal IReadOnlyList<IReadOnlyList<ScoredPair>> MicroBatches(Conditions at, ParameterTable weights)
    {
        var (all, first) = (Pairs.Scored(at, weights), 0);
        return [.. Rows.Select(rows => (IReadOnlyList<ScoredPair>)[.. all.Skip((first += rows) - rows).Take(rows)])];
    }
}

/// <summary>The gradient of a step over pairs: DPO-05.</summary>
public static class PreferenceStepSpec
{
    public static readonly Requirement<PairStepCase, PairStep> DPO_05_Gradient = new()
    {
        Id = "DPO-05",
        Statement = "Micro-batches with unequal numbers of pairs give the gradient of the float64 oracle for every weight, and "
            + "its loss.",
        Source = "Rafailov et al. 2023, section 4; Hong et al. 2024, section 4.3; BUG-ACC-01, BUG-DPO-04; probe P-ORACLE; "
            + "TOL-MODEL, TOL-ANSWER",
        CanonicalCases =
        [
            new(PreferencePairCase.Usual[0], new DpoObjective(Beta: 0.2, LabelSmoothing: 0.1), 1, 2),
            new(PreferencePairCase.Usual[0], new OrpoObjective(Lambda: 0.7), 2, 1),
            new(
                PreferencePairCase.Usual[1] with
                {
                    Lengths = [.. PreferencePairCase.Usual[1].Lengths, new(3, 5, 4)],
                },
                new DpoObjective(Beta: 0.4), 2, 1),
        ],
        PlanCases = PairStepCase.FromPlan,
        Subject = (c, at) => (model, batches) => Real(c.Objective, model, batches),
        Holds = (step, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Pairs.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var batches = c.MicroBatches(at, weights);
            var loss = step(model, batches);
            return Expected(c, at, weights, [.. batches.SelectMany(batch => batch)])
                .Compare(weights, loss, c.Pairs.Model.AllowedGradient(at));
        },
        Impostors = new()
        {
            ["the mean of the means"] = (c, _) => (model, batches) =>
                Each(model, batches, (batch, _) => Loss(c.Objective, model, batch) / (batch.Count * batches.Count)),
            ["the sum"] = (c, _) => (model, batches) => Each(model, batches, (batch, _) => Loss(c.Objective, model, batch)),
            ["divided by the answers"] = (c, _) => (model, batches) =>
                Each(model, batches, (batch, pairs) => Loss(c.Objective, model, batch) / (2 * pairs)),
            ["the last micro-batch is dropped"] = (c, _) => (model, batches) =>
                Each(model, [.. batches.SkipLast(1)], (batch, _) => Loss(c.Objective, model, batch) / batches.Sum(b => b.Count)),
            ["the rejected answers carry no gradient"] = (c, _) => (model, batches) =>
                Each(model, batches, (batch, pairs) => Loss(c.Objective, model, batch, rejected: t => t.detach()) / pairs),
            ["the chosen answers carry no gradient"] = (c, _) => (model, batches) =>
                Each(model, batches, (batch, pairs) => Loss(c.Objective, model, batch, chosen: t => t.detach()) / pairs),
            ["answers swapped"] = (c, _) => (model, batches) => Real(
                c.Objective,
                model,
                [
                    .. batches.Select(batch =>
                        (IReadOnlyList<ScoredPair>)
                            [
                                .. batch.Select(pair => new ScoredPair(
                                    new(pair.Pair.Rejected, pair.Pair.Chosen), pair.ReferenceRejected, pair.ReferenceChosen)),
                            ]),
                ]),
            ["the final norm has no gradient"] = (c, _) => (model, batches) =>
            {
                var loss = Real(c.Objective, model, batches);
                using var grad = no_grad();
                model.Parameters["norm.weight"].grad = zeros_like(model.Parameters["norm.weight"]);
                return loss;
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_05_Gradient];

    private static double Real(
        IPreferenceObjective objective, LanguageModel model,
        IReadOnlyList<IReadOnlyList<ScoredPair>> batches) =>
        GradientAccumulation.Compute(
            model,
            batches.Select(batch => new PreferenceBatch(batch, objective, model.Device)),
            batches.Sum(batch => batch.Count),
            training: false);

    // Runs the oracle on each answer alone and combines the gradients by the chain rule.
    private static ExpectedStep Expected(PairStepCase c, Conditions at, ParameterTable weights, IReadOnlyList<ScoredPair> pairs)
    {
        var oracle = new TransformerOracle(c.Pairs.Model.Sizes, weights.Doubles());
        var step = new ExpectedStep();
        foreach (var pair in pairs)
        {
            var (chosen, rejected) = (Run(pair.Pair.Chosen), Run(pair.Pair.Rejected));
            var cost = c.Objective switch
            {
                DpoObjective dpo => PreferenceOracle.Dpo(
                    -chosen.Loss, -rejected.Loss, pair.ReferenceChosen, pair.ReferenceRejected, dpo.Beta, dpo.LabelSmoothing),
                OrpoObjective orpo => PreferenceOracle.Orpo(
                    -chosen.Loss, pair.Pair.Chosen.SupervisedCount, -rejected.Loss, pair.Pair.Rejected.SupervisedCount,
                    orpo.Lambda),
                _ => throw new NotSupportedException($"There is no oracle of {c.Objective}."),
            };
            step.Loss += cost.Loss / pairs.Count;
            Add(chosen, pair.Pair.Chosen, -cost.ByChosen / pairs.Count);
            Add(rejected, pair.Pair.Rejected, -cost.ByRejected / pairs.Count);
        }
        return step;

        TransformerResult Run(TokenizedExample answer) =>
            oracle.Run(
                [.. answer.Ids.SkipLast(1).Select(id => (long)id)],
                PreferencePairCase.Targets(answer), batch: 1, count: 1);

        void Add(TransformerResult answer, TokenizedExample tokens, double slope)
        {
            step.AllowedLoss += Math.Abs(slope) * c.Pairs.Allowed(at, tokens, answer.Logits.Max(Math.Abs));
            step.Add(answer.Gradients, slope);
        }
    }

    // The same with plain operators, each answer alone, with an option for every error.
    private static Tensor Loss(
        IPreferenceObjective objective, LanguageModel model, IReadOnlyList<ScoredPair> batch,
        Func<Tensor, Tensor>? chosen = null,
        Func<Tensor, Tensor>? rejected = null) =>
        stack(batch.Select(pair =>
        {
            var (c, r) = (Sum(model, pair.Pair.Chosen), Sum(model, pair.Pair.Rejected));
            return objective.Loss(
                new(chosen?.Invoke(c) ?? c, pair.Pair.Chosen.SupervisedCount, pair.ReferenceChosen),
                new(rejected?.Invoke(r) ?? r, pair.Pair.Rejected.SupervisedCount, pair.ReferenceRejected));
        })).sum();

    /// <summary>The log-probability of an answer with plain operators.</summary>
    internal static Tensor Sum(LanguageModel model, TokenizedExample answer)
    {
        long[] ids = [.. answer.Ids.Select(id => (long)id)];
        var (inputs, targets) = (
            tensor(ids[..^1], [1, ids.Length - 1], device: model.Device),
            tensor(PreferencePairCase.Targets(answer), [1, ids.Length - 1], device: model.Device));
        return -model.ComputeLosses(inputs, targets).sum().to(float64);
    }

    private static double Each(
        LanguageModel model, IReadOnlyList<IReadOnlyList<ScoredPair>> batches, Func<IReadOnlyList<ScoredPair>, int, Tensor> loss)
    {
        model.Parameters.ClearGradients();
        var sum = 0.0;
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var cost = loss(batch, batches.Sum(b => b.Count));
            cost.backward();
            sum += cost.ToDouble();
        }
        return sum;
    }
}
