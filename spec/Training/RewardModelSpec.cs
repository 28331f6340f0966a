using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Inference.Rewards;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the rewards of answers: chosen and rejected of each pair.</summary>
public delegate IReadOnlyList<double> ScoreAnswers(LanguageModel model, IReadOnlyList<PreferencePair> pairs);

/// <summary>Computes the loss of a pair from its rewards.</summary>
public delegate Tensor RewardLoss(Tensor chosen, Tensor rejected);

/// <summary>Computes the calibration from the margins of pairs.</summary>
public delegate PairCalibration Calibrate(IReadOnlyList<double> margins);

/// <summary>Answers to score.</summary>
/// <param name="Pairs">The model and pairs.</param>
/// <param name="Alone">True to score each answer alone, as when a model is used; false for a batch of training.</param>
public sealed record RewardModelCase(PreferencePairCase Pairs, bool Alone)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Pairs}{(Alone ? ", each answer alone" : "")}";

    /// <summary>The weights of the model with a head.</summary>
    internal static ParameterTable Weights(PreferencePairCase pairs, Conditions at)
    {
        using var weights = ModelCase.Weights(pairs.Model.Config, at);
        return RewardHead.AddTo(weights, at.Seed);
    }

    /// <summary>The ids of an answer.</summary>
    internal static long[] Ids(TokenizedExample answer) => [.. answer.Ids.Select(id => (long)id)];
}

/// <summary>Rewards of two answers.</summary>
/// <param name="Chosen">Reward of the better answer.</param>
/// <param name="Rejected">Reward of the other.</param>
/// <param name="Objective">Centering.</param>
public sealed record RewardPairCase(double Chosen, double Rejected, RewardObjective Objective);

/// <summary>Margins of pairs.</summary>
/// <param name="Margins">Reward of the chosen answer minus that of the rejected one.</param>
public sealed record CalibrationCase(params IReadOnlyList<double> Margins)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(" ", Margins.Select(margin => FormattableString.Invariant($"{margin}")));
}

/// <summary>Scores, loss and calibration of a reward model: RWM-01, RWM-02, RWM-05, RWM-06.</summary>
public static class RewardModelSpec
{
    // The objective is float64 like the oracle; only the order of a few operations differs.
    private const double Allowed = 1e-12;

