using System.Text;
using TurkishLlm.Data;
using TurkishLlm.Synthesis;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>What questions of a chat are to be answered from: some texts always, of others those that fit the question.</summary>
/// <param name="always">Texts that go with every question.</param>
/// <param name="passages">Texts that are searched.</param>
/// <param name="most">How many of them go with a question, at most.</param>
internal sealed class ChatKnowledge(IReadOnlyList<FoundText> always, IReadOnlyList<FoundText> passages, int most)
{
    // Throws where a file is not text, instead of giving the model signs that nobody wrote.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Bm25Index _index = new([.. passages.Select(passage => $"{passage.Heading}\n{passage.Text}")]);

    /// <summary>What goes with a question, the best last: what stands nearest to the question is read best.</summary>
    public IReadOnlyList<FoundText> For(string question) =>
        [.. always, .. _index.Search(question, most).Select(hit => passages[hit.Passage] with { Score = hit.Score }).Reverse()];

    /// <summary>
    /// Cuts documentation into passages, so short that those of one question take half of what the model reads beside its answer:
    /// the other half is for the task, the question and what was said before.
    /// </summary>
    /// <param name="documentation">A folder of pages, or one of them.</param>
    /// <param name="model">Who reads them.</param>
    /// <param name="maxTokens">Most tokens of an answer.</param>
    /// <param name="most">How many go with a question, at most.</param>
    /// <exception cref="FileNotFoundException">There is no such documentation.</exception>
    /// <exception cref="InvalidDataException">It holds no page, one is not UTF-8, or so many passages do not fit.</exception>
    public static IReadOnlyList<FoundText> Passages(string documentation, AnsweringModel model, int maxTokens, int most)
    {
        var room = (model.ContextLength - model.RoomFor(maxTokens)) / 2;
        if (room / most < Chunker.LeastTokens)
            throw new InvalidDataException(Show.Text($"{Show.Count(most, "passage")} of {Show.Count(Chunker.LeastTokens)} tokens do not fit into the {Show.Count(room)} that a model of {Show.Count(model.ContextLength)} has for them. Give fewer --passages."));
        return [.. new Chunker(model.Tokenizer, Math.Min(room / most, Chunker.DefaultMaxTokens)).Chunk(DocumentationReader.Read(documentation))
            .Select(chunk => new FoundText(chunk.ChunkId, chunk.Text, chunk.Breadcrumb))];
    }

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, or not UTF-8.</exception>
    public static FoundText ReadFile(string file)
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
/// <param name="Score">How well it fits the question; null where nothing was searched.</param>
internal sealed record FoundText(string Source, string Text, string Heading = "", double? Score = null);
