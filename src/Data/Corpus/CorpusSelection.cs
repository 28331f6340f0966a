using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Decides for every staged document whether it is written, to which split, and how often.</summary>
/// <remarks>
/// Memory: one byte per document, plus the bounded memory of <see cref="Duplicates"/> and <see cref="NearDuplicates"/>.
/// </remarks>
internal sealed class CorpusSelection
{
    private readonly Staging _staging;
    private readonly CorpusOptions _options;
    private readonly byte[] _exclusions;          // an ExclusionReason, or 0 for a document that is kept
    private readonly int[] _sourceEnds;      // index of the first document after each source
    private readonly SourceShare[] _shares;
    private readonly SplitRule _rule;

    public CorpusSelection(Staging staging, CorpusOptions options, CancellationToken cancellationToken)
    {
        (_staging, _options) = (staging, options);
        _exclusions = new byte[checked((int)staging.DocumentCount)];
        _sourceEnds =
        [
            .. options.Sources.Select((_, source) => (int)staging.Files.Last(file => file.Source <= source).Documents),
        ];

        if (!options.KeepDuplicates) Duplicates.Mark(staging, _exclusions, cancellationToken);
        if (options.NearDuplicateSimilarity is { } similarity)
            new NearDuplicates(staging, similarity).Mark(_exclusions, cancellationToken);
        _shares = ComputeShares();
        _rule = MarkShares();
        CountFunnels();
    }

    /// <summary>Read and excluded documents per source.</summary>
    public IReadOnlyList<Funnel> Funnels { get; private set; } = [];

    /// <summary>Maximum number of copies of a document.</summary>
    public int MaxCopies => _shares.Max(share => share.Copies + (share.ExtraCopyThreshold > 0 ? 1 : 0));

    /// <summary>Enumerates the kept documents with source, split and number of copies, in reading order.</summary>
    public IEnumerable<SelectedDocument> EnumerateDocuments()
    {
        var (i, source) = (0, 0);
        using var tokens = _staging.OpenTokens();
        using var nGrams = _staging.OpenNGrams();
        foreach (var document in _staging.EnumerateDocuments())
        {
            var (documentTokens, documentNGrams) = (tokens.Read(document.Tokens), nGrams.Read(document.NGramCount));
            while (i >= _sourceEnds[source]) source++;
            if (_exclusions[i++] == 0)
                yield return new(
                    source,
                    _rule.GetSplit(document.Hash),
                    _shares[source].GetCopies(SourceShare.GetPriorityClass(document, _options.Seed)), document.Bytes,
                    documentTokens, documentNGrams);
        }
    }

    private SourceShare[] ComputeShares()
    {
        var bytes = new long[SourceShare.Classes];
        List<SourceShare> shares = [];
        var i = 0;
        foreach (var document in _staging.EnumerateDocuments())
        {
            while (i >= _sourceEnds[shares.Count]) EndSource();
            if (_exclusions[i++] == 0) bytes[SourceShare.GetPriorityClass(document, _options.Seed)] += document.Bytes;
        }
        while (shares.Count < _options.Sources.Count) EndSource();
        return [.. shares];

        void EndSource()
        {
            shares.Add(SourceShare.Compute(_options.Sources[shares.Count], bytes));
            Array.Clear(bytes);
        }
    }

    private SplitRule MarkShares()
    {
        var (i, source, kept) = (0, 0, 0L);
        var (smallest, largest) = (UInt128.MaxValue, UInt128.MinValue);
        foreach (var document in _staging.EnumerateDocuments())
        {
            while (i >= _sourceEnds[source]) source++;
            ref var exclusion = ref _exclusions[i++];
            if (exclusion != 0) continue;
            var priority = SourceShare.GetPriorityClass(document, _options.Seed);
            if (priority >= _shares[source].CapThreshold) exclusion = (byte)ExclusionReason.OverCap;
            else if (_shares[source].GetCopies(priority) == 0) exclusion = (byte)ExclusionReason.UnderWeight;
            else
            {
                kept++;
                (smallest, largest) = (UInt128.Min(smallest, document.Hash), UInt128.Max(largest, document.Hash));
            }
        }
        // In a very small corpus, one split can be empty by chance: move the threshold by one document.
        var rule = SplitRule.FromShare(_options.ValidationShare);
        return kept < 2 ? rule : rule.WithBothSplits(smallest, largest);
    }

    private void CountFunnels()
    {
        Funnel[] funnels = [.. _options.Sources.Select(_ => new Funnel())];
        foreach (var file in _staging.Files) funnels[file.Source].Add(file.Read, file.Excluded);
        var (i, source) = (0, 0);
        foreach (var document in _staging.EnumerateDocuments())
        {
            while (i >= _sourceEnds[source]) source++;
            if (_exclusions[i++] is not 0 and var exclusion)
                funnels[source].CountExcluded((ExclusionReason)exclusion, document.Bytes);
        }
        Funnels = funnels;
    }
}

/// <summary>A kept document.</summary>
/// <param name="Source">Index of its source.</param>
/// <param name="Split">Its split.</param>
/// <param name="Copies">Number of copies written for training.</param>
/// <param name="Bytes">Bytes of its text.</param>
/// <param name="Tokens">Its tokens, without begin and end; valid until the next document.</param>
/// <param name="NGrams">Its sampled n-gram hashes; valid until the next document.</param>
internal readonly record struct SelectedDocument(
    int Source, DataSplit Split, int Copies, int Bytes, ReadOnlyMemory<ushort> Tokens, ReadOnlyMemory<ulong> NGrams);
