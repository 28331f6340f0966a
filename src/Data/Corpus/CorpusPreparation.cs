using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Converts text to a directory of shards.</summary>
/// <remarks>
/// The text is read once: documents are filtered, encoded and sketched on several threads, and staged beside the output. Then
/// duplicates, near-duplicates, caps and weights decide which documents are kept, a hash of each document assigns it to training
/// or validation, and the shards are written in reading order. Every document becomes begin-of-text, its tokens, end-of-text.
/// Equal text, tokenizer and options give equal bytes, regardless of the number of threads and interruptions. The output is
/// replaced
/// atomically: a failure at any moment leaves the previous state. The work of an interrupted preparation stays in
/// <c>OUTPUT.partial</c>, and the same call resumes after the last finished file. Memory does not grow with the corpus, except
/// for one byte per document. Spec: DAT-01, DAT-06, DAT-19, DAT-34, DAT-40, DAT-41, DAT-42.
/// </remarks>
public static class CorpusPreparation
{
    /// <summary>Prepares a corpus, or reuses an output that is up to date.</summary>
    /// <param name="tokenizer">The tokenizer; used from several threads.</param>
    /// <param name="options">The sources, the output and the limits.</param>
    /// <param name="progress">Receives a report about every 512 documents, and at the end, on the calling thread.</param>
    /// <param name="cancellationToken">Cancels the preparation; the same call resumes it.</param>
    /// <exception cref="InvalidDataException">
    /// The text, an option or the vocabulary is invalid, or the output contains something else; the message says what, with a
    /// fix.
    /// </exception>
    /// <exception cref="IOException">
    /// The corpus does not exist, the output cannot be written, or another process is preparing it.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public static CorpusReport Prepare(
        Tokenizer tokenizer,
        CorpusOptions options,
        IProgress<CorpusProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        ShardWriter.RefuseVocabulary(tokenizer.VocabularySize);
        List<string> notes = [];
        var files = CorpusFile.List(options.Sources, notes);
        var evaluation = EvaluationIndex.Read(options, cancellationToken);
        var recipe = Recipe.Create(tokenizer, options, evaluation);

        using var folder = new WorkFolder(options.Output);
        if (ExistingOutput.Find(options, recipe, files, cancellationToken) is { } existing)
        {
            folder.Delete();
            return new(options.Output, existing, Reused: true, notes);
        }

        ShardManifest manifest;
        using (var staging = new Staging(folder, recipe, files, notes, cancellationToken))
        {
            new CorpusReader(new(tokenizer, options, evaluation), options, staging, progress).Run(files, cancellationToken);
            try
            {
                manifest = Write(tokenizer, options, evaluation, staging, folder, Report, cancellationToken);
            }
            catch (InvalidDataException)
            {
                folder.MarkUnusable();      // only other text or other options can help
                throw;
            }
        }
        folder.Commit();
        Report(
            CorpusStage.Done, manifest.CountTokens(DataSplit.Train) + manifest.CountTokens(DataSplit.Validation),
            manifest.Read().Documents);
        return new(options.Output, manifest, Reused: false, notes);

        void Report(CorpusStage stage, long tokens, long documents)
        {
            var bytes = files.Sum(file => file.Bytes);
            progress?.Report(new(bytes, bytes, documents, tokens, stage));
        }
    }

    private static ShardManifest Write(
        Tokenizer tokenizer, CorpusOptions options, EvaluationIndex evaluation, Staging staging, WorkFolder folder,
        Action<CorpusStage, long, long> report, CancellationToken cancellationToken)
    {
        var (tokens, documents) = (staging.TokenCount, staging.Files.Sum(file => file.Read.Documents));
        report(CorpusStage.Comparing, tokens, documents);
        var selection = new CorpusSelection(staging, options, cancellationToken);
        RefuseTooFewDocuments(selection, options);

        report(CorpusStage.Writing, tokens, documents);
        var directory = folder.CreateShardsFolder();
        var shards = new ShardAssembler(tokenizer, options, selection, directory);
        shards.Run(cancellationToken);
        var manifest = new ShardManifest(
            ShardManifest.CurrentFormatVersion,
            $"TurkishLlm.Data {typeof(CorpusPreparation).Assembly.GetName().Version!.ToString(3)}",
            tokenizer.Hash, tokenizer.VocabularySize, options.ToManifestOptions(),
            [.. evaluation.Files.Select((file, i) => file with { Excluded = staging.Files.Sum(read => read.EvaluationHits[i]) })],
            [
                .. options.Sources.Select(
                    (_, i) => shards.Describe(i, [.. staging.Files.Where(file => file.Source == i)])),
            ],
            shards.Overlap, shards.Shards);
        manifest.Write(directory);
        cancellationToken.ThrowIfCancellationRequested();
        return manifest;
    }

    private static void RefuseTooFewDocuments(CorpusSelection selection, CorpusOptions options)
    {
        var all = new Funnel();
        foreach (var funnel in selection.Funnels) all.Add(funnel);
        if (all.Kept.Documents >= 2) return;
        var reasons = string.Join(
            ", ",
            all.Excluded.Select(left => FormattableString.Invariant($"{left.Reason} {left.Documents}")));
        throw new InvalidDataException(
            string.Join(", ", options.Sources.Select(source => source.Path))
            + FormattableString.Invariant($" has {all.Kept.Documents} usable documents of {all.Read.Documents}; ")
            + "at least 2 are needed, one for training and one for validation. Excluded: "
            + $"{(reasons.Length > 0 ? reasons : "none")}. "
            + "Add text, separate documents with blank lines, or lower the limits.");
    }
}
