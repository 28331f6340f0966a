using System.Globalization;
using System.Security.Cryptography;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Decides what becomes of an output that is there already: reused, replaced, or an error. Nothing is changed here.</summary>
internal static class ExistingOutput
{
    /// <summary>The manifest of an output that can be used as it is; null when it has to be written.</summary>
    public static ShardManifest? Find(
        CorpusOptions options, Tokenizer tokenizer, IReadOnlyList<CorpusFile> files, CancellationToken cancel)
    {
        var output = options.Output;
        if (File.Exists(output)) throw new InvalidDataException($"{output} is a file. Give a directory for the shards.");
        if (!Directory.Exists(output) || !Directory.EnumerateFileSystemEntries(output).Any()) return null;
        RefuseOtherContents(output);
        if (options.Overwrite) return null;

        var manifest = ShardManifest.Read(output);
        var difference = Difference(manifest, options, tokenizer, files, cancel);
        if (difference is not null)
            throw new InvalidDataException(
                $"{output} holds shards that differ: {difference} Give another output directory, or allow overwriting.");
        TokenDataset.Open(output).Dispose();
        return manifest;
    }

    private static string? Difference(
        ShardManifest manifest, CorpusOptions options, Tokenizer tokenizer, IReadOnlyList<CorpusFile> files, CancellationToken cancel)
    {
        if (manifest.TokenizerHash != tokenizer.Hash)
            return $"they were made with tokenizer {manifest.TokenizerHash}, not {tokenizer.Hash}.";
        if (manifest.Options != options.ForManifest())
            return $"they were made with {Text(manifest.Options)}, not {Text(options.ForManifest())}.";
        if (!manifest.Sources.Select(source => (source.File, source.Bytes)).SequenceEqual(files.Select(file => (file.Name, file.Bytes))))
            return $"the files of {options.Source} have other names or lengths now.";
        foreach (var (source, file) in manifest.Sources.Zip(files))
        {
            cancel.ThrowIfCancellationRequested();
            using var text = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
            if (Convert.ToHexStringLower(SHA256.HashData(text)) != source.Sha256) return $"{file.Path} has changed.";
        }
        return null;
    }

    private static string Text(ManifestOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"ValidationShare {options.ValidationShare}, MinimumCharacters {options.MinimumCharacters}, ")
        + string.Create(CultureInfo.InvariantCulture,
        $"MinimumTokens {options.MinimumTokens}, TokensPerShard {options.TokensPerShard}");

    // A directory that holds anything else was never written by us, so it is never replaced.
    private static void RefuseOtherContents(string output)
    {
        var names = Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        var foreign = names.FirstOrDefault(name =>
            name != ShardManifest.FileName && !name!.EndsWith(".tokens", StringComparison.Ordinal));
        if (foreign is null && names.Contains(ShardManifest.FileName)) return;
        throw new InvalidDataException(
            foreign is not null
                ? $"{output} is not a directory of shards: it holds {foreign}. Give a new or empty directory."
                : $"{output} holds shards without {ShardManifest.FileName}. Give a new or empty directory, or remove it.");
    }
}
