using System.Text.Json.Nodes;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>A file of trees of OpenAssistant.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="IsNested">True for trees, false for messages.</param>
/// <param name="Nodes">The messages; a reply is of the other role than what it replies to.</param>
public sealed record OasstCase(string Name, bool IsNested, params IReadOnlyList<OasstNode> Nodes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}, {(IsNested ? "nested" : "messages")}";
}

/// <summary>Trees of OpenAssistant as conversations and as preference pairs.</summary>
public static class OasstSpec
{
    private static readonly OasstNode[] Sprawling =
    [
        new("a", null, "Bakır nedir?"),
        new("b", "a", "Bir metaldir.", 1), new("c", "a", "Bilmiyorum.", 2), new("d", "a", "İletken bir metaldir.", 0),
        new("e", "a", "Silinen yanıt", 0, IsDeleted: true), new("f", "a", "Reddedilen yanıt", 0, IsRejected: true),
        new("g", "d", "Yanıtsız soru?", 0), new("h", "d", "Nerede kullanılır?", 1), new("i", "d", "Kaç para?", 2),
        new("j", "h", "Telde.", 1), new("k", "h", "Kabloda, ışıkta.", 0), new("l", "i", "On.", null),
        new("m", "b", "Emin misin?", 0), new("n", "m", "Evet.", 0), new("o", "m", "Hayır.", 1),
    ];

    private static readonly OasstNode[] Backward =
    [
        new("d", "p", "Kısa ad.", 1), new("c", "p", "Uzun ve doğru ad.", 0), new("z", "p", "Silinmiş ad.", 0, IsDeleted: true),
        new("y", "p", "Kötü ad.", 0, IsRejected: true), new("p", null, "Adın ne?"),
        new("q", null, "Sildiğim soru", null, IsDeleted: true), new("r", "q", "Yanıtı", 0), new("s", "c", "Soyadın?"),
        new("t", "s", "Yok.", 1), new("u", "s", "Telbis.", 0),
    ];

    /// <summary>Reads the conversations of a file.</summary>
    public static readonly Requirement<OasstCase, Func<IReadOnlyList<OasstNode>, IReadOnlyList<string>>> OAS_01_Best = new()
    {
        Id = "OAS-01",
        Statement = "A tree of OpenAssistant is read as its best conversation: the best-ranked answer, then the best-ranked "
            + "question that has an answer, to the last answer; nothing that was deleted or rejected in review, nor a reply to "
            + "it.",
        Source = "OpenAssistant/oasst1, README.md: rank 0 is the most preferred; \"ready\" trees still have review results",
        CanonicalCases = Cases,
        Subject = (c, _) => nodes => ReadConversations(nodes, c.IsNested),
        Holds = (read, c, _) =>
            Verdict.SameElements(new OasstOracle(c.Nodes).Conversations, read(c.Nodes), "conversations"),
        Impostors = new()
        {
            ["the first reply in the file"] = Changed(node => node with { Rank = null }),
            ["the worst reply"] = Changed(node => node with { Rank = node.Rank is { } rank ? 9 - rank : null }),
            ["deleted messages are read"] = Changed(node =>
                node with { IsDeleted = false, Rank = node.IsDeleted ? 0 : Later(node) }),
            ["messages rejected in review are read"] = Changed(node =>
                node with { IsRejected = false, Rank = node.IsRejected ? 0 : Later(node) }),
            ["only the first answer"] = Ended((text, _) => string.Join('|', text.Split('|').Take(2))),
            ["the last answer is missing"] = Ended((text, _) => string.Join('|', text.Split('|').SkipLast(1))),
            ["every message of the file in order"] = (c, _) => nodes => [string.Join('|', nodes.Select(node => node.Text))],
        },
    };

