using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Measures preference pairs with a model.</summary>
public delegate IReadOnlyList<PairMetrics> MeasurePairs(LanguageModel model, IReadOnlyList<ScoredPair> pairs);

/// <summary>Measures pairs with a model that is its own reference.</summary>
public delegate IReadOnlyList<PairMetrics> MeasureFirstStep(LanguageModel model, IReadOnlyList<PreferencePair> pairs);

/// <summary>Averages the metrics of the pairs of a step.</summary>
public delegate PreferenceMetrics SummarizePairs(IReadOnlyList<IReadOnlyList<PairMetrics>> batches);

/// <summary>Log-probabilities and metrics of preference pairs: DPO-01, DPO-02, DPO-04, DPO-10, DPO-14.</summary>
public static class PreferenceBatchSpec
{
    private static readonly DpoObjective Objective = new(Beta: 0.3);

    public static readonly Requirement<PreferencePairCase, MeasurePairs> DPO_01_Sums = new()
    {
        Id = "DPO-01",
        Statement = "The log-probability of an answer is the oracle's sum over its own tokens, regardless of what else "
            + "is in the batch.",
        Source = "Rafailov et al. 2023, equation 7; BUG-DPO-01 (CosyVoice #1449, mlx-lm-lora PR #88); probe P-PAD; TOL-ANSWER",
        CanonicalCases = [.. PreferencePairCase.Usual, PreferencePairCase.WithDropout[1]],
        PlanCases = PreferencePairCase.FromPlan,
        Subject = (_, _) => Real,
        Holds = (measure, c, at) => WithModel(c, at, (model, weights) =>
        {
            var results = measure(model, [.. c.Pairs(at).Select(pair => new ScoredPair(pair))]);
            return Verdict.All(c.Pairs(at).Index().SelectMany(pair => new[]
            {
                CheckLogProbability(
                    c, at, weights, pair.Item.Chosen, results[pair.Index].ChosenLogProbability, $"chosen answer {pair.Index}"),
                CheckLogProbability(
                    c, at, weights, pair.Item.Rejected, results[pair.Index].RejectedLogProbability,
                    $"rejected answer {pair.Index}"),
            }));
        }),
        Impostors = new()
        {
            ["padding is included"] = (_, _) => WithTokenSums((_, _) => 1, padding: 1),
            ["the prompt is included"] = (_, _) => WithTokenSums((_, _) => 1),
            ["the prompt instead of the answer"] = (_, _) => WithTokenSums((answer, token) => answer.LossMask[token] ? 0 : 1),
            ["the mean"] = (_, _) => WithTokenSums((answer, token) => answer.LossMask[token] ? 1.0 / answer.SupervisedCount : 0),
            ["one token late"] = (_, _) => WithTokenSums((answer, token) => answer.LossMask[token - 1] ? 1 : 0),
            ["one token early"] = (_, _) =>
                WithTokenSums((answer, token) => token + 1 == answer.Ids.Count || !answer.LossMask[token + 1] ? 0 : 1),
            ["the end of turn is not included"] = (_, _) =>
                WithTokenSums((answer, token) => answer.LossMask[token] && token + 1 < answer.Ids.Count ? 1 : 0),
            ["answers swapped"] = (_, _) => (model, pairs) =>
                [
                    .. Real(model, pairs)
                        .Select(result =>
                            result with
                            {
                                ChosenLogProbability = result.RejectedLogProbability,
                                RejectedLogProbability = result.ChosenLogProbability,
                            }),
                ],
            ["losses instead of log-probabilities"] = (_, _) => WithTokenSums((answer, token) => answer.LossMask[token] ? -1 : 0),
        },
    };

