using TorchSharp;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Reinforcement;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the loss of each token of an answer.</summary>
public delegate Tensor TokenObjective(Tensor logProbabilities, Tensor old, Tensor reference, double advantage);

/// <summary>Estimates the divergence at each token, and finds the clipped ones.</summary>
public delegate (Tensor Divergence, Tensor Clipped) MeasureTokens(
    Tensor logProbabilities, Tensor old, Tensor reference, double advantage);

/// <summary>Tokens of one answer: ratios to the sampling weights and to the reference.</summary>
/// <param name="Advantage">Size of the advantage of the answer, which is judged with both signs.</param>
/// <param name="Objective">ε and β.</param>
/// <param name="Tokens">Log-probability of each token, its change since the sampling, and its change since the reference.</param>
public sealed record GrpoTokenCase(
    double Advantage, GrpoObjective Objective, params IReadOnlyList<(double LogProbability, double Change, double Drift)> Tokens)
{
    // Ratios inside the borders, and beyond each of them, at any ε up to 0.4.
    internal static IReadOnlyList<GrpoTokenCase> Usual { get; } =
    [
        new(1.3, new(Clip: 0.2, Kl: 0.05), (-2.1, 0.05, 0.4), (-0.7, 0.31, -0.9), (-3.2, -0.52, 1.1), (-1.4, -0.08, -0.2)),
        new(0.8, new(Clip: 0.3, Kl: 0.2), (-1.9, 0.11, -1.2), (-0.4, 0.62, 0.3), (-2.7, -0.7, 0.8), (-5.1, -0.2, -0.05)),
        new(0.45, new(Clip: 0.1, Kl: 0.7), (-4.4, 0.6, 0.15), (-0.2, -0.35, -2.1), (-1.1, 0.02, 0.6)),
    ];

    internal GrpoTokenLoss[] GetExpected(double advantage) =>
    [
        .. Tokens.Select(token => GrpoOracle.Token(
            token.LogProbability, token.LogProbability - token.Change, token.LogProbability - token.Drift, advantage,
            Objective.Clip, Objective.Kl)),
    ];

    internal Verdict WithBothSigns(Func<double, IEnumerable<Verdict>> judge) =>
        Verdict.All(judge(Advantage).Concat(judge(-Advantage)));

    internal (Tensor LogProbabilities, Tensor Old, Tensor Reference) CreateTensors() => (
        tensor([.. Tokens.Select(token => token.LogProbability)], requires_grad: true),
        tensor([.. Tokens.Select(token => token.LogProbability - token.Change)]),
        tensor([.. Tokens.Select(token => token.LogProbability - token.Drift)]));

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"advantage {Advantage}, {Objective}, {Tokens.Count} tokens");
}

/// <summary>Losses of tokens: GRP-03, GRP-04.</summary>
public static class GrpoObjectiveSpec
{
    // The objective is float64 like the oracle; only the order of a few operations differs.
    private const double Allowed = 1e-12;

    public static readonly Requirement<GrpoTokenCase, TokenObjective> GRP_03_Loss = new()
    {
        Id = "GRP-03",
        Statement = "The loss of a token and its derivative are those of the formula: for both signs of the advantage the ratio "
            + "is clipped only at the border to which the advantage pushes it, and there alone the reward has no gradient.",
        Source = "Shao et al. 2024, arXiv:2402.03300, equations 3, 4 and 21; Schulman et al. 2017, arXiv:1707.06347, equation 7; "
            + "BUG-GRP-03, BUG-GRP-04",
        CanonicalCases = GrpoTokenCase.Usual,
        Subject = (c, _) => c.Objective.ComputeLosses,
        Holds = (objective, c, _) => c.WithBothSigns(advantage =>
        {
            using var scope = NewDisposeScope();
            using var grad = enable_grad();
            var (found, old, reference) = c.CreateTensors();
            var losses = objective(found, old, reference, advantage);
            losses.sum().backward();
            var (values, slopes) = (losses.Doubles(), found.grad?.Doubles() ?? [.. c.Tokens.Select(_ => double.NaN)]);
            return c.GetExpected(advantage).SelectMany((expected, i) => new[]
            {
                Verdict.AtMost(Allowed * Math.Max(1, Math.Abs(expected.Loss)), Math.Abs(values[i] - expected.Loss), "loss, |Δ|"),
                Verdict.AtMost(
                    Allowed * Math.Max(1, Math.Abs(expected.Slope)), Math.Abs(slopes[i] - expected.Slope), "derivative, |Δ|"),
            }).ToArray();
        }),
        Impostors = new()
        {
            ["no clipping"] = (c, _) => (found, old, reference, advantage) =>
                Penalty(c, found, reference) - Ratio(found, old) * advantage,
            ["clipped at both borders"] = (c, _) => (found, old, reference, advantage) =>
                Penalty(c, found, reference) - Clamp(c, Ratio(found, old)) * advantage,
            ["the larger of the two gains"] = (c, _) => (found, old, reference, advantage) => Penalty(c, found, reference)
                - maximum(Ratio(found, old) * advantage, Clamp(c, Ratio(found, old)) * advantage),
            ["clipped before the advantage is known"] = (c, _) => (found, old, reference, advantage) =>
                Penalty(c, found, reference) - minimum(Ratio(found, old), Clamp(c, Ratio(found, old))) * advantage,
            ["the logarithm is clipped"] = (c, _) => (found, old, reference, advantage) =>
            {
                var clipped = (found - old).clamp(-c.Objective.Clip, c.Objective.Clip).exp();
                return Penalty(c, found, reference) - minimum(Ratio(found, old) * advantage, clipped * advantage);
            },
            ["the ratio is inverted"] = (c, _) => (found, old, reference, advantage) =>
                c.Objective.ComputeLosses(found, found * 2 - old, reference, advantage),
            ["the ratio without its exponential"] = (c, _) => (found, old, reference, advantage) =>
                Penalty(c, found, reference) - minimum(
                    (1 + found - old) * advantage, Clamp(c, 1 + found - old) * advantage),
            ["the old log-probability moves along"] = (c, _) => (found, old, reference, advantage) =>
                c.Objective.ComputeLosses(found, old + found - found.detach(), reference, advantage),
            ["the old log-probability is that of now"] = (c, _) => (found, _, reference, advantage) =>
                c.Objective.ComputeLosses(found, found.detach(), reference, advantage),
            ["the sign of the advantage"] = (c, _) => (found, old, reference, advantage) =>
                c.Objective.ComputeLosses(found, old, reference, -advantage),
            ["only good answers are learned"] = (c, _) => (found, old, reference, advantage) =>
                c.Objective.ComputeLosses(found, old, reference, Math.Max(0, advantage)),
            ["no divergence"] = (c, _) => (found, old, reference, advantage) =>
                (c.Objective with { Kl = 0 }).ComputeLosses(found, old, reference, advantage),
            ["the divergence is rewarded"] = (c, _) => WithPenalty(c, (found, reference) => -Estimate(found, reference)),
            ["the divergence has no gradient"] = (c, _) =>
                WithPenalty(c, (found, reference) => Estimate(found.detach(), reference)),
            ["the difference of the logarithms"] = (c, _) => WithPenalty(c, (found, reference) => found - reference),
            ["half the square of the difference"] = (c, _) =>
                WithPenalty(c, (found, reference) => (found - reference).pow(2) / 2),
            ["the divergence the other way around"] = (c, _) => WithPenalty(c, (found, reference) => Estimate(reference, found)),
            ["the reference moves along"] = (c, _) =>
                WithPenalty(c, (found, reference) => Estimate(found, reference + found - found.detach())),
            ["β² instead of β"] = (c, _) => (found, old, reference, advantage) =>
                (c.Objective with { Kl = c.Objective.Kl * c.Objective.Kl }).ComputeLosses(found, old, reference, advantage),
        },
    };

