using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Detects text of evaluation files in documents, by word n-grams.</summary>
/// <remarks>
/// A document that shares one n-gram with an evaluation text is excluded from both splits, because a model that has read the
/// questions would be tested on its memory. Texts shorter than an n-gram cannot be detected; the report counts them. Memory: 32
/// bytes per word of the evaluation files. Source: Brown et al. 2020, arXiv:2005.14165, appendix C (13-grams). Spec: DAT-41.
/// </remarks>
internal sealed class EvaluationIndex
{
    private readonly Dictionary<ulong, int> _fileOfNGram = [];
    private readonly int _length;

    private EvaluationIndex(int length) => _length = length;

    /// <summary>The files, indexed by the result of <see cref="FindFile"/>.</summary>
    public IReadOnlyList<ManifestEvaluation> Files { get; private init; } = [];

    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is neither text, JSON nor Parquet.</exception>
    public static EvaluationIndex Read(CorpusOptions options, CancellationToken cancellationToken)
    {
        List<ManifestEvaluation> files = [];
        var index = new EvaluationIndex(options.OverlapWords) { Files = files };
        foreach (var path in options.EvaluationFiles.OrderBy(path => Path.GetFileName(path), StringComparer.Ordinal))
        {
            FileName.RefuseInvalid(path);
            if (!File.Exists(path))
                throw new FileNotFoundException(
                    $"The evaluation file {path} does not exist. Give a file of text, JSON or Parquet.", path);
            var (texts, tooShort) = (0L, 0L);
            foreach (var text in EvaluationTexts.Read(path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                texts++;
                if (!index.Add(TextNormalizer.ToNfc(text), files.Count)) tooShort++;
            }
            files.Add(new(Path.GetFileName(path), FileDigest.Compute(path), texts, tooShort, Excluded: 0));
        }
        return index;
    }

    /// <summary>Returns the index of a file that shares an n-gram with a document; −1 if none does.</summary>
    public int FindFile(ReadOnlySpan<char> document)
    {
        if (_fileOfNGram.Count == 0) return -1;
        for (var nGrams = new WordNGrams(document, stackalloc ulong[_length]); nGrams.MoveNext();)
            if (_fileOfNGram.TryGetValue(nGrams.Hash, out var file)) return file;
        return -1;
    }

    private bool Add(ReadOnlySpan<char> text, int file)
    {
        var nGrams = new WordNGrams(text, stackalloc ulong[_length]);
        while (nGrams.MoveNext()) _fileOfNGram.TryAdd(nGrams.Hash, file);
        return nGrams.Count >= _length;
    }
}
