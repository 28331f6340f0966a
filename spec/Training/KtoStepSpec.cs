using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
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

/// <summary>Computes the gradient of a step over labeled answers, in the weights, and returns its loss.</summary>
public delegate double AnswerStep(LanguageModel model, IReadOnlyList<IReadOnlyList<ScoredAnswer>> microBatches);

/// <summary>A step over labeled answers in micro-batches of unequal size. The model has moved from its reference.</summary>
/// <param name="Pairs">The model and pairs; their sides are the answers.</param>
/// <param name="Objective">The objective.</param>
/// <param name="Rows">Answers of each micro-batch.</param>
public sealed record AnswerStepCase(PreferencePairCase Pairs, KtoObjective Objective, params IReadOnlyList<int> Rows)
{
    /// <summary>The objective of the run with the sizes of its model, if it trains with KTO, with a β of at most 2.</summary>
    internal static IReadOnlyList<AnswerStepCase> FromPlan(Conditions at) => at.Plan.Preference is not { Objective: KtoPlan kto }
        ? []
        :
        [
            .. PreferencePairCase.FromPlan(at).Select(pairs => new AnswerStepCase(
                pairs, new(Math.Min(2, kto.Beta), kto.DesirableWeight, kto.UndesirableWeight), 2, 4)),
        ];

    /// <inheritdoc/>
    public override string ToString() => $"{Objective} in {string.Join(" + ", Rows)}; {Pairs}";

