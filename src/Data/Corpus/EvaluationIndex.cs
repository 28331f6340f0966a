using System.Text;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Recognises the text of evaluation files in documents, by runs of words.</summary>
/// <remarks>
/// A document that shares one run with an evaluation text is left out of both splits: a model that has read the questions
/// is measured on its memory. Texts shorter than a run cannot be recognised; the report counts them.
/// Memory: 32 bytes per word of the evaluation files.
/// Source: Brown et al. 2020, arXiv:2005.14165, appendix C (runs of 13 words). Spec: DAT-41.
/// </remarks>
internal sealed class EvaluationIndex
{
    private readonly Dictionary<ulong, int> _fileOfRun = [];
    private readonly int _length;

    private EvaluationIndex(int length) => _length = length;

    /// <summary>The files, in the order in which <see cref="FindFile"/> numbers them.</summary>
    public IReadOnlyList<ManifestEvaluation> Files { get; private init; } = [];

    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is neither text nor JSON lines.</exception>
    public static EvaluationIndex Read(CorpusOptions options, CancellationToken cancellationToken)
    {
        List<ManifestEvaluation> files = [];
        var index = new EvaluationIndex(options.OverlapWords) { Files = files };
        foreach (var path in options.EvaluationFiles.OrderBy(path => Path.GetFileName(path), StringComparer.Ordinal))
        {
            if (!File.Exists(path))
                throw new FileNotFoundException($"The evaluation file {path} does not exist. Give a *.txt or *.jsonl file.", path);
            var (texts, tooShort) = (0L, 0L);
            foreach (var text in ReadTexts(path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                texts++;
                if (!index.Add(TextNormalizer.ToNfc(text), files.Count)) tooShort++;
            }
            files.Add(new(Path.GetFileName(path), FileDigest.Compute(path), texts, tooShort, Excluded: 0));
        }
        return index;
    }

    /// <summary>The number of a file that shares a run with a document; −1 when none does.</summary>
    public int FindFile(ReadOnlySpan<char> document)
    {
        if (_fileOfRun.Count == 0) return -1;
        for (var runs = new WordNGrams(document, stackalloc ulong[_length]); runs.MoveNext();)
            if (_fileOfRun.TryGetValue(runs.Hash, out var file)) return file;
        return -1;
    }

    private bool Add(ReadOnlySpan<char> text, int file)
    {
        var runs = new WordNGrams(text, stackalloc ulong[_length]);
        while (runs.MoveNext()) _fileOfRun.TryAdd(runs.Hash, file);
        return runs.Count >= _length;
    }

    private static IEnumerable<string> ReadTexts(string path) =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
            ? File.ReadLines(path, Encoding.UTF8).Where(line => line.Length > 0).SelectMany((line, i) => ReadStrings(line, path, i + 1))
            : DocumentReader.Read(path).Select(document => document.Text);

    private static string[] ReadStrings(string line, string path, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return [.. ReadStrings(json.RootElement)];
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{path}, line {number} is not JSON: {error.Message}"), error);
        }
    }

    private static IEnumerable<string> ReadStrings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(ReadStrings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => ReadStrings(member.Value)),
        _ => [],
    };
}
