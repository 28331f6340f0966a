namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Trees of OpenAssistant. Of each tree, the best conversation is read: from the first question, the best-ranked answer, then
/// the best-ranked question that has an answer, and so on. Messages that were deleted or rejected in review are skipped.
/// </summary>
/// <remarks>Spec: OAS-01, OAS-02.</remarks>
internal static class OasstFormat
{
    /// <summary>Returns true for a tree, or a message of one.</summary>
    public static bool Matches(JsonRow row) => OasstTrees.IsTree(row) || OasstTrees.IsMessage(row);

    /// <summary>Reads the best conversation of each tree. A question without an answer stays, with nothing to learn.</summary>
    public static IEnumerable<ConversationRow> Read(IEnumerable<JsonRow> rows, Action<string>? onSkipped) =>
        from tree in OasstTrees.Read(rows, onSkipped)
        where tree.IsUsable
        from row in RowSkipper.ReadOne(() => Build(tree.Row, FindBest(tree)), onSkipped)
        select row;

    /// <summary>Reads pairs of answers to the same question: the best-ranked with every other that was ranked.</summary>
    public static IEnumerable<(ConversationRow Chosen, ConversationRow Rejected)> ReadPairs(
        IEnumerable<JsonRow> rows, Action<string>? onSkipped) =>
        from tree in OasstTrees.Read(rows, onSkipped)
        where tree.IsUsable
        from path in FindQuestions(tree)
        let ranking = path[^1].Ranking
        from rejected in ranking.Skip(1).Where(other => other.Text != ranking[0].Text)
        from pair in RowSkipper.ReadOne(
            () => (Build(rejected.Row, [.. path, ranking[0]]), Build(rejected.Row, [.. path, rejected])), onSkipped)
        select pair;

    private static IEnumerable<OasstMessage> FindBest(OasstMessage question)
    {
        for (OasstMessage? next = question; next is not null;)
        {
            yield return next;
            if (next.RankedReplies.FirstOrDefault() is not { } answer) yield break;
            yield return answer;
            next = answer.RankedReplies.FirstOrDefault(reply => reply.RankedReplies.Any());
        }
    }

    // Returns the messages that lead to each question, with the question.
    private static IEnumerable<IReadOnlyList<OasstMessage>> FindQuestions(OasstMessage root)
    {
        var waiting = new Queue<IReadOnlyList<OasstMessage>>([[root]]);
        while (waiting.TryDequeue(out var path))
        {
            yield return path;
            foreach (var answer in path[^1].RankedReplies)
                foreach (var question in answer.RankedReplies) waiting.Enqueue([.. path, answer, question]);
        }
    }

    private static ConversationRow Build(JsonRow row, IEnumerable<OasstMessage> messages)
    {
        var builder = new ConversationBuilder(row);
        foreach (var message in messages)
            if (message.IsAssistant) builder.AddAssistant(message.Text);
            else builder.AddUser(message.Text);
        return builder.Build();
    }
}