    /// <summary>The answers: both sides of each pair, and to each prompt the answer two places further.</summary>
    internal IReadOnlyList<IReadOnlyList<ScoredAnswer>> MicroBatches(Conditions at, ParameterTable weights)
    {
        TokenizedExample[] sides = [.. Pairs.Pairs(at).SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        ScoredAnswer[] all =
        [
            .. sides.Select((answer, i) =>
            {
                var offsets = at.Normal(80 + i, 3, 2).Doubles();
                var mismatched = MismatchedAnswers.Join(answer, sides[(i + 2) % sides.Length], Pairs.Model.Config.MaxSeqLen);
                // The ratios of mismatched answers have a positive mean and unequal values.
                return new ScoredAnswer(
                    new(answer, mismatched, IsDesirable: i % 2 == 0),
                    Pairs.Oracle(weights, answer).LogProbability + offsets[0],
                    Pairs.Oracle(weights, mismatched).LogProbability - 2 - i % 3 + 0.1 * offsets[1]);
            }),
        ];
        var first = 0;
        return [.. Rows.Select(rows => (IReadOnlyList<ScoredAnswer>)[.. all.Skip((first += rows) - rows).Take(rows)])];
    }
}

/// <summary>The gradient of a step of KTO: KTO-03.</summary>
public static class KtoStepSpec
{
    public static readonly Requirement<AnswerStepCase, AnswerStep> KTO_03_Gradient = new()
    {
        Id = "KTO-03",
        Statement = "Micro-batches with unequal numbers of answers give the gradient of the float64 oracle for every weight, and "
            + "its loss, with one reference point for the whole step that carries no gradient.",
        Source = "Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1; BUG-ACC-01, BUG-DPO-04; probe P-ORACLE; TOL-MODEL, "
            + "TOL-ANSWER",
        CanonicalCases =
        [
            new(PreferencePairCase.Usual[0], new(Beta: 0.2, DesirableWeight: 1, UndesirableWeight: 1.5), 2, 4),
            new(PreferencePairCase.Usual[1], new(Beta: 0.4, DesirableWeight: 1.2, UndesirableWeight: 0.7), 1, 2, 1),
        ],
        PlanCases = AnswerStepCase.FromPlan,
        Subject = (c, _) => (model, batches) => Real(c.Objective, model, batches),
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
            ["the reference point carries a gradient"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (_, all) => ReferencePoint(model, all)),
            ["a reference point for each answer"] = (c, _) => (model, batches) =>
                Each(c, model, batches, (answer, _) => ReferencePoint(model, [answer]).detach()),
            ["a reference point for each micro-batch"] = (c, _) => (model, batches) => Each(
                c, model, batches, (answer, _) => ReferencePoint(model, batches.First(batch => batch.Contains(answer))).detach()),
            ["the reference point of the answers themselves"] = (c, _) => (model, batches) => Each(
                c, model, batches, (_, all) => all
                    .Select(answer => PreferenceStepSpec.Sum(model, answer.Labeled.Answer) - answer.Reference)
                    .Aggregate((a, b) => a + b).div(all.Count).clamp(min: 0).detach()),
            ["no reference point"] = (c, _) => (model, batches) => Each(c, model, batches, (_, _) => tensor(0.0)),
            ["the mean of the means"] = (c, _) => (model, batches) => Each(
                c, model, batches, Constant(model), (batch, _) => 1.0 / (batch.Count * batches.Count)),
            ["the sum"] = (c, _) => (model, batches) => Each(c, model, batches, Constant(model), (_, _) => 1),
            ["the last micro-batch is dropped"] = (c, _) => (model, batches) => Each(
                c, model, batches, Constant(model), (batch, all) => batch == batches[^1] ? 0 : 1.0 / all.Count),
            ["labels swapped"] = (c, _) => (model, batches) => Real(c.Objective, model, Change(batches, answer => answer with
            {
                Labeled = answer.Labeled with { IsDesirable = !answer.Labeled.IsDesirable },
            })),
            ["weights swapped"] = (c, _) => (model, batches) => Real(
                new(c.Objective.Beta, c.Objective.UndesirableWeight, c.Objective.DesirableWeight), model, batches),
            ["the trained model is its own reference"] = (c, _) => (model, batches) =>
                Real(c.Objective, model, Change(batches, answer => answer with
                {
                    Reference = Measure(model, answer.Labeled.Answer),
                    ReferenceMismatched = Measure(model, answer.Labeled.Mismatched),
                })),
            ["the final norm has no gradient"] = (c, _) => (model, batches) =>
            {
                var loss = Real(c.Objective, model, batches);
                using var grad = no_grad();
                model.Parameters["norm.weight"].grad = zeros_like(model.Parameters["norm.weight"]);
                return loss;
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [KTO_03_Gradient];

    private static double Real(
        KtoObjective objective, LanguageModel model, IReadOnlyList<IReadOnlyList<ScoredAnswer>> batches)
    {
        ScoredAnswer[] all = [.. batches.SelectMany(batch => batch)];
        var point = KtoBatch.MeasureReferencePoint(model, all, batchSize: 2);
        return GradientAccumulation.Compute(
            model, batches.Select(batch => new KtoBatch(batch, objective, point, model.Device)), all.Length, training: false);
    }

    // Runs the oracle on each answer alone and combines the gradients by the chain rule.
    private static ExpectedStep Expected(AnswerStepCase c, Conditions at, ParameterTable weights, ScoredAnswer[] answers)
    {
        var oracle = new TransformerOracle(c.Pairs.Model.Sizes, weights.Doubles());
        var mismatched = answers.Select(answer => c.Pairs.Oracle(weights, answer.Labeled.Mismatched)).ToArray();
        var point = PreferenceOracle.KtoReferencePoint(
            mismatched.Zip(answers, (found, answer) => (found.LogProbability, answer.ReferenceMismatched)));
        var pointError = mismatched.Zip(answers, (found, answer) =>
            c.Pairs.Allowed(at, answer.Labeled.Mismatched, found.Largest)).Average();
        var step = new ExpectedStep();
        foreach (var answer in answers)
        {
            var tokens = answer.Labeled.Answer;
            var result = oracle.Run(
                [.. tokens.Ids.SkipLast(1).Select(id => (long)id)], PreferencePairCase.Targets(tokens), batch: 1, count: 1);
            var cost = PreferenceOracle.Kto(
                -result.Loss, answer.Reference, point, answer.Labeled.IsDesirable, c.Objective.Beta, c.Objective.DesirableWeight,
                c.Objective.UndesirableWeight);
            var slope = -cost.Slope / answers.Length;
            step.Loss += cost.Loss / answers.Length;
            step.AllowedLoss += Math.Abs(slope) * (c.Pairs.Allowed(at, tokens, result.Logits.Max(Math.Abs)) + pointError);
            step.Add(result.Gradients, slope);
        }
        return step;
    }

    // The same with plain operators, each answer alone, with an option for every error.
    private static double Each(
        AnswerStepCase c, LanguageModel model, IReadOnlyList<IReadOnlyList<ScoredAnswer>> batches,
        Func<ScoredAnswer, IReadOnlyList<ScoredAnswer>, Tensor> point,
        Func<IReadOnlyList<ScoredAnswer>, IReadOnlyList<ScoredAnswer>, double>? factor = null)
    {
        model.Parameters.ClearGradients();
        ScoredAnswer[] all = [.. batches.SelectMany(batch => batch)];
        var sum = 0.0;
        foreach (var batch in batches)
            foreach (var answer in batch)
            {
                using var scope = NewDisposeScope();
                var ratio = PreferenceStepSpec.Sum(model, answer.Labeled.Answer) - answer.Reference;
                var distance = (ratio - point(answer, all)) * c.Objective.Beta;
                var loss = answer.Labeled.IsDesirable
                    ? (1 - distance.sigmoid()) * c.Objective.DesirableWeight
                    : (1 - (-distance).sigmoid()) * c.Objective.UndesirableWeight;
                var cost = loss * (factor?.Invoke(batch, all) ?? 1.0 / all.Length);
                cost.backward();
                sum += cost.ToDouble();
            }
        return sum;
    }

    private static Func<ScoredAnswer, IReadOnlyList<ScoredAnswer>, Tensor> Constant(LanguageModel model) =>
        (_, all) => ReferencePoint(model, all).detach();

    private static Tensor ReferencePoint(LanguageModel model, IReadOnlyList<ScoredAnswer> answers) => answers
        .Select(answer => PreferenceStepSpec.Sum(model, answer.Labeled.Mismatched) - answer.ReferenceMismatched)
        .Aggregate((a, b) => a + b).div(answers.Count).clamp(min: 0);

    private static double Measure(LanguageModel model, TokenizedExample answer)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return PreferenceStepSpec.Sum(model, answer).ToDouble();
    }

    private static IReadOnlyList<IReadOnlyList<ScoredAnswer>> Change(
        IReadOnlyList<IReadOnlyList<ScoredAnswer>> batches, Func<ScoredAnswer, ScoredAnswer> change) =>
        [.. batches.Select(batch => (IReadOnlyList<ScoredAnswer>)[.. batch.Select(change)])];
}
