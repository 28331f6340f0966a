using System.Globalization;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>
/// Groups of one chunk with every history of replies and judges' verdicts that decides which of them counts: none, several,
/// about changed chunks, of another model, unreadable.
/// </summary>
/// <param name="CountPerKind">How many groups of each kind.</param>
/// <param name="Seed">Mixes the replies of different groups.</param>
public sealed record ReviewCase(int CountPerKind, int Seed)
{
    internal const string Model = "model", OtherModel = "başka", JudgeModel = "hâkim";

    private static readonly Step[][] Histories =
    [
        [],
        [new(0)],
        [new(0, IsOld: true)],
        [new(0), new(1)],
        [new(0), new(1, IsOld: true)],
        [new(0, IsOld: true), new(1)],
        [new(0), new(1, By: OtherModel)],
        [new(0, By: OtherModel), new(1)],
        [new(0), new(1, IsReadable: false)],
        [new(0), Verdict(true), Verdict(false)],
        [new(0), Verdict(false), Verdict(true)],
        [new(0), Verdict(false)],
        [new(0), Verdict(false, isOld: true)],
        [new(0), Verdict(true), Verdict(false, isOld: true)],
        [new(0), Verdict(false), Verdict(true, isOld: true)],
        [new(0), Verdict(false), Verdict(true) with { IsReadable = false }],
    ];

    /// <summary>One reply about a group, or one verdict on its pair.</summary>
    /// <param name="Variant">Which of two questions the reply has; of a verdict, 1 if the judge agrees.</param>
    /// <param name="IsOld">True if it is about another text of the chunk.</param>
    /// <param name="By">The model.</param>
    /// <param name="IsReadable">False if the reply is not JSON.</param>
    internal sealed record Step(int Variant, bool IsOld = false, string By = Model, bool IsReadable = true)
    {
        public bool IsVerdict => By == JudgeModel;
    }

    private int Groups => Histories.Length * CountPerKind;

    internal ChunkSet Chunks => new(Enumerable.Range(0, Groups).Select(Chunk));

    internal Blueprint Blueprint => Blueprint.Create(Chunks.All, rules: [1]);

    /// <summary>The replies in the order of the journal, with the group that each is about.</summary>
    internal IReadOnlyList<RepliedEntry> Replies
    {
        get
        {
            var random = new Random(Seed);
            List<(int Group, Queue<Step> Steps)> threads =
                [.. Enumerable.Range(0, Groups).Select(i => (i, new Queue<Step>(Histories[i % Histories.Length])))];
            List<RepliedEntry> replies = [];
            while (threads.RemoveAll(thread => thread.Steps.Count == 0) >= 0 && threads.Count > 0)
            {
                var (group, steps) = threads[random.Next(threads.Count)];
                replies.Add(Reply(group, steps.Dequeue(), replies.Count + 1));
            }
            return replies;
        }
    }

    /// <summary>Returns the question that counts for each group, with the result of it.</summary>
    /// <param name="model">The model of the replies that count; null for all.</param>
    internal IReadOnlyList<string> Expected(string? model) => [.. Enumerable.Range(0, Groups).Select(i =>
    {
        var current = Histories[i % Histories.Length].Where(step => step is { IsOld: false, IsReadable: true }).ToArray();
        var reply = current.LastOrDefault(step => !step.IsVerdict && (model is null || step.By == model));
        return reply is null ? $"{GroupId(i)} unanswered"
            : current.LastOrDefault(step => step.IsVerdict) is { Variant: 0 } ? $"{GroupId(i)} rejected by the judge"
            : $"{GroupId(i)} {Question(i, reply.Variant)}";
    }).Order(StringComparer.Ordinal)];

    /// <summary>Returns the hash of the chunks that a reply must be about.</summary>
    internal string CurrentContext(RepliedEntry reply)
    {
        var name = reply.Group.Split(':') is [_, var group, ..] ? group : reply.Group;
        return LabeledChunks.Select(Chunks, [name["r01/".Length..]]).Hash;
    }

    private static Step Verdict(bool agrees, bool isOld = false) => new(agrees ? 1 : 0, isOld, JudgeModel);

    private static RepliedEntry Reply(int group, Step step, long send)
    {
        var text = step switch
        {
            { IsReadable: false } => "{ bozuk",
            { IsVerdict: true } => $"{{\"answers_question\":{(step.Variant == 1 ? "true" : "false")},\"claims\":"
                + $"[{{\"claim\":\"c\",\"supported\":true,\"quote\":{JsonText.Serialize(Answer(group))}}}]}}",
            _ => "{\"pairs\":[{\"type\":\"olgusal\",\"difficulty\":\"kolay\",\"question\":"
                + $"{JsonText.Serialize(Question(group, step.Variant))},\"answer\":{JsonText.Serialize(Answer(group))},"
                + "\"sources\":[\"K1\"]}]}",
        };
        var chunk = Chunk(group);
        if (step.IsOld) chunk = chunk with { Text = chunk.Text + " Eskiden başkaydı." };
        return new(
            DateTimeOffset.UnixEpoch, send, string.Create(CultureInfo.InvariantCulture, $"istek{send}"), 1,
            step.IsVerdict ? $"{Judge.Prefix}{GroupId(group)}:1" : GroupId(group),
            LabeledChunks.Select(new([chunk]), [chunk.ChunkId]).Hash, step.By, "v2-0", text, "", 10, 20, 0.1m, 1,
            step.IsReadable ? "" : "not JSON");
    }

    private static string GroupId(int i) => $"r01/{Chunk(i).ChunkId}";

    private static string Question(int i, int variant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(variant == 0 ? $"Raf numarası {1000 + i} olan yerde" : $"Depoda {1000 + i} numaralı rafın üstünde")} ne durur?");

    private static string Answer(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"Raf numarası {1000 + i} olan yerde çuval durur.");

    private static Chunk Chunk(int i)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"tr/depo/raf{i:D3}");
        return new(name, "Depo", "Raf", "Telbis > Depo > Raf", "tr", 30, false, false, [], $"## Raf\n\n{Answer(i)}")
        {
            Document = name + ".html", ModuleKey = "depo", Submodule = "raf", Level = PageLevel.Detail,
        };
    }
}
