using TorchSharp;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the loss of a preference pair.</summary>
public delegate Tensor PairObjective(AnswerScore chosen, AnswerScore rejected);

/// <summary>Log-probabilities of two answers under the model and under its reference, in nats.</summary>
/// <param name="Chosen">Of the better answer.</param>
/// <param name="Rejected">Of the other.</param>
/// <param name="ChosenReference">Of the better one under the reference.</param>
/// <param name="RejectedReference">Of the other under the reference.</param>
/// <param name="Objective">β and label smoothing.</param>
public sealed record DpoCase(
    double Chosen, double Rejected, double ChosenReference, double RejectedReference, DpoObjective Objective);

/// <summary>Log-probabilities and lengths of two answers.</summary>
/// <param name="Chosen">Of the better answer, in nats.</param>
/// <param name="ChosenTokens">Its tokens.</param>
/// <param name="Rejected">Of the other.</param>
/// <param name="RejectedTokens">Its tokens.</param>
/// <param name="Objective">λ.</param>
public sealed record OrpoCase(double Chosen, int ChosenTokens, double Rejected, int RejectedTokens, OrpoObjective Objective);

/// <summary>Losses of a preference pair: DPO-03, DPO-06, DPO-11, DPO-12.</summary>
public static class ObjectiveSpec
{
    // The objective is float64 like the oracle; only the order of a few operations differs.
    private const double Allowed = 1e-12;

    private const int ChosenTokens = 7, RejectedTokens = 3;

