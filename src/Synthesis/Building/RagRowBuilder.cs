using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Retrieval;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// Builds the rows of one split with retrieved contexts: those that chat shows for the question. If the passages that support the
/// answer are not among them, they take the place of the worst matches.
/// </summary>
/// <remarks>Spec: SYN-07, RET-02.</remarks>
internal sealed class RagRowBuilder
{
    private const int MaxCandidates = 200;

    // A passage with more of the words of the question is too likely to say the answer in other words.
    private const double MaxRelevance = 0.75;

    private readonly PassageRetriever _retriever;
    private readonly ILookup<string, Chunk> _byDocument;
    private readonly ChatTemplate _template;
    private readonly GroundingChecker _grounding = new();
    private readonly bool _cites;

    /// <param name="passages">The passages of the split, in the order of the documentation.</param>
    /// <param name="tokenizer">The tokenizer with which they were counted.</param>
    /// <param name="options">Number and length of passages, citations.</param>
    public RagRowBuilder(IReadOnlyList<Chunk> passages, Tokenizer tokenizer, SftBuildOptions options)
    {
        (_retriever, _template) = (new(passages, tokenizer, options.Budget), new(tokenizer));
        _byDocument = passages.ToLookup(passage => passage.Document, StringComparer.Ordinal);
        _cites = options.Citations;
    }

    /// <summary>Builds the row that answers a pair.</summary>
    /// <param name="pair">The pair, with one turn.</param>
    /// <param name="sources">The chunks that support it.</param>
    /// <param name="isRetrieved">True if the search finds the passages that support it.</param>
    /// <returns>The row; null if these passages do not fit beside the question and the answer.</returns>
    public RagRow? TryCreate(ReviewedPair pair, IReadOnlyList<Chunk> sources, out bool isRetrieved)
    {
        var turn = pair.Pair.Turns[0];
        var support = FindSupport(turn, sources);
        var room = GetRoom(turn.Question, Cite(turn.Answer, Enumerable.Range(1, support.Count)));
        var context = _retriever.Retrieve(turn.Question, room);
        isRetrieved = support.All(context.Contains);
        if (!isRetrieved)
        {
            var ranked = _retriever.Rank(turn.Question, _retriever.Budget.Passages).Select(hit => hit.Passage);
            context = _retriever.Fit([.. support, .. ranked], room);
        }
        return support.All(context.Contains)
            ? CreateRow(
                context, turn.Question, Cite(turn.Answer, support.Select(passage => IndexOf(context, passage) + 1)), pair.Pair.Id,
                support)
            : null;
    }

    /// <summary>
    /// Builds a row with the question of a pair and the best matches that do not contain its answer; the answer is a refusal.
    /// </summary>
    /// <param name="pair">The pair, with one turn.</param>
    /// <param name="sources">The chunks that support it.</param>
    /// <returns>The row; null if no passage lacks the answer.</returns>
    public RagRow? TryCreateRefusal(ReviewedPair pair, IReadOnlyList<Chunk> sources)
    {
        var turn = pair.Pair.Turns[0];
        var room = GetRoom(turn.Question, SftBuilder.Refusal);
        var context = _retriever.Fit(FindUnanswering(pair, sources, room).Take(2 * _retriever.Budget.Passages), room);
        while (context.Count > 0 && !LacksAnswer(turn, context)) context = [.. context.SkipLast(1)];
        return context.Count == 0
            ? null
            : CreateRow(context, turn.Question, SftBuilder.Refusal, pair.Pair.Id + ":refusal", []);
    }

    /// <summary>Returns a key by which names are ordered without regard to their meaning.</summary>
    public static string ComputeSortKey(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    // One passage if it supports the whole answer; otherwise those to which the claims are traced, or all of the chunks.
    private List<Chunk> FindSupport(QaTurn turn, IReadOnlyList<Chunk> sources)
    {
        Chunk[] parts =
        [
            .. sources.SelectMany(source => _byDocument[source.Document].Where(passage => Overlap(passage, source))).Distinct(),
        ];
        if (Array.Find(parts, part => IsSupported([part])) is { } alone) return [alone];
        var claims = _grounding.Trace(turn, parts);
        var traced = claims.SelectMany(claim => claim.Evidence).Select(place => place.ChunkId).ToHashSet(StringComparer.Ordinal);
        Chunk[] used = [.. parts.Where(part => traced.Contains(part.ChunkId))];
        return used.Length > 0 && IsSupported(used) ? [.. used] : [.. parts];

        bool IsSupported(IReadOnlyList<Chunk> passages) =>
            _grounding.Trace(turn, passages) is var all
            && all.All(claim => claim.Problem.Length == 0) && all.Any(claim => claim.Evidence.Count > 0);
    }

    private IEnumerable<Chunk> FindUnanswering(ReviewedPair pair, IReadOnlyList<Chunk> sources, int room)
    {
        var turn = pair.Pair.Turns[0];
        return _retriever.Rank(turn.Question, MaxCandidates)
            .Select(hit => hit.Passage)
            .Concat(_retriever.Passages.OrderBy(passage => ComputeSortKey(pair.Pair.Id + passage.ChunkId)).Take(MaxCandidates))
            .Where(passage => passage.Language == sources[0].Language
                && _retriever.Fit([passage], room).Count > 0
                && sources.All(source => source.Document != passage.Document)
                && GroundingChecker.ComputeRelevance(turn.Question, passage) < MaxRelevance
                && LacksAnswer(turn, [passage]))
            .DistinctBy(passage => passage.ChunkId);
    }

    private bool LacksAnswer(QaTurn turn, IReadOnlyList<Chunk> passages) =>
        _grounding.Trace(turn, passages).All(claim => claim.Problem.Length > 0);

    // What chat leaves for passages after this question, or less if the answer is longer than chat expects.
    private int GetRoom(string question, string answer)
    {
        var asked = new Conversation(ChatMessage.System(SftBuilder.RagSystem), ChatMessage.User(question));
        var whole = _template.Render(asked.Append(ChatMessage.Assistant(answer))).Ids.Count;
        return Math.Min(
            _retriever.Budget.GetRoom(_template.RenderPrompt(asked).Count), _retriever.Budget.ContextLength + 1 - whole);
    }

    private string Cite(string answer, IEnumerable<int> numbers) => _cites ? Citation.Append(answer, numbers) : answer;

    private static RagRow CreateRow(
        IReadOnlyList<Chunk> context, string question, string answer, string id, IReadOnlyList<Chunk> support) =>
        new(
            SftBuilder.RagSystem, [.. context.Select((passage, i) => Citation.Number(i + 1, passage.Text))], question, answer, id,
            JoinIds(support), JoinIds(context));

    private static string JoinIds(IEnumerable<Chunk> passages) => string.Join(' ', passages.Select(passage => passage.ChunkId));

    private static int IndexOf(IReadOnlyList<Chunk> context, Chunk passage) =>
        context.Index().First(shown => shown.Item == passage).Index;

    private static bool Overlap(Chunk passage, Chunk chunk) => passage.ChunkId == chunk.ChunkId
        || (passage.Offset < chunk.Offset + chunk.Length && chunk.Offset < passage.Offset + passage.Length);
}
