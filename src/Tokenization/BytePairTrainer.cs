using System.Collections.Concurrent;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Learns BPE merges: repeatedly merges the most frequent pair of adjacent tokens within pre-tokens. Ties are broken by the lower
/// left id, then by the lower right id, so the same text gives the same tokenizer on every machine and with any number of
/// threads.
/// </summary>
/// <remarks>
/// Adjacent pairs are counted with overlaps ("aaa" has two) and merged from left to right. Each merge visits only the words that
/// contain its pair. A pair that occurs once is never merged. The text is not normalized: normalize it first with
/// <see cref="TextNormalizer.ToNfc"/>. Spec: TOK-08, TOK-22, TOK-23, TOK-24. Source: Sennrich et al. 2016, arXiv:1508.07909,
/// section 3.2.
/// </remarks>
public static class BytePairTrainer
{
    /// <summary>Minimum number of occurrences for a pair to become a token.</summary>
    public const int MinFrequency = 2;

    private const int MergesPerReport = 500;

    /// <summary>
    /// Trains on documents. All distinct pre-tokens are held in memory; for a large corpus, use the overload that takes files.
    /// </summary>
    /// <param name="documents">Texts; enumerated once and counted on several threads.</param>
    /// <param name="vocabularySize">Total number of ids, including special tokens and bytes.</param>
    /// <param name="progress">
    /// Receives a report every thousand documents, from several threads, and every few hundred merges.
    /// </param>
    /// <param name="split">The split rule; null for <see cref="SplitRule.Turkish"/>.</param>
    /// <param name="cancellationToken">Cancels the training.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below <see cref="VocabularyLayout.FirstMerge"/> or above
    /// <see cref="VocabularyLayout.MaximumSize"/>.</exception>
    /// <exception cref="InvalidDataException">The documents do not contain enough distinct pairs.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    /// <remarks>Exceptions thrown by <paramref name="documents"/> are passed on unchanged.</remarks>
    public static Tokenizer Train(
        IEnumerable<string> documents,
        int vocabularySize,
        IProgress<BytePairProgress>? progress = null,
        SplitRule? split = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        split ??= SplitRule.Turkish;
        RefuseSize(vocabularySize);
        var reporter = new ProgressReporter(progress, vocabularySize);
        var tables = new ConcurrentBag<Dictionary<string, long>>();
        new PreTokenCounter(split, Environment.ProcessorCount, int.MaxValue, tables.Add).Count(
            documents, reporter.OnDocumentCounted, cancellationToken);
        var words = new TrainingWords(SortedCounts.Merge(tables.Select(SortedCounts.Sort)), int.MaxValue);
        return new Tokenizer(split, LearnMerges(words, vocabularySize, reporter, cancellationToken));
    }

    /// <summary>
    /// Trains on files of any size in bounded memory. If interrupted and started again, counts only the files that are not
    /// counted yet.
    /// </summary>
    /// <param name="sources">The files. Their order does not affect the tokenizer.</param>
    /// <param name="options">Vocabulary size and memory limits.</param>
    /// <param name="progress">
    /// Receives a report every thousand documents, from several threads, and every few hundred merges.
    /// </param>
    /// <param name="cancellationToken">Cancels the training; the counts of finished files are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary size or another option is out of range.</exception>
    /// <exception cref="InvalidDataException">The files do not contain enough distinct pairs.</exception>
    /// <exception cref="IOException">A file cannot be read, or the counts cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public static BytePairResult Train(
        IReadOnlyList<TrainingSource> sources,
        BytePairOptions options,
        IProgress<BytePairProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(options);
        RefuseSize(options.VocabularySize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PreTokensPerThread, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPreTokens, 1);

        var lengths = sources.Select(source => new FileInfo(source.Path).Length).ToArray();
        var reporter = new ProgressReporter(progress, options.VocabularySize) { TotalBytes = lengths.Sum() };
        var folder = new CountsFolder(options);
        var files = new List<string>();
        foreach (var (source, length) in sources.Zip(lengths))
        {
            files.Add(folder.Count(source, reporter.OnDocumentCounted, cancellationToken));
            reporter.OnFileFinished(length);
        }
        var words = folder.Merge(files, counts => new TrainingWords(counts, options.MaxPreTokens), cancellationToken);
        var tokenizer = new Tokenizer(
            options.Split, LearnMerges(words, options.VocabularySize, reporter, cancellationToken));
        return new(tokenizer, folder.ReusedCount, words.Count, words.MinFrequency, words.SkippedCount);
    }

    /// <summary>Trains on pre-tokens that were counted before.</summary>
    /// <param name="preTokenCounts">Pre-tokens, as the split rule produces them, with their counts.</param>
    /// <param name="vocabularySize">Total number of ids, including special tokens and bytes.</param>
    /// <param name="split">The split rule that produced them; null for <see cref="SplitRule.Turkish"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not a valid vocabulary size.</exception>
    /// <exception cref="InvalidDataException">The pre-tokens do not contain enough distinct pairs.</exception>
    public static Tokenizer Train(
        IReadOnlyDictionary<string, long> preTokenCounts, int vocabularySize, SplitRule? split = null)
    {
        ArgumentNullException.ThrowIfNull(preTokenCounts);
        RefuseSize(vocabularySize);
        return new Tokenizer(
            split ?? SplitRule.Turkish,
            LearnMerges(
                new TrainingWords(preTokenCounts, int.MaxValue), vocabularySize, new ProgressReporter(null, vocabularySize),
                CancellationToken.None));
    }

    private static List<(int Left, int Right)> LearnMerges(
        TrainingWords words, int vocabularySize, ProgressReporter reporter, CancellationToken cancellationToken)
    {
        var merges = new List<(int, int)>(vocabularySize - VocabularyLayout.FirstMerge);
        var pairs = new PairTable();
        words.CountPairs(pairs);
        pairs.QueueNewPairs();
        reporter.OnTokensAdded(words.Count, VocabularyLayout.FirstMerge);

        for (var id = VocabularyLayout.FirstMerge; id < vocabularySize; id++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!pairs.TryDequeue(MinFrequency, out var left, out var right, out var holders))
                throw new InvalidDataException(
                    $"The text is too small for a vocabulary of {vocabularySize}: after {merges.Count} merges "
                        + "no pair of tokens occurs "
                        + $"twice. The largest possible vocabulary is {id}: use that, or train on more text.");
            foreach (var word in holders) words.Merge(word, left, right, id, pairs);
            pairs.QueueNewPairs();
            merges.Add((left, right));
            if (merges.Count % MergesPerReport == 0 || id + 1 == vocabularySize) reporter.OnTokensAdded(words.Count, id + 1);
        }
        return merges;
    }

    private static void RefuseSize(int vocabularySize)
    {
        if (vocabularySize is < VocabularyLayout.FirstMerge or > VocabularyLayout.MaximumSize)
            throw new ArgumentOutOfRangeException(
                nameof(vocabularySize), vocabularySize,
                $"A vocabulary has at least {VocabularyLayout.FirstMerge} ids ({SpecialTokens.Count} special "
                    + $"tokens, 256 bytes) and at most {VocabularyLayout.MaximumSize} (ids are stored in 16 bits).");
    }
}
