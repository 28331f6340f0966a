using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Finds texts of an evaluation in training text, by word n-grams.</summary>
/// <remarks>
/// An n-gram does not cross the border of two texts. A text with fewer than n words counts as one shorter n-gram only if it is
/// not shorter than <see cref="MinLength"/>, because a few words occur everywhere. Spec: EVL-42. Source: Brown et al. 2020,
/// arXiv:2005.14165, appendix C (13-grams, at least 8 words).
/// </remarks>
public sealed class TextContamination
{
    /// <summary>Fewest words of an n-gram.</summary>
    public const int MinLength = 8;

    private readonly Dictionary<int, Dictionary<ulong, List<int>>> _rowsByLength = [];
    private readonly List<int> _nGrams = [];
    private readonly List<int> _found = [];
    private readonly int _length;

    /// <param name="length">Number of words of an n-gram; at least <see cref="MinLength"/>.</param>
    public TextContamination(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, MinLength);
        _length = length;
    }

    /// <summary>The rows in the order in which they were added.</summary>
    public IReadOnlyList<RowContamination> Rows =>
        [.. _nGrams.Zip(_found, (nGrams, found) => new RowContamination(nGrams, found))];

    /// <summary>Adds a row of the evaluation.</summary>
    /// <param name="texts">Its texts: the question, the answers, the choices, the context.</param>
    public void AddRow(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var row = _nGrams.Count;
        var own = new HashSet<(int, ulong)>();
        foreach (var text in texts) AddText(TextNormalizer.ToNfc(text), own);
        foreach (var (length, hash) in own)
        {
            if (!_rowsByLength.TryGetValue(length, out var rows)) _rowsByLength[length] = rows = [];
            if (!rows.TryGetValue(hash, out var list)) rows[hash] = list = [];
            list.Add(row);
        }
        _nGrams.Add(own.Count);
        _found.Add(0);
    }

    /// <summary>Searches a file of training text; its documents are read as for a corpus.</summary>
    /// <param name="file">A file of text, JSON or Parquet, also compressed.</param>
    /// <param name="cancellationToken">Cancels before the next document.</param>
    /// <exception cref="InvalidDataException">The file cannot be read.</exception>
    public void SearchFile(string file, CancellationToken cancellationToken = default)
    {
        foreach (var text in EvaluationTexts.Read(file))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Search(text);
        }
    }

    /// <summary>Searches a training text. An n-gram that was found is counted once, however often it occurs.</summary>
    public void Search(string text)
    {
        var normalized = TextNormalizer.ToNfc(text);
        foreach (var (length, rows) in _rowsByLength) Search(normalized, length, rows);
    }

    private void Search(string text, int length, Dictionary<ulong, List<int>> rows)
    {
        for (var nGrams = new WordNGrams(text, stackalloc ulong[length]); nGrams.MoveNext();)
            if (rows.Remove(nGrams.Hash, out var found))
                foreach (var row in found) _found[row]++;
    }

    private void AddText(string text, HashSet<(int, ulong)> own)
    {
        var nGrams = new WordNGrams(text, stackalloc ulong[_length]);
        while (nGrams.MoveNext()) own.Add((_length, nGrams.Hash));
        if (nGrams.Count >= _length || nGrams.Count < MinLength) return;
        var whole = new WordNGrams(text, stackalloc ulong[nGrams.Count]);
        while (whole.MoveNext()) own.Add((nGrams.Count, whole.Hash));
    }
}

/// <summary>How much of a row is in the training text.</summary>
/// <param name="NGrams">Number of its n-grams; 0 if its texts are too short to judge.</param>
/// <param name="Found">How many of them occur in the training text.</param>
public readonly record struct RowContamination(int NGrams, int Found)
{
    /// <summary>True if the row is too short to judge.</summary>
    public bool IsTooShort => NGrams == 0;

    /// <summary>True if any n-gram of the row occurs in the training text.</summary>
    public bool IsContaminated => Found > 0;
}