    /// <summary>Reads the pairs of a file.</summary>
    public static readonly Requirement<OasstCase, Func<IReadOnlyList<OasstNode>, IReadOnlyList<string>>> OAS_02_Pairs = new()
    {
        Id = "OAS-02",
        Statement = "Trees of OpenAssistant are read as preference pairs: after every question, the best-ranked answer is chosen "
            + "and every other ranked one rejected, both after the same messages; nothing deleted or rejected in review, nor a "
            + "reply to it, nor questions that were ranked.",
        Source = "OpenAssistant/oasst1, README.md: replies are ordered by preference; Köpf et al. 2023, "
            + "arXiv:2304.07327",
        CanonicalCases = Cases,
        Subject = (c, _) => nodes => ReadPairs(nodes, c.IsNested),
        Holds = (read, c, _) => Verdict.SameElements(
            [.. new OasstOracle(c.Nodes).Pairs.Order(StringComparer.Ordinal)],
            [.. read(c.Nodes).Order(StringComparer.Ordinal)], "pairs"),
        Impostors = new()
        {
            ["the worst reply is chosen"] = ChangedPairs(node => node with { Rank = node.Rank is { } rank ? 9 - rank : null }),
            ["deleted messages are read"] = ChangedPairs(node =>
                node with { IsDeleted = false, Rank = node.IsDeleted ? 8 : node.Rank }),
            ["messages rejected in review are read"] = ChangedPairs(node =>
                node with { IsRejected = false, Rank = node.IsRejected ? 7 : node.Rank }),
            ["chosen and rejected are exchanged"] = (c, _) => nodes =>
                [.. ReadPairs(nodes, c.IsNested).Select(pair => string.Join(" > ", pair.Split(" > ").Reverse()))],
            ["the first pair only"] = (c, _) => nodes => [.. ReadPairs(nodes, c.IsNested).Take(1)],
            ["the messages before the question are missing"] = (c, _) => nodes =>
            [
                .. ReadPairs(nodes, c.IsNested).Select(pair => string.Join(
                    " > ", pair.Split(" > ").Select(side => string.Join('|', side.Split('|').TakeLast(2))))),
            ],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [OAS_01_Best, OAS_02_Pairs];

    private static IReadOnlyList<OasstCase> Cases =>
    [
        .. from nested in new[] { true, false }
           from c in new[] { ("a tree with many replies", Sprawling), ("replies before questions", Backward) }
           select new OasstCase(c.Item1, nested, c.Item2),
    ];

    // The rank after that of a message that is put before it.
    private static int? Later(OasstNode node) => node.Rank + 1;

    private static IReadOnlyList<string> ReadConversations(IReadOnlyList<OasstNode> nodes, bool isNested)
    {
        using var folder = new WeightFile();
        File.WriteAllText(folder["trees.jsonl"], Write(nodes, isNested));
        return [.. ConversationReader.Read(folder["trees.jsonl"]).Select(row => Describe(row.Conversation!))];
    }

    private static IReadOnlyList<string> ReadPairs(IReadOnlyList<OasstNode> nodes, bool isNested)
    {
        using var folder = new WeightFile();
        File.WriteAllText(folder["trees.jsonl"], Write(nodes, isNested));
        return
        [
            .. PreferenceReader.Read(folder["trees.jsonl"])
                .Select(pair => $"{Describe(pair.Chosen)} > {Describe(pair.Rejected)}"),
        ];
    }

    private static string Describe(Conversation conversation) =>
        string.Join('|', conversation.Messages.Select(message => message.Text));

    private static string Write(IReadOnlyList<OasstNode> nodes, bool isNested) => string.Concat(isNested
        ? nodes.Where(node => node.Parent is null).Select(root => new JsonObject
        {
            ["message_tree_id"] = root.Id, ["tree_state"] = "ready_for_export", ["prompt"] = ToJson(root, nodes, isNested: true),
        }.ToJsonString() + "\n")
        : nodes.Select(node => ToJson(node, nodes, isNested: false).ToJsonString() + "\n"));

    private static JsonObject ToJson(OasstNode node, IReadOnlyList<OasstNode> nodes, bool isNested)
    {
        var json = new JsonObject
        {
            ["message_id"] = node.Id, ["parent_id"] = node.Parent, ["text"] = node.Text, ["lang"] = "tr",
            ["role"] = Depth(node, nodes) % 2 == 0 ? "prompter" : "assistant",
            ["review_result"] = !node.IsRejected, ["deleted"] = node.IsDeleted, ["rank"] = node.Rank,
        };
        if (isNested)
            json["replies"] = new JsonArray(
                [.. nodes.Where(reply => reply.Parent == node.Id).Select(reply => ToJson(reply, nodes, isNested: true))]);
        return json;
    }

    private static int Depth(OasstNode node, IReadOnlyList<OasstNode> nodes) =>
        node.Parent is null ? 0 : 1 + Depth(nodes.Single(other => other.Id == node.Parent), nodes);

    private static Func<OasstCase, Conditions, Func<IReadOnlyList<OasstNode>, IReadOnlyList<string>>> Changed(
        Func<OasstNode, OasstNode> change) =>
        (c, _) => nodes => ReadConversations([.. nodes.Select(change)], c.IsNested);

    private static Func<OasstCase, Conditions, Func<IReadOnlyList<OasstNode>, IReadOnlyList<string>>> ChangedPairs(
        Func<OasstNode, OasstNode> change) =>
        (c, _) => nodes => ReadPairs([.. nodes.Select(change)], c.IsNested);

    private static Func<OasstCase, Conditions, Func<IReadOnlyList<OasstNode>, IReadOnlyList<string>>> Ended(
        Func<string, OasstCase, string> end) =>
        (c, _) => nodes => [.. ReadConversations(nodes, c.IsNested).Select(text => end(text, c))];
}
