namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class PreferenceMutations
{
    private const string Batch = "src/Training/Objectives/Preference/PreferenceBatch.cs",
        Dpo = "src/Training/Objectives/Preference/DpoObjective.cs",
        Orpo = "src/Training/Objectives/Preference/OrpoObjective.cs",
        Kto = "src/Training/Objectives/Preference/KtoObjective.cs",
        Reward = "src/Training/Objectives/Preference/RewardBatch.cs",
        Mismatched = "src/Data/Preference/MismatchedAnswers.cs",
        Data = "src/Training/Objectives/Preference/PreferenceData.cs",
        Dataset = "src/Data/Preference/PreferenceDataset.cs",
        Metrics = "src/Training/Objectives/Preference/PairMetrics.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "answers-are-what-is-not-marked",
            ["BUG-DPO-01"],
            Batch,
            ".Where(token => token.Item)",
            ".Where(token => !token.Item)",
            "The mask is inverted: no token of an answer counts."),
        new(
            "rows-of-pairs-are-exchanged",
            ["BUG-DPO-01"],
            Batch, "Score(model, hidden, 2 * pair + 1, _pairs[pair].ReferenceRejected)",
            "Score(model, hidden, _pairs.Count + pair, _pairs[pair].ReferenceRejected)",
            "Rejected answers are searched after all chosen ones, where others are."),
        new(
            "marks-of-answers-are-not-shifted",
            ["BUG-DPO-02"],
            Batch,
            "[.. answer.LossMask.Skip(1).Index().Where(token => token.Item)",
            "[.. answer.LossMask.SkipLast(1).Index().Where(token => token.Item)",
            "The first token of every answer is lost."),
        new(
            "rewards-are-means",
            ["BUG-DPO-03"],
            Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;",
            "(answer.LogProbability - answer.ReferenceLogProbability) / answer.TokenCount * Beta;",
            "Rewards are divided by the length of the answer."),
        new(
            "odds-are-of-sums",
            ["BUG-DPO-03"],
            Orpo, "return answer.LogProbability / answer.TokenCount;", "return answer.LogProbability * 1;",
            "Odds are those of whole answers, and depend on their length."),
        new(
            "no-reference",
            ["BUG-DPO-04"],
            Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;", "answer.LogProbability * Beta;",
            "Rewards have no reference."),
        new(
            "policy-is-its-own-reference",
            ["BUG-DPO-04"],
            Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;",
            "(answer.LogProbability - answer.LogProbability.detach()) * Beta;",
            "The model is compared with itself, and the loss stays at ln 2."),
        new(
            "references-are-exchanged",
            ["BUG-DPO-04"],
            Data, "reference.Chosen[number], reference.Rejected[number])",
            "reference.Rejected[number], reference.Chosen[number])",
            "Every answer is compared with the reference of the other one."),
        new(
            "stale-reference-is-taken",
            ["BUG-DPO-04"],
            "src/Training/Objectives/Preference/ReferenceLogProbabilities.cs",
            "if (expected.DescribeDifference(read.Identity) is { } difference)",
            "if (expected.DescribeDifference(read.Identity) is { Length: 0 } difference)",
            "A reference of another model is used."),
        new(
            "reference-ignores-the-pairs",
            ["BUG-DPO-04"],
            "src/Training/Objectives/Preference/ReferenceIdentity.cs", ": Pairs != other.Pairs ? \"other pairs\"",
            ": Pairs.Length != other.Pairs.Length ? \"other pairs\"",
            "A reference of other pairs is used."),
        new(
            "older-answers-count-too",
            ["BUG-DPO-08"],
            Dataset, "template.Render(conversation, Supervision.Completion)", "template.Render(conversation)",
            "Answers in the common prompt count as part of both answers."),
        new(
            "draws-count-as-won",
            ["BUG-DPO-10"],
            Metrics, "pair.ChosenReward > pair.RejectedReward ? 1 : 0", "pair.ChosenReward >= pair.RejectedReward ? 1 : 0",
            "Before the first step the accuracy is 1."),
        new(
            "margin-without-sign",
            ["BUG-DPO-10"],
            Metrics,
            "Mean(pair => pair.ChosenReward - pair.RejectedReward)",
            "Mean(pair => Math.Abs(pair.ChosenReward - pair.RejectedReward))",
            "The margin rises when the model prefers the wrong answers."),
        new(
            "sigmoid-written-out",
            ["BUG-NUM-10"],
            Dpo, "F.logsigmoid(margin) * (LabelSmoothing - 1)", "margin.sigmoid().log() * (LabelSmoothing - 1)",
            "The loss of a pair with a very unlikely chosen answer is infinite."),
        new("certain-answers-have-infinite-odds", ["BUG-NUM-10"], Orpo, "Certain = -1e-12;", "Certain = 0;",
            "A memorized answer has infinite odds."),
        new(
            "smoothing-is-not-taken-away",
            ["BUG-DPO-03"],
            Dpo, "F.logsigmoid(margin) * (LabelSmoothing - 1)", "F.logsigmoid(margin) * -1",
            "With label smoothing the weights of a pair sum to more than one."),
        new(
            "model-below-the-head-does-not-learn",
            ["BUG-LOS-08"],
            Batch, "if (gradient is not null && hidden.requires_grad) hidden.backward([gradient]);",
            "if (gradient is null && hidden.requires_grad) hidden.backward([gradient!]);",
            "Only the head is trained on pairs."),
        new(
            "pairs-ignore-their-weight",
            ["BUG-ACC-03"],
            Batch, "FusedOperators.Backward(loss * scale)", "FusedOperators.Backward(loss)",
            "The gradient of a step grows with its pairs."),
        new(
            "held-out-pairs-with-the-same-answer",
            ["BUG-DAT-19"],
            Dataset,
            "groups.Add(row.ChosenKeys.QuestionAndContext, row.ChosenKeys.QuestionAndAnswer, "
                + "row.RejectedKeys.QuestionAndAnswer);",
            "groups.Add(row.ChosenKeys.WholeConversation);",
            "Questions of held-out pairs are learned."),
        new(
            "cut-pairs-stay",
            ["BUG-SFT-17"],
            Dataset, "Math.Max(chosen.Length, rejected.Length) <= options.SequenceLength",
            "Math.Min(chosen.Length, rejected.Length) <= options.SequenceLength",
            "A pair with an answer longer than the sequence is kept."),
        new(
            "pairs-are-measured-with-dropout",
            ["BUG-DPO-11", "BUG-EVL-03"],
            Batch, "model.ForwardHidden(_rows.Inputs);", "model.ForwardHidden(_rows.Inputs, training: true);",
            "The reference and held-out pairs are measured in training mode."),
        new(
            "reference-is-always-float32",
            ["BUG-DPO-12"],
            Data, "new LanguageModel(weights, _plan.ComputeType);", "new LanguageModel(weights);",
            "The reference does not have the number type of the plan."),
        new(
            "undesirable-answers-are-raised",
            ["BUG-DPO-03"],
            Kto, ": distance.sigmoid() * UndesirableWeight;", ": (-distance).sigmoid() * UndesirableWeight;",
            "The loss of an undesirable answer falls when its reward rises."),
        new(
            "weights-of-labels-are-exchanged",
            ["BUG-DPO-03"],
            Kto, "(-distance).sigmoid() * DesirableWeight", "(-distance).sigmoid() * UndesirableWeight",
            "Desirable answers have the weight of the others."),
        new(
            "the-reference-point-may-be-negative",
            ["BUG-DPO-04"],
            Kto, "Math.Max(0, logRatios.Average())", "logRatios.Average()",
            "A noisy estimate moves the reference point below zero."),
        new(
            "mismatched-answers-are-the-own",
            ["BUG-DPO-04"],
            Mismatched, "sorted[(i + largest) % sorted.Length]", "sorted[(i + largest - 1) % sorted.Length]",
            "Some answers meet another answer to their own question."),
        new(
            "rewards-are-read-before-the-end",
            ["BUG-DPO-02"],
            Reward, "(long)row * length + answer.Ids.Count - 1)", "(long)row * length + answer.Ids.Count - 2)",
            "The reward is read before the end of the turn."),
        new(
            "rewards-are-read-at-the-end-of-the-row",
            ["BUG-DPO-01"],
            Reward, "(long)row * length + answer.Ids.Count - 1)", "(long)row * length + length - 1)",
            "The reward is read at the padding."),
    ];
}
