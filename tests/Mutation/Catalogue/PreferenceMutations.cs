namespace TurkishLlm.Tests.Mutation;

internal static class PreferenceMutations
{
    private const string Batch = "src/Training/Preference/PreferenceBatch.cs", Dpo = "src/Training/Preference/DpoObjective.cs", Orpo = "src/Training/Preference/OrpoObjective.cs",
        Data = "src/Training/Preference/PreferenceData.cs", Dataset = "src/Data/Preference/PreferenceDataset.cs", Metrics = "src/Training/Preference/PairResult.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("answers-are-what-is-not-marked", ["DPO-01"], Batch, ".Where(token => token.Item)", ".Where(token => !token.Item)",
            "The mask is inverted: no token of an answer counts."),
        new("rows-of-pairs-are-exchanged", ["DPO-01"], Batch, "Score(model, hidden, 2 * pair + 1, _pairs[pair].Rejected)", "Score(model, hidden, _pairs.Count + pair, _pairs[pair].Rejected)",
            "Rejected answers are looked for behind all chosen ones, where others stand."),
        new("marks-of-answers-are-not-shifted", ["DPO-02"], Batch, "[.. answer.Marked.Skip(1).Index().Where(token => token.Item)", "[.. answer.Marked.SkipLast(1).Index().Where(token => token.Item)",
            "The first token of every answer is lost."),
        new("rewards-are-means", ["DPO-03"], Dpo, "(answer.LogProbability - answer.Reference) * Beta;", "(answer.LogProbability - answer.Reference) / answer.Tokens * Beta;",
            "Rewards are divided by the length of the answer."),
        new("odds-are-of-sums", ["DPO-03"], Orpo, "return answer.LogProbability / answer.Tokens;", "return answer.LogProbability * 1;",
            "Odds are those of whole answers, and depend on their length."),
        new("no-reference", ["DPO-04"], Dpo, "(answer.LogProbability - answer.Reference) * Beta;", "answer.LogProbability * Beta;",
            "Rewards are compared with nothing."),
        new("policy-is-its-own-reference", ["DPO-04"], Dpo, "(answer.LogProbability - answer.Reference) * Beta;", "(answer.LogProbability - answer.LogProbability.detach()) * Beta;",
            "The model is compared with itself, and the loss stays at ln 2."),
        new("references-are-exchanged", ["DPO-04"], Data, "reference.Chosen[number], reference.Rejected[number])", "reference.Rejected[number], reference.Chosen[number])",
            "Every answer is compared with the reference of the other one."),
        new("stale-reference-is-taken", ["DPO-04"], "src/Training/Preference/ReferenceScores.cs", "if (wanted.DifferenceFrom(read.Identity) is { } difference)", "if (wanted.DifferenceFrom(read.Identity) is { Length: 0 } difference)",
            "A reference of another model is used."),
        new("reference-ignores-the-pairs", ["DPO-04"], "src/Training/Preference/ReferenceIdentity.cs", ": Pairs != other.Pairs ? \"other pairs\"", ": Pairs.Length != other.Pairs.Length ? \"other pairs\"",
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
        new("held-out-pairs-with-the-same-answer", ["DAT-19"], Dataset, "groups.Add(row.ChosenKeys.Asked, row.ChosenKeys.Answered, row.RejectedKeys.Answered);", "groups.Add(row.ChosenKeys.Whole);",
            "Questions of held-out pairs are learned."),
        new("cut-pairs-stay", ["SFT-17"], Dataset, "Math.Max(chosen.Length, rejected.Length) <= options.SequenceLength", "Math.Min(chosen.Length, rejected.Length) <= options.SequenceLength",
            "A pair stays of which one answer is longer than the sequence."),
    ];
}
