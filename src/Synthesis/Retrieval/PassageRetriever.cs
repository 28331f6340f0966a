using TurkishLlm.Data.Retrieval;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Retrieval;

/// <summary>
/// Selects the passages of documentation that a model reads with a question. Chat, evaluation and the rows of <c>synth build</c>
/// use this class, so that training shows a model what chat will show it.
/// </summary>
/// <remarks>
/// The best matches by BM25 are taken as long as they fit: a passage that does not fit is skipped as a whole, never cut. The
/// model reads them in the order of the documentation, so the place of a passage says nothing about its rank. Spec: RET-02.
/// </remarks>
public sealed class PassageRetriever
{
    // The tokens around a passage: <|context|>, its number, <|eot_id|>.
    private readonly int _overhead;
    private readonly Bm25Index _index;
    private readonly Dictionary<string, int> _places;

    /// <param name="passages">The passages, in the order of the documentation.</param>
    /// <param name="tokenizer">The tokenizer with which the passages were counted.</param>
    /// <param name="budget">Number and length of the passages of a question.</param>
    public PassageRetriever(IReadOnlyList<Chunk> passages, Tokenizer tokenizer, RetrievalBudget budget)
    {
        ArgumentNullException.ThrowIfNull(passages);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(budget);
        (Passages, Tokenizer, Budget) = (passages, tokenizer, budget);
        _overhead = tokenizer.CountTokens(Citation.Number(99, "")) + 2;
        _index = new([.. passages.Select(passage => new SearchText(passage.Text, passage.Breadcrumb))]);
        _places = passages.Select((passage, place) => (passage.ChunkId, place))
            .ToDictionary(pair => pair.ChunkId, pair => pair.place, StringComparer.Ordinal);
    }

    /// <summary>All passages, in the order of the documentation.</summary>
    public IReadOnlyList<Chunk> Passages { get; }

    /// <summary>The tokenizer with which the passages were counted.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Number and length of the passages of a question.</summary>
    public RetrievalBudget Budget { get; }

    /// <summary>Reads documentation and splits it into passages.</summary>
    /// <param name="documentation">Folder of pages, or one page.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="budget">Number and length of the passages of a question.</param>
    /// <exception cref="FileNotFoundException">The documentation does not exist.</exception>
    /// <exception cref="InvalidDataException">It has no page, a page is not UTF-8, or the context is too short.</exception>
    public static PassageRetriever Open(string documentation, Tokenizer tokenizer, RetrievalBudget budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        if (budget.TotalTokens < Chunker.MinTokens)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The model has a context of {budget.ContextLength} tokens, which leaves {budget.TotalTokens} for passages; a ")
                + FormattableString.Invariant($"passage needs at least {Chunker.MinTokens}. Use a model with a longer context."));
        return new(
            new Chunker(tokenizer, budget.PassageTokens).Split(DocumentationReader.Read(documentation)), tokenizer, budget);
    }

    /// <summary>Ranks the passages for a question, best first.</summary>
    /// <param name="question">The question.</param>
    /// <param name="count">Maximum number of passages.</param>
    public IEnumerable<(Chunk Passage, double Score)> Rank(string question, int count) =>
        _index.Search(question, count).Select(hit => (Passages[hit.Passage], hit.Score));

    /// <summary>Selects the passages of a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="maxTokens">
    /// Number of tokens that are free for passages; at most <see cref="RetrievalBudget.TotalTokens"/> are used.
    /// </param>
    /// <returns>The passages, in the order of the documentation.</returns>
    public IReadOnlyList<Chunk> Retrieve(string question, int maxTokens) =>
        Fit(Rank(question, Budget.Passages).Select(hit => hit.Passage), maxTokens);

    /// <summary>Takes passages as long as they fit, those that come first before others.</summary>
    /// <param name="candidates">The passages, the most important first; repetitions count once.</param>
    /// <param name="maxTokens">As in <see cref="Retrieve"/>.</param>
    /// <returns>The passages that fit, in the order of the documentation.</returns>
    public IReadOnlyList<Chunk> Fit(IEnumerable<Chunk> candidates, int maxTokens)
    {
        var (taken, left) = (new List<Chunk>(), Math.Min(maxTokens, Budget.TotalTokens));
        foreach (var passage in candidates.DistinctBy(passage => passage.ChunkId))
        {
            if (taken.Count == Budget.Passages) break;
            if (passage.TokenCount + _overhead > left) continue;
            taken.Add(passage);
            left -= passage.TokenCount + _overhead;
        }
        return [.. taken.OrderBy(passage => _places[passage.ChunkId])];
    }
}
