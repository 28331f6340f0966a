using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// Builds fine-tuning rows from accepted pairs; only accepted pairs become answers. A row is in the split of its documents, and
/// no document is in both splits.
/// </summary>
/// <remarks>
/// The context of a row consists of the chunks that support its claims, filled up with other chunks of the group, because a
/// search also returns irrelevant passages. Source: reference report on fine-tuning, sections 7 and 13. Spec: SYN-02, SYN-07.
/// </remarks>
public sealed class SftBuilder
{
    /// <summary>System prompt of rows with context.</summary>
    public const string RagSystem =
        "ERP sistemi asistanısın. Verilen bağlam bilgilerini kullanarak soruyu yanıtla. Bağlamda cevap yoksa "
        + "\"Bu konuda bilgim yok\" de.";

    /// <summary>The answer if the context does not contain one.</summary>
    public const string Refusal = "Bu konuda bilgim yok.";

    private const int MaxCandidates = 200;
    private const double MinRelevance = 0.5;

    private readonly ChunkSet _chunks;
    private readonly Dictionary<string, ChunkGroup> _groups;
    private readonly SftBuildOptions _options;
    private readonly DocumentSplit _split;
    private readonly GroundingChecker _grounding = new();
    private readonly string _chatSystem;

    /// <param name="chunks">All chunks.</param>
    /// <param name="groups">All groups.</param>
    /// <param name="options">Splits, refusals and context length.</param>
    public SftBuilder(ChunkSet chunks, IEnumerable<ChunkGroup> groups, SftBuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(options);
        (_chunks, _options) = (chunks, options);
        _groups = groups.ToDictionary(group => group.Id, StringComparer.Ordinal);
        _split = new(chunks.All.Select(chunk => chunk.Document), options.ValidationShare);
        var name = SystemDescription.FindName(chunks);
        _chatSystem =
            $"Sen {(name.Length > 0 ? name : "bu")} sisteminin yapay zekâ asistanısın. Soruları kısa, doğru ve "
            + "anlaşılır biçimde yanıtla.";
    }

    /// <summary>Builds the rows, in the order of the pairs; refusals are placed among them.</summary>
    public SftRows Build(IReadOnlyList<ReviewedPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        List<(bool IsValidation, ChatRow Row)> chat = [];
        List<(bool IsValidation, RagRow Row, ReviewedPair Pair)> rag = [];
        var excluded = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var sources = pair.Sources.Select(id => _chunks[id]).ToArray();
            if (_split.FindSplit(sources) is not { } isValidation)
            {
                Count("its chunks are in both splits");
                continue;
            }
            chat.Add((isValidation, CreateChatRow(pair.Pair)));
            if (pair.Pair.IsConversation) Count("conversations have no context row");
            else if (sources.Sum(chunk => chunk.TokenCount) > _options.ContextTokens)
                Count("its chunks do not fit into the context");
            else rag.Add((isValidation, CreateRagRow(pair, SelectContext(pair, sources, isValidation)), pair));
        }
        var refusals = CreateRefusals(rag);
        return new(
            chat.ToLookup(row => row.IsValidation, row => row.Row),
            rag.SelectMany(row =>
                    refusals.TryGetValue(row.Row.Id, out var refusal)
                        ? [(row.IsValidation, row.Row), (row.IsValidation, refusal)]
                        : (IEnumerable<(bool IsValidation, RagRow Row)>)[(row.IsValidation, row.Row)])
                .ToLookup(row => row.IsValidation, row => row.Row),
            refusals.Count, excluded);

        void Count(string reason) => excluded[reason] = excluded.GetValueOrDefault(reason) + 1;
    }

    private ChatRow CreateChatRow(QaPair pair) =>
        new([
            new("system", _chatSystem),
            .. pair.Turns.SelectMany(turn => new SftMessage[] { new("user", turn.Question), new("assistant", turn.Answer) }),
        ]);

    private static RagRow CreateRagRow(ReviewedPair pair, IReadOnlyList<Chunk> context) =>
        new(
            RagSystem, JoinTexts(context), pair.Pair.Turns[0].Question, pair.Pair.Turns[0].Answer, pair.Pair.Id,
            JoinNames(context));

    private IReadOnlyList<Chunk> SelectContext(ReviewedPair pair, Chunk[] sources, bool isValidation)
    {
        var room = _options.ContextTokens - sources.Sum(chunk => chunk.TokenCount);
        List<Chunk> context = [.. sources];
        foreach (var chunk in _groups[pair.Pair.Group].Chunks.Select(id => _chunks[id]))
        {
            if (context.Contains(chunk) || _split.IsValidation(chunk.Document) != isValidation || chunk.TokenCount > room)
                continue;
            context.Add(chunk);
            room -= chunk.TokenCount;
        }
        return _chunks.Sort(context);
    }

    // The pairs that lend their question to a refusal are selected by a hash of their ids, so equal pairs give equal rows.
    private Dictionary<string, RagRow> CreateRefusals(List<(bool IsValidation, RagRow Row, ReviewedPair Pair)> rows)
    {
        var target = (int)Math.Round(_options.RefusalShare / (1 - _options.RefusalShare) * rows.Count);
        var refusals = new Dictionary<string, RagRow>(StringComparer.Ordinal);
        foreach (var (isValidation, row, pair) in rows.OrderBy(row => ComputeSortKey(row.Row.Id)))
        {
            if (refusals.Count == target) break;
            if (FindUnansweringContext(pair, isValidation) is not { } chunk) continue;
            refusals.Add(
                row.Id, row with
                {
                    Context = JoinTexts([chunk]),
                    Answer = Refusal,
                    Id = row.Id + ":refusal",
                    Source = chunk.ChunkId,
                });
        }
        return refusals;
    }

    private Chunk? FindUnansweringContext(ReviewedPair pair, bool isValidation)
    {
        var own = pair.Sources.Select(id => _chunks[id]).ToArray();
        return _chunks
            .All.Where(chunk =>
                chunk.Language == own[0].Language
                && _split.IsValidation(chunk.Document) == isValidation
                && chunk.TokenCount <= _options.ContextTokens
                && own.All(source => source.Document != chunk.Document))
            .OrderBy(chunk => ComputeSortKey(pair.Pair.Id + chunk.ChunkId))
            .Take(MaxCandidates)
            .FirstOrDefault(chunk => LacksAnswer(pair.Pair.Turns[0], chunk));
    }

    private bool LacksAnswer(QaTurn turn, Chunk chunk) =>
        GroundingChecker.ComputeRelevance(turn.Question, chunk) < MinRelevance
        && _grounding.Trace(turn, [chunk]).All(claim => claim.Problem.Length > 0);

    private static string JoinTexts(IEnumerable<Chunk> chunks) => string.Join("\n\n", chunks.Select(chunk => chunk.Text));

    private static string JoinNames(IEnumerable<Chunk> chunks) => string.Join(' ', chunks.Select(chunk => chunk.ChunkId));

    private static string ComputeSortKey(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