    public static readonly Requirement<PreferencePairCase, MeasurePairs> DPO_02_FirstToken = new()
    {
        Id = "DPO-02",
        Statement = "Two answers that differ only in their first token have the oracle's difference of log-probabilities, which "
            + "is not 0.",
        Source = "BUG-DPO-02: fw-ai/cookbook PR #388, a mask not shifted with the labels",
        CanonicalCases =
        [
            new(PreferencePairCase.Usual[0].Model, new(5, 1, 1), new(3, 1, 1)),
            new(PreferencePairCase.WithDropout[1].Model, new(4, 1, 1), new(2, 1, 1), new(7, 1, 1)),
        ],
        Subject = (_, _) => Real,
        Holds = (measure, c, at) => WithModel(c, at, (model, weights) =>
        {
            var results = measure(model, [.. c.Pairs(at).Select(pair => new ScoredPair(pair))]);
            return Verdict.All(c.Pairs(at).Index().SelectMany(pair =>
            {
                var (chosen, rejected) = (c.Oracle(weights, pair.Item.Chosen), c.Oracle(weights, pair.Item.Rejected));
                var (expected, found) = (
                    chosen.LogProbability - rejected.LogProbability,
                    results[pair.Index].ChosenLogProbability - results[pair.Index].RejectedLogProbability);
                return new[]
                {
                    Verdict.AtMost(
                        c.Allowed(at, pair.Item.Chosen, chosen.Largest)
                            + c.Allowed(at, pair.Item.Rejected, rejected.Largest),
                        Math.Abs(found - expected), $"difference of pair {pair.Index}, |Δ|"),
                    Verdict.AtLeast(1e-3, Math.Abs(found), $"difference of pair {pair.Index}"),
                };
            }));
        }),
        Impostors = new()
        {
            ["one token late"] = (_, _) => WithTokenSums((answer, token) => answer.LossMask[token - 1] ? 1 : 0),
            ["the first token is not included"] = (_, _) =>
                WithTokenSums((answer, token) => answer.LossMask[token] && answer.LossMask[token - 1] ? 1 : 0),
            ["one token early"] = (_, _) =>
                WithTokenSums((answer, token) => token + 1 == answer.Ids.Count || !answer.LossMask[token + 1] ? 0 : 1),
        },
    };

