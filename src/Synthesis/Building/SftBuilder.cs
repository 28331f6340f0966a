using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// Builds fine-tuning rows from accepted pairs; only accepted pairs become answers. A row is in the split of its documents, and
/// no document is in both splits.
/// </summary>
/// <remarks>
/// The context of a row is what chat shows for its question; see <see cref="RagRowBuilder"/>. Source: reference report on
/// fine-tuning, sections 7 and 13. Spec: SYN-02, SYN-07, RET-02.
/// </remarks>
public sealed class SftBuilder
{
    /// <summary>System prompt of rows with context.</summary>
    public const string RagSystem =
        "ERP sistemi asistanısın. Verilen bağlam bilgilerini kullanarak soruyu yanıtla. Bağlamda cevap yoksa "
        + "\"Bu konuda bilgim yok\" de.";

    /// <summary>The answer if the context does not contain one.</summary>
    public const string Refusal = "Bu konuda bilgim yok.";

    private readonly ChunkSet _chunks;
    private readonly SftBuildOptions _options;
    private readonly DocumentSplit _split;
    private readonly Dictionary<bool, RagRowBuilder> _rows;
    private readonly string _chatSystem;

    /// <param name="chunks">The chunks from which the pairs were written.</param>
    /// <param name="passages">The passages that chat searches, in the order of the documentation; the same pages as the chunks.
    /// </param>
    /// <param name="tokenizer">The tokenizer with which the passages were counted: that of the model.</param>
    /// <param name="options">Splits, refusals and context length.</param>
    /// <exception cref="InvalidDataException">The passages are not those of the pages of the chunks.</exception>
    public SftBuilder(ChunkSet chunks, IReadOnlyList<Chunk> passages, Tokenizer tokenizer, SftBuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(passages);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfOtherPages(chunks, passages);
        (_chunks, _options) = (chunks, options);
        _split = new(chunks.All.Select(chunk => chunk.Document), options.ValidationShare);
        _rows = new[] { false, true }.ToDictionary(side => side, side => new RagRowBuilder(
            [.. passages.Where(passage => _split.IsValidation(passage.Document) == side)], tokenizer, options));
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
        List<AnsweredRow> rag = [];
        var excluded = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            Chunk[] sources = [.. pair.Sources.Select(id => _chunks[id])];
            if (_split.FindSplit(sources) is not { } isValidation)
            {
                Count("its chunks are in both splits");
                continue;
            }
            chat.Add((isValidation, CreateChatRow(pair.Pair)));
            if (pair.Pair.IsConversation) Count("conversations have no context row");
            else if (_rows[isValidation].TryCreate(pair, sources, out var isRetrieved) is { } row)
                rag.Add(new(isValidation, row, pair, sources, isRetrieved));
            else Count("its passages do not fit into the context");
        }
        var refusals = CreateRefusals(rag);
        return new(
            chat.ToLookup(row => row.IsValidation, row => row.Row),
            rag.SelectMany(row =>
                    refusals.TryGetValue(row.Row.Id, out var refusal) ? [row, row with { Row = refusal }] : new[] { row })
                .ToLookup(row => row.IsValidation, row => row.Row),
            refusals.Count, rag.Count(row => row.IsRetrieved), excluded);

        void Count(string reason) => excluded[reason] = excluded.GetValueOrDefault(reason) + 1;
    }

    private ChatRow CreateChatRow(QaPair pair) =>
        new([
            new("system", _chatSystem),
            .. pair.Turns.SelectMany(turn => new SftMessage[] { new("user", turn.Question), new("assistant", turn.Answer) }),
        ]);

    // First the questions with passages that the search does not find: in chat, a refusal is right for them. Otherwise the pairs
    // are ordered by a hash of their ids, so equal pairs give equal rows.
    private Dictionary<string, RagRow> CreateRefusals(List<AnsweredRow> rows)
    {
        var target = (int)Math.Round(_options.RefusalShare / (1 - _options.RefusalShare) * rows.Count);
        var refusals = new Dictionary<string, RagRow>(StringComparer.Ordinal);
        foreach (var row in rows.OrderBy(row => row.IsRetrieved).ThenBy(row => RagRowBuilder.ComputeSortKey(row.Row.Id)))
        {
            if (refusals.Count == target) break;
            if (_rows[row.IsValidation].TryCreateRefusal(row.Pair, row.Sources) is { } refusal)
                refusals.Add(row.Row.Id, refusal);
        }
        return refusals;
    }

    private static void ThrowIfOtherPages(ChunkSet chunks, IReadOnlyList<Chunk> passages)
    {
        var ends = GetEnds(passages);
        foreach (var (document, end) in GetEnds(chunks.All))
            if (ends.GetValueOrDefault(document, -1) != end)
                throw new InvalidDataException(
                    $"The page {document} of the documentation is missing or has changed since it was split into chunks. "
                        + "Split it again with `turkishllm synth chunk`, or name the documentation that the chunks are from with "
                        + "--docs.");

        static Dictionary<string, int> GetEnds(IEnumerable<Chunk> parts) => parts
            .GroupBy(part => part.Document, StringComparer.Ordinal)
            .ToDictionary(page => page.Key, page => page.Max(part => part.Offset + part.Length), StringComparer.Ordinal);
    }

    private sealed record AnsweredRow(
        bool IsValidation, RagRow Row, ReviewedPair Pair, IReadOnlyList<Chunk> Sources, bool IsRetrieved);
}
