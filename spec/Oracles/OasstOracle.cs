namespace TurkishLlm.Spec.Oracles;

/// <summary>A message of a tree of OpenAssistant.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Parent">Id of the message that it replies to; null for the first.</param>
/// <param name="Text">Its text.</param>
/// <param name="Rank">Its rank among its siblings; null for none.</param>
/// <param name="IsDeleted">True if it was deleted.</param>
/// <param name="IsRejected">True if it was rejected in review.</param>
public sealed record OasstNode(
    string Id, string? Parent, string Text, int? Rank = null, bool IsDeleted = false, bool IsRejected = false);

/// <summary>The conversations and pairs of trees of OpenAssistant, found by searching the list of messages each time.</summary>
/// <remarks>Source: OpenAssistant/oasst1 on Hugging Face, README.md: the most preferred message has rank 0.</remarks>
/// <param name="nodes">The messages in the order of the file.</param>
public sealed class OasstOracle(IReadOnlyList<OasstNode> nodes)
{
    /// <summary>The texts of the best conversation of each tree.</summary>
    public IReadOnlyList<string> Conversations =>
        [.. nodes.Where(node => node.Parent is null && IsUsable(node)).Select(node => string.Join('|', Continue(node)))];

    /// <summary>The texts of each pair: the way to the question, the better answer and the worse.</summary>
    public IReadOnlyList<string> Pairs =>
    [
        .. from worse in nodes
           where worse.Rank is not null && IsReachable(worse) && Depth(worse) % 2 == 1
           let best = Replies(worse.Parent!).First()
           where best != worse
           let way = Way(worse.Parent!)
           select $"{way}|{best.Text} > {way}|{worse.Text}",
    ];

    // A question, its best answer, and what follows the answer.
    private IEnumerable<string> Continue(OasstNode question) =>
        Replies(question.Id).FirstOrDefault() is not { } answer
            ? [question.Text]
            : [question.Text, answer.Text, .. Replies(answer.Id).FirstOrDefault(next => Replies(next.Id).Any()) is { } next
                ? Continue(next) : []];

    private IEnumerable<OasstNode> Replies(string id) =>
        from node in nodes where node.Parent == id && IsUsable(node) orderby node.Rank is null, node.Rank select node;

    private OasstNode Find(string id) => nodes.Single(node => node.Id == id);

    private string Way(string id) => Find(id) is { Parent: { } parent } node ? $"{Way(parent)}|{node.Text}" : Find(id).Text;

    private int Depth(OasstNode node) => node.Parent is null ? 0 : 1 + Depth(Find(node.Parent));

    private bool IsReachable(OasstNode node) => IsUsable(node) && (node.Parent is null || IsReachable(Find(node.Parent)));

    private static bool IsUsable(OasstNode node) => node is { IsDeleted: false, IsRejected: false };
}
