using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Retrieval;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Cli.Chat;

/// <summary>Selects the context of a question: fixed texts, and the passages that match the question best.</summary>
/// <param name="fixedContexts">Texts that are added to every question.</param>
/// <param name="passages">Passages to search.</param>
/// <param name="maxPassages">Maximum number of passages per question.</param>
/// <param name="maxPassageTokens">Maximum total length of the passages of a question, in tokens.</param>
internal sealed class ContextRetriever(
    IReadOnlyList<RetrievedText> fixedContexts, IReadOnlyList<RetrievedText> passages, int maxPassages, int maxPassageTokens)
{
    // Shorter passages are fragments of sentences; fewer but longer ones are better.
    private const int MinUsefulTokens = 64;

    private readonly Bm25Index _index = new([.. passages.Select(passage => $"{passage.Heading}\n{passage.Text}")]);

    /// <summary>Returns the context of a question, best match last: models use the text nearest to the question best.</summary>
    public IReadOnlyList<RetrievedText> Retrieve(string question)
    {
        var (found, left) = (new List<RetrievedText>(), maxPassageTokens);
        foreach (var hit in _index.Search(question, maxPassages).Where(hit => passages[hit.Passage].Tokens <= left))
        {
            found.Insert(0, passages[hit.Passage] with { Score = hit.Score });
            left -= found[0].Tokens;
        }
        return [.. fixedContexts, .. found];
    }

    /// <summary>True if there are passages to search.</summary>
    public bool HasPassages => passages.Count > 0;

    /// <summary>
    /// Creates a retriever for files and documentation. The passages of a question take at most half of the context window
    /// without the answer; the other half is for the system prompt, the question and the chat history.
    /// </summary>
    /// <param name="files">Texts that are added to every question.</param>
    /// <param name="documentation">Folder of pages, or one page; null for none.</param>
    /// <param name="model">The model that reads the context.</param>
    /// <param name="maxTokens">Maximum length of an answer, in tokens.</param>
    /// <param name="maxPassages">Maximum number of passages per question.</param>
    /// <exception cref="FileNotFoundException">The documentation does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// It has no page, a page is not UTF-8, or the context window is too short.
    /// </exception>
    public static ContextRetriever Open(
        IReadOnlyList<RetrievedText> files, string? documentation, ChatModel model, int maxTokens, int maxPassages)
    {
        var room = (model.ContextLength - model.GetAnswerBudget(maxTokens)) / 2;
        if (documentation is null) return new(files, [], maxPassages, room);
        if (room < Chunker.MinTokens)
            throw new InvalidDataException(
                $"The model has a context of {Format.Count(model.ContextLength)} tokens, which leaves {Format.Count(room)} "
                    + $"for passages of --docs; a passage needs at least {Format.Count(Chunker.MinTokens)}. "
                    + "Use a model with a longer context.");
        var chunker = new Chunker(
            model.Tokenizer,
            Math.Clamp(room / maxPassages, Math.Min(room, MinUsefulTokens), Chunker.DefaultMaxTokens));
        return new(
            files,
            [
                .. chunker
                    .Split(DocumentationReader.Read(documentation))
                    .Select(chunk => new RetrievedText(chunk.ChunkId, chunk.Text, chunk.Breadcrumb, chunk.TokenCount)),
            ],
            maxPassages, room);
    }

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
}

/// <summary>A text that is given to the model as context.</summary>
/// <param name="Source">File or chunk id.</param>
/// <param name="Text">The text.</param>
/// <param name="Heading">Headings above the text, which are searched as well.</param>
/// <param name="Tokens">Length in tokens; 0 for files.</param>
/// <param name="Score">BM25 score; null for a fixed text.</param>
internal sealed record RetrievedText(string Source, string Text, string Heading = "", int Tokens = 0, double? Score = null);
