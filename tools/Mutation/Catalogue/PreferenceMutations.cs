namespace TurkishLlm.Tools.Mutation.Catalogue;

internal static class PreferenceMutations
{
    private const string Batch = "src/Training/Objectives/Preference/PreferenceBatch.cs", Dpo = "src/Training/Objectives/Preference/DpoObjective.cs", Orpo = "src/Training/Objectives/Preference/OrpoObjective.cs",
        Data = "src/Training/Objectives/Preference/PreferenceData.cs", Dataset = "src/Data/Preference/PreferenceDataset.cs", Metrics = "src/Training/Objectives/Preference/PairMetrics.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("answers-are-what-is-not-marked", ["DPO-01"], Batch, ".Where(token => token.Item)", ".Where(token => !token.Item)",
            "The mask is inverted: no token of an answer counts."),
        new("rows-of-pairs-are-exchanged", ["DPO-01"], Batch, "Score(model, hidden, 2 * pair + 1, _pairs[pair].ReferenceRejected)", "Score(model, hidden, _pairs.Count + pair, _pairs[pair].ReferenceRejected)",
            "Rejected answers are looked for behind all chosen ones, where others stand."),
        new("marks-of-answers-are-not-shifted", ["DPO-02"], Batch, "[.. answer.LossMask.Skip(1).Index().Where(token => token.Item)", "[.. answer.LossMask.SkipLast(1).Index().Where(token => token.Item)",
            "The first token of every answer is lost."),
        new("rewards-are-means", ["DPO-03"], Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;", "(answer.LogProbability - answer.ReferenceLogProbability) / answer.Tokens * Beta;",
            "Rewards are divided by the length of the answer."),
        new("odds-are-of-sums", ["DPO-03"], Orpo, "return answer.LogProbability / answer.TokenCount;", "return answer.LogProbability * 1;",
            "Odds are those of whole answers, and depend on their length."),
        new("no-reference", ["DPO-04"], Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;", "answer.LogProbability * Beta;",
            "Rewards are compared with nothing."),
        new("policy-is-its-own-reference", ["DPO-04"], Dpo, "(answer.LogProbability - answer.ReferenceLogProbability) * Beta;", "(answer.LogProbability - answer.LogProbability.detach()) * Beta;",
            "The model is compared with itself, and the loss stays at ln 2."),
        new("references-are-exchanged", ["DPO-04"], Data, "reference.Chosen[number], reference.Rejected[number])", "reference.Rejected[number], reference.Chosen[number])",
            "Every answer is compared with the reference of the other one."),
        new("stale-reference-is-taken", ["DPO-04"], "src/Training/Objectives/Preference/ReferenceLogProbabilities.cs", "if (expected.DescribeDifference(read.Identity) is { } difference)", "if (expected.DescribeDifference(read.Identity) is { Length: 0 } difference)",
            "A reference of another model is used."),
        new("reference-ignores-the-pairs", ["DPO-04"], "src/Training/Objectives/Preference/ReferenceIdentity.cs", ": Pairs != other.Pairs ? \"other pairs\"", ": Pairs.Length != other.Pairs.Length ? \"other pairs\"",
            "A reference of other pairs is used."),
        new("older-answers-count-too", ["DPO-08"], Dataset, "template.Render(conversation, Supervision.Completion)", "template.Render(conversation)",
            "Answers of the common prompt count as part of both answers."),
        new("draws-count-as-won", ["DPO-10"], Metrics, "pair.ChosenReward > pair.RejectedReward ? 1 : 0", "pair.ChosenReward >= pair.RejectedReward ? 1 : 0",
            "Before the first step the accuracy is 1."),
        new("margin-without-sign", ["DPO-10"], Metrics, "Mean(pair => pair.ChosenReward - pair.RejectedReward)", "Mean(pair => Math.Abs(pair.ChosenReward - pair.RejectedReward))",
            "The margin rises when the model prefers the wrong answers."),
        new("sigmoid-written-out", ["NUM-10"], Dpo, "F.logsigmoid(margin) * (LabelSmoothing - 1)", "margin.sigmoid().log() * (LabelSmoothing - 1)",
            "The loss of a pair that is far behind is infinite."),
        new("certain-answers-have-infinite-odds", ["NUM-10"], Orpo, "Certain = -1e-12;", "Certain = 0;",
            "An answer known by heart has infinite odds."),
        new("smoothing-is-not-taken-away", ["DPO-03"], Dpo, "F.logsigmoid(margin) * (LabelSmoothing - 1)", "F.logsigmoid(margin) * -1",
            "With label smoothing a pair weighs more than one."),
        new("model-below-the-head-does-not-learn", ["LOS-08"], Batch, "if (gradient is not null && hidden.requires_grad) hidden.backward([gradient]);", "if (gradient is null && hidden.requires_grad) hidden.backward([gradient!]);",
            "Only the head learns from pairs."),
        new("pairs-ignore-their-weight", ["ACC-03"], Batch, "FusedOperators.Backward(loss * scale)", "FusedOperators.Backward(loss)",
            "The gradient of a step grows with its pairs."),
        new("held-out-pairs-with-the-same-answer", ["DAT-19"], Dataset, "groups.Add(row.ChosenKeys.QuestionAndContext, row.ChosenKeys.QuestionAndAnswer, row.RejectedKeys.QuestionAndAnswer);", "groups.Add(row.ChosenKeys.WholeConversation);",
            "Questions of held-out pairs are learned."),
        new("cut-pairs-stay", ["SFT-17"], Dataset, "Math.Max(chosen.Length, rejected.Length) <= options.SequenceLength", "Math.Min(chosen.Length, rejected.Length) <= options.SequenceLength",
            "A pair stays of which one answer is longer than the sequence."),
    ];
}