    public static readonly Requirement<RewardModelCase, ScoreAnswers> RWM_01_LastToken = new()
    {
        Id = "RWM-01",
        Statement = "The reward of an answer is the oracle's at its last token, the end of its turn, regardless of padding and "
            + "of what else is in the batch.",
        Source = "Ouyang et al. 2022, arXiv:2203.02155, section 3.5; probe P-PAD; TOL-REWARD",
        CanonicalCases =
        [
            new(PreferencePairCase.Usual[0], Alone: false), new(PreferencePairCase.WithDropout[1], Alone: false),
            new(PreferencePairCase.Usual[1], Alone: true),
        ],
        PlanCases = at => [.. PreferencePairCase.FromPlan(at).Select(pairs => new RewardModelCase(pairs, Alone: false))],
        Subject = (c, at) => c.Alone
            ? (model, pairs) =>
            {
                var rewards = new RewardModel(model, new ChatTemplate(at.Tokenizer));
                return
                [
                    .. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })
                        .Select(answer => rewards.Score([.. answer.Ids.Select(id => (int)id)])),
                ];
            }
            : Real,
        Holds = (score, c, at) =>
        {
            using var weights = RewardModelCase.Weights(c.Pairs, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var pairs = c.Pairs.Pairs(at);
            var found = score(model, pairs);
            var oracle = new TransformerOracle(c.Pairs.Model.Sizes, weights.Doubles());
            return Verdict.All(pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected }).Select((answer, i) =>
            {
                var (reward, _, scale) = oracle.RunReward(RewardModelCase.Ids(answer), answer.Ids.Count - 1);
                return Verdict.AtMost(
                    c.Pairs.Model.Allowed(at) * scale, Math.Abs(found[i] - reward), $"reward of answer {i}, |Δ|");
            }));
        },
        Impostors = new()
        {
            ["at the end of the padding"] = (_, _) => At((_, length) => length - 1),
            ["before the end of turn"] = (_, _) => At((answer, _) => Math.Max(0, answer.Ids.Count - 2)),
            ["at the first token of the answer"] = (_, _) => At((answer, _) =>
                answer.SupervisedCount == 1 ? answer.Ids.Count - 2 : answer.LossMask.Index().First(token => token.Item).Index),
            ["at the end of the prompt"] = (_, _) => At((answer, _) => answer.Ids.Count - 1 - answer.SupervisedCount),
            ["the mean over all tokens"] = (_, _) => (model, pairs) =>
                ReadAll(model, pairs, (values, answer) => values.Take(answer.Ids.Count).Average()),
            ["answers swapped"] = (_, _) => (model, pairs) =>
                [.. Real(model, pairs).Chunk(2).SelectMany(pair => new[] { pair[1], pair[0] })],
            ["relative to the mean of the batch"] = (_, _) => (model, pairs) =>
                Real(model, pairs) is var all ? [.. all.Select(reward => reward - all.Average())] : [],
            ["padded on the left"] = (_, _) => (model, pairs) =>
            {
                var length = pairs.Max(pair => Math.Max(pair.Chosen.Ids.Count, pair.Rejected.Ids.Count)) + 1;
                return
                [
                    .. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected }).Select(answer => Rewards(
                        model,
                        [
                            .. Enumerable.Repeat((long)SpecialTokens.Pad, length - answer.Ids.Count),
                            .. RewardModelCase.Ids(answer),
                        ])[^1]),
                ];
            },
        },
    };

    public static readonly Requirement<RewardPairCase, RewardLoss> RWM_02_Loss = new()
    {
        Id = "RWM-02",
        Statement = "The loss of a reward model, and its derivatives by both rewards, equal the formula of Bradley and Terry.",
        Source = "Ouyang et al. 2022, arXiv:2203.02155, equation 1; Eisenstein et al. 2023, arXiv:2312.09244, section 3.1",
        CanonicalCases =
        [
            new(1.3, -0.4, new(Centering: 0.01)), new(-2.1, 0.9, new(Centering: 0.3)), new(0.35, 0.2, new(Centering: 0.05)),
        ],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsFormula,
        Impostors = new()
        {
            ["answers swapped"] = (c, _) => (chosen, rejected) => c.Objective.Loss(rejected, chosen),
            ["σ instead of its logarithm"] = (c, _) => (chosen, rejected) =>
                -(chosen - rejected).sigmoid() + Centered(c, chosen + rejected),
            ["a hinge"] = (c, _) => (chosen, rejected) =>
                (1 - (chosen - rejected)).clamp(min: 0) + Centered(c, chosen + rejected),
            ["each reward by itself"] = (c, _) => (chosen, rejected) =>
                -nn.functional.logsigmoid(chosen) - nn.functional.logsigmoid(-rejected) + Centered(c, chosen + rejected),
            ["no centering"] = (_, _) => new RewardObjective().Loss,
            ["the margin is centered"] = (c, _) => (chosen, rejected) =>
                -nn.functional.logsigmoid(chosen - rejected) + Centered(c, chosen - rejected),
            ["the rejected answer carries no gradient"] = (c, _) => (chosen, rejected) =>
                c.Objective.Loss(chosen, rejected.detach()),
            ["a factor of β"] = (c, _) => (chosen, rejected) =>
                -nn.functional.logsigmoid((chosen - rejected) * 0.1) + Centered(c, chosen + rejected),
        },
    };

    public static readonly Requirement<RewardPairCase, RewardLoss> RWM_06_FarBehind = new()
    {
        Id = "RWM-06",
        Statement = "A chosen answer with a far lower reward has a finite loss with finite derivatives, equal to the formula.",
        Source = "BUG-NUM-10: a logarithm of σ written out is infinite late in training",
        CanonicalCases = [new(-900, 20, new()), new(-12_000, -10, new(Centering: 1e-6))],
        Subject = (c, _) => c.Objective.Loss,
        Holds = EqualsFormula,
        Impostors = new()
        {
            ["the logarithm of σ"] = (c, _) => (chosen, rejected) =>
                -(chosen - rejected).sigmoid().log() + Centered(c, chosen + rejected),
            ["the logarithm of σ plus a constant"] = (c, _) => (chosen, rejected) =>
                -((chosen - rejected).sigmoid() + 1e-9).log() + Centered(c, chosen + rejected),
            ["margins capped at 100"] = (c, _) => (chosen, rejected) =>
                -nn.functional.logsigmoid((chosen - rejected).clamp(-100, 100)) + Centered(c, chosen + rejected),
        },
    };

    public static readonly Requirement<CalibrationCase, Calibrate> RWM_05_Calibration = new()
    {
        Id = "RWM-05",
        Statement = "Pair accuracy and expected calibration error of a reward model equal the oracle's.",
        Source = "Guo et al. 2017, arXiv:1706.04599, equation 3",
        CanonicalCases =
        [
            new(0.1, -0.2, 1.7, 2.4, -0.9, 0.6, 3.3, -2.2, 0.0, 1.1), new(4.1, -3.7, 0.35, 0.45, -0.15, 0.0, 1.2, 1.3, 5.9),
        ],
        Subject = (_, _) => margins => PairCalibration.Compute(margins),
        Holds = (calibrate, c, _) =>
        {
            var (found, expected) = (calibrate(c.Margins), CalibrationOracle.Compute(c.Margins, bins: 5));
            return Verdict.All(
                Verdict.AtMost(Allowed, Math.Abs(found.Accuracy - expected.Accuracy), "accuracy, |Δ|"),
                Verdict.AtMost(Allowed, Math.Abs(found.ExpectedError - expected.Error), "expected calibration error, |Δ|"),
                Verdict.Equal(c.Margins.Count, found.Bins.Sum(bin => bin.Pairs), "pairs of all bins"));
        },
        Impostors = new()
        {
            ["every pair counts as right"] = (_, _) => margins => PairCalibration.Compute([.. margins.Select(Math.Abs)]),
            ["margins with the wrong sign"] = (_, _) => margins =>
                PairCalibration.Compute([.. margins.Select(margin => -margin)]),
            ["equal rewards are right"] = (_, _) => margins =>
                PairCalibration.Compute([.. margins.Select(margin => margin == 0 ? 1e-9 : margin)]),
            ["one bin"] = (_, _) => margins => PairCalibration.Compute(margins, binCount: 1),
            ["bins with equal weights"] = (_, _) => margins => PairCalibration.Compute(margins) is var all ? all with
            {
                ExpectedError = all.Bins.Average(bin => Math.Abs(bin.Accuracy - bin.Confidence)),
            } : all,
            ["errors of bins cancel"] = (_, _) => margins => PairCalibration.Compute(margins) is var all ? all with
            {
                ExpectedError = Math.Abs(all.Bins.Sum(bin => bin.Pairs * (bin.Accuracy - bin.Confidence))) / margins.Count,
            } : all,
            ["twice the margin"] = (_, _) => margins => PairCalibration.Compute([.. margins.Select(margin => 2 * margin)]),
        },
    };

    public static IReadOnlyList<Requirement> All => [RWM_01_LastToken, RWM_02_Loss, RWM_06_FarBehind, RWM_05_Calibration];

    private static double[] Real(LanguageModel model, IReadOnlyList<PreferencePair> pairs)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var batch = new RewardBatch(pairs, new(), model.Device);
        return batch.ComputeRewards(model).Doubles();
    }

    private static Verdict EqualsFormula(RewardLoss objective, RewardPairCase c, Conditions at)
    {
        var expected = PreferenceOracle.BradleyTerry(c.Chosen, c.Rejected, c.Objective.Centering);
        var (chosen, rejected) = (
            tensor(c.Chosen, float64).requires_grad_(), tensor(c.Rejected, float64).requires_grad_());
        var loss = objective(chosen, rejected);
        loss.backward();
        using var byChosen = chosen.grad;
        using var byRejected = rejected.grad;
        return Verdict.All(
            CheckEqual(expected.Loss, loss.ToDouble(), "loss"),
            CheckEqual(expected.ByChosen, byChosen?.ToDouble() ?? 0, "derivative by the chosen answer"),
            CheckEqual(expected.ByRejected, byRejected?.ToDouble() ?? 0, "derivative by the rejected answer"));
    }

    private static Verdict CheckEqual(double expected, double actual, string what) =>
        Verdict.AtMost(Allowed * Math.Max(1, Math.Abs(expected)), Math.Abs(actual - expected), $"{what}, |Δ|");

    private static Tensor Centered(RewardPairCase c, Tensor sum) => sum.square() * c.Objective.Centering;

    // Reads the reward of each answer, padded to one length, at another position.
    private static ScoreAnswers At(Func<TokenizedExample, int, int> position) => (model, pairs) =>
        ReadAll(model, pairs, (values, answer) => values[position(answer, values.Length)]);

    private static double[] ReadAll(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, Func<double[], TokenizedExample, double> read)
    {
        TokenizedExample[] answers = [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        var length = answers.Max(answer => answer.Ids.Count) + 1;
        return
        [
            .. answers.Select(answer => read(
                Rewards(
                    model,
                    [.. RewardModelCase.Ids(answer), .. Enumerable.Repeat((long)SpecialTokens.Pad, length - answer.Ids.Count)]),
                answer)),
        ];
    }

    private static double[] Rewards(LanguageModel model, long[] ids)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var hidden = model.ForwardHidden(tensor(ids, [1, ids.Length], device: model.Device));
        return model.ComputeRewards(hidden.select(0, 0)).Doubles();
    }
}
