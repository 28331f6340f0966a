using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Decides what becomes of an output that is there already: reused, replaced, or an error. Nothing is changed here.</summary>
internal static class ExistingOutput
{
    /// <summary>The manifest of an output that can be used as it is; null when it has to be written.</summary>
    public static ShardManifest? Find(
        CorpusOptions options, IReadOnlyList<(string, string)> recipe, IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        var output = options.Output;
        if (File.Exists(output)) throw new InvalidDataException($"{output} is a file. Give a directory for the shards.");
        if (!Directory.Exists(output) || !Directory.EnumerateFileSystemEntries(output).Any()) return null;
        RefuseUnknownContents(output);
        if (options.Overwrite) return null;

        var manifest = ShardManifest.Read(output);
        var difference = Recipe.FindDifference(Recipe.Create(manifest), recipe) is { } made ? $"they were made {made}." : FindChange(manifest, files, cancellationToken);
        if (difference is not null)
            throw new InvalidDataException(
                $"{output} holds shards that differ: {difference} Give another output directory, or replace this one with --overwrite.");
        TokenDataset.Open(output).Dispose();
        return manifest;
    }

    private static string? FindChange(ShardManifest manifest, IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        var before = manifest.Sources.SelectMany((source, i) => source.Files.Select(file => (Source: i, file.File, file.Bytes, file.Sha256))).ToArray();
        if (!before.Select(file => (file.Source, file.File, file.Bytes)).SequenceEqual(files.Select(file => (file.Source, file.Name, file.Bytes))))
            return "the files of the corpus have other names or lengths now.";
        foreach (var (file, now) in before.Zip(files))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (FileDigest.Compute(now.Path) != file.Sha256) return $"{now.Path} has changed.";
        }
        return null;
    }

    // A directory that holds anything else was never written by us, so it is never replaced.
    private static void RefuseUnknownContents(string output)
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