    public static readonly Requirement<DpoCase, PairObjective> DPO_03_Dpo = new()
    {
        Id = "DPO-03",
        Statement = "The loss of direct preference optimization, and its derivatives by both log-probabilities, equal the "
            + "formula on sums.",
        Source = "Rafailov et al. 2023, arXiv:2305.18290, equation 7; BUG-DPO-03 (ms-swift PR #9925, PR #10072), BUG-DPO-04",
        CanonicalCases =
        [
            new(-41.3, -17.9, -44.1, -16.2, new(Beta: 0.3, LabelSmoothing: 0.1)),
            new(-12.7, -30.2, -8.4, -27.5, new(Beta: 0.07, LabelSmoothing: 0.25)),
            new(-90.1, -88.8, -60.3, -70.9, new(Beta: 0.5, LabelSmoothing: 0.02)),
        ],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsDpo,
        Impostors = new()
        {
            ["no reference"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(chosen with { ReferenceLogProbability = 0 }, rejected with { ReferenceLogProbability = 0 }),
            ["the reference of one side"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(chosen, rejected with { ReferenceLogProbability = 0 }),
            ["references swapped"] = (c, _) =>
                (chosen, rejected) =>
                    c.Objective.Loss(
                        chosen with
                        {
                            ReferenceLogProbability = rejected.ReferenceLogProbability,
                        },
                        rejected with
                        {
                            ReferenceLogProbability = chosen.ReferenceLogProbability,
                        }),
            ["answers swapped"] = (c, _) => (chosen, rejected) => c.Objective.Loss(rejected, chosen),
            ["means instead of sums"] = (c, _) => (chosen, rejected) => c.Objective.Loss(Mean(chosen), Mean(rejected)),
            ["no β"] = (c, _) => (c.Objective with { Beta = 1 }).Loss,
            ["β applied twice"] = (c, _) => (c.Objective with { Beta = c.Objective.Beta * c.Objective.Beta }).Loss,
            ["no label smoothing"] = (c, _) => (c.Objective with { LabelSmoothing = 0 }).Loss,
            ["label smoothing reversed"] = (c, _) => (c.Objective with { LabelSmoothing = 1 - c.Objective.LabelSmoothing }).Loss,
            ["label smoothing on both sides"] = (c, _) =>
                (chosen, rejected) =>
                    c.Objective.Loss(chosen, rejected)
                    - nn.functional.logsigmoid(-Margin(c.Objective, chosen, rejected)) * c.Objective.LabelSmoothing,
            ["σ instead of its logarithm"] = (c, _) => (chosen, rejected) => -Margin(c.Objective, chosen, rejected).sigmoid(),
            ["a hinge"] = (c, _) => (chosen, rejected) => (1 - Margin(c.Objective, chosen, rejected)).clamp(min: 0),
            ["the rejected answer carries no gradient"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(chosen, rejected with { LogProbability = rejected.LogProbability.detach() }),
        },
    };

    public static readonly Requirement<DpoCase, PairObjective> DPO_06_FarBehind = new()
    {
        Id = "DPO-06",
        Statement = "A chosen answer that is thousands of nats less likely has a finite loss with finite derivatives, equal to "
            + "the formula.",
        Source = "BUG-NUM-10: a logarithm of σ written out is infinite late in training",
        CanonicalCases =
        [
            new(-11_000, -20, -30, -40, new(Beta: 1)), new(-9_000, -10, -400, -60, new(Beta: 0.1, LabelSmoothing: 0.05)),
        ],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsDpo,
        Impostors = new()
        {
            ["the logarithm of σ"] = (c, _) => (chosen, rejected) => -Margin(c.Objective, chosen, rejected).sigmoid().log(),
            ["the logarithm of one and an exponential"] = (c, _) => (chosen, rejected) =>
                (Margin(c.Objective, chosen, rejected).neg().exp() + 1).log(),
            ["the logarithm of σ plus a constant"] = (c, _) => (chosen, rejected) =>
                -(Margin(c.Objective, chosen, rejected).sigmoid() + 1e-9).log(),
            ["margins capped at 100"] = (c, _) => (chosen, rejected) =>
                -nn.functional.logsigmoid(Margin(c.Objective, chosen, rejected).clamp(-100, 100)),
        },
    };

    public static readonly Requirement<OrpoCase, PairObjective> DPO_11_Orpo = new()
    {
        Id = "DPO-11",
        Statement = "The loss of odds-ratio preference optimization, and its derivatives by both log-probabilities, equal the "
            + "formula on means.",
        Source = "Hong et al. 2024, arXiv:2403.07691, equations 3 to 7; BUG-DPO-03",
        CanonicalCases =
        [
            new(-9.1, 7, -6.2, 3, new(Lambda: 0.3)), new(-3.4, 12, -20.5, 5, new(Lambda: 0.1)),
            new(-0.6, 4, -0.2, 9, new(Lambda: 0.8)),
        ],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsOrpo,
        Impostors = new()
        {
            ["sums instead of means"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(chosen with { TokenCount = 1 }, rejected with { TokenCount = 1 }),
            ["probabilities instead of odds"] = (c, _) => (chosen, rejected) =>
                -MeanOf(chosen) - nn.functional.logsigmoid(MeanOf(chosen) - MeanOf(rejected)) * c.Objective.Lambda,
            ["only the odds-ratio term"] = (c, _) => (chosen, rejected) => c.Objective.Loss(chosen, rejected) + MeanOf(chosen),
            ["both answers are learned"] = (c, _) => (chosen, rejected) => c.Objective.Loss(chosen, rejected) - MeanOf(rejected),
            ["λ on the likelihood term"] = (c, _) => (chosen, rejected) =>
                (c.Objective.Loss(chosen, rejected) + MeanOf(chosen)) / c.Objective.Lambda - MeanOf(chosen) * c.Objective.Lambda,
            ["answers swapped in the odds ratio"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(rejected, chosen) + MeanOf(rejected) - MeanOf(chosen),
            ["the odds carry no gradient"] = (c, _) => (chosen, rejected) =>
                (c.Objective.Loss(chosen, rejected) + MeanOf(chosen)).detach() - MeanOf(chosen),
        },
    };

    public static readonly Requirement<OrpoCase, PairObjective> DPO_12_Certain = new()
    {
        Id = "DPO-12",
        Statement = "Answers with a probability near 1 or 0 have a finite loss with finite derivatives, equal to the formula.",
        Source = "BUG-NUM-10: one minus the probability of an answer known by heart is 0, its logarithm infinite",
        CanonicalCases = [new(-50_000, 5, -3e-9, 3, new(Lambda: 0.3)), new(-8e-10, 2, -5e-9, 5, new(Lambda: 0.1))],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsOrpo,
        Impostors = new()
        {
            ["one minus the probability"] = (c, _) => WithOdds(c, mean => mean - (1 - mean.exp()).log()),
            ["one minus the probability in float32"] = (c, _) =>
                WithOdds(c, mean => mean - (1 - mean.to(float32).exp()).log().to(float64)),
            ["odds capped at a million"] = (c, _) => WithOdds(c, mean => mean - (-mean.clamp(max: -1e-6).expm1()).log()),
            ["one minus the probability plus a constant"] = (c, _) => WithOdds(c, mean => mean - (1e-8 - mean.expm1()).log()),
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_03_Dpo, DPO_06_FarBehind, DPO_11_Orpo, DPO_12_Certain];

    private static Verdict EqualsDpo(PairObjective objective, DpoCase c, Conditions at) => EqualsFormula(
        objective, c.Chosen, ChosenTokens, c.ChosenReference, c.Rejected, RejectedTokens, c.RejectedReference,
        PreferenceOracle.Dpo(
            c.Chosen, c.Rejected, c.ChosenReference, c.RejectedReference, c.Objective.Beta, c.Objective.LabelSmoothing));

    private static Verdict EqualsOrpo(PairObjective objective, OrpoCase c, Conditions at) => EqualsFormula(
        objective, c.Chosen, c.ChosenTokens, 0, c.Rejected, c.RejectedTokens, 0,
        PreferenceOracle.Orpo(c.Chosen, c.ChosenTokens, c.Rejected, c.RejectedTokens, c.Objective.Lambda));

    private static Verdict EqualsFormula(
        PairObjective objective,
        double chosen, int chosenTokens, double chosenReference, double rejected, int rejectedTokens, double rejectedReference,
        PreferenceLoss expected)
    {
        var (c, r) = (tensor(chosen, float64).requires_grad_(), tensor(rejected, float64).requires_grad_());
        var loss = objective(new(c, chosenTokens, chosenReference), new(r, rejectedTokens, rejectedReference));
        loss.backward();
        using var byChosen = c.grad;
        using var byRejected = r.grad;
        return Verdict.All(
            CheckEqual(expected.Loss, loss.ToDouble(), "loss"),
            CheckEqual(expected.ByChosen, byChosen?.ToDouble() ?? 0, "derivative by the chosen answer"),
            CheckEqual(expected.ByRejected, byRejected?.ToDouble() ?? 0, "derivative by the rejected answer"));
    }

    // NaN and infinities never hold.
    private static Verdict CheckEqual(double expected, double actual, string what) =>
        Verdict.AtMost(Allowed * Math.Max(1, Math.Abs(expected)), Math.Abs(actual - expected), $"{what}, |Δ|");

    private static Tensor Margin(DpoObjective objective, AnswerScore chosen, AnswerScore rejected) =>
        objective.Reward(chosen) - objective.Reward(rejected);

    private static Tensor MeanOf(AnswerScore answer) => answer.LogProbability / answer.TokenCount;

    private static AnswerScore Mean(AnswerScore answer) =>
        answer with
        {
            LogProbability = MeanOf(answer),
            ReferenceLogProbability = answer.ReferenceLogProbability / answer.TokenCount,
        };

    private static PairObjective WithOdds(OrpoCase c, Func<Tensor, Tensor> odds) => (chosen, rejected) =>
        -MeanOf(chosen) - nn.functional.logsigmoid(odds(MeanOf(chosen)) - odds(MeanOf(rejected))) * c.Objective.Lambda;
}