    public static readonly Requirement<GrpoTokenCase, MeasureTokens> GRP_04_Metrics = new()
    {
        Id = "GRP-04",
        Statement = "The reported divergence of a token is never negative and that of the formula, and a token is reported as "
            + "clipped if the reward has no gradient there.",
        Source = "Schulman 2020, \"Approximating KL divergence\"; Shao et al. 2024, equation 4; BUG-GRP-04",
        CanonicalCases = GrpoTokenCase.Usual,
        Subject = (c, _) => (found, old, reference, advantage) => (
            GrpoObjective.EstimateDivergence(found, reference), c.Objective.FindClipped(found, old, advantage)),
        Holds = (measure, c, _) => c.WithBothSigns(advantage =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var (found, old, reference) = c.CreateTensors();
            var (divergence, clipped) = measure(found, old, reference, advantage);
            var (nats, borders) = (divergence.Doubles(), clipped.to(float64).Doubles());
            return c.GetExpected(advantage).SelectMany((expected, i) => new[]
            {
                Verdict.AtMost(Allowed, Math.Abs(nats[i] - expected.Divergence), "divergence, |Δ|"),
                Verdict.Equal(expected.IsClipped, borders[i] == 1, FormattableString.Invariant($"token {i} is clipped")),
            }).ToArray();
        }),
        Impostors = new()
        {
            ["the difference of the logarithms"] = (c, _) => (found, old, reference, advantage) =>
                (found - reference, c.Objective.FindClipped(found, old, advantage)),
            ["half the square"] = (c, _) => (found, old, reference, advantage) =>
                ((found - reference).pow(2) / 2, c.Objective.FindClipped(found, old, advantage)),
            ["the other way around"] = (c, _) => (found, old, reference, advantage) =>
                (Estimate(reference, found), c.Objective.FindClipped(found, old, advantage)),
            ["the divergence from the sampling weights"] = (c, _) => (found, old, _, advantage) =>
                (Estimate(found, old), c.Objective.FindClipped(found, old, advantage)),
            ["every ratio outside the borders counts"] = (c, _) => (found, old, reference, _) =>
                (Estimate(found, reference), (Ratio(found, old) - 1).abs() > c.Objective.Clip),
            ["only ratios above count"] = (c, _) => (found, old, reference, _) =>
                (Estimate(found, reference), Ratio(found, old) > 1 + c.Objective.Clip),
            ["the ratio to the reference counts"] = (c, _) => (found, _, reference, advantage) =>
                (Estimate(found, reference), c.Objective.FindClipped(found, reference, advantage)),
        },
    };

    public static IReadOnlyList<Requirement> All => [GRP_03_Loss, GRP_04_Metrics];

    private static Tensor Ratio(Tensor found, Tensor old) => (found - old).exp();

    private static Tensor Clamp(GrpoTokenCase c, Tensor ratio) => ratio.clamp(1 - c.Objective.Clip, 1 + c.Objective.Clip);

    private static Tensor Estimate(Tensor found, Tensor reference) => GrpoObjective.EstimateDivergence(found, reference);

    private static Tensor Penalty(GrpoTokenCase c, Tensor found, Tensor reference) => Estimate(found, reference) * c.Objective.Kl;

    private static TokenObjective WithPenalty(GrpoTokenCase c, Func<Tensor, Tensor, Tensor> divergence) =>
        (found, old, reference, advantage) =>
            (c.Objective with { Kl = 0 }).ComputeLosses(found, old, reference, advantage)
                + divergence(found, reference) * c.Objective.Kl;
}
