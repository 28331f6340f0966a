using System.Text;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Retrieval;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Cli.Chat;

/// <summary>What questions of a chat are to be answered from: some texts always, of others those that fit the question.</summary>
/// <param name="fixedContexts">Texts that go with every question.</param>
/// <param name="passages">Texts that are searched.</param>
/// <param name="maxPassages">How many of them go with a question, at most.</param>
/// <param name="maxPassageTokens">Most tokens of those that were found for a question.</param>
internal sealed class ContextRetriever(IReadOnlyList<RetrievedText> fixedContexts, IReadOnlyList<RetrievedText> passages, int maxPassages, int maxPassageTokens)
{
    // Shorter ones are fragments of sentences; rather fewer of them go with a question.
    private const int MinUsefulTokens = 64;

    // Throws where a file is not text, instead of giving the model signs that nobody wrote.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Bm25Index _index = new([.. passages.Select(passage => $"{passage.Heading}\n{passage.Text}")]);

    /// <summary>What goes with a question, the best last: what stands nearest to the question is read best.</summary>
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

    /// <summary>True where there is something to search.</summary>
    public bool HasPassages => passages.Count > 0;

    /// <summary>
    /// Some files, and the passages of documentation. Those of one question take half of what the model reads beside its answer, at most:
    /// the other half is for the task, the question and what was said before.
    /// </summary>
    /// <param name="files">Files that go with every question.</param>
    /// <param name="documentation">A folder of pages, or one of them; null for none.</param>
    /// <param name="model">Who reads them.</param>
    /// <param name="maxTokens">Most tokens of an answer.</param>
    /// <param name="maxPassages">How many passages go with a question, at most.</param>
    /// <exception cref="FileNotFoundException">There is no such documentation.</exception>
    /// <exception cref="InvalidDataException">It holds no page, one is not UTF-8, or the model reads too little for a passage.</exception>
    public static ContextRetriever Open(IReadOnlyList<RetrievedText> files, string? documentation, ChatModel model, int maxTokens, int maxPassages)
    {
        var room = (model.ContextLength - model.GetAnswerBudget(maxTokens)) / 2;
        if (documentation is null) return new(files, [], maxPassages, room);
        if (room < Chunker.MinTokens)
            throw new InvalidDataException(Format.Invariant($"The model reads {Format.Count(model.ContextLength)} tokens, of which {Format.Count(room)} are for passages of --docs; a passage takes {Format.Count(Chunker.MinTokens)} at least. Take a model with a longer context."));
        var chunker = new Chunker(model.Tokenizer, Math.Clamp(room / maxPassages, Math.Min(room, MinUsefulTokens), Chunker.DefaultMaxTokens));
        return new(files, [.. chunker.Split(DocumentationReader.Read(documentation)).Select(chunk => new RetrievedText(chunk.ChunkId, chunk.Text, chunk.Breadcrumb, chunk.TokenCount))], maxPassages, room);
    }

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, or not UTF-8.</exception>
    public static RetrievedText ReadFile(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file} to answer from.", file);
        try
        {
            var text = Utf8.GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF');
            return string.IsNullOrWhiteSpace(text) ? throw new InvalidDataException($"{file} is empty; there is nothing to answer from.") : new(file, text);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{file} is not UTF-8. Convert it first, for example: iconv -f WINDOWS-1254 -t UTF-8.", error);
        }
    }
}

/// <summary>A text to answer from.</summary>
/// <param name="Source">Where it stands.</param>
/// <param name="Text">What it says.</param>
/// <param name="Heading">What it is called, to be found by.</param>
/// <param name="Tokens">Its length; not known of files.</param>
/// <param name="Score">How well it fits the question; null where nothing was searched.</param>
internal sealed record RetrievedText(string Source, string Text, string Heading = "", int Tokens = 0, double? Score = null);
