using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization;

/// <summary>
/// A cache of the pre-token counts of text files. Each file of counts is named by the hash of its file and by the split rule, so
/// a changed file has no counts. Counts that are damaged or of another pattern are computed again.
/// </summary>
/// <remarks>Spec: TOK-43.</remarks>
internal sealed class CountsFolder
{
    // The operating system limits the number of open files, so a larger number is merged in several passes.
    private const int MaxOpenFiles = 128;

    private readonly BytePairOptions _options;

    public CountsFolder(BytePairOptions options)
    {
        _options = options;
        LinkTarget.CreateDirectory(options.CountsFolder);
    }

    /// <summary>Number of text files with cached counts.</summary>
    public int ReusedCount { get; private set; }

    /// <summary>Counts a text file unless its counts are cached.</summary>
    /// <returns>Path of the file of counts.</returns>
    public string Count(TrainingSource source, Action<string> onDocument, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_options.CountsFolder, $"{ComputeHash(source)}.{_options.Split}.counts");
        if (CountsFile.IsValid(file, _options.Split))
        {
            ReusedCount++;
            return file;
        }

        using var runs = new SpilledRuns(file + ".runs", _options.Split);
        var tables = new ConcurrentBag<Dictionary<string, long>>();
        new PreTokenCounter(_options.Split, _options.Threads, _options.PreTokensPerThread, counts =>
        {
            if (counts.Count > _options.PreTokensPerThread) runs.Add(SortedCounts.Sort(counts));
            else tables.Add(counts);
        }).Count(source.ReadDocuments(), onDocument, cancellationToken);
        CountsFile.Write(
            file, _options.Split,
            SortedCounts.Merge([
                .. tables.Select(SortedCounts.Sort),
                .. MergeToFewFiles(runs.Files, runs, cancellationToken).Select(CountsFile.Read),
            ]));
        return file;
    }

    /// <summary>Merges the pre-tokens of files of counts; each pre-token is passed on once, with its total.</summary>
    /// <param name="files">Files of counts. A file that is listed twice counts twice.</param>
    /// <param name="use">Receives the pre-tokens.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public T Merge<T>(
        IReadOnlyList<string> files, Func<IEnumerable<KeyValuePair<string, long>>, T> use, CancellationToken cancellationToken)
    {
        using var runs = new SpilledRuns(Path.Combine(_options.CountsFolder, "all.runs"), _options.Split);
        return use(SortedCounts.Merge(MergeToFewFiles(files, runs, cancellationToken).Select(CountsFile.Read)));
    }

    // Merges until the remaining files can all be open at once.
    private static Queue<string> MergeToFewFiles(IEnumerable<string> files, SpilledRuns runs, CancellationToken cancellationToken)
    {
        var rest = new Queue<string>(files);
        while (rest.Count > MaxOpenFiles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var some = Enumerable.Range(0, MaxOpenFiles).Select(_ => rest.Dequeue()).ToList();
            rest.Enqueue(runs.Add(SortedCounts.Merge(some.Select(CountsFile.Read))));
        }
        return rest;
    }

    private static string ComputeHash(TrainingSource source)
    {
        using var file = File.OpenRead(source.Path);
        var hash = SHA256.HashData(file);
        if (source.Reading.Length > 0) hash = SHA256.HashData([.. hash, .. Encoding.UTF8.GetBytes(source.Reading)]);
        return Convert.ToHexStringLower(hash);
    }
}
