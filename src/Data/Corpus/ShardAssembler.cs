using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Writes the shards of the selected documents.</summary>
/// <remarks>
/// Training comes first: all documents once in reading order, then the copies required by weights, so that copies of a document
/// are far apart. A validation document is written once, unless it overlaps too much with training: overlapping documents are
/// removed from validation, because it must be unseen and is the smaller split. Spec: DAT-19, DAT-41, DAT-42.
/// </remarks>
internal sealed class ShardAssembler(Tokenizer tokenizer, CorpusOptions options, CorpusSelection selection, string directory)
{
    private readonly Tally[] _train = new Tally[options.Sources.Count], _validation = new Tally[options.Sources.Count];
    private readonly long[] _trainTokens = new long[options.Sources.Count], _validationTokens = new long[options.Sources.Count];
    private long _validationDocuments, _overlapping, _excluded;

    /// <summary>The shard files, those of training first.</summary>
    public IReadOnlyList<ManifestShard> Shards { get; private set; } = [];

    /// <summary>Overlap of the validation split with the training split.</summary>
    public ManifestOverlap Overlap => new(_validationDocuments, _overlapping, _excluded);

    public void Run(CancellationToken cancellationToken)
    {
        var nGrams = ReadValidation(cancellationToken);
        var train = WriteTraining(nGrams, cancellationToken);
        Shards = [.. train, .. WriteValidation(nGrams, cancellationToken)];
    }

    /// <summary>Returns the manifest entry of a source.</summary>
    public ManifestSource Describe(int source, IReadOnlyList<StagedFile> files)
    {
        var (definition, funnel) = (options.Sources[source], selection.Funnels[source]);
        return new(
            definition.Name, definition.Domain, definition.Weight, definition.CapBytes, [.. files.Select(file => file.File)],
            funnel.Read, funnel.Excluded,
            _train[source], _trainTokens[source], _validation[source], _validationTokens[source],
            definition.TextField.Length > 0 ? definition.TextField : null,
            options.PersonalData == PersonalDataAction.Keep ? null : CountPersonalData(files));
    }

    private static ManifestPersonalData[] CountPersonalData(IReadOnlyList<StagedFile> files) =>
    [
        .. Enum.GetValues<PersonalDataKind>()
            .Select(kind => new ManifestPersonalData(kind, files.Sum(file => file.PersonalData[(int)kind])))
            .Where(found => found.Count > 0),
    ];

    private ValidationNGrams ReadValidation(CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var document in EnumerateDocuments(DataSplit.Validation, cancellationToken)) count += document.NGrams.Length;
        var nGrams = new ValidationNGrams(count);
        foreach (var document in EnumerateDocuments(DataSplit.Validation, cancellationToken))
        {
            _validationDocuments++;
            nGrams.Add(document.NGrams.Span);
        }
        return nGrams;
    }

    private IReadOnlyList<ManifestShard> WriteTraining(ValidationNGrams nGrams, CancellationToken cancellationToken)
    {
        using var writer = CreateWriter(DataSplit.Train);
        for (var round = 1; round <= selection.MaxCopies; round++)
            foreach (var document in EnumerateDocuments(DataSplit.Train, cancellationToken))
            {
                if (document.Copies < round) continue;
                writer.Append(document.Tokens.Span);
                _trainTokens[document.Source] += document.Tokens.Length + 2;
                if (round > 1) continue;
                _train[document.Source] += new Tally(1, document.Bytes);
                nGrams.MarkInTraining(document.NGrams.Span);
            }
        return writer.Complete();
    }

    private IReadOnlyList<ManifestShard> WriteValidation(ValidationNGrams nGrams, CancellationToken cancellationToken)
    {
        using var writer = CreateWriter(DataSplit.Validation);
        foreach (var document in EnumerateDocuments(DataSplit.Validation, cancellationToken))
        {
            var share = nGrams.GetTrainingShare(document.NGrams.Span);
            if (share > 0) _overlapping++;
            if (options.ValidationOverlap < 1 && share >= options.ValidationOverlap)
            {
                _excluded++;
                selection.Funnels[document.Source].CountExcluded(ExclusionReason.ValidationOverlap, document.Bytes);
                continue;
            }
            writer.Append(document.Tokens.Span);
            _validation[document.Source] += new Tally(1, document.Bytes);
            _validationTokens[document.Source] += document.Tokens.Length + 2;
        }
        if (_excluded == _validationDocuments)
            throw new InvalidDataException(
                FormattableString.Invariant($"All {_validationDocuments} validation documents share ")
                + FormattableString.Invariant($"{options.ValidationOverlap:P0} or more of their ")
                + FormattableString.Invariant($"{options.OverlapWords}-word n-grams with training. ")
                + "Add different text, increase the validation share, or increase the allowed overlap.");
        return writer.Complete();
    }

    private SplitWriter CreateWriter(DataSplit split) => new(directory, split, tokenizer, options.TokensPerShard);

    private IEnumerable<SelectedDocument> EnumerateDocuments(DataSplit split, CancellationToken cancellationToken)
    {
        foreach (var document in selection.EnumerateDocuments())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (document.Split == split) yield return document;
        }
    }
}