    public static readonly Requirement<PreferencePairCase, MeasureFirstStep> DPO_04_FirstStep = new()
    {
        Id = "DPO-04",
        Statement = "Before the first step every reward and margin is 0 and the loss is ln 2, regardless of the batches "
            + "in which the "
            + "reference was computed.",
        Source = "Rafailov et al. 2023, equation 7 at π = π_ref; BUG-DPO-04 (Liger-Kernel PR #387, trl PR #6443); TOL-ANSWER",
        CanonicalCases = [.. PreferencePairCase.Usual, PreferencePairCase.WithDropout[0]],
        PlanCases = PreferencePairCase.FromPlan,
        Subject = (_, _) =>
            (model, pairs) =>
                MeasureFirst(model, pairs, ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, batchSize: 1)),
        Holds = (first, c, at) => WithModel(c, at, (model, weights) =>
        {
            var pairs = c.Pairs(at);
            var results = first(model, pairs);
            // Both sums have an error of TOL-ANSWER; a margin has four of them, and the loss half the slope of a margin.
            return Verdict.All(pairs.Index().SelectMany(pair =>
            {
                var allowed = 2 * Objective.Beta * Math.Max(
                    c.Allowed(at, pair.Item.Chosen, c.Oracle(weights, pair.Item.Chosen).Largest),
                    c.Allowed(at, pair.Item.Rejected, c.Oracle(weights, pair.Item.Rejected).Largest));
                var result = results[pair.Index];
                return new[]
                {
                    Verdict.AtMost(allowed, Math.Abs(result.ChosenReward), $"reward of chosen answer {pair.Index}"),
                    Verdict.AtMost(allowed, Math.Abs(result.RejectedReward), $"reward of rejected answer {pair.Index}"),
                    Verdict.AtMost(
                        2 * allowed, Math.Abs(result.ChosenReward - result.RejectedReward), $"margin of pair {pair.Index}"),
                    Verdict.AtMost(allowed, Math.Abs(result.Loss - Math.Log(2)), $"loss of pair {pair.Index}, |Δ| from ln 2"),
                };
            }));
        }),
        Impostors = new()
        {
            ["no reference"] = (_, _) => (model, pairs) => Real(model, [.. pairs.Select(pair => new ScoredPair(pair))]),
            ["the reference of other weights"] = (c, at) => (model, pairs) =>
            {
                using var weights = ModelCase.Weights(c.Model.Config, at, salt: 78);
                using var other = new LanguageModel(weights, at.ComputeType);
                return MeasureFirst(model, pairs, ReferenceLogProbabilities.Compute(EmptyIdentity, other, pairs, 2));
            },
            ["means in the reference"] = (_, _) => (model, pairs) =>
            {
                var taken = ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2);
                return MeasureFirst(model, pairs, taken with
                {
                    Chosen = [.. taken.Chosen.Zip(pairs, (sum, pair) => sum / (pair.Chosen.SupervisedCount + 1))],
                    Rejected = [.. taken.Rejected.Zip(pairs, (sum, pair) => sum / (pair.Rejected.SupervisedCount + 1))],
                });
            },
            ["chosen and rejected swapped in the reference"] = (_, _) => (model, pairs) =>
            {
                var taken = ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2);
                return MeasureFirst(model, pairs, taken with { Chosen = taken.Rejected, Rejected = taken.Chosen });
            },
            ["the reference of the pair before"] = (_, _) => (model, pairs) =>
            {
                var taken = ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2);
                return MeasureFirst(
                    model, pairs, taken with
                    {
                        Chosen = [taken.Chosen[^1], .. taken.Chosen.SkipLast(1)],
                        Rejected = [taken.Rejected[^1], .. taken.Rejected.SkipLast(1)],
                    });
            },
            ["dropout in the policy"] = (c, at) => (model, pairs) =>
            {
                using var weights = ModelCase.Weights((c.Model with { Dropout = 0.3 }).Config, at);
                using var dropping = new LanguageModel(weights, at.ComputeType);
                var batch = new PreferenceBatch(
                    Scored(pairs, ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2)), Objective, at.Device);
                using (enable_grad()) batch.Backward(dropping, 1, training: true);
                return batch.Results;
            },
        },
    };

    public static readonly Requirement<PreferencePairCase, SummarizePairs> DPO_10_Metrics = new()
    {
        Id = "DPO-10",
        Statement = "The rewards, margin and accuracy of a step are means over its pairs, all with the same weight in any "
            + "micro-batch.",
        Source = "BUG-DPO-10 (trl #6803), BUG-EVL-09",
        CanonicalCases =
        [
            PreferencePairCase.Usual[0] with
            {
                Lengths = [new(2, 3, 4), new(5, 2, 6), new(4, 8, 3), new(3, 1, 5), new(2, 2, 9)],
            },
            PreferencePairCase.Usual[0],
            PreferencePairCase.WithDropout[1] with
            {
                Lengths = [new(3, 2, 5), new(4, 6, 2), new(2, 3, 7), new(6, 1, 4), new(2, 5, 3)],
            },
        ],
        Subject = (_, _) => batches => PairMetrics.Average([.. batches.SelectMany(batch => batch)])!,
        Holds = (metrics, c, at) => WithModel(c, at, (model, weights) =>
        {
            IReadOnlyList<ScoredPair> scored = [.. c.Pairs(at).Select((pair, i) => new ScoredPair(
                pair,
                c.Oracle(weights, pair.Chosen).LogProbability
                    - RewardChanges[i % RewardChanges.Length].Chosen,
                c.Oracle(weights, pair.Rejected).LogProbability
                    - RewardChanges[i % RewardChanges.Length].Rejected)),
];
            IReadOnlyList<PairMetrics> results = [.. scored.Chunk(2).SelectMany(batch => Real(model, batch))];
            var found = metrics([.. results.Chunk(2)]);
            var (chosen, rejected, won) = (0.0, 0.0, 0);
            for (var i = 0; i < scored.Count; i++)
            {
                var c0 = Objective.Beta * (c.Oracle(weights, scored[i].Pair.Chosen).LogProbability - scored[i].ReferenceChosen);
                var r0 =
                    Objective.Beta
                    * (c.Oracle(weights, scored[i].Pair.Rejected).LogProbability - scored[i].ReferenceRejected);
                (chosen, rejected, won) = (chosen + c0 / scored.Count, rejected + r0 / scored.Count, won + (c0 > r0 ? 1 : 0));
            }
            var allowed = scored.Max(pair =>
                2 * Objective.Beta * c.Allowed(at, pair.Pair.Chosen, c.Oracle(weights, pair.Pair.Chosen).Largest));
            return Verdict.All(
                Verdict.AtMost(allowed, Math.Abs(found.RewardChosen!.Value - chosen), "mean reward of chosen answers, |Δ|"),
                Verdict.AtMost(allowed, Math.Abs(found.RewardRejected!.Value - rejected), "mean reward of rejected answers, |Δ|"),
                Verdict.AtMost(2 * allowed, Math.Abs(found.Margin!.Value - (chosen - rejected)), "mean margin, |Δ|"),
                Verdict.AtMost(1e-12, Math.Abs(found.Accuracy - (double)won / scored.Count), "accuracy, |Δ|"));
        }),
        Impostors = new()
        {
            ["the mean of the means of batches"] = (_, _) => batches =>
                Mean([.. batches.Select(batch => PairMetrics.Average([.. batch])!)]),
            ["only the last batch"] = (_, _) => batches => PairMetrics.Average([.. batches[^1]])!,
            ["sums"] = (_, _) => batches =>
                Mean([.. batches.SelectMany(batch => batch).Select(result => PairMetrics.Average([result])!)], divided: false),
            ["log-probabilities instead of rewards"] = (_, _) =>
                batches =>
                    PairMetrics.Average([
                        .. batches
                            .SelectMany(batch => batch)
                            .Select(result =>
                                result with
                                {
                                    ChosenReward = result.ChosenLogProbability,
                                    RejectedReward = result.RejectedLogProbability,
                                }),
                    ])!,
            ["margins without their sign"] = (_, _) => batches =>
            {
                PairMetrics[] all = [.. batches.SelectMany(batch => batch)];
                return PairMetrics.Average(all)! with
                {
                    Margin = all.Average(result => Math.Abs(result.ChosenReward - result.RejectedReward)),
                };
            },
            ["a chosen answer wins when its reward is positive"] = (_, _) => batches =>
            {
                PairMetrics[] all = [.. batches.SelectMany(batch => batch)];
                return PairMetrics.Average(all)! with { Accuracy = all.Average(result => result.ChosenReward > 0 ? 1.0 : 0) };
            },
        },
    };

    public static readonly Requirement<PreferencePairCase, MeasurePairs> DPO_14_NoDropout = new()
    {
        Id = "DPO-14",
        Statement = "With dropout in the configuration, measuring pairs again gives the same bits, and they are the "
            + "log-probabilities of the oracle, which has no dropout.",
        Source = "BUG-DPO-11: a reference or a validation measured in training mode; BUG-EVL-03; TOL-ANSWER",
        CanonicalCases = [.. PreferencePairCase.WithDropout],
        Subject = (_, _) => (model, pairs) => PreferenceBatch.Measure(model, pairs, Objective, batchSize: 2),
        Holds = (measure, c, at) => WithModel(c, at, (model, weights) =>
        {
            var pairs = c.Scored(at, weights);
            var (first, second) = (measure(model, pairs), measure(model, pairs));
            return Verdict.All(pairs.Index().SelectMany(pair => new[]
            {
                Verdict.Equal(first[pair.Index], second[pair.Index], $"second measurement of pair {pair.Index}"),
                CheckLogProbability(
                    c, at, weights, pair.Item.Pair.Chosen, first[pair.Index].ChosenLogProbability, $"chosen answer {pair.Index}"),
                CheckLogProbability(
                    c, at, weights, pair.Item.Pair.Rejected, first[pair.Index].RejectedLogProbability,
                    $"rejected answer {pair.Index}"),
            }));
        }),
        Impostors = new()
        {
            ["in training mode"] = (_, at) => (model, pairs) => MeasureInTraining(model, pairs, at),
            ["in training mode, with the same random numbers each time"] = (_, at) => (model, pairs) =>
            {
                StepRandomness.SeedGenerators(at.Seed, dataStep: 1, row: 0);
                return MeasureInTraining(model, pairs, at);
            },
            ["in training mode the second time"] = (_, at) =>
            {
                var count = 0;
                return (model, pairs) => count++ > 0 ? MeasureInTraining(model, pairs, at) : Real(model, pairs);
            },
        },
    };

    // Changes of the log-probabilities since the start of training, in nats: correctly ranked pairs in which both fell, and
    // wrongly ranked pairs in which both rose.
    private static (double Chosen, double Rejected)[] RewardChanges => [(-2, -5), (-1, -4.5), (3, 7), (1, 6), (-3, -3.5)];

    public static IReadOnlyList<Requirement> All =>
        [DPO_01_Sums, DPO_02_FirstToken, DPO_04_FirstStep, DPO_10_Metrics, DPO_14_NoDropout];

    private static ReferenceIdentity EmptyIdentity => new("", "", "", "");

    internal static IReadOnlyList<ScoredPair> Scored(IReadOnlyList<PreferencePair> pairs, ReferenceLogProbabilities reference) =>
        [
            .. pairs
                .Index()
                .Select(pair => new ScoredPair(pair.Item, reference.Chosen[pair.Index], reference.Rejected[pair.Index])),
        ];

    private static IReadOnlyList<PairMetrics> Real(LanguageModel model, IReadOnlyList<ScoredPair> pairs)
    {
        using var batch = new PreferenceBatch(pairs, Objective, model.Device);
        return batch.Measure(model);
    }

    private static IReadOnlyList<PairMetrics> MeasureInTraining(
        LanguageModel model, IReadOnlyList<ScoredPair> pairs, Conditions at)
    {
        using var grad = enable_grad();
        using var batch = new PreferenceBatch(pairs, Objective, at.Device);
        batch.Backward(model, 1, training: true);
        return batch.Results;
    }

    private static IReadOnlyList<PairMetrics> MeasureFirst(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs,
        ReferenceLogProbabilities reference) => Real(model, Scored(pairs, reference));

    // Log-probabilities of all tokens of all rows, padded to one length, times the weight of each: token i of an answer is
    // predicted at position i − 1.
    private static MeasurePairs WithTokenSums(Func<TokenizedExample, int, double> counts, double padding = 0) => (model, pairs) =>
    {
        using var grad = no_grad();
        var length = pairs.Max(pair => Math.Max(pair.Pair.Chosen.Length, pair.Pair.Rejected.Length));
        return [.. pairs.Select(pair => new PairMetrics(0, 0, 0, Sum(pair.Pair.Chosen), Sum(pair.Pair.Rejected)))];

        double Sum(TokenizedExample answer)
        {
            using var scope = NewDisposeScope();
            long[] ids =
            [
                .. answer.Ids.Select(id => (long)id),
                .. Enumerable.Repeat((long)TurkishLlm.Tokenization.SpecialTokens.Pad, length + 1 - answer.Ids.Count),
            ];
            var (inputs, targets) = (
                tensor(ids[..^1], [1, length], device: model.Device),
                tensor(ids[1..], [1, length], device: model.Device));
            var losses = model.ComputeLosses(inputs, targets).Doubles();
            return -losses.Select((loss, i) => i + 1 < answer.Ids.Count ? loss * counts(answer, i + 1) : loss * padding).Sum();
        }
    };

    private static Verdict CheckLogProbability(
        PreferencePairCase c, Conditions at, ParameterTable weights, TokenizedExample answer, double found, string what)
    {
        var (expected, largest) = c.Oracle(weights, answer);
        return Verdict.AtMost(c.Allowed(at, answer, largest), Math.Abs(found - expected), $"{what}, |Δ| in nats");
    }

    private static PreferenceMetrics Mean(IReadOnlyList<PreferenceMetrics> parts, bool divided = true)
    {
        var n = divided ? parts.Count : 1;
        return new(
            parts.Sum(p => p.RewardChosen) / n,
            parts.Sum(p => p.RewardRejected) / n,
            parts.Sum(p => p.Margin) / n,
            parts.Sum(p => p.Accuracy) / n,
            parts.Sum(p => p.LogpChosen) / n, parts.Sum(p => p.LogpRejected) / n);
    }

    private static Verdict WithModel(PreferencePairCase c, Conditions at, Func<LanguageModel, ParameterTable, Verdict> judge)
    {
        using var weights = ModelCase.Weights(c.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        return judge(model, weights);
    }
}
