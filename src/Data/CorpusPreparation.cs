using System.Globalization;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Turns text into a directory of shards.</summary>
/// <remarks>
/// Every document becomes begin-of-text, its tokens, end-of-text. Equal documents are written once. A hash of a document's text
/// decides whether it is for training or validation, and neither is ever empty. Tokens are in reading order; the same text,
/// tokenizer and options give the same bytes, whatever the number of threads.
/// The directory is written beside its place and renamed at the end: a failure at any moment leaves what was there before.
/// Spec: DAT-01, DAT-06, DAT-19, DAT-34.
/// </remarks>
public static class CorpusPreparation
{
    private const string CreatedBy = "TurkishLlm.Data";

    /// <summary>Prepares a corpus, or finds that the output is there already.</summary>
    /// <param name="tokenizer">Encodes the documents, from several threads at once.</param>
    /// <param name="options">What to prepare, and where.</param>
    /// <param name="progress">Told from the calling thread about once in 512 documents, and at the end.</param>
    /// <param name="cancel">Stops the preparation; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">
    /// The text, an option or the vocabulary is unfit, or the output holds something else; the message says what and how to go on.
    /// </exception>
    /// <exception cref="IOException">The corpus is not there, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public static CorpusReport Prepare(
        Tokenizer tokenizer, CorpusOptions options, IProgress<CorpusProgress>? progress = null, CancellationToken cancel = default)
    {
        options.Check();
        ShardWriter.RefuseVocabulary(tokenizer.VocabularySize);
        var files = CorpusFile.List(options.Source);
        if (ExistingOutput.Find(options, tokenizer, files, cancel) is { } manifest) return new(options.Output, manifest, Reused: true);

        using var partial = PartialDirectory.For(options.Output);
        manifest = Write(tokenizer, options, files, partial, progress, cancel);
        manifest.Write(partial.Path);
        cancel.ThrowIfCancellationRequested();
        partial.Commit();
        return new(options.Output, manifest, Reused: false);
    }

    private static ShardManifest Write(
        Tokenizer tokenizer, CorpusOptions options, IReadOnlyList<CorpusFile> files, PartialDirectory partial,
        IProgress<CorpusProgress>? progress, CancellationToken cancel)
    {
        var rule = SplitRule.ForShare(options.ValidationShare);
        while (true)
        {
            using var pass = new CorpusPass(tokenizer, options, rule, partial.Path, progress);
            pass.Run(files, cancel);
            RefuseTooFewDocuments(pass, options);

            // Chance can leave one side of a very small corpus empty: move the border by one document and read again.
            var fitted = rule.WithBothSides(pass.SmallestHash, pass.LargestHash);
            if (fitted == rule)
                return new(
                    ShardManifest.CurrentFormatVersion, $"{CreatedBy} {Version}", tokenizer.Hash, tokenizer.VocabularySize,
                    options.ForManifest(), pass.Sources, pass.LeftOut, pass.Shards);
            rule = fitted;
            partial.Clear();
        }
    }

    private static string Version => typeof(CorpusPreparation).Assembly.GetName().Version!.ToString(3);

    private static void RefuseTooFewDocuments(CorpusPass pass, CorpusOptions options)
    {
        if (pass.Kept >= 2) return;
        var left = pass.LeftOut;
        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
            $"{options.Source} has {pass.Kept} usable documents; at least 2 are needed, one to learn from and one for validation. ")
            + string.Create(CultureInfo.InvariantCulture,
            $"Left out: {left.TooFewCharacters} with fewer than {options.MinimumCharacters} characters, {left.Duplicates} duplicates, ")
            + string.Create(CultureInfo.InvariantCulture,
            $"{left.TooFewTokens} with fewer than {options.MinimumTokens} tokens. ")
            + "Add text, separate documents with blank lines, or lower the limits.");
    }
}
