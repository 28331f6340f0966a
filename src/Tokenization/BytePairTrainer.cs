using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Learns merges: again and again the most frequent pair of neighbours inside pieces becomes a token.
/// Among pairs of equal count the one with the lower left id wins, then the lower right id, so the same text gives the
/// same tokenizer on every machine and with any number of processors.
/// </summary>
/// <remarks>
/// Neighbours are counted with overlaps ("aaa" has two), and a merge takes them from the left. Each merge visits only the
/// words that hold its pair. A pair that occurs once is never merged.
/// Text is taken as it is: bring it to one form first, see <see cref="TextNormalizer.ToNfc"/>.
/// Spec: TOK-08, TOK-22, TOK-23. Source: Sennrich et al. 2016, arXiv:1508.07909, section 3.2.
/// </remarks>
public static class BytePairTrainer
{
    /// <summary>A pair must occur this often to become a token.</summary>
    public const int LeastCount = 2;

    private const int MergesPerReport = 500;

    /// <summary>Learns from documents.</summary>
    /// <param name="documents">Texts, read once, on several threads.</param>
    /// <param name="vocabularySize">Ids to make, special tokens and bytes among them.</param>
    /// <param name="progress">Told about every thousand documents, from several threads, and every few hundred merges.</param>
    /// <param name="cancel">Stops the training.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below <see cref="VocabularyLayout.FirstMerge"/> or above
    /// <see cref="VocabularyLayout.MaximumSize"/>.</exception>
    /// <exception cref="InvalidDataException">The documents do not hold enough different pairs.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was set.</exception>
    /// <remarks>What <paramref name="documents"/> throws comes through as it is.</remarks>
    public static Tokenizer Train(
        IEnumerable<string> documents, int vocabularySize, IProgress<BytePairProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        RefuseSize(vocabularySize);
        var read = 0L;
        var counts = PieceCounter.Count(
            documents,
            n => progress?.Report(new BytePairProgress(read = n, 0, VocabularyLayout.FirstMerge, vocabularySize)),
            cancel);
        return Train(counts, vocabularySize, progress, read, cancel);
    }

    /// <summary>Learns from pieces that were counted before.</summary>
    /// <param name="pieceCounts">Pieces, as <see cref="PreTokenizer"/> gives them, with how often each occurs.</param>
    /// <param name="vocabularySize">Ids to make, special tokens and bytes among them.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is outside of what a vocabulary may have.</exception>
    /// <exception cref="InvalidDataException">The pieces do not hold enough different pairs.</exception>
    public static Tokenizer Train(IReadOnlyDictionary<string, long> pieceCounts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(pieceCounts);
        RefuseSize(vocabularySize);
        return Train(pieceCounts, vocabularySize, progress: null, documentsRead: 0, CancellationToken.None);
    }

    private static Tokenizer Train(
        IReadOnlyDictionary<string, long> pieceCounts, int vocabularySize,
        IProgress<BytePairProgress>? progress, long documentsRead, CancellationToken cancel)
    {
        var words = new TrainingWords(pieceCounts);
        var merges = new List<(int, int)>(vocabularySize - VocabularyLayout.FirstMerge);
        var pairs = new PairTable();
        words.CountPairs(pairs);
        pairs.QueueNewPairs();

        for (var id = VocabularyLayout.FirstMerge; id < vocabularySize; id++)
        {
            cancel.ThrowIfCancellationRequested();
            if (!pairs.TryTake(LeastCount, out var left, out var right, out var holders))
                throw new InvalidDataException(
                    $"The text is too small for a vocabulary of {vocabularySize}: after {merges.Count} merges no pair of tokens occurs " +
                    $"twice. The largest vocabulary that it gives is {id}; ask for that, or train on more text.");
            foreach (var word in holders) words.Merge(word, left, right, id, pairs);
            pairs.QueueNewPairs();
            merges.Add((left, right));
            if (merges.Count % MergesPerReport == 0 || id + 1 == vocabularySize)
                progress?.Report(new BytePairProgress(documentsRead, pieceCounts.Count, id + 1, vocabularySize));
        }
        return new Tokenizer(merges);
    }

    private static void RefuseSize(int vocabularySize)
    {
        if (vocabularySize is < VocabularyLayout.FirstMerge or > VocabularyLayout.MaximumSize)
            throw new ArgumentOutOfRangeException(
                nameof(vocabularySize), vocabularySize,
                $"A vocabulary has {VocabularyLayout.FirstMerge} ids at least ({SpecialTokens.Count} special tokens, 256 bytes) and {VocabularyLayout.MaximumSize} at most (ids are stored in 16 bits).");
    }
}
