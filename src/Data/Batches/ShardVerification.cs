using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>The result of comparing all shard files of a data set with the hashes of its manifest.</summary>
/// <remarks>Spec: DAT-44.</remarks>
/// <param name="Files">Number of files.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="BytesRead">
/// Bytes that were read to compute hashes; the others belong to files that were verified before and have not changed since.
/// </param>
/// <param name="Damage">One message for each damaged file, with both hashes; empty if all files are as the manifest says.</param>
public sealed record ShardVerification(int Files, long Bytes, long BytesRead, IReadOnlyList<string> Damage)
{
    // A smaller data set is read in less time than a person notices.
    private const long MinimumCachedBytes = 64 << 20;

    /// <summary>True if all files are as the manifest says.</summary>
    public bool Holds => Damage.Count == 0;

    /// <summary>Verifies the files in parallel. Verified files that have not changed are not read again.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="threads">Number of files to read at the same time.</param>
    /// <param name="progress">Receives the fraction of the bytes that are done, one call at a time.</param>
    /// <param name="cacheFolder">Folder that remembers verified files; null for that of the user, empty for none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static ShardVerification Verify(
        TokenDataset data, int threads, IProgress<double>? progress = null, string? cacheFolder = null,
        CancellationToken cancellationToken = default)
    {
        var files = data.GetFiles().ToArray();
        var bytes = files.Sum(file => file.File.Header.FileLength);
        cacheFolder ??= bytes < MinimumCachedBytes ? "" : VerifiedShards.UserFolder;
        using var verified = VerifiedShards.Open(cacheFolder, data.DirectoryPath, cancellationToken);

        var damage = new string?[files.Length];
        var (read, done, together) = (0L, 0L, new Lock());
        Parallel.For(
            0, files.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancellationToken },
            i =>
            {
                var (file, sha256) = files[i];
                var identity = FileIdentity.Read(file.Path);
                bool isKnown;
                lock (together) isKnown = verified.Contains(file.Path, identity, sha256, data.Manifest.VocabularySize);
                if (!isKnown) damage[i] = file.FindDamage(sha256, data.Manifest.VocabularySize, cancellationToken);
                lock (together)
                {
                    if (!isKnown) read += file.Header.FileLength;
                    if (!isKnown && damage[i] is null && FileIdentity.Read(file.Path) == identity)
                        verified.Add(file.Path, identity, sha256, data.Manifest.VocabularySize);
                    progress?.Report((double)(done += file.Header.FileLength) / bytes);
                }
            });
        if (read > 0) verified.Save();
        return new(files.Length, bytes, read, [.. damage.OfType<string>()]);
    }
}
