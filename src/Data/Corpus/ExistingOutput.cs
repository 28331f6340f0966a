using TurkishLlm.Data.Batches;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Decides whether an existing output is reused, replaced, or an error. Changes nothing.</summary>
internal static class ExistingOutput
{
    /// <summary>Returns the manifest of an output that can be reused; null if the output must be written.</summary>
    public static ShardManifest? Find(
        CorpusOptions options,
        IReadOnlyList<(string, string)> recipe, IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        var output = options.Output;
        if (File.Exists(LinkTarget.Resolve(output)))
            throw new InvalidDataException($"{output} is a file. Give a directory for the shards.");
        if (!Directory.Exists(output) || !Directory.EnumerateFileSystemEntries(output).Any()) return null;
        RefuseUnknownContents(output);
        if (options.Overwrite) return null;

        var manifest = ShardManifest.Read(output);
        var difference = Recipe.FindDifference(Recipe.Create(manifest), recipe) is { } made
            ? $"they were created {made}."
            : FindChange(manifest, files, cancellationToken);
        if (difference is not null)
            throw new InvalidDataException(
                $"{output} contains other shards: {difference} Choose another output directory, or replace "
                    + "this one with --overwrite.");
        TokenDataset.Open(output).Dispose();
        return manifest;
    }

    private static string? FindChange(
        ShardManifest manifest, IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        var before = manifest
            .Sources.SelectMany((source, i) =>
                source.Files.Select(file => (Source: i, file.File, file.Bytes, file.Sha256, file.Rows)))
            .ToArray();
        if (
            !before
                .Select(file => (file.Source, file.File, file.Bytes))
                .SequenceEqual(files.Select(file => (file.Source, file.Name, file.Bytes))))
            return "the names or sizes of the corpus files have changed.";
        foreach (var (file, now) in before.Zip(files))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Rows != GetRows(now.Path)) return $"{now.Path} was read as {(file.Rows is { } rows ? $"{rows}" : "text")}.";
            if (FileDigest.Compute(now.Path) != file.Sha256) return $"{now.Path} has changed.";
        }
        return null;
    }

    private static FileKind? GetRows(string path)
    {
        using var content = CorpusContent.Open(path);
        return content.Rows;
    }

    // A directory that contains other files was not created by this program and is never replaced.
    private static void RefuseUnknownContents(string output)
    {
        var names = Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        var foreign = names.FirstOrDefault(name =>
            name != ShardManifest.FileName && !name!.EndsWith(".tokens", StringComparison.Ordinal));
        if (foreign is null && names.Contains(ShardManifest.FileName)) return;
        throw new InvalidDataException(
            foreign is not null
                ? $"{output} is not a directory of shards: it contains {foreign}. Choose a new or empty directory."
                : $"{output} contains shards without {ShardManifest.FileName}. Choose a new or empty directory, or remove it.");
    }
}
