using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Counts of text files, each in a file that is named for the hash of the text: a text that has changed has no counts, and
/// counts that are damaged or of another split rule are made again.
/// </summary>
internal sealed class CountsFolder
{
    // A process may not open any number of files, so many are merged in rounds.
    private const int MaxOpenFiles = 128;

    private readonly BytePairOptions _options;

    public CountsFolder(BytePairOptions options)
    {
        _options = options;
        Directory.CreateDirectory(options.CountsFolder);
    }

    /// <summary>How many text files had counts already.</summary>
    public int ReusedCount { get; private set; }

    /// <summary>Counts a text file, or finds that it was counted.</summary>
    /// <returns>The file of counts.</returns>
    public string Count(TrainingSource source, Action<string> onDocument, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_options.CountsFolder, ComputeHash(source.Path) + ".counts");
        if (CountsFile.IsValid(file))
        {
            ReusedCount++;
            return file;
        }

        using var runs = new SpilledRuns(file + ".runs");
        var tables = new ConcurrentBag<Dictionary<string, long>>();
        new PreTokenCounter(_options.Threads, _options.PreTokensPerThread, counts =>
        {
            if (counts.Count > _options.PreTokensPerThread) runs.Add(SortedCounts.Sort(counts));
            else tables.Add(counts);
        }).Count(source.ReadDocuments(), onDocument, cancellationToken);
        CountsFile.Write(file, SortedCounts.Merge([.. tables.Select(SortedCounts.Sort), .. MergeToFewFiles(runs.Files, runs, cancellationToken).Select(CountsFile.Read)]));
        return file;
    }

    /// <summary>Gives all pieces of some counted files, each once.</summary>
    /// <param name="files">Files of counts; one that is named twice counts twice.</param>
    /// <param name="use">Takes the pieces.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public T Merge<T>(IReadOnlyList<string> files, Func<IEnumerable<KeyValuePair<string, long>>, T> use, CancellationToken cancellationToken)
    {
        using var runs = new SpilledRuns(Path.Combine(_options.CountsFolder, "all.runs"));
        return use(SortedCounts.Merge(MergeToFewFiles(files, runs, cancellationToken).Select(CountsFile.Read)));
    }

    // The same counts in so few files that all can be open.
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

    private static string ComputeHash(string file)
    {
        using var text = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }
}
