using TorchSharp;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the loss of a labeled answer.</summary>
public delegate Tensor AnswerObjective(AnswerScore answer, bool isDesirable, double referencePoint);

/// <summary>Computes the reference point of log-ratios.</summary>
public delegate double ComputeReferencePoint(IReadOnlyCollection<double> logRatios);

/// <summary>An answer, which is judged once as desirable and once as undesirable.</summary>
/// <param name="Answer">Its log-probability, in nats.</param>
/// <param name="Reference">The same under the reference.</param>
/// <param name="ReferencePoint">z₀.</param>
/// <param name="Objective">β and weights.</param>
public sealed record KtoCase(double Answer, double Reference, double ReferencePoint, KtoObjective Objective);

/// <summary>Log-ratios of the mismatched answers of some steps, with positive and negative means.</summary>
/// <param name="Steps">The log-ratios of each step.</param>
public sealed record ReferencePointCase(params IReadOnlyList<double[]> Steps)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(" | ", Steps.Select(step => string.Join(" ", step.Select(ratio => FormattableString.Invariant($"{ratio}")))));
}

/// <summary>Loss and reference point of KTO: KTO-01, KTO-02.</summary>
public static class KtoObjectiveSpec
{
    // The objective is float64 like the oracle; only the order of a few operations differs.
    private const double Allowed = 1e-12;

    private const int Tokens = 7;

    public static readonly Requirement<KtoCase, AnswerObjective> KTO_01_Loss = new()
    {
        Id = "KTO-01",
        Statement = "The loss of a desirable and of an undesirable answer, and its derivative by the log-probability, equal the "
            + "formula of Kahneman-Tversky optimization on sums.",
        Source = "Ethayarajh et al. 2024, arXiv:2402.01306, equations 7 and 8; BUG-DPO-03",
        CanonicalCases =
        [
            new(-41.3, -44.1, 1.7, new(Beta: 0.3, DesirableWeight: 1, UndesirableWeight: 1.4)),
            new(-12.7, -8.4, 0.6, new(Beta: 0.07, DesirableWeight: 1.33, UndesirableWeight: 0.8)),
            new(-90.1, -88.3, 5.2, new(Beta: 0.5, DesirableWeight: 0.7, UndesirableWeight: 1)),
        ],
        Subject = (c, _) => c.Objective.Loss,
        Holds = (objective, c, _) => Verdict.All(Judge(objective, c, true), Judge(objective, c, false)),
        Impostors = new()
        {
            ["no reference model"] = (c, _) => (answer, isDesirable, point) =>
                c.Objective.Loss(answer with { ReferenceLogProbability = 0 }, isDesirable, point),
            ["no reference point"] = (c, _) => (answer, isDesirable, _) => c.Objective.Loss(answer, isDesirable, 0),
            ["the reference point is not multiplied by β"] = (c, _) => (answer, isDesirable, point) =>
                c.Objective.Loss(answer, isDesirable, point / c.Objective.Beta),
            ["the reference point is added"] = (c, _) => (answer, isDesirable, point) =>
                c.Objective.Loss(answer, isDesirable, -point),
            ["the sign of undesirable answers is flipped"] = (c, _) => (answer, isDesirable, point) => isDesirable
                ? c.Objective.Loss(answer, true, point)
                : c.Objective.Loss(answer, true, point) / c.Objective.DesirableWeight * c.Objective.UndesirableWeight,
            ["labels swapped"] = (c, _) => (answer, isDesirable, point) => c.Objective.Loss(answer, !isDesirable, point),
            ["weights swapped"] = (c, _) => new KtoObjective(
                c.Objective.Beta, c.Objective.UndesirableWeight, c.Objective.DesirableWeight).Loss,
            ["no weights"] = (c, _) => new KtoObjective(c.Objective.Beta).Loss,
            ["means instead of sums"] = (c, _) => (answer, isDesirable, point) => c.Objective.Loss(
                answer with
                {
                    LogProbability = answer.LogProbability / answer.TokenCount,
                    ReferenceLogProbability = answer.ReferenceLogProbability / answer.TokenCount,
                },
                isDesirable, point),
            ["no β"] = (c, _) => (c.Objective with { Beta = 1 }).Loss,
            ["the logarithm of σ"] = (c, _) => (answer, isDesirable, point) =>
                (Weight(c, isDesirable) - c.Objective.Loss(answer, isDesirable, point)).log()
                * -Weight(c, isDesirable),
            ["undesirable answers carry no gradient"] = (c, _) => (answer, isDesirable, point) => c.Objective.Loss(
                isDesirable
                    ? answer
                    : answer with { LogProbability = answer.LogProbability.detach() + answer.LogProbability * 0 },
                isDesirable, point),
        },
    };

    public static readonly Requirement<ReferencePointCase, ComputeReferencePoint> KTO_02_ReferencePoint = new()
    {
        Id = "KTO-02",
        Statement = "The reference point of KTO is the mean log-ratio of the mismatched answers, and 0 if that is negative.",
        Source = "Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1; a divergence is not negative",
        CanonicalCases =
        [
            new([0.7, -1.9, 3.1, 0.4], [-2.3, 1.1, -0.8]), new([5.5, -0.25], [-0.1, -3.2, 2.9, -7.7], [0.3, 0.9, -0.6]),
        ],
        Subject = (_, _) => KtoObjective.GetReferencePoint,
        Holds = (compute, c, _) => Verdict.All(c.Steps.Select(step => CheckEqual(
            PreferenceOracle.KtoReferencePoint(step.Select(ratio => (ratio, 0.0))), compute(step), "reference point"))),
        Impostors = new()
        {
            ["it may be negative"] = (_, _) => ratios => ratios.Average(),
            ["each ratio is at least 0"] = (_, _) => ratios => ratios.Average(ratio => Math.Max(0, ratio)),
            ["the sum"] = (_, _) => ratios => Math.Max(0, ratios.Sum()),
            ["without signs"] = (_, _) => ratios => Math.Abs(ratios.Average()),
            ["the reference has moved from the model"] = (_, _) => ratios => Math.Max(0, -ratios.Average()),
            ["the first ratio"] = (_, _) => ratios => Math.Max(0, ratios.First()),
        },
    };

    public static IReadOnlyList<Requirement> All => [KTO_01_Loss, KTO_02_ReferencePoint];

    private static Verdict Judge(AnswerObjective objective, KtoCase c, bool isDesirable)
    {
        var (loss, slope) = PreferenceOracle.Kto(
            c.Answer, c.Reference, c.ReferencePoint, isDesirable, c.Objective.Beta, c.Objective.DesirableWeight,
            c.Objective.UndesirableWeight);
        var answer = tensor(c.Answer, float64).requires_grad_();
        var found = objective(new(answer, Tokens, c.Reference), isDesirable, c.ReferencePoint);
        found.backward();
        using var gradient = answer.grad;
        var what = isDesirable ? "desirable" : "undesirable";
        return Verdict.All(
            CheckEqual(loss, found.ToDouble(), $"loss of the {what} answer"),
            CheckEqual(slope, gradient?.ToDouble() ?? 0, $"derivative of the {what} answer"));
    }

    private static double Weight(KtoCase c, bool isDesirable) =>
        isDesirable ? c.Objective.DesirableWeight : c.Objective.UndesirableWeight;

    private static Verdict CheckEqual(double expected, double actual, string what) =>
        Verdict.AtMost(Allowed * Math.Max(1, Math.Abs(expected)), Math.Abs(actual - expected), $"{what}, |Δ|");
}
