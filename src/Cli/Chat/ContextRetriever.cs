using TurkishLlm.Data.Retrieval;
using TurkishLlm.Files;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Retrieval;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Chat;

/// <summary>
/// Selects the context of a question: fixed texts, and the numbered passages that match the question best. A passage keeps its
/// number for the whole chat, so that the number means one passage among all that the model sees.
/// </summary>
/// <param name="model">The model that reads the context.</param>
/// <param name="fixedContexts">Texts that are added to every question.</param>
/// <param name="passages">Passages to search; null for none.</param>
internal sealed class ContextRetriever(
    ChatModel model, IReadOnlyList<RetrievedText> fixedContexts, PassageRetriever? passages)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>True if passages are added to questions.</summary>
    public bool HasPassages => passages is not null && !IsOnDemand;

    /// <summary>True if the model searches by a tool: no passages are added to questions.</summary>
    public bool IsOnDemand { get; init; }

    /// <summary>Returns the passages for a query of the model, with their numbers, in the order of the documentation.</summary>
    /// <param name="query">The query.</param>
    /// <param name="maxTokens">Number of tokens that are free for passages.</param>
    public IReadOnlyList<string> Search(string query, int maxTokens) =>
        passages is null ? [] : [.. passages.Retrieve(query, maxTokens).Select(passage => Show(passage, score: null).Text)];

    /// <summary>Returns the context of a question: the fixed texts, then passages in the order of the documentation.</summary>
    /// <param name="question">The question.</param>
    /// <param name="system">The system prompt; null for that of the template.</param>
    public IReadOnlyList<RetrievedText> Retrieve(string question, string? system)
    {
        if (passages is null || IsOnDemand) return fixedContexts;
        var asked = ChatMessage.User(question, [.. fixedContexts.Select(text => text.Text)]);
        var prompt = model.Template.RenderPrompt(system is null ? new(asked) : new(ChatMessage.System(system), asked)).Count;
        var scores = passages.Rank(question, passages.Budget.Passages)
            .ToDictionary(hit => hit.Passage.ChunkId, hit => hit.Score, StringComparer.Ordinal);
        return
        [
            .. fixedContexts,
            .. passages.Retrieve(question, passages.Budget.GetRoom(prompt))
                .Select(passage => Show(passage, scores[passage.ChunkId])),
        ];
    }

    /// <summary>Returns the passages of this chat that an answer cites.</summary>
    public IEnumerable<(int Number, string Source)> FindCited(string answer) =>
        from number in Citation.Find(answer)
        join shown in _numbers on number equals shown.Value
        select (number, shown.Key);

    /// <summary>Begins a new chat: numbers start at 1 again.</summary>
    public void Reset() => _numbers.Clear();

    /// <summary>Creates a retriever for files and documentation.</summary>
    /// <param name="files">Texts that are added to every question.</param>
    /// <param name="documentation">Folder of pages, or one page; null for none.</param>
    /// <param name="model">The model that reads the context.</param>
    /// <param name="maxTokens">Maximum length of an answer, in tokens.</param>
    /// <param name="maxPassages">Maximum number of passages per question.</param>
    /// <param name="isOnDemand">True if the model searches by a tool.</param>
    /// <exception cref="FileNotFoundException">The documentation does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// It has no page, a page is not UTF-8, or the context window is too short.
    /// </exception>
    public static ContextRetriever Open(
        IReadOnlyList<RetrievedText> files, string? documentation, ChatModel model, int maxTokens, int maxPassages,
        bool isOnDemand = false) =>
        new(
            model, files, documentation is null
                ? null
                : PassageRetriever.Open(documentation, model.Tokenizer, new(model.ContextLength, maxPassages, maxTokens)))
        {
            IsOnDemand = isOnDemand,
        };

    /// <summary>Reads a text file.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">It is empty, or not UTF-8.</exception>
    public static RetrievedText ReadFile(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"The context file {file} does not exist.", file);
        var text = TextFile.ReadAllText(file);
        return string.IsNullOrWhiteSpace(text)
            ? throw new InvalidDataException($"The context file {file} is empty.")
            : new(file, text);
    }

    private RetrievedText Show(Chunk passage, double? score)
    {
        if (!_numbers.TryGetValue(passage.ChunkId, out var number)) _numbers[passage.ChunkId] = number = _numbers.Count + 1;
        return new(passage.ChunkId, passage.Text) { Number = number, Score = score };
    }
}

/// <summary>A text that is given to the model as context.</summary>
/// <param name="Source">File or chunk id.</param>
/// <param name="Passage">The text without its number.</param>
internal sealed record RetrievedText(string Source, string Passage)
{
    /// <summary>Number of a passage of the documentation; null for a fixed text.</summary>
    public int? Number { get; init; }

    /// <summary>BM25 score; null for a fixed text.</summary>
    public double? Score { get; init; }

    /// <summary>The text as the model reads it.</summary>
    public string Text => Number is { } number ? Citation.Number(number, Passage) : Passage;
}
